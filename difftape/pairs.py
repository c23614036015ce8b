"""All second derivatives in one reverse sweep that pushes pairs of steps down to pairs of variables.

While the gradient's sweep carries a cotangent to each step, this one also carries, for each pair of steps (p, q) that
still meet in something curved, ∂²f/∂p∂q.  A step y of operands a, b, … with slopes y_a and second partials y_ab hands
on ∂²f/∂y² y_a y_b and ∂²f/∂y∂q y_a, and adds g·y_ab of its own (Gower and Mello, "edge pushing", 2012).  Sums make no
pairs, so a separable sum costs as much as its gradient, and only pairs that the graph couples are ever touched; a
forward sweep through the reverse one for each variable would cost n times the gradient whatever the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from .curvature import curvature, used, values
from .derivatives import ARITHMETIC, Singular, chosen_at, evaluated, refuse_ties
from .errors import LimitError
from .graph import Program, Step, moving, reachable, variable_places
from .interpret import CONSTANTS, bind, interpret
from .magnitudes import reach
from .primitives import Primitive
from .replay import settled
from .table.arithmetic import mul

PAIRS = 20_000_000  # alive at once
Pair = tuple[str, str]


class Curved(NamedTuple):
    """A value, its first derivatives, and its second ones by pair: a structural zero is left out, (y, x) is (x, y)."""

    value: Any
    gradient: dict[str, Any]
    pairs: dict[Pair, Any]


def hessian(
    program: Program, at: Mapping[str, float], wrt: Sequence[str] | None = None, at_ties: bool = False
) -> Curved:
    """The value and all first and second derivatives by the variables of `wrt` (default: all).

    Each pair stands once, in the order of `wrt`.  `at_ties` as in `gradient`.  Raises Singular.

    >>> from difftape.parser import parse
    >>> hessian(parse("x**2*y + z"), {"x": 3.0, "y": 2.0, "z": 1.0}).pairs
    {('x', 'x'): 4.0, ('x', 'y'): 6.0}
    """
    wrt = program.variables if wrt is None else wrt
    steps: Sequence[Step] = program.steps
    root = program.root
    flags = moving(steps, wrt)
    if program.has_choices:
        steps, root, flags = chosen_at(program, at, flags, at_ties)
    primals = evaluated(steps, {**CONSTANTS, **at})
    if not at_ties and (program.has_ties or 0.0 in primals):
        refuse_ties(steps, primals, flags)
    try:
        cotangents, pairs = second_sweep(steps, root, primals, flags, lambda primitive: primitive.scalar, float)
    except ARITHMETIC:
        raise Singular from None
    found = _by_name(steps, root, primals[root], wrt, cotangents, pairs, 0.0)
    if not isfinite(sum(found.gradient.values()) + sum(found.pairs.values())):
        raise Singular
    return found


def replay_hessian(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str], digits: int = 50, far: int | None = None
) -> dict[Pair, Any]:
    """The second derivatives on mpmath numbers, right to `digits` digits."""
    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, {name: float(x) for name, x in at.items()})
    names: list[Pair] = []

    def compute(dps: int) -> list[Any]:
        import mpmath

        with mpmath.workdps(dps):
            found = _hessian_mp(steps, root, at, wrt)
            names[:] = list(found)
            return list(found.values())

    numbers = settled(compute, digits, reach(steps, at, 2) if far is None else far)
    return dict(zip(names, numbers, strict=True))


def _hessian_mp(steps: Sequence[Step], root: int, at: Mapping[str, Any], wrt: Sequence[str]) -> dict[Pair, Any]:
    import mpmath

    from .evaluation import foreign

    def meaning(primitive: Primitive) -> Any:
        return foreign(primitive, mpmath.mpf)

    primals = interpret(steps, bind(steps, at, mpmath.mpf), meaning)
    cotangents, pairs = second_sweep(steps, root, primals, moving(steps, wrt), meaning, mpmath.mpf)
    return _by_name(steps, root, primals[root], wrt, cotangents, pairs, mpmath.mpf(0)).pairs


def _by_name(
    steps: Sequence[Step], root: int, value: Any, wrt: Sequence[str], first: Any, pairs: Any, zero: Any
) -> Curved:
    """What the sweep left at the variables, by their names."""
    places = variable_places(steps)
    ranks = {~places[name]: rank for rank, name in enumerate(wrt) if places.get(name, root + 1) <= root}
    gradient = {}
    for name in wrt:
        place = places.get(name, root + 1)
        d = first[place] if place <= root else None
        gradient[name] = zero if d is None else d + zero
    found = []
    for p, rank in ranks.items():
        for q, second in (pairs[p] or {}).items():
            other = ranks[q]
            found.append((min(rank, other), max(rank, other), second + zero))
    found.sort(key=lambda entry: entry[:2])
    return Curved(value, gradient, {(wrt[i], wrt[j]): second for i, j, second in found})


def second_sweep(
    steps: Sequence[Step],
    root: int,
    primals: Sequence[Any],
    flags: Sequence[bool],
    meaning: Callable[[Primitive], Any],
    number: Callable[[float], Any],
) -> tuple[list[Any], list[dict[int, Any] | None]]:
    """Cotangents, and the second derivatives by pairs of leaves.

    The rows of pairs are by the later step of the two.  A leaf comes before every other step: at place p it is
    known as ~p, which is negative, and indexes the rows from their end.
    """
    cotangents: list[Any] = [None] * (root + 1)
    cotangents[root] = number(1.0)
    pairs: list[dict[int, Any] | None] = [None] * (2 * root + 2)
    ids = [place if len(step) > 1 else ~place for place, step in enumerate(steps[: root + 1])]
    alive = 0

    def meet(a: int, b: int, second: Any) -> None:
        nonlocal alive
        if a < b:
            a, b = b, a
        row = pairs[a]
        if row is None:
            row = pairs[a] = {}
        known = row.get(b)
        if known is None:
            row[b] = second
            alive += 1
            if alive > PAIRS:
                raise LimitError(f"more than {PAIRS} pairs of variables and steps meet in the second derivatives")
        else:
            row[b] = known + second

    for place in range(root, -1, -1):
        g, step = cotangents[place], steps[place]
        if g is None or len(step) == 1:
            continue
        primitive, operands = step[0], step[1:]
        known: list[Any] | None = None
        firsts: dict[int, Any] = {}
        is_curved = False
        for operand, rule in zip(operands, primitive.partials, strict=True):
            if not flags[operand]:
                continue
            if rule.__class__ is not int:
                if rule is None or known is None:
                    known = [primals[place], *[primals[p] for p in operands]]
                is_curved = True
                if rule is not None:
                    rule = rule(*known)
                else:
                    curvature(primitive, tuple(used(steps[p], flags[p]) for p in operands))  # raises
            if rule.__class__ is int and rule == 0:
                continue
            slope = firsts.get(ids[operand])
            firsts[ids[operand]] = rule if slope is None else slope + rule
            term = g * rule
            sofar = cotangents[operand]
            cotangents[operand] = term if sofar is None else sofar + term
        row = pairs[place]
        if row:
            alive -= len(row)
            pairs[place] = None
            _hand_on(row, place, firsts, meet)
        if is_curved and known is not None:
            curved = curvature(primitive, tuple([used(steps[p], flags[p]) for p in operands]))
            if curved.seconds:
                values(curved.calls, known, meaning, number)
                for k, m, p in curved.seconds:
                    second = g * known[p]
                    a, b = ids[operands[k]], ids[operands[m]]
                    meet(a, b, second + second if k != m and a == b else second)
    return cotangents, pairs


def _hand_on(
    row: Mapping[int, Any], place: int, firsts: Mapping[int, Any], meet: Callable[[int, int, Any], None]
) -> None:
    """Hands the pairs of a step on to its operands."""
    slopes = list(firsts.items())
    for q, second in row.items():
        if q == place:
            for k, (a, slope) in enumerate(slopes):
                meet(a, a, second * slope * slope)
                for b, other in slopes[:k]:
                    meet(a, b, second * slope * other)
        else:
            for a, slope in slopes:
                term = second * slope
                meet(a, q, term + term if a == q else term)


def may_meet(steps: Sequence[Step], root: int, wrt: Sequence[str]) -> dict[str, set[str]]:
    """For each variable those with which the graph couples it in something curved: other pairs are structural zeros.

    >>> from difftape.parser import parse
    >>> program = parse("x*y + abs(z)*2 + x")
    >>> sorted(may_meet(program.steps, program.root, ["x", "y", "z"])["x"])
    ['y']
    """
    bits = {name: 1 << k for k, name in enumerate(wrt)}
    met = [0] * len(wrt)
    masks: list[int] = []

    def meet(left: int, right: int) -> None:
        while left:
            lowest = left & -left
            met[lowest.bit_length() - 1] |= right
            left ^= lowest

    for step, needed in zip(steps, reachable(steps, [root]), strict=True):
        if len(step) == 1:
            masks.append(bits.get(step[0], 0) if step[0].__class__ is str else 0)
            continue
        mask = 0
        for p in step[1:]:
            mask |= masks[p]
        masks.append(mask)
        if mask and needed and any(rule.__class__ is not int for rule in step[0].partials):
            if step[0] is mul:
                meet(masks[step[1]], masks[step[2]])
                meet(masks[step[2]], masks[step[1]])
            else:
                meet(mask, mask)
    return {a: {b for b, bit in bits.items() if met[k] & bit} for k, a in enumerate(wrt)}
