"""A program at a terminal of its own, and somebody who types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from typing import Any

from process import PROGRAM, environment

PATIENCE = 60.0  # seconds; a failing test waits so long, a passing one never


class Terminal:
    """The program in a terminal of 200 columns; a context that leaves nothing running."""

    def __init__(self, *argv: str, program: list[str] | None = None, stdout: Any = None, **changed: str) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(
            [*(PROGRAM if program is None else program), *argv],
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env=environment(**{"TERM": "dumb", **changed}),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.seen = ""
        self.read = 0  # up to where it has been waited for

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.ours)

    def type(self, text: str) -> None:
        """Presses keys."""
        os.write(self.ours, text.encode())

    def until(self, text: str, is_pattern: bool = False, seconds: float = PATIENCE) -> str:
        """What appears up to the text, which is waited for."""
        end = time.monotonic() + seconds
        pattern = re.compile(text, re.MULTILINE) if is_pattern else re.compile(re.escape(text))
        while not (found := pattern.search(self.seen, self.read)):
            left = end - time.monotonic()
            ready, _, _ = select.select([self.ours], [], [], max(left, 0))
            assert ready, f"no {text!r} after {self.seen[self.read :]!r}"
            try:
                piece = os.read(self.ours, 65536)
            except OSError:  # Linux: the other end is closed
                piece = b""
            assert piece, f"ended without {text!r}: {self.seen[self.read :]!r}"
            self.seen += piece.decode(errors="replace").replace("\r\n", "\n")
        begin, self.read = self.read, found.end()
        return self.seen[begin : self.read]

    def interrupt(self) -> None:
        """Presses Ctrl-C at a prompt until there is a new one: Python's readline may sleep through the very moment."""
        for _ in range(int(PATIENCE)):
            self.type("\x03")
            if self.appears("^> ", 1.0):
                return
        raise AssertionError(f"no new prompt after {self.seen[self.read :]!r}")

    def appears(self, pattern: str, seconds: float) -> bool:
        """Whether the pattern comes within so many seconds; then it is waited for."""
        try:
            self.until(pattern, is_pattern=True, seconds=seconds)
        except AssertionError:
            return False
        return True

    def answer(self, line: str) -> str:
        """What appears after a line until the next prompt, without either."""
        self.type(line + "\n")
        self.until(line + "\n")
        return self.until("^> ", is_pattern=True).removesuffix("> ").strip("\n")

    def ended(self) -> int:
        """The exit code, once it has ended; what it said to the last is read."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                piece = os.read(self.ours, 65536)
            except OSError:
                break
            if not piece:
                break
            self.seen += piece.decode(errors="replace").replace("\r\n", "\n")
        return self.process.wait(timeout=PATIENCE)
