"""What is said on stderr: errors, and what a person should hear of although there is an answer."""

from __future__ import annotations

import sys
from typing import Any

from ..answer import Answer
from ..errors import DifftapeError, escaped
from .colour import is_terminal, wanted

_RED, _BOLD, _DIM, _PLAIN = "\033[31m", "\033[1m", "\033[2m", "\033[0m"


class Voice:
    """How much is said, and in what colour."""

    def __init__(self, color: str | None = None, level: int = 0) -> None:
        self.color = color
        self.level = level  # -1 for --quiet, 1 for --verbose
        self.debug = False

    def error(self, error: DifftapeError, where: str = "", line: int = 0) -> None:
        """Says what went wrong."""
        text = error.shown(where, line)
        if wanted(sys.stderr, self.color):
            head, newline, rest = text.partition("\n")
            kind, colon, message = head.partition(": ")
            text = f"{_RED}{kind}{colon}{_PLAIN}{_BOLD}{message}{_PLAIN}{newline}{rest}"
        self._say(f"difftape: {text}")

    def note(self, text: str, where: str = "", line: int = 0) -> None:
        """Says what should be known although there is an answer."""
        if self.level >= 0:
            self._say(self._dimmed(_placed(text, where, line)))

    def aside(self, text: str) -> None:
        """Says on a terminal, or with --verbose, how the answer is meant."""
        if self.level > 0 or (self.level == 0 and is_terminal(sys.stderr)):
            self._say(self._dimmed(escaped(text)))

    def warning(self, text: str, where: str = "", line: int = 0) -> None:
        """Says what must be known, even with --quiet."""
        self._say(_placed(text, where, line))

    def about(self, answer: Answer, is_single: bool, where: str = "", line: int = 0) -> None:
        """Says what is not plain about an answer; on a terminal, also what the check found."""
        has_answer = answer.error is None or any(number is not None for number in answer.grad.values())
        for note in answer.notes if has_answer else ():
            self.note(note, where, line)
        verdict = answer.check
        if verdict is None:
            return
        if verdict.verdict != "agree":
            text = f"check: {verdict.verdict}" + (f": {verdict.reason}" if verdict.reason else "")
            if verdict.verdict == "differs":
                self.warning(text, where, line)
            elif answer.error is None:
                self.note(text, where, line)
        elif self.level > 0 or (self.level == 0 and is_single and is_terminal(sys.stderr)):
            self._say(self._dimmed(escaped(_verdicts().agreement(verdict, answer.order))))
        if verdict.judges and self.level > 0:
            self._say(self._dimmed(_placed(_verdicts().votes(verdict), where, line)))

    def _dimmed(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if wanted(sys.stderr, self.color) else text

    def _say(self, text: str) -> None:
        try:
            if sys.stderr is not None:
                sys.stderr.write(text + "\n")
                sys.stderr.flush()
        except OSError:
            pass  # nobody hears it; the exit code tells


def _placed(text: str, where: str, line: int) -> str:
    return f"difftape: {f'line {line}: ' if line else where}{escaped(text)}"


def _verdicts() -> Any:
    """How verdicts are said, which most runs have no need of."""
    from ..report import verdicts

    return verdicts
