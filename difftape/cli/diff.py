"""`difftape diff`: the derivative as an expression."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from json import dumps
from typing import Any

import click

from ..errors import DifftapeError, UsageError
from ..report.formulas import failure, line, written
from . import options
from .arguments import Command
from .colour import is_terminal
from .output import Output
from .questions import Question, asked
from .seen import format_for, prepared
from .timeout import Timeout
from .voice import Voice

_HELP = """The derivative of EXPR as a formula: a line for each variable, or one mixed derivative, or all second ones.

The formula has a value where EXPR has a derivative by its rules: x/x stays x/x, and the derivative of abs(x) is
sign(x).  Formats: text, latex (with amsmath), python and numpy (a function to paste), c (over <math.h>), json.
"""
_FORMATS = ("text", "plain", "latex", "python", "numpy", "c", "json", "jsonl")
_SUFFIXES = {".tex": "latex", ".py": "python", ".c": "c", ".json": "json", ".jsonl": "jsonl"}
_CODE = ("python", "numpy", "c")


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """The formulas of each expression."""
    is_typed = context.get_parameter_source("order") is click.core.ParameterSource.COMMANDLINE
    if chosen["mixed"] and (chosen["wrt"] or is_typed):
        raise UsageError("--mixed says by what and how often: --wrt and --order have no part in it")
    if chosen["hessian"] and (chosen["mixed"] or is_typed):
        raise UsageError("--hessian is of the second order: --mixed and --order have no part in it")
    voice = prepared(context)
    format = format_for(context, _SUFFIXES, "text")
    if chosen["beside"] and format in _CODE:
        raise UsageError("--sympy stands beside a formula, not beside code", hint="leave out -f, or write -f latex")
    with Timeout(chosen["timeout"], voice):
        source = asked({**chosen, "at": ()})
        if source.is_single:
            with Output(chosen["output"]) as target:
                target.write(_single(next(iter(source.questions)), format, chosen))
                target.keep()
            return 0
        if format in _CODE:
            raise UsageError(f"-f {format} writes the function of one expression", hint="run it once for each")
        several = _Several(voice, format, chosen)
        with Output(chosen["output"]) as target:
            for text in several.texts(source.questions):
                target.write(text)
            target.keep()
    return several.code


class _Several:
    """One line for each of several expressions; what fails is said, and the others go on."""

    def __init__(self, voice: Voice, format: str, chosen: dict[str, Any]) -> None:
        self.voice = voice
        self.format = format
        self.chosen = chosen
        self.code = 0

    def texts(self, questions: Iterable[Question]) -> Iterator[str]:
        """The lines, of JSON one array."""
        is_array = self.format == "json"
        is_first = True
        for question in questions:
            line = self._line(question)
            yield ("[" if is_first else ",\n") + line.rstrip("\n") if is_array else line
            is_first = False
        if is_array:
            yield "]\n" if not is_first else "[]\n"

    def _line(self, question: Question) -> str:
        chosen = self.chosen
        try:
            return line(_sheet(question, chosen), self.format, chosen["where"], chosen["beside"])
        except DifftapeError as error:
            if chosen["fail_fast"]:
                raise
            self.voice.error(error, question.where, question.line)
            self.code = 1
            if self.format in ("json", "jsonl"):
                return dumps(failure(question.text, error)) + "\n"
            return "nan\n"


def _single(question: Question, format: str, chosen: dict[str, Any]) -> str:
    is_seen = chosen["output"] is None and is_terminal(sys.stdout)
    found = _sheet(question, chosen)
    return written(found, format, chosen["where"], chosen["beside"], is_seen and len(found.entries) > 1)


def _sheet(question: Question, chosen: dict[str, Any]) -> Any:
    if question.error is not None:
        raise question.error
    mixed = chosen["mixed"]
    return question.expression.sheet(  # type: ignore[union-attr]
        mixed or chosen["wrt"], chosen["order"], is_mixed=bool(mixed), is_hessian=chosen["hessian"]
    )


command = Command(
    "diff",
    callback=run,
    help=_HELP,
    params=[
        *(option for option in options.questions() if option.name != "at"),
        *options.derivatives(),
        options.mixed(),
        click.Option(["--hessian"], is_flag=True, help="All second derivatives; in a pipe a line a row."),
        click.Option(["--where"], is_flag=True, help="Names for what occurs more than once: where t1 = …"),
        click.Option(["--sympy", "beside"], is_flag=True, help="Sympy's simplified form beside it."),
        *options.formats(*_FORMATS),
        *options.process(),
    ],
)
