"""Answers on balls: they contain the truth, are as small as asked, enclose ranges, and say what they do not decide.

Independent judges are big floats, Cauchy's formula (which knows no rule), and references of 120 digits.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest
from reference import listing, rows

import difftape
from difftape.certify import cauchy, judges, replay
from difftape.certify.ball import Interval, Perhaps, Uncertain, ball, library, may_tie, point_of, precision
from difftape.certify.enclosure import Enclosure, decimal, enclosure, fraction, rounded, ulps
from difftape.certifying import check_answer
from difftape.errors import DifftapeError, DomainError, UsageError
from difftape.evaluation import by_flint
from difftape.exact import exact
from difftape.parser import parse
from difftape.primitives import TABLE

arb, acb = flint.arb, flint.acb
named = pytest.mark.parametrize


EXPRESSIONS = [
    ("x**2*sin(y)", {"x": 3.0, "y": 0.5}),
    ("exp(x) - 1", {"x": 1e-300}),
    ("x**x*y", {"x": 0.1, "y": -2.0}),
    ("where(x < 2, sqrt(x), log(-x))*abs(y)", {"x": 1.5, "y": -0.25}),
    ("besselj(2, x)*gamma(y) + Ei(-x)", {"x": 1.5, "y": -2.5}),
    ("max(x, y)**3/min(x, y)", {"x": 1.5, "y": 0.5}),
    ("x**65 + y**-3", {"x": -1.25, "y": 3.0}),
    ("atan2(x, y) + hypot(x, y)**1.5", {"x": -0.5, "y": -0.75}),
]


def close(ball: Any, number: Any) -> bool:
    """Whether a ball holds a number of mpmath's that is right to 50 digits."""
    with mpmath.workdps(60), precision(400):
        near = arb(mpmath.nstr(mpmath.mpf(number), 55))
        return bool(ball.overlaps(near + arb(0, abs(near) * arb("1e-45") + arb("1e-400"))))


@named(("text", "at"), EXPRESSIONS)
def test_balls_of_all_questions_contain_the_replay_on_big_floats(text: str, at: dict[str, float]) -> None:
    p, point = parse(text), point_of(at)
    names = list(p.variables)
    from difftape.pairs import replay_hessian
    from difftape.partials import replay_mixed
    from difftape.replay import replay as big
    from difftape.replay import replay_coefficients, replay_value

    found = replay.settled(lambda: replay.gradient(p, point, names), 30)
    assert all(close(found[name], d) for name, d in big(p, at, names).items())
    assert close(replay.settled(lambda: {"": replay.value(p, point)}, 30)[""], replay_value(p, at))
    by_pairs = replay.settled(lambda: {str(k): b for k, b in replay.hessian(p, point, names).items()}, 30)
    assert all(close(by_pairs[str(k)], d) for k, d in replay_hessian(p, at, names).items())
    for k, c in enumerate(replay_coefficients(p, at, names[0], 12)):
        assert close(replay.settled(lambda k=k: {"": replay.taylor(p, point, names[0], 12)[k]}, 30)[""], c), k
    by = [names[0], names[-1], names[0]]
    assert close(replay.settled(lambda: {"": replay.mixed(p, point, by)}, 30)[""], replay_mixed(p, at, by))


@named("order", [1, 2, 5, 20])
@named(("text", "at"), EXPRESSIONS)
def test_rules_and_cauchys_formula_meet_in_every_order(text: str, at: dict[str, float], order: int) -> None:
    for name, found in judges.balls(parse(text), at, list(at), order, 30).items():
        assert found.free is not None, (name, found.why)
        assert found.rules is not None, (name, found.why)
        assert not found.part, name


@named("file", ["feynman", "sr", "ode", "ad"])
def test_every_ball_rounds_to_the_reference(file: str) -> None:
    """Of the rows' gradients, at the exact values of their doubles: to 40 digits, and the double next to the truth."""
    wrong = []
    for row in rows(file):
        p = parse(row["expr"], row["at"])
        at = point_of({name: x for name, x in row["at"].items() if name in p.variables})
        truth: Mapping[str, float] = {name: d for name, d in row.get("grad", {}).items() if name in at}
        found = replay.settled(lambda p=p, at=at, truth=truth: replay.gradient(p, at, list(truth)), 40)
        value = replay.settled(lambda p=p, at=at: {"": replay.value(p, at)}, 40)[""]
        small = all(Fraction(enclosure(b, 40).rad) <= Fraction(10) ** -40 * _size(b) for b in found.values())
        equal = all(rounded(found[name]) == d for name, d in truth.items()) and rounded(value) == row["value"]
        if not (small and equal):
            wrong.append(f"{row['id']}: {found} {value} {truth}")
    assert not wrong, listing(wrong)


