"""Second and mixed derivatives: every primitive in every engine against mpmath's differences, engines among each other.

The judges are broken on purpose at the end.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nested import hessian as nested_hessian
from points import operands, positions
from test_random_expressions import QUIET, expressions, with_point
from test_table import CALLABLE, NAMES, exact
from test_table import program as asked

import difftape
from difftape import multivariate, replay
from difftape.derivatives import Singular
from difftape.errors import LimitError
from difftape.evaluation import by_mpmath
from difftape.pairs import hessian, may_meet, replay_hessian
from difftape.parser import parse
from difftape.partials import coupled, mixed, replay_mixed
from difftape.primitives import TABLE, Primitive

DIGITS = 50
SLOW = {"zeta", "zetaderiv", "bessely", "besselk"}  # mpmath takes seconds for a difference of these

CURVED = [p for p in CALLABLE if p.name != "where" and positions(p)]


def second(primitive: Primitive, x: list[Any], i: int, k: int) -> Any:
    """A second partial by mpmath's differences."""
    function = by_mpmath(primitive)
    with mpmath.workdps(DIGITS):
        fixed = list(map(exact, x))

        def call(*moved: Any) -> Any:
            at = list(fixed)
            for position, value in zip(dict.fromkeys((i, k)), moved, strict=True):
                at[position] = value
            return function(*at)

        if i == k:
            return mpmath.diff(call, fixed[i], 2)
        return mpmath.diff(call, (fixed[i], fixed[k]), (1, 1))


def by_hessian(primitive: Primitive, x: list[Any], i: int, k: int) -> float:
    p, at = asked(primitive, x)
    found = hessian(p, at, sorted(at)).pairs
    return float(found.get((NAMES[min(i, k)], NAMES[max(i, k)]), 0.0))


def by_replayed_hessian(primitive: Primitive, x: list[Any], i: int, k: int) -> float:
    p, at = asked(primitive, x)
    found = replay_hessian(p, at, sorted(at), 30)
    return float(found.get((NAMES[min(i, k)], NAMES[max(i, k)]), 0.0))


def by_mixed(primitive: Primitive, x: list[Any], i: int, k: int) -> float:
    p, at = asked(primitive, x)
    return mixed(p, at, [NAMES[i], NAMES[k]])


def by_replayed_mixed(primitive: Primitive, x: list[Any], i: int, k: int) -> float:
    p, at = asked(primitive, x)
    return float(replay_mixed(p, at, [NAMES[i], NAMES[k]], 30))


def by_box(primitive: Primitive, x: list[Any], i: int, k: int) -> float:
    """The truncated series of several variables, also where one variable would do."""
    p, at = asked(primitive, x)
    powers = {NAMES[i]: 2} if i == k else {NAMES[i]: 1, NAMES[k]: 1}
    return multivariate.coefficient(p.steps, p.root, at, powers)[0] * (2 if i == k else 1)


ENGINES = [by_hessian, by_replayed_hessian, by_mixed, by_replayed_mixed, by_box]


def compared(primitive: Primitive, engine: Callable[..., float]) -> list[str]:
    """Every second partial at a point of the primitive's domain, to 1e-11 beside its size and the value's."""
    wrong = []
    for seed in range(1 if primitive.name in SLOW else 2):
        x = operands(primitive, seed)
        for i, k in itertools.combinations_with_replacement(positions(primitive), 2):
            d, y = float(second(primitive, x, i, k)), abs(float(by_mpmath(primitive)(*map(exact, x))))
            got = engine(primitive, x, i, k)
            if not abs(got - d) <= 1e-11 * (abs(d) + y):
                wrong.append(f"{primitive.name}{x} by {i} and {k}: {got} is not {d}")
    return wrong


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("primitive", CURVED, ids=repr)
def test_every_engine_knows_every_second_partial(primitive: Primitive, engine: Callable[..., float]) -> None:
    assert not compared(primitive, engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["atan", "pow", "hypot"])
def test_each_engine_shows_a_broken_rule(name: str, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape import curvature

    primitive = TABLE[name]
    assert not compared(primitive, engine)
    curvature._known.clear()
    for field in ("partials", "series"):
        rules = list(getattr(primitive, field))
        rules[0] = lambda y, *x, rule=rules[0]: rule(y, *x) * 1.000001
        monkeypatch.setattr(primitive, field, tuple(rules))
    try:
        assert compared(primitive, engine)
    finally:
        curvature._known.clear()


@given(expressions)
@QUIET
def test_one_sweep_over_pairs_is_two_sweeps(text: str) -> None:
    program, at = with_point(text)
    try:
        got = hessian(program, at)
        want = nested_hessian(program.steps, program.root, at) if not program.has_choices else None
    except (Singular, ArithmeticError, ValueError):
        return
    for (a, b), d in got.pairs.items():
        if want is not None and math.isfinite(want[a][b]):
            size = 1e-9 * (abs(got.value) + max(abs(x) for row in want.values() for x in row.values()))
            assert abs(d - want[a][b]) <= size, (text, a, b)
    meeting = may_meet(program.steps, program.root, program.variables)
    assert all(b in meeting[a] for a, b in got.pairs)


@given(expressions, st.lists(st.sampled_from(["x", "y", "time"]), min_size=2, max_size=4))
@QUIET
def test_mixed_derivatives_in_doubles_are_those_in_fifty_digits(text: str, by: list[str]) -> None:
    program, at = with_point(text)
    by = [name for name in by if name in at]
    try:
        got = mixed(program, at, by) if by else 0.0
        want = float(replay_mixed(program, at, by, 30)) if by else 0.0
    except (Singular, ValueError, ArithmeticError):
        return
    assert abs(got - want) <= 1e-11 * abs(want) + 1e-300, (text, by)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("exp(x*y)*sin(z*x)", "xxxyyyzz"),
        ("x**y/(1 + z**2)", "xxyyz"),
        ("log(x + y*z)**3", "xyzzz"),
        ("besselj(2, x*y)*z", "xxyyz"),
        ("(x + y)**7*z**2", "xxxyyyzz"),
        ("sqrt(x*y*z)", "xyz"),
        ("where(x > y, x*y, x/y)*z", "xyyz"),
        ("max(x, y*z)**3", "yzz"),
        ("atan2(x*y, z)", "xxyzz"),
        ("x**2.5*y**-1.5", "xxyy"),
    ],
)
def test_mixed_derivatives_of_higher_order(text: str, by: str) -> None:
    """Against sympy's own derivative, evaluated with 50 digits."""
    at = {name: value for name, value in {"x": 0.7, "y": 1.25, "z": 0.4}.items() if name in parse(text).places}
    answer = difftape.parse(text).mixed_answer(at, list(by), check_timeout=60)
    assert answer.check is not None
    assert answer.check.verdict == "agree", (answer.grad, answer.check)
    assert answer.order == len(by)


