"""Many values side by side: one sweep for all rows of a Jacobian.

A batch has one more axis in front than the value it stands for, and applies a primitive to all its members at
once.  It may hold a tensor, so what is done to it can itself be recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operand import Operand
from ..primitives import Primitive
from ..shapes import shape_of
from ..table.arrays.joining import stack
from ..table.arrays.kind import plain
from ..table.arrays.shaping import lifted


class Batch(Operand):
    """Values of one shape, stacked along a first axis; `shape` is the shape of each."""

    __slots__ = ("stacked",)
    __array_ufunc__ = None  # an array on the left leaves the operation to the batch

    def __init__(self, stacked: Any) -> None:
        self.stacked = stacked

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each member."""
        return shape_of(self.stacked)[1:]

    @property
    def dtype(self) -> Any:
        """The dtype of the elements."""
        return self.stacked.dtype

    @property
    def size(self) -> int:
        """How many members there are."""
        return shape_of(self.stacked)[0]

    def number(self, value: Any) -> Any:
        """A plain number stays plain beside batches."""
        return value

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Any:
        """The primitive applied to every member."""
        flags = tuple(x.__class__ is Batch for x in operands)
        inside = [x.stacked if f else x for x, f in zip(operands, flags, strict=True)]
        if isinstance(primitive, Primitive):
            if not primitive.partials:
                return primitive.scalar()
            ndim = max(len(shape_of(x)) for x in operands)
            return Batch(primitive(*[lifted(x, ndim + 1) if f else x for x, f in zip(inside, flags, strict=True)]))
        if primitive.batch is None:
            return Batch(primitive(*inside))
        y = primitive.batch(self.size, flags, *inside)
        if y is NotImplemented:
            members = [
                primitive(*[x[k] if f else x for x, f in zip(inside, flags, strict=True)]) for k in range(self.size)
            ]
            return Batch(stack(members))
        return Batch(y)

    def __repr__(self) -> str:
        return f"<batch of {self.size}, each of shape {self.shape}>"


def units(shape: tuple[int, ...], dtype: Any, begin: int = 0, end: int | None = None) -> Any:
    """The unit cotangents of a shape, one for each element from `begin` to `end`, stacked."""
    size = int(np.prod(shape))
    end = size if end is None else min(end, size)
    stacked = np.zeros((end - begin, size), dtype)
    stacked[np.arange(end - begin), np.arange(begin, end)] = 1
    return stacked.reshape(end - begin, *shape)


__all__ = ["Batch", "plain", "units"]
