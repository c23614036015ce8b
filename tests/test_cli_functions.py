"""`difftape functions` is read off the table, every entry of it."""

from __future__ import annotations

import json

import pytest

from difftape.cli import main
from difftape.expression import parse
from difftape.primitives import TABLE
from difftape.report.reference import domain, signature

NAMES = list(TABLE)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_can_be_looked_up_and_its_example_is_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", name]) == 0
    out = capsys.readouterr().out
    primitive = TABLE[name]
    assert primitive.doc
    assert out.startswith(signature(primitive) + "\n")
    if primitive.example:
        assert f"example: {primitive.example} = {parse(primitive.example).value({})!r}" in out


@pytest.mark.parametrize("primitive", [p for p in TABLE.values() if p.is_called and not p.symbol])
def test_a_signature_is_a_call_with_as_many_operands(primitive: object) -> None:
    assert signature(primitive).count(",") == primitive.arity - 1  # type: ignore[arg-type, attr-defined]
    conditions = {"where"}
    if primitive.name not in conditions:  # type: ignore[attr-defined]
        assert parse(signature(primitive)).program.steps[-1][0] is primitive  # type: ignore[arg-type]


def test_the_listing_has_a_line_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == NAMES
    assert {len(row) for row in rows} == {4}
    assert main(["functions", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in found] == NAMES
    assert main(["functions", "-f", "table"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES)


def test_aliases_and_signs_are_names_too(capsys: pytest.CaptureFixture[str]) -> None:
    for word, name in (("ln", "log"), ("**", "pow"), ("and", "both")):
        assert main(["functions", word, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["name"] == name


def test_an_unknown_name_is_an_error_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", "sinn"]) == 2
    assert "did you mean 'sin'?" in capsys.readouterr().err
    assert main(["functions", "frobnicate"]) == 2
    assert "difftape functions" in capsys.readouterr().err


def test_domains_are_said_as_conditions() -> None:
    assert domain(TABLE["log"]) == "x > 0"
    assert domain(TABLE["asin"]) == "-1 < x < 1"
    assert domain(TABLE["sin"]) == ""
