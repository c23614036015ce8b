"""What each primitive of the table does to germs, and what is said where it can do nothing.

Arithmetic acts on terms; what chooses asks for the sign of the leading term on this side; everything else is
smooth somewhere and goes by its rule, or by a definition that holds where the rule does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..operand import Operand
from ..primitives import Primitive, inf
from ..table import arithmetic, choice, elementary
from . import digits
from .calculus import over
from .composition import tends
from .expansion import CONSTANT, ENDLESS, Germ, Lens, Trouble, negative, plus, sign_of, steady, times
from .growth import exponential, logarithm, power, root
from .smooth import applied


def act(lens: Lens, primitive: Primitive, operands: Sequence[Any]) -> Any:
    """The primitive applied to germs, truth values and plain numbers; raises Trouble that says why it cannot be."""
    if primitive.arity == 0:
        return _constant(lens, primitive)
    if primitive is choice.where:
        return _lifted(lens, operands[1] if _truth(operands[0]) else operands[2])
    logic = LOGIC.get(primitive)
    if logic is not None:
        return logic(*map(_truth, operands))
    germs = [_lifted(lens, x) for x in operands]
    try:
        meaning = MEANINGS.get(primitive)
        if meaning is not None:
            return meaning(*germs)
        definition = primitive.means or primitive.germ
        try:
            return applied(lens, primitive, germs, definition)
        except Trouble as trouble:
            if trouble.status == "outside":
                pole = trouble.code in ("pole", "division by zero")
                trouble.code = trouble.reason = "pole" if pole else "domain"
            elif definition is not None and trouble.status == "undecided" and not trouble.mend:
                trouble.reason = f"{primitive.name} has no one-sided series there"
            raise
    except Trouble as trouble:
        words = _WORDS.get(trouble.reason)
        if words is not None:
            trouble.reason = words(primitive, [shown(g) for g in germs], germs)
        raise


def _lifted(lens: Lens, x: Any) -> Germ:
    if isinstance(x, Germ):
        return x
    if hasattr(x, "_mpf_"):
        return steady(lens, digits.from_mpf(x, lens.bits))
    if isinstance(x, Operand):
        raise Trouble("undecided", "its slope refers to itself")
    return steady(lens, digits.exact(float(x)))


def _constant(lens: Lens, primitive: Primitive) -> Germ:
    """A named constant, to all digits: not the double."""
    from mpmath import mp, mpf

    with mp.workprec(lens.bits + 20):
        return steady(lens, digits.from_mpf(primitive(mpf(0)), lens.bits))


def _truth(x: Any) -> bool:
    return sign_of(x) != 0 if isinstance(x, Germ) else bool(x)


def _ordered(holds: Callable[[int], bool]) -> Callable[[Germ, Germ], bool]:
    """A comparison, by the sign of the difference."""
    return lambda a, b: holds(sign_of(plus(a, negative(b))))


def _chooser(wanted: int) -> Callable[[Germ, Germ], Germ]:
    """The greater (1) or the lesser (-1) of two germs; of two that agree as far as is known, that much."""

    def choose(a: Germ, b: Germ) -> Germ:
        if a.vast is not None and a.vast == b.vast:
            raise Trouble("undecided", "which of two infinities is the greater is not known")
        difference = plus(a, negative(b))
        if not difference.terms and difference.flat is None and difference.vast is None:
            bound = min(a.bound, b.bound)
            return Germ(a.lens, tuple(t for t in a.terms if t[0] < bound), bound, a.flat)
        return a if sign_of(difference) == wanted else b

    return choose


def _absolute(a: Germ) -> Germ:
    if not a.terms and a.bound != ENDLESS:
        return a
    return negative(a) if sign_of(a) < 0 else a


def _rounded(direction: int) -> Callable[[Germ], Germ]:
    """floor (-1) or ceil (1): the whole number that is nearest, or the one beside it."""

    def rounding(a: Germ) -> Germ:
        lens = a.lens
        if tends(a) is not None:
            raise Trouble("undecided", "it jumps without end towards infinity")
        if a.bound <= CONSTANT:
            raise Trouble("undecided", "too little of its series is known", "reach")
        c = a.terms[0][1] if a.terms and a.terms[0][0] == CONSTANT else digits.ZERO
        if digits.magnitude(c) > 4 * lens.bits:
            return a
        whole = round(digits.to_fraction(c)) if digits.magnitude(c) >= 0 else 0
        nearest = steady(lens, (whole, 0, digits.EXACT))
        side = sign_of(plus(a, negative(nearest)))
        step = steady(lens, (direction, 0, digits.EXACT))
        return plus(nearest, step) if side == direction else nearest

    return rounding


def _angle(a: Germ, b: Germ) -> Germ:
    """atan2: the arc tangent of the smaller ratio, turned into the right quadrant."""
    lens = a.lens
    atan, pi = elementary.atan, _constant(lens, arithmetic.pi)
    if b.is_zero or (not a.is_zero and _outgrows(a, b)):
        side = sign_of(a)
        if side == 0:
            return steady(lens, digits.ZERO)
        quarter = times(pi, steady(lens, (side, -1, digits.EXACT)))
        return quarter if b.is_zero else plus(quarter, negative(act(lens, atan, [over(b, a)])))
    turn = 0 if sign_of(b) > 0 else 1 if a.is_zero or sign_of(a) > 0 else -1
    angle = act(lens, atan, [over(a, b)])
    return plus(angle, times(pi, steady(lens, (turn, 0, digits.EXACT)))) if turn else angle


def _outgrows(a: Germ, b: Germ) -> bool:
    if a.vast is not None or b.is_flat:
        return True
    return bool(a.terms and b.terms and a.terms[0][0] < b.terms[0][0])


def _square(a: Germ) -> Germ:
    return times(a, a)


MEANINGS: dict[Primitive, Callable[..., Any]] = {
    arithmetic.add: plus,
    arithmetic.sub: lambda a, b: plus(a, negative(b)),
    arithmetic.mul: times,
    arithmetic.div: over,
    arithmetic.neg: negative,
    arithmetic.pow: power,
    arithmetic.square: _square,
    arithmetic.sqrt: lambda a: root(a, 2),
    arithmetic.cbrt: lambda a: root(a, 3),
    arithmetic.exp: exponential,
    arithmetic.log: logarithm,
    elementary.atan2: _angle,
    choice.abs: _absolute,
    choice.sign: lambda a: steady(a.lens, (sign_of(a), 0, digits.EXACT)),
    choice.min: _chooser(-1),
    choice.max: _chooser(1),
    choice.floor: _rounded(-1),
    choice.ceil: _rounded(1),
    choice.less: _ordered(lambda s: s < 0),
    choice.less_equal: _ordered(lambda s: s <= 0),
    choice.greater: _ordered(lambda s: s > 0),
    choice.greater_equal: _ordered(lambda s: s >= 0),
    choice.equal: _ordered(lambda s: s == 0),
    choice.not_equal: _ordered(lambda s: s != 0),
}

LOGIC: dict[Primitive, Callable[..., bool]] = {
    choice.both: lambda a, b: a and b,
    choice.either: lambda a, b: a or b,
    choice.negation: lambda a: not a,
}


def shown(germ: Any) -> str:
    """The value a germ tends to, as a person would write it."""
    if not isinstance(germ, Germ):
        return str(germ)
    side = tends(germ)
    if side is not None:
        return "inf" if side > 0 else "-inf"
    if not germ.terms or germ.terms[0][0] != CONSTANT:
        return "0.0"
    c = germ.terms[0][1]
    double = digits.to_float(c)
    if double and abs(double) != inf:
        return repr(double)
    from mpmath import nstr

    return str(nstr(digits.to_mpf(c), 5)) if abs(digits.magnitude(c)) < 1 << 30 else "inf"


def _negative(primitive: Primitive, at: list[str], germs: Sequence[Germ]) -> str:
    where = f"({at[0]})" if at[0].startswith("-") else f"({at[0]} from below)"
    if primitive is arithmetic.pow:
        return f"a negative number {where} to a power that is not whole"
    return f"{primitive.name} of a negative number {where}"


def _pole(primitive: Primitive, at: list[str], germs: Sequence[Germ]) -> str:
    return f"{primitive.name}({', '.join(at)}) is a pole"


def _domain(primitive: Primitive, at: list[str], germs: Sequence[Germ]) -> str:
    low, high = primitive.domain[-1]
    ends = (
        f"{low:g}..{high:g}" if -inf < low and high < inf
        else f"{low:g} and above" if -inf < low
        else f"{high:g} and below" if high < inf
        else "its domain"
    )  # fmt: skip
    return f"{primitive.name}({', '.join(at)}) is outside {ends}"


_WORDS: dict[str, Callable[[Primitive, list[str], Sequence[Germ]], str]] = {
    "negative": _negative,
    "pole": _pole,
    "domain": _domain,
}
