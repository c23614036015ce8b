"""`difftape functions`: the functions of the language, read off the table."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..errors import UsageError
from ..lookup import facts, found, named, picture, record
from ..primitives import TABLE, Primitive
from ..report import reference
from . import options
from .arguments import Command
from .colour import is_terminal
from .completing import function_names
from .output import Output

_HELP = """The functions, constants and operators of the language; with NAME, one of them in full: its rules, where it
is smooth, what it is at its hard points, its names elsewhere, an example.

A line holds the name, how it is written, what it is, and where it is smooth (nothing: everywhere). --search finds words
in names, other spellings, descriptions, rules and the names in other libraries.
"""


@click.pass_context
def run(context: click.Context, /, name: str | None, word: str | None, output: str | None, **chosen: Any) -> int:
    """The table, part of it, or one entry."""
    context.obj.color, context.obj.debug = context.params["color"], context.params["debug"]
    if name is not None and word is not None:
        raise UsageError("--search looks through all functions: NAME has no part in it", hint="leave out one")
    if chosen["plot"] and name is None:
        raise UsageError("--plot is of one function", hint="difftape functions NAME --plot")
    wanted = list(TABLE.values()) if name is None else [named(name)]
    if word is not None:
        wanted = found(word)
    format = options.chosen_format(context, "table" if output is None and is_terminal(sys.stdout) else "plain")
    with Output(output) as target:
        target.write(_written(wanted, format, name is not None))
        if chosen["plot"]:
            target.write(picture(wanted[0]).text() + "\n")
        target.keep()
    return 0


def _written(wanted: list[Primitive], format: str, is_one: bool) -> str:
    """The entries in a format; one that was asked for by its name in full."""
    if format in ("json", "jsonl"):
        from json import dumps

        if format == "jsonl":
            return "".join(dumps(record(primitive, is_one)) + "\n" for primitive in wanted)
        records = [record(primitive, is_one) for primitive in wanted]
        return dumps(records[0] if is_one else records, indent=1) + "\n"
    if is_one:
        return reference.entry(facts(wanted[0]))
    return "".join(reference.listing(wanted, format == "table"))


command = Command(
    "functions",
    callback=run,
    help=_HELP,
    params=[
        click.Argument(["name"], required=False, metavar="[NAME]", shell_complete=function_names),
        click.Option(["--search", "word"], metavar="WORDS", help="Those in which all the words occur."),
        click.Option(["--plot"], is_flag=True, help="Draw it too, with its derivative (extra plot)."),
        *options.formats("plain", "table", "json", "jsonl"),
        *options.process(),
    ],
)
