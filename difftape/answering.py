"""Answers: the fast path's numbers, or the diagnosis where it met something singular, and the check.

The fast path pays nothing for this: a diagnosis is made only for the variables for which it failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, TypeAlias

from .answer import Answer, Verdict
from .derivatives import Singular, chosen_at, evaluated, gradient, value
from .findings import Findings, domain_error, judged, overflow, written
from .findings import limits as limits_of
from .graph import Program
from .interpret import CONSTANTS

if TYPE_CHECKING:
    from .pairs import Curved
    from .precise import Precise

    Engine: TypeAlias = "Doubles | Precise"

_ALONG = " (along the variables, oblique lines and parabolas; another curve may have another)"
_LOST = 1e-12  # relative rounding of a value beyond which it is computed with more digits


def derivative_answer(
    program: Program,
    at: Mapping[str, Any],
    wrt: Sequence[str],
    order: int,
    *,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    engine: Engine | None = None,
) -> Answer:
    """The derivatives of that order by each variable of `wrt`, each with its status; unchecked."""
    engine = engine or DOUBLES
    try:
        first, grad = engine.derivatives(program, at, wrt, order)
        return Answer(program.text, dict(at), order, first, dict(grad), dict.fromkeys(wrt, "ok"))
    except Singular:
        pass
    found = Findings(program, at, allow_nonfinite)
    primal: float | None = None
    for name in wrt:
        try:
            primal, grad = engine.derivatives(program, at, (name,), order)
            found.put(name, grad[name])
            continue
        except Singular as singular:
            overflows = singular.overflows
        from .continuation import hard_point

        known = overflow(program) if overflows else hard_point(program, at, name, order, engine.digits)
        primal = known.value if primal is None else primal
        number = known.derivatives[order] if known.derivatives is not None else None
        convention = partial(_subgradient, engine, program, at, name, order) if subgradient else None
        found.diagnosed(name, written({name: order}), known, number, convention)
    if primal is None:
        primal = value_answer(program, at, engine=engine).value
    return found.answer(order, primal)


class Doubles:
    """The fast path.  Each question raises Singular where it meets something singular."""

    digits = 0

    def value(self, program: Program, at: Mapping[str, Any]) -> float:
        """The value, with its digits."""
        number = value(program, at)
        if _is_right(program, at):
            return number
        right = _replayed(program, at)
        return number if right is None else right

    def derivatives(
        self, program: Program, at: Mapping[str, Any], wrt: Sequence[str], order: int, at_ties: bool = False
    ) -> tuple[float, dict[str, float]]:
        """The value, and the derivatives of that order by each variable."""
        if order == 1:
            return gradient(program, at, wrt, at_ties)
        from .orders import nth

        found, value = {}, 0.0
        for name in wrt:
            stack = nth(program, at, name, order, at_ties)
            found[name], value = stack[order], stack[0]
        return value, found

    def mixed(self, program: Program, at: Mapping[str, Any], by: Sequence[str], at_ties: bool = False) -> float:
        """The derivative by each of these variables in turn."""
        from .partials import mixed

        return mixed(program, at, by, at_ties)

    def hessian(self, program: Program, at: Mapping[str, Any], wrt: Sequence[str], at_ties: bool = False) -> Curved:
        """All second derivatives."""
        from .pairs import hessian

        return hessian(program, at, wrt, at_ties)

    def taylor(
        self, program: Program, at: Mapping[str, Any], by: str, order: int, at_ties: bool = False
    ) -> list[float]:
        """The Taylor coefficients 0 … order."""
        from .orders import taylor_coefficients

        return taylor_coefficients(program, at, by, order, at_ties)


DOUBLES = Doubles()


def _subgradient(engine: Engine, program: Program, at: Mapping[str, Any], name: str, order: int) -> float | None:
    """What the rules give at their ties, if that is finite."""
    try:
        return engine.derivatives(program, at, (name,), order, True)[1][name]
    except Singular:
        return None


def value_answer(
    program: Program, at: Mapping[str, Any], *, allow_nonfinite: bool = False, engine: Engine | None = None
) -> Answer:
    """The value at a point, or the limit that it has there, or why it has none.

    With several variables a limit counts only when it is the same along all lines that are tried (`continuation.py`).
    """
    engine = engine or DOUBLES
    try:
        return Answer(program.text, dict(at), 0, engine.value(program, at), {}, {"": "ok"})
    except Singular:
        pass
    from .continuation import limit as limit_there

    worst = limit_there(program.steps, program.root, at, program.variables, engine.digits)
    if worst.derivatives is not None:
        along = _ALONG if len(program.variables) > 1 else ""
        notes = ("removable: " + worst.reason + along,) if worst.status == "removable" else ()
        return Answer(program.text, dict(at), 0, worst.value, {}, {"": worst.status}, notes=notes)
    if allow_nonfinite and worst.status != "undecided":
        limit = nan if worst.limit is None else worst.limit
        return Answer(program.text, dict(at), 0, limit, {}, {"": worst.status}, notes=(worst.reason,))
    error = domain_error(program, at, "", worst)
    return Answer(program.text, dict(at), 0, None, {}, {"": worst.status}, errors={"": error})


def checked(
    program: Program,
    at: Mapping[str, Any],
    answer: Answer,
    rtol: float,
    atol: float,
    timeout: float,
    judges: Sequence[str] | None = None,
) -> Answer:
    """The answer with the verdict of the judges (`ladder.py`); an ill-conditioned double is replaced by the right one.

    By default sympy is asked, mpmath where that is undecided, and the tape itself where both are.
    """
    numbers = {name: d for name, d in answer.grad.items() if d is not None and isfinite(d)}
    if not numbers:
        return answer._replace(check=Verdict("skipped", reason="there is no number to check"))
    from .ladder import verdict as voted

    limits = limits_of(answer)
    verdict = voted(
        program,
        at,
        numbers,
        answer.order,
        judges=judges,
        limits=limits,
        settled=[name for name in answer.diagnosed if name not in limits],
        rtol=rtol,
        atol=atol,
        timeout=timeout,
    )
    return judged(program, with_right_value(program, at, answer, rtol, timeout), verdict)


def with_right_value(
    program: Program, at: Mapping[str, Any], answer: Answer, rtol: float, timeout: float | None
) -> Answer:
    """The answer with the value to the tolerance, where the double had lost its digits."""
    number = answer.value
    if number is None or answer.diagnosed or _is_right(program, at):
        return answer
    from .deadline import TimeUp, within

    try:
        right = within(timeout, lambda: _replayed(program, at))
    except TimeUp:
        return answer
    return answer if right is None or abs(right - number) <= rtol * abs(right) else answer._replace(value=right)


def _is_right(program: Program, at: Mapping[str, Any]) -> bool:
    """Whether rounding leaves the value its digits, by an estimate."""
    from .rounding import loss

    steps, root = program.steps, program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, at)  # type: ignore[assignment]
    return loss(steps, root, evaluated(steps, {**CONSTANTS, **at})) <= _LOST


def _replayed(program: Program, at: Mapping[str, Any]) -> float | None:
    """The value rounded once; None where more digits do not settle it or it exceeds a double."""
    from .comparison import rounded
    from .replay import replay_value

    try:
        found = rounded(replay_value(program, at, 20))
    except (ArithmeticError, ValueError):
        return None
    return found if isfinite(found) else None
