"""Every function of the table on balls: its value, its edges, and its rules.

Independent judges are mpmath at 60 digits, and Cauchy's formula, which knows no rule.
"""

from __future__ import annotations

from typing import Any

import flint
import mpmath
import pytest
from points import CONDITIONS, FUNCTIONS, SMOOTH, operands, positions

import difftape
from difftape.certify import judges
from difftape.certify.ball import precision
from difftape.errors import UsageError
from difftape.evaluation import by_flint, by_mpmath
from difftape.graph import Graph, Program
from difftape.parser import parse
from difftape.primitives import TABLE, Primitive
from difftape.printer import printed

arb, acb = flint.arb, flint.acb
named = pytest.mark.parametrize
POINTS = [-3.5, -3.0, -2.5, -1.5, -1.0, -0.75, -0.25, 0.0, 0.25, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0]


def program(primitive: Primitive, x: list[Any]) -> tuple[Program, dict[str, float]]:
    """The primitive of variables, with orders as numbers and claims as comparisons, and the point."""
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
            at["abc"[position]] = value
            places.append(graph.place(("abc"[position],)))
    root = graph.place((primitive, *places))
    return parse(printed(graph.steps, root)), at


def lifted(x: Any, kind: Any) -> Any:
    """A float as a number of that kind; a claim stays one."""
    return x if x.__class__ is bool else kind(x)


def holds(ball: Any, number: Any) -> bool:
    """Whether a ball and a number of mpmath's with 60 digits have one in common, and the ball is small."""
    with mpmath.workdps(70), precision(400):
        near = arb(mpmath.nstr(number, 60)) + arb(0, abs(arb(mpmath.nstr(number, 60))) * arb("1e-55"))
        return bool(ball.overlaps(near)) and bool(ball.rad() <= abs(near) * arb("1e-35") + arb("1e-300"))


# --- judges: each returns what is wrong with one primitive ---------------------------------------------------


def ball_is_right(primitive: Primitive, kind: Any = arb) -> list[str]:
    """The value of balls against mpmath with 60 digits; of complex balls, the part off the real line is around 0."""
    wrong = []
    for seed in range(6):
        x = operands(primitive, seed)
        with precision(200):
            y = by_flint(primitive, kind)(*[lifted(v, kind) for v in x])
        with mpmath.workdps(60):
            truth = by_mpmath(primitive)(*[lifted(v, mpmath.mpf) for v in x])
        right = y == truth if y.__class__ is bool else holds(y.real, truth) and y.imag.contains(0)
        if not right:
            wrong.append(f"{primitive.name}{x}: {y} does not contain {truth}")
    return wrong


def edges_are_kept(primitive: Primitive) -> list[str]:
    """Anywhere on the line: where mpmath has no real number there is no ball, and where there is one it is right."""
    wrong = []
    for x in POINTS:
        with mpmath.workdps(60):
            try:
                truth = by_mpmath(primitive)(mpmath.mpf(x))
            except (ValueError, ZeroDivisionError, OverflowError):
                truth = None
        try:
            with precision(200):
                y = by_flint(primitive, arb)(arb(x))
        except ValueError:
            continue
        if truth is None or not holds(y, truth):
            wrong.append(f"{primitive.name}({x}) is {y}, mpmath {truth}")
    return wrong


def rule_meets_cauchy(primitive: Primitive) -> list[str]:
    """The derivatives by the rules against those without: both balls, to 40 digits."""
    wrong = []
    for seed in range(2):
        x = operands(primitive, seed)
        for position in positions(primitive):
            text, at = program(primitive, x)
            name = "abc"[position]
            found = judges.balls(text, at, [name])[name]
            if found.rules is None or found.free is None or found.part:
                wrong.append(f"{primitive.name}{x} by {name}: {found}")
    return wrong


@named("primitive", FUNCTIONS, ids=repr)
@named("kind", [arb, acb])
def test_the_ball_of_every_function_contains_its_value(primitive: Primitive, kind: Any) -> None:
    if kind is acb and primitive.name == "erfinv":
        pytest.skip("Arb has no erfinv of complex numbers")
    assert not ball_is_right(primitive, kind)