def _size(b: Any) -> Fraction:
    return max(abs(Fraction(enclosure(b, 40).mid)), Fraction(10) ** -400)


def test_points_and_literals_are_exact() -> None:
    answer = difftape.parse("0.1*x + y").answer({"x": exact("0.1"), "y": exact("pi/3")}, certify=True, digits=50)
    assert Enclosure(*answer.grad["x"]).contains("0.1")
    assert not Enclosure(*answer.grad["x"]).contains(0.1)
    with mpmath.workdps(70):
        assert answer.value.contains(mpmath.nstr(mpmath.mpf("0.01") + mpmath.pi / 3, 65))
    assert Fraction(answer.value.rad) <= Fraction(10) ** -50


@named(
    ("text", "at", "part"),
    [
        ("abs(x)", {"x": 0}, "abs(0) may have a kink"),
        ("sqrt(x)", {"x": 0}, "sqrt(0) has a derivative that may not be finite"),
        ("1/x", {"x": 0}, "0 meets a singularity"),
        ("log(x)", {"x": -1}, "log(-1.00000) meets a singularity, or leaves the domain"),
        ("floor(x)", {"x": 2}, "floor(2.00000) may have a kink or a jump"),
        ("max(x, 2*x)", {"x": 0}, "may have a kink"),
        ("min(x, 1/2*x)", {"x": 0}, "may have a kink"),
        ("where(x < 1, x, x**2)", {"x": 1}, "a condition may turn over"),
        ("where(sin(pi*x) < 0, x, x**2)", {"x": 1}, "is undecided"),
        ("x**1.5", {"x": 0}, "may have a kink"),
        ("sin(x)/x", {"x": 0}, "meets a singularity"),
        ("atan2(x, y)", {"x": 0, "y": -1}, "may have a kink or a jump"),
        ("relu(sin(pi*x))", {"x": 1}, "may have a kink"),
        ("(-2)**x", {"x": 2}, "may not be finite"),
        ("gamma(x)", {"x": -2}, "meets a singularity"),
        ("asin(x)", {"x": 1}, "may not be finite"),
        ("abs(x)", {"x": (-1, 1)}, "may have a kink"),
        ("1/x", {"x": (-1, 1)}, "meets a singularity"),
        ("where(x < 1, x, x**2)", {"x": (1, 2)}, "what a choice depends on is undecided"),
    ],
)
def test_what_balls_do_not_decide_is_said(text: str, at: dict[str, Any], part: str) -> None:
    answer = difftape.parse(text).answer(at, wrt=["x"], certify=True)
    assert answer.grad == {"x": None}
    assert answer.status == "undecided"
    assert isinstance(answer.error, DomainError)
    assert "it cannot be certified here: " in answer.error.message
    assert part in answer.error.message


def test_one_number_may_be_certified_and_another_not() -> None:
    answer = difftape.parse("log(x) + abs(y)").answer({"x": 1, "y": 0}, certify=True)
    assert (answer.grad["x"], answer.grad["y"]) == (("1.0", "0"), None)
    assert answer.error.span == (9, 15)
    assert answer.value == ("0.0", "0")


def test_a_value_at_a_kink_is_certified() -> None:
    for text, mid in (("abs(x)", "0.0"), ("floor(x)", "0.0"), ("max(x, 2*x)", "0.0"), ("where(x <= 0, 5, 6)", "5.0")):
        assert difftape.parse(text).value_answer({"x": 0}, certify=True).value == (mid, "0"), text


# --- balls as decimals, and ties -----------------------------------------------------------------------------


