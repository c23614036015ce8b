"""Series in a germ that tends to zero, and what a germ tends to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from . import digits
from .calculus import LOGARITHMS
from .digits import Number
from .expansion import CONSTANT, ENDLESS, Germ, Key, Trouble, gathered, lowest, plus, steady, times


def split(germ: Germ) -> tuple[Number, Germ]:
    """The value a germ tends to, and the rest, which tends to zero; raises Trouble where it is infinite or unknown."""
    if germ.vast is not None:
        raise Trouble("undecided", "inf has no series")
    if germ.bound <= CONSTANT:
        raise Trouble("undecided", "too little of its series is known", "reach")
    terms = germ.terms
    if terms and terms[0][0] == CONSTANT:
        return terms[0][1], Germ(germ.lens, terms[1:], germ.bound, germ.flat)
    if terms and terms[0][0] < CONSTANT:
        raise Trouble("undecided", "inf has no series")
    return digits.ZERO, germ


def tends(germ: Germ) -> int | None:
    """The sign of the infinity it tends to, or None if it stays bounded."""
    if germ.vast is not None:
        return germ.vast
    if germ.terms and germ.terms[0][0] < CONSTANT:
        return digits.sign(germ.terms[0][1])
    return None


def length(h: Germ) -> int:
    """How many powers of a germ that tends to zero are worth taking."""
    if h.is_zero or h.is_flat:
        return 0
    key = lowest(h)
    if key <= CONSTANT:
        raise Trouble("undecided", "too little of its series is known", "reach")
    if key[0] == 0:
        return LOGARITHMS
    return min(h.lens.terms, max(1, math.ceil(Fraction(h.lens.reach) / Fraction(key[0]))))


def series(coefficients: Sequence[Number], h: Germ) -> Germ:
    """Σ c[k]·h^k, known below the first power of h that has no coefficient."""
    lens, count = h.lens, len(coefficients)
    if h.is_zero:
        return steady(lens, coefficients[0])
    if h.is_flat:
        return plus(steady(lens, coefficients[0]), Germ(lens, flat=0))
    low = lowest(h)
    end: Key = (low[0] * count, low[1] * count)
    if not h.terms:
        return plus(steady(lens, coefficients[0]), Germ(lens, (), h.bound))
    if len(h.terms) == 1 and h.bound == ENDLESS:
        found, power, bits = {}, digits.ONE, lens.bits
        for k, c in enumerate(coefficients):
            if c[0]:
                found[low[0] * k, low[1] * k] = digits.product(c, power, bits)
            power = digits.product(power, h.terms[0][1], bits)
        return gathered(lens, found, end)
    result = steady(lens, coefficients[-1])
    for k in range(count - 2, -1, -1):
        result = plus(steady(lens, coefficients[k]), _below(times(result, h), end, (low[0] * k, low[1] * k)))
    return Germ(lens, result.terms, min(result.bound, end), result.flat)


def _below(germ: Germ, end: Key, taken: Key) -> Germ:
    """The germ without the terms that would pass the end once multiplied by what is still to come."""
    reach = (end[0] - taken[0], end[1] - taken[1])
    if reach >= germ.bound:
        return germ
    return Germ(germ.lens, tuple(term for term in germ.terms if term[0] < reach), reach)
