"""The explaining page as a file: what it holds, what it keeps out, and how the command writes it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from points import FUNCTIONS
from process import on_terminal
from test_diff import call

from difftape.cli import main
from difftape.errors import LimitError, UsageError
from difftape.expression import parse
from difftape.page import Page
from difftape.page.live import live
from difftape.page.stops import around
from difftape.primitives import Primitive
from difftape.writing.gradient_tape import to_gradient_tape
from difftape.writing.javascript import is_known, to_javascript

THIRTY = "sin(x)*x**2 + exp(-x**2/2)*cos(3*x) + log(1+x**2)/(1+x**2) + sqrt(x**2+1)*tanh(x) - atan(x)/2 + sin(x*cos(x))"


class Elements(HTMLParser):
    """The elements of a page, and the text in each that has an id; nothing in script or style is markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.raw: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self.tags.append((tag, known))
        if tag in ("script", "style"):
            self.raw.append("")
        if tag not in ("meta", "input", "br", "rect", "path"):
            self._open.append((tag, known.get("id")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] in ("script", "style"):
            self.raw[-1] += data
        for _, id in self._open:
            if id is not None:
                self.texts[id] = self.texts.get(id, "") + data


def page(text: str, **at: float) -> Page:
    return parse(text).explain(at, check=False)


def data(found: Page) -> Any:
    return json.loads(Elements(found.html).texts["data"])


def test_the_page_is_of_itself_and_may_do_nothing_else() -> None:
    found = page("sin(x)*x**2", x=1.0)
    elements = Elements(found.html)
    style, _, script = elements.raw
    policy = next(a["content"] for tag, a in elements.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for text in (style, script):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    for name in ("src", "href", "style", "onclick", "onload", "action"):
        assert not [tag for tag, attributes in elements.tags if name in attributes], name
    assert not re.search(
        r"\beval\b|\bFunction\(|innerHTML|insertAdjacent|document\.write|https?://(?!www\.w3\.org/)", script
    )
    assert "url(" not in style and "@import" not in style
    assert len(found.html.encode()) < 300_000


def test_numbers_are_grad_s_and_the_bytes_do_not_change() -> None:
    found = page(THIRTY, x=1.0)
    texts = Elements(found.html).texts
    answer = parse(THIRTY).answer({"x": 1.0}, check=False)
    assert texts["shown-value"] == repr(answer.value)
    assert texts["shown-d0"] == repr(answer.grad["x"])
    assert found.html == page(THIRTY, x=1.0).html
    assert len(found.html.encode()) < 300_000
    assert data(found)["start"]["grad"] == [answer.grad["x"]]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("sin(x)*x**2", {"x": 1.0}),
        ("where(x > 1 and not y == 2, log(x), sqrt(-x)*exp(lambda))+pi*x", {"x": -1.0, "y": 2.0, "lambda": 0.5}),
        (THIRTY + "+ y*0 + max(x, y, 1)", {"x": 1.5, "y": 0.25}),
        ("f*tape + besselj(2, dt)", {"f": 2.0, "tape": 3.0, "dt": 0.5}),
        ("where(x > 0, " + "+".join(f"sqrt(x*{k})" for k in range(1, 30)) + ", x*y)", {"x": -1.0, "y": 3.0}),
        ("+".join(f"v{k}" for k in range(1, 40)), {f"v{k}": float(k) for k in range(1, 40)}),
    ],
)
def test_the_program_on_the_page_runs_and_prints_the_same(text: str, at: dict[str, float]) -> None:
    e = parse(text)
    shown = Elements(e.explain(at, check=False).html).texts["code"]
    assert shown == to_gradient_tape(e.program, at, e.variables)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(shown, "page", "exec"), {})
    expected = [e.value(at), *e.gradient(at).values()]
    assert [float(line) for line in out.getvalue().split()] == pytest.approx(expected, rel=1e-14)


def test_nothing_that_was_typed_ends_an_element() -> None:
    evil = "where(x < 3 and x > 1, x, 2) + λ*ω + __proto__*constructor + onload*script"
    names = parse(evil).variables
    found = parse(evil).explain(dict.fromkeys(names, 2.0), check=False)
    elements = Elements(found.html)
    assert [tag for tag, _ in elements.tags].count("script") == 2
    assert "<" not in elements.texts["data"] and ">" not in elements.texts["data"]
    assert "\u2028" not in found.html
    assert json.loads(elements.texts["data"])["variables"][-1]["name"] == names[-1]
    assert set(json.loads(elements.texts["data"])["variables"][0]["numbers"]) >= {2.0}
    assert "x &lt; 3 and x &gt; 1" in found.html
    script = live(parse(evil).program, names).script
    assert not [name for name in names if name not in ("x", "q") and name in script]  # names in it are positions


@pytest.mark.parametrize(
    ("text", "x", "status", "said"),
    [
        ("abs(x)", 0.0, "kink", "the derivative is -1.0 from the left and 1.0 from the right"),
        ("1/x", 0.0, "pole", "the function tends to -inf from the left and inf from the right"),
        ("log(x)", -1.0, "outside", "log of a negative number"),
        ("floor(x)", 2.0, "jump", "jump"),
        ("sqrt(x)", 0.0, "infinite", "infinite"),
    ],
)
def test_at_a_hard_point_the_page_says_what_it_is(text: str, x: float, status: str, said: str) -> None:
    found = page(text, x=x)
    texts = Elements(found.html).texts
    assert found.error is not None and found.error.status == status
    assert said in texts["notice-text"]
    assert texts["shown-d0"] == "none"
    assert data(found)["start"]["hard"]["status"] == status
    assert "A tape does not diagnose the point" in found.html


