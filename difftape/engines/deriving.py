"""The graph of a program's value and derivatives, for all points at once: rules and series run on nodes.

Unlike a derivative at a point, it holds both branches of a `where`, each under its condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from math import factorial, nan
from typing import Any, NamedTuple

from ..backprop import pull_back
from ..findings import written
from ..graph import Graph, Program, moving
from ..node import Node
from ..series import Family

_ONE = repeat(1)


class Derived(NamedTuple):
    """A graph, the places of its results, what each is called, and which steps must not tie."""

    graph: Graph
    outputs: list[Any]
    heads: list[str]
    moving: list[bool]
