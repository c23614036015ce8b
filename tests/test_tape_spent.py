"""A spent cotangent lends its array to the next product: nobody who still reads that array may notice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difftape as dt
from difftape.tape import products

X = np.array([[0.5, -1.0, 2.0], [3.0, -0.25, 1.5]])
W = np.array([[1.0, 2.0], [-1.0, 0.5], [0.25, -3.0]])


def chain(x: Any) -> tuple[Any, Any, Any]:
    """Products by one moving operand after a matrix product, whose cotangent is an array of the sweep's own."""
    h = np.tanh(x * 2.0)
    k = np.exp(np.maximum(h, 0.0))
    return h, k, (k @ W).sum()


def expected() -> tuple[Any, Any, Any]:
    h = np.tanh(2.0 * X)
    to_k = np.ones((2, 2)) @ W.T
    to_h = to_k * np.exp(np.maximum(h, 0.0)) * (h >= 0)
    return to_h * (1 - h * h) * 2.0, to_h, to_k


@pytest.mark.parametrize("persistent", [False, True])
def test_gradients_by_values_on_the_way_are_whole(persistent: bool) -> None:
    x = dt.Variable(X)
    with dt.GradientTape(persistent=persistent) as tape:
        h, k, y = chain(x)
    for _ in range(1 + persistent):
        for found, true in zip(tape.gradient(y, [x, h, k]), expected(), strict=True):
            np.testing.assert_allclose(found.numpy(), true, rtol=1e-10)


def test_values_on_the_way_are_not_written_to() -> None:
    x = dt.Variable(X)
    with dt.GradientTape() as tape:
        h, k, y = chain(x)
    before = [np.array(v.primal) for v in (x, h, k)]
    tape.gradient(y, x)
    for old, v in zip(before, (x, h, k), strict=True):
        np.testing.assert_array_equal(old, v.primal)


def test_an_operand_that_stands_twice_and_two_that_move() -> None:
    x, u = dt.Variable(X), dt.Variable(X + 1.0)
    with dt.GradientTape() as tape:
        y = ((x * x) * u @ W).sum()
    by_x, by_u = tape.gradient(y, [x, u])
    g = np.ones((2, 2)) @ W.T
    np.testing.assert_allclose(by_x.numpy(), g * 2 * X * (X + 1.0))
    np.testing.assert_allclose(by_u.numpy(), g * X * X)


def test_a_cotangent_passed_on_as_it_is_stays_as_it_is() -> None:
    x, u = dt.Variable(X), dt.Variable(X + 0.125)
    with dt.GradientTape() as tape:
        y = ((np.sin(x) - np.cos(u)) @ W).sum()
    g = np.ones((2, 2)) @ W.T
    by_x, by_u = tape.gradient(y, [x, u])
    np.testing.assert_allclose(by_x.numpy(), g * np.cos(X))
    np.testing.assert_allclose(by_u.numpy(), g * np.sin(X + 0.125))


def test_output_gradients_of_the_user_are_not_written_to() -> None:
    x, seed = dt.Variable(X), dt.constant(X + 2.0)
    with dt.GradientTape() as tape:
        y = np.exp(np.sin(x))
    tape.gradient(y, x, output_gradients=seed)
    np.testing.assert_array_equal(seed.numpy(), X + 2.0)


def test_what_a_rule_of_the_user_answers_is_not_written_to() -> None:
    answer = np.full_like(X, 5.0)

    @dt.custom_gradient
    def five(x: Any) -> Any:
        return x * 1.0, lambda g: answer

    x = dt.Variable(X)
    with dt.GradientTape() as tape:
        y = five(np.sin(x)).sum()
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), 5.0 * np.cos(X))
    np.testing.assert_array_equal(answer, 5.0)


def test_single_precision_is_not_mixed_into_double() -> None:
    x = dt.Variable(X.astype(np.float32))
    with dt.GradientTape() as tape:
        y = (np.maximum(x * 3.0, 0.0) @ W.astype(np.float32)).sum()
    g = tape.gradient(y, x).numpy()
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, (np.ones((2, 2)) @ W.T) * (X > 0) * 3.0)


def test_the_tests_above_see_a_cotangent_that_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "is_spent", lambda *_: True)
    with pytest.raises(AssertionError):
        test_gradients_by_values_on_the_way_are_whole(False)
    with pytest.raises(AssertionError):
        test_an_operand_that_stands_twice_and_two_that_move()
