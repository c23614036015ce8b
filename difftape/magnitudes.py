"""How far apart the numbers on the way are: that many digits can cancel between them.

exp(x) - 1 at 1e-300 is 0 with any precision below 300 digits, and agrees with itself; so a replay begins with
digits enough for what meets on the way, and only then is asked whether more digits change the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import frexp, isfinite

from .graph import Step
from .interpret import CONSTANTS, evaluate
from .table.arithmetic import add, div, mul, neg, pow, sub

_SMALLEST, _LARGEST = -1074, 1024  # exponents of doubles
_MOST = 6000
_DIGITS = 0.30103  # of one bit
_FACTORS = frozenset((mul, div, neg))


def reach(steps: Sequence[Step], at: Mapping[str, float], order: int = 1) -> int:
    """How many digits the derivative of that order may lose to cancellation, by the sizes of all values in doubles.

    What counts is what is added to something, or is the operand of a function or an exponent: a factor alone cancels
    nothing, however large.  A number that overflows, or a sum that vanishes, is taken for the extreme of its kind.

    >>> from difftape.parser import parse
    >>> reach(parse("exp(x) + 1").steps, {"x": 1e-20})
    40
    """
    values = evaluate(steps, {**CONSTANTS, **{name: float(x) for name, x in at.items()}}, lenient=True)
    vanished = [y == 0 and len(s) > 1 and all(values[p] for p in s[1:]) for s, y in zip(steps, values, strict=True)]
    low = high = 1
    for place, step in enumerate(steps):
        primitive = step[0]
        if primitive in _FACTORS:
            continue
        meeting = step[1 + (primitive is pow) :]
        for p in (place, *meeting) if len(step) == 1 or primitive is add or primitive is sub else meeting:
            number = values[p]
            if number is None or number != number:
                continue
            if not isfinite(number):
                high = _LARGEST
            elif number:
                exponent = frexp(number)[1]
                low, high = min(low, exponent), max(high, exponent)
            elif vanished[p] and any(steps[p][0].partials):
                low = _SMALLEST
    return min(_MOST, int((high - low) * _DIGITS) * (order + 1))
