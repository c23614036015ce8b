"""A whole run: one input, one question, one output, with a part file and a journal where the output is a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from ..engines.building import kernel
from ..engines.choosing import chosen
from ..errors import DifftapeError, InputOutputError, UsageError
from ..points.rows import BLOCK, Block, Rows, opened
from ..points.written import Writer, writer
from . import provenance
from .answering import Job
from .conveying import Limits, Summary, conveyed
from .journal import Mark, refuse_other
from .part import Earlier, Part
from .places import hash_of, is_device, refuse_input
from .question import Question, asked

Write = Callable[[bytes], None]
Notice = Callable[[Mark], None]


class Run:
    """One input, one question, one output."""

    def __init__(self, source: str, text: str, *, input_format: str | None = None, **asking: Any) -> None:
        rows = opened(source, input_format)
        self.question: Question = asked(text, rows.columns, **asking)
        self.rows: Rows = rows.chosen(self.question.columns, self.question.kept)
        self.source = source
        self.is_file = source != "-" and os.path.isfile(source)

    def to_stream(self, write: Write, format: str, limits: Limits, notice: Notice) -> Summary:
        """Writes to a stream, each block as soon as it is answered."""
        known = writer(format)
        if not known.is_streamed:
            raise UsageError(f"{format} is not written to a stream", hint="give it a file: -o FILE")
        blocks, engine = self._blocks(Mark(), self.question.engine)
        job = self._job(engine, format, limits)
        write(known.head(job.shape()))
        summary = conveyed(job, blocks, self._allowed(limits), Mark(), lambda data, mark: write(data), notice)
        if known.tail and not summary.stopped:
            write(known.tail)
        return summary

    def to_file(self, target: str, format: str, limits: Limits, notice: Notice, resume: bool = False) -> Summary:
        """Writes a file that appears when it is whole; `resume` goes on where an unfinished run of it stopped."""
        refuse_input(self.source, target)
        if resume and (is_device(target) or not self.is_file):
            what = f"{target} is no file" if is_device(target) else "the input comes only once"
            raise UsageError(f"--resume cannot go on: {what}", hint="leave out --resume")
        if is_device(target):
            return self._to_device(target, format, limits, notice)
        with Part(target, self.is_file) as part:
            earlier = part.earlier() if resume else None
            if resume and earlier is None and self._is_finished(target, format):
                return Summary(0, 0, None, was_complete=True)
            try:
                return self._to_part(part, earlier, format, limits, notice)
            except DifftapeError as error:
                part.leave(error)
                raise
            except OSError as error:
                raise part.failed(error) from None

    def _to_part(self, part: Part, earlier: Earlier | None, format: str, limits: Limits, notice: Notice) -> Summary:
        """Writes the part file, from the place on where an earlier run stopped, and puts it in its place."""
        identity, engine, mark = self._identity(format), self.question.engine, None
        then = earlier.identity if earlier is not None else None
        if earlier is not None and then is not None:
            mark = earlier.mark
            engine = then.get("engine", engine) if engine == "auto" else engine
            refuse_other({**identity, "engine": engine}, then, part.target)
        known = writer(format)
        blocks, engine = self._blocks(mark or Mark(), engine)
        job = self._job(engine, format, limits)
        head = known.head(job.shape())
        part.begin({**identity, "engine": engine}, mark)
        if mark is None:
            part.add(head, Mark())
        summary = conveyed(job, blocks, self._allowed(limits), part.mark, part.add, notice)
        if not summary.stopped:
            part.keep(_finished(known, part, summary.rows), identity)
        return summary._replace(reused=mark.rows if mark is not None else 0, hash=identity["hash"])

    def _is_finished(self, target: str, format: str) -> bool:
        """Whether a target is the result of this run; raises UsageError where it is that of another."""
        if not os.path.exists(target):
            return False
        then = provenance.read(target)
        if then:
            refuse_other(provenance.short(self._identity(format)), then, target)
        return then is None or bool(then)

    def _to_device(self, target: str, format: str, limits: Limits, notice: Notice) -> Summary:
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
            "input_format": self.rows.format,
            "format": format,
            "hash": hash_of(self.source) if self.is_file else None,
        }

    def _job(self, engine: str, format: str, limits: Limits) -> Job:
        return Job(self.rows, self.question, engine, format, limits.check_rows, 1 if self.is_file else limits.jobs)

    def _allowed(self, limits: Limits) -> Limits:
        """What is answered as it comes is answered by this process."""
        return limits if self.is_file else limits._replace(jobs=1)

    def _blocks(self, mark: Mark, engine: str) -> tuple[Iterator[Block], str]:
        """The blocks behind a mark, and the engine, which the number of rows decides."""
        blocks = self.rows.blocks(mark.rows, mark.at, mark.line)
        q = self.question
        plain = kernel(q.expression().program, q.wrt, q.order)[0]
        if engine != "auto":
            return blocks, chosen(engine, None, plain)
        first = next(blocks, None) if self.is_file else None
        engine = chosen("auto", self._guessed(first) if self.is_file else None, plain)
        return (blocks if first is None else chain([first], blocks)), engine

    def _guessed(self, first: Block | None) -> int:
        """About how many rows the file has."""
        if first is None:
            return 0
        if first.data is None or first.size < BLOCK:
            count: int = getattr(self.rows, "size", first.size)
            return count
        return int(os.path.getsize(self.source) / (len(first.data) / first.size))


def _finished(known: Writer, part: Part, rows: int) -> str:
    """The path of the whole file that the part is, or that is made of it."""
    if known.tail:
        part.add(known.tail, None)
    return known.finish(part.path, rows)


def _put(stream: Any, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]
