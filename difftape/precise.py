"""Answers with any number of digits: the same recording at an exact point, on big floats.

The point and the literals of the expression are exact (`exact.py`).  Where the point is plain the recording is
replayed until its digits no longer change (`replay.py`); where it is not, the diagnosis has the numbers, with as many
digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import factorial
from time import monotonic
from typing import Any

from . import answering, entries
from .answer import Answer
from .certain import Settled, settle
from .derivatives import ARITHMETIC, Singular
from .errors import LimitError, UsageError
from .exact import Exact, exact, exact_program
from .graph import Program
from .lexer import normal
from .numerals import numeral
from .pairs import Curved, replay_hessian
from .partials import replay_mixed
from .point import differentiated, located
from .questions import named, one, shared
from .replay import replay_coefficients, replay_gradient, replay_value

MOST = 10_000  # digits
_EXTRA = 25  # digits behind the last that is printed


class Precise:
    """The questions of `answering.Doubles`, on big floats right to so many digits."""

    def __init__(self, digits: int) -> None:
        self.digits = digits + _EXTRA

    def value(self, program: Program, at: Mapping[str, Any]) -> Any:
        """The value."""
        plain = settle(program, at, (), 0, self.digits)
        return _computed(lambda: replay_value(plain.program, at, self.digits, plain.far))

    def derivatives(
        self, program: Program, at: Mapping[str, Any], wrt: Sequence[str], order: int, at_ties: bool = False
    ) -> tuple[Any, dict[str, Any]]:
        """The value, and the derivatives of that order by each variable."""
        plain = settle(program, at, wrt, order, self.digits, at_ties)
        if order == 1:
            return _computed(lambda: replay_gradient(plain.program, at, wrt, self.digits, plain.far, plain.known))  # type: ignore[no-any-return]
        _refuse_rounding(plain)
        found, value = {}, None
        for name in wrt:
            series = self._series(plain, at, name, order)
            found[name], value = series[order] * factorial(order), series[0]
        return value, found

    def mixed(self, program: Program, at: Mapping[str, Any], by: Sequence[str], at_ties: bool = False) -> Any:
        """The derivative by each of these variables in turn."""
        plain = _refuse_rounding(settle(program, at, by, len(by), self.digits, at_ties))
        return _computed(lambda: replay_mixed(plain.program, at, by, self.digits, plain.far))

    def hessian(self, program: Program, at: Mapping[str, Any], wrt: Sequence[str], at_ties: bool = False) -> Curved:
        """All second derivatives."""
        plain = _refuse_rounding(settle(program, at, wrt, 2, self.digits, at_ties))
        pairs = _computed(lambda: replay_hessian(plain.program, at, wrt, self.digits, plain.far))
        return Curved(self.value(program, at), {}, pairs)

    def taylor(self, program: Program, at: Mapping[str, Any], by: str, order: int, at_ties: bool = False) -> list[Any]:
        """The Taylor coefficients 0 … order."""
        return self._series(_refuse_rounding(settle(program, at, (by,), order, self.digits, at_ties)), at, by, order)

    def _series(self, plain: Settled, at: Mapping[str, Any], by: str, order: int) -> list[Any]:
        return _computed(  # type: ignore[no-any-return]
            lambda: replay_coefficients(plain.program, at, by, order, self.digits, plain.far)
        )


def _refuse_rounding(plain: Settled) -> Settled:
    """Raises Singular at a tie of numbers that no double is: of these only first derivatives are taken."""
    if plain.rounds:
        raise Singular
    return plain


def _computed(work: Callable[[], Any]) -> Any:
    """What the replay gives; raises Singular where it does not come to an end."""
    from mpmath.libmp import NoConvergence

    try:
        return work()
    except (*ARITHMETIC, NoConvergence, NotImplementedError):
        raise Singular from None


def wanted(digits: Any) -> int:
    """A number of digits; raises UsageError for what is no whole number from 1, LimitError past 10 000.

    >>> wanted(50)
    50
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise UsageError(f"digits are a whole number from 1, not {digits!r}")
    if digits > MOST:
        raise LimitError(f"{digits} digits; the limit is {MOST}")
    return digits


def located_exactly(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str] | None = None
) -> tuple[Program, dict[str, Exact]]:
    """The program with exact literals, and the exact value of each of its variables; raises as `located` does."""
    located(program, dict.fromkeys(at, 0.0), wrt)
    given = {normal(name): exact(value, f"the value of {name}") for name, value in at.items()}
    free, _ = located(program, dict.fromkeys(given, 0.0), wrt)
    return exact_program(free), {name: given[name] for name in free.variables}


