"""A whole run: blocks in, answered by this process or others, bytes out in order, with a journal where there is a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from ..engines.building import kernel
from ..engines.choosing import chosen
from ..errors import InputOutputError, UsageError
from ..points.rows import BLOCK, Block, Rows, format_of, opened
from ..points.written import Writer, writer
from .answering import Answerer, Job, Written
from .journal import Mark, refuse_other
from .part import Part
from .question import Question, asked
from .sampling import Sampled, merged
from .serving import Crew

Write = Callable[[bytes], None]


class Limits(NamedTuple):
    """In how many processes or threads a run is, after how many failures it stops, how many rows are checked."""

    jobs: int = 1
    max_errors: int | None = None
    check_rows: int = 0


class Summary(NamedTuple):
    """How a run ended.

    `rows` are in the output, `failed` of them with an error, `first` being (row, line, what is wrong); `stopped` says
    that there were too many.  `reused` rows had been done by an earlier run.  `sample` is for the check, `hash` that of
    the input.
    """

    rows: int
    failed: int
    first: tuple[int, int, str] | None
    stopped: bool = False
    reused: int = 0
    engine: str = ""
    was_complete: bool = False
    sample: tuple[Sampled, ...] = ()
    hash: str | None = None


class Run:
    """One input, one question, one output."""

    def __init__(self, source: str, text: str, *, input_format: str | None = None, **asking: Any) -> None:
        rows = opened(source, input_format)
        self.question: Question = asked(text, rows.columns, **asking)
        self.rows: Rows = rows.chosen(self.question.columns, self.question.kept)
        self.source = source
        self.is_file = source != "-" and os.path.isfile(source)

    def to_stream(self, write: Write, format: str, limits: Limits, notice: Callable[[Mark], None]) -> Summary:
        """Writes to a stream, each block as soon as it is answered."""
        known = writer(format)
        if not known.is_streamed:
            raise UsageError(f"{format} is not written to a stream", hint="give it a file: -o FILE")
        blocks, engine = self._blocks(Mark(), self.question.engine)
        job = self._job(engine, format, limits)
        write(known.head(job.shape()))
        summary = self._answered(job, blocks, limits, Mark(), lambda data, mark: write(data), notice)
        if known.tail and not summary.stopped:
            write(known.tail)
        return summary

    def to_file(
        self, target: str, format: str, limits: Limits, notice: Callable[[Mark], None], resume: bool = False
    ) -> Summary:
        """Writes a file that appears when it is whole; `resume` goes on where an unfinished run of it stopped."""
        refuse_input(self.source, target)
        if os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target):
            return self._to_device(target, format, limits, notice)
        with Part(target) as part:
            earlier = part.earlier() if resume else None
            if resume and earlier is None and os.path.exists(target):
                part.discard()
                return Summary(0, 0, None, was_complete=True)
            identity = self._identity(format)
            mark, engine = None, self.question.engine
            if earlier is not None:
                then, mark = earlier
                engine = then.get("engine", engine) if engine == "auto" else engine
                refuse_other({**identity, "engine": engine}, then, target)
            blocks, engine = self._blocks(mark or Mark(), engine)
            part.begin({**identity, "engine": engine, "process": os.getpid()}, mark)
            known = writer(format)
            job = self._job(engine, format, limits)
            if mark is None:
                part.add(known.head(job.shape()), Mark(at=None))
            summary = self._answered(job, blocks, limits, part.mark, part.add, notice)
            if not summary.stopped:
                part.keep(_finished(known, part, summary.rows, target))
            return summary._replace(reused=mark.rows if mark is not None else 0, hash=identity["hash"])

    def _to_device(self, target: str, format: str, limits: Limits, notice: Callable[[Mark], None]) -> Summary:
        try:
            with open(target, "wb", buffering=0) as stream:
                return self.to_stream(partial(_put, stream), format, limits, notice)
        except OSError as error:
            if isinstance(error, InputOutputError):
                raise
            raise InputOutputError(f"cannot write {target}: {error.strerror or error}") from None

    def _identity(self, format: str) -> dict[str, Any]:
        from .. import __version__

        q = self.question
        return {
            "version": __version__,
            "expression": q.text,
            "wrt": list(q.wrt),
            "order": q.order,
            "with_value": q.with_value,
            "columns": q.columns,
            "kept": list(q.kept),
            "subgradient": q.subgradient,
            "format": format,
            "hash": hash_of(self.source) if self.is_file else None,
        }

    def _job(self, engine: str, format: str, limits: Limits) -> Job:
        is_text = self.rows.format in ("csv", "tsv", "jsonl")
        threads = 1 if is_text and self.is_file else limits.jobs
        return Job(self.rows, self.question, engine, format, limits.check_rows, threads)

    def _blocks(self, mark: Mark, engine: str) -> tuple[Iterator[Block], str]:
        """The blocks behind a mark, and the engine, which the number of rows decides."""
        blocks = self.rows.blocks(mark.rows, mark.at, mark.line)
        q = self.question
        if engine != "auto":
            chosen(engine, None, kernel(q.expression().program, q.wrt, q.order)[0])
            return blocks, engine
        first = next(blocks, None) if self.is_file else None
        rows = self._guessed(first) if self.is_file else None
        engine = chosen("auto", rows, kernel(q.expression().program, q.wrt, q.order)[0])
        return (blocks if first is None else chain([first], blocks)), engine

    def _guessed(self, first: Block | None) -> int:
        """About how many rows the file has."""
        if first is None:
            return 0
        if first.data is None or first.size < BLOCK:
            count: int = getattr(self.rows, "size", first.size)
            return count
        return int(os.path.getsize(self.source) / (len(first.data) / first.size))

    def _answered(
        self,
        job: Job,
        blocks: Iterator[Block],
        limits: Limits,
        mark: Mark,
        add: Callable[[bytes, Mark | None], None],
        notice: Callable[[Mark], None],
    ) -> Summary:
        """Answers all blocks in order."""
        sample: list[Sampled] = []
        with ExitStack() as stack:
            here: list[Answerer] = []
            for block, written in _written(job, blocks, limits.jobs if self.is_file else 1, stack, here):
                too_many = limits.max_errors is not None and mark.failed + written.failed > limits.max_errors
                if too_many:
                    here = here or [job.started()]
                    written = here[0](block, (limits.max_errors or 0) - mark.failed)
                mark = _moved(mark, block, written)
                add(written.data, None if too_many else mark)
                if job.sample:
                    sample = merged(sample, written.sample, job.sample)
                notice(mark)
                if too_many:
                    return Summary(mark.rows, mark.failed, mark.first, True, engine=job.engine, sample=tuple(sample))
        return Summary(mark.rows, mark.failed, mark.first, engine=job.engine, sample=tuple(sample))


def _written(
    job: Job, blocks: Iterator[Block], jobs: int, stack: ExitStack, here: list[Answerer]
) -> Iterator[tuple[Block, Written]]:
    """Each block with its results, in order, by this process or by worker processes."""
    first = next(blocks, None)
    if first is None:
        return
    if jobs < 2 or first.size < BLOCK or first.data is None:
        here.append(job.started())
        for block in chain([first], blocks):
            yield block, here[0](block)
        return
    crew = Crew(job.started, jobs)
    stack.callback(crew.close)
    sent: list[Block] = []

    def taken() -> Iterator[Block]:
        for block in chain([first], blocks):
            sent.append(block)
            yield block

    for written in crew.results(taken()):
        yield sent.pop(0), written


def _moved(mark: Mark, block: Block, written: Written) -> Mark:
    """The mark behind a block."""
    line = block.line + block.data.count(b"\n") if isinstance(block.data, bytes) else 0
    return Mark(
        rows=block.first + written.rows,
        at=block.end,
        line=line,
        failed=mark.failed + written.failed,
        first=mark.first or written.first,
    )


def _finished(known: Writer, part: Part, rows: int, target: str) -> str:
    if known.tail:
        part.add(known.tail, part.mark)
    try:
        return known.finish(part.path, rows)
    except OSError as error:
        if isinstance(error, InputOutputError):
            raise
        raise InputOutputError(f"cannot write {target}: {error.strerror or error}") from None


def refuse_input(source: str, target: str) -> None:
    """Raises UsageError where the output would take the place of the input."""
    try:
        is_same = source != "-" and os.path.samefile(source, target)
    except OSError:
        is_same = False
    if is_same:
        raise UsageError(f"{target} is read and would be overwritten", hint="give -o another file")


def output_format(wanted: str | None, target: str | None, source_format: str) -> str:
    """The output's format: the one that is asked for, that of the target's name, or that of the input if it is text.

    >>> output_format(None, None, "parquet")
    'csv'
    """
    if wanted is not None:
        return wanted
    if target is not None:
        try:
            return format_of(target)
        except UsageError:
            pass  # a name that says nothing
    return source_format if source_format in ("csv", "tsv", "jsonl") else "csv"


def _put(stream: Any, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def hash_of(path: str) -> str:
    """The SHA-256 of a file."""
    import hashlib

    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputOutputError(f"cannot read {path}: {error.strerror or error}") from None
