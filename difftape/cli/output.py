"""Where the answer goes: stdout, or with -o a file that appears whole or not at all.

A file is written as a temporary one in the same folder, and renamed when it is complete.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

from ..destination import destination
from ..errors import InputOutputError

CLOSED = "standard output is closed"
_unfinished: set[str] = set()


class Output:
    """Stdout or a file; a context that keeps what was written only if `keep` was called."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self.part = ""
        self.stream: Any = None
        self.handlers: dict[int, Any] = {}

    def __enter__(self) -> Output:
        if self.path is None:
            if sys.stdout is None:
                raise InputOutputError(CLOSED)
            self.stream = sys.stdout
        else:
            self._open()
        return self

    def write(self, text: str | bytes) -> None:
        """Writes text or bytes, at once."""
        try:
            if isinstance(text, bytes):
                self.stream.flush()
                self.stream.buffer.write(text)
            else:
                self.stream.write(_written(text, self.stream))
            self.stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputOutputError(f"cannot write {self.path or 'standard output'}: {error.strerror}") from None
        except ValueError:
            raise InputOutputError(CLOSED) from None

    def keep(self) -> None:
        """Puts what was written in the place of the file."""
        if not self.part or self.path is None:
            return
        try:
            os.fsync(self.stream.fileno())
            self.stream.close()
            os.replace(self.part, destination(self.path))
        except OSError as error:
            raise InputOutputError(f"cannot write {self.path}: {error.strerror}") from None
        _unfinished.discard(self.part)
        self.part = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is None:
            return
        if not self.stream.closed:
            try:
                self.stream.close()
            except OSError:
                pass  # the disk is full, which has been said
        discard()
        self._release()

    def _open(self) -> None:
        """Opens the file beside the target; devices and pipes are written to as they are."""
        try:
            target = destination(str(self.path))
            if os.path.isdir(target):
                raise InputOutputError(f"cannot write {self.path}: it is a folder")
            if os.path.exists(target) and not os.path.isfile(target):
                self.stream = open(target, "w", encoding="utf-8")  # noqa: SIM115
                return
            self._guard()
            folder, name = os.path.split(target)
            part = os.path.join(folder, f".{name[:50]}.{os.getpid()}.part")
            descriptor = _new(part)
            self.part = part
            _unfinished.add(part)
            if os.path.exists(target):
                os.chmod(part, os.stat(target).st_mode & 0o777)
            self.stream = open(descriptor, "w", encoding="utf-8")  # noqa: SIM115
        except InputOutputError:
            raise
        except OSError as error:
            self._release()
            raise InputOutputError(f"cannot write {self.path}: {error.strerror}") from None

    def _guard(self) -> None:
        """While there is a temporary file, signals remove it before they end the process."""
        import signal
        import threading

        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                    self.handlers[number] = signal.signal(number, _give_up)

    def _release(self) -> None:
        import signal

        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.handlers.clear()


def _written(text: str, stream: Any) -> str:
    """The text, with +/- for ± where the stream has no such character."""
    if "±" in text:
        try:
            "±".encode(getattr(stream, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            return text.replace("±", "+/-")
    return text


def _new(path: str) -> int:
    """The descriptor of a new file; one of that name is the rest of a process that was killed and had our number."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, flags, 0o666)
    except FileExistsError:
        os.unlink(path)
        return os.open(path, flags, 0o666)


def discard() -> None:
    """Removes every temporary file."""
    while _unfinished:
        try:
            os.unlink(_unfinished.pop())
        except OSError:
            pass  # it is gone already


def _give_up(number: int, frame: Any) -> None:
    import signal

    discard()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
