"""Big floats as decimal numerals of so many significant digits."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from math import isfinite
from typing import Any

_BEHIND = 20  # digits behind the last one that are looked at: a tie is told by them
_SMALLEST = -7  # the power of ten below which an exponent is written


def numeral(x: Any, digits: int) -> str:
    """A number as text with exactly so many significant digits, rounded to the nearest; 0 is "0.0".

    >>> from mpmath import mpf, workdps
    >>> with workdps(60): numeral(mpf(2) / 3, 12), numeral(mpf(10) ** 40 / 7, 5), numeral(mpf(6), 4), numeral(0.0, 9)
    ('0.666666666667', '1.4286e+39', '6.000', '0.0')
    """
    if not x:
        return "0.0"
    if not hasattr(x, "_mpf_"):
        if not isfinite(x):
            return repr(float(x))
        from mpmath import mpf

        x = mpf(x)
    from mpmath import nstr

    text = nstr(x, digits + _BEHIND, strip_zeros=False, min_fixed=1, max_fixed=0)
    context = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
    rounded = context.plus(Decimal(text))
    figures = "".join(map(str, rounded.as_tuple().digits)).ljust(digits, "0")
    power = rounded.adjusted()
    sign = "-" if rounded < 0 else ""
    if power >= digits or power < _SMALLEST:
        point = "." if digits > 1 else ""
        return f"{sign}{figures[0]}{point}{figures[1:]}e{power:+03d}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{figures}"
    whole, part = figures[: power + 1], figures[power + 1 :]
    return f"{sign}{whole}.{part}" if part else sign + whole
