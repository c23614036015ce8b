"""The same elements elsewhere: other shapes, other orders of axes, repeated and summed up, other dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...shapes import Shape, added_axes, kept, shape_of
from .kind import ARRAYS, ArrayPrimitive, linear

identity = ARRAYS["identity"] = ArrayPrimitive(
    "identity", lambda x: x.copy() if isinstance(x, np.ndarray) else x, (1,), None, "the same value"
)
reshape: ArrayPrimitive = linear(
    "reshape",
    lambda x, shape: np.reshape(x, shape),
    lambda g, x, shape: reshape(g, shape_of(x)),
    0,
    batch=lambda size, flags, x, shape: reshape(x, (size, *shape)),
    doc="the same elements in another shape",
)
broadcast_to: ArrayPrimitive = linear(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    lambda g, x, shape: sum_to(g, shape_of(x)),
    0,
    batch=lambda size, flags, x, shape: broadcast_to(lifted(x, len(shape) + 1), (size, *shape)),
    doc="repeated to a shape",
)
sum_to: ArrayPrimitive = linear(
    "sum_to",
    lambda x, shape: _sum_to(x, shape),
    lambda g, x, shape: broadcast_to(g, shape_of(x)),
    0,
    batch=lambda size, flags, x, shape: sum_to_of_batch(x, shape),
    doc="summed to a shape: the adjoint of broadcasting",
)
sum_over: ArrayPrimitive = linear(
    "sum",
    lambda x, axes, keepdims: np.add.reduce(x, axis=axes, keepdims=keepdims),
    lambda g, x, axes, keepdims: spread(g, shape_of(x), axes),
    0,
    0,
    doc="the sum along axes",
)
transpose: ArrayPrimitive = linear(
    "transpose",
    lambda x, order: np.transpose(x, order),
    lambda g, x, order: transpose(g, tuple(int(k) for k in np.argsort(order))),
    0,
    batch=lambda size, flags, x, order: transpose(x, (0, *[k + 1 for k in order])),
    doc="axes in another order",
)
cast: ArrayPrimitive = linear(
    "cast",
    lambda x, dtype: np.asarray(x).astype(dtype),
    lambda g, x, dtype: cast(g, np.asarray(x).dtype if not hasattr(x, "dtype") else x.dtype),
    0,
    doc="in another floating-point dtype",
)
real: ArrayPrimitive = linear("real", lambda x: np.real(x), lambda g, x: g, doc="the real part")
imag: ArrayPrimitive = linear("imag", lambda x: np.imag(x), lambda g, x: g * 1j, doc="the imaginary part")
conj: ArrayPrimitive = linear("conj", lambda x: np.conj(x), lambda g, x: conj(g), doc="the complex conjugate")
stop_gradient = ArrayPrimitive("stop_gradient", lambda x: x, (0,), None, "the value, through which nothing flows")
ARRAYS["stop_gradient"] = stop_gradient


def _sum_to(x: Any, shape: Shape) -> Any:
    axes = added_axes(np.shape(x), shape)
    total = np.add.reduce(x, axis=axes) if axes else x
    return total.reshape(shape) if np.shape(total) != shape else total


def sum_to_of_batch(x: Any, shape: Shape) -> Any:
    """Sums each member of a batch to a shape."""
    size, *own = shape_of(x)
    axes = added_axes(tuple(own), shape)
    total = sum_over(x, axes, True) if axes else x
    return reshape(total, (size, *shape)) if shape_of(total) != (size, *shape) else total


def lifted(x: Any, ndim: int) -> Any:
    """A batch with axes of length 1 put behind the first, until it has `ndim` axes."""
    size, *own = shape_of(x)
    return x if len(own) + 1 == ndim else reshape(x, (size, *[1] * (ndim - len(own) - 1), *own))


def axis_moved(x: Any, source: int, destination: int) -> Any:
    """One axis (counted from the end) moved to another place."""
    ndim = len(shape_of(x))
    order = [k for k in range(ndim) if k != source % ndim]
    order.insert(destination % ndim, source % ndim)
    return x if order == list(range(ndim)) else transpose(x, tuple(order))


def turned(x: Any) -> Any:
    """Matrices transposed: the last two axes exchanged."""
    ndim = len(shape_of(x))
    return transpose(x, (*range(ndim - 2), ndim - 1, ndim - 2))


def spread(g: Any, shape: Shape, axes: tuple[int, ...]) -> Any:
    """A reduction's cotangent repeated along the reduced axes: the adjoint of a sum."""
    return broadcast_to(reshape(g, kept(shape, axes)), shape)
