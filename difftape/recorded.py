"""A Python function of numbers as an expression: recorded once on steps, as it runs at one point.

Branches and loops of Python are those that are taken there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .expression import Expression, from_steps
from .graph import Graph, postorder
from .interpret import CONSTANTS
from .operand import Operand
from .primitives import TABLE, Primitive
from .table.choice import equal, not_equal


class Recorded(Operand):
    """A number that remembers the step it came from; its value is None where it could not be worked out."""

    __slots__ = ("graph", "place", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: Graph, place: int, value: Any) -> None:
        self.graph = graph
        self.place = place
        self.value = value

    def number(self, value: Any) -> Recorded:
        """A plain number as a leaf of the same recording."""
        return Recorded(self.graph, self.graph.leaf(float(value)), float(value))

    def apply(self, primitive: Primitive, operands: tuple[Any, ...]) -> Recorded:
        if not primitive.arity:
            return Recorded(self.graph, self.graph.place((primitive,)), CONSTANTS[primitive])
        known = [x if isinstance(x, Recorded) else self.number(_float(x)) for x in operands]
        value = None
        try:
            value = primitive.scalar(*[x.value for x in known])
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            pass  # a hard point: the series says what it is
        return Recorded(self.graph, self.graph.place((primitive, *[x.place for x in known])), value)

    def __eq__(self, other: object) -> Any:
        return self.apply(equal, (self, other))

    def __ne__(self, other: object) -> Any:
        return self.apply(not_equal, (self, other))

    def __bool__(self) -> bool:
        if self.value is None:
            raise ValueError("a branch depends on a number that has no value at this point")
        return bool(self.value)

    def __float__(self) -> float:
        raise TypeError(
            "a number that is differentiated by is no plain float: use difftape.sin for math.sin, and so on"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        for primitive in TABLE.values():
            if method == "__call__" and not options and ufunc.__name__ in (primitive.numpy, primitive.name):
                return self.apply(primitive, operands)
        raise TypeError(
            f"numpy.{ufunc.__name__} of a number that is differentiated by: difftape has no function for it"
        )


def recorded(f: Callable[..., Any], names: Sequence[str], at: Sequence[Any]) -> Expression:
    """What f computes at a point, as an expression in variables of these names.

    >>> str(recorded(lambda x, n: x**2 if n > 1 else x, ["x", "n"], [3.0, 2]))
    'x**2'
    """
    graph = Graph()
    inputs = [Recorded(graph, graph.place((name,)), _float(x)) for name, x in zip(names, at, strict=True)]
    y = f(*inputs)
    if not isinstance(y, Recorded):
        y = inputs[0].number(_float(y)) if inputs else Recorded(graph, graph.leaf(_float(y)), y)
    return from_steps(list(postorder(graph.steps, y.place)))


def _float(x: Any) -> float:
    if isinstance(x, (str, bytes)) or (getattr(x, "shape", None) or ()) != ():
        raise TypeError(f"a number is expected, not {type(x).__name__}")
    return float(x)
