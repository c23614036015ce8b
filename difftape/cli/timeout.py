"""--timeout: after so many seconds of the wall clock the process says so and ends, whatever it is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Timeout:
    """A context that ends the process with `give_up(seconds)` when it lasts longer than that (None: no limit).

    The clock is monotonic; a thread keeps it, so that alarms stay free for whoever limits a single question.
    """

    def __init__(self, seconds: float | None, give_up: Callable[[float], None]) -> None:
        self.seconds = seconds
        self.give_up = give_up
        self.done = threading.Event()

    def __enter__(self) -> None:
        if self.seconds is not None:
            threading.Thread(target=self._watch, args=(self.seconds,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.done.set()

    def _watch(self, seconds: float) -> None:
        if not self.done.wait(min(seconds, threading.TIMEOUT_MAX)):
            self.give_up(seconds)
