"""Rows divided among threads, at bounds that no result depends on."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_SHARE = 65536  # rows from which a thread of its own pays


def divided(work: Callable[[int, int], bool], rows: int, threads: int | None = None) -> bool:
    """Calls `work(begin, end)` for shares of the rows, in threads; whether any of the calls says so.

    >>> seen = []
    >>> divided(lambda begin, end: seen.append((begin, end)) or end == 10, 10)
    True
    >>> seen
    [(0, 10)]
    """
    count = min(threads or os.cpu_count() or 1, rows // _SHARE)
    if count < 2:
        return work(0, rows)
    share = -(-rows // count // _SHARE) * _SHARE
    bounds = [(low, min(low + share, rows)) for low in range(0, rows, share)]
    return any(list(_workers(count, os.getpid()).map(lambda bound: work(*bound), bounds)))


@cache
def _workers(count: int, process: int) -> ThreadPoolExecutor:
    """The threads of a process: one that is forked has none of its parent's."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(count, thread_name_prefix="difftape")
