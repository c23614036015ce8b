"""The questions a program is asked: its value, its gradient, its derivatives of any order, with more digits.

The fast path in doubles.  Where it meets something singular (a zero divisor, the edge of a domain, a tie, a
number that is not finite) it raises `Singular`; what kind of point that is, `diagnosis.py` finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial, isfinite
from typing import Any

from .backprop import pull_back
from .branches import chosen
from .errors import LimitError
from .graph import CONSTANTS, Program, Step, evaluate, interpret, moving
from .series import bind, expand, taylor_mp

MAX_ORDER = 1000
_DOUBLE_ORDER = 150  # beyond, 1/k! underflows a double
_LOST = 1e-13  # an estimate of rounding beyond which a series is replayed with more digits
_LOST_FROM_40 = 1e-11
_ARITHMETIC = (ValueError, OverflowError, ZeroDivisionError)


class Singular(ArithmeticError):
    """The fast path met something singular, at the step `place` where that is known."""

    def __init__(self, place: int | None = None) -> None:
        super().__init__("singular")
        self.place = place


def value(program: Program, at: Mapping[str, float]) -> float:
    """The expression's value at a point.

    >>> from difftape.parser import parse
    >>> value(parse("x**2 + 1"), {"x": 3.0})
    10.0
    """
    steps, root = program.steps, program.root
    if program.has_choices:
        steps, root, _ = _chosen(program, at)
    values = _evaluated(steps, {**CONSTANTS, **at})
    if not isfinite(values[root]):
        raise Singular(root)
    return float(values[root])


def gradient(
    program: Program, at: Mapping[str, float], wrt: Sequence[str] | None = None, at_ties: bool = False
) -> tuple[float, dict[str, float]]:
    """The value, and the first derivative by each variable of `wrt` (default: all), from one reverse sweep.

    `at_ties` takes each primitive's own partial where it has a tie (abs at 0), the subgradient convention.

    >>> from difftape.parser import parse
    >>> gradient(parse("x**2*y"), {"x": 3.0, "y": 2.0})
    (18.0, {'x': 12.0, 'y': 9.0})
    """
    wrt = program.variables if wrt is None else wrt
    steps, root = program.steps, program.root
    flags = moving(steps, wrt)
    if program.has_choices:
        steps, root, flags = _chosen(program, at, flags, at_ties)
    values = _evaluated(steps, {**CONSTANTS, **at})
    if not at_ties and (program.has_ties or 0.0 in values):
        _refuse_ties(steps, values, flags)
    cotangents: list[Any] = [None] * (root + 1)
    cotangents[root] = 1.0
    try:
        pull_back(steps, values, cotangents, flags)
    except _ARITHMETIC:
        raise Singular from None
    found = {}
    total = 0.0
    places = {step[0]: place for place, step in enumerate(steps) if len(step) == 1}
    for name in wrt:
        place = places.get(name)
        d = cotangents[place] if place is not None and place <= root else None
        found[name] = d = 0.0 if d is None else d + 0.0
        total += d
    if not isfinite(total):
        raise Singular
    return values[root], found


def nth(
    program: Program, at: Mapping[str, float], by: str, order: int, at_ties: bool = False
) -> list[float]:
    """f, f', …, f⁽ⁿ⁾ by one variable, from one Taylor series.

    Replayed with more digits where doubles lose too many (see `series.py`) or underflow.  `at_ties` as in
    `gradient`.  Raises Singular, and LimitError for an order beyond 1000.

    >>> from difftape.parser import parse
    >>> nth(parse("x**3"), {"x": 2.0}, "x", 4)
    [8.0, 12.0, 12.0, 6.0, 0.0]
    """
    if order > MAX_ORDER:
        raise LimitError(f"order {order}; the limit is {MAX_ORDER}")
    steps, root = program.steps, program.root
    if program.has_choices:
        steps, root, _ = _chosen(program, at, moving(steps, (by,)), at_ties)
    if not at_ties and (program.has_ties or any(x == 0 for x in at.values())):
        _refuse_ties(steps, _evaluated(steps, {**CONSTANTS, **at}), moving(steps, (by,)))
    if order <= _DOUBLE_ORDER:
        try:
            coefficients, rounding = expand(steps, root, at, by, order)
        except _ARITHMETIC:
            raise Singular from None
        if max(rounding[:40]) <= _LOST and max(rounding[40:], default=0.0) <= _LOST_FROM_40:
            found, scale = [], 1.0
            for k, c in enumerate(coefficients):
                scale *= k or 1
                found.append(c * scale + 0.0)
            if isfinite(sum(found)):
                return found
    try:
        exact = settled(lambda digits: taylor_mp(steps, root, at, by, order, digits), 17)
    except _ARITHMETIC:
        raise Singular from None
    return [_double(c * factorial(k)) for k, c in enumerate(exact)]


def replay(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str], order: int = 1, digits: int = 50
) -> dict[str, Any]:
    """The derivatives of that order by each variable on mpmath numbers, right to `digits` digits.

    The same recording as in doubles, with guard digits added until two precisions agree.
    """
    steps, root = program.steps, program.root
    if program.has_choices:
        floats = {name: float(x) for name, x in at.items()}
        steps, root, _ = _chosen(program, floats)
    if order == 1:
        numbers = settled(lambda dps: _gradient_mp(steps, root, at, wrt, dps), digits)
        return dict(zip(wrt, numbers, strict=True))
    return {
        name: settled(lambda dps: taylor_mp(steps, root, at, name, order, dps)[-1:], digits)[0] * factorial(order)  # noqa: B023
        for name in wrt
    }


def _gradient_mp(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], wrt: Sequence[str], digits: int
) -> list[Any]:
    import mpmath

    from .evaluation import foreign

    with mpmath.workdps(digits):
        bindings = bind(steps, at, mpmath.mpf)
        values = interpret(steps, bindings, lambda primitive: foreign(primitive, mpmath.mpf))
        cotangents: list[Any] = [None] * (root + 1)
        cotangents[root] = mpmath.mpf(1)
        pull_back(steps, values, cotangents, moving(steps, wrt))
        places = {step[0]: place for place, step in enumerate(steps) if len(step) == 1}
        found = [cotangents[places[name]] if name in places else None for name in wrt]
        return [mpmath.mpf(0) if d is None else d for d in found]


def settled(compute: Callable[[int], list[Any]], digits: int) -> list[Any]:
    """What `compute(precision)` returns when more precision no longer changes its first `digits` digits.

    A number that shrinks with every digit added, beyond what a double can hold, is 0.  Raises ValueError where
    it does not settle by 1600 digits.
    """
    import mpmath

    precision = digits + 15
    before = compute(precision)
    settled_to: list[Any] = [None] * len(before)
    while precision < 1700:
        precision = int(precision * 1.7) + 10
        now = compute(precision)
        with mpmath.workdps(precision):
            for i, (a, b) in enumerate(zip(before, now, strict=True)):
                if settled_to[i] is None or abs(a - b) > abs(b) * mpmath.mpf(10) ** -digits:
                    settled_to[i] = b if abs(a - b) <= abs(b) * mpmath.mpf(10) ** -digits and b else None
                    if settled_to[i] is None and precision > 340 + digits:
                        if abs(b) <= abs(a) * mpmath.mpf(10) ** (-precision // 5):
                            settled_to[i] = mpmath.mpf(0)
        if all(x is not None for x in settled_to):
            return settled_to
        before = now
    raise ValueError("the digits do not settle")


def _double(x: Any) -> float:
    found = float(x) + 0.0
    if not isfinite(found):
        raise Singular
    return found


def _evaluated(steps: Sequence[Step], bindings: Mapping[Any, float]) -> list[Any]:
    """The value of every step, all finite; raises Singular with the place of the first that is not."""
    values: list[Any] = []
    try:
        evaluate(steps, bindings, False, values)
    except _ARITHMETIC:
        raise Singular(len(values)) from None
    if not isfinite(sum(values)):
        raise Singular(next((p for p, v in enumerate(values) if not isfinite(v)), None))
    return values


def _refuse_ties(steps: Sequence[Step], values: Sequence[Any], flags: Sequence[bool]) -> None:
    """Raises Singular at a step that moves and has a tie."""
    for place, step in enumerate(steps):
        if flags[place] and len(step) > 1 and step[0].tie is not None:
            if step[0].tie(*[values[p] for p in step[1:]]):
                raise Singular(place)


def _chosen(
    program: Program, at: Mapping[str, float], flags: Sequence[bool] = (), at_ties: bool = True
) -> tuple[Sequence[Step], int, list[bool]]:
    """The program that is left at the point; raises Singular where a condition that moves has a tie."""
    try:
        taken = chosen(program.steps, program.root, {**CONSTANTS, **at})
    except _ARITHMETIC as error:
        raise Singular(getattr(error, "place", None)) from None
    if not at_ties:
        for place in taken.ties:
            if flags[place]:
                raise Singular(place)
    return taken.steps, taken.root, [flags[place] for place in taken.origins] if flags else []


