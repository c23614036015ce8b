"""`difftape repl`: a session, a line a question, on a terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import click

from ..errors import InputOutputError, UsageError
from ..session import Reply, Session
from . import options
from .arguments import Command
from .colour import is_terminal
from .output import Output
from .patience import SECONDS, Patience
from .timeout import Timeout
from .voice import Voice

_HELP = """A session: definitions, expressions, derivatives, a line each; ':help' tells what there is.

A name stands for a number or for a formula, which follows the names in it. Ctrl-C stops a computation, or clears the
line, and the session goes on; Ctrl-D ends it. Lines from a pipe are answered without prompt, banner or colour: a line
for each question, 'nan' where it failed, and the exit code is then 1.
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """Answers every line."""
    voice: Voice = context.obj
    voice.color, voice.debug = chosen["color"], chosen["debug"]
    voice.level = chosen["verbose"] - chosen["quiet"]
    if sys.stdin is None:
        raise UsageError("standard input is closed", hint="a session reads its lines from there")
    session = Session(
        chosen["check"], chosen["digits"], is_aligned=is_terminal(sys.stdout), max_nodes=chosen["max_nodes"]
    )
    with Timeout(chosen["timeout"], voice), Output(None) as target:
        if is_terminal(sys.stdin):
            from .terminal import conversation

            return conversation(session, target, voice)
        with Patience(SECONDS if chosen["timeout"] is None else None) as patience:
            return _answered(_lines(), session, target, voice, patience)


def _answered(lines: Iterable[str], session: Session, target: Output, voice: Voice, patience: Patience) -> int:
    """Answers lines that nobody types; the exit code is 1 where one failed."""
    code = 0
    for number, line in enumerate(lines, 1):
        reply: Reply = patience.asked(partial(session.answer, line))
        say(reply, target, voice, number)
        if reply.error is not None or reply.is_doubted:
            code = 1
        if reply.is_question and not reply.text:
            target.write("nan\n")
        if reply.is_last:
            break
    return code


def say(reply: Reply, target: Output, voice: Voice, line: int = 0) -> None:
    """Prints a reply, and says what is to be said of it."""
    if reply.text:
        target.write(reply.text + "\n")
    if reply.error is not None:
        voice.error(reply.error, "", line)
    for note in reply.notes:
        (voice.warning if reply.is_doubted else voice.note)(note, "", line)
    for aside in reply.asides:
        voice.aside(aside)


def _lines() -> Iterator[str]:
    """The lines of standard input, each as soon as it has been read; bytes that are not UTF-8 are told later."""
    binary = getattr(sys.stdin, "buffer", None)
    try:
        if binary is None:  # a stream of text in its place
            yield from sys.stdin
            return
        for number, line in enumerate(binary):
            yield line.decode("utf-8", "surrogateescape").removeprefix("" if number else "\ufeff")
    except OSError as error:
        raise InputOutputError(f"cannot read standard input: {error.strerror}") from None


command = Command(
    "repl",
    callback=run,
    help=_HELP,
    params=[
        click.Option(["--check/--no-check"], default=True, help="Whether sympy must agree (it is asked by default)."),
        options.digits(),
        click.Option(["--timeout"], type=options.Positive(), metavar="S", help="Seconds for the whole session."),
        options.max_nodes(),
        *options.process(),
    ],
)
