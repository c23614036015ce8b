"""Branches, stop_gradient, gathered rows, and tapes that survive exceptions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difftape as dt
from difftape.tape import present


@pytest.mark.parametrize(("at", "slope"), [(5.0, 1.0), (50.0, 100.0)])
def test_where(at: float, slope: float) -> None:
    assert dt.grad(lambda x: dt.where(x < 10, x, x * x))(at) == slope
    assert dt.grad(lambda x: np.sum(np.where(x < 10, x, x * x)))(np.array([at])).tolist() == [slope]


def test_pythons_if_is_traced() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * 3 + y if y > 0 else x * 2

    x, y = dt.constant(2.0), dt.constant(1.0)
    with dt.GradientTape() as tape:
        tape.watch(x)
        z = f(x, y) * 2
    assert float(tape.gradient(z, x)) == 6.0


def test_pythons_while_is_traced() -> None:
    x, k = dt.constant(2.0), 0
    with dt.GradientTape() as tape:
        tape.watch(x)
        y = x * 1.0
        while k < 2:
            y, k = y * 2, k + 1
    assert float(tape.gradient(y, x)) == 4.0


ROOTS: list[Any] = [
    lambda x: np.where(x > 0, np.sqrt(x), 0.0),
    lambda x: np.where(x > 0, np.log(x), x * 0.0),
    lambda x: np.maximum(0.0, np.where(x > 0, x ** np.array([0.5, 0.5, 0.5]), 0.0)),
]


@pytest.mark.parametrize("f", ROOTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_nan_comes_out_of_an_untaken_branch(f: Any) -> None:
    x = np.array([-1.0, 0.0, 4.0])
    g = dt.grad(lambda x: np.sum(f(x)))(x)
    assert g[:2].tolist() == [0.0, 0.0]
    assert np.isfinite(g).all() and g[2] > 0
    second = dt.grad(lambda x: np.sum(dt.grad(lambda x: np.sum(f(x)))(x)))(x)
    assert second[:2].tolist() == [0.0, 0.0]
    assert np.isfinite(second).all() and second[2] < 0
    forward = dt.jvp(f, x, np.ones(3))[1]
    np.testing.assert_allclose(forward, g, rtol=1e-14)
    np.testing.assert_allclose(np.diag(dt.hessian(lambda x: np.sum(f(x)))(x)), second, rtol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_element_that_is_not_taken_passes_no_nan() -> None:
    g = dt.grad(lambda x: np.sum(np.sqrt(x)[1:]))(np.array([0.0, 4.0]))
    assert g.tolist() == [0.0, 0.25]
    assert dt.grad(lambda x: np.max(np.sqrt(x)))(np.array([0.0, 4.0])).tolist() == [0.0, 0.25]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_infinities_and_nan_flow_as_in_ieee() -> None:
    assert dt.grad(lambda x: np.sum(np.sqrt(x)))(np.array([0.0, 1.0])).tolist() == [np.inf, 0.5]
    assert np.isnan(dt.grad(lambda x: np.sum(x * np.nan))(np.array([1.0]))[0])
    assert np.isnan(dt.grad(lambda x: np.sqrt(x * x))(0.0))


def test_ties_share_or_take_the_first() -> None:
    x = np.array([1.0, 3.0, 3.0])
    assert dt.grad(lambda x: np.max(x))(x).tolist() == [0.0, 0.5, 0.5]
    assert dt.grad(lambda x, y: np.sum(np.maximum(x, y)), (0, 1))(x, x)[0].tolist() == [1.0, 1.0, 1.0]
    assert dt.grad(lambda x: np.sum(np.abs(x)))(np.zeros(2)).tolist() == [0.0, 0.0]
    assert dt.grad(lambda x: np.sum(dt.relu(x)))(np.zeros(2)).tolist() == [0.0, 0.0]


def test_stop_gradient_and_argmax() -> None:
    x = dt.Variable([1.0, 3.0])
    with dt.GradientTape(persistent=True) as tape:
        y = dt.stop_gradient(x * x)
        z = np.argmax(x)
        nest = dt.stop_gradient({"a": x, "b": [x * 2]})
        w = nest["a"] + nest["b"][0] * x
    assert tape.gradient(y, x) is None
    assert tape.gradient(z, x) is None
    assert tape.gradient(w, x).tolist() == [2.0, 6.0]


def test_what_is_behind_stop_gradient_is_never_called() -> None:
    called = []

    @dt.custom_gradient
    def f(x: Any) -> Any:
        def grad(dy: Any) -> Any:
            called.append(True)
            return dy

        return x * 2, grad

    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = f(dt.stop_gradient(x)) + x
    assert float(tape.gradient(y, x)) == 1.0
    assert called == []


def test_an_error_in_a_backward_function_comes_through() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        def grad(dy: Any) -> Any:
            raise RuntimeError("from the backward function")

        return x, grad

    with pytest.raises(RuntimeError, match="from the backward function"):
        dt.grad(f)(1.0)


def test_an_exception_leaves_no_tape_active() -> None:
    def f(x: Any) -> Any:
        raise LookupError("on the way")

    for call in (lambda: dt.grad(f)(1.0), lambda: dt.jvp(f, 1.0, 1.0), lambda: dt.hvp(f, 1.0, 1.0)):
        with pytest.raises(LookupError):
            call()
        assert present.here.recorders == []
    tape = dt.GradientTape()
    with pytest.raises(ZeroDivisionError), tape, dt.GradientTape():
        raise ZeroDivisionError
    assert present.here.recorders == []
    assert dt.grad(lambda x: x * x)(3.0) == 6.0


def test_an_exception_in_the_sweep_leaves_outer_tapes_as_they_were() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        def grad(dy: Any) -> Any:
            raise LookupError("no")

        return x * 2, grad

    x = dt.Variable(3.0)
    with dt.GradientTape() as outer:
        with pytest.raises(LookupError), dt.GradientTape() as inner:
            inner.gradient(f(x), x)
        y = x * x
    assert float(outer.gradient(y, x)) == 6.0


def test_a_function_that_returns_none() -> None:
    def forgetful(x: Any) -> None:
        x * x

    for call in (dt.grad(forgetful), dt.value_and_grad(forgetful), dt.jacobian(forgetful), dt.hessian(forgetful)):
        with pytest.raises(ValueError, match="Cannot differentiate a function that returns None; did you forget"):
            call(1.0)


def test_gathered_rows_are_added_up() -> None:
    x = np.random.default_rng(1).random((4, 2))
    i, j, k = np.array([0, 1]), np.array([2, 3]), np.array([1, 3])
    g = dt.grad(lambda x: np.sum(x[i] * x[j] * x[k]))(x)
    expected = np.zeros((4, 2))
    for rows, others in ((i, x[j] * x[k]), (j, x[i] * x[k]), (k, x[i] * x[j])):
        np.add.at(expected, rows, others)
    np.testing.assert_allclose(g, expected, rtol=1e-14)


def test_gathered_rows_and_a_dense_gradient_are_added_up() -> None:
    x = np.random.default_rng(1).random((4, 2))
    i = np.array([0, 1])
    g = dt.grad(lambda x: np.sum(x[i] * np.sum(x * 2.0)))(x)
    expected = np.full((4, 2), 2 * x[i].sum())
    np.add.at(expected, i, np.full((2, 2), 2 * x.sum()))
    np.testing.assert_allclose(g, expected, rtol=1e-14)
    assert dt.grad(lambda x: np.take(x, [0])[0])(np.array([3.0])).tolist() == [1.0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_slices_of_one_source_are_added_in_place_but_not_into_each_other(count: int) -> None:
    x = dt.Variable(np.arange(4.0))
    with dt.GradientTape(persistent=True) as tape:
        parts = [x[k : k + 2] for k in range(count)]
        y = sum(np.sum(p * p) for p in parts) + np.sum(x)
    first = tape.gradient(y, x)
    again = tape.gradient(y, [x, *parts])
    expected = np.ones(4)
    for k in range(count):
        expected[k : k + 2] += 2 * np.arange(4.0)[k : k + 2]
    assert first.tolist() == again[0].tolist() == expected.tolist()
    assert [g.tolist() for g in again[1:]] == [[2.0 * k, 2.0 * k + 2] for k in range(count)]


def test_two_runs_with_a_constant_half_agree() -> None:
    def run() -> Any:
        x = dt.Variable(np.arange(4.0))
        with dt.GradientTape() as tape:
            left, right = np.split(np.concatenate([x * x, np.ones(4)]), 2)
            y = np.sum(left * 3.0 + right)
        return tape.gradient(y, x).tolist()

    assert run() == run() == [0.0, 6.0, 12.0, 18.0]
