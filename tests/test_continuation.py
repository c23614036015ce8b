"""Where a function of several variables is 0/0: limits along all lines, derivatives of what is continued, or none."""

from __future__ import annotations

from typing import Any

import pytest

import difftape
from difftape.continuation import hard_point
from difftape.parser import parse
from difftape.rulefree import limit

DERIVATIVES = [  # the derivative by y, to the second order
    ("sin(x)/x + y", {"x": 0, "y": 1}, 1.0, 0.0),
    ("sin(x)/x*y**2", {"x": 0, "y": 3}, 6.0, 2.0),
    ("sin(x*y)/x", {"x": 0, "y": 2}, 1.0, 0.0),
    ("sin(x*y**2)/x", {"x": 0, "y": 3}, 6.0, 2.0),
    ("1/x - 1/sin(x) + y", {"x": 0, "y": 1}, 1.0, 0.0),
    ("sin(x)/x*sin(z)/z + y**3", {"x": 0, "y": 2, "z": 0}, 12.0, 12.0),
    ("(x**2 - y**2)/(x - y)*exp(y)", {"x": 0, "y": 0}, 1.0, 2.0),
    ("x*log(x) + y", {"x": 0, "y": 1}, 1.0, 0.0),
    ("sin(x*y)/x + abs(z)", {"x": 0, "y": 2, "z": 0}, 1.0, 0.0),
    ("(exp(x*y) - 1)/x + y", {"x": 0, "y": 2}, 2.0, 0.0),
    ("y*(sin(sqrt(2)*x)/x - sqrt(2))", {"x": 0, "y": 1}, 0.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize("text, at, first, second", DERIVATIVES)
def test_what_is_continued_has_a_derivative_and_is_judged(text: str, at: Any, first: float, second: float) -> None:
    for order, truth in ((1, first), (2, second)):
        answer = difftape.parse(text).answer(at, wrt=["y"], order=order, check_timeout=60)
        assert answer.statuses == {"y": "removable"} and answer.grad == {"y": truth}
        assert answer.check is not None and answer.check.verdict == "agree" and answer.check.judge == "mpmath"
        assert "the limit is taken" in answer.notes[0]


NONE = [
    ("x*y/(x**2 + y**2)", {"x": 0, "y": 0}, "x", "jump"),
    ("x*y/(x**2 + y**2)", {"x": 0, "y": 0}, "y", "jump"),
    ("x*y/(x**2 + y**2) + z", {"x": 0, "y": 0, "z": 1}, "z", "jump"),
    ("x**2*y/(x**4 + y**2)", {"x": 0, "y": 0}, "x", "jump"),  # the same along every straight line
    ("x/abs(x) + y", {"x": 0, "y": 1}, "y", "jump"),
    ("floor(z) + sin(x)/x", {"x": 0, "z": 0}, "x", "jump"),
    ("x**3*y/(x*(x**2 + y**2))", {"x": 0, "y": 0}, "y", "undecided"),  # continuous, and not smooth
    ("sin(x*y)/x + abs(y)", {"x": 0, "y": 0}, "y", "undecided"),
    ("x*sin(1/x) + y", {"x": 0, "y": 1}, "y", "undecided"),
    ("sin(x)/x + abs(y)", {"x": 0, "y": 0}, "y", "kink"),
    ("sin(x)/x + sqrt(y)", {"x": 0, "y": 0}, "y", "infinite"),
    ("sin(x)/x + y/x", {"x": 0, "y": 1}, "y", "outside"),
    ("log(x)*y", {"x": -1, "y": 1}, "y", "outside"),
    ("log(x)*y", {"x": 0, "y": 1}, "y", "outside"),
]


@pytest.mark.parametrize("text, at, by, status", NONE)
def test_what_is_not_proved_is_no_number(text: str, at: Any, by: str, status: str) -> None:
    for order in (1, 2):
        answer = difftape.parse(text).answer(at, wrt=[by], order=order)
        assert answer.statuses == {by: status} and answer.grad == {by: None} and answer.errors[by]


def test_a_partial_of_what_is_continuous_needs_no_more() -> None:
    found = difftape.parse("x**2*y/(x**2 + y**2)").answer({"x": 0, "y": 0})
    assert found.grad == {"x": 0.0, "y": 0.0} and set(found.statuses.values()) == {"removable"}


def test_the_value_and_other_questions_know_the_same() -> None:
    e = difftape.parse("sin(x)/x + y**2")
    at = {"x": 0, "y": 1}
    assert e.value(at) == 2.0 and e.diagnose(at, "y").derivatives == [2.0, 2.0]
    assert e.hessian(at) == {"x": {"x": pytest.approx(-1 / 3), "y": 0.0}, "y": {"x": 0.0, "y": 2.0}}
    assert e.hessian_answer(at).check.verdict == "agree"
    assert e.taylor("y", at, 2) == [2.0, 2.0, 1.0]
    assert {name: float(d) for name, d in e.gradient(at, digits=30).items()} == {"x": 0.0, "y": 2.0}
    broken = difftape.parse("x*y/(x**2 + y**2)")
    assert broken.mixed_answer({"x": 0, "y": 0}, ["x", "y"]).grad == {"x,y": None}
    assert broken.value_answer({"x": 0, "y": 0}).status == "jump"


def test_high_orders_are_not_taken_from_lines() -> None:
    program = parse("sin(x*y)/x")
    assert hard_point(program, {"x": 0.0, "y": 2.0}, "y", 3).derivatives == [2.0, 1.0, 0.0, 0.0]
    found = hard_point(program, {"x": 0.0, "y": 2.0}, "y", 9)
    assert found.status == "undecided" and "beyond order" in found.reason


LIMITS = [
    ("sin(x)/x", 1, 0.0), ("sin(x)/x", 2, -1 / 3), ("(1 - cos(x))/x**2", 2, -1 / 12), ("abs(x)**3", 2, 0.0),
    ("x*abs(x) + x", 1, 1.0), ("x**2*log(x)", 1, 0.0), ("besselj(1, x)/x", 2, -0.125), ("cbrt(x)**3", 1, 1.0),
    ("where(x > 0, exp(x), 1 + x)", 1, 1.0), ("(x - sin(x))/x**3", 4, 1 / 210), ("sqrt(x**2)**2", 2, 2.0),
]  # fmt: skip


@pytest.mark.parametrize("text, order, truth", LIMITS)
def test_mpmath_judges_limits(text: str, order: int, truth: float) -> None:
    answer = difftape.parse(text).answer({"x": 0}, order=order, judges=["mpmath"], check_timeout=60)
    assert answer.grad["x"] == pytest.approx(truth) and answer.check.verdict == "agree"


def test_a_limit_that_is_wrong_is_convicted(monkeypatch: pytest.MonkeyPatch) -> None:
    from mpmath import mp

    from difftape import continuation

    right = continuation.hard_point

    def wrong(*known: Any) -> Any:
        found = right(*known)
        return found._replace(derivatives=[mp.mpf(d) * (1 + mp.mpf(10) ** -12) for d in found.derivatives])

    monkeypatch.setattr(continuation, "hard_point", wrong)
    answer = difftape.parse("sin(x)/x").answer({"x": 0}, order=2)
    assert answer.check.verdict == "differs" and answer.check.judge == "mpmath"


def test_what_is_too_large_next_to_a_point_is_not_waited_for() -> None:
    answer = difftape.parse("exp(-1/x**2)").answer({"x": 0}, judges=["mpmath"])
    assert answer.grad == {"x": 0.0} and "too small next to the point" in answer.check.reason


def test_of_two_sides_each_has_its_limit() -> None:
    program = parse("abs(x) + x")
    sides = [float(limit(program, {"x": 0.0}, ("x",), side)(20)) for side in (-1, 1)]
    assert sides == [0.0, 2.0]


def test_a_condition_has_no_limit_to_stand_for_it() -> None:
    e = difftape.parse("where(x > 1 and not y == 2, log(x), sqrt(-x)*exp(w)) + pi*x")
    at = {"x": 1.0, "y": 2.0, "w": 0.5}
    assert {e.diagnose(at, by).derivatives is None for by in at} == {True}


@pytest.mark.parametrize("text", ["abs(x*y)", "max(x*y, 0) + x**2*y**2", "cos(sqrt(abs(x*y)))", "abs(x*y)*(1 + x*y)"])
def test_every_lower_order_is_that_of_a_smooth_function(text: str) -> None:
    answer = difftape.parse(text).mixed_answer({"x": 0.0, "y": 0.0}, ["x", "x", "y", "y"])
    assert answer.statuses == {"x,x,y,y": "undecided"} or answer.error is not None


@pytest.mark.parametrize("text", ["hypot(x, y)", "hypot(x, y) + x*y", "sqrt(x**4 + y**4)", "x**2*y**2/(x**2 + y**2)"])
def test_a_mixed_derivative_next_to_the_point_is_not_one_at_it(text: str) -> None:
    answer = difftape.parse(text).mixed_answer({"x": 0.0, "y": 0.0}, ["x", "y"])
    assert answer.error is not None


@pytest.mark.parametrize("text", ["sin(x)*sin(y)/(x*y)", "tan(x)*tan(y)/(x*y)", "log(1+x)*log(1+y)/(x*y)"])
def test_what_is_analytic_in_several_variables_is_not_convicted(text: str) -> None:
    answer = difftape.parse(text).hessian_answer({"x": 0.0, "y": 0.0})
    assert answer.error is None and answer.check is not None and answer.check.verdict == "agree"


def test_a_limit_along_lines_is_said_to_be_that() -> None:
    found = difftape.parse("x**2*y/(x**2 + y**2)").diagnose({"x": 0.0, "y": 0.0}, "x")
    assert found.status == "removable" and "along all lines that were tried" in found.reason
