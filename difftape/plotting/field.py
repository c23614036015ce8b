"""A function of two variables over a rectangle, with its gradient; what is no number, or beside a tear, is a gap."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import UsageError
from .crossing import Crossing, narrowed
from .curves import nothing
from .hard_points import BROKEN, NEAR, Line
from .limits import inner
from .ranges import Ranges
from .sampling import Sampler, Samples
from .watching import BLOW, STEP, Watch

_ARROWS = (20, 14)  # along each axis, at most
_AGREE = 1e-3  # of the range of values: numbers on both sides of a point that differ by less
_PROBES = 3  # places at which a tear is asked about


class Field(NamedTuple):
    """Numbers on a grid, rows from below; nan is a gap.  `arrows` are x, y and the two derivatives there.

    `torn` says what tears it: the statuses that were found, with a place and a reason for each.
    """

    text: str
    variables: tuple[str, str]
    x: Any
    y: Any
    values: Any
    arrows: tuple[Any, Any, Any, Any]
    fixed: dict[str, float]
    torn: dict[str, tuple[dict[str, float], str]]


def field(found: Ranges) -> Field:
    """The field over the two ranges; raises DomainError where there is nothing to see in all of it.

    >>> from difftape.parser import parse
    >>> from difftape.plotting.ranges import ranges
    >>> field(ranges(parse("x*y"), {"x": (0, 1, 2), "y": (0, 2, 3)})).values.tolist()
    [[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]]
    """
    import numpy as np

    program = found.program
    names = (first, second) = tuple(found.grids)
    x, y = (np.linspace(grid.start, grid.stop, grid.size) for grid in found.grids.values())
    mesh = np.meshgrid(x, y)
    sampler = Sampler(program, names, names, 1)
    samples = sampler({**found.fixed, first: mesh[0].reshape(-1), second: mesh[1].reshape(-1)})
    table = samples.results.reshape(-1, *mesh[0].shape).copy()
    _mend(found, sampler, mesh, table)
    table[:, ~np.isfinite(table[0])] = np.nan
    table[~np.isfinite(table)] = np.nan
    torn = _tears(found, sampler, samples, mesh, table)
    if not np.isfinite(table[0]).any():
        middle = {**found.fixed, second: float(y[len(y) // 2])}
        raise nothing(Line(program, first, middle, 1), found.grids, x)
    arrows = _arrows(mesh, table)
    return Field(program.text, (first, second), x, y, table[0], arrows, found.fixed, torn)


def refused(order: int, wrt: Any) -> None:
    """Raises UsageError for what curves have, and a field has not."""
    if order > 1 or wrt is not None:
        raise UsageError(
            "over two variables the function and its gradient are drawn: --order and --wrt have no part in it",
            hint="give one of the variables a value",
            call="give one of the variables a value",
        )


def _mend(found: Ranges, sampler: Sampler, mesh: Any, table: Any) -> None:
    """Where the numbers on both sides of a point without one agree, and the diagnosis has a limit, puts these in."""
    import numpy as np

    first, second = found.grids
    gaps = ~np.isfinite(table[0])
    if not gaps.any():
        return
    x, y = mesh[0][gaps], mesh[1][gaps]
    step = [NEAR * (grid.stop - grid.start) for grid in found.grids.values()]
    one, other = (
        sampler({**found.fixed, first: x + k * step[0], second: y + 0.7 * k * step[1]}).results for k in (1, -1)
    )
    known = table[0][~gaps & np.isfinite(table[0])]
    spread = float(np.ptp(known)) if known.size else 0.0
    agree = np.isfinite(one[0]) & np.isfinite(other[0]) & (np.abs(one[0] - other[0]) <= _AGREE * spread)
    if not agree.any():
        return
    k = int(np.flatnonzero(agree)[0])
    if Line(found.program, first, {**found.fixed, second: float(y[k])}, 0).diagnosed(float(x[k])).value is None:
        return
    table[:, gaps] = np.where(agree, (one + other) / 2, np.nan)


def _tears(
    found: Ranges, sampler: Sampler, samples: Samples, mesh: Any, table: Any
) -> dict[str, tuple[dict[str, float], str]]:
    """Takes out the points beside curves along which the function is torn, and says what it is there."""
    import numpy as np

    torn: dict[str, tuple[dict[str, float], str]] = {}
    for row, watch in enumerate(sampler.watches):
        w = samples.watched[row].reshape(mesh[0].shape)
        across, along = _changes(w, watch), _changes(w.T, watch).T
        status = _probed(found, sampler, row, watch, mesh, across, along, torn)
        if status in BROKEN:
            table[:, :, 1:][:, across] = np.nan
            table[:, 1:, :][:, along] = np.nan
    return torn


def _changes(w: Any, watch: Watch) -> Any:
    """Between which neighbours in a row a quantity changes its value or its sign; at a zero, if zeros are meant."""
    import numpy as np

    state = w if watch.kind == STEP else np.sign(w)
    changes = (state[:, 1:] != state[:, :-1]) & np.isfinite(state[:, 1:]) & np.isfinite(state[:, :-1])
    if watch.kind == BLOW:
        size = np.pad(np.abs(w), ((0, 0), (1, 1)), constant_values=0.0)
        changes &= (size[:, 1:-2] > size[:, :-3]) & (size[:, 2:-1] > size[:, 3:])
    return changes


def _probed(
    found: Ranges,
    sampler: Sampler,
    row: int,
    watch: Watch,
    mesh: Any,
    across: Any,
    along: Any,
    torn: dict[str, tuple[dict[str, float], str]],
) -> str:
    """What kind of points a curve consists of, asked at a few of them."""
    import numpy as np

    first, second = found.grids
    places = [(first, second, i, j, i, j + 1) for i, j in _few(np.argwhere(across))]
    places += [(second, first, i, j, i + 1, j) for i, j in _few(np.argwhere(along))]
    for by, other, i, j, k, m in places:
        own, its = (mesh[0], mesh[1]) if by == first else (mesh[1], mesh[0])
        fixed = {**found.fixed, other: float(its[i, j])}
        line = Line(found.program, by, fixed, 1)
        point = _between(sampler, row, watch, line, float(own[i, j]), float(own[k, m]))
        known = line.diagnosed(point)
        if known.status in BROKEN:
            place = {by: float(own[i, j]), other: float(its[i, j])}
            torn.setdefault(known.status, (place, known.reason))
            return known.status
    return "ok"


def _few(places: Any) -> list[list[int]]:
    """Some of the places, spread over all of them."""
    step = max(1, len(places) // _PROBES)
    return [place.tolist() for place in places[::step][:_PROBES]]


def _between(sampler: Sampler, row: int, watch: Watch, line: Line, low: float, high: float) -> Any:
    """The number between two samples at which the watch changes."""
    import numpy as np

    def state(x: Any) -> Any:
        y = sampler(line.at(x)).watched[row]
        return y if watch.kind == STEP else np.sign(y)

    first, last = state(np.array([low, high]))
    if watch.kind != STEP and 0 in (first, last):
        return low if first == 0 else high

    def side(middle: Any, *_: Any) -> Any:
        now = state(middle)
        return np.where(now == first, 1, np.where((now == 0) & (watch.kind != STEP), 0, -1))

    below, above = narrowed([low], [high], side)
    if below[0] == above[0]:
        return float(below[0])
    crossing = Crossing(
        sampler.steps, watch.place, line.fixed, line.by, float(below[0]), float(above[0]), watch.kind == STEP
    )
    return crossing if crossing.is_located() else float(above[0])


def _arrows(mesh: Any, table: Any) -> tuple[Any, Any, Any, Any]:
    """The gradient at a few points, where it is known."""
    import numpy as np

    rows, columns = mesh[0].shape
    i = _spread(rows, _ARROWS[1])
    j = _spread(columns, _ARROWS[0])
    x, y, u, v = (a[np.ix_(i, j)].reshape(-1) for a in (mesh[0], mesh[1], table[1], table[2]))
    known = np.isfinite(u) & np.isfinite(v)
    return x[known], y[known], u[known], v[known]


def _spread(size: int, most: int) -> Any:
    """Numbers of rows that are evenly spread, away from the edges."""
    import numpy as np

    count = min(size, most)
    return np.unique(((np.arange(count) + 0.5) * size / count).astype(int))


def within(field: Field) -> tuple[float, float]:
    """The least and the greatest number that has a colour of its own."""
    low, high = inner(field.values.reshape(-1), (), "pole" in field.torn)
    return (low, high) if low < high else (low - 1.0, high + 1.0)
