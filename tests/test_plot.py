"""Pictures: gaps and marks are where the function has them, between doubles too; files are always the same."""

from __future__ import annotations

import json
import math
import os
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from process import on_terminal

from difftape.cli import main
from difftape.errors import DomainError, UsageError
from difftape.expression import parse
from difftape.plotting import Plot, hard_points
from difftape.plotting.limits import limits

SVG = "{http://www.w3.org/2000/svg}"
ROOT = math.sqrt(2)

# where functions of x are not smooth: status and place
PLACES: dict[str, list[tuple[str, float]]] = {
    "exp(-x*x)*sin(3*x)": [],
    "1/x": [("pole", 0.0)],
    "1/(x - 0.3)**2": [("pole", 0.3)],
    "1/(x**2 - 2)": [("pole", -ROOT), ("pole", ROOT)],
    "tan(x)": [("pole", -math.pi / 2), ("pole", math.pi / 2)],
    "1e-6/(x - 0.123456) + x": [("pole", 0.123456)],  # too thin for any sample to show
    "log(x + 1)": [("pole", -1.0)],
    "abs(x)": [("kink", 0.0)],
    "abs(x**2 - 2)": [("kink", -ROOT), ("kink", ROOT)],
    "max(x, 1/3)": [("kink", 1 / 3)],
    "sqrt((x - 1)**2) + 5*x": [("kink", 1.0)],
    "floor(x + 1/2)": [("jump", -1.5), ("jump", -0.5), ("jump", 0.5), ("jump", 1.5)],
    "atan(1/x)": [("jump", 0.0)],
    "where(x > 1, x**2, sin(x))": [("jump", 1.0)],
    "sqrt(x)": [("infinite", 0.0)],
    "cbrt(x - 0.3)": [("infinite", 0.3)],
    "sqrt(x**2 - 2)": [("infinite", -ROOT), ("infinite", ROOT)],
    "asin(x)": [("infinite", -1.0), ("infinite", 1.0)],
    "sin(x)/x": [("removable", 0.0)],
    "x**1.5": [],
}
GAPS = {
    "sqrt(x)": [(-2.0, 0.0)],
    "log(x + 1)": [(-2.0, -1.0)],
    "sqrt(x**2 - 2)": [(-ROOT, ROOT)],
    "asin(x)": [(-2.0, -1.0), (1.0, 2.0)],
    "x**1.5": [(-2.0, 0.0)],
}


def drawn(text: str, start: float = -2.0, stop: float = 2.0, **more: Any) -> Plot:
    return parse(text).plot({"x": (start, stop)}, **more)


@pytest.mark.parametrize("text", PLACES)
@pytest.mark.parametrize("range_", [(-2.0, 2.0), (-2.0, 2.0, 173)])
def test_marks_are_where_the_function_is_not_smooth(text: str, range_: tuple[float, ...]) -> None:
    """On samples, between them, and between doubles: never beside the place, whatever the samples are."""
    picture = parse(text).plot({"x": range_})
    assert [mark.status for mark in picture.marks] == [status for status, _ in PLACES[text]]
    for mark, (_, x) in zip(picture.marks, PLACES[text], strict=True):
        assert mark.x == pytest.approx(x, abs=1e-15)
    for region, (start, stop) in zip(picture.regions, GAPS.get(text, []), strict=True):
        assert region.status == "outside"
        assert (region.start, region.stop) == pytest.approx((start, stop), abs=1e-15)


@pytest.mark.parametrize("text", ["1/x", "tan(x)", "floor(x + 1/2)", "1/(x**2 - 2)", "atan(1/x)"])
def test_no_curve_is_joined_across_a_pole_or_a_jump(text: str) -> None:
    for curve, pieces in zip(drawn(text).curves, drawn(text).record()["curves"], strict=True):
        for _, place in PLACES[text]:
            assert not any(min(x) < place < max(x) for x, _ in pieces["pieces"])
            assert np.isnan(curve.y[np.searchsorted(curve.x, place)])
        assert len(pieces["pieces"]) == len(PLACES[text]) + 1


