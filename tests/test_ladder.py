"""Every judge convicts what is broken, none convicts what is right, and their votes are counted as they should be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import points
import pytest

import difftape
from difftape import witnesses
from difftape.comparison import Finding
from difftape.derivatives import gradient
from difftape.errors import UsageError
from difftape.graph import Program
from difftape.ladder import counted, verdict
from difftape.orders import nth
from difftape.parser import parse
from difftape.primitives import TABLE, Primitive
from difftape.rulefree import derivative
from difftape.symbolic import Unknown

SLOW = {"zetaderiv", "bessely", "besselk"}  # mpmath takes seconds for zeta's derivatives, and for whole orders
SAMPLE = [
    p
    for p in points.SMOOTH
    if p.is_called and points.positions(p) and p.name not in {"where", *points.CONDITIONS, *SLOW}
]
POWERS = [TABLE[name] for name in ("mul", "div", "pow")]
SLIP = 1e-12


def question(primitive: Primitive, seed: int = 1) -> tuple[Program, dict[str, float]]:
    """The primitive of variables, orders as numbers, and a point of its domain."""
    operands = points.operands(primitive, seed)
    at = {f"x{k}": float(operands[k]) for k in points.positions(primitive)}
    parts = [f"x{k}" if f"x{k}" in at else repr(x) for k, x in enumerate(operands)]
    text = primitive.symbol.join(parts) if not primitive.is_called else f"{primitive.name}({', '.join(parts)})"
    return parse(text), at


def off_by(rule: Any, size: float) -> Callable[..., Any]:
    return lambda *operands: (rule(*operands) if callable(rule) else rule) * (1 + size)


def asked(program: Program, at: dict[str, float], judges: Any, order: int = 1, **how: Any) -> Any:
    """The verdict on what the tape computes."""
    if order == 1:
        numbers = gradient(program, at, list(at))[1]
    else:
        numbers = {name: nth(program, at, name, order)[order] for name in at}
    return verdict(program, at, numbers, order, judges=judges, **how)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Primitive, int], None]]:
    """Breaks one rule of a primitive by 1e-12 of it."""

    def slip(primitive: Primitive, position: int) -> None:
        rules = list(primitive.partials)
        rules[position] = off_by(rules[position], SLIP)
        monkeypatch.setattr(primitive, "partials", tuple(rules))

    yield slip


@pytest.mark.parametrize("primitive", [*SAMPLE, *POWERS], ids=lambda p: p.name)
def test_mpmath_agrees_with_a_rule_and_convicts_it_broken(primitive: Primitive, broken: Any) -> None:
    program, at = question(primitive)
    right = asked(program, at, ["mpmath"])
    assert right.verdict == "agree", (program.text, at, right)
    assert set(right.reference) == set(right.ulps) == set(right.relative) == set(at)
    position = points.positions(primitive)[-1]
    broken(primitive, position)
    wrong = asked(program, at, ["mpmath"])
    if float(right.reference[f"x{position}"]):
        assert wrong.verdicts[f"x{position}"] == "differs", (program.text, at, wrong)
        assert "mpmath" in wrong.reason and "rule" in wrong.reason


@pytest.mark.parametrize("name", ["sin", "exp", "atan", "gamma", "besselj", "mul", "pow", "tanh", "bessely", "besselk"])
@pytest.mark.parametrize("judge", ["sympy", "mpmath", "arb"])
def test_each_independent_judge_convicts_a_broken_rule(name: str, judge: str, broken: Any) -> None:
    if judge == "arb":
        pytest.importorskip("flint")
    elif name in SLOW:
        pytest.skip("it takes seconds")
    program, at = question(TABLE[name])
    position = points.positions(TABLE[name])[-1]
    assert asked(program, at, [judge]).judges == {judge: "agree"}
    broken(TABLE[name], position)
    found = asked(program, at, [judge])
    assert found.verdicts[f"x{position}"] == "differs" and found.judges == {judge: "differs"}


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_tape_convicts_an_engine_that_is_wrong(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape import replay

    program, at = parse("exp(x)*sin(x)"), {"x": 0.7}
    assert asked(program, at, ["tape"], order).verdict == "agree"
    right = replay.settled
    monkeypatch.setattr(replay, "settled", lambda *known: [y * (1 + SLIP) for y in right(*known)])
    if order == 1:
        monkeypatch.setattr(
            "difftape.twoways.replay_coefficients",
            lambda *known: [
                0,
                right(lambda dps: replay._gradient_mp(program.steps, program.root, at, ["x"], dps), 50)[1],
            ],
        )
    found = asked(program, at, ["tape"], order)
    assert found.verdict == "differs" and "engines" in found.reason and found.judges == {"tape": "differs"}


def test_the_tape_convicts_a_slope_that_a_series_has_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sympy is right about the number, the engine that is wrong is still told."""
    tan = TABLE["tan"]
    monkeypatch.setattr(tan, "series", (off_by(tan.series[0], SLIP),))
    found = asked(parse("tan(x)"), {"x": 0.7}, ())
    assert found.judges == {"sympy": "agree", "tape": "differs"}
    assert found.verdict == "differs" and found.judge == "tape"


