"""Points: what `--at` says, grids, and lines of examples."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difftape.errors import LimitError, UsageError
from difftape.points.grids import POINT_LIMIT, Grid, combinations, size, varying
from difftape.points.lines import lines
from difftape.points.values import assignments, outside_brackets, point


@pytest.mark.parametrize(
    ("texts", "at"),
    [
        (["x=3"], {"x": 3.0}),
        ([" x = 3 "], {"x": 3.0}),
        (["x=3,y=4", "z=-1e-9"], {"x": 3.0, "y": 4.0, "z": -1e-9}),
        (["x=pi/2"], {"x": math.pi / 2}),
        (["x=max(1, 2),y=-(3)"], {"x": 2.0, "y": -3.0}),
        (["pi=3,x=2*pi"], {"pi": 3.0, "x": 2 * math.pi}),
        (["e\u0301=3"], {"é": 3.0}),
        (["lambda=2,in=3,S=4"], {"lambda": 2.0, "in": 3.0, "S": 4.0}),
        (["x=1_000"], {"x": 1000.0}),
        (["x=0:1:3"], {"x": Grid(0.0, 1.0, 3)}),
        (["x=-pi:pi:10**2"], {"x": Grid(-math.pi, math.pi, 100)}),
        (["x=min(1, 2):3:2"], {"x": Grid(1.0, 3.0, 2)}),
    ],
)
def test_a_point_is_read(texts: list[str], at: dict[str, Any]) -> None:
    assert point(texts) == at


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", ["x=VALUE"]),
        ("x=", ["value"]),
        ("x=abc", ["abc", "no value"]),
        ("x==3", ["="]),
        ("3=x", ["3", "not a name"]),
        ("x=3,x=4", ["twice"]),
        ("x=nan", ["nan"]),
        ("x=inf", ["inf"]),
        ("x=1e999", ["1e999"]),
        ("x=3,5", ["x=3.5"]),
        ("x=-3,25,y=1", ["x=-3.25"]),
        ("x=0:1", ["START:STOP:COUNT"]),
        ("x=0:1:2:3", ["START:STOP:COUNT"]),
        ("x=0:1:0", ["COUNT"]),
        ("x=0:1:2.5", ["COUNT"]),
        ("x=0:1:-3", ["COUNT"]),
        ("x=1/0", ["finite"]),
        ("x=log(-1)", ["finite"]),
        ("x=9**9**9", ["finite"]),
        ("x=3;y=4", [";", "x=3,y=4"]),
        ("", ["--at"]),
        (" , ", ["NAME=VALUE"]),
        ("x=__import__('os')", ["__import__"]),
        ("x=2x", ["2*x"]),
    ],
)
def test_what_is_no_point_is_refused_with_a_mend(text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        point([text], "--at")
    shown = str(caught.value)
    assert shown.startswith("usage error")
    for word in words:
        assert word.lower() in shown.lower()


def test_commas_inside_brackets_do_not_split() -> None:
    assert outside_brackets("a(b,c),d,(e,(f,g))") == ["a(b,c)", "d", "(e,(f,g))"]
    assert assignments("x=atan2(1, 2),y=3") == [("x", "atan2(1, 2)"), ("y", "3")]


@given(
    st.floats(-1e300, 1e300),
    st.floats(-1e300, 1e300),
    st.integers(1, 1000),
)
@settings(max_examples=200, deadline=None)
def test_a_grid_begins_and_ends_where_it_says_and_stays_between(start: float, stop: float, count: int) -> None:
    grid = Grid(start, stop, count)
    points = [grid.number(i) for i in range(count)]
    assert points[0] == start
    assert count == 1 or points[-1] == stop
    low, high = min(start, stop), max(start, stop)
    slack = 1e-12 * max(abs(low), abs(high))
    assert all(low - slack <= x <= high + slack for x in points)
    assert points == sorted(points, reverse=stop < start)


def test_the_widest_grid_does_not_overflow() -> None:
    grid = Grid(-1.7e308, 1.7e308, 3)
    assert [grid.number(i) for i in range(3)] == [-1.7e308, 0.0, 1.7e308]


def test_several_grids_are_all_combinations_the_last_fastest() -> None:
    at = {"x": Grid(0.0, 1.0, 2), "k": 7.0, "y": Grid(5.0, 6.0, 2)}
    assert varying(at) == ("x", "y")
    assert [tuple(p.values()) for p in combinations(at)] == [
        (0.0, 7.0, 5.0),
        (0.0, 7.0, 6.0),
        (1.0, 7.0, 5.0),
        (1.0, 7.0, 6.0),
    ]


def test_a_grid_has_a_limit_that_is_looked_at_before_any_point() -> None:
    assert size({"x": Grid(0.0, 1.0, POINT_LIMIT)}) == POINT_LIMIT
    with pytest.raises(LimitError, match="points"):
        size({"x": Grid(0.0, 1.0, 4000), "y": Grid(0.0, 1.0, 4000)})
    with pytest.raises(LimitError, match="points"):
        size({"x": Grid(0.0, 1.0, 10**30), "y": Grid(0.0, 1.0, 10**300)})


def test_lines_are_read_as_they_are_meant() -> None:
    text = "\ufeff# a comment\r\n\r\nx**2 @ x=3\r\n   # another\n x*y   # behind it\n\nx + 1 @ x=max(1, 2), y=2"
    found = list(lines(text.encode().splitlines(keepends=True)))
    assert [(line.number, line.text, line.at) for line in found] == [
        (3, "x**2", "x=3"),
        (5, "x*y", None),
        (7, "x + 1", "x=max(1, 2), y=2"),
    ]


def test_bytes_that_are_not_utf8_are_an_error_of_their_line_only() -> None:
    found = list(lines([b"x\n", b"x*\xb5\n", b"x+1\n"]))
    assert [line.error is None for line in found] == [True, False, True]
    assert "UTF-8" in str(found[1].error)
    assert found[1].error is not None and found[1].error.exit_code == 3


def test_each_line_is_given_before_the_next_is_read() -> None:
    asked = []

    def stream() -> Any:
        for number in range(3):
            asked.append(number)
            yield b"x\n"

    reading = lines(stream())
    next(reading)
    assert asked == [0]
