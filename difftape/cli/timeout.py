"""--timeout: after so many seconds of the wall clock the process says so and ends, whatever it is doing."""

from __future__ import annotations

import os
import threading

from ..errors import LimitError
from .output import discard
from .voice import Voice


class Timeout:
    """A context that ends the process when it lasts longer than so many seconds (None: no limit).

    The clock is monotonic; a thread keeps it, so that alarms stay free for whoever limits a single question.
    """

    def __init__(self, seconds: float | None, voice: Voice, hint: str = "") -> None:
        self.seconds = seconds
        self.hint = hint
        self.voice = voice
        self.done = threading.Event()

    def __enter__(self) -> None:
        if self.seconds is not None:
            threading.Thread(target=self._watch, args=(self.seconds,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.done.set()

    def _watch(self, seconds: float) -> None:
        if not self.done.wait(min(seconds, threading.TIMEOUT_MAX)):
            self.voice.error(LimitError(f"no answer within --timeout {seconds:g} seconds", hint=self.hint))
            discard()
            os._exit(LimitError.exit_code)
