"""The lines of earlier sessions: a file that only its owner reads, and whose failures are no errors."""

from __future__ import annotations

import os
from typing import Any

MOST = 1000  # lines that are kept
_LONGEST = 10_000  # characters of a line that is kept


class History:
    """What was typed, in readline's memory and in a file; either may be None."""

    def __init__(self, readline: Any, path: str | None) -> None:
        self.readline = readline
        self.path = path
        self.last = ""
        if readline is not None and path is not None:
            for line in _read(path):
                readline.add_history(line)
                self.last = line

    def add(self, line: str) -> None:
        """Keeps a line, at once: a session that is killed has lost nothing."""
        line = line.rstrip()
        if not line or line == self.last or len(line) > _LONGEST or not line.isprintable():
            return
        self.last = line
        if self.readline is not None:
            self.readline.add_history(line)
        if self.path is not None and not _append(self.path, line):
            self.path = None


def _read(path: str) -> list[str]:
    """The last lines of the file; when there are twice as many as are kept, it is written anew."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = [line.rstrip("\n") for line in stream]
        if len(lines) > 2 * MOST:
            part = f"{path}.{os.getpid()}"
            if _append(part, "\n".join(lines[-MOST:])):
                os.replace(part, path)
    except OSError:
        return []
    return [line for line in lines[-MOST:] if line.isprintable() and line]


def _append(path: str, text: str) -> bool:
    """Whether the text could be added to a file, which is made for its owner alone."""
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            os.write(descriptor, (text + "\n").encode("utf-8", "replace"))
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True
