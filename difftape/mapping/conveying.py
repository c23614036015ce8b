"""Blocks to results, in order, by this process or by others, until there are no more or too many rows have failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from typing import NamedTuple

from ..points.rows import Block
from .answering import Answerer, Job, Written
from .journal import Mark
from .sampling import Sampled, merged
from .serving import Crew

_SLOW = 0.25  # seconds that a block without text takes before other processes are worth their start


class Limits(NamedTuple):
    """In how many processes or threads a run is, after how many failures it stops, how many rows are checked."""

    jobs: int = 1
    max_errors: int | None = None
    check_rows: int = 0


class Summary(NamedTuple):
    """How a run ended.

    `rows` are in the output, `failed` of them with an error, `first` being (row, line, what is wrong); `stopped` says
    that there were too many, of which the last is not in the output.  `reused` rows had been done by an earlier run.
    `sample` is for the check, `hash` that of the input.
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


def conveyed(
    job: Job,
    blocks: Iterator[Block],
    limits: Limits,
    mark: Mark,
    add: Callable[[bytes, Mark | None], None],
    notice: Callable[[Mark], None],
) -> Summary:
    """Answers all blocks behind a mark, and gives the bytes to `add`, in order."""
    sample: list[Sampled] = []
    most = limits.max_errors
    if most is not None and mark.failed > most:
        return Summary(mark.rows, mark.failed, mark.first, True, engine=job.engine)
    with ExitStack() as stack:
        here: list[Answerer] = []
        for block, written in _written(job, blocks, limits.jobs, stack, here):
            too_many = most is not None and mark.failed + written.failed > most
            if most is not None and too_many:
                here = here or [job.started()]
                written = here[0](block, most - mark.failed)
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
    """Each block with its results, in order; by other processes where there are several blocks that take their time."""
    waiting = list(islice(blocks, 2)) if jobs > 1 else []  # what is answered alone is answered as it comes
    blocks = chain(waiting, blocks)
    if len(waiting) < 2 or not job.has_text:
        here.append(job.started())
        for block in blocks:
            begin = time.monotonic()
            written = here[0](block)
            is_slow = time.monotonic() - begin > _SLOW
            yield block, written
            if is_slow and len(waiting) > 1:
                break
    if (rest := next(blocks, None)) is not None:
        yield from _shared(job, chain([rest], blocks), jobs, stack)


def _shared(job: Job, blocks: Iterator[Block], jobs: int, stack: ExitStack) -> Iterator[tuple[Block, Written]]:
    """Each block with its results, in order, by other processes."""
    crew = Crew(job.started, jobs)
    stack.callback(crew.close)
    sent: list[Block] = []

    def taken() -> Iterator[Block]:
        for block in blocks:
            sent.append(block)
            yield block

    for written in crew.results(taken()):
        yield sent.pop(0), written


def _moved(mark: Mark, block: Block, written: Written) -> Mark:
    """The mark behind a block."""
    return Mark(
        rows=block.first + written.rows,
        at=block.end,
        line=block.line + block.data.count(b"\n") if block.line else None,
        failed=mark.failed + written.failed,
        first=mark.first or written.first,
    )
