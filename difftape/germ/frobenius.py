"""A primitive where its operand tends to 0 and it is no power series there: powers and logarithms times power series.

What an entry of the table says of itself, `near_zero(mp, *others, count)`: a list of (p, b, c), whose sum of
x^p log(x)^b (c[0] + c[1] x + …) it is, or None where it is a power series.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import digits
from .composition import length, series
from .digits import Number
from .expansion import Germ, Lens, Trouble, plus, steady, times
from .growth import logarithm, power


def near_zero(lens: Lens, primitive: Any, position: int, values: Sequence[Number], operand: Germ) -> Germ | None:
    """The primitive of an operand that tends to 0 but is not 0; None where it has nothing to say."""
    from mpmath import mp

    with mp.workprec(2 * lens.bits + 40):
        others = [_whole(lens, v) for v in (*values[:position], *values[position + 1 :])]
        parts = primitive.near_zero(mp, *others, length(operand) + 1)
        if parts is None:
            return None
        try:
            return _sum(lens, parts, operand)
        except Trouble as trouble:
            if trouble.status == "outside":
                raise Trouble("outside", "domain") from None
            raise


def _sum(lens: Lens, parts: Sequence[tuple[Any, int, list[Any]]], x: Germ) -> Germ:
    total = Germ(lens)
    for p, b, coefficients in parts:
        if any(coefficients):
            part = series([digits.from_mpf(c, lens.bits) for c in coefficients], x)
            part = times(power(x, steady(lens, digits.from_mpf(p, 2 * lens.bits))), part)
            total = plus(total, times(logarithm(x), part) if b else part)
    return total


def _whole(lens: Lens, value: Number) -> Any:
    """A number, whole if that is what it is as far as its right bits can tell."""
    from mpmath import mp

    number = digits.to_mpf(value)
    nearest = mp.nint(number)
    if not digits.is_exact(value) and digits.vanishes(
        digits.total(value, digits.from_mpf(-nearest, lens.bits), lens.bits)
    ):
        lens.guessed = True
        return nearest
    return number
