"""A run over several files: an output for each under the same name, in a folder, with a journal of what is finished."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from heapq import nsmallest
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..errors import InputOutputError, UsageError
from .conveying import Limits, Summary
from .journal import Mark, refuse_other
from .ledger import NAME, Finished, Ledger
from .listing import shown
from .piece import ANEW, Outcome, Piece, answered
from .plan import planned
from .sampling import Sampled

Perform = Callable[[Iterator[dict[str, Any]]], Iterator[dict[str, Any]]]


class Whole(NamedTuple):
    """How a run over several files ended.

    `failing` is the file of the first failure in `summary`; `files` is how many there are, `before` of them finished by
    an earlier run, and `paths` names the file of each row of the sample.
    """

    summary: Summary
    failing: str
    files: int
    before: int
    paths: tuple[str, ...]
    others: tuple[str, ...]

    def notes(self) -> tuple[str, ...]:
        """What else a person should hear."""
        found = []
        if self.others:
            found.append(f"left out, for their names say no format of rows: {shown(self.others)}")
        if self.before:
            found.append(f"{self.before} of {self.files} files had been done before")
        return tuple(found)


class FolderRun:
    """Many inputs, one question, a folder of outputs."""

    def __init__(
        self, source: str, target: str, text: str, input_format: str | None, format: str | None, asking: dict[str, Any]
    ) -> None:
        self.source, self.target, self.text = source, target, text
        self.input_format, self.asking = input_format, asking
        self.plan = planned(source, target, text, input_format, format, asking)

    def to_folder(
        self,
        limits: Limits,
        notice: Callable[[Mark], None],
        resume: bool = False,
        perform: Perform | None = None,
    ) -> Whole:
        """Writes all outputs, each of which appears when it is whole; `perform` has the pieces answered elsewhere."""
        self._refuse_other_files(resume)
        if resume and not os.path.exists(os.path.join(self.target, NAME)) and self._is_whole():
            return self._whole(Summary(0, 0, None, was_complete=True), {}, 0, [])
        with Ledger(self.target) as ledger:
            identity, earlier = self._identity(), ledger.earlier()
            if earlier is not None:
                self._refuse_other_run(identity, earlier[0])
            finished = {} if earlier is None else earlier[1]
            ledger.begin(identity, earlier is None)
            whole = self._answered(ledger, finished, limits, notice, perform)
            if not whole.summary.stopped:
                ledger.discard()
            return whole

    def _refuse_other_files(self, resume: bool) -> None:
        """Raises UsageError where there is already something in the folder that is not to be continued."""
        try:
            there = set(os.listdir(self.target))
        except OSError:
            return  # there is no folder yet, or the ledger will say what is wrong with it
        if not there or (resume and (NAME in there or self._is_whole())):
            return
        if NAME in there:
            raise UsageError(
                f"{self.target} holds an unfinished run",
                hint=f"add --resume to go on with it, or {ANEW.split(', ')[0]}",
            )
        if resume:
            raise UsageError(f"{self.target} holds no run that was stopped", hint="give -o a new folder")
        raise UsageError(f"the folder {self.target} is not empty", hint="give -o a new folder")

    def _refuse_other_run(self, now: dict[str, Any], then: dict[str, Any]) -> None:
        """Raises UsageError where the unfinished run is not this one."""
        added, gone = ([n for n in a["inputs"] if n not in set(b["inputs"])] for a, b in ((now, then), (then, now)))
        if added or gone:
            what = "; ".join(f"{shown(names)} {verb}" for names, verb in ((added, "came"), (gone, "went")) if names)
            raise UsageError(f"the earlier run of {self.target} was another: the files differ: {what}", hint=ANEW)
        try:
            refuse_other(now, then, self.target)
        except UsageError as error:
            error.hint = ANEW
            raise

    def _is_whole(self) -> bool:
        return all(os.path.isfile(os.path.join(self.target, name)) for name in self.plan.names)

    def _identity(self) -> dict[str, Any]:
        from .. import __version__

        asking = {name: value for name, value in self.asking.items() if name != "max_nodes"}
        return {
            "version": __version__,
            "expression": self.text,
            **asking,
            "wrt": list(self.plan.question.wrt),
            "kept": list(asking["kept"]),
            "columns": dict(asking["columns"] or {}),
            "input_format": self.input_format,
            "format": sorted(set(self.plan.formats)),
            "inputs": [name for name, _ in self.plan.inputs],
        }

    def _answered(
        self,
        ledger: Ledger,
        finished: dict[str, Finished],
        limits: Limits,
        notice: Callable[[Mark], None],
        perform: Perform | None,
    ) -> Whole:
        """Has all pieces answered, and sums up."""
        inputs = self.plan.inputs
        firsts = {k: finished[name].first for k, (name, _) in enumerate(inputs) if name in finished}
        total = Summary(sum(f.rows for f in finished.values()), sum(f.failed for f in finished.values()), None)
        total = total._replace(reused=total.rows)
        sample: list[tuple[int, Sampled]] = []
        missing = set(range(len(inputs)))

        def pieces() -> Iterator[dict[str, Any]]:
            for number in self._order(finished, perform is not None):
                most = None if limits.max_errors is None else max(0, limits.max_errors - total.failed)
                yield self._piece(number, finished, limits._replace(max_errors=most), ledger, perform is not None)

        def here(plain: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
            for piece in plain:
                yield answered(piece, lambda mark: notice(mark._replace(rows=total.rows + mark.rows)))

        with closing((perform or here)(pieces())) as outcomes:  # type: ignore[type-var]
            for outcome in (Outcome(**plain) for plain in outcomes):
                name, path = inputs[outcome.number]
                if outcome.error is not None:
                    raise self._named(outcome.error, path)
                missing.discard(outcome.number)
                done = outcome.summary
                if done is None and name in finished:
                    continue
                if done is None:
                    raise InputOutputError(f"{path} was given up", hint="add --resume to go on")
                if not done.stopped:
                    ledger.add(Finished(name, done.hash, done.rows, done.failed, done.first))
                firsts[outcome.number] = done.first
                sample = _drawn(sample, done.sample, outcome.number, limits.check_rows)
                total = total._replace(
                    rows=total.rows + done.rows,
                    failed=total.failed + done.failed,
                    reused=total.reused + done.reused,
                    engine=done.engine,
                )
                notice(Mark(rows=total.rows))
                too_many = limits.max_errors is not None and total.failed > limits.max_errors
                if done.stopped or too_many:
                    total = total._replace(stopped=True)
                    break
        if missing and not total.stopped:
            raise InputOutputError(f"{inputs[min(missing)].path} was not answered", hint="add --resume to go on")
        return self._whole(total, firsts, len(finished), sample)

    def _order(self, finished: dict[str, Finished], is_apart: bool) -> list[int]:
        """The inputs' numbers: what is finished is looked at first, and where there are many hands, large ones next."""
        numbers = range(len(self.plan.inputs))
        size = {k: os.path.getsize(self.plan.inputs[k].path) if is_apart else 0 for k in numbers}
        return sorted(numbers, key=lambda k: (self.plan.inputs[k].name not in finished, -size[k], k))

    def _piece(
        self, number: int, finished: dict[str, Finished], limits: Limits, ledger: Ledger, is_apart: bool
    ) -> dict[str, Any]:
        from .. import __version__

        name, path = self.plan.inputs[number]
        target = os.path.join(self.target, self.plan.names[number])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        return Piece(
            number,
            os.path.abspath(path) if is_apart else path,
            os.path.abspath(target) if is_apart else target,
            self.plan.formats[number],
            self.input_format,
            self.text,
            self.asking,
            limits.jobs,
            limits.max_errors,
            limits.check_rows,
            finished[name].hash if name in finished else None,
            __version__,
            self._modules(),
            (ledger.path, ledger.token) if is_apart else None,
        )._asdict()

    def _modules(self) -> dict[str, bool]:
        """The extras that make a difference, and whether they are needed."""
        engine = self.asking["engine"]
        needed = {"llvmlite": find_spec("llvmlite") is not None} if engine in ("auto", "jit") else {}
        if {"parquet", "arrow"} & self.plan.known:
            needed["pyarrow"] = True
        return needed

    def _named(self, error: Any, path: str) -> Any:
        """An error that calls a file what the user calls it."""
        for attribute in ("message", "place", "hint"):
            said = getattr(error, attribute).replace(os.path.abspath(self.target), self.target)
            setattr(error, attribute, said.replace(os.path.abspath(path), path))
        if path not in error.message and path not in error.place:
            error.place = path
        return error

    def _whole(
        self,
        total: Summary,
        firsts: dict[int, tuple[int, int, str] | None],
        before: int,
        sample: list[tuple[int, Sampled]],
    ) -> Whole:
        first = next((k for k in sorted(firsts) if firsts[k] is not None), None)
        failing = "" if first is None else self.plan.inputs[first].path
        total = total._replace(first=None if first is None else firsts[first], sample=tuple(s for _, s in sample))
        paths = tuple(self.plan.inputs[k].path for k, _ in sample)
        return Whole(total, failing, len(self.plan.inputs), before, paths, tuple(self.plan.others))


def _drawn(known: list[tuple[int, Sampled]], more: Sequence[Sampled], number: int, count: int) -> list[Any]:
    """The rows with the lowest lots of all files, whatever order the files come in."""
    return nsmallest(count, [*known, *((number, s) for s in more)], key=lambda pair: (pair[1].lot, pair[0]))