def test_decimals_enclose_the_ball() -> None:
    source = random.Random(0)
    with precision(200):
        for _ in range(500):
            mid, rad = source.uniform(-1, 1) * 10 ** source.randint(-30, 30), 10.0 ** source.randint(-60, 20)
            b = arb(mid, rad) * source.choice((1, 0, arb(1) / 3))
            found = enclosure(b, source.randint(1, 40))
            middle, radius = fraction(b.mid()), fraction(b.rad())
            assert found.contains(middle + radius)
            assert found.contains(middle - radius)


def test_a_decimal_reads_back() -> None:
    source = random.Random(1)
    for _ in range(500):
        whole, place = source.randint(-(10**20), 10**20), source.randint(-40, 40)
        assert Fraction(decimal(whole, place)) == whole * Fraction(10) ** place


def test_a_ball_that_leaves_two_doubles_is_not_rounded() -> None:
    half = Fraction(1) + Fraction(1, 2**53)
    with precision(300):
        middle = arb(flint.fmpq(half.numerator, half.denominator))
        assert rounded(middle + arb(0, "1e-30")) is None
        assert rounded(arb(1) + arb(0, "1e-30")) == 1.0
        assert ulps(1.0, middle) == 0.5


def test_ties_are_seen_wherever_they_may_be() -> None:
    wide = Perhaps(arb(0, 1))
    assert wide == 0
    assert wide != 0
    assert wide <= -1
    assert not Perhaps(arb(2)) == 3  # noqa: SIM201
    assert not Perhaps(arb(3)) != 3  # noqa: SIM202
    assert may_tie(TABLE["floor"], [arb(3, 0.5)])
    assert not may_tie(TABLE["floor"], [arb(3.5, 0.25)])
    assert not may_tie(TABLE["pow"], [arb(0), arb(2)])
    assert may_tie(TABLE["pow"], [arb(0), arb(2, 1e-9)])


def test_a_power_of_a_ball_around_zero() -> None:
    with precision(100):
        square = by_flint(TABLE["pow"], arb)(arb(0, 1), arb(2))
        cube = by_flint(TABLE["pow"], arb)(arb(0.5, 1), arb(3))
    assert square.contains(0)
    assert square.contains(1)
    assert not square.contains(-0.1)
    assert cube.contains(arb(-0.125))
    assert cube.contains(arb(3.375))


# --- ranges --------------------------------------------------------------------------------------------------


@named(
    ("text", "box", "order"),
    [
        ("x**3", {"x": (0.5, 1.5)}, 1),
        ("x**4 - 3*x**2 + x", {"x": (-1.0, 2.0)}, 1),
        ("sin(x)*exp(-x*x)", {"x": (-3.0, 3.0)}, 1),
        ("sin(x)*exp(-x*x)", {"x": (-1.0, 2.0)}, 3),
        ("x*y/(x*x + y*y)", {"x": (1.0, 2.0), "y": (1.0, 3.0)}, 1),
        ("1/(x*x - x + 1)", {"x": (-1.0, 2.0)}, 1),
        ("abs(x - 5)*x", {"x": (-1.0, 2.0)}, 1),
        ("where(x < 3, x*x, x)", {"x": (-1.0, 2.0)}, 1),
    ],
)
def test_a_range_contains_all_and_not_much_more(text: str, box: dict[str, Any], order: int) -> None:
    expression = difftape.parse(text)
    answer = expression.answer(box, order=order, certify=True)
    source = random.Random(0)
    for name in box:
        found = answer.grad[name]
        sample = []
        for k in range(400):
            corner = k < 4
            at = {
                n: (low, high)[k >> i & 1] if corner else source.uniform(low, high)
                for i, (n, (low, high)) in enumerate(box.items())
            }
            sample.append(expression.answer(at, wrt=[name], order=order, check=False).grad[name])
        low, high = (Fraction(found.mid) + s * Fraction(found.rad) for s in (-1, 1))
        slack = Fraction(1, 10**12)  # of the sample's own rounding
        assert low <= min(map(Fraction, sample)) + slack
        assert max(map(Fraction, sample)) - slack <= high
        assert high - low <= Fraction(106, 100) * (Fraction(max(sample)) - Fraction(min(sample)))


