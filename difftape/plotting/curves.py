"""A function and its derivatives over a range, as curves with gaps, marks and regions without a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..engines.deriving import Name
from ..errors import DomainError, UsageError
from ..findings import domain_error, written
from ..points.grids import Grid
from .hard_points import BROKEN, NEAR, Found, Line, Mark, hard_points
from .ranges import Ranges
from .sampling import Sampler, Samples

MOST = 12  # curves of a picture
_PROBES = 20  # stretches without trust that are asked about
_CLOSE = 1e-6
_EMPTY = frozenset(("outside", "undecided", "overflow"))


class Curve(NamedTuple):
    """One curve: what it is, by what it is differentiated, and its points; a y that is nan is a gap."""

    label: str
    by: Name
    x: Any
    y: Any


class Region(NamedTuple):
    """A part of the range where the function has no value, and why."""

    start: float
    stop: float
    status: str
    reason: str


class Lines(NamedTuple):
    """What a picture over one variable shows; `unmarked` counts places that break a curve and were not diagnosed."""

    text: str
    variable: str
    grid: Grid
    fixed: dict[str, float]
    curves: list[Curve]
    marks: list[Mark]
    regions: list[Region]
    unmarked: int


def lines(found: Ranges, order: int, wrt: Sequence[str]) -> Lines:
    """The curves over the only range; raises DomainError where there is nothing to see in all of it.

    >>> from difftape.parser import parse
    >>> from difftape.plotting.ranges import ranges
    >>> drawn = lines(ranges(parse("1/x"), {"x": (-1, 1, 11)}), 1, ["x"])
    >>> [(mark.x, mark.status) for mark in drawn.marks], [curve.label for curve in drawn.curves]
    ([(0.0, 'pole')], ['f', 'd/dx'])
    """
    import numpy as np

    (name, grid), program = next(iter(found.grids.items())), found.program
    number = 1 + order * len(wrt)
    if number > MOST:
        raise UsageError(f"{number} curves in one picture; {MOST} can be told apart", hint="ask for a lower --order")
    x = np.linspace(grid.start, grid.stop, grid.size)
    sampler = Sampler(program, [name], wrt, order)
    line = Line(program, name, found.fixed, order)
    samples = sampler(line.at(x))
    regions = _stretches(line, sampler, x, samples)
    points = hard_points(line, sampler, x, samples)
    if not np.isfinite(samples.results[0]).any() and not any(m.value is not None for m in points.marks):
        raise nothing(line, found.grids, x)
    curves = _curves(line, sampler, x, samples, points)
    regions = _widened(regions, points.edges, grid)
    marks = [mark for mark in points.marks if mark.status != "ok" and not _is_within(mark, regions)]
    return Lines(program.text, name, grid, found.fixed, curves, marks, regions, len(points.leaps))


def _is_within(mark: Mark, regions: Sequence[Region]) -> bool:
    """Whether a mark says no more than the region that it is in."""
    return mark.status in _EMPTY and any(region.start <= mark.x <= region.stop for region in regions)


def _stretches(line: Line, sampler: Sampler, x: Any, samples: Samples) -> list[Region]:
    """The parts without trust or value: what is no number in them is taken out, and is a region."""
    import numpy as np

    kind = samples.doubts.astype(int) + 2 * ~np.isfinite(samples.results[0])
    cuts = [0, *(np.flatnonzero(np.diff(kind)) + 1).tolist(), len(x)]
    found: list[Region] = []
    probed = 0
    status, reason = "undecided", "undecided"
    for begin, end in pairwise(cuts):
        if not kind[begin] or end - begin < 2:
            continue
        middle = (begin + end) // 2
        known = None
        if probed < _PROBES:
            probed += 1
            known = line.diagnosed(float(x[middle]))
            status, reason = known.status, known.reason
        rows = samples.results[:, begin:end]
        rows[~np.isfinite(rows)] = np.nan
        if kind[begin] >= 2:
            rows[...] = np.nan
            found.append(Region(float(x[begin]), float(x[end - 1]), status, reason))
        elif known is None or known.derivatives is None:
            rows[1:] = np.nan
        else:
            for k, by in enumerate(sampler.names):
                is_ours = set(by) <= {line.by}
                if is_ours and not np.isclose(known.derivatives[len(by)], rows[k, middle - begin], _CLOSE, _CLOSE):
                    rows[k] = np.nan
    return found


def _widened(regions: Sequence[Region], edges: Sequence[float], grid: Grid) -> list[Region]:
    """The regions up to the edges beside them, or half way to the next sample; none where that leaves nothing."""
    step = (grid.stop - grid.start) / (grid.size - 1)
    reach = 1.01 * step
    found = []
    for region in regions:
        start = max((e for e in edges if region.start - reach <= e <= region.start), default=region.start - step / 2)
        stop = min((e for e in edges if region.stop <= e <= region.stop + reach), default=region.stop + step / 2)
        found.append(region._replace(start=max(start, grid.start), stop=min(stop, grid.stop)))
    return found


def _curves(line: Line, sampler: Sampler, x: Any, samples: Samples, found: Found) -> list[Curve]:
    """Each curve with its gaps, drawn close up to the marks on either side."""
    import numpy as np

    near = NEAR * float(x[-1] - x[0])
    centres = np.array([mark.x for mark in found.marks] + found.leaps)
    beside = np.concatenate((centres - near, centres + near))
    beside = beside[(beside >= x[0]) & (beside <= x[-1])]
    close = np.abs(x[:, None] - centres).min(axis=1) < near if len(centres) else np.zeros(len(x), bool)
    extra = sampler(line.at(beside)).results
    places = np.concatenate((x[~close], beside, centres))
    curves = []
    for k, by in enumerate(sampler.names):
        at_marks = np.array([_at_mark(line, by, mark) for mark in found.marks] + [np.nan] * len(found.leaps))
        y = np.concatenate((samples.results[k][~close], extra[k], at_marks))
        y[~np.isfinite(y)] = np.nan
        gone = np.concatenate((np.zeros(len(y) - len(centres), bool), _is_passed(line, by, found, at_marks)))
        ranking = np.argsort(places, kind="stable")
        ranking = ranking[~gone[ranking]]
        label = "f" if not by else written({by[0]: len(by)})
        curves.append(Curve(label, by, places[ranking], y[ranking]))
    return curves


def _at_mark(line: Line, by: Name, mark: Mark) -> float:
    """What a curve is at a mark; nan where it breaks."""
    if mark.status in BROKEN:
        return float("nan")
    if not by:
        return float("nan") if mark.value is None else mark.value
    if mark.values is not None and set(by) == {line.by} and len(by) < len(mark.values):
        return mark.values[len(by)]
    return float("nan")


def _is_passed(line: Line, by: Name, found: Found, at_marks: Any) -> Any:
    """Which marks a curve passes without a point there: it does not break, and its number is not known."""
    import numpy as np

    passed = [
        mark.status not in BROKEN and (set(by) != {line.by} or len(by) < mark.order) and bool(np.isnan(y))
        for mark, y in zip(found.marks, at_marks, strict=False)
    ]
    return np.array(passed + [False] * len(found.leaps), bool)


def nothing(line: Line, grids: Mapping[str, Grid], x: Any) -> DomainError:
    """The error that there is nothing to see, with what the middle of the range is."""
    middle = float(x[len(x) // 2])
    known = line.diagnosed(middle, 0)
    error = domain_error(line.program, line.at(middle), "", known)
    where = ", ".join(f"{name}={grid.start!r}:{grid.stop!r}" for name, grid in grids.items())
    error.message = f"no value anywhere in {where}: {error.message}"
    error.hint = error.call = "choose another range"
    return error
