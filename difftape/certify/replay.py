"""The recording replayed on balls: values and derivatives by the rules, each a ball that contains the true number.

Every operation of Arb encloses, a rule is an identity between functions, and so is each step of the sweeps and of the
series: what comes out contains the truth.  Left to see to are the points where a rule is no identity: at ties, which
are refused, and where a partial is not finite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from math import factorial, prod
from typing import Any, TypeVar

from ..backprop import pull_back, term_added
from ..derivatives import ARITHMETIC
from ..errors import DifftapeError
from ..evaluation import foreign
from ..graph import Program, Step, variable_places
from ..multivariate import coefficients_of
from ..pairs import second_sweep
from ..partials import coupled, exponents
from ..series import Family
from ..table.balls import whole
from .ball import Point, Remaining, Uncertain, bound, evaluated, library, precision, refuse_ties, remaining

Found = TypeVar("Found")

_WHOLE = 1 << 63
_MOST_BITS = 1 << 15
_ZERO = 400  # decimal places beyond the digits asked for: what is still around 0 there is taken for 0


def value(program: Program, at: Point) -> Any:
    """The value's ball."""
    left = remaining(program, at, ())
    return _traced(left, lambda: evaluated(left.steps, at, library().arb))[left.root]


def gradient(program: Program, at: Point, wrt: Sequence[str]) -> dict[str, Any]:
    """The balls of the first derivatives, from one reverse sweep."""
    left = remaining(program, at, wrt)
    return _traced(left, lambda: _gradient(left, at, wrt))


