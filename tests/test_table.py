"""Tests ask the table: every primitive, in every engine, against mpmath at points of the primitive's own domain.

A new entry of the table brings no new test code.  Each judge is a function that returns complaints, and the last
tests break an entry on purpose to see that each judge complains.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy
import pytest
from nested import derivative, number
from points import FUNCTIONS, SMOOTH, operands, positions

import difftape
from difftape import derivatives, orders, replay, series
from difftape.evaluation import by_mpmath
from difftape.graph import Graph, Program
from difftape.parser import parse
from difftape.primitives import ALIASES, TABLE, Primitive
from difftape.printer import printed

DIGITS = 50
POINTS = range(4)
NAMES = "abc"
NUMERICAL_ORDER = {  # 20 elsewhere; mpmath differentiates these for seconds
    **dict.fromkeys(("gamma", "lgamma", "digamma", "polygamma"), 14),
    **dict.fromkeys(("zeta", "zetaderiv"), 8),
    **dict.fromkeys(("bessely", "besselk"), 2),
}
CHOICES = [p for p in FUNCTIONS if p.symbol and max(p.left, p.right) <= 11]  # comparisons and logic: inside where only
CALLABLE = [p for p in FUNCTIONS if p not in CHOICES]
named = pytest.mark.parametrize


def exact(x: Any) -> Any:
    """An operand as mpmath takes it; a claim stays one."""
    return x if x.__class__ is bool else mpmath.mpf(x)


def truth(primitive: Primitive, x: list[Any]) -> Any:
    """The primitive's value by mpmath, to 50 digits."""
    with mpmath.workdps(DIGITS):
        return by_mpmath(primitive)(*map(exact, x))


def slope(primitive: Primitive, x: list[Any], position: int) -> Any:
    """The primitive's derivative by one operand, by mpmath's numerical differentiation to 50 digits."""
    function = by_mpmath(primitive)
    with mpmath.workdps(DIGITS):
        fixed = list(map(exact, x))
        return mpmath.diff(lambda t: function(*fixed[:position], t, *fixed[position + 1 :]), fixed[position])


def program(primitive: Primitive, x: list[Any]) -> tuple[Program, dict[str, float]]:
    """The primitive applied to variables (a claim is a comparison with 0, an order a number) and their point."""
    graph = Graph()
    at: dict[str, float] = {}
    places = []
    for position, value in enumerate(x):
        if value.__class__ is bool:
            zero, one = graph.leaf(0.0), graph.leaf(1.0)
            places.append(graph.place((TABLE["less"], zero, one) if value else (TABLE["less"], one, zero)))
        elif primitive.partials[position] is None:
            places.append(graph.leaf(value))
        else:
            at[NAMES[position]] = value
            places.append(graph.place((NAMES[position],)))
    root = graph.place((primitive, *places))
    return parse(printed(graph.steps, root)), at


# --- judges: each returns what is wrong with one primitive ---------------------------------------------------


def rule_is_true(primitive: Primitive) -> list[str]:
    """The rule on big floats against numerical differentiation: it is the derivative, to 40 digits."""
    wrong = []
    for seed in POINTS:
        x = operands(primitive, seed)
        for position in positions(primitive):
            rule, d = primitive.partials[position], slope(primitive, x, position)
            with mpmath.workdps(DIGITS):
                got = rule if rule.__class__ is int else rule(truth(primitive, x), *map(exact, x))
                if abs(got - d) > mpmath.mpf(10) ** -40 * (1 + abs(d)):
                    wrong.append(f"{primitive.name}{x} by {position}: rule {mpmath.nstr(got, 20)}, mpmath {d}")
    return wrong


def rule_is_accurate(primitive: Primitive) -> list[str]:
    """The rule on floats: spelt so that it loses no digits (1e-13 beside the value and the slope)."""
    return compared(primitive, lambda p, x, k: _rule(p, x, k, p.scalar(*x)), 1e-13)


