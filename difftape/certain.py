"""A program at an exact point: which branches it takes, whether anything ties, and how many digits may cancel.

Everything is worked out once with error bounds (`germ/digits.py`), rational arithmetic in fractions: so 0.1 + 0.2 is
0.3, and a comparison is decided by the numbers that are meant.  What cannot be told from zero counts as zero here, and
the point is then left to the diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from .branches import taken
from .derivatives import Singular
from .exact import Exact
from .germ import Germ, Lens, Trouble, digits, steady
from .germ.expansion import CONSTANT, negative, plus
from .germ.sides import AT, View
from .graph import Program, Step, moving, reachable, variable_places
from .magnitudes import reach, spread
from .rationals import rationals

_BITS_A_DIGIT = 3.33
_GUARD = 100
_MOST = 20_000  # digits that may cancel: more are not waited for


class Settled(NamedTuple):
    """A program without choices, and how many digits its derivatives of the order asked for may lose on the way.

    `known` are the fractions that its steps are known to be, where a tie was let pass; `rounds` says that one of them
    is no double, so that a replay must be told it for two equal numbers to stay equal.
    """

    program: Program
    far: int
    known: Sequence[Any] = ()
    rounds: bool = False


class Seen:
    """A number as a tie looks at it: equal is what no right bit tells apart."""

    __slots__ = ("germ",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, germ: Germ) -> None:
        self.germ = germ

    def __eq__(self, other: object) -> bool:
        return self._sign(other) == 0

    def __ne__(self, other: object) -> bool:
        return self._sign(other) != 0

    def __le__(self, other: Any) -> bool:
        return self._sign(other) <= 0

    def _sign(self, other: Any) -> int:
        lens = self.germ.lens
        known = other.germ if isinstance(other, Seen) else steady(lens, digits.exact(other))
        difference = plus(self.germ, negative(known))
        return digits.sign(difference.terms[0][1]) if difference.terms else 0

    def __floor__(self) -> Any:
        value = _constant(self.germ)
        if not value[0]:
            return 0
        if digits.magnitude(value) > 4 * self.germ.lens.bits:
            return self  # all of its bits lie before the point
        number = digits.to_fraction(value)
        nearest = round(number)
        return nearest if self == nearest else math.floor(number)


def _constant(germ: Germ) -> digits.Number:
    return germ.terms[0][1] if germ.terms and germ.terms[0][0] == CONSTANT else digits.ZERO


def folded(steps: Sequence[Step], at: Mapping[str, Exact], names: Sequence[str]) -> tuple[list[Step], list[Any]]:
    """The steps, with what rests and is a double as that leaf; and the fractions that are known of all of them.

    So (0.1*10) is the exponent 1, and a power that is a product is known for one.
    """
    known = rationals(steps, at)
    flags = moving(steps, names)
    out: list[Step] = []
    for step, flag, fraction in zip(steps, flags, known, strict=True):
        if not flag and isinstance(fraction, Fraction) and not (len(step) == 1 and step[0].__class__ is float):
            try:
                double = float(fraction)
            except OverflowError:
                double = math.inf
            if math.isfinite(double) and Fraction(double) == fraction:
                step = (double,)
        out.append(step)
    return out, known


def settle(
    program: Program, at: Mapping[str, Exact], names: Sequence[str], order: int, wanted: int, at_ties: bool = False
) -> Settled:
    """The program as it is at an exact point; raises Singular where the diagnosis must look.

    `at_ties` lets ties of rational numbers pass.
    """
    steps, known = folded(program.steps, at, names)
    rough = reach(steps, at, order)
    bits = int((wanted + min(rough, _MOST)) * _BITS_A_DIGIT) + _GUARD
    view, lens = _look(steps, program.root, at, known, bits)
    if isinstance(view.root, Trouble) or lens.guessed or not isinstance(view.root, (Germ, bool)):
        raise Singular(view.root.place if isinstance(view.root, Trouble) else None)
    values = view.values
    conditions: list[int] = []

    def holds(place: int) -> bool:
        conditions.append(place)
        return _holds(values[place])

    chosen, root, places = taken(steps, program.root, holds)
    asked = [place for place, is_asked in enumerate(reachable(steps, conditions)) if is_asked]
    ties = _ties(steps, values, {*places, *asked}, moving(steps, names))
    for place in ties:
        if not at_ties or any(known[p] is None for p in steps[place][1:]):
            raise Singular(place)
    for germ in values.values():
        if isinstance(germ, Germ) and (germ.vast is not None or germ.flat is not None):
            raise Singular

    def size(place: int) -> int | None:
        germ = values.get(places[place])
        value = _constant(germ) if isinstance(germ, Germ) else digits.ZERO
        return digits.magnitude(value) if value[0] else None

    far = spread(chosen, size)
    for value in at.values():
        inner = value.program.steps
        far = max(far, spread(inner, _sizes(inner)))
    far = min(_MOST, far * (order + 1))
    plain = Program(program.text, chosen, root, variable_places(chosen), False, False)
    rounds = any(not _is_double(known[p]) for place in ties for p in steps[place][1:])
    return Settled(plain, far, [known[p] for p in places] if rounds else (), rounds)


def _look(
    steps: Sequence[Step], root: int, at: Mapping[str, Exact], known: Sequence[Any], bits: int
) -> tuple[View, Lens]:
    from mpmath import mp

    lens = Lens(bits, 6, bits)
    values: dict[int, Any] = {}
    for place, fraction in enumerate(known):
        if fraction.__class__ is bool:
            values[place] = fraction
        elif fraction is not None:
            number = digits.rational(fraction, bits)
            values[place] = Germ(lens, ((CONSTANT, number),) if number[0] else ())
    with mp.workprec(bits + 20):
        return View(steps, root, at, "", AT, lens, values), lens


def _ties(steps: Sequence[Step], values: Mapping[int, Any], needed: Iterable[int], flags: Sequence[bool]) -> list[int]:
    """The steps that are needed, move and have a tie."""
    found = []
    for place in sorted(needed):
        step = steps[place]
        if not flags[place] or len(step) == 1 or step[0].tie is None:
            continue
        operands = [Seen(x) for p in step[1:] if isinstance(x := values.get(p), Germ)]
        if len(operands) == len(step) - 1 and step[0].tie(*operands):
            found.append(place)
    return found


def _is_double(fraction: Any) -> bool:
    return isinstance(fraction, Fraction) and fraction.denominator & (fraction.denominator - 1) == 0


def _holds(x: Any) -> bool:
    return bool(_constant(x)[0]) if isinstance(x, Germ) else bool(x)


def _sizes(steps: Sequence[Step]) -> Any:
    """The exponents of a constant program's rational steps."""
    known = rationals(steps, {})

    def size(place: int) -> int | None:
        x = known[place]
        if not isinstance(x, Fraction) or not x:
            return None
        return abs(x.numerator).bit_length() - x.denominator.bit_length()

    return size
