"""Answers with any number of digits: the same recording at an exact point, on big floats.

The point and the literals of the expression are exact (`exact.py`).  Where the point is plain the recording is
replayed until its digits no longer change (`replay.py`); where it is not, the diagnosis has the numbers, with as many
digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial
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
from .point import located
from .replay import replay_coefficients, replay_gradient, replay_value

MOST = 10_000  # digits
_EXTRA = 25  # digits behind the last that is printed


class Precise:
    """The questions of `answering.Doubles`, on big floats right to so many digits."""

    def __init__(self, digits: int) -> None:
        self.digits = digits + _EXTRA

    def value(self, program: Program, at: Mapping[str, Exact]) -> Any:
        """The value."""
        plain = settle(program, at, (), 0, self.digits)
        return _computed(lambda: replay_value(plain.program, at, self.digits, plain.far))

    def derivatives(
        self, program: Program, at: Mapping[str, Exact], wrt: Sequence[str], order: int, at_ties: bool = False
    ) -> tuple[Any, dict[str, Any]]:
        """The value, and the derivatives of that order by each variable."""
        plain = settle(program, at, wrt, order, self.digits, at_ties)
        if order == 1:
            return _computed(lambda: replay_gradient(plain.program, at, wrt, self.digits, plain.far))  # type: ignore[no-any-return]
        found, value = {}, None
        for name in wrt:
            series = self._series(plain, at, name, order)
            found[name], value = series[order] * factorial(order), series[0]
        return value, found

    def mixed(self, program: Program, at: Mapping[str, Exact], by: Sequence[str], at_ties: bool = False) -> Any:
        """The derivative by each of these variables in turn."""
        plain = settle(program, at, by, len(by), self.digits, at_ties)
        return _computed(lambda: replay_mixed(plain.program, at, by, self.digits, plain.far))

    def hessian(self, program: Program, at: Mapping[str, Exact], wrt: Sequence[str], at_ties: bool = False) -> Curved:
        """All second derivatives."""
        plain = settle(program, at, wrt, 2, self.digits, at_ties)
        pairs = _computed(lambda: replay_hessian(plain.program, at, wrt, self.digits, plain.far))
        return Curved(self.value(program, at), {}, pairs)

    def taylor(
        self, program: Program, at: Mapping[str, Exact], by: str, order: int, at_ties: bool = False
    ) -> list[Any]:
        """The Taylor coefficients 0 … order."""
        return self._series(settle(program, at, (by,), order, self.digits, at_ties), at, by, order)

    def _series(self, plain: Settled, at: Mapping[str, Exact], by: str, order: int) -> list[Any]:
        return _computed(  # type: ignore[no-any-return]
            lambda: replay_coefficients(plain.program, at, by, order, self.digits, plain.far)
        )


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


def answered(
    question: Callable[..., Answer],
    judge: Callable[[Answer], Answer] | None,
    digits: int,
    *operands: Any,
    **options: Any,
) -> Answer:
    """The answer to a question of `answering` or `entries` at an exact point, in numerals of so many digits."""
    from mpmath import mp

    with mp.workdps(digits + _EXTRA + 10):
        answer = question(*operands, engine=Precise(digits), **options)
        if judge is not None:
            answer = judge(answer)
        return worded(answer, digits)


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


QUESTIONS: dict[str, Callable[..., Answer]] = {
    "value": answering.value_answer,
    "grad": answering.derivative_answer,
    "mixed": entries.mixed_answer,
    "hessian": entries.hessian_answer,
    "taylor": entries.taylor_answer,
    "jacobian": entries.jacobian_answer,
}