ILL = [
    ("(1 - cos(x))/x**2", 1e-8), ("sin(x)/x", 1e-8), ("(exp(x) - 1 - x)/x**2", 1e-7), ("log(1 + x) - x", 1e-17),
    ("sqrt(x**2 + 1) - x", 1e8), ("tan(x)", 1.5707963267948966), ("exp(x) - 1 - x", 1e-150), ("sin(x)", 1e15),
    ("(x - 1)**8 - (x**8 - 8*x**7 + 28*x**6 - 56*x**5 + 70*x**4 - 56*x**3 + 28*x**2 - 8*x)", 1.001),
    ("gamma(x)", -2.0000000001), ("log(x - 1)", 1.0000000000000002), ("abs(x - 0.1 - 0.2)", 0.30000000000000004),
    ("x**x", 1e-300), ("acosh(x)", 1.0000000000000002), ("erfc(x)", 26.0), ("sqrt(1 - cos(x)**2)", 1e-9),
]  # fmt: skip


@pytest.mark.parametrize("text, x", ILL)
@pytest.mark.parametrize("judges", [(), ("mpmath",), ("tape",), ("arb",)], ids=lambda judges: "+".join(judges))
def test_a_right_rule_at_an_ill_conditioned_point_is_never_blamed(text: str, x: float, judges: Any) -> None:
    if judges == ("arb",):
        pytest.importorskip("flint")
    for order in (1, 2):
        found = difftape.parse(text).answer({"x": x}, order=order, judges=judges).check
        assert "differs" not in found.judges.values(), (order, found)
        if not judges:
            assert found.verdict in ("agree", "ill-conditioned"), (order, found)


def test_what_sympy_cannot_tell_another_judge_does() -> None:
    found = difftape.parse("zeta(x)").check({"x": 3})
    assert found.verdict == "agree" and found.judge == "mpmath"
    assert found.judges == {"sympy": "undecided", "tape": "agree", "mpmath": "agree"}
    quick = difftape.parse("zeta(x)").answer({"x": 3}).check
    assert quick.judge == "mpmath" and quick.reference == found.reference and not quick.condition
    assert difftape.parse("sin(x)").answer({"x": 3}).check.judges == {}


def test_a_judge_that_is_slow_leaves_it_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnesses, "findings", lambda program, at, entries, numbers, tape, **how: _late(entries))
    found = asked(parse("x*sin(x)"), {"x": 2.0}, ())
    assert found.verdict == "agree" and found.judge == "mpmath" and found.judges["sympy"] == "undecided"


def _late(entries: Any) -> dict[str, Finding]:
    return {name: Finding("undecided", reason="sympy did not answer within 5 s") for name in entries}


def test_no_time_at_all_is_undecided() -> None:
    found = asked(parse("zeta(x)"), {"x": 3.0}, ["mpmath"], timeout=1e-9)
    assert found.verdict == "undecided" and "within" in found.reason and found.condition == {}


