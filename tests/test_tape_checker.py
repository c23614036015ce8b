"""The checker of rules: wrong ones are caught however little, right ones pass at any point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import difftape as dt
from difftape.testing import GradientError, check_gradients, compute_gradient


def off_by(factor: float, at: int = 1) -> Callable[[Any], Any]:
    """exp with a first (or second) derivative that is wrong by a relative error."""

    @dt.custom_gradient
    def slope(x: Any) -> Any:
        return np.exp(x), lambda dy: dy * np.exp(x) * (1 + factor)

    @dt.custom_gradient
    def f(x: Any) -> Any:
        return np.exp(x), lambda dy: dy * (np.exp(x) * (1 + factor) if at == 1 else slope(x))

    return f


@pytest.mark.parametrize("error", [5e-4, -5e-4, 1e-3, 0.1])
@pytest.mark.parametrize("size", [(), (3,), (20, 30)])
def test_a_rule_that_is_a_little_wrong_is_caught(error: float, size: tuple[int, ...]) -> None:
    x = np.random.default_rng(5).normal(size=size)
    with pytest.raises(GradientError, match=r"order 1, argument 0.*Taylor remainder falls like h\*\*1\.0"):
        check_gradients(off_by(error), x)
    check_gradients(off_by(0.0), x)


def test_a_second_derivative_that_is_wrong_is_caught() -> None:
    x = np.array([0.3, -1.0])
    with pytest.raises(GradientError, match="order 2"):
        check_gradients(off_by(5e-4, at=2), x, order=2)
    check_gradients(off_by(5e-4, at=2), x, order=1)


def test_every_rule_of_an_array_primitive_broken_on_purpose_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape.table import elementary

    sin = elementary.sin
    monkeypatch.setattr(sin, "partials", (lambda y, x: elementary.cos(x) * 1.0005,))
    with pytest.raises(GradientError, match="order 1"):
        check_gradients(lambda x: np.sin(x), np.array([0.4, 2.0]))


def test_forward_mode_that_differs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape.table.arrays.kind import LinearMap
    from difftape.table.arrays.shaping import spread, sum_over

    def broken(y: Any, x: Any, axes: Any, keepdims: Any) -> LinearMap:
        return LinearMap(lambda g: spread(g, x.shape, axes), lambda t: 1.01 * sum_over.compute(t, axes, keepdims))

    monkeypatch.setattr(sum_over, "partials", (broken, 0, 0))
    with pytest.raises(GradientError, match="forward mode gives"):
        check_gradients(lambda x: np.sum(x) * 2.0, np.ones(3), order=1)


def test_the_message_says_which_argument_and_element() -> None:
    @dt.custom_gradient
    def f(x: Any, y: Any) -> Any:
        return x * y, lambda dy: (dy * y, dy * x * np.array([1.0, 1.0, 1.01]))

    with pytest.raises(GradientError, match=r"order 1, argument 1, element \[2\]: the reverse sweep gives"):
        check_gradients(f, np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0]))


def test_a_gradient_that_is_missing_is_caught() -> None:
    with pytest.raises(GradientError):
        check_gradients(lambda x: x * dt.stop_gradient(x), 1.5)
    with pytest.raises(GradientError):
        check_gradients(lambda x: np.sum(x) + np.sum(np.sin(x.numpy())), np.ones(2), order=1)


SMOOTH: list[Callable[..., Any]] = [
    lambda x, y: np.sin(x) * np.exp(y),
    lambda x, y: np.tanh(x @ y) / (1 + x * x),
    lambda x, y: np.log(x * x + 1) * np.sqrt(y * y + 0.5),
    lambda x, y: dt.logsumexp(x * y, axis=0) * 1e6,
    lambda x, y: 1e-8 * x**3 * y + 1.0,
    lambda x, y: np.sum(x / (0.1 + y * y)) * np.cos(10 * y),
    lambda x, y: np.linalg.norm(x) * y[::-1],
    lambda x, y: x * 0.0 + 3.0,
]


@pytest.mark.parametrize("number", range(len(SMOOTH)))
def test_right_rules_pass_at_random_points(number: int) -> None:
    random = np.random.default_rng(number)
    for trial in range(25):
        scale = 10.0 ** random.uniform(-2, 1)
        check_gradients(SMOOTH[number], scale * random.normal(size=3), random.normal(size=3), order=1, seed=trial)


@pytest.mark.long
def test_right_rules_pass_in_ten_thousand_trials() -> None:
    random = np.random.default_rng(11)
    for trial in range(10_000):
        f = SMOOTH[trial % len(SMOOTH)]
        scale = 10.0 ** random.uniform(-2, 1)
        check_gradients(f, scale * random.normal(size=3), random.normal(size=3), order=1 + trial % 2, seed=trial)


def test_kinks_beside_the_point_do_not_matter() -> None:
    random = np.random.default_rng(0)
    for trial in range(25):
        check_gradients(
            lambda x: np.maximum(x, 0.3) * np.abs(x) + dt.relu(x), random.normal(size=4), order=1, seed=trial
        )


def test_nests_of_arguments() -> None:
    check_gradients(lambda p: p["a"] * p["b"][0], {"a": np.ones(2), "b": [3.0]})
    check_gradients(lambda x: (x * x, {"y": np.sin(x)}), np.array([0.5, 1.0]))


def test_compute_gradient() -> None:
    theory, numbers = compute_gradient(lambda x, y: x * y, [np.array([1.0, 2.0]), 3.0])
    for a, b in zip(theory, numbers, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    assert [a.shape for a in theory] == [(2, 2), (2, 1)]
