"""A layered layout: each box right of its operands, boxes of a layer ordered by the mean place of their neighbours.

The layers are those of the longest path; a leaf stands next to its first use.  An arrow over several layers bends
through a place in each (Sugiyama, Tagawa and Toda, IEEE Trans. SMC 11, 1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_SWEEPS = 8
_MOST_BENDS = 20_000  # beyond it arrows go straight
Point = tuple[float, float]


class Layout(NamedTuple):
    """By box its layer and its height in it (1.0 from one box to the next), and for each arrow its bends."""

    layers: list[int]
    heights: list[float]
    bends: list[list[Point]]


def layered(count: int, arrows: Sequence[tuple[int, int]]) -> Layout:
    """The layout of boxes 0 … count-1, of which each arrow leads to a later one.

    >>> layered(3, [(0, 1), (1, 2), (0, 2)]).layers
    [0, 1, 2]
    """
    layer = _layers(count, arrows)
    length = sum(layer[b] - layer[a] - 1 for a, b in arrows)
    chains: list[list[int]] = []
    levels = list(layer)
    for a, b in arrows:
        chain = [a]
        if length <= _MOST_BENDS:
            for k in range(layer[a] + 1, layer[b]):
                chain.append(len(levels))
                levels.append(k)
        chains.append([*chain, b])
    heights = _heights(levels, chains)
    bends = [[(float(levels[p]), heights[p]) for p in chain[1:-1]] for chain in chains]
    return Layout(layer, heights[:count], bends)


def _layers(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    layer = [0] * count
    for a, b in sorted(arrows, key=lambda arrow: arrow[1]):
        layer[b] = max(layer[b], layer[a] + 1)
    targets = {b for _, b in arrows}
    first: dict[int, int] = {}
    for a, b in arrows:
        first[a] = min(first.get(a, layer[b]), layer[b])
    return [first[p] - 1 if p not in targets and p in first else layer[p] for p in range(count)]


def _heights(levels: Sequence[int], chains: Sequence[Sequence[int]]) -> list[float]:
    """A height for each place, no two of a level nearer than 1."""
    before: list[list[int]] = [[] for _ in levels]
    after: list[list[int]] = [[] for _ in levels]
    for chain in chains:
        for a, b in pairwise(chain):
            after[a].append(b)
            before[b].append(a)
    rows: list[list[int]] = [[] for _ in range(max(levels, default=0) + 1)]
    for place, level in enumerate(levels):
        rows[level].append(place)
    heights = [0.0] * len(levels)
    for row in rows:
        for k, place in enumerate(row):
            heights[place] = float(k)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        near = before if forth else after
        for row in rows if forth else reversed(rows):
            wanted = {p: _mean([heights[q] for q in near[p]], heights[p]) for p in row}
            row.sort(key=wanted.__getitem__)
            _spread(row, wanted, heights)
    lowest = min(heights, default=0.0)
    return [h - lowest for h in heights]


def _spread(row: Sequence[int], wanted: dict[int, float], heights: list[float]) -> None:
    """Puts the places of a level near where they are wanted, in order, at least 1 apart."""
    placed: list[list[float]] = []  # blocks: the sum of wanted offsets, how many, the first height
    for p in row:
        placed.append([wanted[p], 1, wanted[p]])
        while len(placed) > 1 and placed[-2][2] + placed[-2][1] > placed[-1][2]:
            total, size, _ = placed.pop()
            block = placed[-1]
            block[0] += total - size * block[1]
            block[1] += size
            block[2] = block[0] / block[1]
    k = 0
    for _, size, first in placed:
        for j in range(int(size)):
            heights[row[k]] = first + j
            k += 1


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