def scalar_is_accurate(primitive: Primitive) -> list[str]:
    """The value on floats, in units in the last place: 0.5 is perfect; 4 for what is composed or Python's own.

    lgamma is allowed more: Python's is accurate absolutely, and used where it is larger than 1/4.
    """
    wrong = []
    for seed in range(20):
        x = operands(primitive, seed)
        got, y = primitive.scalar(*x), truth(primitive, x)
        if y in (True, False):
            if got is not y and got != y:
                wrong.append(f"{primitive.name}{x} is {got}, mpmath {y}")
            continue
        with mpmath.workdps(DIGITS):
            unit = math.ulp(float(y))
            ulps = float(abs(exact(got) - y) / unit)
        if ulps > {"gamma": 8, "lgamma": 16}.get(primitive.name, 4):
            wrong.append(f"{primitive.name}{x} is {got}, mpmath {mpmath.nstr(y, 20)}: {ulps:.1f} ulp")
    return wrong


def arrays_are_right(primitive: Primitive) -> list[str]:
    """The value on NumPy arrays against the scalar, all points at once."""
    columns = [numpy.array(column) for column in zip(*(operands(primitive, seed) for seed in range(20)), strict=True)]
    got = primitive(*columns)
    want = [primitive.scalar(*point) for point in zip(*(c.tolist() for c in columns), strict=True)]
    return [
        f"{primitive.name} of arrays: {g} is not {w}"
        for g, w in zip(got.tolist(), want, strict=True)
        if abs(g - w) > 1e-14 * max(1.0, abs(w))
    ]


def taylor_is_right(primitive: Primitive) -> list[str]:
    """Taylor coefficients to order 20 against mpmath's numerical ones."""
    return _series(primitive, lambda p, at, by: series.taylor(p.steps, p.root, at, by, 20), 1e-11)


def big_taylor_is_right(primitive: Primitive) -> list[str]:
    """The same on big floats, to 25 digits."""
    return _series(primitive, lambda p, at, by: series.taylor_mp(p.steps, p.root, at, by, 20, 50), 1e-25)


@cache
def numerical_series(name: str, position: int) -> tuple[list[Any], list[Any]]:
    """A point, and mpmath's Taylor coefficients there, by differences at a precision that grows with the order."""
    primitive = TABLE[name]
    function, x = by_mpmath(primitive), operands(primitive, 1)
    order = NUMERICAL_ORDER.get(name, 20)
    with mpmath.workdps(DIGITS if order == 20 else 32):
        fixed = list(map(exact, x))
        call = lambda t: function(*fixed[:position], t, *fixed[position + 1 :])
        return x, mpmath.taylor(call, fixed[position], order)


def _series(primitive: Primitive, engine: Callable[[Program, Any, str], list[Any]], tolerance: float) -> list[str]:
    wrong = []
    for position in positions(primitive):
        x, want = numerical_series(primitive.name, position)
        p, at = program(primitive, x)
        got = engine(p, at, NAMES[position])
        with mpmath.workdps(DIGITS):
            size = [max(map(abs, want[max(0, k - 1) : k + 1])) for k in range(len(want))]
            for k, (g, w) in enumerate(zip(got, want, strict=False)):
                if abs(g - w) > tolerance * (abs(w) + size[k]) + mpmath.mpf(10) ** -DIGITS:
                    wrong.append(f"{primitive.name}{x} by {position}, coefficient {k}: {g} is not {mpmath.nstr(w, 20)}")
                    break
    return wrong


def compared(primitive: Primitive, engine: Callable[..., float], tolerance: float = 1e-12) -> list[str]:
    """An engine's derivatives in doubles against mpmath's."""
    wrong = []
    for seed in POINTS:
        x = operands(primitive, seed)
        y = abs(float(truth(primitive, x)))
        for position in positions(primitive):
            d = float(slope(primitive, x, position))
            got = engine(primitive, x, position)
            if not abs(got - d) <= tolerance * (abs(d) + y):
                wrong.append(f"{primitive.name}{x} by {position}: {got} is not {d}")
    return wrong


# --- engines: the derivative of a primitive by one operand, each by its own way --------------------------------


def _rule(primitive: Primitive, x: list[Any], position: int, y: Any) -> float:
    rule = primitive.partials[position]
    return float(rule if rule.__class__ is int else rule(y, *x))


