"""How long the processor may work on one question: a clock that rings now and then, and costs a question nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..deadline import TimeUp
from ..errors import LimitError

SECONDS = 20.0
_JUDGES = 5  # how many may take --check-timeout each, one after another
_USUAL = 5.0  # the --check-timeout that SECONDS has room for
_RINGS = 8  # in so many seconds
_AGAIN = 0.05  # seconds until it rings again, in case something took TimeUp for its own


class Patience:
    """A context in which `asked(work)` raises LimitError when it takes more than so many seconds of the processor.

    A question is one line at one point, so that lines and grids may be as long as they like.  Who lets judges take
    longer than usual (`check_timeout`) lets a question take longer too.

    Without a limit (None), outside the main thread, or on a system without such a clock, nothing is limited.
    """

    def __init__(self, seconds: float | None, check_timeout: float = _USUAL) -> None:
        can_ring = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        if seconds is not None:
            seconds += _JUDGES * max(0.0, check_timeout - _USUAL)
        self.seconds = seconds if can_ring and (seconds or 0) < threading.TIMEOUT_MAX else None
        self.number = 0  # of the question that is being asked; 0 between questions
        self.count = 0
        self.seen = 0
        self.rings = 0
        self.handler: Any = None

    def __enter__(self) -> Patience:
        if self.seconds is not None:
            self.handler = signal.signal(signal.SIGPROF, self._ring)
            self._wind(self.seconds / _RINGS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.seconds is not None:
            self._wind(0)
            signal.signal(signal.SIGPROF, signal.SIG_DFL if self.handler is None else self.handler)

    def asked(self, work: Callable[[], Any]) -> Any:
        """What `work()` returns."""
        self.number = self.count = self.count + 1
        try:
            answer = work()
            self.number = 0  # from here on nothing rings
            return answer
        except TimeUp:
            raise LimitError(
                f"no answer within {self.seconds:g} seconds of work on one question",
                hint="--timeout S gives more: S seconds for the whole run",
            ) from None
        finally:
            self.number = 0

    def _ring(self, *_: Any) -> None:
        if not self.number or self.number != self.seen:
            if self.rings >= _RINGS and self.seconds is not None:
                self._wind(self.seconds / _RINGS)
            self.seen, self.rings = self.number, 0
            return
        self.rings += 1
        if self.rings >= _RINGS:
            if self.rings == _RINGS:
                self._wind(_AGAIN)
            raise TimeUp

    @staticmethod
    def _wind(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
