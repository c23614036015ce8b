"""Answers: the fast path's numbers, or the diagnosis where it met something singular, and the check.

The fast path pays nothing for this: a diagnosis is made only for the variables for which it failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import TYPE_CHECKING

from .answer import Answer, Verdict
from .derivatives import Singular, gradient, value
from .errors import DomainError, KinkError
from .graph import Program

if TYPE_CHECKING:
    from .diagnosis import Diagnosis


def derivative_answer(
    program: Program,
    at: Mapping[str, float],
    wrt: Sequence[str],
    order: int,
    *,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
) -> Answer:
    """The derivatives of that order by each variable of `wrt`, each with its status; unchecked."""
    try:
        first, grad = _fast(program, at, wrt, order, False)
        return Answer(program.text, dict(at), order, first, dict(grad), dict.fromkeys(wrt, "ok"))
    except Singular:
        pass
    found: dict[str, float | None] = {}
    statuses: dict[str, str] = {}
    sides: dict[str, str] = {}
    errors: dict[str, DomainError] = {}
    notes: list[str] = []
    primal: float | None = None
    for name in wrt:
        try:
            primal, grad = _fast(program, at, (name,), order, False)
            found[name], statuses[name] = grad[name], "ok"
            continue
        except Singular:
            pass
        from .diagnosis import diagnose

        known = diagnose(program.steps, program.root, at, name, order)
        primal = known.value if primal is None else primal
        statuses[name] = known.status
        found[name] = known.derivatives[order] if known.derivatives is not None else None
        if known.side:
            sides[name] = known.side
        if found[name] is None:
            found[name] = _instead(program, at, name, order, known, subgradient, allow_nonfinite)
        if found[name] is None:
            errors[name] = domain_error(program, at, name, known)
        elif known.status != "ok" or known.side:
            notes.append(_note(name, order, known))
    if primal is None:
        primal = value_answer(program, at).value
    return Answer(program.text, dict(at), order, primal, found, statuses, sides, errors, tuple(notes))


def _fast(
    program: Program, at: Mapping[str, float], wrt: Sequence[str], order: int, at_ties: bool
) -> tuple[float, dict[str, float]]:
    """The value and the derivatives by the fast path; raises Singular."""
    if order == 1:
        return gradient(program, at, wrt, at_ties)
    from .orders import nth

    found, value = {}, 0.0
    for name in wrt:
        stack = nth(program, at, name, order, at_ties)
        found[name], value = stack[order], stack[0]
    return value, found


def _instead(
    program: Program,
    at: Mapping[str, float],
    name: str,
    order: int,
    known: Diagnosis,
    subgradient: bool,
    nonfinite: bool,
) -> float | None:
    """What is printed, when it is asked for, where there is no finite derivative."""
    if known.status == "kink":
        try:
            return _fast(program, at, (name,), order, True)[1][name] if subgradient else None
        except Singular:
            return None
    if nonfinite and known.status != "undecided":
        return nan if known.limit is None else known.limit
    return None


def _note(name: str, order: int, known: Diagnosis) -> str:
    """What a person should hear of a number that is not a plain derivative."""
    n = "" if order == 1 else str(order)
    what = f"d{n}/d{name}{n}: "
    if known.status == "kink":
        return what + known.reason + "; printed is the subgradient by convention"
    if known.status == "removable":
        return what + "removable: " + known.reason
    if known.side and known.status == "ok":
        return what + f"one-sided: the function lives on the {known.side} side only"
    return what + known.reason


def value_answer(program: Program, at: Mapping[str, float], *, allow_nonfinite: bool = False) -> Answer:
    """The value at a point, or the limit that it has there, or why it has none.

    With several variables a limit counts only when it is the same along each of them.
    """
    try:
        return Answer(program.text, dict(at), 0, value(program, at), {}, {"": "ok"})
    except Singular:
        pass
    from .diagnosis import diagnose

    known = [diagnose(program.steps, program.root, at, name, 0) for name in program.variables or ("",)]
    worst = next((d for d in known if d.derivatives is None), known[0])
    values = {d.value for d in known}
    if worst.derivatives is not None and len(values) == 1:
        notes = ("removable: " + worst.reason,) if worst.status == "removable" else ()
        return Answer(program.text, dict(at), 0, worst.value, {}, {"": worst.status}, notes=notes)
    if worst.derivatives is not None:
        worst = worst._replace(
            status="jump", reason="the limits along the variables differ", derivatives=None, limit=None
        )
    if allow_nonfinite and worst.status != "undecided":
        limit = nan if worst.limit is None else worst.limit
        return Answer(program.text, dict(at), 0, limit, {}, {"": worst.status}, notes=(worst.reason,))
    error = domain_error(program, at, "", worst)
    return Answer(program.text, dict(at), 0, None, {}, {"": worst.status}, errors={"": error})


def domain_error(program: Program, at: Mapping[str, float], name: str, known: Diagnosis) -> DomainError:
    """The error that says what a diagnosis found, with the point and the place in the text."""
    hint = ""
    if known.status == "kink":
        hint = "--subgradient takes each function's own convention there"
    elif known.status == "infinite" and known.limit is not None:
        hint = f"--allow-nonfinite prints {known.limit}"
    by = f"d/d{name}: " if name and len(program.variables) > 1 else ""
    shown = list(at.items())
    place = ", ".join(f"{n}={x!r}" for n, x in shown[:8]) + (", …" if len(shown) > 8 else "")
    kind = KinkError if known.status == "kink" else DomainError
    return kind(
        by + known.reason,
        status=known.status,
        left=known.left,
        right=known.right,
        limit=known.limit,
        span=None if known.place is None else program.spans[known.place],
        source=program.text,
        hint=hint,
        place=place,
    )


def checked(
    program: Program, at: Mapping[str, float], answer: Answer, rtol: float, atol: float, timeout: float
) -> Answer:
    """The answer with sympy's verdict; an ill-conditioned double is replaced by the right one."""
    numbers = {name: d for name, d in answer.grad.items() if d is not None and isfinite(d)}
    if not numbers:
        return answer._replace(check=Verdict("skipped", reason="there is no number to check"))
    from .check import check

    verdict = check(program, at, list(numbers), answer.order, numbers, rtol=rtol, atol=atol, timeout=timeout)
    if verdict.exact:
        answer = answer._replace(grad={**answer.grad, **verdict.exact})
    return answer._replace(check=verdict)
