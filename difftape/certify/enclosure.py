"""A ball as two decimals, and beside a double.

The decimals enclose the ball: the radius is rounded up, and takes in what rounding the midpoint moved it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

from ..errors import LimitError

_LARGEST = 2_000_000  # bits of an exponent's power that is written out


class Enclosure(NamedTuple):
    """A number that is known to be between mid - rad and mid + rad, both exact decimals.

    >>> str(Enclosure("6.0", "1e-30"))
    '[6.0 ± 1e-30]'
    """

    mid: str
    rad: str

    def __str__(self) -> str:
        return f"[{self.mid} ± {self.rad}]"

    def __float__(self) -> float:
        return float(self.mid)

    def contains(self, number: Any) -> bool:
        """Whether a number (or a text of one) is inside.

        >>> Enclosure("0.333", "0.001").contains(Fraction(1, 3))
        True
        """
        return abs(Fraction(number) - Fraction(self.mid)) <= Fraction(self.rad)


def enclosure(ball: Any, digits: int, figures: int = 2) -> Enclosure:
    """A ball of Arb as decimals: so many digits of its midpoint, or as many as its radius, of `figures`, leaves."""
    mid, rad = fraction(ball.mid()), fraction(ball.rad())
    last = min(
        (magnitude(mid) - digits if mid else math.inf),
        magnitude(rad) - 1 if rad and not mid else math.inf,
    )
    if rad:
        last = max(last, magnitude(rad) - figures - 3)
    if last is math.inf:
        return Enclosure("0.0", "0")
    place = int(last)
    unit = Fraction(10) ** place
    whole = round(mid / unit)
    return Enclosure(decimal(whole, place), _upward(rad + abs(mid - whole * unit), figures))


def between(low: Any, high: Any, digits: int) -> Enclosure:
    """All between two exact balls as decimals: the bounds of the range to so many digits, rounded outward."""
    bottom, top = fraction(low), fraction(high)
    if bottom == top:
        return enclosure(low, digits)
    unit = Fraction(10) ** (magnitude(max(abs(bottom), abs(top), top - bottom)) - digits + 1)
    first, last = math.floor(bottom / unit), math.ceil(top / unit)
    place = magnitude(unit)
    return Enclosure(decimal(5 * (first + last), place - 1), decimal(5 * (last - first), place - 1))


def fraction(exact: Any) -> Fraction:
    """An exact ball as a fraction; raises LimitError where its exponent is astronomical."""
    mantissa, exponent = exact.man_exp()
    if abs(exponent) > _LARGEST:
        raise LimitError(f"a number of the order 2**{exponent} is not written out")
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def magnitude(x: Fraction) -> int:
    """The power of ten of the first digit.

    >>> magnitude(Fraction(999)), magnitude(Fraction(1, 1000))
    (2, -3)
    """
    x = abs(x)
    k = int((x.numerator.bit_length() - x.denominator.bit_length()) * math.log10(2))
    while Fraction(10) ** k > x:
        k -= 1
    while Fraction(10) ** (k + 1) <= x:
        k += 1
    return k


def decimal(whole: int, place: int) -> str:
    """whole·10**place as Python writes a float.

    >>> decimal(-12345, -2), decimal(6, 0), decimal(15, -20), decimal(0, 5)
    ('-123.45', '6.0', '1.5e-19', '0.0')
    """
    if not whole:
        return "0.0"
    sign, digits = ("-" if whole < 0 else ""), _digits(abs(whole))
    power = place + len(digits) - 1
    digits = digits.rstrip("0")
    if -5 <= power < 16 or len(digits) > power >= 0:
        if power < 0:
            return f"{sign}0.{'0' * (-power - 1)}{digits}"
        digits = digits.ljust(power + 2, "0")
        return f"{sign}{digits[: power + 1]}.{digits[power + 1 :]}"
    return f"{sign}{digits[0]}{'.' + digits[1:] if len(digits) > 1 else ''}e{power:+03d}"


def _digits(n: int) -> str:
    """The digits of a whole number, of which Python itself refuses to write more than a few thousand."""
    if n < 10**4000:
        return str(n)
    half = int(n.bit_length() * math.log10(2)) // 2
    high, low = divmod(n, 10**half)
    return _digits(high) + _digits(low).rjust(half, "0")


def _upward(rad: Fraction, figures: int) -> str:
    """A radius in so many digits, rounded up."""
    if not rad:
        return "0"
    place = magnitude(rad) - figures + 1
    return decimal(math.ceil(rad / Fraction(10) ** place), place)


def rounded(ball: Any) -> float | None:
    """The double next to every number of the ball; None where the ball leaves two of them, inf beyond the largest."""
    mid, rad = fraction(ball.mid()), fraction(ball.rad())
    low, high = nearest(mid - rad), nearest(mid + rad)
    return low if low == high else None


def nearest(x: Fraction) -> float:
    """The double next to a fraction."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def ulps(number: float, ball: Any) -> float:
    """How many units in the last place a double is from the ball's midpoint: at most 0.5 where it is rounded right."""
    mid = fraction(ball.mid())
    near = nearest(mid)
    unit = math.ulp(near if math.isfinite(near) and near else number)
    error = abs(Fraction(number) - mid) / Fraction(unit)
    return nearest(error)
