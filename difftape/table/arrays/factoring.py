"""Linear algebra of the last two axes: inv, solve, det, slogdet and cholesky.

Rules: Giles, "Collected matrix derivative results" (2008), and Murray, "Differentiation of the Cholesky
decomposition" (2016).  They hold for one matrix and for a stack of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...shapes import shape_of
from .contracting import levelled, matrix_product
from .kind import ARRAYS, ArrayPrimitive, LinearMap, nonlinear, numpy_function
from .shaping import reshape, sum_over, turned

inverse: ArrayPrimitive = nonlinear(
    "inv",
    lambda x: np.linalg.inv(x),
    lambda y, x: LinearMap(
        lambda g: -matrix_product(turned(y), matrix_product(g, turned(y))),
        lambda t: -matrix_product(y, matrix_product(t, y)),
    ),
    doc="the inverse matrix",
)
solution: ArrayPrimitive = nonlinear(
    "solve",
    lambda a, b: np.linalg.solve(a, b),
    lambda y, a, b: LinearMap(
        lambda g: -matrix_product(solution(turned(a), g), turned(y)),
        lambda t: -solution(a, matrix_product(t, y)),
    ),
    lambda y, a, b: LinearMap(lambda g: solution(turned(a), g), lambda t: solution(a, t)),
    batch=lambda size, flags, a, b: solution(*levelled(flags, a, b)),
    doc="the matrix y for which a @ y is b",
)
determinant: ArrayPrimitive = nonlinear(
    "det",
    lambda x: np.linalg.det(x),
    lambda y, x: LinearMap(lambda g: _each(g * y) * turned(inverse(x)), lambda t: y * _traced(inverse(x), t)),
    doc="the determinant",
)
log_determinant: ArrayPrimitive = nonlinear(
    "logabsdet",
    lambda x: np.linalg.slogdet(x)[1],
    lambda y, x: LinearMap(lambda g: _each(g) * turned(inverse(x)), lambda t: _traced(inverse(x), t)),
    doc="the logarithm of the determinant's size",
)
determinant_sign = ARRAYS["detsign"] = ArrayPrimitive(
    "detsign", lambda x: np.linalg.slogdet(x)[0], (0,), None, "the sign of the determinant"
)
root: ArrayPrimitive = nonlinear(
    "cholesky",
    lambda x: np.linalg.cholesky(x),
    lambda y, x: LinearMap(
        lambda g: _symmetric(
            solution(turned(y), turned(solution(turned(y), turned(_halved(matrix_product(turned(y), g))))))
        ),
        lambda t: matrix_product(y, _halved(solution(y, turned(solution(y, turned(_symmetric(t))))))),
    ),
    doc="the lower triangular matrix whose product with its transpose this is",
)


class Slogdet(NamedTuple):
    """The sign of a determinant, and the logarithm of its size."""

    sign: Any
    logabsdet: Any


@numpy_function("linalg.inv", "inv")
def inv(a: Any) -> Any:
    """The inverse of a matrix."""
    return inverse(_square(a, "inv"))


@numpy_function("linalg.solve", "solve")
def solve(a: Any, b: Any) -> Any:
    """The solution y of a @ y = b."""
    _square(a, "solve")
    if len(shape_of(b)) == 1:
        return reshape(solution(a, reshape(b, (*shape_of(b), 1))), (*shape_of(a)[:-2], *shape_of(b)))
    return solution(a, b)


@numpy_function("linalg.det", "det")
def det(a: Any) -> Any:
    """The determinant."""
    return determinant(_square(a, "det"))


@numpy_function("linalg.slogdet", "slogdet")
def slogdet(a: Any) -> Slogdet:
    """The sign of the determinant and the logarithm of its size."""
    _square(a, "slogdet")
    return Slogdet(determinant_sign(a), log_determinant(a))


@numpy_function("linalg.cholesky", "cholesky")
def cholesky(a: Any) -> Any:
    """The lower triangular factor of a symmetric positive definite matrix."""
    return root(_square(a, "cholesky"))


def _square(a: Any, name: str) -> Any:
    shape = shape_of(a)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"{name}: expected square matrices, found shape {shape}")
    return a


def _each(g: Any) -> Any:
    """A number for each matrix, as a matrix of one element."""
    return reshape(g, (*shape_of(g), 1, 1))


def _traced(a: Any, t: Any) -> Any:
    """The trace of the product of two matrices."""
    return sum_over(turned(a) * t, (-2, -1), False)


def _symmetric(x: Any) -> Any:
    return (x + turned(x)) / 2


def _halved(x: Any) -> Any:
    """The lower triangle, its diagonal halved."""
    n = shape_of(x)[-1]
    return x * (np.tri(n) - np.eye(n) / 2)
