"""From questions to printed answers: what every command that answers about points has in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import click

from ..answer import Answer
from ..errors import DifftapeError, UsageError
from ..points.grids import Grid, combinations, size, varying
from ..report import Layout, Row, written
from .colour import is_terminal, wanted
from .options import chosen_format
from .output import Output
from .patience import SECONDS, Patience
from .progress import Progress
from .questions import Question, Source, asked, is_same_file
from .timeout import Timeout
from .voice import Voice

_SAID = 10  # how many points of a grid, or entries of a matrix, are complained about one by one
_KNOWN = 1000  # variables up to which the entries of a Hessian are listed beforehand
Ask = Callable[[Any, dict[str, float]], Answer]


class Asking:
    """One run: what was found so far, which is the exit code in the end."""

    def __init__(
        self, source: Source, ask: Ask, voice: Voice, layout: Layout, fail_fast: bool, patience: Patience
    ) -> None:
        self.source = source
        self.ask = ask
        self.patience = patience
        self.voice = voice
        self.layout = layout
        self.fail_fast = fail_fast
        self.code = 0
        self.is_complete = self.has_said_exact = False
        self.header: tuple[set[str], set[str]] | None = None
        self.is_silent = source.has_grid and layout.format == "table" and is_terminal(sys.stderr)

    def rows(self) -> Iterator[Row]:
        """The answers, in order, each as soon as it is known; what went wrong is said on the way."""
        for question in self.source.questions:
            for answer, names in self._answers(question):
                is_last = answer.error is not None and not self._goes_on(answer)
                if is_last and self.layout.format not in ("json", "jsonl"):
                    return
                yield answer, names
                if is_last:
                    return
                self._say_exact(answer)
                self.voice.about(answer, self.source.is_single, question.where, question.line)
                if answer.check is not None and answer.check.verdict == "differs":
                    self.code = self.code or 1
        self.is_complete = True

    def _say_exact(self, answer: Answer) -> None:
        """Says once what the digits are digits of."""
        if answer.digits and not self.has_said_exact:
            self.has_said_exact = True
            at = ", ".join(f"{name} = {value}" for name, value in answer.at.items())
            self.voice.aside("exact: literals are the decimal numbers they show" + (f"; at {at}" if at else ""))

    def _answers(self, question: Question) -> Iterator[Row]:
        """The answers to one question; one that cannot be asked has a single answer, its error."""
        failed = question.error
        if failed is None:
            names = varying(question.at)
            progress = Progress(size(question.at), self.is_silent)
            failures = 0
            try:
                for at in combinations(question.at):
                    answer = self.patience.asked(partial(self.ask, question.expression, at))
                    self._check_header(answer)
                    progress.step()
                    if answer.errors or answer.notes:
                        progress.clear()
                    failures += answer.error is not None
                    if failures <= _SAID:
                        self._complain(answer, question)
                    yield answer, names
            except DifftapeError as error:
                failed = error
            progress.clear()
            if failures > _SAID:
                self.voice.warning(
                    f"{failures} points failed; the first {_SAID} are above", question.where, question.line
                )
        if failed is not None:
            self.voice.error(failed, question.where, question.line)
            known = {name: value for name, value in question.at.items() if value.__class__ is not Grid}
            at = {name: getattr(value, "text", value) for name, value in known.items()}  # what is exact is a text
            status = {"": failed.status}
            yield Answer(question.text, at, self.layout.order, None, {}, statuses=status, errors={"": failed}), ()

    def _complain(self, answer: Answer, question: Question) -> None:
        """Says what is wrong with an answer, each thing once."""
        errors = list({error.message: error for error in answer.errors.values()}.values())
        for error in errors[:_SAID]:
            self.voice.error(error, question.where, question.line)
        if len(errors) > _SAID:
            self.voice.warning(f"and {len(errors) - _SAID} more like these", question.where, question.line)

    def _goes_on(self, answer: Answer) -> bool:
        """Whether a failure is part of the output; the exit code follows."""
        if self.source.is_single or self.fail_fast:
            self.code = answer.error.exit_code
            return self.source.is_single and self.layout.format in ("json", "jsonl")
        self.code = 1
        return True

    def _check_header(self, answer: Answer) -> None:
        """In CSV, refuses names that have no column."""
        if self.layout.format not in ("csv", "tsv") or self.layout.variables is not None:
            return
        if self.header is None:
            self.header = set(answer.at), set(answer.grad)
        surplus = (answer.at.keys() - self.header[0]) | (answer.grad.keys() - self.header[1])
        if surplus:
            raise UsageError(
                f"the header has no column for {', '.join(sorted(surplus))}: it is made of the first line's names",
                hint="use --jsonl for lines with different variables",
            )


def answer_all(context: click.Context, kind: str, ask: Ask) -> int:
    """Answers every question of the command line, prints it, and returns the exit code."""
    options = context.params
    is_proven = bool(options.get("certify")) and kind != "check"
    voice: Voice = context.obj
    voice.color = options["color"]
    voice.level = options["verbose"] - options["quiet"]
    voice.debug = options["debug"]
    target = options["output"]
    if is_same_file(options["source"], target):
        raise UsageError(f"{target} is read and would be overwritten", hint="give -o another file")
    with Timeout(options["timeout"], voice):
        source = asked(options, together=kind == "jacobian", is_proven=is_proven)
        layout = _layout(context, kind, source)
        limit = SECONDS if options["timeout"] is None else None  # who says how long it may take has said it
        with Output(target) as output, Patience(limit, options.get("check_timeout", 0.0)) as patience:
            asking = Asking(source, ask, voice, layout, options["fail_fast"], patience)
            for text in written(asking.rows(), layout):
                output.write(text)
            if asking.is_complete or (source.is_single and layout.format in ("json", "jsonl")):
                output.keep()
    return asking.code


def _layout(context: click.Context, kind: str, source: Source) -> Layout:
    options = context.params
    by = _entries(kind, source, options)
    is_several = source.has_grid or (source.is_single and len(by) + bool(options.get("with_value")) > 1)
    on_terminal = options["output"] is None and is_terminal(sys.stdout)
    return Layout(
        kind,
        format=chosen_format(context, "table" if is_several and on_terminal and kind != "check" else "plain"),
        order=options.get("order", 1),
        with_value=bool(options.get("with_value")),
        is_single=source.is_single,
        variables=source.variables,
        by=by,
        colour=options["output"] is None and wanted(sys.stdout, options["color"]),
        mixed=options.get("mixed") or (),
    )


def _entries(kind: str, source: Source, options: dict[str, Any]) -> tuple[str, ...]:
    """The names of what every answer holds, as far as they are known beforehand."""
    by = source.by
    if kind == "value":
        return ()
    if options.get("mixed"):
        return (",".join(options["mixed"]),)
    if kind == "taylor":
        return tuple(map(str, range(options["order"] + 1)))
    if kind == "hessian":
        return tuple(f"{a},{b}" for a in by for b in by) if len(by) <= _KNOWN else by
    if kind == "jacobian":
        return tuple(f"{k},{name}" for k in range(1, source.rows + 1) for name in by)
    return by
