"""Between which samples something may happen: a sign, a value or trust changes, or a number leaps; narrowed to doubles.

What shrinks to nothing as it is narrowed was an ordinary zero, or a steep slope, and is left out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .crossing import narrowed
from .sampling import Sampler, Samples
from .watching import BLOW, SIGN, STEP

_MOST = 4096  # brackets that are narrowed
_LEAP = 6.0  # times the change in the intervals beside it
_KEPT = 0.02  # of a leap that must be left between neighbouring doubles
_TINY = 1e-9  # of the largest number of a row: less is rounding
TRUST, LEAP = "trust", "leap"
RANKS = {SIGN: 1, STEP: 2, BLOW: 3, LEAP: 4, TRUST: 5}


class Candidate(NamedTuple):
    """A place where something may happen, between two doubles or at one; the less its rank, the better it is known.

    `row` is the watch, or the result, that told; `is_sample` where a sample itself is doubtful.
    """

    rank: int
    low: float
    high: float
    kind: str
    row: int


def candidates(sampler: Sampler, moves: Any, x: Any, samples: Samples) -> list[Candidate]:
    """All places where something may happen, from left to right; `moves(x)` is the point with these coordinates."""
    import numpy as np

    with np.errstate(all="ignore"):
        found = [*_at_samples(sampler, x, samples), *_between(sampler, moves, x, samples)]
    return sorted(found, key=lambda c: (c.low + c.high) / 2)


def _at_samples(sampler: Sampler, x: Any, samples: Samples) -> list[Candidate]:
    import numpy as np

    found = [Candidate(0, float(x[i]), float(x[i]), TRUST, -1) for i in np.flatnonzero(alone(samples.doubts))]
    for row, watch in enumerate(sampler.watches):
        if watch.kind == SIGN:
            zeros = np.flatnonzero(alone(samples.watched[row] == 0))
            found += [Candidate(0, float(x[i]), float(x[i]), SIGN, row) for i in zeros]
    return found[:_MOST]


def alone(flags: Any) -> Any:
    """Where a flag stands that has no neighbour."""
    import numpy as np

    padded = np.concatenate(([False], flags, [False]))
    return flags & ~padded[:-2] & ~padded[2:]


class _Brackets:
    """Intervals between samples in which something of one kind happens, of many rows at once."""

    def __init__(self) -> None:
        self.places: list[Any] = []
        self.kinds: list[str] = []
        self.rows: list[int] = []

    def add(self, places: Any, kind: str, row: int) -> None:
        """Intervals, by the number of the sample on their left."""
        room = _MOST - len(self.kinds)
        self.places.append(places[:room])
        self.kinds += [kind] * len(places[:room])
        self.rows += [row] * len(places[:room])


def _between(sampler: Sampler, moves: Any, x: Any, samples: Samples) -> list[Candidate]:
    import numpy as np

    brackets = _brackets(sampler, samples)
    if not brackets.kinds:
        return []
    places = np.concatenate(brackets.places)
    kinds, rows = np.array(brackets.kinds), np.array(brackets.rows)
    state = _State(sampler, moves, kinds, rows, samples, places)
    first = state.low.copy(), state.high.copy()
    low, high = narrowed(x[places], x[places + 1], state.side)
    scale = np.array([_largest(state.table(samples)[row]) for row in rows])
    kept = state.persists(*first, scale)
    return [
        Candidate(RANKS[kinds[k]], float(low[k]), float(high[k]), str(kinds[k]), state.own(k))
        for k in np.flatnonzero(kept).tolist()
    ]


def _brackets(sampler: Sampler, samples: Samples) -> _Brackets:
    """Where the samples show that something happens between them; rows are those of `_State.table`."""
    import numpy as np

    found = _Brackets()
    results = len(samples.results)
    for row, watch in enumerate(sampler.watches):
        y = samples.watched[row]
        if watch.kind == STEP:
            changes = (y[1:] != y[:-1]) & ~(np.isnan(y[1:]) & np.isnan(y[:-1]))
        else:
            changes = _turns(y, watch.kind == SIGN)
        found.add(np.flatnonzero(changes), watch.kind, results + row)
    doubts = samples.doubts & ~alone(samples.doubts)
    found.add(np.flatnonzero(doubts[1:] != doubts[:-1]), TRUST, results + len(sampler.watches))
    for row, y in enumerate(samples.results):
        found.add(np.flatnonzero(_turns(y, False)), BLOW, row)
        found.add(np.flatnonzero(_leaps(y)), LEAP, row)
    return found


def _turns(y: Any, has_zeros: bool) -> Any:
    """Where the sign changes; where `has_zeros`, also where a stretch of zeros begins or ends."""
    import numpy as np

    sign = np.sign(y)
    if not has_zeros:
        return sign[1:] * sign[:-1] < 0
    sign = np.where(alone(y == 0), np.nan, sign)
    return (sign[1:] != sign[:-1]) & np.isfinite(sign[1:]) & np.isfinite(sign[:-1])


def _leaps(y: Any) -> Any:
    """Where a row changes by much more than beside it."""
    import numpy as np

    change = np.abs(np.diff(y))
    change[~np.isfinite(change)] = 0
    padded = np.concatenate(([0.0], change, [0.0]))
    beside = np.maximum(padded[:-2], padded[2:])
    return (change > _LEAP * beside) & (change > _TINY * _largest(y))


def _largest(y: Any) -> float:
    import numpy as np

    sizes = np.abs(y[np.isfinite(y)])
    return float(sizes.max()) if sizes.size else 0.0


class _State:
    """What each bracket has at its ends, as it is narrowed."""

    def __init__(self, sampler: Sampler, moves: Any, kinds: Any, rows: Any, samples: Samples, places: Any) -> None:
        import numpy as np

        self.sampler, self.moves, self.rows = sampler, moves, rows
        self.results = len(samples.results)
        self.is_leap, self.is_sign = kinds == LEAP, (kinds == SIGN) | (kinds == BLOW)
        self.is_blow = kinds == BLOW
        self.numbers = np.arange(len(rows))
        table = self.table(samples)
        self.low, self.high = table[rows, places], table[rows, places + 1]

    def table(self, samples: Samples) -> Any:
        """The results, what is watched, and the doubts, a row each."""
        import numpy as np

        return np.concatenate((samples.results, samples.watched, samples.doubts[None].astype(float)))

    def own(self, k: int) -> int:
        """The number of the watch of a bracket, or -1 - the number of its result."""
        row = int(self.rows[k])
        return row - self.results if row >= self.results else -1 - row

    def side(self, middle: Any, low: Any, high: Any) -> Any:
        """On which side of the middle it happens (see `narrowed`)."""
        import numpy as np

        with np.errstate(all="ignore"):
            y = self.table(self.sampler(self.moves(middle)))[self.rows, self.numbers]
            below, here, above = (np.where(self.is_sign, np.sign(v), v) for v in (self.low, y, self.high))
            found = np.where(_same(here, below), 1, -1)
            hit = self.is_sign & (here == 0) & (below != 0) & (above != 0)
            left, right = (np.nan_to_num(np.abs(d), nan=np.inf) for d in (y - self.low, self.high - y))
            found = np.where(self.is_leap, np.where(left < right, 1, -1), np.where(hit, 0, found))
        open_ = low < high
        self.low = np.where(open_ & (found >= 0), y, self.low)
        self.high = np.where(open_ & (found <= 0), y, self.high)
        return found

    def persists(self, low: Any, high: Any, scale: Any) -> Any:
        """Which changes are still there between neighbours; `low` and `high` is what there was at first."""
        import numpy as np

        with np.errstate(all="ignore"):
            size = np.fmax(np.abs(self.low), np.abs(self.high))
            blows = ~(size <= 0.25 * np.fmax(np.abs(low), np.abs(high))) & ~(size < _TINY * scale)
            leap = np.abs(self.high - self.low)
            leaps = ~(leap <= _KEPT * np.abs(high - low)) & ~(leap < _TINY * scale)
        return np.where(self.is_blow, blows, np.where(self.is_leap, leaps, True))


def _same(a: Any, b: Any) -> Any:
    import numpy as np

    return (a == b) | (np.isnan(a) & np.isnan(b))
