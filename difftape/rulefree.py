"""Derivatives by no rule at all: mpmath's quotient of differences, of the value alone.

`mpmath.diff` takes steps of 1e-60 and less, with so many digits that what cancels is made up for.  Neither the
table's rules nor the reverse sweep nor the series have a part in it: only what each function is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .branches import chosen
from .derivatives import chosen_at
from .graph import Program, Step
from .interpret import bind, interpret
from .symbolic import Unknown

MOST = 20  # order: each costs as many digits again
_DIGITS = 60  # with which comparisons are decided


def derivative(program: Program, at: Mapping[str, float], by: str, order: int = 1) -> Callable[[int], Any]:
    """The derivative of that order by one variable, as a function of the digits wanted.

    Raises Unknown where it is not to be had: at too high an order, or where a comparison is so close that rounding
    decides it.  The function raises what the value raises next to the point.

    >>> from difftape.parser import parse
    >>> float(derivative(parse("x**3"), {"x": 2.0}, "x")(30))
    12.0
    """
    if order > MOST:
        raise Unknown(f"mpmath is not asked for derivatives beyond order {MOST}")
    steps, root = _left(program, at)
    steps = steps[: root + 1]

    def of(digits: int) -> Any:
        from mpmath import mp

        from .evaluation import foreign

        bindings = {name: mp.mpf(x) for name, x in at.items()}

        def value(x: Any) -> Any:
            here = {**bindings, by: x}
            return interpret(steps, bind(steps, here, mp.mpf), lambda primitive: foreign(primitive, mp.mpf))[root]

        with mp.workdps(digits + 10):
            x = bindings[by]
            return mp.diff(value, x, order, relative=bool(x))

    return of


def _left(program: Program, at: Mapping[str, float]) -> tuple[Sequence[Step], int]:
    """The steps that are left when every choice is made, in doubles and with 60 digits alike."""
    if not program.has_choices:
        return program.steps, program.root
    from mpmath import mp

    from .evaluation import foreign

    steps, root, _ = chosen_at(program, at)
    with mp.workdps(_DIGITS):
        exact = chosen(
            program.steps, program.root, bind(program.steps, at, mp.mpf), lambda primitive: foreign(primitive, mp.mpf)
        )
    if exact.root != root or exact.steps != steps:
        raise Unknown("a comparison is so close that rounding may decide it")
    return steps, root
