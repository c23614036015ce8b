"""The tape in rows: its rules are the table's, its numbers are the gradient's, and it says where it stops."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest
from points import SMOOTH
from process import on_terminal
from test_diff import call, close

from difftape.cli import main
from difftape.errors import UsageError
from difftape.expression import parse
from difftape.primitives import TABLE, Primitive
from difftape.report.trace import written
from difftape.tracing import Trace


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda p: p.name)
def test_adjoints_are_the_gradient_and_rules_are_the_partials(primitive: Primitive) -> None:
    """The printed rule, parsed and evaluated at the values of the records, is the partial."""
    e, at = call(primitive, 2)
    trace = e.trace(at)
    assert trace.error is None
    values = {row.name: row.value for row in trace if row.value.__class__ is float}
    found = {row.name: row.adjoint for row in trace if row.name in e.variables}
    for name, d in e.gradient(at).items():
        assert close(found[name] or 0.0, d)
    for row in trace:
        for rule in row.rules:
            if "where" in rule.formula:
                continue  # its condition is the name of a record
            formula = parse(rule.formula)
            value = formula.value({name: values[name] for name in formula.variables})
            assert rule.partial is not None
            assert close(value, rule.partial), (row, rule)


def adjoint_is_caught() -> bool:
    e = parse("sin(x)*x**2")
    at = {"x": 1.25}
    found = {row.name: row.adjoint for row in e.trace(at)}
    return not close(found["x"] or 0.0, 2 * 1.25 * math.sin(1.25) + 1.25**2 * math.cos(1.25))


def test_a_broken_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not adjoint_is_caught()
    monkeypatch.setattr(TABLE["sin"], "partials", (lambda y, x: TABLE["cos"](x) + 1,))
    assert adjoint_is_caught()


def test_the_records_of_an_expression() -> None:
    trace = parse("x**2*sin(y)").trace({"x": 3, "y": 0})
    assert [(row.name, row.operation, row.value, row.adjoint) for row in trace] == [
        ("x", "x", 3.0, 0.0),
        ("v1", "x**2", 9.0, 0.0),
        ("y", "y", 0.0, 9.0),
        ("v2", "sin(y)", 0.0, 9.0),
        ("v3", "v1*v2", 0.0, 1.0),
    ]
    assert trace[3].words == "the sine of x radians"
    assert trace[3].text == "sin(y)"
    assert [rule.formula for rule in trace[1].rules] == ["2*x"]
    assert len(parse("x").trace()) == 1


def test_names_of_records_are_not_those_of_variables() -> None:
    names = [row.name for row in parse("v1*v2 + sin(v3)").trace()]
    assert len(set(names)) == len(names) == 6


def test_taylor_coefficients_of_each_record() -> None:
    e = parse("where(x > 0, exp(2*x)/x, log(x))")
    trace = e.trace({"x": 1.5}, order=5)
    assert all(close(a, b) for a, b in zip(trace[-1].coefficients, e.taylor("x", {"x": 1.5}, 5), strict=True))
    exponential = next(row for row in trace if row.operation.startswith("exp"))
    for a, b in zip(exponential.coefficients, parse("exp(2*x)").taylor("x", {"x": 1.5}, 5), strict=True):
        assert close(a, b)
    with pytest.raises(UsageError, match="one variable"):
        parse("x*y").trace({"x": 1, "y": 2}, order=2)
    assert parse("x*y").trace({"x": 1, "y": 2}, ["y"], 2)[-1].coefficients == (2.0, 1.0, 0.0)
    with pytest.raises(UsageError, match="at a point"):
        parse("x").trace(order=2)


@pytest.mark.parametrize(
    ("text", "x", "failed", "status"),
    [
        ("abs(x)*2", 0, "v1", "kink"),
        ("sin(x)/x", 0, "v2", "removable"),
        ("sqrt(x - 1)", 1, "v2", "infinite"),
        ("log(x) + x", -1, "v1", "outside"),
        ("1/x", 0, "v1", "pole"),
        ("floor(x)", 2, "v1", "jump"),
        ("exp(x)*0", 1000, "v1", "removable"),
    ],
)
def test_a_hard_point_says_where_the_tape_stops(text: str, x: float, failed: str, status: str) -> None:
    trace = parse(text).trace({"x": x})
    assert trace.failed == failed
    assert trace.error is not None
    if status != "removable" or text == "sin(x)/x":
        assert trace.error.status == status
    assert all(row.adjoint is None for row in trace if row.name == "x")


def test_a_branch_that_is_not_taken_stops_nothing() -> None:
    trace = parse("where(x > 0, log(x), x*y)").trace({"x": -2, "y": 3})
    assert trace.error is None
    found = {row.operation: row for row in trace}
    assert found["log(x)"].value is None
    assert found["x > 0"].value is False
    assert found["x"].adjoint == 3.0


def test_long_tapes() -> None:
    assert len(parse("+".join(f"sin(x{k})" for k in range(5_000))).trace().records) == 14_999
    deep = parse("sin(" * 5_000 + "x" + ")" * 5_000)
    assert deep.trace({"x": 0.5})[-1].adjoint == 1.0


def out(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert main(["trace", *argv]) == code
    return capsys.readouterr().out


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert out(capsys, "x*y") == "x\tx\ny\ty\nv1\tx*y\tdv1/dx = y; dv1/dy = x\n"
    assert out(capsys, "x*y", "--at", "x=2,y=3", "-f", "table").splitlines()[0].split() == [
        *("name", "operation", "value", "adjoint", "rule", "partial"),
    ]  # fmt: skip
    rows = list(csv.reader(io.StringIO(out(capsys, "max(x, y)", "--at", "x=2,y=3", "--csv"))))
    assert rows[-1][:4] == ["v1", "max(x, y)", "3.0", "1.0"]
    found = json.loads(out(capsys, "exp(x)", "--at", "x=0", "-n", "3", "--json"))
    assert found["records"][-1]["coefficients"] == [1.0, 1.0, 0.5, 1 / 6]
    assert found["status"] == "ok"
    assert "| v1 | `exp(x)` |" in out(capsys, "exp(x)", "--markdown")
    target = tmp_path / "tape.md"
    out(capsys, "exp(x)", "-o", str(target))
    assert target.read_text().startswith("| name |")
    assert json.loads(out(capsys, "abs(x)", "--at", "x=0", "--json", code=4))["failed"] == "v1"
    assert "name  operation" in on_terminal("trace", "x*y")


def test_failures(capsys: pytest.CaptureFixture[str]) -> None:
    out(capsys, "-e", "x", "-e", "y", code=2)
    out(capsys, "x", "--at", "x=0:1:3", code=2)
    out(capsys, "x*y", "--at", "x=1", code=2)
    out(capsys, "x*y", "--at", "x=1,y=1", "-n", "2", code=2)
    out(capsys, "x +", code=3)
    capsys.readouterr()


def test_notebooks_get_escaped_html() -> None:
    trace = parse("where(x < 0, x, 1)").trace({"x": 1})
    html = trace._repr_html_()
    assert "x &lt; 0" in html
    assert "<td>x < 0" not in html
    odd = Trace("<b>", None, 0, [row._replace(operation="<script>") for row in trace])
    assert "<script>" not in odd._repr_html_()
    assert str(trace) == written(trace, "table")
