"""Functions that a language lacks, by their definitions in others: sech(x) by exp, sign(x) by where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Graph, Step, postorder
from ..operand import Operand
from ..primitives import Primitive


class _Place(Operand):
    """A place of a graph, to which only what the language knows is added."""

    __slots__ = ("graph", "knows", "place")

    def __init__(self, graph: Graph, place: int, knows: Callable[[Primitive], bool]) -> None:
        self.graph = graph
        self.place = place
        self.knows = knows

    def number(self, value: Any) -> _Place:
        return _Place(self.graph, self.graph.leaf(float(value)), self.knows)

    def apply(self, primitive: Primitive, operands: tuple[Any, ...]) -> _Place:
        values = [x if isinstance(x, _Place) else self.number(x) for x in operands]
        definition = None if self.knows(primitive) else defined(primitive)
        if definition is not None:
            y = definition(*values)
            return y if isinstance(y, _Place) else self.number(y)
        return _Place(self.graph, self.graph.place((primitive, *[x.place for x in values])), self.knows)


def defined(primitive: Primitive) -> Callable[..., Any] | None:
    """The function's definition by others, if it has one."""
    if primitive.means is not None:
        return primitive.means  # type: ignore[no-any-return]
    return primitive.llvm if callable(primitive.llvm) else None


def within(steps: Sequence[Step], knows: Callable[[Primitive], bool]) -> list[Step]:
    """The steps with definitions for what the language does not know, as far as there are any.

    >>> from difftape.parser import parse
    >>> from difftape.printer import printed
    >>> steps = within(parse("relu(x)").steps, lambda primitive: primitive.name == "max")
    >>> printed(steps, len(steps) - 1)
    'max(x, 0)'
    """
    graph = Graph()
    places: list[_Place] = []
    for step in steps:
        if len(step) == 1:
            places.append(_Place(graph, graph.place(step), knows))
        else:
            places.append(places[step[1]].apply(step[0], tuple(places[p] for p in step[1:])))
    return postorder(graph.steps, places[-1].place)
