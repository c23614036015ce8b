"""The explaining page as a reader meets it: opened from the disk in a headless Chromium, moved, stepped, dragged."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from browser import MISSING, Browser, browser
from points import SMOOTH
from test_diff import call
from test_explain import THIRTY, Elements

from difftape.expression import Expression, parse
from difftape.interpret import CONSTANTS, evaluate
from difftape.page.live import live
from difftape.points.lines import lines
from difftape.points.values import point
from difftape.primitives import TABLE
from difftape.writing.javascript import is_known

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

ORDER = 4  # of the Taylor coefficients that are compared for every function
JAVASCRIPT = 4e-13  # its functions are right to an ulp or two each; the conditions of these points take some digits


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as found:
        yield found


Opened = Callable[..., Browser]


@pytest.fixture
def opened(window: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens the page of an expression; nothing may be said on the console until the test ends."""

    def open_page(text: str, **at: float) -> Browser:
        target = tmp_path / "page.html"
        target.write_text(parse(text).explain(at, check=False).html, encoding="utf-8")
        window.size(1200, 900)
        window.prefers(color_scheme="light", reduced_motion="reduce")
        window.complaints()
        window.open(target)
        assert window.run("return document.documentElement.dataset.ready") == "true"
        return window

    yield open_page
    assert window.complaints() == []


def close(got: Any, expected: Any, tolerance: float = JAVASCRIPT) -> bool:
    if expected is None or got is None or isinstance(expected, bool):
        return got is expected
    return math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)


def shown(window: Browser, id: str) -> float:
    return float(window.text(id))


def script_of(e: Expression, at: dict[str, float]) -> str:
    """A call of the generated script at a point, with what JavaScript lacks as difftape has it."""
    found = live(e.program, e.variables, ORDER)
    values = evaluate(found.steps, {**CONSTANTS, **at}, lenient=True)
    x = [at[name] for name in e.variables]
    q = [values[place] for place in found.tabulated]
    asked = "return[t.run(),t.values(),t.partials(),t.series.map(f=>f())]"
    return f"(()=>{{const t={found.script};t.set({json.dumps(x)},{json.dumps(q)});{asked}}})()"


def unlike(window: Browser, cases: Sequence[tuple[Expression, dict[str, float], list[Any]]]) -> list[str]:
    """The expressions of which JavaScript computes something else than what is expected."""
    got = window.run("return [" + ",".join(script_of(e, at) for e, at, _ in cases) + "]")
    return [
        f"{e.text} at {at}: {values} for {expected}"
        for (e, at, expected), values in zip(cases, got, strict=True)
        if not all(close(*pair) for pair in zip(flat(values), flat(expected), strict=True))
    ]


def flat(values: Any) -> Iterator[Any]:
    for x in values:
        if isinstance(x, (list, tuple)):
            yield from flat(x)
        else:
            yield x


def expected(e: Expression, at: dict[str, float]) -> list[Any]:
    trace = e.trace(at)
    partials = [rule.partial for row in trace for rule in row.rules]
    series = [e.taylor(name, at, ORDER) for name in e.variables]
    return [e.value(at), [row.value for row in trace], partials, series]


def cases() -> list[tuple[Expression, dict[str, float], list[Any]]]:
    found = [call(primitive, seed) for primitive in SMOOTH for seed in range(2)]
    return [(e, at, expected(e, at)) for e, at in found if e.variables and not e.program.has_choices]


def test_every_function_of_the_table_is_the_same_in_javascript(window: Browser) -> None:
    """Values, partials and Taylor coefficients, computed by the generated script in Chromium."""
    known = cases()
    assert len(known) > 2 * 60
    assert unlike(window, known) == []


def test_the_examples_are_the_same_in_javascript(window: Browser) -> None:
    known = []
    for line in lines((Path(__file__).parent.parent / "examples.txt").read_bytes().splitlines(keepends=True)):
        at = {name: float(x) for name, x in point([line.at], "@").items()} if line.at else {}
        e = parse(line.text, tuple(at))
        if all(len(step) == 1 or is_known(step[0]) for step in e.program.steps) and e.trace(at).error is None:
            trace = e.trace(at)
            partials = [rule.partial for row in trace for rule in row.rules]
            known.append((e, at, [e.value(at), [row.value for row in trace], partials]))
    assert len(known) > 80
    got = window.run("return [" + ",".join(script_of(e, at) for e, at, _ in known) + "]")
    wrong = [
        e.text
        for (e, _, right), values in zip(known, got, strict=True)
        for x, y in zip(flat(values[:3]), flat(right), strict=True)
        if y is not None and not isinstance(y, bool) and not (x == y or math.isclose(x, y, rel_tol=1e-11))
    ]
    assert wrong == []


