"""Rows whose numbers are not to be trusted are said to be doubtful, and one point of them is answered or refused."""

from __future__ import annotations

import math
from importlib.util import find_spec
from itertools import product

import numpy as np
import pytest
from hard_points import OTHERS, TABLE, Point, composed
from points import FUNCTIONS

import difftape
from difftape.engines import guarding
from difftape.engines.branching import EVERYWHERE, branches
from difftape.engines.building import kernel
from difftape.engines.guarding import hides
from difftape.errors import DomainError
from difftape.expression import Expression
from difftape.parser import parse

ROUNDED = {"abs(sin(pi*x))", "tan(pi/2 + x)*x"}  # hard at pi, not at the double that stands for it
POINTS = [p for p in (*TABLE, *OTHERS, *composed(60)) if p.text not in ROUNDED]
HAS_LLVM = find_spec("llvmlite") is not None


def doubts(expression: Expression, order: int, *points: float) -> list[bool]:
    """Which of some values of x are in doubt."""
    found: list[bool] = expression.compile(order=order).doubtful({"x": np.array(points)}).tolist()
    return found


def is_silent(point: Point) -> bool:
    """Whether a hard point comes through without a doubt although its numbers are not the truth."""
    expression = difftape.parse(point.text)
    if doubts(expression, point.order, point.at)[0]:
        return False
    if point.status != "ok":
        return True
    truth = point.left if point.right is None else point.right
    assert truth is not None
    found = expression.compile(order=point.order)({"x": np.array([point.at])})
    numbers = [found] if point.order == 0 else [found[0], found[1]["x"]] if point.order == 1 else found["x"]
    return not math.isclose(numbers[-1][0], truth, rel_tol=1e-9, abs_tol=1e-12)


def test_no_hard_point_is_silent() -> None:
    assert not [point for point in POINTS if is_silent(point)]


def test_a_guard_broken_on_purpose_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "hides", lambda primitive, position: False)
    assert is_silent(Point("atan(1/x)", 0, 0, "jump", 0, 0))


@pytest.mark.parametrize(
    "point", [p for p in POINTS if p.order == 1 and p.status in ("pole", "kink", "jump")][:40:4], ids=str
)
def test_one_hard_point_is_refused_as_the_expression_refuses_it(point: Point) -> None:
    expression = difftape.parse(point.text)
    with pytest.raises(DomainError) as ours:
        expression.compile()({"x": float(point.at)})
    with pytest.raises(DomainError) as theirs:
        expression.value({"x": point.at})
        expression.gradient({"x": point.at})
    assert str(ours.value) == str(theirs.value)


def test_one_removable_point_is_answered() -> None:
    f = difftape.parse("sin(x)/x")
    assert f.compile()({"x": 0.0}) == (1.0, {"x": 0.0})
    assert f.compile(order=2)({"x": 0}) == {"x": [1.0, 0.0, -1 / 3]}
    assert f.compile(hessian=True)({"x": 0.0}) == (1.0, {"x": 0.0}, {"x": {"x": -1 / 3}})
    assert f.compile(order=0)({"x": 0.0}) == 1.0


def test_what_a_product_with_zero_left_out_is_looked_at() -> None:
    assert doubts(difftape.parse("0*log(x) + x"), 1, -1.0, 1.0) == [True, False]
    assert doubts(difftape.parse("(1/x)**0 + x"), 1, 0.0, 1.0) == [True, False]
    assert doubts(difftape.parse("0/x + x"), 1, 0.0, 1.0) == [True, False]


def test_an_input_that_is_not_finite_is_in_doubt() -> None:
    for text in ("atan(x)", "exp(-x)", "x", "x*x", "max(x, 0)", "where(x > 0, 1, 2)*x", "1/x", "sign(x)", "erf(x)"):
        assert doubts(difftape.parse(text), 1, math.inf, -math.inf, math.nan, 1.5) == [True, True, True, False], text


def test_a_branch_that_is_not_taken_is_not_looked_at() -> None:
    """Neither its numbers nor its ties, also where choices are nested; no nan comes out of it."""
    for text in (
        "where(x > 0, sqrt(x), 0)",
        "where(x > 0, log(x), abs(x + 1))",
        "where(x < 0, 0, where(x < 9, sqrt(x), 1))",
        "where(x > 1, abs(x - 0.5), x)",
        "where(x > 0, x**1.5, -x)*2",
    ):
        expression = difftape.parse(text)
        for order in (1, 2):
            x = np.array([-1.5, -2.0, 0.5, 4.0])
            assert not any(doubts(expression, order, *x)), text
        value, slopes = expression.compile()({"x": x})
        assert np.isfinite(value).all() and np.isfinite(slopes["x"]).all()


def test_branches_share_what_is_around_them() -> None:
    program = parse("where(x > 0, where(x > 1, sin(x), cos(x)) + sin(x), exp(sin(x)))")
    found = dict(zip(program.steps, branches(program.steps, [program.root]), strict=True))
    named = {step[0].name: branch for step, branch in found.items() if len(step) > 1}
    assert named["sin"] == EVERYWHERE
    assert len({named["cos"], named["exp"], EVERYWHERE}) == 3


@pytest.mark.parametrize("engine", ["blocked", pytest.param("jit", marks=pytest.mark.skipif(not HAS_LLVM, reason=""))])
def test_each_row_has_its_own_doubt(engine: str) -> None:
    from difftape.engines.choosing import built

    guarded, _ = kernel(parse("atan(1/x) + abs(y)"), ["x", "y"], guarded=True)
    x = np.linspace(-3.0, 3.0, 40_003)
    y = np.linspace(-2.0, 1.0, 40_003)
    x[[0, 17, 30_000, 40_002]] = 0.0
    y[[17, 20_000]] = 0.0
    marks = np.zeros(len(x), np.uint8)
    out = [np.empty(len(x)) for _ in guarded.outputs]
    assert built(engine, guarded).run([x, y], out, 0, len(x), marks)
    assert np.flatnonzero(marks).tolist() == np.flatnonzero((x == 0) | (y == 0)).tolist()
    x[x == 0] = y[y == 0] = 1.0
    assert not built(engine, guarded).run([x, y], out, 0, len(x), np.zeros(len(x), np.uint8))


def test_what_hides_is_asked_of_every_function() -> None:
    """A function that is finite at some operand that is not hides it; it is found without an exception of any kind."""
    for primitive, position in product(FUNCTIONS, range(2)):
        if position < primitive.arity:
            assert hides(primitive, position) in (True, False)
    named = {p.name: p for p in FUNCTIONS}
    assert all(hides(named[name], 0) for name in ("exp", "atan", "tanh", "less", "max", "sign", "erf", "acot"))
    assert not any(hides(named[name], 0) for name in ("mul", "add", "sin", "neg", "square", "log", "sqrt", "cosh"))
