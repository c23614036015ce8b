"""The limits of an axis, so that a pole does not flatten the rest, nor a steep derivative the function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_TAIL = 0.1  # of the points on either side, that do not count as the middle of a curve
_WILD, _TAME = 1.5, 20.0  # heights of the middle that a tail may take, with a pole somewhere and without
_TALLER = 1.0  # heights of the function, that its derivatives may take on either side
_MARGIN = 0.05
_HUGE = 1e300


def limits(rows: Sequence[Any], must: Sequence[float] = (), is_wild: bool = False) -> tuple[float, float]:
    """The least and the greatest number shown of curves, the first of which counts most.

    `must` are in sight, unless they are far away; of what `is_wild`, with a pole somewhere, tails are cut sooner.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 1000)
    >>> low, high = limits([1 / x], is_wild=True)
    >>> 10 < high < 30
    True
    """
    low, high = inner(rows[0], must, is_wild)
    height = high - low
    for row in rows[1:]:
        a, b = inner(row, (), is_wild)
        if height:
            a, b = max(a, low - _TALLER * height), min(b, high + _TALLER * height)
        low, high = min(low, a), max(high, b)
    if low == high:
        low, high = low - (abs(low) / 2 or 1.0), high + (abs(high) / 2 or 1.0)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def inner(row: Any, must: Sequence[float], is_wild: bool) -> tuple[float, float]:
    """The range of one curve without tails that are out of proportion."""
    import numpy as np

    y = np.clip(row[np.isfinite(row)], -_HUGE, _HUGE)
    if not y.size:
        return (min(must), max(must)) if must else (0.0, 0.0)
    low, a, b, high = (float(v) for v in np.quantile(y, [0, _TAIL, 1 - _TAIL, 1]))
    height = b - a
    if height:
        most = (_WILD if is_wild else _TAME) * height
        low, high = max(low, a - most), min(high, b + most)
    within = [v for v in must if a - _TAME * height <= v <= b + _TAME * height]
    return min([low, *within]), max([high, *within])
