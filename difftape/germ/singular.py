"""A primitive where it is not smooth: at infinity, at an edge of its domain, at a pole.

It is the integral of its rule's germ plus its limit (asin at 1, atan at infinity), or it has a pole, and Cauchy's
integral around the point gives its Laurent series (gamma at -1).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..evaluation import mpmath_function
from ..operand import Operand
from . import digits
from .calculus import derivative, integral, over
from .composition import length, series, split, tends
from .digits import Number
from .expansion import CONSTANT, ENDLESS, Germ, Lens, Trouble, plus, steady, times, vast
from .patience import patiently

_DEEP = 2  # slopes of slopes that are looked into
_POLE = 8  # the highest order of a pole
_BEYOND = (0, Fraction(1, 1 << 20))  # the bound of a germ of which only the value is known


class _Itself(Operand):
    """The result in its own rule, where it is not known yet."""

    __slots__ = ()

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Any:
        raise Trouble("undecided", "its slope refers to itself")


def singular(
    lens: Lens, primitive: Any, operands: Sequence[Germ], position: int, values: list[Number], rest: Germ, limit: Any
) -> Germ:
    """Where there is no Taylor series."""
    from mpmath import mp

    bounded = limit is not None and bool(mp.isfinite(limit))
    constant = digits.from_mpf(limit, lens.bits) if bounded else None
    if rest.is_zero:
        if constant is not None:
            return steady(lens, constant)
        raise Trouble("outside", "pole")
    if not bounded or not digits.is_exact(values[position]):
        around = _laurent(lens, primitive, position, values, length(rest))
        if around is not None:
            coefficients, order = around
            top = series(coefficients, rest)
            for _ in range(order):
                top = over(top, rest)
            return top
    if not _lives(lens, primitive, operands):
        raise Trouble("outside", "domain")
    try:
        return _by_slope(lens, primitive, operands, position, constant)
    except Trouble as trouble:
        if trouble.mend:
            raise
        if trouble.status == "outside":
            raise Trouble("outside", "domain") from None
    if constant is not None:
        return Germ(lens, ((CONSTANT, constant),) if constant[0] else (), _BEYOND)
    if limit is not None:
        return vast(lens, int(mp.sign(limit)), vague=True)
    raise Trouble("undecided", f"{primitive.name} has no one-sided series there")


def at_infinity(lens: Lens, primitive: Any, operands: Sequence[Germ], position: int) -> Germ:
    """Where the operand is infinite."""
    from mpmath import mp

    germ = operands[position]
    ends = [(mp.inf if (tends(g) or 0) > 0 else -mp.inf) if tends(g) is not None else digits.to_mpf(split(g)[0])
            for g in operands]  # fmt: skip
    with mp.workprec(lens.bits + 20):
        try:
            limit = mpmath_function(primitive)(*ends)
            limit = None if mp.isnan(limit) else limit
        except Exception:  # mpmath raises many kinds
            limit = None
    if limit is not None and mp.im(limit):
        raise Trouble("outside", "domain")
    if limit is None:
        what = "of a number that exceeds the largest double" if germ.fixed else "has no one-sided series at infinity"
        raise Trouble("overflow" if germ.fixed else "undecided", f"{primitive.name} {what}")
    limit = mp.re(limit)
    constant = digits.from_mpf(limit, lens.bits) if mp.isfinite(limit) else None
    if germ.fixed:
        return vast(lens, int(mp.sign(limit)), fixed=True) if constant is None else steady(lens, constant)
    try:
        return _by_slope(lens, primitive, operands, position, constant)
    except Trouble as trouble:
        if trouble.mend:
            raise
        if trouble.status == "outside":
            raise Trouble("outside", "domain") from None
    if constant is not None:
        return Germ(lens, ((CONSTANT, constant),) if constant[0] else (), _BEYOND)
    return vast(lens, int(mp.sign(limit)), vague=True)


def _by_slope(lens: Lens, primitive: Any, operands: Sequence[Germ], position: int, constant: Number | None) -> Germ:
    """The integral of the rule's germ, plus the limit, or where that is infinite what is left of the value nearby."""
    if lens.depth >= _DEEP:
        raise Trouble("undecided", "slopes of slopes without end")
    lens.depth += 1
    try:
        slope = primitive.partials[position](_Itself(), *operands)
        slope = slope if isinstance(slope, Germ) else steady(lens, digits.exact(slope))
        part = integral(times(slope, derivative(operands[position])))
    finally:
        lens.depth -= 1
    if constant is None and part.bound > CONSTANT:
        constant = _left_over(lens, primitive, operands, part)
    if constant is None:
        return Germ(lens, tuple(t for t in part.terms if t[0] < CONSTANT), min(part.bound, CONSTANT))
    return plus(part, steady(lens, constant))