def on_arrays(primitive: Primitive, x: list[Any], position: int) -> float:
    """The rule on arrays of two equal points."""
    columns = [numpy.array([value, value]) for value in x]
    rule = primitive.partials[position]
    got = rule if rule.__class__ is int else rule(primitive(*columns), *columns)
    return float(numpy.broadcast_to(got, 2)[1])


def by_reverse_sweep(primitive: Primitive, x: list[Any], position: int) -> float:
    p, at = program(primitive, x)
    value, gradient = derivatives.gradient(p, at, tuple(at))
    assert value == primitive.scalar(*x)
    return float(gradient[NAMES[position]])


def by_series(primitive: Primitive, x: list[Any], position: int) -> float:
    p, at = program(primitive, x)
    return series.taylor(p.steps, p.root, at, NAMES[position], 1)[1]


def by_nth(primitive: Primitive, x: list[Any], position: int) -> float:
    p, at = program(primitive, x)
    return orders.nth(p, at, NAMES[position], 1)[1]


def by_replay(primitive: Primitive, x: list[Any], position: int) -> float:
    p, at = program(primitive, x)
    return float(replay.replay(p, at, (NAMES[position],), 1, 30)[NAMES[position]])


def by_derivative_graph(primitive: Primitive, x: list[Any], position: int) -> float:
    """The sweep over nodes writes a derivative as an expression, which is then evaluated."""
    p, at = program(primitive, x)
    return number(*derivative(p.steps, p.root, NAMES[position]), at)


def by_tape(primitive: Primitive, x: list[Any], position: int) -> float:
    inputs = [difftape.constant(v) if k in positions(primitive) else v for k, v in enumerate(x)]
    with difftape.GradientTape() as tape:
        tape.watch(inputs[position])
        y = primitive(*inputs)
    return float(tape.gradient(y, inputs[position], unconnected_gradients="zero"))


def by_expression(primitive: Primitive, x: list[Any], position: int) -> float:
    """From text, as a user asks."""
    p, at = program(primitive, x)
    return float(difftape.parse(p.text).gradient(at, wrt=[NAMES[position]])[NAMES[position]])


ENGINES = [
    on_arrays,
    by_reverse_sweep,
    by_series,
    by_nth,
    by_replay,
    by_derivative_graph,
    by_tape,
    by_expression,
]
JUDGES = [rule_is_true, rule_is_accurate, scalar_is_accurate, arrays_are_right]


# --- the questions -------------------------------------------------------------------------------------------


@named("judge", JUDGES)
@named("primitive", FUNCTIONS, ids=repr)
def test_every_entry_is_right(primitive: Primitive, judge: Callable[[Primitive], list[str]]) -> None:
    assert not judge(primitive)


@named("engine", ENGINES)
@named("primitive", CALLABLE, ids=repr)
def test_every_engine_knows_every_primitive(primitive: Primitive, engine: Callable[..., float]) -> None:
    assert not compared(primitive, engine)


@named("judge", [taylor_is_right, big_taylor_is_right])
@named("primitive", [p for p in CALLABLE if p.name != "where"], ids=repr)
def test_a_first_derivative_rule_is_a_taylor_rule(
    primitive: Primitive, judge: Callable[[Primitive], list[str]]
) -> None:
    assert not judge(primitive)


@named("primitive", [p for p in CALLABLE if p.arity == 1], ids=repr)
def test_a_rule_is_right_outside_its_stated_domain_or_says_nothing(primitive: Primitive) -> None:
    """cbrt, gamma and others live beyond it: where the value is real and no tie, a number from the rule is right."""
    function = by_mpmath(primitive)
    wrong = []
    for k in range(-12, 13):
        x = k * 0.49 + 0.003
        try:
            with mpmath.workdps(DIGITS):
                d = mpmath.diff(function, mpmath.mpf(x))
            y = primitive.scalar(x)
            got = _rule(primitive, [x], 0, y)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        if not isinstance(d, mpmath.mpf) or (primitive.tie and primitive.tie(x)):
            continue
        if not abs(got - d) <= 1e-11 * (abs(d) + abs(y)):
            wrong.append(f"{primitive.name}({x}): rule {got}, mpmath {float(d)}")
    assert not wrong, wrong