def test_the_order_of_the_variables_does_not_matter() -> None:
    e, at = difftape.parse("exp(x*y)*sin(z*x)"), {"x": 0.7, "y": 1.25, "z": 0.4}
    assert e.mixed(list("xyzx"), at) == pytest.approx(e.mixed(list("zxxy"), at), rel=1e-14)
    assert e.mixed(["x"], at) == e.gradient(at)["x"]
    assert e.mixed(["x", "x"], at) == e.derivatives("x", at, 2)[2]


def test_digits_that_cancel_in_a_mixed_derivative_are_found_again() -> None:
    assert difftape.parse("sqrt(x**2 + y) - x").mixed(["x", "y"], {"x": 1e8, "y": 1}) == pytest.approx(-5e-17, 1e-12)
    program, at = parse("(1 - cos(x*y))/x**2"), {"x": 1e-6, "y": 1.0}
    assert mixed(program, at, ["x", "y"]) == pytest.approx(-1e-6 / 3, rel=1e-12)


def test_terms_that_lack_a_variable_have_no_part_in_it() -> None:
    program = parse("abs(x) + 3*(x*y) - (x - x*y) + sin(y) - y")
    assert mixed(program, {"x": 0.0, "y": 1.0}, ["x", "y"]) == 4.0
    assert coupled(program.steps, program.root, ["x", "z"]) is None
    shared = parse("(x + x*y) + sin(x + x*y) - (x + x*y)")  # the same sum as a term and inside of one
    assert float(mixed(shared, {"x": 0.5, "y": 1.0}, "xy")) == pytest.approx(math.cos(1) - math.sin(1) * 2 * 0.5)


def test_a_separable_sum_costs_what_its_gradient_costs() -> None:
    """The steps that are visited, not the seconds: no pair of two variables is ever made."""
    text = " + ".join(f"sin(x{i})*x{i}**2" for i in range(300))
    program = parse(text)
    at = dict.fromkeys(program.variables, 0.5)
    found = hessian(program, at)
    assert len(found.pairs) == 300 and all(a == b for a, b in found.pairs)


def test_a_chain_of_20000_steps_and_a_sum_of_10000_terms() -> None:
    program = parse("sin(" * 10_000 + "x" + ")" * 10_000)
    assert math.isfinite(hessian(program, {"x": 0.5}).pairs["x", "x"])
    many = parse(" + ".join(f"x{i}**3" for i in range(10_000)))
    rows = difftape.Expression(many).hessian(dict.fromkeys(many.variables, 1.0))
    assert rows["x7"]["x7"] == 6.0 and rows["x7"]["x8"] == 0.0 and len(rows) == 10_000


def test_whole_powers_at_zero() -> None:
    e = difftape.parse("x**2*y**3 + x**0 + y**1")
    assert e.hessian({"x": 0, "y": 0}) == {"x": {"x": 0.0, "y": 0.0}, "y": {"x": 0.0, "y": 0.0}}
    assert e.mixed(list("xxyyy"), {"x": 0, "y": 0}) == 12.0


def test_limits() -> None:
    with pytest.raises(LimitError):
        difftape.parse("x*y").mixed(["x"] * 600 + ["y"] * 600, {"x": 1, "y": 1})
    with pytest.raises(LimitError):
        difftape.parse("x*y").mixed(["x"] * 400 + ["y"] * 400, {"x": 1, "y": 1})


def test_series_in_several_variables_and_in_one_are_the_same() -> None:
    program, at = parse("exp(sin(x))/(1 + x**2)"), {"x": 0.7}
    one = replay.replay_coefficients(program, at, "x", 8, 30)
    for k in range(1, 9):
        got, _ = multivariate.coefficient(program.steps, program.root, at, {"x": k})
        assert got == pytest.approx(float(one[k]), rel=1e-12)


def test_what_has_no_curvature_has_no_second_partials() -> None:
    """A rule run on nodes is what they are read off; a plain number there is a structural zero."""
    from difftape.curvature import MOVES, curvature

    assert curvature(TABLE["add"], (MOVES, MOVES)).seconds == []
    assert curvature(TABLE["max"], (MOVES, MOVES)).seconds == []
    assert [pair[:2] for pair in curvature(TABLE["mul"], (MOVES, MOVES)).seconds] == [(1, 0)]
