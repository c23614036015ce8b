"""Persistence and order: how often a tape may be asked, and derivatives of derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import difftape as dt
from difftape.errors import DifftapeWarning

ONCE = "A non-persistent GradientTape can only be used to compute one set of gradients"


def test_a_second_gradient_needs_a_persistent_tape() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = x * x
        z = y * y
    tape.gradient(z, x)
    with pytest.raises(RuntimeError, match=ONCE) as caught:
        tape.gradient(y, x)
    assert "persistent=True" in str(caught.value)


def test_a_second_jacobian_too() -> None:
    x = dt.Variable([3.0])
    with dt.GradientTape() as tape:
        y = x * x
    tape.jacobian(y, x)
    with pytest.raises(RuntimeError, match=ONCE):
        tape.jacobian(y, x)
    v = dt.Variable([[3.0]])
    with dt.GradientTape() as tape:
        y = v * v
    tape.batch_jacobian(y, v)
    with pytest.raises(RuntimeError, match=ONCE):
        tape.batch_jacobian(y, v)


def test_a_second_gradient_inside_the_tape_too() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = x * x
        tape.gradient(y, x)
        z = x * y
        with pytest.raises(RuntimeError, match=ONCE):
            tape.gradient(z, x)


def test_a_persistent_tape() -> None:
    x = dt.constant(3.0)
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert float(tape.gradient(z, x)) == 108.0
    assert float(tape.gradient(y, x)) == 6.0
    assert float(tape.gradient(z, y)) == 18.0


def test_nested_gradients_and_an_intermediate_source() -> None:
    x = dt.constant(3.0)
    with dt.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert [float(g) for g in tape.gradient(z, [x, y])] == [108.0, 18.0]


@pytest.mark.filterwarnings("ignore::difftape.DifftapeWarning")
def test_higher_orders_on_one_persistent_tape() -> None:
    x = dt.constant(3.0)
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**3
        first = tape.gradient(y, x)
        second = tape.gradient(first, x)
    assert [float(first), float(second), float(tape.gradient(second, x))] == [27.0, 18.0, 6.0]


def test_a_gradient_inside_a_persistent_tape_warns_once() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape(persistent=True) as tape:
        y = x * x
        with pytest.warns(DifftapeWarning, match="persistent"):
            tape.gradient(y, x)
        tape.gradient(y, x)


def test_persistent_nested_tapes() -> None:
    x = dt.constant(1.0)
    with dt.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with dt.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = x * x
            z = y * y * y
        first = [inner.gradient(y, x), inner.gradient(y, x)]
    assert [float(g) for g in first] == [2.0, 2.0]
    with dt.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with dt.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = x * x
            z = y * y * y
        dz = inner.gradient(z, x)
    assert float(dz) == 6.0
    assert float(outer.gradient(dz, x)) == 30.0


def test_a_tape_around_a_gradient() -> None:
    x = dt.constant(1.0)
    with dt.GradientTape() as outer:
        outer.watch(x)
        y = x * 2
        with dt.GradientTape() as inner:
            inner.watch(y)
            z = y * 2
        dz = inner.gradient(z, y)
        x2 = dz + y * 3
    assert float(dz) == 2.0
    assert float(outer.gradient(x2, x)) == 6.0


def test_the_inner_gradient_must_be_taken_inside_the_outer_tape() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as outer, dt.GradientTape() as inner:
        y = x**3
    dy = inner.gradient(y, x)
    assert outer.gradient(dy, x) is None


def test_second_derivatives() -> None:
    assert dt.grad(dt.grad(lambda x: x * x))(3.0) == 2.0
    assert dt.grad(dt.grad(lambda x: dt.exp(x)))(0.0) == 1.0


def test_the_second_derivative_of_a_loss_of_one_class() -> None:
    def loss(x: dt.Tensor) -> dt.Tensor:
        return np.sum(dt.softmax_cross_entropy(x, np.ones((1, 1))))

    assert dt.grad(lambda x: np.sum(dt.grad(loss)(x)))(np.array([[1.0]])).tolist() == [[0.0]]


def test_vjp() -> None:
    y, pull = dt.vjp(lambda x: x * x, 3.0)
    assert y == 9.0
    assert [pull(2.0), pull(2.0)] == [(12.0,), (12.0,)]


def test_nested_tapes_on_arrays_to_order_4() -> None:
    x = dt.Variable([0.3, -1.2])

    def nested(order: int) -> dt.Tensor:
        if order == 0:
            return np.sin(x) * np.exp(2 * x)
        with dt.GradientTape() as tape:
            y = nested(order - 1)
        return tape.gradient(y, x)

    fourth = (np.exp((2 + 1j) * np.array([0.3, -1.2])) * (2 + 1j) ** 4).imag
    np.testing.assert_allclose(nested(4), fourth, rtol=1e-12)


def test_integer_powers_at_zero_on_arrays() -> None:
    x = dt.Variable([0.0, 2.0])
    with dt.GradientTape() as third, dt.GradientTape() as second:
        with dt.GradientTape() as first:
            y = x**2
        g = first.gradient(y, x)
        gg = second.gradient(g, x)
    assert (g.tolist(), gg.tolist()) == ([0.0, 4.0], [2.0, 2.0])
    assert third.gradient(gg, x, unconnected_gradients="zero").tolist() == [0.0, 0.0]
