"""What the library refuses of expressions: the kind of error that Python expects, and the mend in Python's words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import difftape as dt
from difftape.cli import main

X2 = dt.parse("x**2")
XY = dt.parse("x*y")
AT: Any = {"x": 3}
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: X2.derivatives("y", AT, 2), "no expression has the variable y"),
        (lambda: X2.gradient(AT, ["y"]), "no expression has the variable y"),
        (lambda: X2.derivatives("x", AT, -1), "order -1: .* from 0 to 1000"),
        (lambda: X2.answer(AT, order=0), "order 0: .* from 1 to 1000"),
        (lambda: X2.answer(AT, order=-1), "order -1"),
        (lambda: X2.check(AT, order=0), "order 0"),
        (lambda: X2.diagnose(AT, "x", -1), "order -1"),
        (lambda: X2.taylor("x", AT, -2), "order -2"),
        (lambda: X2.check(AT, rtol=-1), "rtol is -1"),
        (lambda: X2.check(AT, rtol=NAN), "rtol is nan"),
        (lambda: X2.answer(AT, atol=-1e-3), "atol is -0.001"),
        (lambda: X2.answer(AT, atol=INF), "atol is inf"),
        (lambda: XY.hessian_answer({"x": 1, "y": 2}, rtol=NAN), "rtol is nan"),
        (lambda: XY.mixed_answer({"x": 1, "y": 2}, ["x", "y"], atol=-1), "atol is -1"),
        (lambda: XY.diagnose({"x": 1, "y": 2}), "wrt"),
        (lambda: X2.subs({"y": 1}), "no expression has the variable y"),
        (lambda: X2.subs({"x": INF}), "inf.* finite"),
        (lambda: X2 * NAN, "nan.* finite"),
        (lambda: X2.value({"x": 10**400}), "value of x .*too large"),
        (lambda: X2 + 10**400, "too large"),
        (lambda: dt.parse("pi*x", ["pi"]) + dt.parse("pi"), "pi"),
        (lambda: dt.parse("pi*x").subs({"x": dt.parse("pi", ["pi"])}), "pi"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(ask: Callable[[], Any], words: str) -> None:
    with pytest.raises(dt.UsageError, match=words):
        ask()


def test_orders_past_the_limit_are_a_limit_error() -> None:
    for ask in (X2.answer, X2.check):
        with pytest.raises(dt.LimitError, match="1000"):
            ask(AT, order=1001)
    with pytest.raises(dt.LimitError, match="1000"):
        X2.diagnose(AT, "x", 1001)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: X2.value({"x": "3"}), "value of x .* str"),  # type: ignore[dict-item]
        (lambda: X2.value({"x": b"3"}), "value of x .* bytes"),  # type: ignore[dict-item]
        (lambda: X2.gradient({"x": 1j}), "value of x .* complex"),  # type: ignore[dict-item]
        (lambda: X2.value(3), "a point is a mapping of names to numbers, not a int"),  # type: ignore[arg-type]
        (lambda: dt.parse("1").value(3), "a point is a mapping of names to numbers"),  # type: ignore[arg-type]
        (lambda: X2.value({3: 1.0}), "a name is a str, not a int"),  # type: ignore[dict-item]
        (lambda: XY.gradient({"x": 1, "y": 1}, "xy"), "list of names"),
        (lambda: X2.answer(AT, wrt="x"), "list of names"),
        (lambda: X2 + "y", "str"),
        (lambda: X2.subs({"x": "y"}), "str"),
        (lambda: bool(X2), "truth value"),
        (lambda: X2 < 1, "where"),
        (lambda: X2 <= 1, "where"),
        (lambda: X2.answer(AT, order=1.5), "order .* float"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_the_wrong_kind_is_a_type_error(ask: Callable[[], Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        ask()


def test_what_looks_alike_is_allowed() -> None:
    import numpy as np

    assert X2.value({"x": np.float32(3)}) == X2.value({"x": np.int64(3)}) == X2.value({"x": np.array(3.0)}) == 9.0
    assert X2.derivatives("x", AT, 0) == [9.0]
    assert X2.taylor("x", AT, 0) == [9.0]
    assert (X2 == 1) is False
    assert (X2 != X2) is False
    assert str(X2 * np.float64(2)) == "x**2*2"


def test_a_constant_is_replaced_as_it_is_given_a_value() -> None:
    e = dt.parse("pi*x")
    assert e.subs({"pi": 3}) == dt.parse("3*x")
    assert e.subs({"π": dt.parse("y")}) == dt.parse("y*x")


def test_mends_are_in_the_words_of_their_reader(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(dt.UsageError, match=r"at=\{'y': …\}") as caught:
        XY.value({"x": 1})
    assert "--" not in str(caught.value)
    assert main(["value", "x*y", "--at", "x=1"]) == 2
    assert "add --at y=VALUE" in capsys.readouterr().err
    with pytest.raises(dt.KinkError, match="subgradient=True") as kink:
        dt.parse("abs(x)").gradient({"x": 0})
    assert "--" not in str(kink.value)
    assert main(["grad", "abs(x)", "--at", "x=0"]) == 4
    assert "--subgradient" in capsys.readouterr().err


def test_what_was_tried_is_not_offered() -> None:
    with pytest.raises(dt.KinkError, match="give no finite number there either") as caught:
        dt.parse("sqrt(x**2)").gradient({"x": 0}, subgradient=True)
    assert "subgradient" not in str(caught.value)
