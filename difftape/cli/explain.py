"""`difftape explain`: one HTML page about an expression at a point."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..errors import UsageError
from . import options
from .arguments import Command
from .colour import is_terminal
from .output import Output
from .seen import format_for, prepared, single
from .timeout import Timeout

_HELP = """EXPR explained at a point, as one HTML file that needs nothing beside it: the curve with a point to drag,
its tangent and Taylor polynomials, the graph with values and adjoints, the tape step by step, the check, and the
program that does the same with GradientTape.

Where there is no derivative the page says what kind of point it is (exit code 4).  At most 2000 records, 40 variables.
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """The page of one expression."""
    voice = prepared(context)
    if chosen["output"] is None and is_terminal(sys.stdout):
        raise UsageError("a page is no text for a terminal", hint="add -o page.html, or write it into a pipe")
    format_for(context, {".html": "html", ".htm": "html"}, "html")
    with Timeout(chosen["timeout"], voice):
        expression, at = single(context, "a page")
        asked = {name: chosen[name] for name in ("check", "rtol", "atol", "check_timeout")}
        page = expression.explain(at or {}, **asked)
        with Output(chosen["output"]) as target:
            target.write(str(page))
            target.keep()
    if page.error is not None:
        voice.error(page.error)
        return int(page.error.exit_code)
    return int(page.answer.check is not None and page.answer.check.verdict == "differs")


command = Command(
    "explain",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        click.Option(["--check/--no-check"], default=True, help="Whether sympy must agree (it is asked by default)."),
        *options.tolerances(),
        *options.formats("html"),
        *options.process(),
    ],
)
