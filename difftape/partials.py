"""Mixed partial derivatives of any order, in doubles where these suffice and with more digits elsewhere.

One coefficient of one truncated series in several variables (`multivariate.py`), times the factorials; no
derivative is nested in another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import factorial, isfinite, prod
from typing import Any, NamedTuple

from .derivatives import ARITHMETIC, Singular, chosen_at, evaluated, refuse_ties
from .errors import LimitError
from .graph import Program, Step, moving, reachable
from .interpret import CONSTANTS
from .magnitudes import reach
from .multivariate import coefficient, coefficient_mp
from .orders import MAX_ORDER, nth
from .replay import settled
from .table.arithmetic import add, mul, neg, sub

_DOUBLE_ORDER = 150  # beyond, 1/k! underflows a double
_LOST = 1e-13  # an estimate of rounding beyond which a series is replayed with more digits
_MOST = 50_000  # coefficients of one step
_SIGNS: dict[Any, tuple[int, ...]] = {add: (1, 1), sub: (1, -1), neg: (-1,)}


def mixed(program: Program, at: Mapping[str, float], by: Sequence[str], at_ties: bool = False) -> float:
    """The derivative by each of these variables in turn; the same variable may come again.

    `at_ties` as in `gradient`.  Raises Singular, and LimitError for an order beyond 1000.

    >>> from difftape.parser import parse
    >>> mixed(parse("x**3*y"), {"x": 2.0, "y": 5.0}, ["x", "x", "y"])
    12.0
    """
    powers = exponents(by)
    if len(powers) == 1:
        ((name, order),) = powers.items()
        return nth(program, at, name, order, at_ties)[order]
    steps, root = taken(program, at, powers, at_ties)
    values = evaluated(steps, {**CONSTANTS, **at})
    part = coupled(steps, root, powers)
    if part is None:
        return 0.0
    if not at_ties and (program.has_ties or 0.0 in values):
        refuse_ties(part.steps, [values[p] for p in part.origins], moving(part.steps, powers))
    factor = prod(map(factorial, powers.values()))
    if len(by) <= _DOUBLE_ORDER:
        try:
            found, rounding = coefficient(part.steps, part.root, at, powers)
        except ARITHMETIC:
            raise Singular from None
        if rounding <= _LOST and isfinite(found * factor):
            return found * factor + 0.0
    try:
        far = reach(part.steps, at, len(by))
        (exact,) = settled(lambda digits: [mixed_mp(part, at, powers, digits)], 20, far)
    except ARITHMETIC:
        raise Singular from None
    number = float(exact) + 0.0
    if not isfinite(number):
        raise Singular
    return number


def replay_mixed(
    program: Program, at: Mapping[str, Any], by: Sequence[str], digits: int = 50, far: int | None = None
) -> Any:
    """The same derivative on mpmath numbers, right to `digits` digits."""
    powers = exponents(by)
    steps, root = taken(program, {name: float(x) for name, x in at.items()}, powers)
    part = coupled(steps, root, powers) if len(powers) > 1 else Part(steps, root, [])
    if part is None:
        import mpmath

        return mpmath.mpf(0)
    far = reach(part.steps, at, len(by)) if far is None else far
    return settled(lambda dps: [mixed_mp(part, at, powers, dps)], digits, far)[0]


def mixed_mp(part: Part, at: Mapping[str, Any], powers: Mapping[str, int], digits: int) -> Any:
    """The derivative with a working precision of `digits`."""
    import mpmath

    with mpmath.workdps(digits):
        found = coefficient_mp(part.steps, part.root, at, powers, digits)
        return found * prod(map(factorial, powers.values()))


def exponents(by: Iterable[str]) -> dict[str, int]:
    """How often each variable comes, in order of first appearance; raises LimitError for too many.

    >>> exponents(["x", "y", "x"])
    {'x': 2, 'y': 1}
    """
    powers = dict(Counter(by))
    if sum(powers.values()) > MAX_ORDER:
        raise LimitError(f"order {sum(powers.values())}; the limit is {MAX_ORDER}")
    if len(powers) > 1 and prod(n + 1 for n in powers.values()) > _MOST:
        raise LimitError(f"a mixed derivative of {prod(n + 1 for n in powers.values())} parts; the limit is {_MOST}")
    return powers


def taken(
    program: Program, at: Mapping[str, float], by: Iterable[str], at_ties: bool = True
) -> tuple[Sequence[Step], int]:
    """The steps and the root of what is left at the point, where there is a choice to make."""
    if not program.has_choices:
        return program.steps, program.root
    steps, root, _ = chosen_at(program, at, moving(program.steps, by), at_ties)
    return steps, root


class Part(NamedTuple):
    """Some steps of a program; `origins` gives the place each had there."""

    steps: Sequence[Step]
    root: int
    origins: Sequence[int]


def coupled(steps: Sequence[Step], root: int, names: Iterable[str]) -> Part | None:
    """What has a derivative by all of the names at once: of a sum the terms that have them all; None if there is none.

    What another term is (a kink in x, say) has no part in a derivative by x and y.
    """
    bits = {name: 1 << k for k, name in enumerate(names)}
    full = (1 << len(bits)) - 1
    masks: list[int] = []
    for step in steps[: root + 1]:
        mask = 0
        if len(step) == 1:
            mask = bits.get(step[0], 0) if step[0].__class__ is str else 0
        else:
            for p in step[1:]:
                mask |= masks[p]
        masks.append(mask)
    if masks[root] != full:
        return None
    if steps[root][0] not in _SIGNS:
        return Part(steps, root, range(len(steps)))
    weights: dict[int, float] = {root: 1.0}
    terms: list[tuple[int, float]] = []
    for place in range(root, -1, -1):
        weight = weights.pop(place, 0.0) if masks[place] == full else 0.0
        signs = _SIGNS.get(steps[place][0])
        if weight and signs is None:
            terms.append((place, weight))
        elif weight:
            for p, sign in zip(steps[place][1:], signs or (), strict=True):
                weights[p] = weights.get(p, 0.0) + sign * weight
    if not terms:
        return None
    needed = reachable(steps, [place for place, _ in terms])
    origins = [place for place, is_needed in enumerate(needed) if is_needed]
    places = {place: k for k, place in enumerate(origins)}
    kept: list[Step] = [(steps[place][0], *[places[p] for p in steps[place][1:]]) for place in origins]
    total = -1
    for place, weight in reversed(terms):
        term = places[place]
        if abs(weight) != 1:
            kept += [(abs(weight),), (mul, len(kept), term)]
            term = len(kept) - 1
        if total >= 0:
            kept.append((add if weight > 0 else sub, total, term))
        elif weight < 0:
            kept.append((neg, term))
        total = len(kept) - 1 if total >= 0 or weight < 0 else term
    return Part(kept, total, origins + [root] * (len(kept) - len(origins)))