def _gradient(left: Remaining, at: Point, wrt: Sequence[str]) -> dict[str, Any]:
    arb = library().arb
    steps, root = left.steps, left.root
    values = evaluated(steps, at, arb)
    refuse_ties(left, values)
    here = [root]

    def downward() -> Iterator[int]:
        for place in range(root, -1, -1):
            here[0] = place
            yield place

    def gather(cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
        term_added(cotangents, place, g, partial, source)
        if cotangents[place] is not None and not cotangents[place].is_finite():
            raise _singular(steps, values, source)

    cotangents: list[Any] = [None] * (root + 1)
    cotangents[root] = arb(1)
    try:
        pull_back(steps, values, cotangents, left.moving, gather, downward())
    except DifftapeError:
        raise
    except ARITHMETIC:
        raise _singular(steps, values, here[0]) from None
    return _named(steps, root, wrt, cotangents)


def _named(steps: Sequence[Step], root: int, wrt: Sequence[str], cotangents: Sequence[Any]) -> dict[str, Any]:
    places = variable_places(steps)
    found = {name: cotangents[places[name]] if places.get(name, root + 1) <= root else None for name in wrt}
    return {name: library().arb(0) if d is None else d for name, d in found.items()}


def _singular(steps: Sequence[Step], values: Sequence[Any], place: int) -> Uncertain:
    from .ball import uncertain

    step = steps[place]
    return uncertain(step[0], [values[p] for p in step[1:]], "has a derivative that may not be finite there", place)


def hessian(program: Program, at: Point, wrt: Sequence[str]) -> dict[tuple[str, str], Any]:
    """The balls of the second derivatives, by pairs in the order of `wrt`; a structural zero is left out."""
    left = remaining(program, at, wrt)
    return _traced(left, lambda: _hessian(left, at, wrt))


def _hessian(left: Remaining, at: Point, wrt: Sequence[str]) -> dict[tuple[str, str], Any]:
    arb = library().arb
    steps, root = left.steps, left.root
    values = evaluated(steps, at, arb)
    refuse_ties(left, values)
    try:
        _, pairs = second_sweep(steps, root, values, left.moving, lambda p: foreign(p, arb), arb)
    except DifftapeError:
        raise
    except ARITHMETIC as error:
        raise Uncertain(f"a second derivative {error}") from None
    places = variable_places(steps)
    ranks = {~places[name]: rank for rank, name in enumerate(wrt) if places.get(name, root + 1) <= root}
    found: dict[tuple[str, str], Any] = {}
    for p, rank in ranks.items():
        for q, second in (pairs[p] or {}).items():
            low, high = sorted((rank, ranks[q]))
            found[wrt[low], wrt[high]] = _finite(second)
    return found


def taylor(program: Program, at: Point, by: str, order: int) -> list[Any]:
    """The balls of the Taylor coefficients 0 … order by one variable."""
    left = remaining(program, at, (by,))
    return _traced(left, lambda: _taylor(left, at, by, order))


def _taylor(left: Remaining, at: Point, by: str, order: int) -> list[Any]:
    refuse_ties(left, evaluated(left.steps, at, library().arb))
    family = _family(left.steps, left.root, at, by, order)
    return list(map(_finite, _computed(lambda: family.filled(family.values, order, repeat(library().arb(1))))))


def derivative(program: Program, at: Point, by: str, order: int) -> Any:
    """The ball of the derivative of that order by one variable."""
    return taylor(program, at, by, order)[order] * factorial(order)


def mixed(program: Program, at: Point, by: Sequence[str]) -> Any:
    """The ball of the derivative by these variables in turn."""
    powers = exponents(by)
    if len(powers) == 1:
        return derivative(program, at, by[0], len(by))
    left = remaining(program, at, list(powers))
    return _traced(left, lambda: _mixed(left, at, powers))


def _mixed(left: Remaining, at: Point, powers: Mapping[str, int]) -> Any:
    values = evaluated(left.steps, at, library().arb)
    part = coupled(left.steps, left.root, powers)
    if part is None:
        return library().arb(0)
    flags = [left.moving[p] for p in part.origins]
    refuse_ties(Remaining(part.steps, part.root, flags, part.origins), [values[p] for p in part.origins])
    family = _family(part.steps, part.root, at, powers, sum(powers.values()))
    found = _computed(lambda: coefficients_of(family, powers, family.values, repeat(library().arb(1))))[-1]
    return _finite(found * prod(map(factorial, powers.values())))


class _Family(Family):
    """A family on balls: an exponent is whole if its ball is exactly that."""

    def whole(self, p: Any) -> int | None:
        """An exponent as the whole number from 0 that it is; None if it is none, or too large to be multiplied out."""
        n = whole(p)
        return n if n is not None and 0 <= n < _WHOLE else None


def _family(steps: Sequence[Step], root: int, at: Point, by: str | Mapping[str, int], order: int) -> Family:
    """The family of steps that the series needs, with the balls of their values."""
    arb = library().arb
    bindings: dict[Any, Any] = {}

    def calculate(steps: Sequence[Step], values: list[Any]) -> list[Any]:
        bindings.update(bound(steps[len(values) :], at, arb))
        return evaluated(steps, at, arb, bindings, values)

    return _Family(steps, root, by, order, calculate)


def _computed(compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except DifftapeError:
        raise
    except ARITHMETIC as error:
        raise Uncertain(f"a coefficient of the series {error}") from None


def _finite(x: Any) -> Any:
    if not x.is_finite():
        raise Uncertain("a derivative may not be finite there")
    return x


def _traced(left: Remaining, compute: Callable[[], Found]) -> Found:
    """What is computed on the steps that are left; a failure knows its place in the program."""
    try:
        return compute()
    except Uncertain as failure:
        if failure.place is not None:
            failure.place = left.origins[failure.place] if failure.place < len(left.origins) else None
        raise


def settled(compute: Callable[[], Mapping[str, Any]], digits: int) -> dict[str, Any]:
    """What `compute()` gives when the precision is so high that every radius is below the digits asked for.

    A ball around 0 is taken when its radius is 400 decimal places below them.  Raises the last Uncertain.
    """
    arb = library().arb
    failure = Uncertain(f"the ball is not below 1e-{digits}, whatever the precision")
    bits, last = int(digits * 3.33) + 64, max(_MOST_BITS, int(digits * 16))
    while bits <= last:
        with precision(bits):
            try:
                found = dict(compute())
                relative, absolute = arb(10) ** -(digits + 1), arb(10) ** -(digits + _ZERO)
                if all(x.rad() <= x.abs_lower() * relative or x.rad() <= absolute for x in found.values()):
                    return found
            except Uncertain as uncertain:
                failure = uncertain
                if failure.is_final:
                    break
        bits *= 2
    raise failure
