"""The hard points of a line: each candidate is asked what kind of point it is, and what stays is a mark.

A point between doubles is asked as the number that it is (`crossing.py`).  What one watched quantity does is diagnosed
a few times; what looks the same on both sides as those is taken for the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite, nextafter
from typing import Any, NamedTuple

from ..diagnosis import Diagnosis, diagnose
from ..graph import Program
from .candidates import LEAP, TRUST, Candidate, candidates
from .crossing import Crossing
from .sampling import Sampler, Samples
from .watching import STEP

NEAR = 1e-6  # of the range: how far from a mark the curve is looked at beside it
_CLOSER = 1 / 16
_SAME = 1e-9  # of the range: candidates nearer than that are one point
_TRIES = 4
_TAUGHT = 2  # diagnoses of one quantity, before others are told by likeness
_MOST = 100  # diagnoses in all
_MARKS = 200  # marks of a line; beyond them a break is left without
BROKEN = frozenset(("pole", "jump", "outside", "undecided", "overflow"))


class Mark(NamedTuple):
    """A point where a curve is not smooth: what kind it is, the function's value, and what it tends to on either side.

    `order`      the lowest derivative that is concerned; 0 is the function itself
    `values`     the value and the derivatives by the variable that moves, where there are
    """

    x: float
    status: str
    order: int
    reason: str
    value: float | None
    values: tuple[float, ...] | None = None
    sides: tuple[float, float] = (float("nan"), float("nan"))


class Line(NamedTuple):
    """What is looked at: a program as one variable moves, the others being fixed."""

    program: Program
    by: str
    fixed: Mapping[str, float]
    order: int

    def at(self, x: Any) -> dict[str, Any]:
        """The point with that coordinate."""
        return {**self.fixed, self.by: x}

    def diagnosed(self, x: Any, order: int | None = None) -> Diagnosis:
        """What kind of point it is."""
        program = self.program
        return diagnose(program.steps, program.root, self.at(x), self.by, self.order if order is None else order)


class Found(NamedTuple):
    """The marks, and the places that break a curve although nobody could tell, or was asked, what they are.

    `edges` are all places where anything was suspected, such as the end of a part without a value.
    """

    marks: list[Mark]
    leaps: list[float]
    edges: list[float]


def hard_points(line: Line, sampler: Sampler, x: Any, samples: Samples) -> Found:
    """The marks of a line, from left to right."""
    import numpy as np

    width = float(x[-1] - x[0])
    groups = _grouped(candidates(sampler, line.at, x, samples), _SAME * width)
    if not groups:
        return Found([], [], [])
    centres = np.array([(g[0].low + g[0].high) / 2 for g in groups])
    offsets = NEAR * width * np.array([-1.0, -_CLOSER, _CLOSER, 1.0])
    around = np.clip(centres[:, None] + offsets, x[0], x[-1])
    near = sampler(line.at(around.reshape(-1))).results.reshape(-1, len(groups), 4)
    asking = _Asking(line, sampler)
    marks: list[Mark] = []
    leaps: list[float] = []
    edges: list[float] = []
    for k, group in enumerate(groups):
        mark = asking.mark(group, near[:, k]) if len(marks) < _MARKS else None
        edges.append(float(centres[k]) if mark is None else mark.x)
        if mark is not None:
            marks.append(mark)
        elif _is_leap(group, near[:, k], asking.is_tired or len(marks) >= _MARKS):
            leaps.append(float(centres[k]))
    return Found(marks, leaps, edges)


def _is_leap(group: Sequence[Candidate], near: Any, is_unasked: bool) -> bool:
    """Whether a curve is to be broken where there is no mark: its number leaps, or was not asked about and looks so."""
    return any(c.kind == LEAP and c.row == -1 for c in group) or (is_unasked and _look(near) is not None)


def _grouped(found: Sequence[Candidate], tolerance: float) -> list[list[Candidate]]:
    """Candidates that are one point, the best known first."""
    groups: list[list[Candidate]] = []
    for candidate in found:
        if groups and candidate.low - groups[-1][-1].high <= tolerance:
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    return [sorted(group) for group in groups]


class _Asking:
    """Diagnoses, as many as are needed and no more than are allowed."""

    def __init__(self, line: Line, sampler: Sampler) -> None:
        self.line, self.sampler = line, sampler
        self.asked = 0
        self.known: dict[tuple[str, int], list[Mark | None]] = {}

    @property
    def is_tired(self) -> bool:
        return self.asked >= _MOST

    def mark(self, group: Sequence[Candidate], near: Any) -> Mark | None:
        """The mark of a point; None where the function is smooth there, or nobody may be asked any more."""
        first = group[0]
        known = self.known.setdefault((first.kind, first.row), [])
        sides = float(near[0][0]), float(near[0][3])
        if first.row >= 0 and len(known) >= _TAUGHT:
            like = _alike(known, near)
            if like is not None:
                return self._likened(like, first)._replace(sides=sides)
        if self.is_tired:
            return None
        mark = self._asked(group)
        known.append(mark)
        return None if mark is None else mark._replace(sides=sides)

    def _asked(self, group: Sequence[Candidate]) -> Mark | None:
        """The first answer that is not plain, of those ways to see the point that there are."""
        tried: set[Any] = set()
        for candidate in group:
            for point in self._points(candidate):
                if point in tried or len(tried) >= _TRIES:
                    continue
                tried.add(point)
                self.asked += 1
                found = self.line.diagnosed(point)
                if found.status != "ok":
                    return self._marked(_place(point), point, found)
                if found.derivatives is not None and candidate.rank == 0 and candidate.kind == TRUST:
                    return Mark(_place(point), "ok", 0, found.reason, found.value, tuple(found.derivatives))
        return None

    def _points(self, candidate: Candidate) -> list[Any]:
        """The point as the numbers that it may be: what is 0 for doubles may be 0 beside the double only."""
        low, high = candidate.low, candidate.high
        found: list[Any] = [low] if low == high else [high, low]
        if candidate.row >= 0 and candidate.kind not in (LEAP, TRUST):
            watch = self.sampler.watches[candidate.row]
            if low == high:
                low, high = nextafter(low, -inf), nextafter(high, inf)
            line = self.line
            crossing = Crossing(
                self.sampler.steps, watch.place, line.fixed, line.by, low, high, is_step=candidate.kind == STEP
            )
            if candidate.low < candidate.high and crossing.is_located():
                return [crossing]
            if candidate.low == candidate.high and not crossing.is_zero(candidate.low) and crossing.is_located():
                found.append(crossing)
        return found

    def _likened(self, like: Mark, candidate: Candidate) -> Mark:
        """A mark like the other, at the place of the candidate."""
        x = _place(self._points(candidate)[0])
        value = None
        if like.status != "pole":
            y = float(self.sampler(self.line.at([x])).results[0, 0])
            value = y if isfinite(y) else None
        return Mark(x, like.status, like.order, f"like {like.status} at {like.x!r}", value)

    def _marked(self, x: float, point: Any, found: Diagnosis) -> Mark:
        """The mark of a diagnosis, with the lowest order that it concerns."""
        order, values = self.line.order, found.derivatives
        if found.status in BROKEN:
            order = 0
        elif found.derivatives is None:
            for lower in range(1, self.line.order):
                below = self.line.diagnosed(point, lower)
                if below.derivatives is None:
                    found, order = below, lower
                    break
                values = below.derivatives
        return Mark(x, found.status, order, found.reason, found.value, None if values is None else tuple(values))


def _place(point: Any) -> float:
    if not isinstance(point, Crossing):
        return float(point)
    from mpmath import mp

    with mp.workprec(80):
        return float(mp.mpf(point))


def _alike(known: Sequence[Mark | None], near: Any) -> Mark | None:
    """What is known of the same quantity, if the numbers beside the point look like it."""
    marks = {(mark.status, mark.order) if mark is not None else None for mark in known}
    look = _look(near)
    return known[0] if look is not None and marks == {look} else None


def _look(near: Any) -> tuple[str, int] | None:
    """What the numbers beside a point look like: a pole, a jump or a kink of the first order, or nothing of these."""
    import numpy as np

    if not np.isfinite(near).all():
        return None
    f = near[0]
    if min(abs(f[1] / f[0]) if f[0] else 0, abs(f[2] / f[3]) if f[3] else 0) > 4:
        return "pole", 0
    if _leaps(f):
        return "jump", 0
    return ("kink", 1) if len(near) > 1 and _leaps(near[1]) else None


def _leaps(y: Any) -> bool:
    whole, inner = abs(y[3] - y[0]), abs(y[2] - y[1])
    return bool(inner > 0.9 * whole and whole > 1e-3 * max(abs(y[0]), abs(y[3])))
