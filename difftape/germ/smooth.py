"""Any primitive applied to germs, from its one rule.

Where it is smooth: its own Taylor series composed with the germ.  Where it is not, it is the integral of its rule's
germ plus its limit (asin at 1, atan at infinity), or it has a pole, and Cauchy's integral around the point gives its
Laurent series (gamma at -1).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..evaluation import mpmath_function
from ..operand import Operand
from . import digits
from .digits import Number
from .expansion import CONSTANT, ENDLESS, Germ, Lens, Trouble, derivative, integral, over, plus, steady, times, vast
from .growth import length, series, split, tends

_DEEP = 2  # slopes of slopes that are looked into
_POLE = 8  # the highest order of a pole
_LARGEST = 1000  # beyond 2**1000 a function is asked for its limit only
_BEYOND = (0, Fraction(1, 1 << 20))  # the bound of a germ of which only the value is known
_RAISED = (ValueError, OverflowError, ZeroDivisionError, ArithmeticError, IndexError, TypeError, NotImplementedError)


class _Itself(Operand):
    """The result in its own rule, where it is not known yet."""

    __slots__ = ()

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Any:
        raise Trouble("undecided", "its slope refers to itself")


def is_steady(germ: Germ) -> bool:
    """Whether it is a plain number."""
    return germ.vast is None and germ.flat is None and germ.bound == ENDLESS and all(k == CONSTANT for k, _ in germ.terms)


def position_of(primitive: Any, operands: Sequence[Germ]) -> int:
    """The one operand that moves; of none the last that has a rule."""
    moving = [i for i, g in enumerate(operands) if not is_steady(g)]
    if len(moving) > 1:
        raise Trouble("undecided", f"no series of {primitive.name} in several operands")
    if moving and primitive.partials[moving[0]] is None:
        raise Trouble("undecided", f"{primitive.name} has no derivative by its order")
    return moving[0] if moving else len(operands) - 1


def value_at(lens: Lens, primitive: Any, values: Sequence[Number]) -> Any:
    """mpmath's value at numbers: an mpf, perhaps infinite, or None where it raises; Trouble where it is not real."""
    from mpmath import mp, mpc

    with mp.workprec(lens.bits + 20):
        try:
            y = mpmath_function(primitive)(*map(digits.to_mpf, values))
        except _RAISED:
            return None
        if isinstance(y, mpc):
            if y.imag:
                raise Trouble("outside", "domain")
            y = y.real
    return None if mp.isnan(y) else mp.mpf(y)


def taylor(lens: Lens, primitive: Any, position: int, values: Sequence[Number], count: int) -> list[Number] | None:
    """The Taylor coefficients 0 … count by one operand, or None where there are none that can be trusted."""
    inexact = any(not digits.is_exact(v) for v in values)
    wanted = count + inexact
    key = (primitive, position, tuple(values), wanted)
    known = lens.known.get(key)
    if known is None:
        known = lens.known[key] = _taylor(lens, primitive, position, values, wanted)
    if not known:
        return None
    if not inexact:
        return known[: count + 1]
    doubt = max(v[2] for v in values)
    top, found = digits.EXACT, []
    for k in range(count + 1):
        m, e, w = known[k]
        following = known[k + 1]
        w = max(w, digits.magnitude(following) + doubt if following[0] else digits.EXACT)
        top = max(top, digits.magnitude(known[k]) if m else digits.EXACT, doubt + 2 * digits.GUARD)
        if k and w + digits.GUARD > top:
            return None
        found.append((m, e, w))
    return found


