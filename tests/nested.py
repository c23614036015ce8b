"""Derivatives by sweeping over nodes: the derivative written as further steps, which can be swept again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from difftape.backprop import pull_back
from difftape.graph import Graph, Step, moving
from difftape.interpret import CONSTANTS, evaluate
from difftape.node import Node


def derivative(steps: Sequence[Step], root: int, name: str) -> tuple[list[Step], int]:
    """The steps of a derivative, written by the sweep over nodes, and the place of its value."""
    graph = Graph(steps)
    cotangents: list[Any] = [None] * len(steps)
    cotangents[root] = 1.0
    pull_back(steps, [Node(graph, p) for p in range(len(steps))], cotangents, moving(steps, [name]))
    result = cotangents[graph.places[name,]] or 0.0
    return graph.steps, result.place if isinstance(result, Node) else graph.leaf(result)


def number(steps: Sequence[Step], root: int, at: Mapping[str, float]) -> float:
    """The value in doubles."""
    return float(evaluate(steps, {**CONSTANTS, **at})[root])


def hessian(steps: Sequence[Step], root: int, at: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """All second derivatives in doubles: the sweep over nodes, then the sweep over numbers."""
    found = {}
    for name in at:
        slope, place = derivative(steps, root, name)
        values = evaluate(slope, {**CONSTANTS, **at})
        cotangents: list[Any] = [None] * len(slope)
        cotangents[place] = 1.0
        pull_back(slope, values, cotangents, moving(slope, at))
        found[name] = {other: float(cotangents[slope.index((other,))] or 0.0) for other in at}
    return found
