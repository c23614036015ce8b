"""How far a long run is: on stderr, for a person at a terminal, after half a second, and gone at the end."""

from __future__ import annotations

import sys
import time

_PATIENCE = 0.5  # seconds
_INTERVAL = 0.1


class Progress:
    """Counts steps towards a total, and shows them when it takes long."""

    def __init__(self, total: int, is_shown: bool) -> None:
        self.total = total
        self.is_shown = is_shown
        self.count = 0
        self.due = time.monotonic() + _PATIENCE
        self.width = 0

    def step(self) -> None:
        """One more is done."""
        self.count += 1
        self.show(f"{self.count} of {self.total} points")

    def show(self, text: str) -> None:
        """Shows how far it is, unless that was shown a moment ago or nothing is to be shown yet."""
        if self.is_shown and time.monotonic() >= self.due:
            self.due = time.monotonic() + _INTERVAL
            self._write(f"\r{text.ljust(self.width)}")
            self.width = len(text)

    def clear(self) -> None:
        """Takes away what was shown."""
        if self.width:
            self._write("\r" + " " * self.width + "\r")
            self.width = 0

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            self.is_shown = False
