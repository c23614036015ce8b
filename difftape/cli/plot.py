"""`difftape plot`: a function and its derivatives over a range, with what is not smooth as gaps and marks."""

from __future__ import annotations

import os
import sys
from json import dumps
from typing import Any

import click

from ..errors import UsageError
from . import options
from .arguments import Command
from .colour import is_terminal, wanted
from .output import Output
from .questions import asked
from .seen import asked_once, format_for, prepared
from .timeout import Timeout

_HELP = """EXPR and its derivatives over a range: --at x=-5:5, the other variables with a value each.

Without -o it is drawn in the terminal.  Poles, kinks, jumps and parts without a value are gaps and marks, as the
diagnosis says; -v tells them.  Two variables with a range: levels, with arrows along the gradient.
"""
_AT = "The range: x=-5:5, or x=-5:5:COUNT; a value for every other variable: a=2. May be repeated."
_FORMATS = ("terminal", "png", "svg", "pdf", "json")
_SUFFIXES = {".txt": "terminal", ".png": "png", ".svg": "svg", ".pdf": "pdf", ".json": "json"}
_SIZE = (80, 24)  # columns and lines where there is no terminal to ask
_TALLEST = 40


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """The picture of one expression."""
    voice = prepared(context)
    format = _format(context)
    with Timeout(chosen["timeout"], voice):
        question = asked_once(asked(chosen, has_ranges=True), "a plot")
        expression: Any = question.expression
        picture = expression.plot(question.at, chosen["order"], chosen["wrt"])
        with Output(chosen["output"]) as target:
            target.write(_written(picture, format, chosen))
            target.keep()
    for sentence in picture.told():
        voice.aside(sentence)
    if picture.warned():
        voice.note(picture.warned())
    return 0


def _format(context: click.Context) -> str:
    """The format; no suffix but a known one stands for any, and no picture in bytes goes to a terminal."""
    path = context.params["output"]
    format = format_for(context, _SUFFIXES, "" if path else "terminal")
    if not format:
        raise UsageError(
            f"the suffix of {path} stands for no format of a plot",
            hint=f"end it with {', '.join(_SUFFIXES)}, or add -f png",
        )
    if format in ("png", "pdf") and path is None and is_terminal(sys.stdout):
        raise UsageError(f"{format} is not for a terminal", hint=f"add -o FILE.{format}")
    return format


def _written(picture: Any, format: str, chosen: dict[str, Any]) -> str | bytes:
    if format == "json":
        return dumps(picture.record(), ensure_ascii=False) + "\n"
    if format != "terminal":
        return picture.image(format)  # type: ignore[no-any-return]
    if chosen["output"] is not None:
        return picture.text(*_SIZE, chosen["color"] == "always")  # type: ignore[no-any-return]
    text = picture.text(*_size(), wanted(sys.stdout, chosen["color"]))
    return text if _shows(text) else _in_ascii(text)


def _size() -> tuple[int, int]:
    """The columns and lines of the terminal, one left for the prompt; elsewhere always the same."""
    if not is_terminal(sys.stdout):
        return _SIZE
    try:
        columns, lines = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return _SIZE
    return (columns or _SIZE[0], min(lines - 1, _TALLEST) if lines else _SIZE[1])


def _shows(text: str) -> bool:
    """Whether stdout has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _in_ascii(text: str) -> str:
    """The picture for a terminal that has no more characters."""
    known = dict(zip("│┆┤─·░▒▓█○…", "|||-.:+#@o~", strict=True))
    return "".join(c if c.isascii() else known.get(c, "*" if "⠀" <= c <= "⣿" else "+") for c in text)


command = Command(
    "plot",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(at=_AT),
        options.wrt("By what to differentiate; the variable with the range if it is left out."),
        options.order("Derivatives up to this order; 0: the function alone.", from_zero=True),
        *options.formats(*_FORMATS),
        *options.process(),
    ],
)
