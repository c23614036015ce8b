"""Answers as text in every format, made by hand so that each case of the layout is there."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difftape.answer import Answer, Verdict
from difftape.errors import DomainError, LimitError, ParseError, escaped, is_shown
from difftape.report import FORMATS, Layout, shown, written
from difftape.report.latex import numeral, symbol

POLE = DomainError("division by zero", status="pole", span=(0, 3), source="1/x")


def answer(grad: dict[str, float | None], value: float | None = 1.5, **more: Any) -> Answer:
    return Answer("1/x", dict.fromkeys(grad, 2.0), more.pop("order", 1), value, grad, **more)


FINE = answer({"x": -0.0, "y": 1e-7})
FAILED = answer({"x": None, "y": 3.0}, None, statuses={"x": "pole", "y": "ok"}, errors={"x": POLE})
NO_QUESTION = Answer("1/", {}, 1, None, {}, {"": "parse"}, errors={"": ParseError("oh", span=(2, 3), source="1/")})


def text(rows: list[Answer], format: str, varying: tuple[str, ...] = (), **layout: Any) -> str:
    return "".join(written([(row, varying) for row in rows], Layout(layout.pop("kind", "grad"), format, **layout)))


@pytest.mark.parametrize(
    ("rows", "format", "layout", "out"),
    [
        ([FINE], "plain", {}, "0.0\n1e-07\n"),
        ([FINE], "plain", {"with_value": True}, "1.5\n0.0\n1e-07\n"),
        ([FINE], "plain", {"kind": "value"}, "1.5\n0.0\n1e-07\n"),
        ([FINE, FAILED, NO_QUESTION], "plain", {"is_single": False}, "0.0\t1e-07\nnan\nnan\n"),
        ([FINE], "table", {}, "df/dx  0.0\ndf/dy  1e-07\n"),
        ([FINE, NO_QUESTION], "table", {"is_single": False}, "df/dx  df/dy\n0.0    1e-07\nnan\n"),
        ([FINE, FAILED], "csv", {"is_single": False}, "x,y,d_x,d_y\n2.0,2.0,0.0,1e-07\n2.0,2.0,nan,3.0\n"),
        ([NO_QUESTION, FINE], "tsv", {"is_single": False}, "x\ty\td_x\td_y\n\t\tnan\tnan\n2.0\t2.0\t0.0\t1e-07\n"),
        ([NO_QUESTION], "csv", {"is_single": False}, "nan\n"),
        ([], "csv", {"is_single": False}, ""),
        ([], "json", {"is_single": False}, "[]\n"),
        ([], "latex", {"is_single": False}, ""),
        (
            [NO_QUESTION, answer({"x": 1.0}), FINE, answer({"x": 2.0})],
            "latex",
            {"is_single": False},
            "\\begin{tabular}{r}\n$\\mathrm{nan}$ \\\\\n$1.0$ \\\\\n\\end{tabular}\n"
            "\\begin{tabular}{rr}\n$0.0$ & $1 \\times 10^{-7}$ \\\\\n$2.0$ \\\\\n\\end{tabular}\n",
        ),
        ([], "table", {"is_single": False}, ""),
    ],
)
def test_rows_are_laid_out(rows: list[Answer], format: str, layout: dict[str, Any], out: str) -> None:
    assert text(rows, format, **layout) == out


def test_coordinates_that_vary_stand_first() -> None:
    assert text([FINE, FAILED], "plain", ("x",), is_single=False) == "2.0\t0.0\t1e-07\n2.0\tnan\t3.0\n"
    assert text([FINE], "table", ("y",), is_single=False) == "y    df/dx  df/dy\n2.0  0.0    1e-07\n"
    assert "$y$ & $\\frac{\\partial f}{\\partial x}$" in text([FINE], "latex", ("y",), is_single=False)


@pytest.mark.parametrize("format", FORMATS)
def test_each_row_is_written_as_soon_as_it_is_known(format: str) -> None:
    if format in ("table", "latex"):
        return  # a table is as wide as its widest row
    taken = []

    def rows() -> Any:
        for number in range(3):
            taken.append(number)
            yield FINE, ()

    stream = written(rows(), Layout("grad", format, is_single=False))
    while "2.0" not in next(stream) and format in ("csv", "tsv"):
        pass
    assert taken == [0]


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_json_has_null_for_what_is_not_finite(number: float) -> None:
    found = json.loads(text([answer({"x": number, "y": 1.0}, number)], "json"), parse_constant=pytest.fail)
    assert found["value"] is None
    assert found["grad"] == {"x": None, "y": 1.0}


def test_json_says_why_and_for_which_variable() -> None:
    found = json.loads(text([FAILED], "json"))
    assert found["status"] == "pole"
    assert found["statuses"] == {"x": "pole"}
    assert found["message"] == "division by zero"
    assert found["span"] == [0, 3]
    assert found["grad"] == {"x": None, "y": 3.0}
    found = json.loads(text([answer({"x": 1.0}, sides={"x": "right"})], "jsonl"))
    assert found["side"] == "right"
    found = json.loads(text([answer({"x": 1.0, "y": 1.0}, sides={"x": "right", "y": "left"})], "jsonl"))
    assert found["sides"] == {"x": "right", "y": "left"}
    verdict = Verdict("undecided", verdicts={"x": "undecided", "y": "agree"}, reason="no time")
    found = json.loads(text([answer({"x": 1.0, "y": 1.0}, check=verdict)], "json"))
    assert found["check"]["reason"] == "no time"
    assert found["check"]["verdicts"] == {"x": "undecided", "y": "agree"}


def test_verdicts_are_counted_and_named() -> None:
    rows = [
        answer({"x": 1.0}, check=Verdict("agree", ulps={"x": 0.5})),
        answer({"x": 1.0}, check=Verdict("differs", ulps={"x": 1e9})),
        FAILED,
    ]
    lines = text(rows, "plain", kind="check", is_single=False).splitlines()
    assert lines == [
        "agree\t0.5\t1/x",
        "differs\t1000000000.0\t1/x",
        "pole\tnan\t1/x",
        "3 checked: 1 agree, 1 differs, 1 pole",
    ]


@given(st.floats(allow_nan=False))
def test_numbers_are_read_back_as_they_were(number: float) -> None:
    assert float(shown(number)) == number
    assert not shown(number).startswith("-0.0") or number != 0


@pytest.mark.parametrize(
    ("name", "tex"),
    [("x", "x"), ("theta", "\\theta"), ("speed", "\\mathrm{speed}"), ("x_1", "x_{1}"), ("_a", "\\mathrm{\\_a}")],
)
def test_names_in_latex(name: str, tex: str) -> None:
    assert symbol(name) == tex


def test_numbers_in_latex() -> None:
    assert [numeral(x) for x in (6.0, 1e22, -2.5e-9, math.inf, None)] == [
        "6.0",
        "1 \\times 10^{22}",
        "-2.5 \\times 10^{-9}",
        "\\infty",
        "\\mathrm{nan}",
    ]


@given(st.text(min_size=1, max_size=60), st.integers(1, 3000), st.integers(0, 100), st.integers(0, 100))
@settings(max_examples=300, deadline=None)
def test_a_message_is_short_and_holds_no_control_character(piece: str, times: int, begin: int, width: int) -> None:
    source = piece * times
    span = (min(begin, len(source) - 1), begin + width)
    for error in (ParseError(source, span=span, source=source, hint=source), LimitError(source, place=source)):
        message = f"difftape: {error.shown('file:7: ')}"
        assert len(message.encode()) < 4096
        assert all(c == "\n" or is_shown(c) for c in message)


def test_what_a_terminal_would_obey_is_spelled_out() -> None:
    assert escaped("a\x1b[31m\u202e\u200b\x00é") == "aU+001B[31mU+202EU+200BU+0000é"
    assert "line 3, column 2" in ParseError("no", span=(1, 2), source="xy").shown(line=3)
