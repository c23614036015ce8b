"""Functions of arrays, each written as a user of NumPy would, with arguments to check their derivatives at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import difftape as dt

R = np.random.default_rng(7)
TRAPEZOID = np.trapezoid if hasattr(np, "trapezoid") else np.trapz  # type: ignore[attr-defined]


def away(*shape: int) -> Any:
    """Numbers of different sizes between 0.3 and 2, far from ties."""
    n = int(np.prod(shape))
    return R.permutation(np.linspace(0.3, 2.0, max(n, 1)))[:n].reshape(shape)


def signed(*shape: int) -> Any:
    """The same, of both signs."""
    return away(*shape) * R.choice((-1.0, 1.0), shape)


def positive_definite(n: int) -> Any:
    """A symmetric matrix with eigenvalues above 1."""
    a = R.normal(size=(n, n))
    return a @ a.T + np.eye(n)


Case = tuple[str, Callable[..., Any], tuple[Any, ...]]

ELEMENTWISE: list[Case] = [
    ("broadcast_add", lambda a, b: a + b * a, (signed(2, 3), signed(3))),
    ("broadcast_column", lambda a, b: a / b - b, (signed(2, 3), away(2, 1))),
    ("broadcast_scalar", lambda a, s: a * s + s, (signed(2, 3), 1.7)),
    ("array_on_the_left", lambda a: np.ones((2, 3)) * a + np.arange(3.0) / a, (away(3),)),
    ("power", lambda a, b: a**b, (away(2, 3), signed(3))),
    ("cube", lambda a: a**3, (signed(4),)),
    ("rpower", lambda a: 2.0**a, (signed(4),)),
    ("ufuncs", lambda a: np.sin(a) * np.exp(a) - np.log(a * a) + np.arctan(a) + np.tanh(a), (signed(5),)),
    ("inverse_ufuncs", lambda a: np.arcsin(a) + np.arccos(a) + np.arctanh(a) + np.log1p(a), (signed(5) / 3,)),
    ("roots", lambda a: np.sqrt(a) + np.cbrt(a) + np.square(a) + np.reciprocal(a), (away(5),)),
    ("hyperbolic", lambda a: np.sinh(a) + np.cosh(a) + np.arcsinh(a) + np.expm1(a) + np.exp2(a), (signed(5),)),
    ("arctan2_hypot", lambda a, b: np.arctan2(a, b) + np.hypot(a, b), (signed(4), signed(4))),
    ("maximum_minimum", lambda a, b: np.maximum(a, b) * 2 + np.minimum(a, b), (signed(6), signed(6))),
    ("logaddexp", lambda a, b: np.logaddexp(a, b), (signed(4), signed(4))),
    ("absolute", lambda a: np.abs(a) * a + np.fabs(a), (signed(4),)),
    ("where", lambda a, b: np.where(a > 0, a * b, b / a), (signed(6), signed(6))),
    ("clip", lambda a: np.clip(a, -0.95, 1.05) * a, (signed(6),)),
    ("remainder", lambda a: np.remainder(a, 0.71) * a + a // 0.73 + a % 0.47, (away(5),)),
    ("angles", lambda a: np.deg2rad(a) * np.rad2deg(a) + np.radians(a) + np.degrees(a), (signed(4),)),
    ("sinc", lambda a: np.sinc(a), (away(4),)),
    ("copysign_sign", lambda a: np.copysign(a, -1.0) * a + np.sign(a) * a, (signed(4),)),
    ("sigmoid_softplus", lambda a: dt.sigmoid(a) * dt.softplus(a) + dt.relu(a) * a, (signed(5),)),
    ("erf_gamma", lambda a: dt.erf(a) + dt.lgamma(a) * dt.gamma(a), (away(3),)),
    ("nan_to_num", lambda a: np.nan_to_num(a) * a, (signed(3),)),
    ("negative_positive", lambda a: -a * +a + np.negative(np.positive(a)) ** 3, (signed(3),)),
    ("float_power", lambda a: np.float_power(a, 2.5), (away(3),)),
    ("divide_fmod", lambda a: np.divide(a, 3) + np.fmod(a, 0.71) * a + np.trunc(a) * a, (away(4),)),
    ("log_bases", lambda a: np.log2(a) * np.log10(a), (away(4),)),
    ("arccosh", lambda a: np.arccosh(a), (away(4) + 1,)),
]

REDUCTIONS: list[Case] = [
    ("sum", lambda a: np.sum(a * a), (signed(2, 3),)),
    ("sum_axis", lambda a: np.sum(a * a, axis=0), (signed(2, 3),)),
    ("sum_axes_kept", lambda a: np.sum(a, axis=(0, 2), keepdims=True) * a, (signed(2, 3, 2),)),
    ("sum_method", lambda a: (a * a).sum(axis=-1).mean(), (signed(2, 3),)),
    ("add_reduce", lambda a: np.add.reduce(a * a) + np.multiply.reduce(a), (signed(3, 2),)),
    ("mean", lambda a: np.mean(a * a, axis=1, keepdims=True), (signed(2, 3),)),
    ("average", lambda a: np.average(a, weights=a * a), (signed(5),)),
    ("prod", lambda a: np.prod(a), (signed(5),)),
    ("prod_axis", lambda a: np.prod(a, axis=0) + np.prod(a, axis=(0, 1), keepdims=True), (signed(3, 4),)),
    ("prod_with_zeros", lambda a: np.prod(a * np.array([0.0, 1.0, 0.0, 1.0]) + a * a * 0.1), (signed(4),)),
    ("max", lambda a: np.max(a * a, axis=1), (signed(3, 4),)),
    ("min_all", lambda a: np.min(a * a) * np.max(a), (signed(3, 4),)),
    ("ptp", lambda a: np.ptp(a, axis=0) ** 2, (signed(3, 4),)),
    ("logsumexp", lambda a: dt.logsumexp(a, axis=1), (signed(2, 3),)),
    ("cumsum", lambda a: np.cumsum(a * a, axis=1), (signed(2, 3),)),
    ("cumsum_flat", lambda a: np.cumsum(a) * np.add.accumulate(a.ravel()), (signed(2, 3),)),
    ("cumprod", lambda a: np.cumprod(a, axis=0), (signed(5, 2),)),
    ("norm", lambda a: np.linalg.norm(a), (signed(2, 3),)),
    ("norm_rows", lambda a: np.linalg.norm(a, axis=1) * np.linalg.norm(a, ord=1, axis=1), (signed(2, 3),)),
    ("norm_3", lambda a: np.linalg.norm(a, ord=3) * np.linalg.norm(a, ord=np.inf), (signed(4),)),
    ("var_std", lambda a: np.var(a, axis=0, ddof=1) * np.std(a, axis=0), (signed(4, 2),)),
    ("diff", lambda a: np.diff(a, n=2) ** 2, (signed(5),)),
]

SHAPES: list[Case] = [
    ("transpose", lambda a: a.T * np.transpose(a, (1, 0)), (signed(2, 3),)),
    ("reshape", lambda a: np.reshape(a, (3, -1)) * a.reshape(3, 2), (signed(2, 3),)),
    ("ravel", lambda a: np.ravel(a) ** 2 + a.flatten(), (signed(2, 3),)),
    ("concatenate", lambda a, b: np.concatenate([a, b * b, a], axis=1), (signed(2, 3), signed(2, 1))),
    ("stack", lambda a, b: np.stack([a, a * b], axis=-1), (signed(3), signed(3))),
    ("hstack_vstack", lambda a: np.hstack([a, a * a]).sum() * np.vstack([a, a]), (signed(3),)),
    ("split", lambda a: np.split(a * a, 2)[1] * np.split(a, [1, 3])[1], (signed(4),)),
    ("expand_squeeze", lambda a: np.squeeze(np.expand_dims(a, (0, 2)) ** 2), (signed(3),)),
    ("broadcast_to", lambda a: np.broadcast_to(a, (2, 4, 3)) * 2, (signed(4, 1),)),
    (
        "moveaxis_swapaxes",
        lambda a: np.moveaxis(a, 0, -1) * np.swapaxes(a, 0, 2).swapaxes(0, 1),
        (signed(2, 3, 4),),
    ),
    ("flip_roll", lambda a: np.flip(a, 1) * np.roll(a, 1, axis=0) + np.roll(a, -2), (signed(2, 3),)),
    ("fliplr", lambda a: np.fliplr(a) * np.flipud(a), (signed(2, 3),)),
    ("pad", lambda a: np.pad(a * a, ((1, 0), (0, 2))), (signed(2, 3),)),
    ("pad_modes", lambda a: np.pad(a, 2, mode="reflect") * np.pad(a, 2, mode="edge"), (signed(4),)),
    ("tile_repeat", lambda a: np.tile(a, (2, 2)) * np.repeat(np.repeat(a, 2, axis=0), 2, axis=1), (signed(2, 3),)),
    ("tril_triu", lambda a: np.tril(a) * 2 + np.triu(a, 1) ** 2, (signed(3, 3),)),
    ("diag_trace", lambda a: np.diag(a) * np.trace(a) + np.diag(np.diag(a) ** 2, 1).sum(), (signed(3, 3),)),
    ("diagonal", lambda a: np.diagonal(a, 1) ** 2, (signed(3, 4),)),
    ("atleast", lambda a: np.atleast_2d(a) * np.atleast_1d(a), (signed(3),)),
    ("sort", lambda a: np.sort(a * a, axis=0) * np.arange(3.0)[:, None], (signed(3, 2),)),
    ("take_along", lambda a: np.take_along_axis(a, np.argsort(a, axis=1)[:, :2], axis=1) ** 2, (signed(2, 3),)),
    ("take", lambda a: np.take(a, [0, 2, 2], axis=1) ** 2, (signed(2, 3),)),
]

INDEXING: list[Case] = [
    ("basic", lambda a: a[1:, None, ::-1] ** 2, (signed(3, 4),)),
    ("number", lambda a: a[-1] * a[0, 1], (signed(3, 4),)),
    ("ellipsis", lambda a: a[..., 0] * a[:, 1:2, ...][:, 0], (signed(3, 4),)),
    ("fancy", lambda a: a[[0, 2, 2]] ** 2, (signed(3, 2),)),
    ("fancy_pairs", lambda a: a[np.array([0, 1, 1]), np.array([1, 0, 0])] ** 2, (signed(2, 3),)),
    ("fancy_apart", lambda a: a[np.array([0, 1]), :, np.array([1, 0])] ** 2, (signed(2, 3, 2),)),
    ("boolean", lambda a: a[a > 0] ** 2, (signed(6),)),
    ("iteration", lambda a: sum((row * k).sum() for k, row in enumerate(a * a)), (signed(3, 2),)),
    ("argmax_index", lambda a: a[np.argmax(a)] ** 2, (signed(5),)),
]

PRODUCTS: list[Case] = [
    ("matmul", lambda a, b: a @ b, (signed(2, 3), signed(3, 4))),
    ("matmul_vector", lambda a, b: np.matmul(a, b), (signed(2, 3), signed(3))),
    ("vector_matmul", lambda a, b: a @ b, (signed(3), signed(3, 2))),
    ("vectors", lambda a, b: a @ b, (signed(3), signed(3))),
    ("matmul_stacked", lambda a, b: a @ b, (signed(2, 2, 3), signed(3, 2))),
    ("matmul_broadcast", lambda a, b: a @ b, (signed(2, 1, 2, 3), signed(3, 3, 2))),
    ("array_matmul", lambda a: np.arange(6.0).reshape(2, 3) @ a, (signed(3, 2),)),
    ("dot", lambda a, b: np.dot(a, b) + a.dot(b), (signed(2, 3), signed(3))),
    ("dot_stacked", lambda a, b: np.dot(a, b), (signed(2, 3), signed(2, 3, 2))),
    ("inner_vdot", lambda a, b: np.inner(a, b) * np.vdot(a, b), (signed(2, 3), signed(2, 3))),
    ("outer", lambda a, b: np.outer(a, b) ** 2 + np.multiply.outer(a, b), (signed(2), signed(3))),
    ("tensordot", lambda a, b: np.tensordot(a, b, axes=([1, 0], [0, 1])), (signed(2, 3, 2), signed(3, 2))),
    ("einsum", lambda a, b: np.einsum("ij,jk->ki", a, b), (signed(2, 3), signed(3, 2))),
    ("einsum_implicit", lambda a, b: np.einsum("ij,j", a, b), (signed(2, 3), signed(3))),
    ("einsum_trace", lambda a: np.einsum("ii", a * a) + np.einsum("ij->j", a).sum(), (signed(3, 3),)),
    ("einsum_diagonal", lambda a: np.einsum("ii->i", a) ** 2, (signed(3, 3),)),
    ("einsum_dots", lambda a, b: np.einsum("...ij,...jk->...ik", a, b), (signed(2, 2, 3), signed(3, 2))),
    ("einsum_three", lambda a, b, c: np.einsum("i,ij,j->", a, b, c), (signed(2), signed(2, 3), signed(3))),
]

LINALG: list[Case] = [
    ("inv", lambda a: np.linalg.inv(a), (positive_definite(3),)),
    ("inv_stacked", lambda a: np.linalg.inv(a), (np.stack([positive_definite(2), positive_definite(2)]),)),
    ("solve", lambda a, b: np.linalg.solve(a, b), (positive_definite(3), signed(3))),
    ("solve_matrix", lambda a, b: np.linalg.solve(a, b), (positive_definite(3), signed(3, 2))),
    ("det", lambda a: np.linalg.det(a), (positive_definite(3),)),
    ("slogdet", lambda a: np.linalg.slogdet(a)[1], (positive_definite(3),)),
    ("cholesky", lambda a: np.linalg.cholesky((a + a.T) / 2), (positive_definite(3),)),
]

LOSSES: list[Case] = [
    ("softmax", lambda a: dt.softmax(a), (signed(2, 3),)),
    ("log_softmax", lambda a: dt.log_softmax(a, axis=0), (signed(2, 3),)),
    ("cross_entropy", lambda a: dt.softmax_cross_entropy(a, np.array([0, 2])), (signed(2, 3),)),
    ("cross_entropy_rows", lambda a: dt.softmax_cross_entropy(a, np.full((2, 3), 1 / 3)), (signed(2, 3),)),
    ("binary", lambda a: dt.sigmoid_cross_entropy(a, np.array([0.0, 1.0, 0.3])), (signed(3),)),
    ("squares", lambda a: dt.mean_squared_error(a, np.arange(3.0)), (signed(3),)),
]

COMPOSED: list[Case] = [
    ("select", lambda a: np.select([a > 1, a > 0], [a * a, a**3], -a), (signed(6),)),
    ("nansum", lambda a: np.nansum(a * a) * np.nanmean(a), (signed(4),)),
    ("median", lambda a: np.median(a, axis=0) * np.median(a), (signed(4, 3),)),
    ("kron", lambda a, b: np.kron(a, b) ** 2, (signed(2, 2), signed(1, 3))),
    ("cross", lambda a, b: np.cross(a, b) ** 2, (signed(2, 3), signed(3))),
    ("polyval", lambda a, x: np.polyval(a, x), (signed(3), signed(4))),
    ("linspace", lambda a, b: np.linspace(a, b, 5) ** 2, (0.7, 2.0)),
    ("trapezoid", lambda y: TRAPEZOID(y * y, dx=0.5) + TRAPEZOID(y, np.arange(4.0) ** 2), (signed(4),)),
    ("meshgrid", lambda a, b: np.meshgrid(a, b)[0] * np.meshgrid(a, b)[1] ** 2, (signed(2), signed(3))),
]

CASES: list[Case] = ELEMENTWISE + REDUCTIONS + SHAPES + INDEXING + PRODUCTS + LINALG + LOSSES + COMPOSED