def test_a_kink_breaks_the_derivatives_from_its_order_on() -> None:
    first, second = drawn("abs(x)", order=2), drawn("x*abs(x)", order=2)
    counts = [[len(c["pieces"]) for c in picture.record()["curves"]] for picture in (first, second)]
    assert counts == [[1, 2, 2], [1, 1, 2]]
    assert [(mark.status, mark.order) for mark in (*first.marks, *second.marks)] == [("kink", 1), ("kink", 2)]


def test_what_is_removable_is_filled_in() -> None:
    picture = drawn("sin(x)/x", order=2)
    for curve, limit in zip(picture.curves, (1.0, 0.0, -1 / 3), strict=True):
        assert np.isfinite(curve.y).all()
        assert curve.y[curve.x == 0.0] == pytest.approx([limit])


def test_values_and_derivatives_are_those_of_the_library() -> None:
    e = parse("a*exp(x)*sin(x)")
    picture = e.plot({"x": (0, 1, 11), "a": 2}, order=3)
    assert [curve.label for curve in picture.curves] == ["f", "d/dx", "d2/dx2", "d3/dx3"]
    for k in (0, 4, 10):
        wanted = e.derivatives("x", {"x": picture.curves[0].x[k], "a": 2}, 3)
        assert [curve.y[k] for curve in picture.curves] == pytest.approx(wanted, rel=1e-13)
    by_a = e.plot({"x": (0, 1, 11), "a": 2}, wrt=["a"]).curves[1]
    assert by_a.by == ("a",)
    assert by_a.y == pytest.approx(np.exp(by_a.x) * np.sin(by_a.x))


def test_constants_may_be_drawn_over_and_order_0_is_the_function_alone() -> None:
    picture = parse("x*pi").plot({"pi": (0, 1), "x": 2}, order=0)
    assert [curve.label for curve in picture.curves] == ["f"]
    assert picture.curves[0].y[-1] == 2.0


