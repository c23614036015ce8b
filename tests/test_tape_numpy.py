"""Tensors as citizens of NumPy: operators, protocols, methods, comparisons, conversions and representations."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import difftape as dt


def test_ordinary_numpy_on_variables() -> None:
    x, y, w = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0]), dt.Variable([0.1, 0.2, 0.3])
    with dt.GradientTape() as tape:
        p = np.sin(x @ w)
        loss = np.mean((y - p) ** 2) + np.sum(w[1:, None])
    expected = x.T @ (2 * (np.sin(x @ w.numpy()) - y) * np.cos(x @ w.numpy())) / 2 + [0.0, 1.0, 1.0]
    np.testing.assert_allclose(tape.gradient(loss, w), expected, rtol=1e-14)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "matmul", "mod", "floordiv"])
def test_operators_on_both_sides(name: str) -> None:
    f = getattr(operator, name)
    a, b = np.array([[1.5, 2.0], [0.5, 3.0]]), np.array([[2.0, 1.0], [0.7, 0.3]])
    for left, right in ((dt.constant(a), b), (a, dt.constant(b)), (dt.constant(a), dt.constant(b))):
        y = f(left, right)
        assert isinstance(y, dt.Tensor)
        np.testing.assert_allclose(y, f(a, b), rtol=1e-15)


def test_comparisons_are_elementwise_and_the_hash_is_the_identity() -> None:
    x, y = dt.constant([1.0, 2.0]), dt.constant([1.0, 3.0])
    assert (x == y).tolist() == [True, False]
    assert (x != y).tolist() == [False, True]
    assert (x < y).tolist() == [False, True]
    assert (x >= 2.0).tolist() == [False, True]
    assert len({x, y, dt.constant([1.0, 2.0])}) == 3
    assert (x == "text") is False
    assert (x == None) is False  # noqa: E711
    assert bool(dt.constant(2.0) == 2.0)
    assert dt.constant(2.0) == pytest.approx(2.0 + 1e-9)


def test_a_value_compared_with_zero_takes_the_right_branch() -> None:
    def sinc(x: Any) -> Any:
        return np.where(x == 0, 1.0, np.sin(x) / np.where(x == 0, 1.0, x))

    assert dt.grad(lambda x: np.sum(sinc(x)))(np.array([0.0, np.pi])).tolist() == [0.0, -1 / np.pi]


def test_conversions() -> None:
    x, s = dt.constant([1.0, 2.0]), dt.constant(2.5)
    assert (float(s), int(s), bool(s), complex(s), f"{s:.1f}", str(s)) == (2.5, 2, True, 2.5 + 0j, "2.5", "2.5")
    assert (x.tolist(), s.item(), len(x), list(map(float, x))) == ([1.0, 2.0], 2.5, 2, [1.0, 2.0])
    assert np.asarray(x).dtype == np.float64
    assert [10, 20, 30][dt.constant(1)] == 20
    with pytest.raises(TypeError, match=r"len\(\)"):
        len(s)
    assert 2.0 in x


def test_shapes_and_dtypes() -> None:
    x = dt.Variable(np.ones((2, 3), np.float32))
    assert (x.shape, x.ndim, x.size, x.dtype) == ((2, 3), 2, 6, np.float32)
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2, 3), 2, 6)
    assert np.zeros_like(x).dtype == np.float32
    assert (dt.constant(1.0).shape, dt.constant(1.0).dtype) == ((), np.float64)


def test_representations_are_for_people() -> None:
    assert repr(dt.Variable([1.0, 2.0], name="w")) == "<Variable 'w' shape=(2,) float64>"
    assert repr(dt.constant(2.0)) == "<Tensor 2.0>"
    assert repr(dt.constant([1.0, 2.0])) == "<Tensor shape=(2,) float64 [1. 2.]>"
    assert repr(dt.constant(np.ones((9, 9)))) == "<Tensor shape=(9, 9) float64>"
    assert repr(dt.GradientTape()) == "<GradientTape idle, 0 steps>"


def test_methods() -> None:
    a = np.arange(6.0).reshape(2, 3) + 1
    x = dt.constant(a)
    for name, args in {
        "sum": (0,), "mean": (), "prod": (1,), "max": (), "min": (0,), "var": (), "std": (1,), "cumsum": (1,),
        "argmax": (), "ravel": (), "flatten": (), "transpose": (), "swapaxes": (0, 1), "clip": (2.0, 4.0),
        "repeat": (2,), "round": (), "reshape": (3, 2), "take": ([0, 1],), "trace": (), "diagonal": (), "copy": (),
    }.items():  # fmt: skip
        np.testing.assert_allclose(getattr(x, name)(*args), getattr(a, name)(*args), rtol=1e-15, err_msg=name)
    np.testing.assert_allclose(x.T, a.T)


def test_functions_that_only_look() -> None:
    x = dt.constant([1.0, np.nan, 2.0])
    assert np.isnan(x).tolist() == [False, True, False]
    assert np.allclose(dt.constant([1.0]), [1.0])
    assert np.array_equal(dt.constant([1.0]), dt.constant([1.0]))
    assert bool(np.any(x > 1.0))
    assert np.where(x > 1.0)[0].tolist() == [2]
    assert np.round(dt.constant([1.26]), 1).tolist() == [1.3]
    assert np.argsort(dt.constant([2.0, 1.0])).tolist() == [1, 0]


def test_lists_of_tensors_are_joined_by_name() -> None:
    v, w = dt.Variable(1.0), dt.Variable(2.0)
    with dt.GradientTape() as tape:
        y = dt.sum(dt.stack([v, 3 * w])) + dt.mean([v, w]) + dt.concatenate([[1.0], dt.stack([w])]).sum()
    assert [float(g) for g in tape.gradient(y, [v, w])] == [1.5, 4.5]


def test_variables_assign() -> None:
    v = dt.Variable([1.0, 2.0])
    assert v.assign_add([1.0, 1.0]).assign_sub(dt.constant([0.5, 0.5])).tolist() == [1.5, 2.5]
    v.assign([3, 4])
    assert (v.tolist(), v.dtype) == ([3.0, 4.0], np.float64)
    s = dt.Variable(1.0)
    s.assign(np.float32(2.0))
    assert type(s.numpy()) is float
    assert dt.Variable(3, dtype=float).numpy() == 3.0
    assert dt.Variable(dt.constant(2.0)).numpy() == 2.0
    assert dt.constant([1, 2], dtype=np.float32).dtype == np.float32


def test_numpys_scalars() -> None:
    x = dt.Variable(np.float32(2.0))
    with dt.GradientTape() as tape:
        y = x * x * np.float32(3.0)
    g = tape.gradient(y, x)
    assert (g.dtype, float(g)) == (np.float32, 12.0)
    assert type(dt.constant(np.float64(2.0)).numpy()) is float
