"""One call for a whole run over rows, as `difftape map` and `Expression.map` make it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import UsageError
from .conveying import Limits, Summary
from .journal import Mark
from .listing import is_several
from .places import output_format as format_of_output
from .places import refuse_target
from .question import Question
from .running import Run
from .verifying import counted, verdicts

TOO_MANY = 4


class Answered(NamedTuple):
    """What a run over rows did: how many rows, how many of them failed, and what the check said of a sample.

    `checked` holds each sampled row's number, verdict and what was wrong.  Of several files, `failing` is the one with
    the first failure.
    """

    source: str
    target: str | None
    summary: Summary
    checked: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    failing: str = ""

    @property
    def code(self) -> int:
        """The exit code of the command line."""
        if self.summary.stopped:
            return TOO_MANY
        return 1 if self.summary.failed or any(verdict == "differs" for _, verdict, _ in self.checked) else 0

    def said(self, is_verbose: bool = False) -> list[str]:
        """What a person should hear of it."""
        summary, lines = self.summary, list(self.notes)
        if summary.was_complete:
            return [f"{self.target} is there, and no unfinished run of it: nothing is computed"]
        if summary.reused:
            lines.append(f"{summary.reused} rows had been done before")
        if is_verbose:
            lines.append(f"engine {summary.engine}; {summary.rows} rows")
        if summary.failed and summary.first is not None:
            lines.append(self._failures(*summary.first))
        if self.checked:
            found = [verdict for _, verdict, _ in self.checked]
            lines.append(f"check of {len(found)} rows: {counted(found)}")
            lines += [f"row {row + 1}: {verdict}: {why}" for row, verdict, why in self.checked if verdict != "agree"][
                :10
            ]
        return lines

    def _failures(self, row: int, line: int, why: str) -> str:
        """How many rows failed, and the first of them."""
        summary = self.summary
        where = f"line {line}" if line else f"row {row + 1}"
        place = f"{self.failing or self.source}:{line}: " if line and self.source != "-" else ""
        if self.failing and not line:
            place = f"{self.failing}: "
        rows, stop = summary.rows, ""
        if summary.stopped:  # at a row that is not in the output
            goes_on = self.target is not None and self.source != "-"
            rows, stop = rows + 1, "; stopped there" + "; --resume with more --max-errors goes on" * goes_on
        return f"{summary.failed} of {rows} rows failed (first: {where}){stop}\n  {place}{why}"


def map_rows(
    text: str,
    source: str,
    target: str | None = None,
    *,
    write: Callable[[bytes], None] | None = None,
    notice: Callable[[Mark], None] = lambda mark: None,
    input_format: str | None = None,
    output_format: str | None = None,
    columns: Mapping[str, str] | None = None,
    keep: bool | Sequence[str] = False,
    wrt: Sequence[str] | None = None,
    order: int = 1,
    with_value: bool = False,
    subgradient: bool = False,
    engine: str = "auto",
    jobs: int | None = None,
    resume: bool = False,
    max_errors: int | None = None,
    check_rows: int = 0,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    check_timeout: float = 5.0,
    max_nodes: int | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
) -> Answered:
    """The derivatives at every row of a file, into the file `target` or by `write`, which is called with bytes.

    `columns` maps variables to columns called otherwise; `keep` is True for all other columns, or some of them.
    `notice` is called with how far it is.  Raises UsageError, ParseError, InputOutputError, LimitError.
    """
    asking: dict[str, Any] = {
        "wrt": wrt, "order": order, "with_value": with_value, "columns": columns, "engine": engine,
        "kept": () if isinstance(keep, bool) else keep, "keeps_all": keep is True, "subgradient": subgradient,
        "max_nodes": max_nodes,
    }  # fmt: skip
    if resume and target is None:
        raise UsageError("--resume needs the file that is to be finished", hint="add -o FILE")
    if is_several(source) or scheduler is not None or workers is not None:
        limits = Limits(jobs or 0, max_errors, check_rows)
        return _several(
            text, source, target, limits, (input_format, output_format), asking, notice, resume,
            (scheduler, workers), (rtol, atol, check_timeout),
        )  # fmt: skip
    if source == "-" and target is not None:
        refuse_target(target)
    run = Run(source, text, input_format=input_format, **asking)
    format = format_of_output(output_format, target, run.rows.format)
    limits = Limits(jobs or _processors(), max_errors, check_rows)
    if target is not None:
        summary = run.to_file(target, format, limits, notice, resume)
    elif write is not None:
        summary = run.to_stream(write, format, limits, notice)
    else:
        raise UsageError("there is nowhere to write", hint="give a target")
    judged = _judged(run.question, summary, rtol, atol, check_timeout)
    return Answered(source, target, summary, judged)


def _processors() -> int:
    """How many processors this process may use."""
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known is not None else os.cpu_count() or 1


def _several(
    text: str,
    source: str,
    target: str | None,
    limits: Limits,
    formats: tuple[str | None, str | None],
    asking: dict[str, Any],
    notice: Callable[[Mark], None],
    resume: bool,
    cluster: tuple[str | None, int | None],
    tolerances: tuple[float, float, float],
) -> Answered:
    """The derivatives at every row of several files, here or on a cluster."""
    from .folder import FolderRun

    if not is_several(source):
        raise UsageError(
            f"a cluster is for several files, and {source} is one: a file is answered by one process of the cluster",
            hint="use -j N for the processors here, or give a folder or a pattern in quotes",
        )
    if target is None:
        raise UsageError(f"{source} means several files, which need a folder to write to", hint="add -o FOLDER")
    run = FolderRun(source, target, text, *formats, asking)
    if any(x is not None for x in cluster):
        from .cluster import Cluster

        limits = limits._replace(jobs=limits.jobs or 1)
        with Cluster(*cluster) as there:
            whole = run.to_folder(limits, notice, resume, there.outcomes)
    else:
        whole = run.to_folder(limits._replace(jobs=limits.jobs or _processors()), notice, resume)
    checked = [
        (row, verdict, f"{path}: {why}")
        for sampled, path in zip(whole.summary.sample, whole.paths, strict=True)
        for row, verdict, why in _judged(run.plan.question, whole.summary._replace(sample=(sampled,)), *tolerances)
    ]
    return Answered(source, target, whole.summary, tuple(checked), whole.notes(), whole.failing)


def _judged(
    question: Question, summary: Summary, rtol: float, atol: float, timeout: float
) -> tuple[tuple[int, str, str], ...]:
    """The verdict on each sampled row."""
    found = []
    for sampled, answer in verdicts(question, summary.sample, rtol, atol, timeout):
        if answer.check is not None:
            found.append((sampled.row, answer.check.verdict, answer.check.reason))
    return tuple(found)
