"""Functions of NumPy's that are a line of others: select, median, kron, cross, polyval, linspace, trapezoid …"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...shapes import from_end, shape_of
from ..choice import where
from .arranging import broadcast_arrays, expand_dims, reshape
from .indexing import index, part, sort
from .joining import stack
from .kind import numpy_function, plain
from .reducing import mean, sum_along


@numpy_function()
def select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    """For each element the first choice whose condition holds."""
    y = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        y = where(condition, choice, y)
    return y


@numpy_function()
def nansum(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of what is not nan."""
    return sum_along(where(np.isnan(plain(a)), 0.0, a), axis, keepdims)


@numpy_function()
def nanmean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of what is not nan."""
    return nansum(a, axis, keepdims) / np.sum(~np.isnan(plain(a)), axis=axis, keepdims=keepdims)


@numpy_function()
def median(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The element in the middle, or the mean of the two there."""
    shape = shape_of(a)
    x = sort(a, axis)
    (k,) = (-1,) if axis is None else from_end(axis, len(shape))
    n = shape_of(x)[k]
    y = mean(part(x, k, (n - 1) // 2, n // 2 + 1), k, keepdims and axis is not None)
    return reshape(y, (1,) * len(shape)) if keepdims and axis is None else y


@numpy_function()
def kron(a: Any, b: Any) -> Any:
    """The product of each element of one matrix with the whole of the other."""
    ndim = max(len(shape_of(a)), len(shape_of(b)))
    m, n = ((1,) * (ndim - len(shape_of(x))) + shape_of(x) for x in (a, b))
    left = reshape(a, tuple(k for length in m for k in (length, 1)))
    right = reshape(b, tuple(k for length in n for k in (1, length)))
    return reshape(left * right, tuple(p * q for p, q in zip(m, n, strict=True)))


@numpy_function()
def cross(a: Any, b: Any) -> Any:
    """The vector product, along the last axis."""
    if shape_of(a)[-1:] != (3,) or shape_of(b)[-1:] != (3,):
        raise ValueError(f"cross: the last axes are {shape_of(a)[-1:]} and {shape_of(b)[-1:]}, expected length 3")
    x, y = ([index(v, (Ellipsis, k)) for k in range(3)] for v in (a, b))
    return stack([x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]], -1)


@numpy_function()
def polyval(p: Any, x: Any) -> Any:
    """The polynomial with these coefficients, the highest power first, by Horner's rule."""
    y: Any = 0.0
    for c in p:
        y = y * x + c
    return y


@numpy_function()
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    """Evenly spaced numbers from start to stop."""
    steps = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    steps = steps.reshape(num, *[1] * max(len(shape_of(start)), len(shape_of(stop))))
    return start * (1 - steps) + stop * steps


@numpy_function("trapezoid", "trapz")
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral of samples by the trapezoid rule."""
    (k,) = from_end(axis, len(shape_of(y)))
    n = shape_of(y)[k]
    width = dx if x is None else part(x, -1, 1, n) - part(x, -1, 0, n - 1)
    if x is not None:
        width = reshape(width, (n - 1, *[1] * (-k - 1)))
    return sum_along(width * (part(y, k, 1, n) + part(y, k, 0, n - 1)) / 2, k)


@numpy_function()
def meshgrid(*xi: Any, indexing: str = "xy") -> Any:
    """The coordinates of a grid, an array for each axis."""
    count = len(xi)
    order = [1, 0, *range(2, count)] if indexing == "xy" and count > 1 else list(range(count))
    spread = [expand_dims(x, tuple(j for j in range(count) if j != order[k])) for k, x in enumerate(xi)]
    return broadcast_arrays(*spread)
