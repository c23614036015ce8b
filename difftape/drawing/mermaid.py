"""A drawing as a flowchart of Mermaid, as Markdown pages show it."""

from __future__ import annotations

from . import Drawing

_FORMS = {"variable": ('(["', '"])'), "number": ('(["', '"])'), "operation": ('["', '"]'), "result": ('(["', '"])')}


def mermaid(drawing: Drawing) -> str:
    """The drawing in Mermaid's words.

    >>> from difftape import parse
    >>> print(parse("2*x").graph().mermaid(), end="")
    flowchart LR
      n0(["x"])
      n1(["2"])
      n2["*"]
      n3(["f"])
      n1 --> n2
      n0 --> n2
      n2 --> n3
    """
    lines = ["flowchart LR"]
    for k, box in enumerate(drawing.boxes):
        before, after = _FORMS[box.kind]
        label = "<br>".join(_escaped(line) for line in (box.label, box.numbers) if line)
        lines.append(f"  n{k}{before}{label}{after}")
    lines += [f"  n{a} --> n{b}" for a, b in drawing.arrows]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Characters that Mermaid or HTML would take for their own, by their numbers."""
    return "".join(c if c.isalnum() or c in " ._+-*/|=" else f"#{ord(c)};" for c in text)