def test_a_limit_is_shown_as_one() -> None:
    found = page("sin(x)/x", x=0.0)
    assert found.error is None
    known = data(found)["start"]
    assert (known["hard"]["status"], known["hard"]["value"], known["hard"]["grad"]) == ("removable", 1.0, {"x": 0.0})
    assert known["series"][0][:5] == pytest.approx([1, 0, -1 / 6, 0, 1 / 120])


def test_the_check_is_on_the_page() -> None:
    html = parse("sin(x)*x**2").explain({"x": 1.0}).html
    assert "sympy agrees." in html
    assert "df/dx = x**2*cos(x) + 2*x*sin(x)" in html
    assert "ulp apart" in html
    assert "the check was left out" in page("x", x=1.0).html


def test_hard_stops_are_known_before_the_slider_comes_there() -> None:
    (stops,) = data(page("abs(x)*1", x=1.0))["variables"]
    (hard,) = stops["hard"].items()
    assert stops["numbers"][int(hard[0])] == 0.0
    assert hard[1]["message"] == "kink: the derivative is -1.0 from the left and 1.0 from the right"


def test_what_javascript_lacks_is_tabulated_and_said() -> None:
    found = page("besselj(0, x)*gamma(y)", x=1.0, y=2.0)
    assert "JavaScript has no besselj, gamma" in found.html
    known = data(found)
    assert known["tabulated"][:2] == ["besselj", "gamma"]
    stops = known["variables"][0]
    column, constant = stops["table"][:2]
    assert constant == 1.0
    assert column[stops["start"]] == parse("besselj(0, x)").value({"x": 1.0})
    assert len(found.html.encode()) < 300_000


@pytest.mark.parametrize("x", [0.0, 1.0, -2.5, 0.05, 1e-9, 6.02e23, 1.5707963267948966, 5e-324, 1.7e308, -1e300])
def test_stops_are_in_order_and_the_point_is_one_of_them(x: float) -> None:
    for count in (20, 400):
        numbers = around(x, count)
        assert x in numbers
        assert numbers == sorted(set(numbers))
        assert len(numbers) <= 2 * count + 1


@pytest.mark.parametrize("primitive", FUNCTIONS, ids=lambda p: p.name)
def test_javascript_has_a_function_or_says_that_it_has_none(primitive: Primitive) -> None:
    if primitive.is_condition:
        return
    e, _ = call(primitive, 0)
    steps = [e.program.steps]
    if is_known(primitive):
        assert "return" in to_javascript(steps, e.variables, "f", "it")
    else:
        with pytest.raises(UsageError, match=f"no {primitive.name}"):
            to_javascript(steps, e.variables, "f", "it")


def test_javascript_that_its_grammar_would_read_otherwise() -> None:
    def written(text: str) -> str:
        e = parse(text)
        return to_javascript([e.program.steps], e.variables, "f", "it").partition("return ")[2].partition(";")[0]

    assert written("a - -b") == "a - -b"
    assert written("-(-a)") == "-(-a)"
    assert written("-a**2") == "-Math.pow(a, 2)"
    assert written("where(a == 1 or not b != 2, this, Math)") == "(a === 1 || !(b !== 2) ? this_ : Math_)"


def test_limits() -> None:
    with pytest.raises(LimitError):
        parse("+".join(f"sin({k}*x)" for k in range(1, 1500))).explain({"x": 1.0}, check=False)
    many = "+".join(f"x{k}" for k in range(41))
    with pytest.raises(LimitError):
        parse(many).explain({f"x{k}": 1.0 for k in range(41)}, check=False)
    with pytest.raises(UsageError):
        parse("1 + 2").explain({}, check=False)
    large = page("+".join(f"sin({k}*x)*exp(x/{k})" for k in range(1, 28)), x=1.0)
    assert len(data(large)["records"]) > 150
    assert len(large.html.encode()) < 300_000


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "tape.html"
    assert main(["explain", "x**2", "--at", "x=3", "--no-check", "-o", str(target)]) == 0
    assert capsys.readouterr() == ("", "")
    assert target.read_text() == page("x**2", x=3.0).html
    assert main(["explain", "x**2", "--at", "x=3", "--no-check"]) == 0
    assert capsys.readouterr().out == target.read_text()
    assert main(["explain", "abs(x)", "--at", "x=0", "-o", str(target)]) == 4
    said = capsys.readouterr().err
    assert "kink" in said and "--subgradient" not in said
    assert "kink" in target.read_text()
    for argv, code in ([["x*y", "--at", "x=1"], 2], [["x"], 2], [["x +"], 3], [["x", "--at", "x=1:2:3"], 2]):  # type: ignore[list-item]
        assert main(["explain", *argv]) == code  # type: ignore[misc]
    assert main(["explain", "x", "--at", "x=1", "-o", str(tmp_path)]) == 6
    assert list(tmp_path.iterdir()) == [target]


def test_a_page_is_not_thrown_at_a_terminal() -> None:
    said = on_terminal("explain", "x**2", "--at", "x=3")
    assert "add -o page.html" in said
    assert "<!DOCTYPE" not in said


def test_a_notebook_shows_it_in_a_frame() -> None:
    frame = page("where(x < 2, x, 1)", x=1.0)._repr_html_()
    assert frame.startswith("<iframe srcdoc=") and "sandbox" in frame
    assert frame.count("<") == 2
