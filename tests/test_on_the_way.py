"""Doubles that overflow, underflow or cancel on the way to an answer that a double can hold.

The truth is that of another form of the same function, in which nothing does, by mpmath's differences.
"""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import pytest

import difftape

CASES: list[tuple[str, Any, dict[str, float]]] = [
    ("log(1 + exp(x))", lambda x: mpmath.log1p(mpmath.exp(-x)) + x, {"x": 800.0}),
    ("log(exp(-x))", lambda x: -x, {"x": 800.0}),
    ("exp(-x)*exp(x)*x**3", lambda x: x**3, {"x": 1000.0}),
    ("exp(-x)*exp(-x)*1e300*1e47", lambda x: mpmath.exp(-2 * x) * mpmath.mpf(1e300) * mpmath.mpf(1e47), {"x": 400.0}),
    ("exp(-x*x)*exp(x*y)*1e300", lambda x, y: mpmath.exp(x * (y - x)) * mpmath.mpf(1e300), {"x": 27.0, "y": 1.0}),
    ("sqrt(x**2 + 1) - x", lambda x: 1 / (mpmath.sqrt(x**2 + 1) + x), {"x": 1e8}),
    ("sqrt(x**2 + y**2)", lambda x, y: mpmath.hypot(x, y), {"x": 1e200, "y": 2e200}),
    ("sqrt(x**2 + y**2)", lambda x, y: mpmath.hypot(x, y), {"x": 3e-200, "y": 4e-200}),
    ("(x + y)**2 - x**2 - 2*x*y - y**2", lambda x, y: 0 * x * y, {"x": 1e10, "y": 3.0}),
    ("exp(x)/(exp(x) + exp(y))", lambda x, y: 1 / (1 + mpmath.exp(y - x)), {"x": 1000.0, "y": 1001.0}),
    ("log(exp(x) + exp(y))", lambda x, y: x + mpmath.log1p(mpmath.exp(y - x)), {"x": -1000.0, "y": -1001.0}),
    ("sinh(x)/cosh(x)", lambda x: mpmath.tanh(x), {"x": 800.0}),
    ("tanh(x) - 1", lambda x: -2 / (mpmath.exp(2 * x) + 1), {"x": 50.0}),
    ("(1 - cos(x*y))/(x*y)**2", lambda x, y: mpmath.sinc(x * y / 2) ** 2 / 2, {"x": 1e-6, "y": 1e-3}),
    ("x**200/y**200", lambda x, y: (x / y) ** 200, {"x": 1e10, "y": 1e10}),
    ("x**3/(1e-320*x + x**2)*y", lambda x, y: x**2 / (mpmath.mpf(1e-320) + x) * y, {"x": 1e-5, "y": 3.0}),
]
QUESTIONS = [(text, truth, at, n) for text, truth, at in CASES for n in (0, 1, 2)]


def differences(truth: Any, at: dict[str, float], by: tuple[str, ...]) -> Any:
    """A derivative of the other form by mpmath, with digits enough for its differences."""
    with mpmath.workdps(800):
        x = [mpmath.mpf(value) for value in at.values()]
        n = [by.count(name) for name in at]
        return mpmath.diff(truth, tuple(x), tuple(n)) if len(x) > 1 else mpmath.diff(truth, x[0], n[0])


def answers(text: str, at: dict[str, float], n: int) -> dict[tuple[str, ...], Any]:
    """What the command line would print: by the variables differentiated by."""
    e = difftape.parse(text)
    if n == 0:
        return {(): e.value_answer(at).value}
    answer = e.answer(at) if n == 1 else e.hessian_answer(at)
    return {tuple(key.split(",")): d for key, d in answer.grad.items()}


def complaints(text: str, truth: Any, at: dict[str, float], n: int) -> list[str]:
    """The numbers that are not right to 1e-9; below 1e-290 a difference is not to be had of the other form either."""
    found = answers(text, at, n)
    assert set(found) == set(itertools.product(at, repeat=n))
    wrong = []
    for by, got in found.items():
        d = differences(truth, at, by)
        if got is None or abs(got - d) > 1e-9 * abs(d) + mpmath.mpf(10) ** -290:
            wrong.append(f"{text} by {by}: {got} is not {mpmath.nstr(d, 17)}")
    return wrong


@pytest.mark.parametrize(("text", "truth", "at", "n"), QUESTIONS, ids=lambda x: str(x) if not callable(x) else "")
def test_the_number_that_is_printed_is_right(text: str, truth: Any, at: dict[str, float], n: int) -> None:
    assert not complaints(text, truth, at, n)


def test_the_judge_sees_a_wrong_number() -> None:
    assert complaints("sqrt(x**2 + 1) - x", lambda x: 1.000001 / (mpmath.sqrt(x**2 + 1) + x), {"x": 1e8}, 0)
    assert complaints("x*y", lambda x, y: x * y + x**2 * 1e-6, {"x": 1.0, "y": 1.0}, 2)


def test_a_gamma_ratio() -> None:
    answer = difftape.parse("gamma(x)/gamma(x - 2)").answer({"x": 200.0}, check=False)
    assert answer.value == pytest.approx(199 * 198, rel=1e-12)
    assert answer.grad["x"] == pytest.approx(397, rel=1e-12)


def test_mixed_derivatives_and_series() -> None:
    assert difftape.parse("exp(x + y)*exp(-x)*x").mixed(["x", "y"], {"x": 1000, "y": 0}) == pytest.approx(1.0)
    assert difftape.parse("exp(x)/exp(x - 1)").taylor("x", {"x": 800}, 2) == pytest.approx([2.718281828459045, 0, 0])
    assert difftape.parse("sqrt(x**2 + 1) - x").taylor("x", {"x": 1e8}, 2)[2] == pytest.approx(5e-25, rel=1e-12)


def test_what_a_double_cannot_hold_is_said_to_overflow() -> None:
    e = difftape.parse("x**2/(x**2 + y**2)")
    answer = e.hessian_answer({"x": 1e-200, "y": 3e-200}, check=False)
    assert set(answer.statuses.values()) == {"overflow"} and set(answer.grad.values()) == {None}
    assert e.value({"x": 1e-200, "y": 3e-200}) == pytest.approx(0.1, rel=1e-15)
