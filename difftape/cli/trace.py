"""`difftape trace`: the tape, a row an operation."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..report.trace import FORMATS, written
from . import options
from .arguments import Command
from .colour import is_terminal
from .output import Output
from .seen import format_for, prepared, single
from .timeout import Timeout

_HELP = """The tape of EXPR, a row an operation: what it is, its rule, and with --at its value, its adjoint (the
derivative of EXPR by it) and its partial derivatives; with --order its Taylor coefficients.

Without --at the rules alone.  Where there is no derivative the rows go as far as there are numbers, and the reason
follows (exit code 4).  In a pipe a row's cells are separated by tabs.
"""
_SUFFIXES = {".md": "markdown", ".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".tsv": "tsv", ".html": "html"}


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """The records of one expression."""
    voice = prepared(context)
    on_terminal = chosen["output"] is None and is_terminal(sys.stdout)
    format = format_for(context, _SUFFIXES, "table" if on_terminal else "plain")
    with Timeout(chosen["timeout"], voice):
        expression, at = single(context, "a trace")
        found = expression.trace(at, chosen["wrt"], chosen["order"] or 0)
        with Output(chosen["output"]) as target:
            target.write(written(found, format))
            target.keep()
    if found.error is not None:
        voice.error(found.error)
        return int(found.error.exit_code)
    return 0


command = Command(
    "trace",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        options.wrt("By which variables adjoints and rules are shown."),
        options.order("Taylor coefficients up to this order, in one variable.", None),
        *options.formats(*FORMATS),
        click.Option(
            ["--markdown"],
            is_flag=True,
            expose_value=False,
            callback=options.choose,
            help="The same as -f markdown.",
        ),
        *options.process(),
    ],
)
