"""Powers, roots, exponentials and logarithms of germs.

The leading term is taken apart from the rest: (c·t^a·(1 + r))^p = c^p·t^(ap)·(1 + r)^p, and so on.  Magnitudes come
first: what would have an exponent beyond 2**40 is never computed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from . import digits
from .calculus import derivative, integral, over
from .composition import length, series, split
from .digits import Number
from .expansion import (
    CONSTANT,
    ENDLESS,
    Germ,
    Key,
    Lens,
    Trouble,
    flat,
    leading,
    negative,
    plus,
    shifted,
    sign_of,
    steady,
    times,
    vast,
)

HUGE = 40  # a number beyond 2**(2**HUGE) is not written down
_SMALL_POWER = 64  # whole powers up to this are products


def exponential(germ: Germ) -> Germ:
    """exp of a germ: a logarithm turns into a power, what tends to infinity faster goes beyond every power."""
    lens = germ.lens
    if germ.vast is not None:
        if germ.vague and germ.vast < 0:
            return Germ(lens, bound=(0, Fraction(1, 1 << 20)))
        return vast(lens, 1, fixed=germ.fixed, vague=germ.vague) if germ.vast > 0 else flat(lens, 1, fixed=germ.fixed)
    head, power = germ, CONSTANT
    if germ.terms and germ.terms[0][0] < CONSTANT:
        key, c = germ.terms[0]
        if key < (0, -1):
            return vast(lens, 1) if c[0] > 0 else flat(lens, 1)
        if key > (0, -1) or (len(germ.terms) > 1 and germ.terms[1][0] < CONSTANT):
            raise Trouble("undecided", "exp of a root of a logarithm")
        power = (_exponent(digits.opposite(c)), 0)
        head = Germ(lens, germ.terms[1:], germ.bound, germ.flat)
    value, rest = split(head)
    size = digits.magnitude(value) if value[0] else 0
    if size > HUGE:
        return vast(lens, 1, fixed=True) if value[0] > 0 else flat(lens, 1, fixed=True)
    count = length(rest)
    coefficients, factor = [], _exp(value, lens)
    for k in range(count + 1):
        coefficients.append(factor)
        factor = digits.quotient(factor, (k + 1, 0, digits.EXACT), lens.bits)
    return moved(series(coefficients, rest), power)


def moved(germ: Germ, by: Key) -> Germ:
    """The germ times a pure power."""
    if by == CONSTANT:
        return germ
    return Germ(germ.lens, tuple((shifted(k, by), c) for k, c in germ.terms), shifted(germ.bound, by), germ.flat)


def _exponent(c: Number) -> Any:
    """A number as an exponent; a whole one as an int."""
    if abs(digits.magnitude(c)) > HUGE:
        raise Trouble("undecided", "an exponent out of all proportion")
    found = digits.near(c)
    return found.numerator if found.denominator == 1 else found


def _exp(value: Number, lens: Lens) -> Number:
    if not value[0]:
        return digits.ONE
    from mpmath import mp

    with mp.workprec(lens.bits + 20 + max(0, digits.magnitude(value))):
        m, e, w = digits.from_mpf(mp.exp(digits.to_mpf(value)), lens.bits)
    return m, e, max(w, digits.magnitude((m, e, w)) + value[2]) if not digits.is_exact(value) else w


def logarithm(germ: Germ) -> Germ:
    """log of a germ that is positive on this side: log(c·t^a·(1 + r)) = log(c) - a·ℓ + log(1 + r)."""
    lens = germ.lens
    if germ.vast is not None:
        if germ.vast < 0:
            raise Trouble("outside", "negative")
        return vast(lens, 1, fixed=germ.fixed, vague=True)
    if germ.is_zero:
        raise Trouble("outside", "pole")
    if sign_of(germ) < 0:
        raise Trouble("outside", "negative")
    key, c = leading(germ)
    if key[1]:
        raise Trouble("undecided", "a logarithm of a logarithm")
    head: tuple[tuple[Key, Number], ...] = ((CONSTANT, _log(c, lens)),)
    if key[0]:
        head = (((0, -1), digits.opposite(digits.rational(Fraction(key[0]), lens.bits))), *head)
    head = tuple(term for term in head if not digits.vanishes(term[1]) or _guess(lens, term[1]))
    rest = _relative(germ, key, c)
    one = steady(lens, digits.ONE)
    return plus(Germ(lens, head), integral(over(derivative(rest), plus(one, rest))))


def _guess(lens: Lens, value: Number) -> bool:
    lens.guessed = lens.guessed or value[2] > digits.INEXACT
    return False


def _log(c: Number, lens: Lens) -> Number:
    from mpmath import mp

    if c[0] == 1 and not c[1] and digits.is_exact(c):
        return digits.ZERO
    with mp.workprec(lens.bits + 20):
        found = digits.from_mpf(mp.log(digits.to_mpf(c)), lens.bits)
    return found[0], found[1], max(found[2], c[2] - digits.magnitude(c))


def _relative(germ: Germ, key: Key, c: Number) -> Germ:
    """r where the germ is c·t^a·(1 + r)."""
    lens = germ.lens
    by = (-key[0], -key[1])
    terms = tuple((shifted(k, by), digits.quotient(value, c, lens.bits)) for k, value in germ.terms[1:])
    return Germ(lens, terms, shifted(germ.bound, by), germ.flat)


def root(germ: Germ, n: int) -> Germ:
    """The nth root, real for negative germs too if n is odd."""
    if germ.is_zero:
        return germ
    if sign_of(germ) < 0:
        if n % 2 == 0:
            raise Trouble("outside", "negative")
        return negative(root(negative(germ), n))
    return _real_power(germ, Fraction(1, n), digits.rational(Fraction(1, n), germ.lens.bits))


def power(a: Germ, p: Germ) -> Germ:
    """a**p: by products or a binomial series where the exponent stays, else exp(p·log(a))."""
    lens = a.lens
    if p.is_zero:
        return steady(lens, digits.ONE)
    whole = _whole(p)
    if whole is not None:
        return _whole_power(a, whole)
    if a.is_zero:
        if sign_of(p) < 0:
            raise Trouble("outside", "division by zero")
        return a
    if sign_of(a) < 0:
        raise Trouble("outside", "negative")
    if len(p.terms) == 1 and p.terms[0][0] == CONSTANT and p.bound == ENDLESS and p.flat is None and a.vast is None:
        c = p.terms[0][1]
        if abs(digits.magnitude(c)) < HUGE:
            return _real_power(a, digits.to_fraction(c), c)
    return exponential(times(p, logarithm(a)))


def _whole(p: Germ) -> int | None:
    """The exponent if it is a whole number of moderate size that does not move."""
    if len(p.terms) != 1 or p.terms[0][0] != CONSTANT or p.bound != ENDLESS or p.flat is not None:
        return None
    c = p.terms[0][1]
    if not -p.lens.bits < digits.magnitude(c) < HUGE:
        return None
    nearest = round(digits.to_fraction(c))
    off = digits.total(c, (-nearest, 0, digits.EXACT), p.lens.bits)
    if not digits.vanishes(off):
        return None
    p.lens.guessed = p.lens.guessed or not digits.is_exact(c)
    return nearest


def _whole_power(a: Germ, n: int) -> Germ:
    lens = a.lens
    if n < 0:
        if a.is_zero:
            raise Trouble("outside", "division by zero")
        return over(steady(lens, digits.ONE), _whole_power(a, -n))
    if a.is_zero:
        return a if n else steady(lens, digits.ONE)
    if n == 0:
        return steady(lens, digits.ONE)
    if a.vast is not None or a.is_flat or n <= _SMALL_POWER:
        result = a
        for bit in bin(n)[3:]:
            result = times(result, result)
            if bit == "1":
                result = times(result, a)
        return result
    if sign_of(a) < 0:
        positive = _real_power(negative(a), Fraction(n), (n, 0, digits.EXACT))
        return negative(positive) if n % 2 else positive
    return _real_power(a, Fraction(n), (n, 0, digits.EXACT))


def _real_power(a: Germ, p: Fraction, value: Number) -> Germ:
    """a**p for a positive germ, by its leading term's power times a binomial series."""
    lens, bits = a.lens, a.lens.bits
    if a.vast is not None or a.is_flat:
        grows = (a.vast is not None) == (p > 0)
        return vast(lens, 1, fixed=a.fixed, vague=a.vague) if grows else flat(lens, 1, fixed=a.fixed)
    key, c = leading(a)
    exponent: Any = digits.near(value) if key != CONSTANT else p
    at: Key = (_plain(key[0] * exponent), _plain(key[1] * exponent))
    head = (
        exponential(steady(lens, digits.product(value, _log(c, lens), bits)))
        if p.denominator > 2 or p.numerator != 1
        else None
    )
    if head is None:
        head = steady(lens, digits.square_root(c, lens.bits) if p.denominator == 2 else c)
    if head.vast is not None or head.is_flat:
        return head
    rest = _relative(a, key, c)
    coefficients, factor = [], head.terms[0][1]
    for k in range(length(rest) + 1):
        coefficients.append(factor)
        step = (
            digits.rational((p - k) / (k + 1), bits)
            if p.denominator < 1 << 64
            else digits.quotient(digits.total(value, (-k, 0, digits.EXACT), bits), (k + 1, 0, digits.EXACT), bits)
        )
        factor = digits.product(factor, step, bits)
    return moved(series(coefficients, rest), at)


def _plain(x: Any) -> Any:
    return x.numerator if isinstance(x, Fraction) and x.denominator == 1 else x