def worded(answer: Answer, digits: int) -> Answer:
    """The answer with its numbers as numerals, and the point as it was given."""

    def text(x: Any) -> Any:
        return None if x is None else numeral(x, digits)

    return answer._replace(
        at={name: x.text for name, x in answer.at.items()},
        value=text(answer.value),
        grad={key: text(x) for key, x in answer.grad.items()},
        rows=tuple(worded(row, digits) for row in answer.rows),
        digits=digits,
    )


def precise_answer(
    kind: str,
    program: Program,
    at: Mapping[str, Any],
    by: Sequence[str] | None,
    digits: int,
    *,
    order: int = 1,
    check: bool = False,
    rtol: float = 0.0,
    atol: float = 0.0,
    check_timeout: float | None = 5.0,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
) -> Answer:
    """The answer to a question (value, grad, mixed, hessian, taylor) with so many digits; `by` is what that one takes.

    The tolerances have no part in it: every digit counts.

    >>> from difftape.parser import parse
    >>> precise_answer("grad", parse("x**2"), {"x": "1/3"}, None, 30).grad
    {'x': '0.666666666666666666666666666667'}
    """
    digits = wanted(digits)
    program, point = located_exactly(program, at, by)
    if kind == "value":
        ask = partial(answering.value_answer, program, point)
        entries_of: Mapping[str, Sequence[str]] = {}
    elif kind == "mixed":
        names = named(program, by or ())
        ask = partial(entries.mixed_answer, program, point, names, subgradient=subgradient)
        entries_of = {",".join(names): names}
    else:
        names = differentiated(program, by)
        if kind == "grad":
            ask = partial(answering.derivative_answer, program, point, names, order, subgradient=subgradient)
            entries_of = {name: (name,) * order for name in names}
        elif kind == "hessian":
            ask = partial(entries.hessian_answer, program, point, names, subgradient=subgradient)
            entries_of = {f"{a},{b}": (a, b) for i, a in enumerate(names) for b in names[i:]}
        else:
            ask = partial(entries.taylor_answer, program, point, one(names), order, subgradient=subgradient)
            entries_of = {str(k): (names[0],) * k for k in range(order + 1)}
    from mpmath import mp

    with mp.workdps(digits + _EXTRA + 10):
        answer = ask(engine=Precise(digits), allow_nonfinite=allow_nonfinite)
        if check and entries_of:
            from .digitwise import verdict

            divisors = {key: factorial(int(key)) for key in entries_of} if kind == "taylor" else {}
            said = verdict(program, point, entries_of, answer.grad, divisors, digits, check_timeout)
            answer = answer._replace(check=said)
        return worded(answer, digits)


def precise_derivatives(program: Program, at: Mapping[str, Any], name: str, order: int, digits: int) -> list[str]:
    """f, f', …, f⁽ⁿ⁾ by one variable; raises DomainError where one is missing.

    >>> from difftape.parser import parse
    >>> precise_derivatives(parse("exp(x)/x"), {"x": 2}, "x", 1, 20)
    ['3.6945280494653251136', '1.8472640247326625568']
    """
    from mpmath import mp

    digits = wanted(digits)
    program, point = located_exactly(program, at, (name,))
    (name,) = differentiated(program, (name,))
    with mp.workdps(digits + _EXTRA + 10):
        answer = entries.taylor_answer(program, point, name, order, engine=Precise(digits))
        if answer.error is not None:
            raise answer.error
        found = [c * factorial(k) for k, c in enumerate(answer.grad.values()) if c is not None]
        return [numeral(d, digits) for d in found]


def precise_jacobian(
    programs: Sequence[Program],
    at: Mapping[str, Any],
    wrt: Sequence[str] | None,
    digits: int,
    *,
    check: bool = False,
    check_timeout: float = 5.0,
    **options: Any,
) -> Answer:
    """The first derivatives of several programs, a row each, with so many digits."""
    given = {normal(name): exact(value, f"the value of {name}") for name, value in at.items()}
    free, _, by = shared(programs, dict.fromkeys(given, 0.0), wrt)
    until = monotonic() + check_timeout
    rows = []
    for program in free:
        point = {name: given[name] for name in program.variables}
        own = [name for name in by if name in program.variables]
        left = max(until - monotonic(), 0.001)
        row = (
            precise_answer("grad", program, point, own, digits, check=check, check_timeout=left, **options)
            if own
            else precise_answer("value", program, point, None, digits)
        )
        rows.append(row._replace(grad={name: row.grad.get(name, "0.0") for name in by}, order=1))
    answer = entries.stacked(rows, {name: given[name].text for name in given})
    if check:
        from .check import joined

        answer = answer._replace(check=joined({str(k): r.check for k, r in enumerate(rows, 1) if r.check is not None}))
    return answer._replace(digits=digits)
