"""The output of a long run: a part file beside the target, with a journal, put in its place when it is whole.

One run at a time has a target: the journal is locked, and the lock ends with the process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import zlib
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..errors import InputOutputError
from . import journal
from .journal import Mark


class Busy(InputOutputError):
    """Another process is writing the same output."""


class Part:
    """A target's part file and journal, locked; a context.

    `mark` is the last place between blocks; what is written behind it is cut off when a signal ends the process.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        real = os.path.realpath(target)
        self.path, self.journal, self.real = real + ".partial", real + ".journal", real
        self.mark = Mark()
        self.stream = self.log = -1
        self.handlers: dict[int, Any] = {}

    def __enter__(self) -> Part:
        if os.path.isdir(self.real):
            raise InputOutputError(f"cannot write {self.target}: it is a folder")
        with self._said():
            self.log = self._locked()
        return self

    def __exit__(self, *_: object) -> None:
        self._release()
        for descriptor in (self.stream, self.log):
            if descriptor >= 0:
                os.close(descriptor)
        self.stream = self.log = -1

    def earlier(self) -> tuple[dict[str, Any], Mark | None] | None:
        """What an unfinished run was, and the place where it can go on; None if there is none."""
        with self._said():
            known = journal.read(os.pread(self.log, os.fstat(self.log).st_size, 0))
            return None if known is None else (known[0], journal.last_whole(known[1], self.path))

    def begin(self, identity: dict[str, Any], mark: Mark | None = None) -> None:
        """Begins anew, or goes on behind a mark."""
        with self._said():
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
            self.stream = os.open(self.path, flags, 0o666)
            if os.path.exists(self.real):
                os.fchmod(self.stream, os.stat(self.real).st_mode & 0o777)
            self.mark = mark or Mark()
            self._cut()
            os.ftruncate(self.log, 0)
            os.lseek(self.log, 0, os.SEEK_SET)
            _write(self.log, journal.opening(identity))
            if mark is not None:
                _write(self.log, journal.entry(mark))
        self._guard()

    def add(self, data: bytes, mark: Mark | None) -> None:
        """Appends a block and says how far the run has come, if it can go on from there.

        `mark` need not know the output.
        """
        with self._said():
            _write(self.stream, data)
            if mark is None:
                return
            done = mark._replace(out=self.mark.out + len(data), crc=zlib.crc32(data, self.mark.crc))
            _write(self.log, journal.entry(done))
            self.mark = done

    def keep(self, finished: str) -> None:
        """Puts a finished file, the part or what was made of it, in the place of the target."""
        with self._said():
            self._release()
            descriptor = os.open(finished, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(finished, self.real)
            self.discard()
            folder = os.open(os.path.dirname(self.real), os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Takes away part and journal."""
        for path in (self.path, self.journal):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def _locked(self) -> int:
        """The journal's descriptor, locked; the name of the holder stands in a lock that is taken."""
        while True:
            descriptor = os.open(self.journal, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            if not lock(descriptor):
                known = journal.read(os.pread(descriptor, 1 << 16, 0))
                os.close(descriptor)
                holder = f"process {known[0].get('process')}" if known is not None else "another process"
                raise Busy(
                    f"cannot write {self.target}: {holder} is writing it", hint="wait for it, or give -o another file"
                )
            if os.path.exists(self.journal) and os.path.samestat(os.fstat(descriptor), os.stat(self.journal)):
                return descriptor
            os.close(descriptor)  # it was taken away between opening and locking

    def _cut(self) -> None:
        os.ftruncate(self.stream, self.mark.out)
        os.lseek(self.stream, self.mark.out, os.SEEK_SET)

    def _guard(self) -> None:
        """Signals that end the process cut the part to whole blocks before they do."""
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                    self.handlers[number] = signal.signal(number, self._give_up)

    def _release(self) -> None:
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.handlers.clear()

    def _give_up(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            self._cut()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(f"difftape: stopped after {self.mark.rows} rows; --resume goes on from there\n")
            sys.stderr.flush()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Says what could not be written; a part that does not fit on the disk is taken away."""
        try:
            yield
        except InputOutputError:
            raise
        except OSError as error:
            if self.stream >= 0:
                with contextlib.suppress(OSError):
                    self.discard()
            raise InputOutputError(f"cannot write {self.target}: {error.strerror or error}") from None


def lock(descriptor: int) -> bool:
    """Whether the file is now locked by us; where there are no locks, it is."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
