"""`difftape map`: the derivatives at every row of a file."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..engines.choosing import ENGINES
from ..errors import InputOutputError, UsageError
from ..points.values import assignments
from . import options
from .arguments import Command, unmarked
from .colour import is_terminal
from .completing import rows
from .output import CLOSED
from .timeout import Timeout
from .voice import Voice

_HELP = """The derivatives of EXPR at every row of FILE: CSV, TSV, JSONL, NPY, Parquet or Arrow; '-' is standard input.

Columns are found by the names of the variables. Every row is kept: one that has no derivative has empty numbers, and in
its last column, 'error', says why; the exit code is then 1. With -o the file appears when it is whole, and a run that
was stopped goes on with --resume. FILE may be a folder or a pattern in quotes; -o is then a folder.
"""
_FORMATS = ("csv", "tsv", "jsonl", "npy", "parquet", "arrow")


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One row of results for each row."""
    from ..mapping.calling import Answered, map_rows

    voice: Voice = context.obj
    voice.color, voice.debug = chosen["color"], chosen["debug"]
    voice.level = chosen["verbose"] - chosen["quiet"]
    text, source = _words(chosen["words"])
    is_quiet = voice.level < 0 or (chosen["output"] is None and is_terminal(sys.stdout))

    def answer() -> Answered:
        from .showing import Showing

        with Showing(source, is_quiet) as showing:
            return map_rows(
                text,
                source,
                chosen["output"],
                write=_write,
                notice=showing.mark,
                input_format=chosen["input_format"],
                output_format=options.chosen_format(context, "") or None,
                columns=chosen["columns"],
                keep=chosen["keep"] or chosen["keep_column"],
                wrt=chosen["wrt"],
                order=chosen["order"],
                with_value=chosen["with_value"],
                subgradient=chosen["subgradient"],
                engine=chosen["engine"],
                jobs=chosen["jobs"],
                resume=chosen["resume"],
                max_errors=0 if chosen["fail_fast"] else chosen["max_errors"],
                check_rows=chosen["check_rows"] or 0,
                rtol=chosen["rtol"],
                atol=chosen["atol"],
                check_timeout=chosen["check_timeout"],
                max_nodes=chosen["max_nodes"],
                scheduler=chosen["scheduler"],
                workers=chosen["workers"],
            )

    goes_on = "--resume goes on where it was" if chosen["output"] is not None and source != "-" else ""
    with Timeout(chosen["timeout"], voice, goes_on):
        answered = answer()
    say = voice.warning if answered.code else voice.note
    for line in answered.said(voice.level > 0):
        say(line)
    return answered.code


def _words(words: tuple[str, ...]) -> tuple[str, str]:
    """The expression and the input."""
    if not words:
        raise UsageError("no expression", hint='write one in quotes: difftape map "x**2" points.csv')
    if len(words) == 1 and is_terminal(sys.stdin):
        raise UsageError("no input", hint=f'name a file of rows: difftape map "{words[0]}" points.csv')
    if len(words) > 2:
        raise UsageError(
            f"{len(words)} words where an expression and a file are expected",
            hint='put the expression in quotes, and a pattern of several files too: difftape map "x*2" "data/*.csv"',
        )
    return words[0], words[1] if len(words) == 2 else "-"


def _write(data: bytes) -> None:
    """Writes to standard output, at once."""
    if sys.stdout is None:
        raise InputOutputError(CLOSED)
    try:
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:  # a stream of text in its place
            sys.stdout.write(data.decode("utf-8", "replace"))
        else:
            binary.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputOutputError(f"cannot write standard output: {error.strerror}") from None


def _renamed(context: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """What --columns says: {variable: column}."""
    found: dict[str, str] = {}
    for text in values:
        for name, column in assignments(text, "--columns"):
            if name in found:
                raise UsageError(f"{name} is given twice in --columns")
            found[name] = column
    return found


command = Command(
    "map",
    callback=run,
    help=_HELP,
    params=[
        click.Argument(
            ["words"],
            nargs=-1,
            metavar="EXPR FILE",
            callback=lambda ctx, param, value: unmarked(value),
            shell_complete=rows,
        ),
        click.Option(["--input-format"], type=click.Choice(_FORMATS), help="What FILE is, if its name does not say."),
        click.Option(
            ["--columns"],
            multiple=True,
            metavar="NAME=COLUMN",
            callback=_renamed,
            help="The column of a variable that is called otherwise; may be repeated.",
        ),
        click.Option(["--keep"], is_flag=True, help="Write out all other columns too."),
        click.Option(
            ["--keep-column"], multiple=True, metavar="COLUMN", help="Write out this one too; may be repeated."
        ),
        *options.derivatives(),
        click.Option(["--with-value"], is_flag=True, help="Write the value before the derivatives."),
        click.Option(["--subgradient"], is_flag=True, help="At a kink, write what the rules give at their ties."),
        click.Option(
            ["--engine"],
            type=click.Choice(ENGINES),
            default="auto",
            help="What computes: chosen once by the number of rows (auto), or named.",
        ),
        click.Option(
            ["-j", "--jobs"], type=options.Whole(1024), metavar="N", help="Processes or threads (one a processor)."
        ),
        click.Option(
            ["--check-rows"],
            type=options.Whole(1_000_000),
            metavar="N",
            help="So many rows, drawn at random, are checked by sympy.",
        ),
        *options.tolerances(),
        click.Option(["--resume"], is_flag=True, help="Go on where a run with this -o was stopped."),
        click.Option(["--fail-fast"], is_flag=True, help="Stop at the first row that fails (exit code 4)."),
        click.Option(
            ["--max-errors"],
            type=options.Whole(),
            metavar="N",
            help="Stop when more than N rows have failed (exit code 4).",
        ),
        click.Option(
            ["--scheduler"],
            metavar="ADDRESS",
            help="Run on a Dask cluster (extra dask); FILE and -o are folders that all see.",
        ),
        click.Option(
            ["--workers"],
            type=options.Whole(1024),
            metavar="N",
            help="Run on a Dask cluster of N processes here (extra dask).",
        ),
        click.Option(
            ["--timeout"], type=options.Positive(), metavar="S", help="Seconds for the whole run (default: none)."
        ),
        options.max_nodes(),
        *options.formats(*_FORMATS),
        *options.process(),
    ],
)
