"""The arithmetic of shapes and axes: what broadcasting added, axes counted from the end, places kept by a reduction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Shape = tuple[int, ...]


def shape_of(x: Any) -> Shape:
    """The shape of an array, tensor or ghost; () for a plain number.

    >>> shape_of(2.0)
    ()
    """
    shape: Shape = getattr(x, "shape", ())
    return shape


def from_end(axis: Any, ndim: int, argument: str = "axis") -> tuple[int, ...]:
    """Axes as numbers counted from the end; None means all of them.

    >>> from_end(0, 3), from_end((0, -1), 2), from_end(None, 2)
    ((-3,), (-2, -1), (-2, -1))
    """
    if axis is None:
        return tuple(range(-ndim, 0))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    found = []
    for a in axes:
        a = a.__index__()
        if not -ndim <= a < ndim:
            raise ValueError(f"{argument} {a} is out of bounds for {ndim} axes")
        found.append(a - ndim if a >= 0 else a)
    if len(set(found)) != len(found):
        raise ValueError(f"{argument} {axis} names one axis twice")
    return tuple(found)


def added_axes(wide: Shape, narrow: Shape) -> tuple[int, ...]:
    """The axes, counted from the end, along which broadcasting repeated `narrow` to make `wide`.

    >>> added_axes((4, 2, 3), (2, 1))
    (-3, -1)
    """
    offset = len(wide) - len(narrow)
    return tuple(
        k - len(wide) for k, n in enumerate(wide) if k < offset or (narrow[k - offset] == 1 and n != 1)
    )  # fmt: skip


def kept(shape: Shape, axes: Sequence[int]) -> Shape:
    """The shape after a reduction along axes counted from the end, if each is kept with length 1.

    >>> kept((2, 3), (-1,))
    (2, 1)
    """
    return tuple(1 if k - len(shape) in axes else n for k, n in enumerate(shape))
