"""Any primitive applied to germs: its own Taylor series, from its one rule, where it is smooth."""

from __future__ import annotations

from collections.abc import Sequence
from sys import float_info
from typing import Any

from ..evaluation import mpmath_function
from . import digits
from .composition import length, series, split, tends
from .digits import Number
from .expansion import CONSTANT, ENDLESS, Germ, Lens, Trouble, flat, vast
from .frobenius import near_zero
from .growth import HUGE
from .patience import patiently
from .singular import at_infinity, singular

_LARGEST = 1100  # beyond 2**1100, which no double is, a function is asked for its limit only
_LARGEST_EXACT = 1 << 17  # where digits were asked for
_GREATEST = float_info.max


def is_steady(germ: Germ) -> bool:
    """Whether it is a plain number."""
    return (
        germ.vast is None and germ.flat is None and germ.bound == ENDLESS and all(k == CONSTANT for k, _ in germ.terms)
    )


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
        numbers = [digits.to_mpf(v) for v in values]
        try:
            y = patiently(lens, primitive, values, lambda: mpmath_function(primitive)(*numbers))
        except Trouble:
            raise
        except Exception:  # mpmath raises many kinds
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
                dps = int((bits + 20) * 0.302) + 2
                found = patiently(
                    lens, primitive, values, lambda: taylor_mp(steps, len(names), at, names[position], count, dps)
                )
            else:
                found = [patiently(lens, primitive, values, lambda: mpmath_function(primitive)(*numbers))]
            found = [mp.mpf(c.real) for c in found]
        except Trouble:
            raise
        except Exception:  # mpmath raises many kinds
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
        return at_infinity(lens, primitive, operands, position)
    value, rest = split(germ)
    low, high = primitive.domain[position]
    value = _snapped(lens, value, low, high)
    values = [split(g)[0] for g in operands]
    values[position] = value
    if primitive.near_zero is not None and not value[0] and not rest.is_zero:
        found = near_zero(lens, primitive, position, values, rest)
        if found is not None:
            return found
    sizes = [digits.magnitude(v) for v in values if v[0]]
    largest = _LARGEST if lens.is_for_doubles else _LARGEST_EXACT
    if max(sizes, default=0) > largest:
        if definition is not None:
            return definition(*operands)  # type: ignore[no-any-return]
        operands = [vast(lens, digits.sign(v), fixed=True) if v[0] and digits.magnitude(v) > largest else g
                    for v, g in zip(values, operands, strict=True)]  # fmt: skip
        return at_infinity(lens, primitive, operands, position)
    double = max(-_GREATEST, min(digits.to_float(value), _GREATEST))
    trusted = low < double < high and not (primitive.tie and primitive.tie(*map(digits.to_float, values)))
    if definition is not None and not trusted:
        return definition(*operands)  # type: ignore[no-any-return]
    limit = None if trusted else value_at(lens, primitive, values)
    if trusted or limit is not None:
        coefficients = taylor(lens, primitive, position, values, length(rest))
        if coefficients is not None:
            size = digits.magnitude(coefficients[0]) if coefficients[0][0] else 0
            if abs(size) > 1 << HUGE:
                return vast(lens, digits.sign(coefficients[0]), fixed=True) if size > 0 else flat(lens, 0, fixed=True)
            return series(coefficients, rest)
        if definition is not None:
            return definition(*operands)  # type: ignore[no-any-return]
        limit = value_at(lens, primitive, values)
    return singular(lens, primitive, operands, position, values, rest, limit)


def _snapped(lens: Lens, value: Number, low: float, high: float) -> Number:
    """The value, or the end of the domain if it is that to within its error."""
    if digits.is_exact(value):
        return value
    for end in (low, high):
        if abs(end) != float("inf") and digits.vanishes(digits.total(value, digits.exact(-end), lens.bits)):
            lens.guessed = True
            return digits.exact(end)
    return value
