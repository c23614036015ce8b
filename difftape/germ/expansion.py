"""What a germ is, and sums and products of germs.

A germ is what a function is just to one side of a point: a finite sum of c·t^a·ℓ^b for t → 0⁺ with ℓ = log(1/t), which
grows more slowly than any power.  A term's key is (a, -b), so that keys are in the order in which terms matter; all
terms below the key `bound` are known.  What is smaller than every power (exp(-1/t)) is `flat`, its inverse `vast`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from ..operand import Operand
from . import digits
from .digits import Number

Exponent = int | Fraction
Key = tuple[Any, Any]

ENDLESS: Key = (math.inf, 0)
CONSTANT: Key = (0, 0)


class Trouble(Exception):
    """There is no germ here: the status, and the reason in the user's words.  `place` is the step at fault.

    `mend` says what might help: "reach" (more powers) or "bits" (more digits).
    """

    def __init__(self, status: str, reason: str, mend: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.code = self.reason = reason
        self.mend = mend
        self.place: int | None = None


class Lens:
    """How closely germs are looked at: bits of each coefficient, powers of t beyond the leading one.

    `wanted` is how many bits of a result must be right; more than a double has where digits were asked for.

    `guessed` becomes true when something inexact was taken for zero, `tired` when a function took too long.  `known`
    remembers Taylor coefficients.
    """

    __slots__ = ("bits", "depth", "guessed", "known", "reach", "terms", "tired", "wanted")

    def __init__(self, bits: int, reach: int, wanted: int = 64) -> None:
        self.bits = bits
        self.wanted = wanted
        self.reach = reach
        self.terms = 3 * reach + 24
        self.depth = 0
        self.guessed = self.tired = False
        self.known: dict[Any, list[Number]] = {}

    @property
    def is_for_doubles(self) -> bool:
        """Whether a result is rounded to a double."""
        return self.wanted <= 64


class Germ(Operand):
    """A finite sum of terms, known below `bound`.

    `flat` is None, or the sign (0: not known) of a part that is smaller than every power.  `vast` is None, or the
    sign of an infinite germ that no power bounds, `vague` if nothing is known of how it grows.  A number whose size
    cannot be written is flat or vast, and `fixed`.
    """

    __slots__ = ("bound", "fixed", "flat", "lens", "terms", "vague", "vast")

    def __init__(
        self, lens: Lens, terms: tuple[tuple[Key, Number], ...] = (), bound: Key = ENDLESS, flat: int | None = None
    ) -> None:
        self.lens = lens
        self.terms = terms
        self.bound = bound
        self.flat = flat
        self.vast: int | None = None
        self.fixed = False
        self.vague = False

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Any:
        from .action import act

        return act(self.lens, primitive, operands)

    def number(self, value: float) -> Germ:
        """A plain number, as a germ that does not move."""
        return steady(self.lens, digits.exact(value))

    @property
    def is_zero(self) -> bool:
        """Whether it is identically and exactly zero."""
        return not self.terms and self.bound == ENDLESS and self.flat is None and self.vast is None

    @property
    def is_flat(self) -> bool:
        """Whether there is nothing but a part below every power."""
        return not self.terms and self.bound == ENDLESS and self.flat is not None


def steady(lens: Lens, value: Number) -> Germ:
    """The germ of a constant."""
    return gathered(lens, {CONSTANT: value}, ENDLESS)


def vast(lens: Lens, sign: int, *, fixed: bool = False, vague: bool = False) -> Germ:
    """An infinite germ of this sign."""
    germ = Germ(lens)
    germ.vast, germ.fixed, germ.vague = sign, fixed, vague
    return germ


def flat(lens: Lens, sign: int, *, fixed: bool = False) -> Germ:
    """A germ below every power, of this sign (0: not known)."""
    germ = Germ(lens, flat=sign)
    germ.fixed = fixed
    return germ


def gathered(lens: Lens, found: dict[Key, Number], bound: Key, flat: int | None = None) -> Germ:
    """The germ with these terms, without those that cancelled or lie beyond the bound."""
    terms: list[tuple[Key, Number]] = []
    for key in sorted(found):
        if key >= bound:
            break
        value = found[key]
        if digits.vanishes(value):
            if value[2] > digits.INEXACT:
                lens.guessed = True
            continue
        if len(terms) == lens.terms:
            bound = key
            break
        terms.append((key, value))
    return Germ(lens, tuple(terms), bound, flat)


def leading(germ: Germ) -> tuple[Key, Number]:
    """The term that decides, of a germ that is not exactly zero; raises Trouble where none is known."""
    if germ.terms:
        return germ.terms[0]
    if germ.bound != ENDLESS:
        raise Trouble("undecided", "every known term of its series cancels", "reach")
    raise Trouble("undecided", "it has no leading power")


def lowest(germ: Germ) -> Key:
    """The key below which the germ certainly has no term."""
    return germ.terms[0][0] if germ.terms else germ.bound


def sign_of(germ: Germ) -> int:
    """-1, 0 or 1: the sign on this side of the point."""
    if germ.vast is not None:
        return germ.vast
    if germ.is_zero:
        return 0
    if germ.is_flat:
        if germ.flat:
            return germ.flat
        raise Trouble("undecided", "the sign of something smaller than every power is not known")
    return digits.sign(leading(germ)[1])


def negative(a: Germ) -> Germ:
    """-a."""
    germ = Germ(
        a.lens, tuple((k, digits.opposite(c)) for k, c in a.terms), a.bound, None if a.flat is None else -a.flat
    )
    germ.vast, germ.fixed, germ.vague = None if a.vast is None else -a.vast, a.fixed, a.vague
    return germ


def plus(a: Germ, b: Germ) -> Germ:
    """a + b."""
    if a.vast is not None or b.vast is not None:
        return _vast_sum(a, b)
    if not b.terms and b.bound == ENDLESS and b.flat is None:
        return a
    lens = a.lens
    found = dict(a.terms)
    for key, value in b.terms:
        known = found.get(key)
        found[key] = value if known is None else digits.total(known, value, lens.bits)
    flat = a.flat if b.flat is None else b.flat if a.flat is None else a.flat if a.flat == b.flat else 0
    germ = gathered(lens, found, min(a.bound, b.bound), flat)
    germ.fixed = flat is not None and (a.fixed or b.fixed)
    return germ


def _vast_sum(a: Germ, b: Germ) -> Germ:
    if a.vast is None:
        a, b = b, a
    if b.vast is None:
        if a.vague and lowest(b) < CONSTANT:
            raise Trouble("undecided", "inf - inf of which nothing is known")
        return a
    if a.vast != b.vast:
        raise Trouble("undecided", "inf - inf beyond every power")
    return vast(a.lens, a.vast, fixed=a.fixed and b.fixed, vague=a.vague and b.vague)


def shifted(key: Key, by: Key) -> Key:
    """The key of a product."""
    if key[0] == math.inf or by[0] == math.inf:
        return ENDLESS
    return key[0] + by[0], key[1] + by[1]


def times(a: Germ, b: Germ) -> Germ:
    """a·b."""
    lens = a.lens
    if a.is_zero or b.is_zero:
        return Germ(lens)
    if a.vast is not None or b.vast is not None:
        return _vast_product(a, b)
    if a.is_flat or b.is_flat:
        sign = sign_of(a) * sign_of(b) if (a.terms or a.flat) and (b.terms or b.flat) else 0
        return flat(lens, sign, fixed=a.fixed or b.fixed)
    if len(a.terms) > len(b.terms):
        a, b = b, a
    below = min(shifted(lowest(a), b.bound), shifted(lowest(b), a.bound))
    cut = (lowest(a)[0] + lowest(b)[0] + lens.reach, -math.inf)
    reached = below
    if len(a.terms) > 1 and cut < below and shifted(a.terms[-1][0], b.terms[-1][0]) >= cut:
        reached = cut
    found: dict[Key, Number] = {}
    bits = lens.bits
    product, total = digits.product, digits.total
    for (p, q), value in a.terms:
        for (r, s), other in b.terms:
            key = (p + r, q + s)
            if key >= reached:
                break
            part = product(value, other, bits)
            known = found.get(key)
            found[key] = part if known is None else total(known, part, bits)
    return gathered(lens, found, reached)


def _vast_product(a: Germ, b: Germ) -> Germ:
    if a.vast is None:
        a, b = b, a
    if b.is_flat:
        raise Trouble("undecided", "0 times inf beyond every power")
    if b.vast is None and a.vague and lowest(b) > CONSTANT:
        raise Trouble("undecided", "0 times inf of which nothing is known")
    return vast(a.lens, sign_of(a) * sign_of(b), fixed=a.fixed and (b.vast is None or b.fixed), vague=a.vague)
