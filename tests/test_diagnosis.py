"""The diagnosis of hard points: the published table, many others, composed ones, and a judge that can be wrong."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hard_points import OTHERS, TABLE, Point, asked, complaint, composed
from points import SMOOTH, operands, positions

from difftape.diagnosis import Diagnosis, diagnose
from difftape.evaluation import foreign
from difftape.graph import Step
from difftape.parser import parse
from difftape.primitives import TABLE as PRIMITIVES
from difftape.primitives import Primitive

COMPOSED = 600


def diagnosed(text: str, order: int = 1, by: str = "x", **at: float) -> tuple[Diagnosis, str]:
    """The diagnosis, and the sub-expression at fault."""
    program = parse(text)
    found = diagnose(program.steps, program.root, at, by, order)
    return found, "" if found.place is None else text[slice(*program.spans[found.place])]


@pytest.mark.parametrize("point", [*TABLE, *OTHERS], ids=lambda p: f"{p.text} @ {p.at:g}, {p.order}")
def test_points_of_the_table(point: Point) -> None:
    assert not complaint(point)


def test_composed_points() -> None:
    points = list(composed(COMPOSED))
    wrong = [what for what in map(complaint, points) if what]
    assert not wrong, "\n".join([f"{len(wrong)} wrong", *wrong[:20]])
    statuses = Counter(point.status for point in points)
    assert min(statuses[s] for s in ("ok", "removable", "kink", "jump", "pole", "infinite", "outside")) >= 20


def test_a_broken_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sin = PRIMITIVES["sin"]
    broken = (lambda y, x: -PRIMITIVES["cos"](x),)
    monkeypatch.setattr(sin, "partials", broken)
    monkeypatch.setattr(sin, "series", broken)
    wrong = [point for point in (*TABLE, *composed(200)) if "sin(" in point.text and complaint(point)]
    assert len(wrong) >= 10


def test_the_judge_sees_each_kind_of_mistake() -> None:
    kink, limit = Point("abs(x)", 0, 1, "kink", -1, 1), Point("sin(x)/x", 0, 1, "removable", 0, 0)
    right = asked(kink)
    assert complaint(kink, right._replace(status="ok"))
    assert complaint(kink, right._replace(left=1.0))
    assert complaint(kink, right._replace(right=None))
    assert complaint(kink, right._replace(reason=""))
    assert complaint(limit, asked(limit)._replace(derivatives=[1.0, 1e-9]))
    assert complaint(limit, asked(limit)._replace(derivatives=None))
    assert complaint(Point("sin(x)/x", 0, 1, "removable", 1e-12, 1e-12))


@pytest.mark.parametrize("primitive", [p for p in SMOOTH if p.name != "where"], ids=lambda p: p.name)
def test_a_regular_point_is_ok_and_exact(primitive: Primitive) -> None:
    """To 2 ulp of what mpmath says at 40 digits, or 1e-20 where that is nearly 0."""
    where = operands(primitive, 7)
    names = [f"x{i}" for i in range(primitive.arity)]
    steps: list[Step] = [*((name,) for name in names), (primitive, *range(primitive.arity))]
    for position in positions(primitive):
        found = diagnose(steps, len(names), dict(zip(names, where, strict=True)), names[position], 1)
        assert found.status == "ok"
        assert found.derivatives is not None
        with mpmath.workdps(40):

            def function(x: Any, position: int = position) -> Any:
                values = [mpmath.mpf(v) for v in where]
                values[position] = x
                return foreign(primitive, mpmath.mpf)(*values)

            wanted = [function(mpmath.mpf(where[position])), mpmath.diff(function, mpmath.mpf(where[position]))]
            for got, reference in zip(found.derivatives, wanted, strict=True):
                assert abs(got - reference) <= 4.5e-16 * abs(reference) + 1e-20


def bernoulli(count: int) -> list[Fraction]:
    """B[0] … B[count], with B[1] = -1/2."""
    found: list[Fraction] = []
    for n in range(count + 1):
        found.append(Fraction(n == 0) - sum(math.comb(n, k) * found[k] / Fraction(n - k + 1) for k in range(n)))
    return found


def test_every_order_to_60_at_removable_points() -> None:
    """Correct to the last bit but one: the coefficients have 50 digits until they are rounded."""
    found, _ = diagnosed("x/(exp(x) - 1)", 60, x=0.0)
    assert found.status == "removable"
    assert found.derivatives == pytest.approx(list(map(float, bernoulli(60))), rel=2.3e-16)
    found, _ = diagnosed("sin(x)/x", 60, x=0.0)
    wanted = [0.0 if k % 2 else (-1) ** (k // 2) / (k + 1) for k in range(61)]
    assert found.derivatives == pytest.approx(wanted, rel=2.3e-16)
    found, _ = diagnosed("log(1 + sin(x))/x", 20, x=0.0)
    with mpmath.workdps(80):
        series = mpmath.taylor(lambda t: mpmath.log(1 + mpmath.sin(t)), 0, 21)
        exact = [float(series[k + 1] * mpmath.factorial(k)) for k in range(21)]
    assert found.derivatives == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "x", "words", "culprit"),
    [
        ("1/x", 0, ["division by zero", "-inf from the left"], "1/x"),
        ("2*log(x)", 0, ["log(0.0) is a pole"], "log(x)"),
        ("1 + sqrt(x)", -1, ["sqrt of a negative number (-1.0)"], "sqrt(x)"),
        ("1 + sqrt(x)", 0, ["infinite", "sqrt(0.0)", "inf from the right"], "sqrt(x)"),
        ("x**0.5", -1, ["negative number (-1.0)"], "x**0.5"),
        ("x**0.5", 0, ["infinite"], "x**0.5"),
        ("exp(x)", 1000, ["overflow", "1.97e+434"], "exp(x)"),
        ("exp(exp(x))", 10, ["overflow", "largest double"], "exp(exp(x))"),
        ("9**9**9**9*x", 1, ["overflow"], "9**9**9"),
        ("10**400*x", 1, ["overflow"], "10**400"),
        ("1e308*10*x", 1, ["overflow"], "1e308*10"),
        ("3*asin(x)", 2, ["asin(2.0) is outside -1..1"], "asin(x)"),
        ("acosh(x)", 0.5, ["acosh(0.5) is outside 1 and above"], "acosh(x)"),
        ("gamma(x)", -1, ["gamma(-1.0) is a pole"], "gamma(x)"),
        ("log(x, 1)", 3, ["division by zero", "log(1.0) is 0"], "log(x, 1)"),
        ("(x - x)**-0.5", 1, ["division by zero"], "(x - x)**-0.5"),
        ("sqrt(-x**2)", 1e-200, ["sqrt of a negative number (-1.0e-400)"], "sqrt(-x**2)"),
        ("x + 2*abs(x)", 0, ["kink: the derivative is -1.0 from the left and 3.0 from the right"], "abs(x)"),
        ("abs(x)**3 + x", 0, [], "abs(x)**3 + x"),
        ("abs(x)**2 + sqrt(x)", 0, ["infinite", "sqrt(0.0)"], "sqrt(x)"),
        ("1 + floor(x)", 2, ["jump: the function is 2.0 from the left and 3.0 from the right, 3.0 at the"], "floor(x)"),
        ("1 + sin(x)/x", 0, ["division by zero as written", "the limit is taken"], "sin(x)/x"),
        ("x*sin(1/x)", 0, ["undecided: sin has no one-sided series"], "sin(1/x)"),
        ("x**1.5", 0, ["lives on the right side only"], "x**1.5"),
    ],
)
def test_the_reason_and_the_step_at_fault(text: str, x: float, words: list[str], culprit: str) -> None:
    found, place = diagnosed(text, x=float(x))
    assert all(word in found.reason for word in words), found.reason
    assert place == culprit


def test_the_kink_of_a_higher_order_is_named() -> None:
    assert (
        diagnosed("abs(x)**3", 3, x=0.0)[0].reason == "kink: derivative 3 is -6.0 from the left and 6.0 from the right"
    )
    found, _ = diagnosed("abs(x)", 2, x=0.0)
    assert found.reason == "kink: the derivative is -1.0 from the left and 1.0 from the right"


def test_one_side_only() -> None:
    assert diagnosed("x**1.5", x=0.0)[0][:8] == ("ok", 0.0, None, 0.0, 0.0, [0.0, 0.0], 2, "right")
    assert diagnosed("(-x)**1.5", x=0.0)[0].side == "left"
    assert diagnosed("log(x)", x=0.0)[0].side == "right"
    assert diagnosed("abs(x)", x=0.0)[0].side == ""


def test_values_and_limits() -> None:
    assert diagnosed("sin(x)/x", x=0.0)[0].value == 1.0
    assert diagnosed("floor(x)", x=2.0)[0].value == 2.0
    assert diagnosed("(-2)**x", x=2.0)[0].value == 4.0
    assert diagnosed("1/x", x=0.0)[0].value is None
    assert diagnosed("x/abs(x)", x=0.0)[0].value is None
    assert diagnosed("1/x", x=0.0)[0].limit == -math.inf
    assert diagnosed("sqrt(x)", x=0.0)[0].limit == math.inf
    assert diagnosed("abs(x)", x=0.0)[0].limit is None


def test_several_variables() -> None:
    assert diagnosed("abs(x - y)*z", x=1.0, y=1.0, z=3.0)[0][:4] == ("kink", 0.0, -3.0, 3.0)
    assert diagnosed("abs(x - y)*z", by="y", x=1.0, y=1.0, z=3.0)[0][:4] == ("kink", 0.0, -3.0, 3.0)
    assert diagnosed("abs(x - y)*z", by="z", x=1.0, y=1.0, z=3.0)[0].derivatives == [0.0, 0.0]
    found, _ = diagnosed("sin(x*y)/x", by="y", x=0.0, y=2.0)
    assert found.status == "outside"
    assert diagnosed("sin(x*y)/x", x=0.0, y=2.0)[0].derivatives == [2.0, 0.0]
    assert diagnosed("x*y/(x**2 + y**2)", x=0.0, y=0.0)[0].status == "removable"
    assert diagnosed("hypot(x, y)", x=0.0, y=0.0)[0][:4] == ("kink", 0.0, -1.0, 1.0)
    assert diagnosed("atan2(y, x)", by="y", x=-1.0, y=0.0)[0].status == "jump"


def test_zero_is_what_cancels_beside_what_cancelled() -> None:
    assert diagnosed("(cos(x) - 1)/x", x=0.0)[0].status == "removable"
    assert diagnosed("1/sin(x)", x=math.pi)[0].status == "ok"
    assert diagnosed("1/sin(x*pi)", x=1.0)[0].status == "pole"
    assert diagnosed("log((x + 1e-100) - x)", 0, x=1.0)[0].value == pytest.approx(-100 * math.log(10))
    assert diagnosed("1/(exp(x)*exp(-x) - 1 + 1e-90)", 0, x=1.0)[0].value == pytest.approx(1e90)
    assert diagnosed("sqrt(x**2 + 1) - x", x=1e8)[0].value == pytest.approx(5e-9, rel=1e-15)


def test_the_branch_not_taken_is_not_looked_at() -> None:
    assert diagnosed("where(x > 0, x**2, log(log(log(-x))) + 9**9**9**9)", x=1.0)[0].derivatives == [1.0, 2.0]


def test_a_chain_of_20000_steps() -> None:
    steps: list[Step] = [("x",), *((PRIMITIVES["neg" if k % 2 else "abs"], k) for k in range(20_000))]
    found = diagnose(steps, 20_000, {"x": 0.0}, "x")
    assert (found.status, found.left, found.right, found.place) == ("kink", 1.0, -1.0, 1)


def test_every_expression_has_a_diagnosis() -> None:
    """Whatever is written, at points where much of it is singular, a status comes back and no exception."""
    source = random.Random(3)
    names = [
        "sqrt",
        "cbrt",
        "exp",
        "log",
        "abs",
        "sign",
        "floor",
        "sin",
        "tan",
        "asin",
        "acosh",
        "atan",
        "tanh",
        "coth",
        "sinh",
        "log1p",
        "expm1",
        "relu",
        "sigmoid",
    ]

    def text(depth: int) -> str:
        if not depth:
            return source.choice(["x", "x", "x", "0", "1", "2", "0.5", "1e300", "1e-300", "pi"])
        kind = source.random()
        if kind < 0.5:
            return f"({text(depth - 1)}) {source.choice(['+', '-', '*', '/', '**'])} ({text(source.randrange(depth))})"
        if kind < 0.6:
            return f"where({text(depth - 1)} < {text(0)}, {text(depth - 1)}, {text(source.randrange(depth))})"
        return f"{source.choice(names)}({text(depth - 1)})"

    statuses: Counter[str] = Counter()
    for _ in range(400):
        found, _ = diagnosed(
            text(source.choice((1, 2, 3))), source.choice((0, 1, 2)), x=source.choice((0.0, 1.0, -2.0))
        )
        statuses[found.status] += 1
        assert (found.derivatives is None) == (found.status not in ("ok", "removable"))
        assert found.reason or found.status == "ok"
    assert len(statuses) >= 6


@pytest.mark.parametrize(
    ("text", "x", "order", "wanted"),
    [
        ("lgamma(x)", 1e307, 1, 706.8936235491720),
        ("lgamma(x)", 1.79e308, 2, 5.58659217877095e-309),
        ("lgamma(x*1e10)", 1e307, 1, 7.2991947447911258e12),
        ("x**3", 1e200, 3, 6.0),
    ],
)
def test_a_derivative_is_given_where_only_lower_orders_overflow(text: str, x: float, order: int, wanted: float) -> None:
    found, _ = diagnosed(text, order, x=x)
    assert found.status == "ok" and found.value is None
    assert found.derivatives is not None and found.derivatives[order] == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("text", "order", "status", "wanted"),
    [
        ("besselj(0.5, x)", 1, "infinite", math.inf),
        ("besselj(0.5, x)**2", 1, "ok", 2 / math.pi),
        ("besselj(0.5, x)*sqrt(x)", 1, "ok", math.sqrt(2 / math.pi)),
        ("besselj(2.5, x)", 2, "ok", 0.0),
        ("besselj(-0.5, x)*sqrt(x)", 0, "ok", math.sqrt(2 / math.pi)),
        ("bessely(-0.5, x)", 1, "infinite", math.inf),
        ("bessely(0, x)*x", 0, "ok", 0.0),
        ("bessely(0, x)*x", 1, "infinite", -math.inf),
        ("bessely(2, x)*x**2", 0, "ok", -4 / math.pi),
        ("besselk(1, x)*x", 0, "ok", 1.0),
        ("besselk(1, x)*x", 1, "ok", 0.0),
        ("besselk(1, x)*x", 2, "infinite", -math.inf),
        ("besselk(0, x) + log(x)", 0, "ok", math.log(2) - 0.57721566490153286),
        ("besselk(1/3, x)*x**(1/3)", 0, "ok", math.gamma(1 / 3) * 2 ** (1 / 3 - 1)),
        ("besseli(0.5, x)/sqrt(x)", 0, "ok", math.sqrt(2 / math.pi)),
        ("besselk(0, x)", 1, "pole", -math.inf),
    ],
)
def test_bessel_functions_at_zero_from_the_right(text: str, order: int, status: str, wanted: float) -> None:
    found, _ = diagnosed(text, order, x=0.0)
    assert (found.status, found.side, found.left) == (status, "right", None)
    assert found.right == pytest.approx(wanted, rel=1e-15, abs=0)


def test_bessel_functions_at_zero_from_both_sides() -> None:
    found, _ = diagnosed("besselj(0.5, x**2)", x=0.0)
    assert (found.status, found.left, found.right) == ("kink", -math.sqrt(2 / math.pi), math.sqrt(2 / math.pi))
    assert diagnosed("besselk(0, x)", x=-1.0)[0].reason == "besselk(0.0, -1.0) is outside 0 and above"


def test_bessel_functions_of_whole_order_very_close_to_zero() -> None:
    found, _ = diagnosed("besselk(2, x)", x=1e-200)
    assert found.status == "overflow" and found.left == -math.inf
    assert diagnosed("bessely(0, x)", x=1e-300)[0].derivatives == pytest.approx(
        [2 / math.pi * (math.log(0.5e-300) + 0.57721566490153286), 2 / math.pi * 1e300], rel=1e-15
    )
