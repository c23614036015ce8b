"""Quotients, derivatives and integrals of germs, term by term."""

from __future__ import annotations

import math
from fractions import Fraction

from . import digits
from .digits import Number
from .expansion import (
    CONSTANT,
    ENDLESS,
    Germ,
    Key,
    Trouble,
    flat,
    gathered,
    leading,
    lowest,
    shifted,
    sign_of,
    times,
    vast,
)

LOGARITHMS = 12  # powers of 1/ℓ that are kept of an endless sum of them


def over(a: Germ, b: Germ) -> Germ:
    """a/b; raises Trouble where b is exactly zero."""
    lens = a.lens
    if b.is_zero:
        raise Trouble("outside", "division by zero")
    if b.vast is not None:
        if a.vast is not None:
            raise Trouble("undecided", "inf/inf beyond every power")
        if a.is_zero:
            return a
        if b.vague:
            if lowest(a) < CONSTANT:
                raise Trouble("undecided", "inf/inf of which nothing is known")
            return Germ(lens, bound=(0, Fraction(1, 1 << 20)))
        return flat(lens, sign_of(a) * b.vast if a.terms or a.flat else 0, fixed=b.fixed)
    if b.is_flat:
        if a.is_flat:
            raise Trouble("undecided", "0/0 beyond every power")
        return a if a.is_zero else vast(lens, sign_of(a) * sign_of(b), fixed=b.fixed)
    key, first = leading(b)
    if a.vast is not None or a.is_flat or a.is_zero:
        return times(a, Germ(lens, (((-key[0], -key[1]), digits.quotient(digits.ONE, first, lens.bits)),)))
    return _long_division(a, b, key, first)


def _long_division(a: Germ, b: Germ, key: Key, first: Number) -> Germ:
    """Each term of the quotient clears the least term that is left of a."""
    lens, bits = a.lens, a.lens.bits
    back = (-key[0], -key[1])
    if len(b.terms) == 1 and b.bound == ENDLESS:
        found = {shifted(k, back): digits.quotient(c, first, bits) for k, c in a.terms}
        return gathered(lens, found, shifted(a.bound, back))
    known = min(a.bound, shifted(b.bound, shifted(lowest(a), back)))
    cut = (lowest(a)[0] + lens.reach, -math.inf)
    left = dict(a.terms)
    found = {}
    end = known
    while left:
        least = min(left)
        value = left.pop(least)
        if least >= known:
            break
        if digits.vanishes(value):
            if value[2] > digits.INEXACT:
                lens.guessed = True
            continue
        crowded = sum(1 for k in found if k[0] == least[0] - key[0]) >= LOGARITHMS if least[1] != key[1] else False
        if least >= cut or len(found) == lens.terms or crowded:
            end = least
            break
        quotient = digits.quotient(value, first, bits)
        place = shifted(least, back)
        found[place] = quotient
        for k, c in b.terms[1:]:
            at = shifted(k, place)
            part = digits.opposite(digits.product(c, quotient, bits))
            old = left.get(at)
            left[at] = part if old is None else digits.total(old, part, bits)
    return gathered(lens, found, shifted(end, back))


def derivative(a: Germ) -> Germ:
    """d a/d t, term by term: t^a ℓ^b gives a·t^(a-1)·ℓ^b - b·t^(a-1)·ℓ^(b-1)."""
    lens, bits = a.lens, a.lens.bits
    if a.vast is not None:
        return vast(lens, -a.vast, fixed=a.fixed, vague=a.vague)
    found: dict[Key, Number] = {}
    for (p, q), value in a.terms:
        for key, factor in (((p - 1, q), p), ((p - 1, q + 1), q)):
            if factor:
                part = digits.product(value, digits.rational(Fraction(factor), bits), bits)
                old = found.get(key)
                found[key] = part if old is None else digits.total(old, part, bits)
    return gathered(lens, found, (a.bound[0] - 1, a.bound[1]), None if a.flat is None else 0)


def integral(a: Germ) -> Germ:
    """The integral from t = 0 where there is one, else without a constant."""
    lens, bits = a.lens, a.lens.bits
    if a.vast is not None:
        raise Trouble("undecided", "the integral of something beyond every power")
    found: dict[Key, Number] = {}
    bound = (a.bound[0] + 1, a.bound[1] - (a.bound[0] == -1))
    for (p, q), value in a.terms:
        if p == -1:
            if q == 1:
                raise Trouble("undecided", "a logarithm of a logarithm")
            parts = [((0, q - 1), Fraction(1) / (q - 1))]
        else:
            parts, factor = [], Fraction(1) / (p + 1)
            for j in range(LOGARITHMS):
                parts.append(((p + 1, q + j), factor))
                factor = factor * -(q + j) / (p + 1)
                if not factor:
                    break
            else:
                bound = min(bound, (p + 1, q + LOGARITHMS))
        for key, factor in parts:
            part = digits.product(value, digits.rational(factor, bits), bits)
            old = found.get(key)
            found[key] = part if old is None else digits.total(old, part, bits)
    return gathered(lens, found, bound, None if a.flat is None else 0)
