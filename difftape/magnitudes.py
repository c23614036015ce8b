"""How far apart the numbers on the way are: that many digits can cancel between them.

exp(x) - 1 at 1e-300 is 0 with any precision below 300 digits, and agrees with itself; so a replay begins with
digits enough for what meets on the way, and only then is asked whether more digits change the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import frexp, isfinite

from .graph import Step
from .interpret import CONSTANTS, evaluate

_SMALLEST, _LARGEST = -1074, 1024  # exponents of doubles
_MOST = 6000
_DIGITS = 0.30103  # of one bit


def reach(steps: Sequence[Step], at: Mapping[str, float], order: int = 1) -> int:
    """How many digits the derivative of that order may lose to cancellation, by the sizes of all values in doubles.

    A value that overflows, or vanishes although its operands do not, is taken for the extreme of its kind.

    >>> from difftape.parser import parse
    >>> reach(parse("exp(x) + 1").steps, {"x": 1e-20})
    40
    """
    values = evaluate(steps, {**CONSTANTS, **{name: float(x) for name, x in at.items()}}, lenient=True)
    low = high = 1
    for step, value in zip(steps, values, strict=True):
        if value is None or value != value:
            continue
        if not isfinite(value):
            high = _LARGEST
        elif value:
            exponent = frexp(value)[1]
            low, high = min(low, exponent), max(high, exponent)
        elif len(step) > 1 and all(values[p] for p in step[1:]) and any(step[0].partials):
            low = _SMALLEST
    return min(_MOST, int((high - low) * _DIGITS) * (order + 1))
