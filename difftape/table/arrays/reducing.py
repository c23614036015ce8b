"""Many numbers to one: sums, means, products, extremes, norms, spreads, and running sums and products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...shapes import from_end, kept, shape_of
from ..arithmetic import exp, sqrt
from ..choice import abs as magnitude
from ..choice import equal, where
from . import shaping
from .indexing import flipped, part
from .joining import concatenate
from .kind import ArrayPrimitive, LinearMap, linear, nonlinear, numpy_function, plain
from .shaping import cast, imag, real, spread, sum_over


def _extreme(name: str, compute: Any) -> ArrayPrimitive:
    """The greatest or least along axes; ties share the cotangent equally."""

    def partial(y: Any, x: Any, axes: Any, keepdims: bool) -> LinearMap:
        taken = equal(x, shaping.reshape(y, kept(shape_of(x), axes)))
        count = sum_over(cast(taken, float), axes, True)
        return LinearMap(
            lambda g: where(taken, spread(g, shape_of(x), axes) / count, 0.0),
            lambda t: sum_over(where(taken, t / count, 0.0), axes, keepdims),
            selects=True,
        )

    return nonlinear(
        name,
        lambda x, axes, keepdims: compute(x, axis=axes, keepdims=keepdims),
        partial,
        0,
        0,
        doc=f"{name} along axes",
    )


greatest = _extreme("max", np.max)
least = _extreme("min", np.min)

cumulative: ArrayPrimitive = linear(
    "cumsum",
    lambda x, axis: np.cumsum(x, axis=axis),
    lambda g, x, axis: flipped(cumulative(flipped(g, (axis,)), axis), (axis,)),
    0,
    doc="running sums along an axis",
)


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    return from_end(axis, len(shape_of(x)))


def _count(x: Any, axes: tuple[int, ...]) -> int:
    shape = shape_of(x)
    return math.prod([shape[k] for k in axes])


@numpy_function("sum")
def sum_along(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of all elements, or along axes."""
    return sum_over(a, _axes(a, axis), bool(keepdims))


@numpy_function()
def mean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The arithmetic mean."""
    axes = _axes(a, axis)
    return sum_over(a, axes, bool(keepdims)) / _count(a, axes)


@numpy_function()
def average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    """The mean, weighted."""
    if weights is None:
        return mean(a, axis, keepdims)
    return sum_along(a * weights, axis, keepdims) / sum_along(weights + 0 * a, axis, keepdims)


@numpy_function("max", "amax")
def max_along(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The greatest element."""
    return greatest(a, _axes(a, axis), bool(keepdims))


@numpy_function("min", "amin")
def min_along(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The least element."""
    return least(a, _axes(a, axis), bool(keepdims))


@numpy_function()
def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The greatest element less the least."""
    return max_along(a, axis, keepdims) - min_along(a, axis, keepdims)


@numpy_function()
def var(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The mean square distance from the mean."""
    axes = _axes(a, axis)
    centred = a - mean(a, axis, True)
    return sum_over(_squared(centred), axes, bool(keepdims)) / (_count(a, axes) - ddof)


@numpy_function()
def std(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The root of the variance."""
    return sqrt(var(a, axis, ddof, keepdims))


def _log_sum(x: Any, axes: Any, keepdims: bool) -> Any:
    top = np.max(x, axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    y = np.log(np.sum(np.exp(x - top), axis=axes, keepdims=True)) + top
    return y if keepdims else np.reshape(y, _without(np.shape(x), axes))


def _shares(y: Any, x: Any, axes: Any) -> Any:
    """What each element contributes: exp(x - y), which is softmax."""
    return exp(x - shaping.reshape(y, kept(shape_of(x), axes)))


log_sum: ArrayPrimitive = nonlinear(
    "logsumexp",
    _log_sum,
    lambda y, x, axes, keepdims: LinearMap(
        lambda g: shaping.reshape(g, kept(shape_of(x), axes)) * _shares(y, x, axes),
        lambda t: sum_over(t * _shares(y, x, axes), axes, keepdims),
    ),
    0,
    0,
    doc="log(sum(exp(x))) along axes",
)


@numpy_function()
def logsumexp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(a))), without overflow."""
    return log_sum(a, _axes(a, axis), bool(keepdims))


@numpy_function("norm", "linalg.norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The length of a vector, or the Frobenius norm; orders 1, 2 and inf for vectors."""
    axes = _axes(x, axis)
    if ord is None or ord == "fro" or (ord == 2 and len(axes) == 1):
        return sqrt(sum_over(_squared(x), axes, bool(keepdims)))
    if len(axes) == 1 and ord in (1, np.inf):
        size = magnitude(x)
        return sum_over(size, axes, bool(keepdims)) if ord == 1 else greatest(size, axes, bool(keepdims))
    if len(axes) == 1 and isinstance(ord, (int, float)) and ord > 0:
        return sum_over(magnitude(x) ** ord, axes, bool(keepdims)) ** (1 / ord)
    raise ValueError(f"norm: ord={ord!r} along {len(axes)} axes has no derivative here: write it out")


@numpy_function()
def prod(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product, by halves: right also where an element is zero, at every order."""
    own, axes = shape_of(a), _axes(a, axis)
    rest = [k for k in range(len(own)) if k - len(own) not in axes]
    x = shaping.transpose(a, (*rest, *[k + len(own) for k in axes])) if own else a
    x = shaping.reshape(x, (*[own[k] for k in rest], _count(a, axes)))
    n = shape_of(x)[-1]
    if n == 0:
        return np.prod(plain(a), axis=axis, keepdims=keepdims)
    while n > 1:
        half = n // 2
        pairs = part(x, -1, 0, half) * part(x, -1, half, 2 * half)
        x = concatenate([pairs, part(x, -1, 2 * half, n)], -1) if n % 2 else pairs
        n = n - half
    return shaping.reshape(x, kept(own, axes) if keepdims else _without(own, axes))


@numpy_function()
def cumsum(a: Any, axis: int | None = None) -> Any:
    """Running sums."""
    if axis is None:
        a, axis = shaping.reshape(a, (_count(a, _axes(a, None)),)), -1
    return cumulative(a, *_axes(a, axis))


@numpy_function()
def cumprod(a: Any, axis: int | None = None) -> Any:
    """Running products, by doubling."""
    if axis is None:
        a, axis = shaping.reshape(a, (_count(a, _axes(a, None)),)), -1
    (axis,) = _axes(a, axis)
    n, step = shape_of(a)[axis], 1
    while step < n:
        a = concatenate([part(a, axis, 0, step), part(a, axis, step, n) * part(a, axis, 0, n - step)], axis)
        step *= 2
    return a


@numpy_function()
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours."""
    (axis,) = _axes(a, axis)
    for _ in range(n):
        length = shape_of(a)[axis]
        a = part(a, axis, 1, length) - part(a, axis, 0, length - 1)
    return a


def _squared(x: Any) -> Any:
    if getattr(getattr(x, "dtype", None), "kind", "f") == "c":
        return real(x) * real(x) + imag(x) * imag(x)
    return x * x


def _without(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for k, n in enumerate(shape) if k - len(shape) not in axes)