def test_aliases_are_unique() -> None:
    spelt = Counter(name for primitive in TABLE.values() for name in (primitive.name, *primitive.aliases))
    assert [name for name, count in spelt.items() if count > 1] == []
    assert {alias for primitive in TABLE.values() for alias in primitive.aliases} == set(ALIASES)


@named("primitive", list(TABLE.values()), ids=repr)
def test_every_entry_is_documented(primitive: Primitive) -> None:
    assert primitive.doc
    assert "\n" not in primitive.doc
    if primitive.is_called or not primitive.arity:
        assert primitive.example
    if primitive.example:
        value = difftape.parse(primitive.example).value({})
        assert math.isfinite(value)


def test_integer_powers_at_zero_are_right() -> None:
    """The x**n-at-0 NaN of every peer."""
    x = difftape.parse("x**3")
    assert x.derivatives("x", {"x": 0.0}, 5) == [0.0, 0.0, 0.0, 6.0, 0.0, 0.0]
    assert difftape.parse("x**0").gradient({"x": 0.0}) == {"x": 0.0}
    assert difftape.parse("x**1").derivatives("x", {"x": 0.0}, 2) == [0.0, 1.0, 0.0]


def test_a_flat_slope_ends_its_series() -> None:
    """sign(x) has no series beyond its value: abs and max and relu of polynomials end where those do."""
    for text in ("abs(x**2 + 1)", "relu(x**2 + 1)", "max(x, x**2 + 1)", "where(x > 0, x**2 + 1, x)", "x*abs(x) + 1"):
        assert difftape.parse(text).derivatives("x", {"x": 1.5}, 4) == [3.25, 3.0, 2.0, 0.0, 0.0], text


# --- the judges are judged -----------------------------------------------------------------------------------


def broken(primitive: Primitive, monkeypatch: pytest.MonkeyPatch) -> Primitive:
    """The primitive with its first real partial a millionth too large."""
    position = positions(primitive)[0]
    for field in ("partials", "series"):
        rules = list(getattr(primitive, field))
        rules[position] = lambda y, *x, rule=rules[position]: rule(y, *x) * 1.000001
        monkeypatch.setattr(primitive, field, tuple(rules))
    return primitive


@named("judge", [rule_is_true, rule_is_accurate, taylor_is_right, big_taylor_is_right])
@named("name", ["sin", "tanh", "log", "atan2", "besselj", "gamma"])
def test_each_judge_sees_a_broken_rule(name: str, judge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not judge(TABLE[name])
    assert judge(broken(TABLE[name], monkeypatch))


@named("engine", ENGINES)
def test_each_engine_shows_a_broken_rule(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compared(broken(TABLE["atan"], monkeypatch), engine)


@named("judge", [scalar_is_accurate, arrays_are_right])
def test_each_judge_sees_a_broken_value(judge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sinh = TABLE["sinh"]
    monkeypatch.setattr(sinh, "scalar", lambda x: math.sinh(x) * (1 + 1e-13))
    assert judge(sinh)


def test_a_rule_that_cancels_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 - y*y is true for tanh, and loses every digit where tanh is flat."""
    tanh = TABLE["tanh"]
    monkeypatch.setattr(tanh, "domain", ((8.0, 14.0),))
    assert not rule_is_true(tanh)
    assert all(abs(float(tanh.partials[0](math.tanh(x), x)) / (1 / math.cosh(x) ** 2) - 1) < 1e-14 for x in (8.0, 15.0))
    monkeypatch.setattr(tanh, "partials", (lambda y, x: 1 - y * y,))
    assert abs(float(tanh.partials[0](math.tanh(15.0), 15.0)) / (1 / math.cosh(15.0) ** 2) - 1) > 1e-5


def test_every_smooth_entry_has_a_rule_for_series() -> None:
    assert all(len(primitive.series) == primitive.arity for primitive in SMOOTH)


@pytest.mark.parametrize("x", [1.00000001, 2.0000000001, 1.0 - 1e-12, -2.4570247382208006])
def test_lgamma_keeps_its_digits_near_its_zeros(x: float) -> None:
    with mpmath.workdps(40):
        truth = mpmath.loggamma(mpmath.mpf(x)).real
    assert TABLE["lgamma"](x) == pytest.approx(float(truth), rel=1e-14)
