"""A step of a graph as an operand: rules run on nodes write derivative graphs.

What is derived is simplified where that is exact: no 0+, 1*, or --.  What was parsed is kept as it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .graph import Graph
from .operand import Operand
from .primitives import Primitive
from .table.arithmetic import add, div, mul, neg, pow, sub
from .table.choice import where


class Node(Operand):
    """The step at a place of a graph."""

    __slots__ = ("graph", "place")

    def __init__(self, graph: Graph, place: int) -> None:
        self.graph = graph
        self.place = place

    def number(self, value: Any) -> Node:
        """A plain number or a named constant as a leaf of the same graph."""
        return Node(self.graph, self.graph.leaf(float(value)))

    def apply(self, primitive: Primitive, operands: tuple[Any, ...]) -> Any:
        graph = self.graph
        if primitive.arity == 0:
            return Node(graph, graph.place((primitive,)))
        exact = _EXACT.get(primitive)
        if exact is not None:
            plain = exact(*operands)
            if plain is not None:
                return plain
        places = [x.place if x.__class__ is Node else graph.leaf(x) for x in operands]
        return Node(graph, graph.place((primitive, *places)))

    @property
    def value(self) -> float | None:
        """The number this node is, if it is a plain one."""
        step = self.graph.steps[self.place]
        if step[0] is neg:
            leaf = self.graph.steps[step[1]][0]
            return -leaf if leaf.__class__ is float else None
        return step[0] if step[0].__class__ is float else None


def _plain(x: Any) -> float | None:
    return x.value if x.__class__ is Node else x


def _whole(u: float | None, v: float | None) -> bool:
    """Whether both are known whole numbers small enough for exact arithmetic."""
    if u is None or v is None:
        return False
    return u == u // 1 and v == v // 1 and -1e6 < u < 1e6 and -1e6 < v < 1e6


def _sum(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if u is None and v is None:
        return None
    if _whole(u, v):
        return u + v  # type: ignore[operator]
    return b if u == 0 else a if v == 0 else _moved(a, v)


def _difference(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if u is None and v is None:
        return None
    if _whole(u, v):
        return u - v  # type: ignore[operator]
    return -b if u == 0 else a if v == 0 else _moved(a, None if v is None else -v)


def _moved(a: Any, by: float | None) -> Any:
    """A sum with a whole number, moved by another: what an order becomes, up and down, that is not whole itself."""
    if by is None or a.__class__ is not Node:
        return None
    step = a.graph.steps[a.place]
    if step[0] is not add and step[0] is not sub:
        return None
    known = Node(a.graph, step[2]).value
    if known is None or not _whole(known, by):
        return None
    total = by + (known if step[0] is add else -known)
    first = Node(a.graph, step[1])
    return first + total if total > 0 else first - -total if total else first


def _product(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if u is None and v is None:
        chosen = _chosen(a, b)
        return _chosen(b, a) if chosen is None else chosen
    if _whole(u, v):
        return u * v  # type: ignore[operator]
    if u == 0 or v == 0:
        return 0.0
    return b if u == 1 else a if v == 1 else -b if u == -1 else -a if v == -1 else None


def _chosen(a: Any, b: Any) -> Any:
    """A product with what is 0 unless a condition holds: so too is the product, whatever the other factor is then."""
    step = a.graph.steps[a.place]
    if step[0] is not where:
        return None
    condition, yes, no = (Node(a.graph, place) for place in step[1:])
    if no.value == 0:
        return where(condition, yes * b, 0.0)
    return where(condition, 0.0, no * b) if yes.value == 0 else None


def _quotient(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if u == 0 and v != 0:
        return 0.0
    return a if v == 1 else -a if v == -1 else None


def _negative(a: Any) -> Any:
    u = _plain(a)
    if u == 0:
        return 0.0
    step = a.graph.steps[a.place]
    return Node(a.graph, step[1]) if step[0] is neg else None


def _power(a: Any, p: Any) -> Any:
    v = _plain(p)
    return 1.0 if v == 0 else a if v == 1 else None


_EXACT: dict[Primitive, Callable[..., Any]] = {
    add: _sum, sub: _difference, mul: _product, div: _quotient, neg: _negative, pow: _power,
}  # fmt: skip
