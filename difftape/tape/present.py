"""Who is recording in this thread: tapes and accumulators, the outermost first, and the last gradient that was None."""

from __future__ import annotations

from _thread import _local
from collections.abc import Callable
from typing import Any


class Here(_local):
    """The recorders of one thread; each thread has its own."""

    def __init__(self) -> None:
        self.recorders: list[Any] = []
        self.none: Callable[[], str] | None = None  # says why the last gradient was None


here = Here()


class Recording:
    """A context in which only the given recorders are active."""

    __slots__ = ("_before", "recorders")

    def __init__(self, recorders: list[Any]) -> None:
        self.recorders = recorders

    def __enter__(self) -> None:
        self._before = here.recorders
        here.recorders = self.recorders

    def __exit__(self, *_: object) -> None:
        here.recorders = self._before


def last_none() -> str:
    """Why the last gradient that was None was None, as a sentence; empty if there was none."""
    return here.none() if here.none is not None else ""
