"""The answers of a block of rows: the kernel's numbers, and for the rows it is not to be trusted in, the diagnosis."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from ..engines.building import kernel
from ..engines.choosing import built
from ..engines.threads import divided
from ..points.rows import Chunk
from ..points.written import Result
from .question import Question

_REMEMBERED = 10_000  # hard points whose answers are kept, for they tend to come again


class Solved(NamedTuple):
    """A block's results, and how many of its rows failed, the first of them with its line."""

    result: Result
    failed: int
    first: tuple[int, int, str] | None  # row, line, what is wrong


class Solver:
    """A question compiled, asked of one block of rows after the other."""

    def __init__(self, question: Question, engine: str, threads: int = 1) -> None:
        self.question = question
        self.expression = question.expression()
        self.threads = threads
        self.kernel, names = kernel(self.expression.program, question.wrt, question.order, guarded=True)
        wanted = [(name,) * question.order for name in question.wrt]
        self.places = [names.index(name) for name in ([()] if question.with_value else []) + wanted]
        self.runner = built(engine, self.kernel)
        self.known: dict[bytes, tuple[list[float], str]] = {}

    def __call__(self, chunk: Chunk) -> Solved:
        """The results of a block of rows."""
        question = self.question
        columns = [np.ascontiguousarray(chunk.columns[name]) for name in self.kernel.inputs]
        out = [np.empty(chunk.size) for _ in self.kernel.outputs]
        doubts = np.zeros(chunk.size, np.uint8)
        if chunk.size:
            divided(lambda a, b: self.runner.run(columns, out, a, b, doubts), chunk.size, self.threads)
        results = [out[k] for k in self.places]
        errors = dict(chunk.failures)
        failed = list(errors)
        doubts[failed] = 0
        for x in results:
            x[failed] = nan
        for row in np.flatnonzero(doubts).tolist():
            found, why = self._singly(tuple(float(c[row]) for c in columns))
            for x, number in zip(results, found, strict=True):
                x[row] = number
            if why:
                errors[row] = why
        errors = dict(sorted(errors.items()))
        numbers = {**{name: chunk.columns[name] for name in question.columns}}
        numbers.update(zip(question.results, results, strict=True))
        first = next(((chunk.first + row, chunk.lines.get(row, 0), why) for row, why in errors.items()), None)
        return Solved(Result(chunk.size, numbers, chunk.kept, errors, chunk.raw), len(errors), first)

    def _singly(self, point: tuple[float, ...]) -> tuple[list[float], str]:
        """The answer at one point with the diagnosis, and why a number is missing, if one is."""
        key = array("d", point).tobytes()  # in which -0.0 is not 0.0
        known = self.known.get(key)
        if known is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            known = self.known[key] = self._asked(dict(zip(self.kernel.inputs, point, strict=True)))
        return known

    def _asked(self, at: Mapping[str, float]) -> tuple[list[float], str]:
        question = self.question
        answer = self.expression.answer(
            at, wrt=question.wrt, order=question.order, check=False, subgradient=question.subgradient
        )
        found = [_number(answer.grad[name]) for name in question.wrt]
        whys = _said(answer.errors)
        if question.with_value:
            value = answer.value
            if value is None or not isfinite(value):
                only = self.expression.value_answer(at)
                value = only.value
                whys = [*_said(only.errors), *whys]
            found.insert(0, _number(value))
        if not whys and not all(map(isfinite, found)):
            whys = ["undecided: a number that is not finite"]
        return found, "; ".join(dict.fromkeys(whys))


def _number(x: float | None) -> float:
    return nan if x is None else x


def _said(errors: Mapping[str, Any]) -> list[str]:
    """What is wrong, its kind first, each on one line; what is wrong with several derivatives is said once."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for error in errors.values():
        where, colon, reason = error.message.partition(": ")
        if not (colon and where.startswith("d") and "/d" in where):  # d/dx or d2/dx2, where there are several
            where, reason = "", error.message
        reason = " ".join(reason.removeprefix(f"{error.status}: ").split())
        reasons.setdefault((error.status, reason), []).append(where)
    return [
        f"{status}: {', '.join(filter(None, places))}{': ' if any(places) else ''}{reason}"
        for (status, reason), places in reasons.items()
    ]
