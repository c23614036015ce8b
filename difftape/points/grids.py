"""Grids: `START:STOP:COUNT` is COUNT equally spaced numbers, both ends exact; several grids are all combinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import LimitError

POINT_LIMIT = 10_000_000


class Grid(NamedTuple):
    """Equally spaced numbers from `start` to `stop`; exact ones, if the ends are (`exact.py`)."""

    start: Any
    stop: Any
    size: int

    def number(self, i: int) -> Any:
        """The ith number of the grid.

        >>> [Grid(0.0, 1.0, 11).number(i) for i in (0, 3, 10)]
        [0.0, 0.3, 1.0]
        """
        if i == 0:
            return self.start
        last = self.size - 1
        if i == last:
            return self.stop
        if self.start.__class__ is not float:
            from ..exact import between

            return between(self.start, self.stop, i, last)
        width = self.stop - self.start
        if -1e300 < i * width < 1e300:
            return self.start + i * width / last
        return self.start * ((last - i) / last) + self.stop * (i / last)


def varying(at: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that a grid is given for."""
    return tuple(name for name, value in at.items() if value.__class__ is Grid)


def size(at: Mapping[str, Any]) -> int:
    """How many points there are; raises LimitError past ten million."""
    points = 1
    for value in at.values():
        if isinstance(value, Grid):
            points *= value.size
    if points > POINT_LIMIT:
        many = f"{points}" if points < 10**18 else "more than 10**18"
        raise LimitError(f"a grid of {many} points; the limit is {POINT_LIMIT} points")
    return points


def combinations(at: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every point of the grids; the last name varies fastest.

    >>> list(combinations({"x": Grid(0.0, 1.0, 2), "y": 5.0}))
    [{'x': 0.0, 'y': 5.0}, {'x': 1.0, 'y': 5.0}]
    """
    plain = {name: value for name, value in at.items() if not isinstance(value, Grid)}
    grids = [(name, value) for name, value in at.items() if isinstance(value, Grid)]
    for k in range(size(at)):
        moved = dict(plain)
        for name, grid in reversed(grids):
            k, i = divmod(k, grid.size)
            moved[name] = grid.number(i)
        yield {name: moved[name] for name in at}
