"""Parts of arrays, basic and fancy, and the scatter that is the adjoint of taking them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...shapes import from_end, shape_of
from .kind import ArrayPrimitive, linear, numpy_function, plain

index: ArrayPrimitive = linear(
    "index",
    lambda x, key: np.asarray(x)[key],
    lambda g, x, key: scatter(g, key, shape_of(x)),
    0,
    batch=lambda size, flags, x, key: index(x, (slice(None), *key)) if _keeps_order(key) else NotImplemented,
    into=lambda total, g, x, key: _add_into(total, key, g),
    doc="a part of an array, x[key]",
)
scatter: ArrayPrimitive = linear(
    "scatter",
    lambda g, key, shape: _scattered(g, key, shape),
    lambda h, g, key, shape: index(h, key),
    0,
    0,
    batch=lambda size, flags, g, key, shape: (
        scatter(g, (slice(None), *key), (size, *shape)) if _keeps_order(key) else NotImplemented
    ),
    doc="zeros, with an array added at a key",
)


def indexed(x: Any, key: Any) -> Any:
    """x[key], the key's own tensors being taken for their whole numbers."""
    parts = key if isinstance(key, tuple) else (key,)
    found = tuple(_index_part(part) for part in parts)
    try:
        return index(x, found)
    except IndexError as error:
        raise IndexError(f"{error} (shape {shape_of(x)})") from None


def is_basic(key: tuple[Any, ...]) -> bool:
    """Whether a key is made of numbers, slices, None and an ellipsis: each element is taken once at most."""
    return all(part is None or part is Ellipsis or isinstance(part, (int, slice, np.integer)) for part in key)


def flipped(x: Any, axes: tuple[int, ...]) -> Any:
    """The order reversed along axes counted from the end."""
    ndim = len(shape_of(x))
    return index(x, tuple(slice(None, None, -1) if k - ndim in axes else slice(None) for k in range(ndim)))


def part(x: Any, axis: int, begin: int, end: int) -> Any:
    """The slice from begin to end along an axis counted from the end."""
    return index(x, (Ellipsis, slice(begin, end), *[slice(None)] * (-axis - 1)))


def along(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """The fancy key by which `take_along_axis` takes indices along an axis counted from the end."""
    ndim = len(shape)
    steps = [np.arange(n).reshape(n, *[1] * (ndim - k - 1)) for k, n in enumerate(indices.shape)]
    return tuple(indices if k == ndim + axis else steps[k] for k in range(ndim))


@numpy_function()
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """The elements at these indices along an axis."""
    if axis is None:
        from .arranging import ravel

        return index(ravel(arr), (np.asarray(plain(indices)),))
    (axis,) = from_end(axis, len(shape_of(arr)))
    return index(arr, along(shape_of(arr), np.asarray(plain(indices)), axis))


@numpy_function()
def take(a: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements, or the slices along an axis, at these indices."""
    indices = np.asarray(plain(indices))
    if axis is None:
        from .arranging import ravel

        return index(ravel(a), (indices,))
    (axis,) = from_end(axis, len(shape_of(a)))
    return index(a, (Ellipsis, indices, *[slice(None)] * (-axis - 1)))


@numpy_function()
def sort(a: Any, axis: int | None = -1) -> Any:
    """In ascending order along an axis."""
    if axis is None:
        from .arranging import ravel

        return sort(ravel(a))
    return take_along_axis(a, np.argsort(plain(a), axis=axis, kind="stable"), axis)


@numpy_function()
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of the matrices that two axes make."""
    from .arranging import moveaxis

    x = moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = shape_of(x)[-2:]
    count = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    steps = np.arange(count)
    return index(x, (Ellipsis, steps - min(offset, 0), steps + max(offset, 0)))


@numpy_function()
def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix of a diagonal."""
    if len(shape_of(v)) == 2:
        return diagonal(v, k)
    (n,) = shape_of(v)
    steps = np.arange(n)
    side = n + abs(k)
    return scatter(v, (steps - min(k, 0), steps + max(k, 0)), (side, side))


@numpy_function()
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal."""
    from .reducing import sum_along

    return sum_along(diagonal(a, offset, axis1, axis2), -1)


def _index_part(part: Any) -> Any:
    part = plain(part)
    if isinstance(part, slice):
        return slice(*[plain(x) for x in (part.start, part.stop, part.step)])
    return np.asarray(part) if isinstance(part, (list, bool)) else part


def _keeps_order(key: tuple[Any, ...]) -> bool:
    """Whether one more axis in front leaves the order of the result's axes as it was.

    It does not if advanced indices are apart from one another: NumPy then puts their axes first.
    """
    if is_basic(key):
        return True
    places = [k for k, part in enumerate(key) if not (part is None or part is Ellipsis or isinstance(part, slice))]
    return places[-1] - places[0] == len(places) - 1


def _scattered(g: Any, key: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    total = np.zeros(shape, np.asarray(g).dtype)
    if is_basic(key):
        total[key] = g
    else:
        np.add.at(total, key, g)
    return total


def _add_into(total: Any, key: tuple[Any, ...], g: Any) -> None:
    if is_basic(key):
        total[key] += g
    else:
        np.add.at(total, key, g)
