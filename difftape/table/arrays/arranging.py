"""NumPy's functions of shape and order, each written by reshape, transpose, index and broadcast_to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ...shapes import from_end, shape_of
from ..choice import where
from . import shaping
from .indexing import flipped, index, part, scatter
from .joining import concatenate
from .kind import numpy_function


@numpy_function()
def reshape(a: Any, shape: Any = None, order: str = "C", *, newshape: Any = None) -> Any:
    """The same elements in another shape, of which one length may be -1."""
    if order != "C":
        raise ValueError("reshape: only order='C' is supported: transpose before and after it")
    shape = newshape if shape is None else shape
    wanted = tuple(int(n) for n in shape) if isinstance(shape, (tuple, list)) else (int(shape),)
    own = shape_of(a) or np.shape(a)
    size = int(np.prod(own))
    rest = int(np.prod([n for n in wanted if n != -1]))
    if -1 in wanted:
        wanted = tuple((size // rest if rest else 0) if n == -1 else n for n in wanted)
    if int(np.prod(wanted)) != size:
        raise ValueError(f"reshape: shape {own} has {size} elements, shape {tuple(shape)} does not")
    return shaping.reshape(a, wanted)


@numpy_function("ravel", "flatten")
def ravel(a: Any, order: str = "C") -> Any:
    """All elements in one axis."""
    return reshape(a, (-1,), order)


@numpy_function("transpose", "permute_dims")
def transpose(a: Any, axes: Any = None) -> Any:
    """The axes in another order; by default reversed."""
    ndim = len(shape_of(a))
    order = range(ndim)[::-1] if axes is None else [k + ndim for k in from_end(tuple(axes), ndim)]
    return shaping.transpose(a, tuple(order))


@numpy_function()
def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    return shaping.turned(x)


@numpy_function()
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places."""
    ndim = len(shape_of(a))
    here = [k + ndim for k in from_end(source, ndim, "source")]
    there = [k + ndim for k in from_end(destination, ndim, "destination")]
    order = [k for k in range(ndim) if k not in here]
    for place, k in sorted(zip(there, here, strict=True)):
        order.insert(place, k)
    return a if order == list(range(ndim)) else shaping.transpose(a, tuple(order))


@numpy_function()
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    order = list(range(len(shape_of(a))))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return shaping.transpose(a, tuple(order))


@numpy_function()
def expand_dims(a: Any, axis: Any) -> Any:
    """New axes of length 1."""
    own = shape_of(a)
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    new = from_end(axis, len(own) + count)
    rest = iter(own)
    wide = tuple(1 if k - len(own) - count in new else next(rest) for k in range(len(own) + count))
    return shaping.reshape(a, wide)


@numpy_function()
def squeeze(a: Any, axis: Any = None) -> Any:
    """Axes of length 1 taken away."""
    own = shape_of(a)
    gone = (
        [k - len(own) for k, n in enumerate(own) if n == 1] if axis is None else from_end(axis, len(own))
    )  # fmt: skip
    if any(own[k] != 1 for k in gone):
        raise ValueError(f"squeeze: axis {axis} of shape {own} is longer than 1")
    return shaping.reshape(a, tuple(n for k, n in enumerate(own) if k - len(own) not in gone))


@numpy_function()
def broadcast_to(array: Any, shape: Any) -> Any:
    """Repeated to a shape, as arithmetic would."""
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if np.broadcast_shapes(shape_of(array), shape) != shape:
        raise ValueError(f"broadcast_to: shape {shape_of(array)} does not broadcast to {shape}")
    return shaping.broadcast_to(array, shape)


@numpy_function()
def broadcast_arrays(*args: Any) -> Any:
    """All arrays repeated to the shape they have in common."""
    shape = np.broadcast_shapes(*[np.shape(x) for x in args])
    return tuple(shaping.broadcast_to(x, shape) for x in args)


@numpy_function()
def flip(m: Any, axis: Any = None) -> Any:
    """The order reversed along axes."""
    return flipped(m, from_end(axis, len(shape_of(m))))


