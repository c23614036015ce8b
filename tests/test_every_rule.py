"""Every rule of the table broken by 1e-12 of itself is convicted in every question that it has a part in; no other is.

The judges are those behind every answer: sympy, mpmath's quotient of differences where that is undecided, and the
tape itself where both are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import points
import pytest
from test_check import RULED, off_by, question

from difftape import curvature, expression
from difftape.derivatives import gradient
from difftape.entries import hessian_answer, mixed_answer, taylor_answer
from difftape.graph import Program
from difftape.judging import checked_hessian, checked_mixed, checked_taylor
from difftape.ladder import verdict
from difftape.primitives import TABLE, Primitive

SLIP = 1e-12
PATIENCE = 60.0
SLOW = {"zeta", "zetaderiv", "besselk", "bessely"}  # second derivatives of these take mpmath seconds
DIRECT = {"mul", "div", "square"}  # of these series have their own recurrences, and no rule has a part in them
RULES = [
    pytest.param(primitive, k, id=f"{primitive.name}-{k}")
    for primitive in RULED
    for k in points.positions(primitive)
    if not (primitive.partials[k].__class__ is int and not primitive.partials[k])
]
CURVED = [
    rule for rule in RULES if rule.values[0].partials[rule.values[1]].__class__ is not int
    and rule.values[0].name not in SLOW
]  # fmt: skip


def telling(primitive: Primitive, position: int) -> tuple[Program, dict[str, float]]:
    """The primitive of variables at a point where its rule for one of them is not 0 (min and max choose)."""
    for seed in range(1, 30):
        program, at = question(primitive, seed)
        if gradient(program, at, list(at))[1][f"x{position}"]:
            return program, at
    raise AssertionError(f"{primitive.name} has no slope by operand {position}")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Primitive, int], None]:
    """Breaks one rule of a primitive by 1e-12 of it, and the slope that its series has, if that is another."""

    def slip(primitive: Primitive, position: int) -> None:
        for table in ("partials", "series"):
            rules = list(getattr(primitive, table))
            rules[position] = off_by(rules[position], SLIP)
            monkeypatch.setattr(primitive, table, tuple(rules))
        curvature._known.clear()

    return slip


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Any:
    yield
    curvature._known.clear()


@pytest.mark.parametrize("primitive, position", RULES)
def test_a_rule_is_acquitted_and_convicted_when_broken(primitive: Primitive, position: int, broken: Any) -> None:
    program, at = telling(primitive, position)
    name = f"x{position}"

    def said() -> Any:
        numbers = {name: gradient(program, at, [name])[1][name]}
        return verdict(program, at, numbers, judges=None, timeout=PATIENCE)

    assert said().verdict == "agree", (program.text, at)
    broken(primitive, position)
    assert said().verdict == "differs", (program.text, at)


@pytest.mark.parametrize("primitive, position", CURVED)
def test_in_second_derivatives_and_taylor_series_too(primitive: Primitive, position: int, broken: Any) -> None:
    program, at = telling(primitive, position)
    name = f"x{position}"

    def said() -> tuple[str, str, bool]:
        second = hessian_answer(program, at, [name])
        series = taylor_answer(program, at, name, 2)
        whole = checked_hessian(program, at, [name], second, 1e-9, 1e-12, PATIENCE).check
        part = checked_taylor(program, at, name, series, 1e-9, 1e-12, PATIENCE).check
        assert whole is not None and part is not None
        return whole.verdict, part.verdict, bool(second.grad[f"{name},{name}"])

    assert said()[:2] == ("agree", "agree"), (program.text, at)
    broken(primitive, position)
    whole, part, is_curved = said()
    assert part == ("agree" if primitive.name in DIRECT else "differs"), (program.text, at)
    assert not is_curved or whole == "differs", (program.text, at)


@pytest.mark.parametrize("name", ["pow", "atan2", "beta", "hypot", "besselj"])
def test_in_mixed_derivatives_too(name: str, broken: Any) -> None:
    primitive = TABLE[name]
    position = points.positions(primitive)[-1]
    inner, at = telling(primitive, position)
    program = expression.parse(f"t*{inner.text}" if primitive.is_called else f"t*({inner.text})").program
    at = {"t": 1.5, **at}
    by = ["t", f"x{position}"]

    def said() -> Any:
        checked = checked_mixed(program, at, mixed_answer(program, at, by), 1e-9, 1e-12, PATIENCE).check
        assert checked is not None
        return checked.verdict

    assert said() == "agree"
    broken(primitive, position)
    assert said() == "differs"


@pytest.mark.parametrize("text, by", [("zeta(x)*y", ("x", "y")), ("zeta(x*y)", ("x", "y")), ("zeta(x)*y", ("x", "x"))])
def test_where_sympy_is_undecided_mpmath_convicts(text: str, by: tuple[str, ...], broken: Any) -> None:
    program, at = expression.parse(text).program, {"x": 2.5, "y": 1.25}

    def said() -> Any:
        return checked_mixed(program, at, mixed_answer(program, at, by), 1e-9, 1e-12, PATIENCE).check

    assert said().judges == {"sympy": "undecided", "mpmath": "agree"}
    broken(TABLE["zeta"], 0)
    found = said()
    assert found.verdict == "differs" and found.judge == "mpmath"


def test_where_no_other_is_heard_the_tape_convicts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape import witnesses
    from difftape.comparison import Finding
    from difftape.symbolic import Unknown

    def no(*_: Any) -> Any:
        raise Unknown("mpmath is not asked")

    monkeypatch.setattr(
        witnesses, "findings", lambda p, at, entries, *_, **__: {n: Finding("undecided") for n in entries}
    )
    monkeypatch.setattr("difftape.rulefree.derivative", no)
    program, at = expression.parse("tan(x)*y").program, {"x": 0.7, "y": 2.0}
    hessian = lambda: checked_hessian(program, at, ["x", "y"], hessian_answer(program, at, ["x", "y"]), 0, 0, 9).check
    assert hessian().verdict == "undecided" and not hessian().judges
    monkeypatch.setattr(TABLE["tan"], "series", (off_by(TABLE["tan"].series[0], SLIP),))
    found = hessian()
    assert found.verdict == "differs" and found.judge == "tape, sympy"
