"""Where in a text each step was written: kept beside a slow reading, when a message needs it."""

from __future__ import annotations

from collections.abc import Callable


class Extents:
    """The extents of the operands that a reader holds, and by place the first extent of each step.

    `index()` is the number of the token being read, `tokens` says where each token begins and ends.
    """

    def __init__(self, tokens: list[tuple[int, int]], index: Callable[[], int]) -> None:
        self.tokens = tokens
        self.index = index
        self.spans: dict[int, tuple[int, int]] = {}
        self.operands: list[tuple[int, int]] = []
        self.opened: list[int] = []  # where each prefix operator and bracket that waits begins

    def leaf(self, place: int) -> None:
        """The token is an operand."""
        self._mark(place, self.tokens[self.index()])

    def open(self) -> None:
        """The token opens a bracket or call, or is a prefix operator."""
        self.opened.append(self.tokens[self.index()][0])

    def join(self, place: int, is_infix: bool) -> None:
        """An operator has taken its operands."""
        end = self.operands.pop()[1]
        self._mark(place, (self.operands.pop()[0] if is_infix else self.opened.pop(), end))

    def power(self, place: int) -> None:
        """The token is a superscript after its operand."""
        self._mark(place, (self.operands.pop()[0], self.tokens[self.index()][1]))

    def close(self, operands: int, written: range) -> None:
        """The token closes a call of so many operands, the last of `written` its step; or a bracket (0)."""
        extent = (self.opened.pop(), self.tokens[self.index()][1])
        if not operands:
            self.operands[-1] = extent
            return
        del self.operands[-operands:]
        self.operands.append(extent)
        for place in written:  # log(x, 2) writes several steps
            self.spans.setdefault(place, extent)

    def _mark(self, place: int, extent: tuple[int, int]) -> None:
        self.operands.append(extent)
        self.spans.setdefault(place, extent)