numpy_function("flipud")(lambda m: flip(m, 0))
numpy_function("fliplr")(lambda m: flip(m, 1))


@numpy_function()
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved along an axis, those pushed out coming in at the other end."""
    if axis is None:
        return shaping.reshape(roll(ravel(a), shift, 0), shape_of(a))
    axes = from_end(axis, len(shape_of(a)))
    for s, k in zip(shift if isinstance(shift, (tuple, list)) else [shift] * len(axes), axes, strict=True):
        n = shape_of(a)[k]
        cut = (n - s) % n if n else 0
        a = concatenate([part(a, k, cut, n), part(a, k, 0, cut)], k)
    return a


@numpy_function("split", "array_split")
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut along an axis, into equal sections or at these indices."""
    (axis,) = from_end(axis, len(shape_of(ary)))
    n = shape_of(ary)[axis]
    if isinstance(indices_or_sections, (int, np.integer)):
        sizes = [len(x) for x in np.array_split(range(n), indices_or_sections)]
        cuts = list(np.cumsum([0, *sizes]))
    else:
        cuts = [0, *indices_or_sections, n]
    return [part(ary, axis, int(b), int(e)) for b, e in pairwise(cuts)]


@numpy_function()
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element (or slice along an axis) several times."""
    if axis is None:
        a, axis = ravel(a), 0
    (axis,) = from_end(axis, len(shape_of(a)))
    key = np.repeat(np.arange(shape_of(a)[axis]), repeats)
    return index(a, (Ellipsis, key, *[slice(None)] * (-axis - 1)))


@numpy_function()
def tile(A: Any, reps: Any) -> Any:
    """The whole array several times."""
    times = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    own = (1,) * (len(times) - len(shape_of(A))) + shape_of(A)
    times = (1,) * (len(own) - len(times)) + times
    x = shaping.reshape(A, tuple(n for m in own for n in (1, m)))
    x = shaping.broadcast_to(x, tuple(n for r, m in zip(times, own, strict=True) for n in (r, m)))
    return shaping.reshape(x, tuple(r * m for r, m in zip(times, own, strict=True)))


@numpy_function()
def pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """With a border: a constant, or the elements that NumPy's other modes would copy there."""
    own = shape_of(array)
    widths = np.broadcast_to(pad_width, (len(own), 2))
    if mode == "constant":
        key = tuple(slice(int(b), int(b) + n) for (b, _), n in zip(widths, own, strict=True))
        wide = tuple(n + int(b) + int(e) for (b, e), n in zip(widths, own, strict=True))
        inside = scatter(array, key, wide)
        if isinstance(constant_values, (int, float)) and constant_values == 0:
            return inside
        border = np.pad(np.zeros(own), widths, constant_values=constant_values)
        return inside + border
    taken = np.pad(np.arange(int(np.prod(own))).reshape(own), widths, mode=mode)  # type: ignore[call-overload]
    return index(ravel(array), (taken,))


@numpy_function()
def tril(m: Any, k: int = 0) -> Any:
    """The lower triangle, zeros above."""
    return where(np.tri(shape_of(m)[-2], shape_of(m)[-1], k, dtype=bool), m, 0.0)


@numpy_function()
def triu(m: Any, k: int = 0) -> Any:
    """The upper triangle, zeros below."""
    return where(~np.tri(shape_of(m)[-2], shape_of(m)[-1], k - 1, dtype=bool), m, 0.0)


@numpy_function()
def atleast_1d(*arys: Any) -> Any:
    """With one axis at least."""
    found = tuple(x if shape_of(x) else shaping.reshape(x, (1,)) for x in arys)
    return found[0] if len(found) == 1 else found


@numpy_function()
def atleast_2d(*arys: Any) -> Any:
    """With two axes at least."""
    found = tuple(
        x if len(shape_of(x)) > 1 else shaping.reshape(x, (1, *shape_of(x)) if shape_of(x) else (1, 1)) for x in arys
    )
    return found[0] if len(found) == 1 else found
