"""How far apart the numbers on the way are: that many digits can cancel between them.

exp(x) - 1 at 1e-300 is 0 with any precision below 300 digits, and agrees with itself; so a replay begins with
digits enough for what meets on the way, and only then is asked whether more digits change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import frexp, isfinite
from typing import Any

from .graph import Step
from .interpret import CONSTANTS, evaluate
from .table.arithmetic import add, div, mul, neg, pow, sub

_SMALLEST, _LARGEST = -1074, 1024  # exponents of doubles
_MOST = 6000
_DIGITS = 0.30103  # of one bit
_FACTORS = frozenset((mul, div, neg))


def reach(steps: Sequence[Step], at: Mapping[str, Any], order: int = 1) -> int:
    """How many digits the derivative of that order may lose to cancellation, by the sizes of all values in doubles.

    What counts is what is added to something, or is the operand of a function or an exponent: a factor alone cancels
    nothing, however large.  A number that overflows, or a sum that vanishes, is taken for the extreme of its kind;
    but x - 1 at x=1 is 0 and nothing else.

    >>> from difftape.parser import parse
    >>> reach(parse("exp(x) + 1").steps, {"x": 1e-20})
    40
    >>> reach(parse("1/(x - 1)").steps, {"x": 1.0}), reach(parse("1/(exp(x) - 1)").steps, {"x": 0.0})
    (0, 646)
    """
    values = evaluate(steps, {**CONSTANTS, **{name: float(x) for name, x in at.items()}}, lenient=True)

    def is_exact(place: int) -> bool:
        step = steps[place]
        if step[0] is neg:
            step = steps[step[1]]
        return step[0].__class__ is float or (step[0].__class__ is str and at[step[0]].__class__ in (float, int))

    def size(place: int) -> int | None:
        number, step = values[place], steps[place]
        if number is None or number != number:
            return None
        if number:
            return frexp(number)[1] if isfinite(number) else _LARGEST
        vanished = len(step) > 1 and all(values[p] for p in step[1:]) and any(step[0].partials)
        if vanished and (step[0] is add or step[0] is sub):
            vanished = not (is_exact(step[1]) and is_exact(step[2]))
        return _SMALLEST if vanished else None

    return min(_MOST, spread(steps, size) * (order + 1))


def spread(steps: Sequence[Step], size: Callable[[int], int | None]) -> int:
    """How many digits lie between the largest and the least number that meets another.

    `size` gives the exponent of a step's value in powers of two; None where it has none that counts.
    """
    low = high = 1
    for place, step in enumerate(steps):
        primitive = step[0]
        if primitive in _FACTORS:
            continue
        meeting = step[1 + (primitive is pow) :]
        for p in (place, *meeting) if len(step) == 1 or primitive is add or primitive is sub else meeting:
            exponent = size(p)
            if exponent is not None:
                low, high = min(low, exponent), max(high, exponent)
    return int((high - low) * _DIGITS)
