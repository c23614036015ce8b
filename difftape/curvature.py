"""The second partials of each primitive, written by sweeping its rules, once for each way of using it.

A rule gives the slope s = ∂y/∂a; its own derivative by an operand b is ∂s/∂b + ∂s/∂y·∂y/∂b, and the reverse sweep
over nodes writes both.  What comes out is a short list of steps on the result and the operands.  A product has the
one second partial 1 and a sum has none: a structural zero is not in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .backprop import no_derivative, pull_back
from .graph import Graph, Step, moving, reachable
from .node import Node
from .primitives import Primitive

MOVES = "moves"  # an operand that is differentiated by
RESTS = "rests"  # one that is not; a whole number stands for itself
Use = tuple[Any, ...]
_KEPT = 1000
_LARGEST = 1e6

_known: dict[tuple[Primitive, Use], Curvature] = {}


class Curvature(NamedTuple):
    """Second partials as steps that go on after the result and the operands: (position, position, place) each.

    `calls` are (primitive, places), a primitive without places being a constant, None with a number that number.
    """

    calls: list[tuple[Any, Any]]
    seconds: list[tuple[int, int, int]]


def curvature(primitive: Primitive, use: Use) -> Curvature:
    """The second partials of a primitive by the operands that move.

    >>> from difftape.primitives import TABLE
    >>> curvature(TABLE["pow"], (MOVES, 2.0)).seconds  # 2, the number
    [(0, 0, 3)]
    """
    known = _known.get((primitive, use))
    if known is None:
        if len(_known) >= _KEPT:
            _known.clear()
        known = _known[primitive, use] = _written(primitive, use)
    return known


def used(operand: Step, is_moving: bool) -> Any:
    """How a step is used as an operand: as what moves, as a whole number, or as something that rests."""
    if is_moving:
        return MOVES
    leaf = operand[0]
    return leaf if leaf.__class__ is float and leaf == leaf // 1 and abs(leaf) < _LARGEST else RESTS


def values(
    calls: Sequence[tuple[Any, Any]], known: list[Any], meaning: Callable[[Primitive], Any], number: Any
) -> None:
    """Goes on after the result and the operands with what each call gives; `number` makes a leaf's number."""
    for primitive, places in calls:
        if primitive is None:
            known.append(number(places))
        elif places:
            known.append(meaning(primitive)(*[known[p] for p in places]))
        else:
            known.append(primitive(number(0.0)))


def _written(primitive: Primitive, use: Use) -> Curvature:
    graph = Graph([("y",), *((f"x{k}",) for k in range(len(use)))])
    inputs = len(graph.steps)
    result = graph.places["y",]
    y = Node(graph, result)
    operands = [Node(graph, k + 1) if u in (MOVES, RESTS) else u for k, u in enumerate(use)]
    positions = [k for k, u in enumerate(use) if u == MOVES]
    slopes: dict[int, Any] = {}
    for k in positions:
        rule = primitive.partials[k]
        if rule is None:
            raise no_derivative(primitive, k)
        slopes[k] = rule(y, *operands) if callable(rule) else rule
    found: list[tuple[int, int, Any]] = []
    for k in positions:
        if slopes[k].__class__ is not Node:
            continue
        steps = list(graph.steps)
        cotangents: list[Any] = [None] * (slopes[k].place + 1)
        cotangents[-1] = 1.0
        flags = moving(steps, ["y", *(f"x{m}" for m in positions)])
        pull_back(steps, [Node(graph, p) for p in range(len(steps))], cotangents, flags)
        for m in positions:
            if m <= k:
                second = _sum(_at(cotangents, m + 1), _times(_at(cotangents, result), slopes[m]))
                if second.__class__ is Node or second:
                    found.append((k, m, second))
    places = [s.place if s.__class__ is Node else graph.leaf(s) for _, _, s in found]
    return _compact(graph.steps, inputs, [(k, m, p) for (k, m, _), p in zip(found, places, strict=True)])


def _at(cotangents: list[Any], place: int) -> Any:
    return cotangents[place] if place < len(cotangents) and cotangents[place] is not None else 0.0


def _sum(a: Any, b: Any) -> Any:
    return b if a.__class__ is not Node and a == 0 else a if b.__class__ is not Node and b == 0 else a + b


def _times(a: Any, b: Any) -> Any:
    return 0.0 if (a.__class__ is not Node and a == 0) or (b.__class__ is not Node and b == 0) else a * b


def _compact(steps: Sequence[Step], inputs: int, seconds: Sequence[tuple[int, int, int]]) -> Curvature:
    """Only the steps that are needed, renumbered after the inputs."""
    needed = reachable(steps, [p for _, _, p in seconds])
    places = {p: p for p in range(inputs)}
    calls: list[tuple[Any, Any]] = []
    for place in range(inputs, len(steps)):
        if needed[place]:
            places[place] = inputs + len(calls)
            leaf = steps[place][0]
            if leaf.__class__ is float:
                calls.append((None, leaf))
            else:
                calls.append((leaf, tuple(places[p] for p in steps[place][1:])))
    return Curvature(calls, [(k, m, places[p]) for k, m, p in seconds])
