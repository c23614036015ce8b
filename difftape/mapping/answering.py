"""From a block of rows to the bytes of its results: what one process does, whichever it is."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from ..points.quoting import rows_with_quotes
from ..points.rows import Block, Rows
from ..points.separated import SEPARATORS
from ..points.written import Result, Shape, writer
from .question import Question
from .sampling import Sampled, drawn
from .solving import Solver


class Written(NamedTuple):
    """A block's results as bytes; `rows` of them, of which `failed` failed, the first as (row, line, what is wrong)."""

    data: bytes
    rows: int
    failed: int
    first: tuple[int, int, str] | None
    sample: list[Sampled]


class Job(NamedTuple):
    """All that a process must know to answer a block."""

    rows: Rows
    question: Question
    engine: str
    format: str
    sample: int = 0
    threads: int = 1

    def shape(self) -> Shape:
        """What a row of results holds: the variables, the value and the derivatives, then what is kept."""
        question = self.question
        columns = (*question.columns, *question.results, *question.kept)
        return Shape(columns, question.kept, self.rows.types)

    @property
    def has_text(self) -> bool:
        """Whether text is read or written, which takes longer than most answers."""
        return bool({self.rows.format, self.format} & {"csv", "tsv", "jsonl"})

    def started(self) -> Answerer:
        """The job with its kernel compiled."""
        return Answerer(self)


class Answerer:
    """A job, ready to answer one block after the other."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.shape = job.shape()
        self.solver = Solver(job.question, job.engine, job.threads)
        self.write = writer(job.format).body

    def __call__(self, block: Block, most: int | None = None) -> Written:
        """The bytes of a block's results; they end before the failure that is more than `most`."""
        job = self.job
        solved = self.solver(job.rows.parsed(block))
        result = solved.result
        if most is not None and len(result.errors) > most:
            result = cut(result, list(result.errors)[most])
            solved = solved._replace(failed=most + 1)
        sample: list[Sampled] = []
        if job.sample:
            variables, results = list(job.question.columns), list(job.question.results)
            sample = drawn(block.first, result.size, job.sample, result.numbers, variables, results)
        first = solved.first
        if first is not None and not first[1] and block.line:
            first = (first[0], line_of(block, first[0] - block.first, job.rows.format), first[2])
        return Written(self.write(self.shape, result), result.size, solved.failed, first, sample)


def line_of(block: Block, row: int, format: str) -> int:
    """The number of the line in which a row of a block of text begins."""
    data: bytes = block.data
    if format == "jsonl":
        lines = (number for number, line in enumerate(data.split(b"\n")) if line.strip())
        return block.line + next(islice(lines, row, None))
    starts = rows_with_quotes(SEPARATORS[format])(data, True)[0]
    return block.line + data.count(b"\n", 0, int(starts[row]))


def cut(result: Result, size: int) -> Result:
    """The first rows of a result."""
    return Result(
        size,
        {name: x[:size] for name, x in result.numbers.items()},
        {name: x[:size] for name, x in result.kept.items()},
        {row: why for row, why in result.errors.items() if row < size},
        {row: cells for row, cells in result.raw.items() if row < size},
    )
