"""Forward mode: tangents, their orders, and forward over reverse over forward."""

from __future__ import annotations

import gc
import math
import weakref
from typing import Any

import numpy as np
import pytest

import difftape as dt


def test_a_jvp_by_hand() -> None:
    x = dt.constant(0.1)
    with dt.ForwardAccumulator(x, dt.constant(0.2)) as acc:
        y = dt.sin(x)
    assert float(acc.jvp(y)) == pytest.approx(math.cos(0.1) * 0.2, rel=1e-15)
    assert float(acc.jvp(x)) == 0.2


def test_a_variable_that_is_not_watched() -> None:
    x, v = dt.constant(1.0), dt.Variable(1.0)
    with dt.ForwardAccumulator(x, dt.constant(1.0)) as acc:
        y = v * 2
        assert acc.jvp(v) is None
        assert acc.jvp(y) is None
    assert float(acc.jvp(v, unconnected_gradients="zero")) == 0.0


def test_a_variable_that_is_watched() -> None:
    v = dt.Variable([1.0, 2.0])
    with dt.ForwardAccumulator(v, np.array([3.0, 4.0])) as acc:
        assert acc.jvp(v).tolist() == [3.0, 4.0]
        y = v * v
    assert acc.jvp(y).tolist() == [6.0, 16.0]


def test_a_primal_given_twice() -> None:
    x = dt.constant(-2.0)
    with pytest.raises(ValueError, match=r"Tensor <Tensor -2.0> was specified as a primal multiple times"):
        dt.ForwardAccumulator([x, x], [1.0, 2.0])
    with dt.ForwardAccumulator([x], [3.0]) as acc:
        assert float(acc.jvp(x)) == 3.0
        acc._watch(x, dt.constant(10.0))
        acc._watch(x, dt.constant(11.0))
        y = 3.0 * x
    assert [float(acc.jvp(x)), float(acc.jvp(y))] == [24.0, 72.0]


def test_entered_again() -> None:
    x = dt.constant(-2.0)
    with dt.ForwardAccumulator(x, 1.5) as acc:
        y = 4.0 * x
        assert float(acc.jvp(y)) == 6.0
        with pytest.raises(ValueError, match="already recording"), acc:
            pass
    z = 4.0 * x
    assert acc.jvp(z) is None
    with acc:
        yy = y * y
    assert float(acc.jvp(yy)) == -96.0


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_orders_of_pure_forward_mode(order: int) -> None:
    def f(x: Any) -> Any:
        return x**3.5

    def derivative(k: int) -> Any:
        return f if k == 0 else lambda x: dt.jvp(derivative(k - 1), x, 1.0)[1]

    exact = np.prod([3.5 - j for j in range(order)]) * 1.1 ** (3.5 - order)
    assert derivative(order)(1.1) == pytest.approx(exact, rel=1e-14)


def test_accumulators_do_not_see_those_around_them() -> None:
    x = dt.constant(1.1)
    with dt.ForwardAccumulator(x, 1.0) as outer, dt.ForwardAccumulator(x, 1.0) as inner:
        y = x**3.5
    first = inner.jvp(y)
    assert float(outer.jvp(first)) == pytest.approx(3.5 * 2.5 * 1.1**1.5, rel=1e-14)
    assert inner.jvp(outer.jvp(y)) is None


@pytest.mark.parametrize("accumulator_first", [True, False])
def test_backward_over_forward_depends_on_nesting_only(accumulator_first: bool) -> None:
    c = dt.constant(1.0)
    if accumulator_first:
        acc, tape = dt.ForwardAccumulator(c, 0.1), dt.GradientTape()
    else:
        tape, acc = dt.GradientTape(), dt.ForwardAccumulator(c, 0.1)
    with tape, acc:
        tape.watch(c)
        d = dt.cos(c)
    assert float(tape.gradient(acc.jvp(d), c)) == pytest.approx(-0.1 * math.cos(1.0))


