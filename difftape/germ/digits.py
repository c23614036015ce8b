"""Numbers that know how many of their bits are right: (m, e, w) is m·2**e, give or take 2**w.

All three are whole numbers, so what is exact stays exact, and w says whether a sum has cancelled to nothing
beside the terms that cancelled: sin(pi) at the double pi is small, cos(0) - 1 is zero.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

Number = tuple[int, int, int]

EXACT = -(1 << 90)  # the w of a number without error; anything below INEXACT counts as this
INEXACT = -(1 << 89)
ZERO: Number = (0, 0, EXACT)
ONE: Number = (1, 0, EXACT)
GUARD = 32  # bits that must be right for a number not to be zero


def exact(value: float) -> Number:
    """A double or a whole number, without error.

    >>> exact(-1.5)
    (-3, -1, -1237940039285380274899124224)
    """
    over, under = value.as_integer_ratio()
    return _shorter(over, 1 - under.bit_length())


def given(value: Any, bits: int) -> Number:
    """A double, or a number of `exact.py`: without error where it has no more bits than a double would."""
    if not hasattr(value, "fraction"):
        return exact(value)
    if value.fraction is not None:
        return rational(value.fraction, bits)
    from mpmath import mp

    with mp.workprec(bits + 20):
        return from_mpf(mp.mpf(value), bits)


def _shorter(m: int, e: int) -> Number:
    if not m:
        return ZERO
    zeros = (m & -m).bit_length() - 1
    return m >> zeros, e + zeros, EXACT


def rational(value: Fraction, bits: int) -> Number:
    """A fraction, exact where its denominator is a power of two."""
    over, under = value.numerator, value.denominator
    if under & (under - 1) == 0:
        return _shorter(over, 1 - under.bit_length())
    return quotient((over, 0, EXACT), (under, 0, EXACT), bits)


def magnitude(a: Number) -> int:
    """The exponent k of the power of two with abs(a) < 2**k <= 2*abs(a)."""
    return a[0].bit_length() + a[1]


def is_exact(a: Number) -> bool:
    """Whether nothing was ever rounded on the way to it."""
    return a[2] < INEXACT


def vanishes(a: Number) -> bool:
    """Whether it is zero as far as its right bits can tell."""
    return not a[0] or a[0].bit_length() + a[1] <= a[2] + GUARD


def total(a: Number, b: Number, bits: int) -> Number:
    """The sum, to `bits` bits."""
    m, e, w = a
    n, f, v = b
    if v > w:
        w = v
    gap = e - f
    if gap:
        if not m or not n:
            return _rounded(m or n, e if m else f, w, bits)
        apart = m.bit_length() + e - n.bit_length() - f
        if apart > 4 * bits or apart < -4 * bits:
            m, e, lost = (m, e, n.bit_length() + f) if apart > 0 else (n, f, m.bit_length() + e)
            return m, e, max(w, lost)
        if gap > 0:
            m = (m << gap) + n
            e = f
        else:
            m += n << -gap
    else:
        m += n
    return _rounded(m, e, w, bits)


def product(a: Number, b: Number, bits: int) -> Number:
    """The product, to `bits` bits."""
    m, e, w = a
    n, f, v = b
    if not m or not n:
        return ZERO
    error = max(m.bit_length() + e + v, n.bit_length() + f + w)
    return _rounded(m * n, e + f, error if error > INEXACT else EXACT, bits)


def quotient(a: Number, b: Number, bits: int) -> Number:
    """The quotient, to `bits` bits; b is not zero."""
    m, e, w = a
    n, f, v = b
    shift = max(0, bits + 2 + n.bit_length() - m.bit_length())
    q, rest = divmod(m << shift, n)
    scale = n.bit_length() + f - 1
    error = max(w - scale, m.bit_length() + e + v - 2 * scale)
    if rest:
        return _rounded(q, e - shift - f, max(error, e - shift - f), bits)
    if error < INEXACT:
        return _shorter(q, e - shift - f)
    return _rounded(q, e - shift - f, error, bits)


def _rounded(m: int, e: int, w: int, bits: int) -> Number:
    over = m.bit_length() - bits
    if over > 0:
        if m & ((1 << over) - 1):
            m >>= over
            e += over
            return m, e, w if w > e else e
        m >>= over
        e += over
    return m, e, w


def square_root(c: Number, bits: int) -> Number:
    """The square root of a positive number, exact where it is."""
    m, e, w = c
    if e % 2:
        m, e = m << 1, e - 1
    whole = math.isqrt(m)
    if is_exact(c) and whole * whole == m:
        return whole, e // 2, EXACT
    shift = max(0, 2 * bits + 2 - m.bit_length())
    shift += shift % 2
    found = math.isqrt(m << shift), (e - shift) // 2
    size = found[0].bit_length() + found[1]
    return *found, max(size - bits, w - size)


def opposite(a: Number) -> Number:
    """The negative."""
    return -a[0], a[1], a[2]


def sign(a: Number) -> int:
    """-1, 0 or 1."""
    return (a[0] > 0) - (a[0] < 0)


def to_float(a: Number) -> float:
    """The nearest double: an infinity beyond the largest, 0.0 below the least.

    >>> to_float(quotient((1, 0, EXACT), (3, 0, EXACT), 80))
    0.3333333333333333
    """
    m, e, _ = a
    size = magnitude(a)
    if not m or size < -1080:
        return 0.0
    if size > 1024:
        return math.inf if m > 0 else -math.inf
    try:
        return float(m << e) if e >= 0 else m / (1 << -e)
    except OverflowError:
        return math.inf if m > 0 else -math.inf


def to_fraction(a: Number) -> Fraction:
    """The same number as a fraction; for numbers of moderate size."""
    m, e, _ = a
    return Fraction(m << e) if e >= 0 else Fraction(m, 1 << -e)


def near(a: Number, most: int = 1000) -> Fraction:
    """The number as an exponent: a fraction with a small denominator if it is within a double's rounding of one."""
    plain = to_fraction(a)
    simple = plain.limit_denominator(most)
    if abs(plain - simple) <= abs(plain) * Fraction(1, 1 << 51):
        return simple
    grid = 1 << 160
    return plain if plain.denominator < grid else Fraction(round(plain * grid), grid)


def to_mpf(a: Number) -> Any:
    """The same number as mpmath's."""
    from mpmath import mp
    from mpmath.libmp import from_man_exp

    return mp.make_mpf(from_man_exp(a[0], a[1]))


def from_mpf(value: Any, bits: int) -> Number:
    """A result of mpmath's, its last bits being in doubt."""
    negative, m, e, length = value._mpf_
    if not m:
        return ZERO
    return -int(m) if negative else int(m), int(e), int(e) + int(length) - bits
