"""What is asked of Python functions and of expressions alike: both must give the same numbers."""

from __future__ import annotations

import importlib
import math
import pkgutil
from typing import Any

import numpy
import pytest

import difftape as dt
from difftape.errors import DomainError, KinkError

TEXT = "exp(x*y)*sin(x) + x/y"
AT = {"x": 0.7, "y": 1.25}
E = dt.parse(TEXT)


def f(x: Any, y: Any) -> Any:
    return dt.exp(x * y) * dt.sin(x) + x / y


def test_a_function_and_an_expression_have_the_same_hessian() -> None:
    rows = dt.hessian(E, AT)
    assert dt.hessian(f)(*AT.values()) == pytest.approx(rows["x"]["x"], rel=1e-14)
    assert dt.hessian(f, argnums=1)(*AT.values()) == pytest.approx(rows["y"]["y"], rel=1e-14)
    assert dt.hessian(TEXT, AT, wrt=["y"]) == {"y": {"y": rows["y"]["y"]}}


def test_a_function_and_expressions_have_the_same_jacobian() -> None:
    rows = dt.jacobian([E, "x*y", dt.parse("y")], AT)
    assert [list(row) for row in rows] == [["x", "y"]] * 3
    got = dt.jacobian(lambda v: numpy.stack([f(v[0], v[1]), v[0] * v[1], v[1]]))(numpy.array([0.7, 1.25]))
    assert got.tolist() == [[pytest.approx(d, rel=1e-14) for d in row.values()] for row in rows]
    assert dt.jacobian(E, AT, ["y"]) == [{"y": rows[0]["y"]}]
    with pytest.raises(KinkError):
        dt.jacobian(["x", "abs(x)"], {"x": 0})


def test_a_function_and_an_expression_have_the_same_series() -> None:
    assert dt.taylor(f, 6)(*AT.values()) == pytest.approx(dt.taylor(E, "x", AT, 6), rel=1e-14)
    assert dt.taylor(f, 6, argnum="y")(*AT.values()) == pytest.approx(dt.taylor(E, "y", AT, 6), rel=1e-14)
    assert dt.taylor(lambda x, y: x * 2, 3, argnum=1)(1.0, 5.0) == [2.0, 0.0, 0.0, 0.0]
    assert dt.taylor(lambda x: 7, 2)(1.0) == [7.0, 0.0, 0.0]


def test_a_function_and_an_expression_have_the_same_mixed_derivatives() -> None:
    want = dt.mixed(E, ["x", "y", "x", "y"], AT)
    assert dt.mixed(f, [0, 1, 0, 1])(*AT.values()) == pytest.approx(want, rel=1e-14)
    assert dt.mixed(f, ["x", "y", "y", -2])(*AT.values()) == pytest.approx(want, rel=1e-14)
    assert dt.mixed(lambda x, y: x, [1, 1])(1.0, 2.0) == 0.0


def test_branches_and_loops_are_those_taken_at_the_point() -> None:
    def g(x: Any, n: int) -> Any:
        y = x
        for _ in range(int(n.value) if hasattr(n, "value") else n):
            y = y * x if y < 10 else y + 1
        return y if x != 2 else -y

    assert dt.taylor(g, 3)(1.5, 3) == pytest.approx([1.5**4, 4 * 1.5**3, 6 * 1.5**2, 4 * 1.5])
    assert dt.taylor(g, 1)(2.0, 1) == [-4.0, -4.0]
    assert dt.mixed(lambda x, y: x * y if x == y else x, [0, 1])(2.0, 2.0) == 1.0


def test_numpys_functions_of_one_number_are_recorded() -> None:
    assert dt.taylor(lambda x: numpy.exp(numpy.sin(x)), 4)(0.3) == dt.taylor("exp(sin(x))", "x", {"x": 0.3}, 4)
    assert dt.taylor(lambda x: numpy.float64(2.0) * x, 1)(1.0) == [2.0, 2.0]
    with pytest.raises(TypeError, match=r"numpy\.spacing"):
        dt.taylor(numpy.spacing, 2)(1.0)


def test_hard_points_of_functions() -> None:
    assert dt.taylor(lambda x: dt.sin(x) / x, 2)(0.0) == [1.0, 0.0, pytest.approx(-1 / 6)]
    with pytest.raises(DomainError):
        dt.taylor(dt.sqrt, 2)(0.0)
    with pytest.raises(ValueError, match="branch"):
        dt.taylor(lambda x: x if 1 / x > 0 else -x, 2)(0.0)


def test_what_cannot_be_recorded_says_so() -> None:
    with pytest.raises(TypeError, match=r"difftape\.sin"):
        dt.taylor(lambda x: math.sin(x), 2)(1.0)
    with pytest.raises(TypeError, match="a number is expected"):
        dt.taylor(lambda x: x, 2)(numpy.ones(3))
    with pytest.raises(ValueError, match="argument 2"):
        dt.mixed(f, [2])(1.0, 2.0)
    with pytest.raises(ValueError, match="argument z"):
        dt.mixed(f, ["z"])(1.0, 2.0)
    with pytest.raises(TypeError):
        dt.jacobian([3], {"x": 1})


def test_no_module_hides_a_public_name() -> None:
    """A module `difftape.hessian` would take the place of the function as soon as it is imported."""
    modules = {module.name for module in pkgutil.iter_modules(dt.__path__)}
    assert not modules & set(dt.__all__)
    for name in ("hessian", "jacobian", "mixed", "taylor"):
        importlib.import_module("difftape.expression")
        assert callable(getattr(dt, name))