def test_votes_are_counted() -> None:
    def word(**votes: str) -> tuple[str, str]:
        finding, judge = counted({name: Finding(vote) for name, vote in votes.items()})
        return finding.verdict, judge

    assert word(sympy="agree", tape="agree") == ("agree", "sympy")
    assert word(sympy="undecided", tape="agree") == ("undecided", "sympy")
    assert word(sympy="undecided", tape="agree", mpmath="ill-conditioned") == ("ill-conditioned", "mpmath")
    assert word(sympy="differs", tape="agree", mpmath="agree")[0] == "undecided"
    assert word(sympy="differs", tape="agree", mpmath="agree", arb="agree") == ("agree", "mpmath")
    assert word(sympy="differs", tape="agree", mpmath="differs") == ("differs", "sympy")
    assert word(sympy="agree", tape="differs") == ("differs", "tape")
    assert word(tape="agree") == ("agree", "tape")
    assert "sympy says differs" in counted({"sympy": Finding("differs"), "arb": Finding("agree")})[0].reason


def test_a_conviction_is_doubted_until_another_judge_shares_it(broken: Any) -> None:
    broken(TABLE["sin"], 0)
    found = asked(parse("sin(x)"), {"x": 0.7}, ())
    assert found.verdict == "differs" and found.judges == {"sympy": "differs", "tape": "differs", "mpmath": "differs"}


def test_condition_numbers() -> None:
    check = lambda text, **at: difftape.parse(text).check(at).condition
    assert check("x**3", x=2) == {"x": 2.0}
    assert check("x*y**2", x=3, y=5) == {"x": 2.0, "y": 2.0}
    assert check("sin(x)", x=1e6)["x"] == pytest.approx(abs(1e6 * math.tan(1e6)), rel=0.01)
    assert check("x**2", x=0) == {"x": 0.0}
    assert check("sin(x)", x=math.pi / 2)["x"] > 1e15
    assert difftape.parse("x**3").check({"x": 2}, order=2).condition == {"x": 1.0}
    many = " + ".join(f"x{k}**2" for k in range(20))
    assert difftape.parse(many).check({f"x{k}": 1.0 for k in range(20)}).condition == {}


def test_what_mpmath_is_not_asked() -> None:
    with pytest.raises(Unknown, match="order"):
        derivative(parse("exp(x)"), {"x": 1.0}, ("x",) * 21)
    with pytest.raises(Unknown, match="close"):  # 1e16 + 1 is 1e16 in doubles
        derivative(parse("where(x + 1 > x, x**2, x)"), {"x": 1e16}, ("x",))
    assert difftape.parse("abs(x)").answer({"x": 0}, subgradient=True, judges=["mpmath"]).check.verdict == "undecided"
    assert asked(parse("where(x > 1, x**2, log(-x))"), {"x": 2.0}, ["mpmath"]).verdict == "agree"


def test_judges_are_chosen_by_name() -> None:
    with pytest.raises(UsageError, match="foo"):
        difftape.parse("x").check({"x": 1}, judges=["foo"])
    with pytest.raises(UsageError, match="digits"):
        difftape.parse("x").answer({"x": 1}, judges=["sympy"], digits=20)


def test_orders_beyond_the_first() -> None:
    for order in (2, 5):
        found = asked(parse("exp(x)*gamma(x)"), {"x": 1.5}, ["tape", "mpmath"], order)
        assert found.judges == {"tape": "agree", "mpmath": "agree"}


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    from difftape.cli import main

    assert main(["check", "zeta(x)", "--at", "x=3", "-v"]) == 0
    done = capsys.readouterr()
    assert done.out.splitlines() == ["agree\t0.134\tzeta(x)", "1 checked: 1 agree"]
    assert "votes: sympy undecided, tape agree, mpmath agree" in done.err and "condition x 3.63" in done.err
    assert main(["check", "x**3", "--at", "x=2", "--json", "--judges", "mpmath,tape"]) == 0
    found = json.loads(capsys.readouterr().out)["check"]
    assert found["judges"] == {"mpmath": "agree", "tape": "agree"} and found["judge"] == "mpmath"
    assert found["relative"] == {"x": 0.0} and found["condition"] == {"x": 2.0}
    assert main(["check", "x", "--at", "x=1", "--judges", "nobody"]) == 2
