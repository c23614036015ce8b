"""A program's value, its derivatives and what is watched, compiled into one kernel and asked at arrays of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..engines.choosing import built
from ..engines.deriving import Name, derived
from ..engines.guarding import guards
from ..engines.kernel import Kernel
from ..engines.simplifying import simplified
from ..graph import Program
from .watching import Watch, watches


class Samples(NamedTuple):
    """Arrays over points: a row for each result, a row for each watch, and which points are doubtful."""

    results: Any
    watched: Any
    doubts: Any


class Sampler:
    """The value and the derivatives up to an order by each of `wrt`, of a program whose `by` move.

    `names` says by what each result is differentiated; the first is the value.

    >>> from difftape.parser import parse
    >>> found = Sampler(parse("x**2"), ["x"], ["x"], 1)({"x": [1.0, 3.0]})
    >>> found.results.tolist()
    [[1.0, 9.0], [2.0, 6.0]]
    """

    def __init__(self, program: Program, by: Sequence[str], wrt: Sequence[str], order: int) -> None:
        found = derived(program, wrt, order)
        self.names: tuple[Name, ...] = tuple(found.results)
        self.watches: list[Watch] = watches(program.steps, found.graph, by)
        self.steps = list(found.graph.steps)
        groups = (list(found.results.values()), found.ties, found.dropped, [w.place for w in self.watches])
        steps, places = simplified(self.steps, [place for group in groups for place in group])
        rest = iter(places)
        outputs, ties, dropped, watched = ([next(rest) for _ in group] for group in groups)
        ties = [p for p in ties if len(steps[p]) > 1]
        dropped = [p for p in dropped if steps[p][0].__class__ is not float]
        steps, known = guards(steps, outputs, ties, dropped)
        heads = tuple(str(k) for k in range(len(outputs) + len(watched)))
        kernel = Kernel(
            program.variables, tuple(steps), (*outputs, *watched), heads, tuple(known.finite), tuple(known.ties)
        )
        self.inputs = kernel.inputs
        self.runner = built("blocked", kernel)

    def __call__(self, at: Mapping[str, Any]) -> Samples:
        """The samples at points, whose coordinates are arrays or numbers."""
        import numpy as np

        given = np.broadcast_arrays(*(np.asarray(at[name], float) for name in self.inputs))
        columns = [np.ascontiguousarray(column) for column in given]
        rows = len(columns[0])
        out = np.empty((len(self.names) + len(self.watches), rows))
        doubts = np.zeros(rows, np.uint8)
        if rows:
            self.runner.run(columns, list(out), 0, rows, doubts)
        return Samples(out[: len(self.names)], out[len(self.names) :], doubts.astype(bool))