def _taylor(lens: Lens, primitive: Any, position: int, values: Sequence[Number], count: int) -> list[Number]:
    from mpmath import mp

    from ..series import taylor_mp

    bits = lens.bits
    with mp.workprec(bits + 20):
        numbers = [digits.to_mpf(v) for v in values]
        try:
            if count:
                names = [f"x{i}" for i in range(len(values))]
                steps = [*((name,) for name in names), (primitive, *range(len(names)))]
                at = dict(zip(names, numbers, strict=True))
                found = taylor_mp(steps, len(names), at, names[position], count, int((bits + 20) * 0.302) + 2)
            else:
                found = [mpmath_function(primitive)(*numbers)]
            found = [mp.mpf(c.real) for c in found]
        except _RAISED:
            return []
        if not all(mp.isfinite(c) for c in found):
            return []
    short = all(digits.is_exact(v) and (not v[0] or abs(digits.magnitude(v)) < bits // 8) for v in values)
    result = []
    for c in found:
        m, e, w = digits.from_mpf(c, bits)
        result.append((m, e, digits.EXACT if short and m.bit_length() < bits // 3 else w))
    return result


def applied(lens: Lens, primitive: Any, operands: Sequence[Germ], definition: Any) -> Germ:
    """The primitive applied to germs, of which one may move; `definition` serves where its series does not."""
    if definition is not None and sum(not is_steady(g) for g in operands) > 1:
        return definition(*operands)  # type: ignore[no-any-return]
    position = position_of(primitive, operands)
    germ = operands[position]
    if tends(germ) is not None:
        if definition is not None:
            return definition(*operands)  # type: ignore[no-any-return]
        return _at_infinity(lens, primitive, operands, position)
    value, rest = split(germ)
    low, high = primitive.domain[position]
    value = _snapped(lens, value, low, high)
    values = [split(g)[0] for g in operands]
    values[position] = value
    sizes = [digits.magnitude(v) for v in values if v[0]]
    if max(sizes, default=0) > _LARGEST:
        operands = [vast(lens, digits.sign(v), fixed=True) if v[0] and digits.magnitude(v) > _LARGEST else g
                    for v, g in zip(values, operands, strict=True)]  # fmt: skip
        return _at_infinity(lens, primitive, operands, position)
    double = digits.to_float(value)
    trusted = low < double < high and not (primitive.tie and primitive.tie(*map(digits.to_float, values)))
    if definition is not None and not trusted:
        return definition(*operands)  # type: ignore[no-any-return]
    limit = None if trusted else value_at(lens, primitive, values)
    if trusted or limit is not None:
        coefficients = taylor(lens, primitive, position, values, length(rest))
        if coefficients is not None:
            return series(coefficients, rest)
        limit = value_at(lens, primitive, values)
    return _singular(lens, primitive, operands, position, values, rest, limit)


def _snapped(lens: Lens, value: Number, low: float, high: float) -> Number:
    """The value, or the end of the domain if it is that to within its error."""
    if digits.is_exact(value):
        return value
    for end in (low, high):
        if abs(end) != float("inf") and digits.vanishes(digits.total(value, digits.exact(-end), lens.bits)):
            lens.guessed = True
            return digits.exact(end)
    return value


def _singular(
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


def _at_infinity(lens: Lens, primitive: Any, operands: Sequence[Germ], position: int) -> Germ:
    """Where the operand is infinite."""
    from mpmath import mp

    germ = operands[position]
    ends = [(mp.inf if (tends(g) or 0) > 0 else -mp.inf) if tends(g) is not None else digits.to_mpf(split(g)[0])
            for g in operands]  # fmt: skip
    with mp.workprec(lens.bits + 20):
        try:
            limit = mpmath_function(primitive)(*ends)
            limit = None if mp.isnan(limit) or mp.im(limit) else mp.re(limit)
        except _RAISED:
            limit = None
    if limit is None:
        what = "of a number that exceeds the largest double" if germ.fixed else "has no one-sided series at infinity"
        raise Trouble("overflow" if germ.fixed else "undecided", f"{primitive.name} {what}")
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


def _by_slope(
    lens: Lens, primitive: Any, operands: Sequence[Germ], position: int, constant: Number | None
) -> Germ:
    """The integral of the rule's germ, plus the limit; where that is infinite, plus what is left of the value nearby."""
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
            except _RAISED:
                return None
        gap = abs(found[0] - found[1])
        if not mp.isfinite(gap) or mp.im(found[1]) or gap > mp.mpf(2) ** (-lens.bits) * (1 + abs(found[1])):
            return None
    return digits.from_mpf(mp.re(found[1]), lens.bits - 8)


def _at(germ: Germ, t: Any) -> Any:
    """A germ's value at one t."""
    from mpmath import mp

    slow = -mp.log(t)
    total = mp.mpf(0)
    for (a, b), c in germ.terms:
        a, b = Fraction(a), Fraction(-b)
        total += digits.to_mpf(c) * t ** (mp.mpf(a.numerator) / a.denominator) * slow ** (mp.mpf(b.numerator) / b.denominator)
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
            return mpmath_function(primitive)(*numbers[:position], numbers[position] + offset, *numbers[position + 1 :])

        try:
            wanted = at(test)
            half = [at(radius * angle) for angle in angles[: points // 2 + 1]]
        except _RAISED:
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