def test_many_marks_are_told_by_likeness_and_then_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is likened is where it would have been diagnosed; beyond the limit curves still break."""
    picture = drawn("tan(x)", -20, 20, order=0)
    assert [mark.x for mark in picture.marks] == pytest.approx([(k + 0.5) * math.pi for k in range(-6, 6)], abs=1e-14)
    monkeypatch.setattr(hard_points, "_MARKS", 5)
    fewer = drawn("tan(x)", -20, 20, order=0)
    assert (len(fewer.marks), fewer.shown.unmarked) == (5, 7)  # type: ignore[union-attr]
    assert len(fewer.record()["curves"][0]["pieces"]) == 13
    assert fewer.warned().startswith("7 more places")
    assert picture.warned() == ""


def test_this_judge_sees_a_mark_that_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hard_points, "candidates", lambda *_: [])
    with pytest.raises(AssertionError):
        test_marks_are_where_the_function_is_not_smooth("1/(x**2 - 2)", (-2.0, 2.0))


def test_a_pole_does_not_flatten_the_rest() -> None:
    x = np.linspace(-1, 1, 1000)
    low, high = limits([1 / x], is_wild=True)
    assert -40 < low < -10
    assert 10 < high < 40
    assert limits([x, 1000 * x])[1] < 5  # nor does a steep derivative
    assert limits([np.exp(5 * x)])[1] > math.exp(5)  # what is bounded is seen whole
    assert limits([np.full(5, 3.0)]) == pytest.approx((1.35, 4.65))
    assert limits([x], [7.0])[1] > 7
    assert all(map(math.isfinite, limits([np.array([1e308, -1e308, np.nan])])))


def test_regions_say_why() -> None:
    regions = drawn("exp(x)", 0, 1000).regions
    assert [region.status for region in regions] == ["overflow"]
    assert regions[0].start == pytest.approx(709.782712893384)
    with pytest.raises(DomainError, match=r"no value anywhere in x=-2.0:-1.0: log of a negative number"):
        drawn("log(x)", -2, -1)
    with pytest.raises(DomainError, match=r"no value anywhere in x=-2.0:-1.0, y=1.0:2.0"):
        parse("log(x*y)").plot({"x": (-2, -1), "y": (1, 2)})


@pytest.mark.parametrize(
    ("text", "at", "options", "message"),
    [
        ("x", {}, {}, "x has no range"),
        ("x", {"x": 3}, {}, "x has no range"),
        ("3", {}, {}, "no variable"),
        ("x", {"x": (1, 1)}, {}, "one point"),
        ("x", {"x": (2, 1)}, {}, "ends below its beginning"),
        ("x", {"x": (0, 1, 1)}, {}, "at least two"),
        ("x", {"x": (0,)}, {}, "START, STOP"),
        ("x", {"x": (-1e308, 1e308)}, {}, "wider than the largest double"),
        ("x", {"x": (0, math.inf)}, {}, "wider than the largest double"),
        ("x", {"x": (0, 1, 10**7)}, {}, "1000000 are enough"),
        ("a*x", {"x": (0, 1)}, {}, "no value for a"),
        ("x*y*z", dict.fromkeys("xyz", (0, 1)), {}, "one or two"),
        ("x*y", dict.fromkeys("xy", (0, 1)), {"order": 2}, "no part in it"),
        ("x*y", dict.fromkeys("xy", (0, 1)), {"wrt": ["x"]}, "no part in it"),
        ("x", {"x": (0, 1)}, {"order": 50}, "51 curves"),
        ("x", {"x": (0, 1)}, {"wrt": ["q"]}, "q"),
        ("x", {"x": (0, 1), "q": 1}, {}, "q"),
    ],
)
def test_what_cannot_be_drawn_is_said(text: str, at: Any, options: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(text).plot(at, **options)


def test_a_field_is_torn_where_the_diagnosis_says() -> None:
    at = {"x": (-2.0, 2.0), "y": (-2.0, 2.0)}
    smooth = parse("x**2*y").plot(at).shown
    assert np.isfinite(smooth.values).all()  # type: ignore[union-attr]
    x, y, u, v = smooth.arrows  # type: ignore[union-attr]
    assert u == pytest.approx(2 * x * y)
    assert v == pytest.approx(x * x)
    for text, status in [("x/y", "pole"), ("floor(x) + y", "jump"), ("tan(x + y)", "pole")]:
        torn = parse(text).plot(at).shown
        assert list(torn.torn) == [status]  # type: ignore[union-attr]
        assert 0.5 < np.isfinite(torn.values).mean() < 1  # type: ignore[union-attr]
    assert np.isfinite(parse("abs(x)*y").plot(at).shown.values).all()  # type: ignore[union-attr]
    mended = parse("sin(x*y)/(x*y)").plot(at).shown
    assert mended.values[60, 60] == pytest.approx(1.0)  # type: ignore[union-attr]
    assert np.isfinite(mended.values).all()  # type: ignore[union-attr]


def out(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert main(["plot", *argv]) == code
    return capsys.readouterr().out


def test_json_is_the_picture(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(out(capsys, "a/x", "--at", "x=-1:1:101,a=1", "-f", "json"))
    assert found["schema"] == "difftape.plot/1"
    assert (found["at"], found["range"]) == ({"a": 1.0}, {"x": [-1.0, 1.0]})
    assert [(mark["x"], mark["status"]) for mark in found["marks"]] == [(0.0, "pole")]
    for x, y in found["curves"][0]["pieces"]:
        assert np.array(x) * np.array(y) == pytest.approx(np.ones(len(x)))
    field = json.loads(out(capsys, "x/y", "--at", "x=1:2:3,y=-1:1:3", "--json"))
    assert [row.count(None) for row in field["values"]] == [0, 3, 3]


def test_the_terminal_shows_gaps_and_marks(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("plotext")
    text = out(capsys, "floor(x)", "--at", "x=-2.5:3.3", "-n", "0")
    assert "\033" not in text
    lines = text.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert text.count("●") == 6 + 1  # and in the legend
    assert text.count("○") == 6
    assert lines[-1] == "⠒ f   ● jump"
    assert out(capsys, "tan(x)", "--at", "x=-2:2").count("┆") > 10
    shaded = out(capsys, "x*y", "--at", "x=-1:1,y=-1:1")
    assert all(shade in shaded for shade in "·░▒▓█")
    assert "\033[" in out(capsys, "x", "--at", "x=0:1", "--color", "always")
    assert out(capsys, "x", "--at", "x=0:1") == out(capsys, "x", "--at", "x=0:1", "--color", "never")


def test_a_terminal_is_filled_and_no_more() -> None:
    pytest.importorskip("plotext")
    seen = on_terminal("plot", "1/x", "--at", "x=-1:1", "--color", "never", COLUMNS="", LINES="")
    assert "x=0.0: pole: division by zero: the function tends to -inf from the left" in seen
    assert max(len(line) for line in seen.splitlines() if "│" in line) <= 80
    assert "add -o FILE.png" in on_terminal("plot", "x", "--at", "x=0:1", "-f", "png")


@pytest.mark.parametrize("format", ["png", "svg", "pdf"])
@pytest.mark.parametrize("text", ["tan(x)*время", "x**2*y"])
def test_files_are_whole_and_always_the_same(text: str, format: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    e = parse(text)
    at = {name: (-2, 2) if name != "время" else 2 for name in e.variables}
    first = e.plot(at).image(format)
    assert first == e.plot(at).image(format)
    assert first.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[format])
    assert b"2026" not in first
    e.plot(at).save(str(tmp_path / f"a.{format}"))
    assert os.listdir(tmp_path) == [f"a.{format}"]
    assert "matplotlib.pyplot" not in sys.modules
    if format == "svg":
        assert xml.fromstring(first.decode()).tag == SVG + "svg"


def test_a_file_of_its_own_settings_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    plain = drawn("x**2").image("png")
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30}):
        assert drawn("x**2").image("png") == plain
        assert matplotlib.rcParams["axes.facecolor"] == "red"


def test_the_suffix_decides_and_output_is_atomic(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("plotext")
    for name, beginning in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.json", b'{"schema'), ("a.txt", b"  ")):
        assert out(capsys, "x", "--at", "x=0:1", "-o", str(tmp_path / name)) == ""
        assert (tmp_path / name).read_bytes().startswith(beginning)
    assert out(capsys, "x", "--at", "x=0:1", "-f", "json", "-o", str(tmp_path / "a.dat")) == ""
    before = sorted(os.listdir(tmp_path))
    out(capsys, "x", "--at", "x=0:1", "-o", str(tmp_path / "a.jpeg"), code=2)
    (tmp_path / "a.png").write_text("old")
    out(capsys, "log(x)", "--at", "x=-2:-1", "-o", str(tmp_path / "a.png"), code=4)
    assert (tmp_path / "a.png").read_text() == "old"
    out(capsys, "x", "--at", "x=0:1", "-o", str(tmp_path / "none" / "a.png"), code=6)
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize(("library", "format"), [("matplotlib", "png"), ("matplotlib", "svg"), ("plotext", "terminal")])
def test_a_missing_extra_is_named(
    library: str, format: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["plot", "x", "--at", "x=0:1", "-f", format]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"needs {library}, which is not installed" in said.err
    assert 'pip install "difftape[plot]"' in said.err


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["x"], 2, "--at x=START:STOP"),
        (["x", "--at", "x=2:1"], 2, "write x=1.0:2.0"),
        (["x", "--at", "x=[0,1]"], 2, "a range is x=0:1"),
        (["x", "--at", "x=0:1:1"], 2, "one point"),
        (["x", "--at", "x=0:1:2:3"], 2, "START:STOP:COUNT"),
        (["x", "--at", "x=0:1", "-n", "-1"], 2, "whole number from 0"),
        (["-e", "x", "-e", "2*x", "--at", "x=0:1"], 2, "one expression at a time"),
        (["log(x)", "--at", "x=-2:-1"], 4, "no value anywhere"),
        (["sin(", "--at", "x=0:1"], 3, "parse error"),
        (["x", "--at", "x=0:1:99999999"], 5, "limit"),
    ],
)
def test_the_command_says_what_is_wrong(
    argv: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", *argv]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err


def test_other_commands_want_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grad", "x", "--at", "x=0:1"]) == 2
    assert "START:STOP:COUNT" in capsys.readouterr().err
