"""A session with a person: prompt, history, completion by Tab, and Ctrl-C that stops work and not the session."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..session import Session
from ..session.completing import DELIMITERS
from .colour import is_terminal
from .history import History
from .output import Output
from .voice import Voice

PROMPT = "> "
_LATER = 0.01  # seconds of work until an interrupt is tried again that came during an import


def conversation(session: Session, target: Output, voice: Voice) -> int:
    """Answers what is typed until Ctrl-D or :quit; the exit code is 0."""
    from .. import __version__
    from .repl import say

    interruptible = Interruptible()
    history = _prepared(session, interruptible)
    voice.aside(f"difftape {__version__}: f = x**2, grad f, d/dx f, :help; Ctrl-D ends")
    with interruptible:
        while True:
            try:
                interruptible.arm()
                line = _typed()
                if line is None:
                    return 0
                history.add(line)
                reply = session.answer(line)
                say(reply, target, voice)
                if reply.is_last:
                    return 0
            except KeyboardInterrupt:
                _to_terminal("\n")
            except (RecursionError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                from .process import bug

                bug(error, voice.debug)  # the session is worth more than one line of it


def _typed() -> str | None:
    """The next line; None at the end."""
    try:
        if is_terminal(sys.stdout):
            return input(PROMPT)
        _to_terminal(PROMPT)
        return input()
    except EOFError:
        _to_terminal("\n")
        return None
    except UnicodeDecodeError:
        return "\udcff"  # which a session says is no UTF-8


def _to_terminal(text: str) -> None:
    """Moves the cursor of whoever looks; an answer that goes into a file stays as it is."""
    stream = sys.stdout if is_terminal(sys.stdout) else sys.stderr
    try:
        if stream is not None:
            stream.write(text)
            stream.flush()
    except OSError:
        pass  # nobody looks


class Interruptible:
    """A context in which Ctrl-C raises KeyboardInterrupt, once each time it is armed.

    Never amid an import, which would stay half done: then it is raised when that is over.
    """

    def __init__(self) -> None:
        self.is_armed = False
        self.before: dict[int, Any] = {}

    def __enter__(self) -> Interruptible:
        for name in ("SIGINT", "SIGVTALRM"):
            number = getattr(signal, name, None)
            if number is not None:
                self.before[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        self.is_armed = False
        self._wind(0)
        for number, handler in self.before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def arm(self) -> None:
        """The next Ctrl-C counts, and none before."""
        self._wind(0)
        self.is_armed = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """A context in which Ctrl-C is lost: readline would swallow what its completion raises."""
        before, self.is_armed = self.is_armed, False
        try:
            yield
        finally:
            self.is_armed = before

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if not self.is_armed:
            return
        if _is_importing(frame) and hasattr(signal, "setitimer"):
            self._wind(_LATER)
            return
        self.is_armed = False
        raise KeyboardInterrupt

    @staticmethod
    def _wind(seconds: float) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _prepared(session: Session, interruptible: Interruptible) -> History:
    """Line editing with completion, where there is readline, and the lines of earlier sessions."""
    try:
        import readline
    except ImportError:
        return History(None, None)
    found: list[str] = []

    def complete(word: str, state: int) -> str | None:
        if state == 0:
            with interruptible.held():
                found[:] = session.complete(readline.get_line_buffer()[: readline.get_endidx()], readline.get_begidx())
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(DELIMITERS)
    readline.set_auto_history(False)
    binding = "bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete"
    readline.parse_and_bind(binding)
    if hasattr(readline, "set_completion_append_character"):  # not every readline is GNU's
        readline.set_completion_append_character("")
    return History(readline, history_path(dict(os.environ)))


def history_path(environment: dict[str, str]) -> str | None:
    """Where the lines are kept: in $XDG_STATE_HOME, by default ~/.local/state; None without a home.

    >>> history_path({"XDG_STATE_HOME": "/s"}), history_path({"HOME": "/h", "XDG_STATE_HOME": "relative"})
    ('/s/difftape/history', '/h/.local/state/difftape/history')
    """
    state = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):
        home = environment.get("HOME") or os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        state = os.path.join(home, ".local", "state")
    return os.path.join(state, "difftape", "history")
