"""grad, value_and_grad, jacobian, hessian, hvp, jvp and vjp, as those who know JAX or autograd write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

import difftape as dt


def test_grad_of_all_numbers_and_of_several_arguments() -> None:
    assert dt.grad(lambda x, y: x * y + x)(2.0, 3.0) == 4.0
    assert dt.grad(lambda x, y: x * y + x, argnums=1)(2.0, 3.0) == 2.0
    assert dt.grad(lambda x, y: x * y + x, argnums=(0, 1))(2.0, 3.0) == (4.0, 2.0)
    assert dt.grad(lambda x, y: x * y + x, argnums=-1)(2.0, 3.0) == 2.0
    assert dt.grad(lambda x: x * x)(3) == 6.0


def test_answers_are_plain() -> None:
    value, g = dt.value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    assert (type(value), type(g)) == (float, np.ndarray)
    assert type(dt.grad(lambda x: x * x)(3.0)) is float


def test_no_parameters_said() -> None:
    def f(a: Any, b: Any) -> Any:
        return a * b

    assert dt.grad(f, (0, 1))(1.0, 2.0) == (2.0, 1.0)
    assert dt.value_and_grad(f, (0, 1))(2.0, 3.0) == (6.0, (3.0, 2.0))
    assert dt.value_and_grad(f, 1)(2.0, 3.0) == (6.0, 2.0)


def test_star_arguments_and_partials() -> None:
    assert dt.grad(lambda *args: args[0] * args[0])(1.0) == 2.0
    assert dt.grad(partial(lambda y, x: x * y, 2.0))(2.0) == 2.0
    assert dt.grad(lambda x, *, scale: x * scale)(2.0, scale=5.0) == 5.0


def test_results_that_are_the_arguments() -> None:
    tape, x = dt.GradientTape(), dt.constant(1.0)
    with tape:
        tape.watch(x)
        y = (x, 2 * x)
    assert float(tape.gradient(y, x)) == 3.0


def test_a_nest_of_results() -> None:
    x = dt.constant([0.0, 1.0, 2.0])
    with dt.GradientTape() as tape:
        tape.watch(x)
        y = (x + 2.0, x * x)
    assert tape.gradient(y, x).tolist() == [1.0, 3.0, 5.0]
    rows = dt.jacobian(lambda x: {"a": x * x, "b": 3 * x})(2.0)
    assert rows == {"a": 4.0, "b": 3.0}


def test_types_mix() -> None:
    assert dt.grad(lambda x: x * np.float64(3.0) * 2)(1.0) == 6.0
    assert dt.grad(lambda x: np.mean(np.stack([x, x])))(np.array([2.0])).tolist() == [1.0]
    assert dt.grad(lambda x: dt.mean([x, 2 * x]))(2.0) == 1.5


@dataclass
class Layer:
    w: Any
    b: Any


class Pair(NamedTuple):
    left: Any
    right: Any


def test_arguments_may_be_nests() -> None:
    params = {"layer": Layer(np.ones((2, 2)), [0.5]), "pair": Pair(1.0, (2.0,))}

    def loss(p: Any) -> Any:
        return np.sum(p["layer"].w) * p["layer"].b[0] * p["pair"].left * p["pair"].right[0]

    value, g = dt.value_and_grad(loss)(params)
    assert value == 4.0
    assert g["layer"].w.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert g["layer"].b == [8.0]
    assert g["pair"] == Pair(4.0, (2.0,))


def test_gradients_of_gradients_through_a_closure() -> None:
    def outer(x: Any) -> Any:
        return dt.grad(lambda y: x * x * y * y)(2.0)

    assert dt.grad(outer)(3.0) == 24.0


def test_perturbations_are_not_confused() -> None:
    assert dt.grad(lambda x: x * dt.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert dt.jvp(lambda x: x * dt.jvp(lambda y: x + y, 1.0, 1.0)[1], 1.0, 1.0)[1] == 1.0
    assert dt.jvp(lambda x: x * dt.grad(lambda y: x * y)(1.0), 2.0, 1.0)[1] == 4.0


@pytest.mark.parametrize("f", [math.sin, lambda x: np.sum(np.array([x, x])), lambda x: dt.constant(float(x) ** 2)])
def test_a_gradient_lost_to_plain_numbers_is_not_lost_in_silence(f: Any) -> None:
    with pytest.warns(dt.DifftapeWarning, match="a value left the tape at test_tape_transforms.py"):
        assert dt.grad(lambda x: f(x))(1.0) == 0.0
    assert dt.grad(lambda x: 3.0)(1.0) == 0.0


def test_jacobians_and_hessians() -> None:
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(dt.jacobian(lambda x: x[:2] * x[1:])(x), [[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]])
    a, b = dt.jacobian(lambda x, y: x * y, argnums=(0, 1))(x, 2.0)
    assert (a.tolist(), b.tolist()) == (np.diag([2.0] * 3).tolist(), x.tolist())
    assert dt.hessian(lambda x: np.sum(x**3))(x).tolist() == np.diag(6 * x).tolist()
    assert dt.hessian(lambda x: np.sum(x))(x).tolist() == np.zeros((3, 3)).tolist()


def test_products_without_the_matrix() -> None:
    x, v = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    y, t = dt.jvp(lambda x: x * x, x, v)
    assert (y.tolist(), t.tolist()) == ([1.0, 4.0], [6.0, -4.0])
    y, pull = dt.vjp(lambda x: x * x, x)
    assert pull(v)[0].tolist() == [6.0, -4.0]
    y, pull = dt.vjp(lambda a, b: a @ b, np.eye(2), x)
    assert [g.tolist() for g in pull(v)] == [np.outer(v, x).tolist(), v.tolist()]
    assert dt.hvp(lambda x: np.sum(x**3), x, v).tolist() == [18.0, -12.0]
    assert dt.hvp(lambda a, b: a * a * b, (2.0, 3.0), (1.0, 0.0)) == (6.0, 4.0)


def test_floats_in_float32_stay_there() -> None:
    x = np.ones(3, np.float32)
    assert dt.grad(lambda x: np.sum(x * 2.0 + np.exp(x) * (x > 0)))(x).dtype == np.float32
    assert dt.jacobian(lambda x: x * x)(x).dtype == np.float32
    assert dt.jvp(lambda x: np.sqrt(x), x, x)[1].dtype == np.float32
    assert dt.hessian(lambda x: np.sum(x**2))(x).dtype == np.float32


@pytest.mark.parametrize("name", ["exp", "sin", "sigmoid", "lgamma", "abs", "cbrt"])
def test_the_table_is_public_for_floats_arrays_and_tensors(name: str) -> None:
    f = getattr(dt, name)
    value = f(0.7)
    assert type(value) is float
    np.testing.assert_allclose(f(np.array([0.7, 0.7])), [value] * 2, rtol=1e-15)
    np.testing.assert_allclose(np.asarray(f(dt.Variable([0.7]))), [value], rtol=1e-15)
    assert float(f(dt.Variable(0.7))) == value


def test_every_function_of_the_table_is_a_public_name() -> None:
    from difftape.primitives import ALIASES, TABLE

    for name in [*TABLE, *ALIASES]:
        assert getattr(dt, name) is not None
    assert dt.log(dt.Variable(8.0), 2.0).item() == pytest.approx(3.0)
    assert dt.max(dt.Variable(8.0), 2.0, 9.0).item() == 9.0
    assert dt.min(dt.Variable([8.0, 1.0])).item() == 1.0
    with pytest.raises(AttributeError, match="nonsense"):
        dt.nonsense  # noqa: B018
