"""Several arrays as one: concatenate, stack, and what is written by them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ...shapes import from_end, shape_of
from .indexing import part
from .kind import ArrayPrimitive, linear, numpy_function
from .shaping import broadcast_to, reshape


@cache
def concatenation(count: int) -> ArrayPrimitive:
    """The primitive that joins so many arrays: its operands are the axis, counted from the end, and the arrays."""

    def pull_of(position: int) -> Any:
        def pull(g: Any, axis: int, *arrays: Any) -> Any:
            begin = sum(shape_of(x)[axis] for x in arrays[:position])
            return part(g, axis, begin, begin + shape_of(arrays[position])[axis])

        return pull

    def batch(size: int, flags: tuple[bool, ...], axis: int, *arrays: Any) -> Any:
        whole = [x if f else broadcast_to(x, (size, *shape_of(x))) for f, x in zip(flags[1:], arrays, strict=True)]
        return concatenation(count)(axis, *whole)

    return linear(
        "concatenate",
        lambda axis, *arrays: np.concatenate(arrays, axis=axis),
        0,
        *[pull_of(k) for k in range(count)],
        batch=batch,
        needs=(1,),
        jointly=True,
        doc="arrays joined along an axis",
    )


@numpy_function("concatenate", "concat")
def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """Arrays joined along an axis they have."""
    arrays = list(arrays)
    if axis is None:
        arrays, axis = [reshape(x, (-1,)) for x in arrays], 0
    shapes = [shape_of(x) or np.shape(x) for x in arrays]
    (axis,) = from_end(axis, len(shapes[0]))
    for k, shape in enumerate(shapes):
        if [n for j, n in enumerate(shape) if j != len(shape) + axis] != [
            n for j, n in enumerate(shapes[0]) if j != len(shapes[0]) + axis
        ]:
            raise ValueError(
                f"concatenate: arrays[0] has shape {shapes[0]} and arrays[{k}] has shape {shape}: "
                f"they may differ along axis {axis} only"
            )
    return concatenation(len(arrays))(axis, *[x if hasattr(x, "apply") else np.asarray(x) for x in arrays])


@numpy_function()
def stack(arrays: Any, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis."""
    arrays = list(arrays)
    shapes = [shape_of(x) or np.shape(x) for x in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack: arrays have different shapes {sorted(set(shapes))}")
    ndim = len(shapes[0]) + 1
    (axis,) = from_end(axis, ndim)
    wide = list(shapes[0])
    wide.insert(ndim + axis, 1)
    return concatenate([reshape(x, tuple(wide)) for x in arrays], axis)


@numpy_function()
def hstack(tup: Any) -> Any:
    """Arrays joined side by side."""
    arrays = [x if shape_of(x) or np.shape(x) else reshape(x, (1,)) for x in tup]
    return concatenate(arrays, 0 if len(np.shape(arrays[0])) == 1 else 1)


@numpy_function()
def vstack(tup: Any) -> Any:
    """Arrays joined one below the other."""
    return concatenate([x if len(np.shape(x)) > 1 else reshape(x, (1, -1)) for x in tup], 0)


@numpy_function()
def column_stack(tup: Any) -> Any:
    """Vectors as the columns of a matrix."""
    return concatenate([x if len(np.shape(x)) > 1 else reshape(x, (-1, 1)) for x in tup], 1)


@numpy_function()
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Values joined to the end."""
    return concatenate([arr, values], axis)
