"""What comes after the first page: a linear classifier trained with the tape, and SciPy driven by value_and_grad."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difftape as dt


def test_a_linear_classifier_of_two_point_clouds() -> None:
    random = np.random.default_rng(0)
    clouds = [random.multivariate_normal(centre, [[1, 0.5], [0.5, 1]], 1000) for centre in ([0, 3], [3, 0])]
    inputs = np.vstack(clouds)
    targets = np.repeat([0.0, 1.0], 1000)[:, None]
    w = dt.Variable(random.uniform(size=(2, 1)), name="w")
    b = dt.Variable(np.zeros(1), name="b")
    losses = []
    for _ in range(40):
        with dt.GradientTape() as tape:
            predictions = inputs @ w + b
            loss = np.mean((predictions - targets) ** 2)
        dw, db = tape.gradient(loss, [w, b])
        w.assign_sub(0.1 * dw)
        b.assign_sub(0.1 * db)
        losses.append(float(loss))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.05 < losses[0]
    accuracy = np.mean(((inputs @ w + b).numpy() > 0.5) == targets)
    assert accuracy >= 0.99


def test_a_logistic_classifier_learns_too() -> None:
    random = np.random.default_rng(1)
    inputs = np.vstack([random.normal(-2, 1, (500, 2)), random.normal(2, 1, (500, 2))])
    labels = np.repeat([0, 1], 500)
    params = {"w": dt.Variable(np.zeros((2, 2))), "b": dt.Variable(np.zeros(2))}
    for _ in range(50):
        with dt.GradientTape() as tape:
            loss = np.mean(dt.softmax_cross_entropy(inputs @ params["w"] + params["b"], labels))
        for key, g in tape.gradient(loss, params).items():
            params[key].assign_sub(0.5 * g)
    predicted = np.argmax(inputs @ params["w"].numpy() + params["b"].numpy(), axis=1)
    assert np.mean(predicted == labels) >= 0.99


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B"])
def test_scipy_minimizes_rosenbrock_in_100_dimensions(method: str) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    found = optimize.minimize(
        dt.value_and_grad(rosenbrock), np.zeros(100), jac=True, method=method, options={"maxiter": 2000}
    )
    np.testing.assert_allclose(found.x, np.ones(100), atol=1e-3)


def test_scipy_takes_products_with_the_hessian() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    found = optimize.minimize(
        dt.value_and_grad(rosenbrock),
        np.zeros(20),
        jac=True,
        method="Newton-CG",
        hessp=lambda x, v: dt.hvp(rosenbrock, x, v),
        options={"xtol": 1e-10},
    )
    np.testing.assert_allclose(found.x, np.ones(20), atol=1e-6)
