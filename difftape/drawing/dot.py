"""A drawing in the language of graphviz, and as SVG by graphviz's own `dot` where that is installed."""

from __future__ import annotations

import shutil
import subprocess

from ..errors import UsageError
from . import Drawing

_SHAPES = {"variable": "ellipse", "number": "plaintext", "operation": "box", "result": "doubleoctagon"}
_SECONDS = 60


def dot(drawing: Drawing) -> str:
    """The drawing in DOT.

    >>> from difftape import parse
    >>> print(parse("-x").graph({"x": 2.0}).dot(), end="")
    digraph {
      rankdir=LR;
      n0 [shape=ellipse, label="x\\n2 | -1"];
      n1 [shape=box, label="-\\n-2 | 1"];
      n2 [shape=doubleoctagon, label="f\\n-2"];
      n0 -> n1;
      n1 -> n2;
    }
    """
    lines = ["digraph {", "  rankdir=LR;"]
    for k, box in enumerate(drawing.boxes):
        label = "\\n".join(_escaped(line) for line in (box.label, box.numbers) if line)
        lines.append(f'  n{k} [shape={_SHAPES[box.kind]}, label="{label}"];')
    lines += [f"  n{a} -> n{b};" for a, b in drawing.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def has_graphviz() -> bool:
    """Whether graphviz's `dot` is installed."""
    return shutil.which("dot") is not None


def svg_by_graphviz(drawing: Drawing) -> str:
    """The drawing as SVG, laid out by graphviz; raises UsageError where that is not installed."""
    program = shutil.which("dot")
    if program is None:
        raise UsageError(
            "graphviz is not installed: there is no program 'dot'",
            hint="apt install graphviz, or leave out --layout for difftape's own, or write -f dot",
        )
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=dot(drawing), capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"graphviz took more than {_SECONDS} seconds", hint="leave out --layout") from None
    if done.returncode:
        raise UsageError(f"graphviz failed: {done.stderr.strip()[:200]}", hint="leave out --layout")
    return done.stdout


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
