"""custom_gradient to every order and in forward mode, and checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difftape as dt
from difftape.testing import check_gradients


def test_the_identity_with_another_slope() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x, lambda dy: 2 * dy

    assert dt.grad(f)(1.0) == 2.0
    assert dt.grad(lambda x: np.sum(f(x)))(np.ones(2)).tolist() == [2.0, 2.0]


def test_a_custom_gradient_under_two_tapes() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x * x, lambda dy: 4 * dy

    x = dt.constant(1.0)
    with dt.GradientTape() as outer:
        outer.watch(x)
        with dt.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x) * x
    assert float(outer.gradient(g, x)) == 4.0


def test_descent_with_a_slope_of_one() -> None:
    @dt.custom_gradient
    def distance(x: Any) -> Any:
        return dt.abs(x), lambda dy: dy

    w, losses = dt.Variable(5.0), []
    for _ in range(5):
        with dt.GradientTape() as tape:
            loss = distance(w - 1.0)
        w.assign_sub(tape.gradient(loss, w))
        losses.append(float(loss))
    assert losses == [4.0, 3.0, 2.0, 1.0, 0.0]


def test_a_rule_that_is_not_linear_and_a_variable() -> None:
    @dt.custom_gradient
    def square(x: Any) -> Any:
        return dt.square(x), lambda dr: 2 * dr * x + 1

    v = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = square(v)
    assert float(tape.gradient(y, v)) == 7.0


def test_a_gradient_inside_a_rule() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x * x, lambda dy: dy * dt.grad(lambda t: t * t)(x)

    assert dt.grad(f)(1.0) == 2.0
    assert dt.grad(dt.grad(f))(1.0) == 2.0


def test_the_second_order_can_be_overridden() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        def first(dz: Any) -> Any:
            @dt.custom_gradient
            def slope(_: Any) -> Any:
                return -1.1, lambda ddz: -2.1 * ddz

            return dz * slope(x)

        return x + 10.0, first

    c = dt.constant(1.0)
    with dt.GradientTape() as outer:
        outer.watch(c)
        with dt.GradientTape() as inner:
            inner.watch(c)
            d = f(c) ** 4.0
        dd = inner.gradient(d, c)
    assert float(dd) == pytest.approx(4 * 11.0**3 * -1.1)
    assert float(outer.gradient(dd, c)) == pytest.approx(12 * 11.0**2 * 1.21 + 4 * 11.0**3 * -2.1)


def test_orders_and_transpose_of_a_rule() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        def g(dz: Any) -> Any:
            @dt.custom_gradient
            def first(_: Any, __: Any) -> Any:
                return 2.1, lambda ___: (2.2, 3.1)

            return first(x, dz)

        return 2.0 * float(x), g

    with dt.GradientTape(persistent=True) as outer:
        with dt.GradientTape() as inner:
            c, one = dt.constant(1.0), dt.constant(1.0)
            outer.watch([c, one])
            inner.watch(c)
            y = f(c)
        g = inner.gradient(y, c, output_gradients=one)
    assert [float(y), float(g)] == [2.0, 2.1]
    assert [float(outer.gradient(g, c)), float(outer.gradient(g, one))] == [2.2, 3.1]


def test_several_arguments_and_results() -> None:
    @dt.custom_gradient
    def f(x: Any, y: Any) -> Any:
        return (x * y, x + y), lambda du, dv: (du * y + dv, du * x + dv)

    check_gradients(lambda x, y: f(x, y)[0] * f(x, y)[1], np.array([1.0, 2.0]), np.array([0.5, -1.0]))
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        u, _ = f(x, dt.constant(2.0))
    assert float(tape.gradient(u, x)) == 2.0


def test_a_jacobian_through_a_rule() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return np.sin(x), lambda dy: dy * np.cos(x)

    x = np.array([0.3, 1.0])
    np.testing.assert_allclose(dt.jacobian(f)(x), np.diag(np.cos(x)), rtol=1e-15)
    np.testing.assert_allclose(dt.jvp(f, x, np.ones(2))[1], np.cos(x), rtol=1e-15)


def test_variables_that_are_no_arguments() -> None:
    a, b, c = dt.Variable(1.0), dt.Variable(2.0), dt.Variable(3.0)

    @dt.custom_gradient
    def model(x: Any) -> Any:
        def grad(dy: Any, variables: Any = None) -> Any:
            slopes = {id(a): x * x, id(b): x, id(c): x * 0 + 1.0}
            return None, [2 * np.sum(dy * slopes[id(v)]) for v in variables]

        return a * x * x + b * x + c, grad

    x = dt.constant([1.0, 2.0, 3.0])
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = np.sum(model(x))
    assert [float(g) for g in tape.gradient(y, [a, b, c])] == [28.0, 12.0, 6.0]
    assert tape.gradient(y, x) is None


def test_variables_need_a_rule_that_takes_them() -> None:
    v = dt.Variable(2.0)

    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x * v, lambda dy: dy

    with pytest.raises(TypeError, match="`variables`"):
        dt.grad(f)(1.0)


def test_a_wrong_number_of_gradients() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x, lambda dy: (dy, dy)

    expected = "custom_gradient function expected to return 1 gradients, but returned 2 instead."
    with pytest.raises(ValueError, match=expected):
        dt.grad(f)(1.0)

    @dt.custom_gradient
    def g(x: Any, y: Any) -> Any:
        return x * y, lambda dy: [dy]

    with pytest.raises(ValueError, match="expected to return 2 gradients, but returned 1"):
        dt.grad(g)(1.0, 2.0)


def test_an_empty_rule_is_an_error() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x, lambda *dy: []

    with pytest.raises(ValueError, match="expected to return 1 gradients, but returned 0"):
        dt.grad(f)(1.0)
    with pytest.raises(ValueError, match="must return a pair"):
        dt.grad(dt.custom_gradient(lambda x: x))(1.0)


def test_a_gradient_of_the_wrong_shape() -> None:
    @dt.custom_gradient
    def f(x: Any) -> Any:
        return x * 1.0, lambda dy: np.ones(3)

    with pytest.raises(ValueError, match=r"InvalidBackprop.*shape"):
        dt.grad(lambda x: np.sum(f(x)))(np.ones(2))


@pytest.mark.parametrize("shape", [(2,), (3, 2)])
def test_checkpoint_computes_again(shape: tuple[int, ...]) -> None:
    runs = []
    w = dt.Variable(2.0)

    @dt.checkpoint
    def f(x: Any) -> Any:
        runs.append(1)
        return np.sin(x) * w * np.exp(x)

    x = dt.constant(np.linspace(0.1, 1.0, int(np.prod(shape))).reshape(shape))
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = np.sum(f(x))
    assert len(runs) == 1
    dx, dw = tape.gradient(y, [x, w])
    assert len(runs) == 2
    with dt.GradientTape() as plain:
        plain.watch(x)
        z = np.sum(np.sin(x) * w * np.exp(x))
    ex, ew = plain.gradient(z, [x, w])
    np.testing.assert_allclose(dx, ex, rtol=1e-14)
    np.testing.assert_allclose(dw, ew, rtol=1e-14)


def test_checkpoint_to_second_order_and_forward() -> None:
    check_gradients(dt.recompute_grad(lambda x: np.sin(x) * x), np.array([0.5, 1.5]), order=2)


def test_checkpoint_keeps_the_arguments_only() -> None:
    x = dt.Variable(np.ones(1000))
    with dt.GradientTape() as plain:
        np.exp(np.exp(np.exp(x)))
    with dt.GradientTape() as tape:
        dt.checkpoint(lambda x: np.exp(np.exp(np.exp(x))))(x)

    def arrays(t: dt.GradientTape) -> int:
        return sum(isinstance(v, dt.Tensor) and v.size == 1000 for v in t._trace.values)

    assert arrays(tape) <= 1 < arrays(plain)
