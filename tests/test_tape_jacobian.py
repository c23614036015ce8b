"""jacobian and batch_jacobian: their shapes, their values, nested, and in chunks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difftape as dt


@pytest.mark.parametrize("pfor", [True, False])
def test_the_jacobian_by_two_sources(pfor: bool) -> None:
    x, y = dt.constant([1.0, 2.0]), dt.constant([3.0, 4.0])
    with dt.GradientTape() as tape:
        tape.watch([x, y])
        z = x * x * y
    jx, jy = tape.jacobian(z, [x, y], experimental_use_pfor=pfor)
    np.testing.assert_array_equal(jx, np.diag(2 * np.array([1.0, 2.0]) * [3.0, 4.0]))
    np.testing.assert_array_equal(jy, np.diag([1.0, 4.0]))


def test_its_shape_is_the_targets_and_the_sources() -> None:
    x = dt.Variable(np.ones((2, 3)))
    with dt.GradientTape(persistent=True) as tape:
        y = x @ np.ones((3, 4))
        z = np.sum(x)
    assert tape.jacobian(y, x).shape == (2, 4, 2, 3)
    assert tape.jacobian(z, x).shape == (2, 3)
    assert tape.jacobian(y, {"x": [x]})["x"][0].shape == (2, 4, 2, 3)
    s = dt.Variable(2.0)
    with dt.GradientTape() as tape:
        w = s * np.arange(3.0)
    assert tape.jacobian(w, s).tolist() == [0.0, 1.0, 2.0]


def test_several_targets_give_a_nest_of_jacobians() -> None:
    x = dt.Variable([1.0, 2.0])
    with dt.GradientTape() as tape:
        y, z = x * x, np.sum(x)
    jy, jz = tape.jacobian([y, z], x)
    assert (jy.tolist(), jz.tolist()) == ([[2.0, 0.0], [0.0, 4.0]], [1.0, 1.0])


@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_the_rows_may_be_swept_in_chunks(chunk: int | None) -> None:
    x = dt.Variable(np.random.default_rng(0).normal(size=(3, 3)))
    with dt.GradientTape(persistent=True) as tape:
        y = x @ x
    expected = tape.jacobian(y, x)
    np.testing.assert_array_equal(tape.jacobian(y, x, parallel_iterations=chunk), expected)
    assert expected.shape == (3, 3, 3, 3)


def test_a_batch_of_hessians() -> None:
    x = dt.Variable(np.random.default_rng(0).normal(size=(10, 3)))
    with dt.GradientTape() as outer:
        with dt.GradientTape() as inner:
            y = np.sum(x * x)
        g = inner.gradient(y, x)
    np.testing.assert_allclose(outer.batch_jacobian(g, x), np.broadcast_to(2 * np.eye(3), (10, 3, 3)), rtol=1e-15)


def test_nested_jacobians_are_third_derivatives() -> None:
    x = dt.Variable([0.3, -0.5])
    with dt.GradientTape() as second:
        with dt.GradientTape() as first:
            y = np.sin(x) * x[::-1] ** 2
        j = first.jacobian(y, x)
    hessians = second.jacobian(j, x)

    def f(a: float, b: float) -> list[list[list[float]]]:
        return [
            [[-np.sin(a) * b**2, 2 * b * np.cos(a)], [2 * b * np.cos(a), 2 * np.sin(a)]],
            [[2 * np.sin(b), 2 * a * np.cos(b)], [2 * a * np.cos(b), -np.sin(b) * a**2]],
        ]

    np.testing.assert_allclose(hessians, f(0.3, -0.5), rtol=1e-14)


def test_nested_batch_jacobians_agree_with_differences() -> None:
    x0 = np.random.default_rng(3).normal(size=(3, 2))

    def inner(x: Any) -> Any:
        with dt.GradientTape() as tape:
            tape.watch(x)
            y = np.tanh(x) * np.flip(x, 1)
        return tape.batch_jacobian(y, x)

    x = dt.constant(x0)
    with dt.GradientTape() as tape:
        tape.watch(x)
        j = inner(x)
    found = tape.batch_jacobian(j, x)
    h = 1e-5
    for k in range(2):
        step = np.zeros(2)
        step[k] = h
        ends = [np.asarray(inner(dt.constant(x0 + s * step))) for s in (1, -1)]
        np.testing.assert_allclose(np.asarray(found)[..., k], (ends[0] - ends[1]) / (2 * h), rtol=1e-3, atol=1e-8)


def test_a_branch_and_two_orders() -> None:
    f = dt.jacobian(lambda x: x**3 if x > 0 else x)
    assert f(1.0) == 3.0
    assert dt.jacobian(f)(1.0) == 6.0


def test_gathered_rows() -> None:
    x = dt.Variable(np.arange(6.0).reshape(3, 2))
    with dt.GradientTape() as tape:
        y = np.sum(x[[0, 2, 0]] ** 2, axis=1)
    j = np.asarray(tape.jacobian(y, x))
    assert j[0, 0].tolist() == [0.0, 2.0]
    assert j[1, 2].tolist() == [8.0, 10.0]
    assert j[2].tolist() == j[0].tolist()


def test_an_empty_target_has_an_empty_jacobian() -> None:
    x = dt.Variable(np.ones((0, 3)))
    with dt.GradientTape(persistent=True) as tape:
        y = x @ np.ones((3, 2))
    assert tape.jacobian(y, x).shape == (0, 2, 0, 3)
    assert tape.batch_jacobian(y, x).shape == (0, 2, 3)
    assert tape.gradient(y, x).shape == (0, 3)


def test_inside_the_tape() -> None:
    x = dt.constant([[3.0]])
    with dt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * y
        j = tape.jacobian(z, x)
    assert j.tolist() == [[[[108.0]]]]
    with dt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        b = tape.batch_jacobian(y * y, x)
    assert b.tolist() == [[[108.0]]]


def test_unconnected() -> None:
    x, y = dt.Variable([1.0, 2.0]), dt.Variable([1.0])
    with dt.GradientTape(persistent=True) as tape:
        z = x * x
    assert tape.jacobian(z, y) is None
    assert tape.jacobian(z, y, unconnected_gradients="zero").tolist() == [[0.0], [0.0]]


def test_batch_jacobian() -> None:
    x, y = dt.constant([[1.0, 2.0], [3.0, 4.0]]), dt.constant([[3.0, 4.0], [5.0, 6.0]])
    with dt.GradientTape() as tape:
        tape.watch(x)
        z = x * x * y
    expected = np.stack([np.diag(2 * a * b) for a, b in zip(x.numpy(), y.numpy(), strict=True)])
    np.testing.assert_array_equal(tape.batch_jacobian(z, x), expected)


def test_batch_jacobian_of_more_axes_agrees_with_the_jacobian() -> None:
    x = dt.Variable(np.random.default_rng(0).normal(size=(2, 3)))
    with dt.GradientTape(persistent=True) as tape:
        y = np.sin(x)[:, :, None] * x[:, None, 1:]
    whole, batch = np.asarray(tape.jacobian(y, x)), np.asarray(tape.batch_jacobian(y, x))
    np.testing.assert_allclose(batch, np.stack([whole[k, ..., k, :] for k in range(2)]), rtol=1e-15)


def test_batch_jacobian_has_its_errors() -> None:
    x, y, v = dt.Variable(np.ones((2, 3))), dt.Variable(np.ones((3, 2))), dt.Variable(np.ones(2))
    with dt.GradientTape(persistent=True) as tape:
        z = y * y
        w = v * v
    with pytest.raises(ValueError, match="Need first dimension of target shape"):
        tape.batch_jacobian(z, x)
    with pytest.raises(ValueError, match="must have rank at least 2"):
        tape.batch_jacobian(z, v)
    with pytest.raises(ValueError, match=r"Shape \(2,\) must have rank at least 2"):
        tape.batch_jacobian(w, x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_unconnected_batch_jacobian_is_zeros_of_the_right_type(dtype: Any) -> None:
    x, y = dt.Variable(np.ones((1, 2), dtype)), dt.Variable(np.ones((1, 3), dtype))
    with dt.GradientTape(persistent=True) as tape:
        z = y * y
    for word in ("none", "zero"):
        found = tape.batch_jacobian(z, x, unconnected_gradients=word)
        assert (found.shape, found.dtype, np.any(found.numpy())) == ((1, 3, 2), dtype, False)
    assert tape.batch_jacobian(z, y).dtype == dtype


def test_a_degenerate_shape() -> None:
    x = dt.Variable(np.zeros((1, 0)))
    with dt.GradientTape() as tape:
        y = x * x
    assert tape.batch_jacobian(y, x).shape == (1, 0, 0)


def test_strided_slices() -> None:
    x = dt.Variable(np.arange(8.0).reshape(2, 4))
    with dt.GradientTape() as tape:
        y = x[:, ::2] * x[:, 1::2]
    found = np.asarray(tape.batch_jacobian(y, x))
    assert found[0].tolist() == [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 3.0, 2.0]]


def test_hessians_and_products_with_them() -> None:
    def rosenbrock(x: Any) -> Any:
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    x = np.random.default_rng(0).normal(size=6)
    h = dt.hessian(rosenbrock)(x)
    v = np.random.default_rng(1).normal(size=6)
    np.testing.assert_allclose(dt.hvp(rosenbrock, x, v), h @ v, rtol=1e-12)
    np.testing.assert_allclose(h, h.T, rtol=1e-14)
    expected = np.diag(np.r_[1200 * x[:-1] ** 2 - 400 * x[1:] + 2, 0] + np.r_[0, np.full(5, 200)])
    expected -= np.diag(400 * x[:-1], 1) + np.diag(400 * x[:-1], -1)
    np.testing.assert_allclose(h, expected, rtol=1e-12, atol=1e-12)
