"""Derivatives of any order from one Taylor series, in doubles where these suffice and with more digits elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial, isfinite
from typing import Any

from .derivatives import ARITHMETIC, Singular, chosen_at, evaluated, refuse_ties
from .errors import LimitError
from .graph import Program, Step, moving
from .interpret import CONSTANTS
from .magnitudes import reach
from .replay import settled
from .series import expand, taylor_mp

MAX_ORDER = 1000
_DOUBLE_ORDER = 150  # beyond, 1/k! underflows a double
_LOST = 1e-13  # an estimate of rounding beyond which a series is replayed with more digits
_LOST_FROM_40 = 1e-11


def nth(program: Program, at: Mapping[str, float], by: str, order: int, at_ties: bool = False) -> list[float]:
    """f, f', …, f⁽ⁿ⁾ by one variable, from one Taylor series.

    Replayed with more digits where doubles lose too many (see `series.py`) or underflow.  `at_ties` as in
    `gradient`.  Raises Singular, and LimitError for an order beyond 1000.

    >>> from difftape.parser import parse
    >>> nth(parse("x**3"), {"x": 2.0}, "x", 4)
    [8.0, 12.0, 12.0, 6.0, 0.0]
    """
    steps, root = _ready(program, at, by, order, at_ties)
    coefficients = _in_doubles(steps, root, at, by, order)
    if coefficients is not None:
        found, scale = [], 1.0
        for k, c in enumerate(coefficients):
            scale *= k or 1
            found.append(c * scale + 0.0)
        if isfinite(sum(found)):
            return found
    return _with_digits(lambda digits: _stack_mp(steps, root, at, by, order, digits), reach(steps, at, order))


def taylor_coefficients(
    program: Program, at: Mapping[str, float], by: str, order: int, at_ties: bool = False
) -> list[float]:
    """The Taylor coefficients f⁽ᵏ⁾/k! for k = 0 … order, as right as the derivatives of `nth`.

    >>> from difftape.parser import parse
    >>> taylor_coefficients(parse("1/x"), {"x": 2.0}, "x", 3)
    [0.5, -0.25, 0.125, -0.0625]
    """
    steps, root = _ready(program, at, by, order, at_ties)
    coefficients = _in_doubles(steps, root, at, by, order)
    if coefficients is not None:
        return [c + 0.0 for c in coefficients]
    return _with_digits(lambda digits: taylor_mp(steps, root, at, by, order, digits), reach(steps, at, order))


def _ready(program: Program, at: Mapping[str, float], by: str, order: int, at_ties: bool) -> tuple[Sequence[Step], int]:
    """The steps that are left at the point, none of which ties."""
    if order > MAX_ORDER:
        raise LimitError(f"order {order}; the limit is {MAX_ORDER}")
    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, at, moving(steps, (by,)), at_ties)
    if not at_ties and (program.has_ties or any(x == 0 for x in at.values())):
        refuse_ties(steps, evaluated(steps, {**CONSTANTS, **at}), moving(steps, (by,)))
    return steps, root


def _in_doubles(steps: Sequence[Step], root: int, at: Mapping[str, float], by: str, order: int) -> list[float] | None:
    """The coefficients in doubles, or None where these have lost too many digits."""
    if order > _DOUBLE_ORDER:
        return None
    try:
        coefficients, rounding = expand(steps, root, at, by, order)
    except ARITHMETIC:
        raise Singular from None
    right = max(rounding[:40]) <= _LOST and max(rounding[40:], default=0.0) <= _LOST_FROM_40
    return coefficients if right and isfinite(sum(coefficients)) else None


def _with_digits(compute: Callable[[int], list[Any]], far: int) -> list[float]:
    """What is computed with digits enough, rounded once."""
    try:
        exact = settled(compute, 20, far)
    except ARITHMETIC:
        raise Singular from None
    found = [float(x) + 0.0 for x in exact]
    if not isfinite(found[-1]):
        raise Singular(overflows=True)
    return found


def _stack_mp(steps: Sequence[Step], root: int, at: Mapping[str, Any], by: str, order: int, digits: int) -> list[Any]:
    import mpmath

    with mpmath.workdps(digits):
        return [c * factorial(k) for k, c in enumerate(taylor_mp(steps, root, at, by, order, digits))]