@pytest.mark.parametrize("accumulator_first", [True, False])
def test_a_tape_inside_does_not_see_tangents(accumulator_first: bool) -> None:
    c = dt.constant(1.0)
    if accumulator_first:
        acc, tape = dt.ForwardAccumulator(c, 0.1), dt.GradientTape()
    else:
        tape, acc = dt.GradientTape(), dt.ForwardAccumulator(c, 0.1)
    with tape:
        pass
    with acc, tape:
        tape.watch(c)
        d = dt.cos(c)
        e = dt.cos(acc.jvp(d))
        gone = weakref.ref(e)
        del e
        assert gone() is None
    assert tape.gradient(acc.jvp(d), c) is None


def test_forward_over_backward_is_backward_over_forward() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * np.exp(x @ np.ones((3, 3))) / (1 + x * x))

    x, v = np.array([0.3, -0.7, 1.1]), np.array([1.0, -2.0, 0.5])
    one = dt.hvp(f, x, v)
    two = dt.grad(lambda x: dt.jvp(f, x, v)[1])(x)
    three = dt.grad(lambda x: np.sum(dt.grad(f)(x) * v))(x)
    np.testing.assert_allclose(one, two, rtol=1e-13)
    np.testing.assert_allclose(one, three, rtol=1e-13)


def test_the_hessian_of_a_quadratic_form() -> None:
    a = np.random.default_rng(0).normal(size=(4, 4))
    x = np.random.default_rng(1).normal(size=4)
    np.testing.assert_allclose(dt.hessian(lambda x: x @ a @ x)(x), a + a.T, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_order_3_against_reverse_mode(dtype: Any) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.tanh(x) * np.cos(x[::-1]) ** 2)

    x = np.array([0.4, -0.3, 0.2], dtype=dtype)
    v = np.array([1.0, 2.0, -1.0], dtype=dtype)

    def along(g: Any) -> Any:
        return lambda x: dt.jvp(g, x, v)[1]

    forward = along(along(along(f)))(x)
    reverse = f
    for _ in range(3):
        reverse = (lambda g: lambda x: np.sum(dt.grad(g)(x) * v))(reverse)
    tolerance = 1e-3 if dtype is np.float32 else 1e-11
    np.testing.assert_allclose(forward, np.asarray(reverse(dt.constant(x))), rtol=tolerance)


def test_tangents_die_with_their_tensors() -> None:
    x = dt.constant([1.0])
    gc.disable()
    try:
        with dt.ForwardAccumulator(x, dt.constant([2.0])) as acc:
            y = x * 3
            tangent = weakref.ref(acc.jvp(y))
            assert tangent() is not None
            del y
            assert tangent() is None
    finally:
        gc.enable()


def test_an_argument_that_is_not_used() -> None:
    x, y = dt.constant(1.0), dt.constant(2.0)
    with dt.ForwardAccumulator([x, y], [1.0, 1.0]) as acc:
        z = x * 3
    assert float(acc.jvp(z)) == 3.0
    assert dt.jvp(lambda a, b: a * 3, (1.0, 2.0), (1.0, 5.0)) == (3.0, 3.0)


def test_nests_of_primals() -> None:
    x = {"a": dt.constant(2.0), "b": [dt.constant(3.0)]}
    with dt.ForwardAccumulator(x, {"a": 1.0, "b": [10.0]}) as acc:
        y = x["a"] * x["b"][0]
    assert float(acc.jvp(y)) == 23.0
    assert float(acc.jvp({"b": [x["b"][0]]})["b"][0]) == 10.0


def test_structural_zeros() -> None:
    x = dt.constant(0.0)
    with dt.ForwardAccumulator(x, 1.0) as acc:
        y, z = x**0.0, dt.where(x > 1, dt.sqrt(x), 2 * x)
    assert [float(acc.jvp(y)), float(acc.jvp(z))] == [0.0, 2.0]


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(TypeError, match=r"primals is a float"):
        dt.ForwardAccumulator(1.0, 1.0)
    with pytest.raises(ValueError, match=r"tangents\[0\] has shape \(2,\), its primal has shape \(\)"):
        dt.ForwardAccumulator([dt.constant(1.0)], [[1.0, 2.0]] and [np.ones(2)])
    with pytest.raises(ValueError, match="1 primals, but 2 tangents"):
        dt.ForwardAccumulator([dt.constant(1.0)], [1.0, 2.0])
    with pytest.raises(TypeError, match="int"):
        dt.ForwardAccumulator(dt.constant([1, 2]), dt.constant([1, 2]))
