"""The graph of a program's value and derivatives, for all points at once: rules and series run on nodes.

Unlike a derivative at a point, it holds both branches of a `where`, each under its condition.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any, NamedTuple

from ..graph import Graph

_ONE = repeat(1)


class Derived(NamedTuple):
    """A graph, the places of its results, what each is called, and which steps must not tie."""

    graph: Graph
    outputs: list[Any]
    heads: list[str]
    moving: list[bool]