def _left_over(lens: Lens, primitive: Any, operands: Sequence[Germ], part: Germ) -> Number | None:
    """The constant by which the primitive exceeds a germ, measured so close to the point that all else is below it."""
    from mpmath import mp

    ends = [g.bound[0] for g in (*operands, part) if g.bound != ENDLESS]
    far = int((lens.bits + 40) / float(min(ends))) + 8 if ends and min(ends) > 0 else lens.bits // 2
    found = []
    with mp.workprec(4 * lens.bits):
        for depth in (far, far + 16):
            t = mp.mpf(2) ** -depth
            try:
                found.append(mpmath_function(primitive)(*[_at(g, t) for g in operands]) - _at(part, t))
            except Exception:  # mpmath raises many kinds
                return None
        gap = abs(found[0] - found[1])
        if not mp.isfinite(gap) or mp.im(found[1]) or gap > mp.mpf(2) ** (-lens.bits) * (1 + abs(found[1])):
            return None
    return digits.from_mpf(mp.re(found[1]), lens.bits - 8)


def _lives(lens: Lens, primitive: Any, operands: Sequence[Germ]) -> bool:
    """Whether the primitive is real just beside the point on this side."""
    from mpmath import mp

    with mp.workprec(lens.bits):
        try:
            return not mp.im(mpmath_function(primitive)(*[_at(g, mp.mpf(2) ** -40) for g in operands]))
        except Exception:  # mpmath raises many kinds
            return False


def _at(germ: Germ, t: Any) -> Any:
    """A germ's value at one t."""
    from mpmath import mp

    slow = -mp.log(t)
    total = mp.mpf(0)
    for (a, b), c in germ.terms:
        a, b = Fraction(a), Fraction(-b)
        total += (
            digits.to_mpf(c)
            * t ** (mp.mpf(a.numerator) / a.denominator)
            * slow ** (mp.mpf(b.numerator) / b.denominator)
        )
    return total


def _laurent(
    lens: Lens, primitive: Any, position: int, values: Sequence[Number], count: int
) -> tuple[list[Number], int] | None:
    """The Laurent coefficients from the leading one on, and the order of the pole; None where it is no pole."""
    key = (primitive, position, tuple(values), count, "pole")
    known = lens.known.get(key)
    if known is None:
        known = lens.known[key] = _around(lens, primitive, position, values, count)
    first = next((i for i, c in enumerate(known) if not digits.vanishes(c)), 0)
    if first == 0:
        return None
    start = min(first, _POLE)
    return [digits.ZERO if digits.vanishes(c) else c for c in known[start:]], _POLE - start


def _around(lens: Lens, primitive: Any, position: int, values: Sequence[Number], count: int) -> list[Number]:
    """The Laurent coefficients from the power -_POLE on, by Cauchy's integral on a small circle.

    That their sum is the function's value inside the circle is the test; the list is empty where it is not.
    """
    from mpmath import mp

    small = max(4, min(24, 160 // (count + 1)))
    bits = lens.bits + small * (count + 2) + 40
    points = 2 * (lens.bits // (2 * small) + count // 2 + _POLE + 2)
    with mp.workprec(bits):
        radius = mp.mpf(2) ** -small
        numbers: list[Any] = [digits.to_mpf(v) for v in values]
        angles = [mp.expjpi(mp.mpf(2 * j) / points) for j in range(points)]
        test = radius / 4 * angles[points // 3]

        def at(offset: Any) -> Any:
            there = (*numbers[:position], numbers[position] + offset, *numbers[position + 1 :])
            return patiently(lens, primitive, values, lambda: mpmath_function(primitive)(*there))

        try:
            wanted = at(test)
            half = [at(radius * angle) for angle in angles[: points // 2 + 1]]
        except Trouble:
            raise
        except Exception:  # mpmath raises many kinds
            return []
        if not all(mp.isfinite(y) for y in half):
            return []
        size = int(mp.mag(max(abs(y) for y in half)))

        def coefficient(k: int) -> Any:
            whole = mp.re(half[0]) + mp.re(half[-1]) * (-1) ** k
            whole += 2 * mp.fsum(mp.re(half[j] * mp.conj(angles[j * k % points])) for j in range(1, points // 2))
            return whole / points / radius**k

        found = {k: coefficient(k) for k in range(-_POLE, max(count, 12) + 1)}
        if abs(mp.fsum(c * test**k for k, c in found.items()) - wanted) > abs(wanted) * mp.mpf(2) ** -20:
            return []
        result = []
        for k in range(-_POLE, count + 1):
            m, e, w = digits.from_mpf(found[k], lens.bits)
            result.append((m, e, max(w, size + small * k - bits + 10)) if m else digits.ZERO)
    return result
