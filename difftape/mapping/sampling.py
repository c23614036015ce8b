"""A random sample of rows for the check, the same rows whatever order and blocks they come in."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest
from typing import Any, NamedTuple

import numpy as np


class Sampled(NamedTuple):
    """A row that was drawn: its lot, its number, its point, and what was printed for it."""

    lot: int
    row: int
    at: dict[str, float]
    results: dict[str, float]


def drawn(
    first: int, size: int, count: int, numbers: Mapping[str, Any], variables: list[str], results: list[str]
) -> list[Sampled]:
    """Of a block's rows those `count` with the lowest lots, without rows that failed.

    >>> columns = {"x": np.arange(3.0), "d_x": np.array([1.0, np.nan, 3.0])}
    >>> sorted(s.row for s in drawn(10, 3, 5, columns, ["x"], ["d_x"]))
    [10, 12]
    """
    lots = _lots(np.arange(first, first + size, dtype=np.uint64))
    good = np.ones(size, bool)
    for name in (*variables, *results):
        good &= np.isfinite(numbers[name])
    rows = np.flatnonzero(good)
    rows = rows[np.argsort(lots[rows], kind="stable")[:count]]
    return [
        Sampled(
            int(lots[k]),
            first + k,
            {name: float(numbers[name][k]) for name in variables},
            {name: float(numbers[name][k]) for name in results},
        )
        for k in rows.tolist()
    ]


def merged(known: list[Sampled], more: list[Sampled], count: int) -> list[Sampled]:
    """The `count` rows with the lowest lots of both."""
    return nsmallest(count, [*known, *more], key=lambda sampled: sampled.lot)


def _lots(rows: Any) -> Any:
    """A number for each row that looks random (splitmix64, Steele, Lea and Flood 2014)."""
    z = (rows + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