def test_what_arb_lacks_is_named() -> None:
    """Of real balls nothing; of complex ones erfinv, for which there is then nothing but the rule."""
    with pytest.raises(UsageError, match="erfinv cannot be certified"):
        by_flint(TABLE["erfinv"], acb)(acb(0.5))
    found = judges.balls(parse("erfinv(x)"), {"x": 0.5}, ["x"])["x"]
    assert found.free is None
    assert found.rules.overlaps(flint.arb.pi().sqrt() / 2 * (arb(0.5).erfinv() ** 2).exp())
    verdict = judges.judged({"x": float(found.rules)}, {"x": found})
    assert (verdict.verdict, "own rules only" in verdict.reason) == ("undecided", True)


def test_a_function_without_a_meaning_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE["sin"], "flint", "no_such_thing")
    monkeypatch.setattr("difftape.evaluation._found", {})
    with pytest.raises(UsageError, match="sin cannot be certified: Arb has no such function"):
        difftape.parse("sin(x)").answer({"x": 1}, certify=True)


@named("primitive", [p for p in FUNCTIONS if p.arity == 1 and p.name not in CONDITIONS], ids=repr)
def test_no_ball_where_there_is_no_real_number(primitive: Primitive) -> None:
    assert not edges_are_kept(primitive)


@named("name", ["besselj", "bessely", "besseli", "besselk"])
def test_bessel_functions_of_any_order(name: str) -> None:
    primitive = TABLE[name]
    for n in (-2.0, -1.5, 0.0, 0.5, 3.0):
        for x in (-2.5, 0.75, 30.0):
            with mpmath.workdps(60):
                try:
                    truth = by_mpmath(primitive)(mpmath.mpf(n), mpmath.mpf(x))
                except ValueError:
                    truth = None
            try:
                with precision(260):
                    y = by_flint(primitive, arb)(arb(n), arb(x))
            except ValueError:
                continue
            assert truth is not None, (n, x, y)
            assert holds(y, truth), (n, x, y, truth)


@named(("name", "order"), [("zetaderiv", 30), ("polygamma", 40), ("sincderiv", 25), ("sinhcderiv", 25)])
def test_high_orders_of_special_functions(name: str, order: int) -> None:
    with precision(400), mpmath.workdps(60):
        y = by_flint(TABLE[name], arb)(arb(order), arb(2.5))
        assert holds(y, by_mpmath(TABLE[name])(mpmath.mpf(order), mpmath.mpf(2.5)))


@named("primitive", [p for p in SMOOTH if p.name not in ("erfinv", "where")], ids=repr)
def test_every_rule_meets_cauchys_formula(primitive: Primitive) -> None:
    assert not rule_meets_cauchy(primitive)


# --- the judges are judged -----------------------------------------------------------------------------------


def broken(primitive: Primitive, position: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One partial larger by 1e-12 of itself."""
    for field in ("partials", "series"):
        rules = list(getattr(primitive, field))
        rule = rules[position]
        if callable(rule):
            rules[position] = lambda y, *x, rule=rule: rule(y, *x) * (1 + 2.0**-40)
            monkeypatch.setattr(primitive, field, tuple(rules))


@named("primitive", [p for p in SMOOTH if p.name not in ("erfinv", "where")], ids=repr)
def test_a_rule_that_is_off_by_a_millionth_of_a_millionth_differs(
    primitive: Primitive, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = operands(primitive, 0)
    text, at = program(primitive, x)
    for position in positions(primitive):
        name = "abc"[position]
        rule = primitive.partials[position]
        if not callable(rule):
            continue
        with monkeypatch.context() as patch:
            broken(primitive, position, patch)
            found = judges.balls(text, at, [name])
            off = float(found[name].rules) if found[name].rules is not None else 0.0
        if off == 0.0:
            continue  # the branch that is not taken
        assert found[name].part, (primitive, x, name)
        verdict = judges.judged({name: off}, found)
        assert (verdict.verdict, "a rule is wrong" in verdict.reason) == ("differs", True)


@named("kind", [arb, acb])
@named(
    ("name", "wrong"), [("sinh", "cosh"), ("gamma", lambda fl, x: x.gamma() * (1 + fl.arb("1e-30"))), ("log2", "log")]
)
def test_a_wrong_meaning_on_balls_is_seen(name: str, wrong: Any, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ball_is_right(TABLE[name], kind)
    monkeypatch.setattr(TABLE[name], "flint", wrong)
    assert ball_is_right(TABLE[name], kind)


def test_a_function_that_goes_on_beyond_its_domain_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE["sqrt"], "flint", lambda fl, x: abs(x).sqrt())
    assert edges_are_kept(TABLE["sqrt"])
