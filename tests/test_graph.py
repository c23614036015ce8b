"""The drawn graph: what it holds, in every format; whatever stands in a label cannot end it."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as xml
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from difftape.cli import main
from difftape.drawing import Box, Drawing
from difftape.drawing.layers import layered
from difftape.errors import LimitError
from difftape.expression import parse

SVG = "{http://www.w3.org/2000/svg}"
needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz (the program dot) is not installed")
EVIL = 'a"b\\<&>]);--><script>alert(1)</script>\n`'


def out(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert main(["graph", *argv]) == code
    return capsys.readouterr().out


def test_a_graph_holds_values_and_adjoints() -> None:
    e = parse("x**2*sin(y)")
    drawing = e.graph({"x": 3.0, "y": 0.5})
    gradient = e.gradient({"x": 3.0, "y": 0.5})
    assert {box.label: box.adjoint for box in drawing.boxes if box.kind == "variable"} == pytest.approx(gradient)
    assert drawing.boxes[-1] == Box("result", "f", e.value({"x": 3.0, "y": 0.5}))
    assert all(a < b for a, b in drawing.arrows)
    assert [box.label for box in e.graph().boxes] == ["x", "2", "**", "y", "sin", "*", "f"]


def test_the_graph_of_the_gradient_gives_the_gradient() -> None:
    e = parse("exp(x*y)/x")
    drawing = e.graph({"x": 0.5, "y": 2.0}, gradient=True)
    found = {box.label: box.value for box in drawing.boxes if box.kind == "result"}
    assert found == pytest.approx({f"df/d{name}": d for name, d in e.gradient({"x": 0.5, "y": 2.0}).items()})
    assert parse("3*x").graph(gradient=True).boxes[-1].label == "df/dx"


def test_json_is_the_graph(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(out(capsys, "x*y + 1", "--at", "x=2,y=3", "--json"))
    values: dict[int, Any] = {}
    meaning = {"*": lambda a, b: a * b, "+": lambda a, b: a + b}
    for node in found["nodes"]:
        operands = [values[edge["from"]] for edge in found["edges"] if edge["to"] == node["id"]]
        if node["kind"] == "operation":
            values[node["id"]] = meaning[node["label"]](*operands)
            assert values[node["id"]] == node["value"]
        elif node["kind"] == "result":
            assert operands == [7.0]
        else:
            values[node["id"]] = node["value"] if node["kind"] == "variable" else float(node["label"])


@pytest.mark.parametrize("wide", [False, True])
def test_svg_is_xml_and_its_boxes_do_not_overlap(wide: bool) -> None:
    text = "exp(-(x - mu)**2/(2*sigma**2))/(sigma*sqrt(2*pi)) + время*sin(x)" if wide else "x"
    e = parse(text)
    drawing = e.graph(dict.fromkeys(e.variables, 1.5))
    root = xml.fromstring(drawing.svg())
    assert root.tag == SVG + "svg"
    boxes = [tuple(float(r.attrib[k]) for k in ("x", "y", "width", "height")) for r in root.iter(SVG + "rect")]
    assert len(boxes) == len(drawing.boxes)
    for (x, y, w, h), (u, v, a, b) in combinations(boxes, 2):
        assert x + w <= u or u + a <= x or y + h <= v or v + b <= y
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert all(x >= 0 and x + w <= width and y >= 0 and y + h <= height for x, y, w, h in boxes)
    assert drawing._repr_svg_() == drawing.svg()


def test_whatever_a_label_holds_it_stays_a_label() -> None:
    """No name of the language can be so; labels are escaped all the same."""
    drawing = Drawing(EVIL, None, [Box("variable", EVIL), Box("result", "ф")], [(0, 1)])
    root = xml.fromstring(drawing.svg())
    assert not list(root.iter(SVG + "script"))
    assert any(EVIL.strip("\n`") in (text.text or "") for text in root.iter(SVG + "text"))
    lines = drawing.mermaid().splitlines()
    assert len(lines) == 4
    assert "<" not in lines[1].replace("<br>", "")
    assert lines[1].count('"') == 2
    assert 'label="a\\"b\\\\<&>' in drawing.dot()
    assert len(drawing.dot().splitlines()) == 6
    assert json.loads(json.dumps(drawing.record()))["nodes"][0]["label"] == EVIL


def test_layers_follow_the_arrows() -> None:
    arrows = [(0, 2), (1, 2), (2, 3), (0, 4), (3, 4), (4, 5)]
    layout = layered(6, arrows)
    assert all(layout.layers[a] < layout.layers[b] for a, b in arrows)
    places = set(zip(layout.layers, layout.heights, strict=True))
    assert len(places) == 6
    straight = [b for (a, b), bends in zip(arrows, layout.bends, strict=True) if not bends]
    assert 4 in straight
    assert len(layout.bends[3]) == layout.layers[4] - layout.layers[0] - 1


def test_a_drawing_has_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    large = "+".join(f"x{k}" for k in range(990))
    assert parse(large).graph().svg()
    with pytest.raises(LimitError, match="2000"):
        parse(large + "+sin(y)" + "+sin(z)*y" * 5 + "+cos(x1)*x2" * 2 + "+" + large.replace("x", "w")).graph()
    assert out(capsys, large + "+" + large.replace("x", "w"), code=5) == ""


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert out(capsys, "-x").startswith("digraph {\n")
    assert out(capsys, "-x", "-f", "mermaid").startswith("flowchart LR\n")
    for name, beginning in (("a.svg", "<svg"), ("a.mmd", "flowchart"), ("a.gv", "digraph"), ("a.json", "{")):
        target = tmp_path / name
        layout = ["--layout", "own"] if name.endswith("svg") else []
        assert out(capsys, "x*y", "--at", "x=1,y=2", *layout, "-o", str(target)) == ""
        assert target.read_text().startswith(beginning)
    assert 'label="df/dx"' in out(capsys, "x*y", "--gradient")
    out(capsys, "abs(x)", "--at", "x=0", code=4)
    out(capsys, "-e", "x", "-e", "y", code=2)
    out(capsys, "2", "--gradient", code=2)
    capsys.readouterr()


def test_a_hard_point_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "abs(x)", "--at", "x=0"]) == 4
    captured = capsys.readouterr()
    assert captured.out.startswith("digraph")
    assert "kink" in captured.err


def test_without_graphviz_it_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["graph", "x*y", "-f", "svg"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("<svg")
    assert "graphviz is not installed" in captured.err
    assert main(["graph", "x*y", "-f", "svg", "--layout", "graphviz"]) == 2
    assert "apt install graphviz" in capsys.readouterr().err


def test_a_failing_graphviz_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert main(["graph", "x*y", "-f", "svg"]) == 2
    assert "broken" in capsys.readouterr().err


@needs_graphviz
def test_graphviz_reads_it() -> None:
    from difftape.drawing.dot import svg_by_graphviz

    drawing = Drawing(EVIL, None, [Box("variable", EVIL), Box("result", "ф")], [(0, 1)])
    for each in (drawing, parse("x**2*sin(время)").graph({"x": 1, "время": 2})):
        root = xml.fromstring(svg_by_graphviz(each))
        assert len([g for g in root.iter(SVG + "g") if g.attrib.get("class") == "node"]) == len(each.boxes)


@pytest.mark.parametrize("command", ["graph", "diff", "trace", "explain"])
def test_a_picture_that_a_command_does_not_write_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point = [] if command == "diff" else ["--at", "x=1"]
    assert main([command, "x**2", *point, "-o", str(tmp_path / "out.pdf")]) == 2
    assert f"{command} writes no PDF" in capsys.readouterr().err and not list(tmp_path.iterdir())
