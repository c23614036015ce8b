"""Which expressions are asked about, and where: from the command line, a file, or stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..errors import DifftapeError, InputOutputError, UsageError
from ..expression import Expression, parse
from ..grammar import FUNCTIONS
from ..points.grids import size, varying
from ..points.lines import lines
from ..points.values import point
from .colour import is_terminal

_KNOWN_EXPRESSIONS = 1000  # how many parsed lines are kept, for the same text may come again


class Question(NamedTuple):
    """An expression and its points, or the error that stands in their place; `where` and `line` say whence."""

    text: str
    at: Mapping[str, Any] = {}
    expression: Expression | tuple[Expression, ...] | None = None
    error: DifftapeError | None = None
    where: str = ""
    line: int = 0


class Source(NamedTuple):
    """All questions of a run; `variables` and `by` are known beforehand unless they are read line by line.

    `rows` is how many expressions one question has.
    """

    questions: Iterable[Question]
    is_single: bool
    has_grid: bool
    by: tuple[str, ...] = ()
    variables: tuple[str, ...] | None = None
    rows: int = 1


def asked(
    options: Mapping[str, Any], together: bool = False, is_proven: bool = False, has_ranges: bool = False
) -> Source:
    """The questions that the options ask, from one source: EXPR, -e, -i or stdin; `together` they are one."""
    typed, also, path = options["expressions"], options["also"], options["source"]
    if bool(typed) + bool(also) + (path is not None) > 1:
        raise UsageError("expressions come from one source only: EXPR, -e, -i or stdin", hint="leave out all but one")
    if len(typed) > 1 and not together:
        shown = " ".join(repr(word) for word in typed[:4]) + (" …" if len(typed) > 4 else "")
        raise UsageError(
            f"{len(typed)} expressions where one is expected: {shown}",
            hint='put an expression in quotes, for the shell makes file names of *: "x*2"; give several with -e',
        )
    is_exact = is_proven or options.get("digits") is not None
    read = partial(point, is_exact=is_exact, has_intervals=is_proven, has_ranges=has_ranges)
    common = read(options["at"], "--at")
    size(common)
    by: tuple[str, ...] = options.get("wrt") or tuple(dict.fromkeys(options.get("mixed") or ()))
    if also or (typed and typed[0] != "-"):
        source = _written(also or typed, common, by, options["max_nodes"])
        return gathered(source, common) if together else source
    if path is None and not typed and is_terminal(sys.stdin):
        raise UsageError("no expression", hint='write one in quotes: difftape grad "x**2" --at x=3')
    opened = _standard_input() if path in (None, "-") else _file(path)
    questions = _read(opened, "" if path in (None, "-") else path, common, by, options["max_nodes"], read)
    source = Source(questions, False, bool(varying(common)), by)
    return gathered(source, common) if together else source


def gathered(source: Source, common: Mapping[str, Any]) -> Source:
    """All questions as one, of several expressions at the point that they have in common."""
    questions = list(source.questions)
    failed = next((question for question in questions if question.error is not None), None)
    if failed is not None:
        return source._replace(questions=[failed], is_single=not source.has_grid)
    expressions: list[Expression] = []
    for question in questions:
        if any(value is not common.get(name) for name, value in question.at.items()):
            place = question.where or f"line {question.line}: "
            raise UsageError(
                f"{place}the rows of a Jacobian have one point: @ has no part in it", hint="give it by --at"
            )
        expressions += [question.expression] if isinstance(question.expression, Expression) else []
    variables = tuple(dict.fromkeys(name for e in expressions for name in e.variables))
    _refuse_surplus(common, variables, "no expression has")
    at = {name: common[name] for name in variables if name in common}
    text = "; ".join(question.text for question in questions)
    whole = Question(text, at, tuple(expressions))
    return Source([whole], not source.has_grid, source.has_grid, source.by or variables, variables, len(expressions))


def _written(texts: Sequence[str], common: dict[str, Any], by: tuple[str, ...], max_nodes: int) -> Source:
    """The questions of the command line itself: all expressions are known at once."""
    names = (*common, *by)
    questions: list[Question] = []
    variables: dict[str, None] = {}
    for text in texts:
        try:
            expression = parse(text, names, max_nodes)
        except DifftapeError as error:
            questions.append(Question(text, error=error))
            continue
        variables.update(dict.fromkeys(expression.variables))
        at = {name: common[name] for name in expression.variables if name in common}
        questions.append(Question(text, at, expression))
    if all(question.error is None for question in questions):
        _refuse_surplus(common, tuple(variables), "no expression has")
    has_grid = bool(varying(common))
    return Source(questions, len(texts) == 1 and not has_grid, has_grid, by or tuple(variables), tuple(variables))


def _read(
    stream: Iterable[bytes],
    path: str,
    common: dict[str, Any],
    by: tuple[str, ...],
    max_nodes: int,
    read: Callable[[Sequence[str]], dict[str, Any]],
) -> Iterator[Question]:
    """The questions of a stream, each as soon as its line has been read."""
    known: dict[tuple[str, ...], Expression] = {}
    is_empty = True
    for line in lines(_readable(stream, path)):
        is_empty = False
        where, number = (f"{path}:{line.number}: ", 0) if path else ("", line.number)
        try:
            if line.error is not None:
                raise line.error
            own = read([line.at]) if line.at is not None else {}
            names = (*common, *own, *by)
            expression = known.get((line.text, *names))
            if expression is None:
                expression = parse(line.text, names, max_nodes)
                if len(line.text) < 10_000:
                    if len(known) >= _KNOWN_EXPRESSIONS:
                        known.clear()
                    known[line.text, *names] = expression
            _refuse_surplus(own, expression.variables, "the line does not have")
            both = {**common, **own}
            at = {name: both[name] for name in expression.variables if name in both}
            size(at)
        except DifftapeError as error:
            yield Question(line.text, error=error, where=where, line=number)
        else:
            yield Question(line.text, at, expression, where=where, line=number)
    if is_empty:
        raise UsageError(f"no expression in {path}" if path else "no expression on standard input")


def _refuse_surplus(given: Collection[str], variables: tuple[str, ...], holder: str) -> None:
    """Raises UsageError for a value that nothing asks for; a function's name without a value is the worse mistake."""
    if any(name in FUNCTIONS and name not in given for name in variables):
        return
    for name in given:
        if name not in variables:
            if name in FUNCTIONS:
                raise UsageError(f"{name} is a function here: it takes no value")
            few = ", ".join(variables[:10]) + (f" and {len(variables) - 10} more" if len(variables) > 10 else "")
            raise UsageError(
                f"{holder} the variable {name}", hint=f"there is {few}" if few else "there are no variables"
            )


def _standard_input() -> Iterable[bytes]:
    if sys.stdin is None:
        raise UsageError("no expression, and standard input is closed")
    return getattr(sys.stdin, "buffer", None) or (line.encode() for line in sys.stdin)


def _file(path: str) -> Iterable[bytes]:
    try:
        return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UsageError(f"no such file: {path}") from None
    except OSError as error:
        raise InputOutputError(f"cannot read {path}: {error.strerror}") from None


def _readable(stream: Iterable[bytes], path: str) -> Iterator[bytes]:
    """The lines of a stream that may fail while it is read; a file is closed at the end."""
    try:
        yield from stream
    except OSError as error:
        raise InputOutputError(f"cannot read {path or 'standard input'}: {error.strerror}") from None
    finally:
        if path:
            stream.close()  # type: ignore[attr-defined]


def is_same_file(first: str | None, second: str | None) -> bool:
    """Whether two paths name one existing file."""
    try:
        return first is not None and second is not None and os.path.samefile(first, second)
    except OSError:
        return False
