"""Points and programs as balls: exact numbers and intervals, evaluated at flint's working precision.

Whatever may go wrong somewhere in a ball (a singularity, a tie, a comparison that turns over) is `Uncertain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NamedTuple

from ..branches import chosen
from ..derivatives import ARITHMETIC
from ..errors import DifftapeError, UsageError
from ..evaluation import foreign
from ..exact import Exact, exact
from ..graph import Program, Step, moving
from ..primitives import Primitive

INSTALL = "pip install 'difftape[certify]'"


class Uncertain(ArithmeticError):
    """Something that balls do not decide, at the step `place` of the program, if that is known.

    `is_final` says that smaller balls will not do either: what it happened to is exact.
    """

    def __init__(self, reason: str, place: int | None = None, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place
        self.is_final = is_final


class Interval(NamedTuple):
    """All numbers from `low` to `high`."""

    low: Exact
    high: Exact

    @property
    def text(self) -> str:
        """It as it may be given again."""
        return f"[{self.low.text}, {self.high.text}]"


Point = Mapping[str, Any]


def library() -> Any:
    """The module flint; raises UsageError where it is not installed."""
    try:
        import flint
    except ImportError:
        raise UsageError("--certify needs python-flint, which is not installed", hint=INSTALL, call=INSTALL) from None
    return flint


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls are computed with so many bits inside."""
    context = library().ctx
    before = context.prec
    context.prec = bits
    try:
        yield
    finally:
        context.prec = before


def point_of(at: Mapping[str, Any]) -> dict[str, Any]:
    """The exact numbers and intervals of a point; a pair of numbers is an interval."""
    return {name: _coordinate(f"the value of {name}", x) for name, x in at.items()}


def _coordinate(what: str, x: Any) -> Any:
    if isinstance(x, (tuple, list)):
        if len(x) != 2:
            raise UsageError(f"{what} is an interval of two numbers, not of {len(x)}")
        x = Interval(exact(x[0], what), exact(x[1], what))
        if not bool(ball(x.low) <= ball(x.high)):
            raise UsageError(f"{what}: the interval begins at {x.low.text} and ends at {x.high.text}, below")
        return x
    return x if x.__class__.__name__ == "arb" else exact(x, what)


def ball(x: Any) -> Any:
    """The ball of a coordinate: as small as the precision allows, or around an interval."""
    arb = library().arb
    if x.__class__ is arb:
        return x
    if x.__class__ is Interval:
        return ball(x.low).union(ball(x.high))
    if not isinstance(x, Exact):
        return of_fraction(Fraction(x))
    if x.fraction is not None:
        return of_fraction(x.fraction)
    return evaluated(x.program.steps, {}, arb)[x.program.root]


def ends(x: Interval) -> tuple[Any, Any]:
    """Exact balls at or outside the ends of an interval."""
    return ball(x.low).lower(), ball(x.high).upper()


def of_fraction(x: Fraction) -> Any:
    """A ball around a fraction; exact where it has few enough bits."""
    flint = library()
    numerator = flint.arb(flint.fmpz(x.numerator))
    return numerator if x.denominator == 1 else numerator / flint.arb(flint.fmpz(x.denominator))


def bound(steps: Sequence[Step], at: Point, kind: Any) -> dict[Any, Any]:
    """What each leaf of the steps is, as a ball of that kind."""
    found: dict[Any, Any] = {}
    for step in steps:
        leaf = step[0]
        if len(step) == 1 and leaf not in found:
            if leaf.__class__ is str:
                x = at[leaf]
                found[leaf] = x if x.__class__ is kind else kind(ball(x))
            else:
                found[leaf] = kind(leaf) if leaf.__class__ is float else leaf(kind(0))
    return found


def evaluated(
    steps: Sequence[Step],
    at: Point,
    kind: Any,
    bindings: Mapping[Any, Any] | None = None,
    values: list[Any] | None = None,
) -> list[Any]:
    """The value of every step as a ball, going on after those already known; raises Uncertain at one that has none."""
    values = [] if values is None else values
    bindings = bound(steps, at, kind) if bindings is None else bindings
    for step in steps[len(values) :]:
        if len(step) == 1:
            values.append(bindings[step[0]])
            continue
        operands = [values[p] for p in step[1:]]
        try:
            values.append(foreign(step[0], kind)(*operands))
        except DifftapeError:
            raise
        except ARITHMETIC as error:
            raise uncertain(step[0], operands, str(error), len(values)) from None
    return values


def uncertain(primitive: Primitive, operands: Sequence[Any], why: str, place: int | None) -> Uncertain:
    """The failure of a primitive on these balls, in words."""
    shown = [str(x) if x.__class__ is bool else x.str(6) for x in operands]
    is_infix = primitive.left and len(shown) == 2
    text = f" {primitive.symbol} ".join(shown) if is_infix else f"{primitive.name}({', '.join(shown)})"
    is_final = all(x.__class__ is bool or x.is_exact() for x in operands)
    return Uncertain(f"{text} {why}", place, is_final)


class Remaining(NamedTuple):
    """The steps that are left at a point when every `where` has chosen; which of them move, and whence they came."""

    steps: Sequence[Step]
    root: int
    moving: Sequence[bool]
    origins: Sequence[int]


def remaining(program: Program, at: Point, wrt: Sequence[str]) -> Remaining:
    """What is left of the program at the point; raises Uncertain where a choice is undecided, or turns over."""
    steps, root = program.steps, program.root
    flags = moving(steps, wrt)
    if not program.has_choices:
        return Remaining(steps, root, flags, range(len(steps)))
    arb = library().arb
    try:
        taken = chosen(steps, root, bound(steps, at, arb), lambda primitive: foreign(primitive, arb), may_tie)
    except DifftapeError:
        raise
    except ARITHMETIC as error:
        raise Uncertain(f"what a choice depends on {error}", getattr(error, "place", None)) from None
    for place in taken.ties:
        if flags[place]:
            raise Uncertain("a condition may turn over there", place)
    return Remaining(taken.steps, taken.root, [flags[p] for p in taken.origins], taken.origins)


def refuse_ties(left: Remaining, values: Sequence[Any]) -> None:
    """Raises Uncertain at a step that moves and may have a tie."""
    for place, step in enumerate(left.steps[: left.root + 1]):
        if left.moving[place] and len(step) > 1 and step[0].tie is not None:
            operands = [values[p] for p in step[1:]]
            if may_tie(step[0], operands):
                raise uncertain(step[0], operands, "may have a kink or a jump there", place)


def may_tie(primitive: Primitive, operands: Sequence[Any]) -> bool:
    """Whether the entry's tie holds for some numbers in the balls, as far as balls can tell."""
    return bool(primitive.tie(*[Perhaps(x) for x in operands]))


class Perhaps:
    """A ball of which a comparison holds when it holds for some number in it."""

    __slots__ = ("ball",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, ball: Any) -> None:
        self.ball = ball

    def __eq__(self, other: object) -> bool:
        return bool(self.ball.overlaps(_plain(other)))

    def __ne__(self, other: object) -> bool:
        return not self.ball == _plain(other)

    def __lt__(self, other: object) -> bool:
        return not self.ball >= _plain(other)

    def __le__(self, other: object) -> bool:
        return not self.ball > _plain(other)

    def __floor__(self) -> Perhaps:
        return Perhaps(self.ball.floor())


def _plain(x: Any) -> Any:
    return x.ball if x.__class__ is Perhaps else library().arb(x)
