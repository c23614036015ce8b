"""Work within a time limit: an alarm in the main thread of a POSIX process, elsewhere a timer thread.

Whatever was armed before (a handler, a timer with some seconds left) is armed again afterwards, and nothing
of ours is left behind.  A long operation inside one C call (a power of a huge integer) cannot be interrupted.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

_AGAIN = 0.05  # seconds until the alarm rings again, in case a bare `except` swallowed it


class TimeUp(BaseException):
    """The limit has passed; no `except Exception` on the way can swallow it."""


def within(seconds: float | None, work: Callable[[], Any]) -> Any:
    """What `work()` returns; raises TimeUp when it takes longer than `seconds` (None: no limit).

    >>> within(1.0, lambda: 6 * 7)
    42
    """
    if seconds is None or seconds > threading.TIMEOUT_MAX:
        return work()
    if seconds <= 0:
        raise TimeUp
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return _by_alarm(seconds, work)
    return _by_thread(seconds, work)


def _by_alarm(seconds: float, work: Callable[[], Any]) -> Any:
    armed = True

    def ring(*_: Any) -> None:
        if armed:
            raise TimeUp

    began = time.monotonic()
    handler = signal.getsignal(signal.SIGALRM)
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    try:
        signal.signal(signal.SIGALRM, ring)
        # An earlier alarm of someone else ends the work too, and then rings for its owner.
        signal.setitimer(signal.ITIMER_REAL, min(seconds, left) if left else seconds, _AGAIN)
        try:
            return work()
        finally:
            armed = False  # an alarm at this very moment leaves the outer one to be done in peace
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 1e-6), interval)


def _by_thread(seconds: float, work: Callable[[], Any]) -> Any:
    import ctypes

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    ident = ctypes.c_ulong(threading.get_ident())
    lock = threading.Lock()
    done = threading.Event()

    def ring() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    raise_in(ident, ctypes.py_object(TimeUp))
            wait = _AGAIN

    timer = threading.Thread(target=ring, name="difftape deadline", daemon=True)
    timer.start()
    try:
        try:
            return work()
        finally:
            _until_done(lambda: _stop(lock, done))
    finally:
        _until_done(lambda: _stop(lock, done))
        _until_done(lambda: raise_in(ident, None))
        _until_done(timer.join)


def _stop(lock: threading.Lock, done: threading.Event) -> None:
    with lock:
        done.set()


def _until_done(action: Callable[[], Any]) -> None:
    """Does it, again if a late TimeUp arrives in the midst of it."""
    while True:
        try:
            action()
            return
        except TimeUp:
            continue
