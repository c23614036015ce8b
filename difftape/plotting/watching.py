"""What is watched beside a function: quantities that change sign, or value, where the function may not be smooth.

The table says which: a primitive is smooth between the edges of its domain and where it has no tie.  So the distance
of an operand from an edge is watched, the difference that a tie compares, the value of what is a step function, and
the value of what may have poles within its domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from ..engines.deriving import on_nodes
from ..graph import Graph, Step
from ..node import Node
from ..table.choice import both, either, negation

SIGN, STEP, BLOW = "sign", "step", "blow"
_MOST = 400  # quantities; of a larger expression the others are left to what the results show
_LOGIC = frozenset((both, either, negation))


class Watch(NamedTuple):
    """A step to look at: its sign, its value, or its sign where that changes without a zero."""

    kind: str
    place: int


def watches(steps: Sequence[Step], graph: Graph, by: Sequence[str]) -> list[Watch]:
    """The quantities of a program to watch as these variables move, written into the graph.

    >>> from difftape.parser import parse
    >>> graph = Graph()
    >>> [(w.kind, graph.steps[w.place]) for w in watches(parse("abs(x)/x").steps, graph, ["x"])]
    [('sign', ('x',))]
    """
    nodes = on_nodes(steps, graph)
    moved = depending(steps, by)
    found: dict[tuple[str, int], Watch] = {}
    for place, step in enumerate(steps):
        if len(step) == 1 or not moved[place] or len(found) >= _MOST:
            continue
        for watch in _of(step[0], nodes, step, nodes[place], moved):
            found.setdefault((watch.kind, watch.place), watch)
    moves = depending(graph.steps, by)
    return [watch for watch in found.values() if moves[watch.place]]


def _of(primitive: Any, nodes: Sequence[Node], step: Step, result: Node, moved: Sequence[bool]) -> list[Watch]:
    found: list[Watch] = []
    has_edge = False
    for p, (low, high) in zip(step[1:], primitive.domain, strict=True):
        for edge in (low, high):
            if moved[p] and isfinite(edge):
                has_edge = True
                found += _signs(nodes[p] - edge if edge else nodes[p])
    if primitive.tie is not None:
        claim = primitive.tie(*(nodes[p] for p in step[1:]))
        found += _compared(claim) if claim.__class__ is Node else []
    is_stepwise = all(partial.__class__ is int and partial == 0 for partial in primitive.partials)
    if is_stepwise and not primitive.is_condition:
        found.append(Watch(STEP, result.place))
    elif has_edge and primitive.is_called:
        found.append(Watch(BLOW, result.place))
    return found


def _signs(x: Any) -> list[Watch]:
    return [Watch(SIGN, x.place)] if x.__class__ is Node else []


def _compared(claim: Node) -> list[Watch]:
    """The differences that a claim compares with 0."""
    found: list[Watch] = []
    waiting = [claim]
    while waiting:
        node = waiting.pop()
        step = node.graph.steps[node.place]
        operands = [Node(node.graph, p) for p in step[1:]]
        if step[0] in _LOGIC:
            waiting += operands
        elif len(operands) == 2:
            found += _signs(operands[0] - operands[1])
    return found


def depending(steps: Sequence[Step], names: Sequence[str]) -> list[bool]:
    """Which steps have other values when one of the variables has."""
    by = set(names)
    flags: list[bool] = []
    for step in steps:
        flags.append(step[0] in by if len(step) == 1 else any(flags[p] for p in step[1:]))
    return flags