def test_a_broken_rule_is_seen_in_the_browser(window: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    e, at = parse("sin(x)*x"), {"x": 1.25}
    right = expected(e, at)
    assert unlike(window, [(e, at, right)]) == []
    monkeypatch.setattr(TABLE["sin"], "partials", (lambda y, x: TABLE["cos"](x) * 1.001,))
    assert unlike(window, [(e, at, right)])


def test_the_numbers_are_grad_s_and_follow_the_slider(opened: Opened) -> None:
    e = parse("sin(x)*x**2")
    window = opened(e.text, x=1.0)
    assert window.text("shown-value") == repr(e.value({"x": 1.0}))
    assert window.text("shown-d0") == repr(e.gradient({"x": 1.0})["x"])
    window.press("x0", *["right"] * 5)  # by keyboard
    assert window.text("now0") == "1.1"
    assert close(shown(window, "shown-value"), e.value({"x": 1.1}), 1e-11)
    assert close(shown(window, "shown-d0"), e.gradient({"x": 1.1})["x"], 1e-11)
    window.run("const s = document.getElementById('x0'); s.value = 380; s.dispatchEvent(new Event('input'))")
    x = shown(window, "now0")
    trace = e.trace({"x": x})
    for k, row in enumerate(trace):
        assert close(shown(window, f"rv{k}"), row.value, 1e-11)
        assert close(shown(window, f"ra{k}"), row.adjoint, 1e-11)
    window.click("reset")
    assert window.text("shown-d0") == repr(e.gradient({"x": 1.0})["x"])


def test_steps_fill_values_forward_and_adjoints_backward(opened: Opened) -> None:
    window = opened("sin(x)*x**2", x=1.0)
    window.press("step", "home")
    assert [window.text(f"rv{k}") for k in range(4)] == [""] * 4
    window.click("forth")
    window.click("forth")
    assert [window.text(f"nv{k}") for k in range(4)] == ["1", "0.841471", "", ""]
    assert "v1 = sin(x): the sine of x radians. Its value is 0.841471." in window.text("sentence")
    assert window.run("return [...document.querySelectorAll('.now')].map(e => e.id)") == ["e1-0", "n1", "r1"]
    window.press("step", *["right"] * 3)
    assert "By the rule ∂v3/∂v1 = v2 = 1, v1 receives 1 × 1 = 1" in window.text("sentence")
    assert [window.text(f"na{k}") for k in range(4)] == ["", "1", "0.841471", "1"]
    window.click("forth")
    assert window.text("na0") == "1.68294"  # a part of what it will be: 2·sin(1)
    window.click("forth")
    assert window.text("na0") == "2.22324"
    window.click("back")
    assert window.text("na0") == "1.68294"
    window.click("last")
    assert window.run("return document.getElementById('forth').disabled")
    assert "The tape has run forward and back" in window.text("sentence")


def test_rows_go_to_their_record(opened: Opened) -> None:
    window = opened("sin(x)*x**2", x=1.0)
    window.run("document.querySelector('#r2 button').click()")
    assert "v2 = x**2" in window.text("sentence")


def test_the_taylor_polynomial_is_the_library_s(opened: Opened) -> None:
    window = opened("exp(x)", x=0.0)
    window.press("order", "end")
    assert window.text("order-shown") == "8"
    assert window.text("polynomial").startswith("1 + x + 0.5·x² + 0.16667·x³ + 0.041667·x⁴")
    window.press("order", "home")
    assert window.text("polynomial") == "1"
    assert window.run("return document.querySelector('path.taylor').getAttribute('d').length") > 500


def test_the_point_is_dragged_along_the_curve(opened: Opened) -> None:
    e = parse("x**2")
    window = opened(e.text, x=1.0)
    frame = "const r = document.getElementById('handle').getBoundingClientRect();"
    where = frame + "return [r.x + r.width/2, r.y + r.height/2]"
    start = window.run(where)
    window.drag(start, (start[0] + 90, start[1] - 200))
    x = shown(window, "now0")
    assert x > 1.5
    assert close(shown(window, "shown-value"), x * x, 1e-11)
    end = window.run(where)
    assert abs(end[0] - start[0] - 90) < 3  # it is under the pointer, but on the curve
    window.press("handle", "left", "left")
    assert shown(window, "now0") == pytest.approx(x - 0.04)
    assert window.run("return document.activeElement.id") == "handle"
    assert window.run("return document.getElementById('handle').getAttribute('aria-valuetext')").startswith("x = ")


def test_at_a_kink_and_a_pole_the_page_says_so(opened: Opened) -> None:
    window = opened("abs(x)", x=0.0)
    assert "-1.0 from the left and 1.0 from the right" in window.text("notice-text")
    assert window.text("shown-d0") == "none"
    window.press("x0", "right")
    assert window.run("return document.getElementById('notice').hidden")
    assert shown(window, "shown-d0") == 1
    window.press("x0", "left")
    assert window.text("shown-d0") == "none"
    window = opened("1/x", x=1.0)
    runs = "return document.querySelector('path.f').getAttribute('d').split('M').length - 1"
    assert window.run(runs) == 2  # the curve is not joined across the pole
    window.press("x0", *["left"] * 50)
    assert window.text("now0") == "0"
    assert "tends to -inf from the left and inf from the right" in window.text("notice-text")
    assert window.text("shown-value") == "none"
    window = opened("floor(x)", x=0.5)
    assert window.run(runs) == 9  # a step each, from -4 to 4


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_where_there_is_no_derivative_no_adjoint_is_shown(opened: Opened, start: float) -> None:
    window = opened("abs(x)*2", x=start)
    window.press("x0", *["left"] * round(start / 0.02))  # the stops are 0.02 apart
    assert window.text("now0") == "0"
    assert [window.text(f"ra{k}") for k in range(3)] in (["", "", "1"], ["", "2", "1"])
    assert "does not come back from here" in window.text("sentence")
    window.press("step", "left", "left")
    assert "The adjoint of v2 (f itself) is 1." in window.text("sentence")
    window.press("step", "right")
    assert window.text("na0") == ""
    said = window.text("sentence")
    assert "x receives nothing that is a number" in said or "The tape has no adjoint for v1" in said


def test_two_variables(opened: Opened) -> None:
    e = parse("x*exp(y)")
    window = opened(e.text, x=2.0, y=0.5)
    window.press("x1", *["left"] * 10)
    window.press("x0", "right")
    at = {"x": shown(window, "now0"), "y": shown(window, "now1")}
    assert at == {"x": 2.02, "y": 0.3}
    for k, d in enumerate(e.gradient(at).values()):
        assert close(shown(window, f"shown-d{k}"), d, 1e-11)
    window.click("along1")
    assert "(y - 0.3)" in window.text("polynomial").replace("−", "-")
    window.press("handle", "right")
    assert shown(window, "now1") == 0.32


def test_a_branch_that_is_not_taken_has_no_part(opened: Opened) -> None:
    e = parse("where(x > 0, log(x), x*y)")
    window = opened(e.text, x=0.5, y=3.0)
    window.press("x0", "home")
    at = {"x": shown(window, "now0"), "y": 3.0}
    assert at["x"] < 0
    assert [shown(window, "shown-d0"), shown(window, "shown-d1")] == pytest.approx([3.0, at["x"]])


def test_tabulated_functions_move_from_stop_to_stop(opened: Opened) -> None:
    e = parse("besselj(0, x)*gamma(y)")
    window = opened(e.text, x=1.0, y=2.0)
    window.press("x0", "right", "right")
    x = shown(window, "now0")
    assert close(shown(window, "shown-d0"), e.gradient({"x": x, "y": 2.0})["x"], 1e-11)
    window.press("x1", "right")
    assert shown(window, "now0") == 1.0  # it went back
    y = shown(window, "now1")
    assert close(shown(window, "shown-d1"), e.gradient({"x": 1.0, "y": y})["y"], 1e-11)


def test_names_that_mean_something_elsewhere(opened: Opened) -> None:
    text = "where(x < 3 and x > 1, x, 2) + λ*ω + __proto__*constructor + onload*script"
    names = parse(text).variables
    at = dict.fromkeys(names, 2.0)
    window = opened(text, **at)
    assert window.text("code") == Elements(parse(text).explain(at, check=False).html).texts["code"]
    window.press("x1", "right")
    assert shown(window, "shown-d2") == pytest.approx(2.05)
    assert window.run("return document.querySelectorAll('script').length") == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text", ["sin(x)*x**2", THIRTY, "abs(x)", "+".join(["x"] * 150)])
def test_it_fits_a_phone_and_every_control_has_a_name(opened: Opened, text: str, scheme: str) -> None:
    window = opened(text, x=0.0)
    window.prefers(color_scheme=scheme)
    window.size(360, 740)
    assert window.run("return document.documentElement.scrollWidth") <= 360
    nameless = """return [...document.querySelectorAll('button, input, [tabindex]')].filter(e =>
        !(e.textContent.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length))).map(e => e.id)"""
    assert window.run(nameless) == []
    paper = window.run("return getComputedStyle(document.body).backgroundColor")
    dark = sum(map(int, paper[4:-1].split(","))) < 200
    assert dark == (scheme == "dark")


def test_the_focus_is_seen_and_comes_to_every_control(opened: Opened) -> None:
    window = opened("sin(x)*x**2", x=1.0)
    outline = "const e = document.activeElement; return [e.id, getComputedStyle(e).outlineStyle]"
    window.press("x0", "tab")
    assert window.run(outline) == ["order", "solid"]
    window.press("order", "tab", "tab")
    assert window.run("return document.activeElement.id") in ("first", "back")
