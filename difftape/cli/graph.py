"""`difftape graph`: the graph of an expression as DOT, Mermaid, SVG or JSON."""

from __future__ import annotations

from json import dumps
from typing import Any

import click

from ..drawing.dot import has_graphviz, svg_by_graphviz
from . import options
from .arguments import Command
from .output import Output
from .seen import format_for, prepared, single
from .timeout import Timeout
from .voice import Voice

_HELP = """The graph of EXPR, from its variables to its value; with --at each node's value and adjoint.

SVG is laid out by graphviz where that is installed, else by difftape itself, which is said on stderr; --layout
chooses one of them.  A drawing has at most 2000 nodes.
"""
_FORMATS = ("dot", "mermaid", "svg", "json")
_SUFFIXES = {".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".svg": "svg", ".json": "json"}


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """The drawing of one expression."""
    voice = prepared(context)
    format = format_for(context, _SUFFIXES, "dot")
    with Timeout(chosen["timeout"], voice):
        expression, at = single(context, "a graph")
        drawing = expression.graph(at, gradient=chosen["gradient"], wrt=chosen["wrt"])
        with Output(chosen["output"]) as target:
            target.write(_written(drawing, format, chosen["layout"], voice))
            target.keep()
    if drawing.error is not None:
        voice.error(drawing.error)
        return int(drawing.error.exit_code)
    return 0


def _written(drawing: Any, format: str, layout: str, voice: Voice) -> str:
    if format == "json":
        return dumps(drawing.record(), ensure_ascii=False) + "\n"
    if format == "mermaid":
        return str(drawing.mermaid())
    if format == "dot":
        return str(drawing.dot())
    if layout == "graphviz" or (layout == "auto" and has_graphviz()):
        return svg_by_graphviz(drawing)
    if layout == "auto":
        voice.note("graphviz is not installed: the layout is difftape's own")
    return str(drawing.svg())


command = Command(
    "graph",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        options.wrt("By which variables --gradient and adjoints are."),
        click.Option(["--gradient"], is_flag=True, help="The graph of the derivatives."),
        click.Option(
            ["--layout"],
            type=click.Choice(("auto", "graphviz", "own")),
            default="auto",
            help="Who lays out SVG: graphviz, which must be installed, or difftape itself.",
        ),
        *options.formats(*_FORMATS),
        *options.process(),
    ],
)
