"""`difftape functions`: the functions of the language, read off the table."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..errors import UsageError
from ..expression import parse
from ..primitives import ALIASES, INFIX, PREFIX, TABLE, Primitive
from ..report import reference
from . import options
from .arguments import Command
from .colour import is_terminal
from .output import Output

_HELP = """The functions, constants and operators of the language; with NAME, one of them in full.

A line holds the name, how it is written, what it is, and where its rule holds (nothing: everywhere).
"""


@click.pass_context
def run(context: click.Context, /, name: str | None, output: str | None, **_: Any) -> int:
    """The table, or one entry of it."""
    context.obj.color, context.obj.debug = context.params["color"], context.params["debug"]
    wanted = list(TABLE.values()) if name is None else [named(name)]
    format = options.chosen_format(context, "table" if output is None and is_terminal(sys.stdout) else "plain")
    with Output(output) as target:
        if format in ("json", "jsonl"):
            from json import dumps

            if format == "json":
                found = [reference.record(p) for p in wanted]
                target.write(dumps(found if name is None else found[0], indent=1) + "\n")
            else:
                for primitive in wanted:
                    target.write(dumps(reference.record(primitive)) + "\n")
        elif name is None:
            target.write("".join(reference.listing(wanted, format == "table")))
        else:
            target.write(reference.entry(wanted[0], _example(wanted[0])))
        target.keep()
    return 0


def named(name: str) -> Primitive:
    """The entry called `name`, by its name, an alias or its sign; raises UsageError with the nearest name."""
    known = TABLE.get(ALIASES.get(name, name)) or INFIX.get(name) or PREFIX.get(name)
    if known is None:
        from ..mistakes import nearest

        near = nearest(name)
        hint = f"did you mean '{near}'?" if near else "all functions: difftape functions"
        raise UsageError(f"unknown function '{name}'", hint=hint)
    return known


def _example(primitive: Primitive) -> str:
    return repr(parse(primitive.example).value({})) if primitive.example else ""


command = Command(
    "functions",
    callback=run,
    help=_HELP,
    params=[
        click.Argument(["name"], required=False, metavar="[NAME]"),
        *options.formats("plain", "table", "json", "jsonl"),
        *options.process(),
    ],
)
