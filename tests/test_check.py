"""The check agrees with right rules, convicts wrong ones, and says "undecided" where sympy cannot tell."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import points
import pytest
import reference
from mpmath import mpf

from difftape import expression
from difftape.check import check
from difftape.deadline import TimeUp, within
from difftape.derivatives import gradient
from difftape.graph import Program
from difftape.orders import nth
from difftape.parser import parse
from difftape.primitives import Primitive
from difftape.symbolic import to_sympy

UNDECIDED = {  # what sympy cannot judge, and why
    "zeta": "sympy has no derivative of zeta",
    "zetaderiv": "sympy has no derivative of zeta",
}
OPERATORS = 10  # the left binding power below which an operator makes a condition

DIFFERENTIABLE = [p for p in points.FUNCTIONS if points.positions(p) and not (p.symbol and 0 < p.left <= OPERATORS)]
RULED = [p for p in DIFFERENTIABLE if p.name != "where"]  # what was chosen is differentiated, the choice is not


def question(primitive: Primitive, seed: int) -> tuple[Program, dict[str, float]]:
    """The primitive as an expression in x0, x1 …, and a point of its domain; an order is written as a number."""
    operands = points.operands(primitive, seed)
    at = {f"x{k}": float(operands[k]) for k in points.positions(primitive)}
    parts = [
        f"x{k}" if f"x{k}" in at else ("1 < 2" if x else "2 < 1") if isinstance(x, bool) else repr(x)
        for k, x in enumerate(operands)
    ]
    if not primitive.symbol:
        return parse(f"{primitive.name}({', '.join(parts)})"), at
    return parse(primitive.symbol.join(parts) if len(parts) > 1 else primitive.symbol + parts[0]), at


def checked(text: str, at: dict[str, float], order: int = 1, **options: Any) -> Any:
    program = parse(text)
    if order == 1:
        numbers = gradient(program, at)[1]
    else:
        numbers = {name: nth(program, at, name, order)[order] for name in program.variables}
    return check(program, at, program.variables, order, numbers, **options)


@pytest.mark.parametrize("primitive", DIFFERENTIABLE, ids=lambda p: p.name)
def test_sympy_agrees_with_every_rule(primitive: Primitive) -> None:
    for seed in range(2):
        program, at = question(primitive, seed)
        verdict = check(program, at, list(at), 1, gradient(program, at, list(at))[1])
        expected = "undecided" if primitive.name in UNDECIDED else "agree"
        assert verdict.verdict == expected, (program.text, at, verdict)
        if expected == "agree":
            assert set(verdict.reference) == set(verdict.ulps) == set(verdict.symbolic) == set(at)
        else:
            assert verdict.reason


@pytest.mark.parametrize("primitive", RULED, ids=lambda p: p.name)
@pytest.mark.parametrize("size", [1e-3, 1e-12])
def test_a_broken_rule_is_seen(primitive: Primitive, size: float, monkeypatch: pytest.MonkeyPatch) -> None:
    program, at = question(primitive, 1)
    right = gradient(program, at, list(at))[1]
    rules = primitive.partials
    for k in points.positions(primitive):
        broken = list(rules)
        broken[k] = off_by(rules[k], size)
        monkeypatch.setattr(primitive, "partials", tuple(broken))
        verdict = check(program, at, list(at), 1, gradient(program, at, list(at))[1])
        if primitive.name in UNDECIDED:
            assert verdict.verdict == "undecided"
        elif right[f"x{k}"]:
            assert verdict.verdicts[f"x{k}"] == "differs", (program.text, at, verdict)
            assert "rule" in verdict.reason
        monkeypatch.setattr(primitive, "partials", rules)


def off_by(rule: Any, size: float) -> Callable[..., Any]:
    return lambda *operands: (rule(*operands) if callable(rule) else rule) * (1 + size)


@pytest.mark.parametrize(
    "text, x",
    [("(1 - cos(x))/x**2", 1e-8), ("sin(x)/x", 1e-8), ("(exp(x) - 1 - x)/x**2", 1e-7), ("log(1 + x) - x", 1e-17)],
)
def test_an_ill_conditioned_double_is_replaced_by_the_right_one(text: str, x: float) -> None:
    verdict = checked(text, {"x": x})
    assert verdict.verdict == "ill-conditioned"
    assert verdict.exact["x"] == float(verdict.reference["x"])
    assert verdict.ulps["x"] > 1e5


def test_cancelling_next_to_a_limit() -> None:
    """x/sqrt(x**2 + 1) - 1 loses all its digits at 1e8, its truth being -5e-17."""
    verdict = checked("sqrt(x**2 + 1) - x", {"x": 1e8})
    assert verdict.verdict == "ill-conditioned"
    assert verdict.exact["x"] == -4.9999999999999996e-17


@pytest.mark.parametrize(
    "text, x",
    [("cos(x)", 0.0), ("x**2", 0.0), ("sin(x)", math.pi / 2), ("sin(x)**2 + cos(x)**2", 0.7), ("x*sin(pi)", 2.0),
     ("x - x", 3.0), ("0*x", 3.0), ("exp(-x**2)", 0.0), ("(x - 1)**3", 1.0), ("log(exp(x)) - x", 1.3)],
)  # fmt: skip
def test_derivatives_that_are_zero(text: str, x: float) -> None:
    assert checked(text, {"x": x}).verdict == "agree"


def test_a_tiny_derivative_is_not_taken_for_zero() -> None:
    """Half of 1e-34 is wrong, although it is within 1e-12 of it."""
    program = parse("1e-34*x")
    verdict = check(program, {"x": 2.0}, ["x"], 1, {"x": 0.5e-34})
    assert verdict.verdict == "ill-conditioned" and verdict.exact == {"x": 1e-34}
    assert check(program, {"x": 2.0}, ["x"], 1, {"x": 0.5e-34}, atol=1e-6).verdict == "agree"
    assert check(program, {"x": 2.0}, ["x"], 1, {"x": 0.5e-34}, rtol=0.6).verdict == "agree"


def test_the_shape_of_a_verdict() -> None:
    verdict = checked("x**2", {"x": 3.0})
    assert verdict.reference == {"x": "6.0000000000000000000000000000000"}
    assert verdict.ulps == {"x": 0.0} and verdict.symbolic == {"x": "2*x"} and verdict.judge == "sympy"
    assert verdict.reason == "" and verdict.exact == {}


def test_names_and_literals_are_shown_as_they_were_written() -> None:
    assert checked("S*sin(lambda*0.1)", {"S": 2.0, "lambda": 1.0}).symbolic == {
        "S": "sin(0.1*lambda)",
        "lambda": "0.1*S*cos(0.1*lambda)",
    }
    assert len(checked("*".join(f"(x + {k}.5)" for k in range(40)), {"x": 0.3}).symbolic["x"]) < 2010


@pytest.mark.parametrize("order", [2, 3, 6])
@pytest.mark.parametrize(
    "text", ["sin(x)*exp(x/3)", "x/(1 + x**2)", "abs(x)**3", "x**x", "max(x, 0.1)**4", "besselj(0, x)", "x**7"]
)
def test_higher_orders(text: str, order: int) -> None:
    assert checked(text, {"x": 1.25}, order).verdict == "agree"


@pytest.mark.parametrize(
    "text, at",
    [
        ("where(x > 0 and y < 1, sqrt(x), log(-x))*y", {"x": 2.0, "y": 0.5}),
        ("where(x > 0 or log(x) > 1, x, x**3)", {"x": 2.0}),
        ("where(not x > 0, x**2, x**3)", {"x": -1.5}),
        ("where(x > 0, 9**9**9**9, 2)*x", {"x": -2.0}),
        ("where(x == 0, 1, sin(x)/x)", {"x": 0.5}),
        ("floor(x)*x + ceil(x)*x**2", {"x": -2.5}),
        ("min(x, y, x*y) + sign(x)*relu(y)", {"x": 1.5, "y": 2.5}),
        ("abs(x - y) + abs(y - x)", {"x": 1.5, "y": 2.5}),
        ("lgamma(x) + cbrt(x)", {"x": -2.5}),
    ],
)
def test_choices(text: str, at: dict[str, float]) -> None:
    assert checked(text, at).verdict == "agree"


@pytest.mark.parametrize("text", ["abs(x - 1)", "max(x, 1)", "where(x > 1, x, 1)", "floor(x)*x", "sign(x - 1)*x"])
def test_at_a_join_sympy_is_not_asked(text: str) -> None:
    verdict = check(parse(text), {"x": 1.0}, ["x"], 1, {"x": 1.0}, replay=lambda *_: {"x": 1.0})
    assert verdict.verdict == "undecided" and verdict.reason


@pytest.mark.parametrize(
    "text",
    ["9**9**9**9*x", "x + exp(exp(exp(exp(10))))", "x + 9**(9**9)", "x**(9**9**9)", "(2*x)**(10**15)", "gamma(10**9)*x",
     "exp(exp(exp(exp(exp(x)))))", "x + 0*sin(9**9**9**9)"],
)  # fmt: skip
def test_towers_return(text: str) -> None:
    """The numbers are not in question here: only that sympy neither multiplies them out nor hangs."""
    verdict = check(parse(text), {"x": 3.0}, ["x"], 1, {"x": 1.0}, replay=lambda *_: {"x": 1.0}, timeout=3.0)
    assert verdict.verdict in ("undecided", "differs", "agree")


def test_large_exponents_are_not_expanded() -> None:
    assert checked("(x + 1)**100000", {"x": 1e-3}).verdict == "agree"
    assert checked("x**(10**9)", {"x": 1 + 1e-9}).verdict == "agree"
    assert checked("(x*2)**1000000000", {"x": 0.5}).verdict == "agree"


def test_a_product_inside_a_product_costs_no_more_than_one_beside_it() -> None:
    text = "x"
    for k in range(40):
        text = f"({text}*x + {k}.5)"
    assert checked(text, {"x": 0.9}).verdict == "agree"


def test_sums_of_many_terms() -> None:
    text = " + ".join(f"sin(x*{k})/{k + 1}" for k in range(400))
    assert checked(text, {"x": 0.1}, timeout=60).verdict == "agree"


def test_too_large_and_too_deep_are_undecided() -> None:
    large = " + ".join(f"x*{k}" for k in range(60_000))
    verdict = check(parse(large), {"x": 1.0}, ["x"], 1, {"x": 1.0})
    assert verdict.verdict == "undecided" and "too many for sympy" in verdict.reason
    deep = "sin(" * 3000 + "x" + ")" * 3000
    verdict = check(parse(deep), {"x": 1.0}, ["x"], 1, {"x": 1.0})
    assert verdict.verdict == "undecided" and "deep" in verdict.reason


SLOW = ("tan(x*sin(x))/(1 + x**2*exp(tan(x)))", {"x": 0.7}, 16)


def test_the_time_limit_holds_and_leaves_nothing_armed() -> None:
    text, at, order = SLOW
    handler = signal.getsignal(signal.SIGALRM)
    began = time.monotonic()
    verdict = check(parse(text), at, ["x"], order, {"x": 1.0}, timeout=0.3)
    assert time.monotonic() - began < 3
    assert verdict.verdict == "undecided" and "0.3 s" in verdict.reason
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0) and signal.getsignal(signal.SIGALRM) is handler
    assert checked("x**2", {"x": 3.0}).verdict == "agree"


def test_variables_judged_before_the_time_is_up_keep_their_verdict() -> None:
    text, at, order = SLOW
    truth = math.factorial(order)
    verdict = check(
        parse(f"y**{order} + {text}"), {"y": 1.0, **at}, ["y", "x"], order, {"y": float(truth), "x": 1.0},
        replay=lambda *_: {"y": mpf(truth), "x": mpf(1)}, timeout=1.0,
    )  # fmt: skip
    assert verdict.verdicts == {"y": "agree", "x": "undecided"} and verdict.verdict == "undecided"
    assert verdict.reason.startswith("x: ")


def test_a_question_that_took_all_its_time_is_not_asked_again_at_the_next_point() -> None:
    program = parse("tan(x*cos(x))/(1 + x**2*exp(tan(x)))")
    for k in range(3):
        began = time.monotonic()
        verdict = check(program, {"x": 0.1 * k}, ["x"], SLOW[2], {"x": 1.0}, timeout=0.5)
        assert verdict.verdict == "undecided" and "0.5 s" in verdict.reason
    assert time.monotonic() - began < 0.4


def test_an_earlier_alarm_still_rings_for_its_owner() -> None:
    rung = []
    earlier = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(TimeUp):
            within(30, lambda: time.sleep(30))
        time.sleep(0.05)
        assert rung
        signal.setitimer(signal.ITIMER_REAL, 50)
        assert within(1, lambda: 7) == 7
        assert 40 < signal.getitimer(signal.ITIMER_REAL)[0] <= 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def test_the_time_limit_holds_in_another_thread() -> None:
    text, at, order = SLOW
    found = []

    def work() -> None:
        found.append(check(parse(text), at, ["x"], order, {"x": 1.0}, timeout=0.3).verdict)
        found.append(checked("x**2", {"x": 3.0}).verdict)

    before = threading.active_count()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert found == ["undecided", "agree"] and threading.active_count() == before


def test_a_tape_that_cannot_be_replayed_is_undecided() -> None:
    def failing(*_: Any) -> dict[str, Any]:
        raise ValueError("no")

    verdict = check(parse("x**2"), {"x": 3.0}, ["x"], 1, {"x": 6.0}, replay=failing)
    assert verdict.verdict == "undecided" and "replayed" in verdict.reason


@pytest.mark.parametrize("text, x", [("log(x)", -1.0), ("sin(x)/x", 0.0), ("1/x", 0.0), ("zeta(x)", 3.0)])
def test_what_sympy_cannot_say_is_undecided(text: str, x: float) -> None:
    verdict = check(parse(text), {"x": x}, ["x"], 1, {"x": -1.0}, replay=lambda *_: {"x": 1.5})
    assert verdict.verdict in (("undecided", "differs") if text == "log(x)" else ("undecided",))


def test_one_conversion_serves_many_points(monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape import check as module

    made = []
    real = module.form_near
    monkeypatch.setattr(module, "form_near", lambda *known: made.append(1) or real(*known))
    for k in range(1, 9):
        assert checked("abs(x)*erf(x*0.37)", {"x": k / 8}).verdict == "agree"
    assert len(made) == 1
    assert checked("abs(x)*erf(x*0.37)", {"x": -0.5}).verdict == "agree"
    assert len(made) == 2


@pytest.mark.parametrize("name", ["feynman", "sr", "ode", "cas", "ad"])
def test_nothing_is_held_against_right_rules(name: str) -> None:
    complaints = []
    for row in reference.rows(name):
        complaints += complaint(row)
    assert not complaints, reference.listing(complaints)


@pytest.mark.parametrize("name, step", [("rubi", 12), ("rubi_special", 12), ("optim", 4), ("parser_values", 12)])
def test_nothing_is_held_against_right_rules_in_a_sample(name: str, step: int) -> None:
    complaints = []
    for row in reference.rows(name)[::step]:
        complaints += complaint(row)
    assert not complaints, reference.listing(complaints)


def complaint(row: dict[str, Any]) -> list[str]:
    grad = row.get("grad")
    if not isinstance(grad, dict) or "at" not in row:
        return []
    program = parse(row["expr"], tuple(row["at"]))
    at = {name: float(row["at"][name]) for name in program.variables}
    numbers = {name: d for name, d in grad.items() if name in at and isinstance(d, float)}
    verdict = check(program, at, list(numbers), 1, numbers, timeout=60)
    return [] if verdict.verdict in ("agree", "skipped") else [f"{row['id']}: {verdict.verdict}, {verdict.reason}"]


def test_the_general_form_keeps_every_branch() -> None:
    program = parse("where(x > 0, x**2, 0) + max(x, y)")
    text = str(to_sympy(program.steps, program.root))
    assert text == "Piecewise((x, x >= y), (y, True)) + Piecewise((x**2, x > 0), (0, True))"


def test_the_check_loads_no_array_library() -> None:
    code = (
        "import sys; from difftape.check import check; from difftape.parser import parse;"
        "assert 'sympy' not in sys.modules and 'mpmath' not in sys.modules;"
        "assert check(parse('x**2'), {'x': 3.0}, ['x'], 1, {'x': 6.0}).verdict == 'agree';"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_undecided_double_that_lost_its_digits_is_mended_by_the_tape_itself() -> None:
    answer = expression.parse("zeta(x)*(sqrt(y**2 + 1) - y)").answer({"x": 3.0, "y": 1e8}, wrt=["x"])
    assert answer.check is not None
    assert answer.check.verdict == "undecided"
    assert "lost digits" in answer.check.reason
    truth = -0.19812624288563685 * 5e-9  # zeta'(3), and 1/(2y) to 16 digits
    assert answer.grad["x"] == pytest.approx(truth, rel=1e-12)


def test_the_power_0_at_0_is_judged() -> None:
    answer = expression.parse("x**0 + (x - 0)**1").answer({"x": 0.0})
    assert answer.grad == {"x": 1.0}
    assert answer.check is not None
    assert answer.check.verdict == "agree"
