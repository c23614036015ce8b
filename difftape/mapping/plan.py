"""What a run over several files is to do, said before any is answered: which inputs, which outputs, one question."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..errors import UsageError
from ..points.rows import FORMATS
from .listing import Input, listed, outputs
from .places import output_format
from .question import Question
from .running import Run


class Plan(NamedTuple):
    """The inputs, and for each the name of the output and its format.

    `question` is that of the first input, the others have the same results; `others` are files that are no inputs,
    `known` all formats that are read or written.
    """

    inputs: list[Input]
    names: list[str]
    formats: list[str]
    question: Question
    others: list[str]
    known: set[str]


def planned(
    source: str, target: str, text: str, input_format: str | None, format: str | None, asking: dict[str, Any]
) -> Plan:
    """What is to be done; raises UsageError where a file cannot be asked, or two would be answered in one."""
    inputs, others = listed(source, target, input_format)
    headers = _headers(inputs, text, input_format, asking)
    question, source_format = next(headers)
    sources = [source_format, *(found for _, found in headers)]
    formats = [format_of_one(format, target, source_format) for source_format in sources]
    return Plan(inputs, outputs(inputs, formats), formats, question, others, {*sources, *formats})


def format_of_one(wanted: str | None, target: str, source_format: str) -> str:
    """The format of the output of one input: what is asked for, what the folder's name says, or the input's own.

    >>> format_of_one(None, "grads", "parquet"), format_of_one(None, "grads.parquet", "csv")
    ('parquet', 'parquet')
    """
    if wanted is None and os.path.splitext(target.rstrip(os.sep))[1].lower() not in FORMATS:
        return source_format
    return output_format(wanted, target.rstrip(os.sep), source_format)


def _headers(
    inputs: Sequence[Input], text: str, input_format: str | None, asking: dict[str, Any]
) -> Iterator[tuple[Question, str]]:
    """The question of each input, by its header, and its format."""
    first: Question | None = None
    for name, path in inputs:
        run = Run(path, text, input_format=input_format, **asking)
        first = first or run.question
        one, other = first.results, run.question.results
        if one != other:
            raise UsageError(
                f"{name} has other results than {inputs[0].name}: {', '.join(other)} and {', '.join(one)}",
                hint=f"say which derivatives are meant: --wrt {','.join(first.wrt)}",
            )
        yield run.question, run.rows.format
