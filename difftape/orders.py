"""Derivatives of any order from one Taylor series, in doubles where these suffice and with more digits elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial, isfinite
from typing import Any

from .derivatives import ARITHMETIC, Singular, chosen_at, evaluated, refuse_ties
from .errors import LimitError
from .graph import Program, Step, moving
from .interpret import CONSTANTS
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
    if order > MAX_ORDER:
        raise LimitError(f"order {order}; the limit is {MAX_ORDER}")
    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, at, moving(steps, (by,)), at_ties)
    if not at_ties and (program.has_ties or any(x == 0 for x in at.values())):
        refuse_ties(steps, evaluated(steps, {**CONSTANTS, **at}), moving(steps, (by,)))
    if order <= _DOUBLE_ORDER:
        try:
            coefficients, rounding = expand(steps, root, at, by, order)
        except ARITHMETIC:
            raise Singular from None
        if max(rounding[:40]) <= _LOST and max(rounding[40:], default=0.0) <= _LOST_FROM_40:
            found, scale = [], 1.0
            for k, c in enumerate(coefficients):
                scale *= k or 1
                found.append(c * scale + 0.0)
            if isfinite(sum(found)):
                return found
    try:
        exact = settled(lambda digits: _stack_mp(steps, root, at, by, order, digits), 20)
    except ARITHMETIC:
        raise Singular from None
    return list(map(_double, exact))


def _double(x: Any) -> float:
    found = float(x) + 0.0
    if not isfinite(found):
        raise Singular
    return found


def _stack_mp(steps: Sequence[Step], root: int, at: Mapping[str, Any], by: str, order: int, digits: int) -> list[Any]:
    import mpmath

    with mpmath.workdps(digits):
        return [c * factorial(k) for k, c in enumerate(taylor_mp(steps, root, at, by, order, digits))]
