"""Arrays for results, given out again when nobody holds them: fresh memory costs more than most kernels."""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any

import numpy as np

_KEPT = 64  # arrays


class Pool:
    """Arrays of doubles of one length, each lent until nobody refers to it or to a view of it.

    >>> pool = Pool()
    >>> first = pool.array(3)
    >>> second, held = pool.array(3), id(first)
    >>> second is first
    False
    >>> del first
    >>> id(pool.array(3)) == held
    True
    """

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.length = -1
        self._lock = Lock()

    def array(self, length: int) -> Any:
        """An array of that length with anything in it."""
        with self._lock:
            if length != self.length:
                self.arrays, self.length = [], length
            for k in range(len(self.arrays)):
                if sys.getrefcount(self.arrays[k]) == _FREE:
                    return self.arrays[k]
            found = np.empty(length)
            if len(self.arrays) < _KEPT:
                self.arrays.append(found)
            return found


def _references() -> int:
    """What getrefcount says of an array that only a list holds."""
    arrays = [np.empty(0)]
    return sys.getrefcount(arrays[0])


_FREE = _references()