def test_a_range_of_every_question() -> None:
    e = difftape.parse("x**2*y")
    box = {"x": 1, "y": (2, 3)}
    assert e.hessian_answer(box, certify=True).grad["x,x"] == ("5.0", "1.0")
    assert e.mixed_answer(box, ["x", "y"], certify=True).grad["x,y"] == ("2.0", "0")
    second = e.taylor_answer(box, "x", 2, certify=True).grad["2"]
    assert second.contains(2)
    assert second.contains(3)
    assert Fraction(second.rad) < Fraction("0.500001")
    assert e.value_answer(box, certify=True).value == ("2.5", "0.5")
    assert difftape.parse("x - x**2").value_answer({"x": (0, 1)}, certify=True).value.contains("0.25")


def test_an_interval_ends_above_its_beginning() -> None:
    with pytest.raises(UsageError, match="below"):
        difftape.parse("x").answer({"x": (1, 0)}, certify=True)
    with pytest.raises(UsageError, match="two numbers"):
        difftape.parse("x").answer({"x": (1, 0, 2)}, certify=True)


# --- the check -----------------------------------------------------------------------------------------------


def test_the_check_says_how_far_the_double_is() -> None:
    right = check_answer(parse("x**2"), {"x": 3}).check
    assert (right.verdict, right.judge, right.ulps, right.reason) == ("agree", "arb", {"x": 0.0}, "correctly rounded")
    lost = check_answer(parse("sqrt(x**2 + 1) - x"), {"x": 1e8})
    assert lost.check.verdict == "ill-conditioned"
    assert lost.grad["x"] == -5e-17


def test_the_check_is_at_the_binary_value_of_point_and_literals() -> None:
    verdict = check_answer(parse("0.1*x**2"), {"x": 0.1}).check
    truth = 2 * Fraction(0.1) * Fraction(0.1)
    assert abs(Fraction(verdict.reference["x"]) - truth) < Fraction(10) ** -30


def test_the_library_asks_as_the_command_line_does() -> None:
    assert difftape.parse("x**2").check({"x": 3}, certify=True).judge == "arb"
    assert difftape.parse("abs(x)").check({"x": 0}, order=2, certify=True).verdict == "skipped"


def test_a_kink_leaves_nothing_to_check() -> None:
    assert check_answer(parse("abs(x)"), {"x": 0}).check.verdict == "skipped"


# --- Cauchy's formula ----------------------------------------------------------------------------------------


def test_a_box_that_meets_a_cut_is_not_analytic() -> None:
    for text, x in (
        ("sqrt(x)", 1),
        ("log(x)", 1),
        ("Ei(x)", -1),
        ("lgamma(x)", -0.5),
        ("acoth(x)", 1.5),
        ("atan(x)", 0),
    ):
        p = parse(text)
        with precision(100):
            box = {"x": acb(arb(x, 2), arb(0, 2))}
            with pytest.raises(Uncertain):
                cauchy.analytic(p.steps, box)
    inner = parse("softplus(x)")
    with precision(100), pytest.raises(Uncertain, match="cut"):
        cauchy.analytic(inner.steps, {"x": acb(arb(0, 4), arb(0, 4))})


def test_cauchys_formula_knows_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    p, at = parse("sin(x)*exp(x)/x"), point_of({"x": 0.5})
    before = cauchy.derivative(p, at, "x", 3, 30)
    for name in ("sin", "exp", "div", "mul"):
        monkeypatch.setattr(TABLE[name], "partials", (None,) * TABLE[name].arity)
        monkeypatch.setattr(TABLE[name], "series", (None,) * TABLE[name].arity)
    assert cauchy.derivative(p, at, "x", 3, 30).overlaps(before)


def test_without_the_extra_it_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(UsageError, match=r"python-flint") as caught:
        difftape.parse("x").answer({"x": 1}, certify=True)
    assert "pip install" in str(caught.value)


def test_a_number_out_of_all_proportion_is_refused() -> None:
    with pytest.raises(DifftapeError, match="not written out"):
        difftape.parse("exp(x)").answer({"x": 10**8}, certify=True)


def test_an_interval_is_a_ball_around_it() -> None:
    with precision(60):
        both = ball(Interval(exact("0.9"), exact("1.1")))
        assert both.contains(library().arb("0.9"))
        assert both.contains(library().arb("1.1"))
