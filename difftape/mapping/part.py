"""The output of a long run: a part file beside the target, with a journal, put in its place when it is whole.

One run at a time has a target: the journal is locked, and the lock ends with the process.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
import zlib
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

from ..destination import destination
from ..errors import DifftapeError, InputOutputError
from . import journal, provenance
from .holding import held
from .journal import Mark

_NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_MADE = (".arrow", ".parquet")  # endings of what is made of a part, beside it


class Earlier(NamedTuple):
    """An unfinished run: what it was, if it had begun, and the place where it can go on, if there is one."""

    identity: dict[str, Any] | None
    mark: Mark | None


class Part:
    """A target's part file and journal, locked; a context.

    `mark` is the last place between blocks; what is written behind it is cut off when a signal ends the process.
    `can_resume` says whether the input can be read again.
    """

    def __init__(self, target: str, can_resume: bool = True) -> None:
        self.target = target
        self.can_resume = can_resume
        real = os.path.realpath(target)
        self.path, self.journal, self.real = real + ".partial", real + ".journal", real
        self.mark = Mark()
        self.known = journal.Journal()
        self.was_there = False  # the journal, before this run
        self.is_new = False  # all that stands in part and journal is of this run
        self.end = 0  # of the line of the mark where an earlier run goes on
        self.stream = self.log = -1
        self.handlers: dict[int, Any] = {}
        self.is_adding = False
        self.told = 0  # the signal that came while a block was added

    def __enter__(self) -> Part:
        if os.path.isdir(self.real):
            raise InputOutputError(f"cannot write {self.target}: it is a folder")
        try:
            with self._said():
                destination(self.target)
                self._hold()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._release()
        if self.stream < 0 and not self.was_there:
            self.discard()  # it has not begun
        self._close()

    def earlier(self) -> Earlier | None:
        """The unfinished run; None if there is none."""
        if not self.was_there:
            return None
        with self._said():
            found = journal.last_whole(self.known.marks, self.path)
        self.end, mark = found or (0, None)
        return Earlier(self.known.identity, mark)

    def begin(self, identity: dict[str, Any], mark: Mark | None = None) -> None:
        """Begins anew, or goes on behind the mark that `earlier` found."""
        self.is_new = mark is None
        with self._said():
            os.ftruncate(self.log, self.end if mark is not None else 0)
            os.lseek(self.log, 0, os.SEEK_END)
            _write(self.log, journal.opening({**identity, "process": os.getpid()}) if self.is_new else _holder())
            self.stream = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            if os.path.exists(self.real):
                os.fchmod(self.stream, os.stat(self.real).st_mode & 0o777)
            self.mark = mark or Mark()
            self._cut()
        self._guard()

    def add(self, data: bytes, mark: Mark | None) -> None:
        """Appends a block and says how far the run has come, if it can go on from there.

        `mark` need not know the output. A signal that comes meanwhile waits until both are known.
        """
        self.is_adding = True
        try:
            with self._said():
                _write(self.stream, data)
                if mark is None:
                    return
                done = mark._replace(out=self.mark.out + len(data), crc=zlib.crc32(data, self.mark.crc))
                _write(self.log, journal.entry(done))
                self.mark = done
        finally:
            self.is_adding = False
            if self.told:
                self._give_up(self.told, None)

    def keep(self, finished: str, identity: dict[str, Any]) -> None:
        """Puts a finished file, the part or what was made of it, in the place of the target."""
        with self._said():
            self._release()
            descriptor = os.open(finished, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if finished != self.path:
                os.chmod(finished, os.fstat(self.stream).st_mode & 0o777)
            provenance.write(finished, identity)
            os.replace(finished, self.real)
        self.discard()
        with contextlib.suppress(OSError):  # there are file systems whose folders cannot be forced to the disk
            folder = os.open(os.path.dirname(self.real), os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Takes away part and journal, the journal last: a part without one is nobody's."""
        with contextlib.suppress(OSError):
            for path in reversed(beside(self.real)):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)

    def leave(self, error: DifftapeError) -> None:
        """What becomes of the part after an error that is told already: it goes on later, or makes room."""
        cause = error.__cause__ or error.__context__
        if isinstance(cause, OSError) and cause.errno in _NO_SPACE and self.is_new:
            self.discard()
        elif self.mark.rows and self.can_resume and not error.hint.startswith("--resume"):
            error.hint = f"{error.hint}; --resume goes on after row {self.mark.rows}".removeprefix("; ")

    def failed(self, error: OSError) -> InputOutputError:
        """The error in words; what does not fit on the disk is taken away, unless it is more than this run's."""
        hint = ""
        if error.errno in _NO_SPACE and self.is_new:
            self.discard()
            hint = "make room and run it again: the unfinished file has been taken away"
        elif self.mark.rows and self.can_resume:
            hint = f"--resume goes on after row {self.mark.rows}"
        return InputOutputError(f"cannot write {self.target}: {error.strerror or error}", hint=hint)

    def _hold(self) -> None:
        """Takes the journal and writes down who has it."""
        self.log, data, self.was_there = held(self.journal, self.target)
        self.is_new = not self.was_there
        self._refuse_foreign(data)
        self.known = journal.read(data)
        os.lseek(self.log, 0, os.SEEK_END)
        _write(self.log, (b"" if data[-1:] in (b"", b"\n") else b"\n") + _holder())

    def _refuse_foreign(self, data: bytes) -> None:
        """Raises InputOutputError where a file stands in the way that no run has written."""
        foreign = ""
        if not journal.is_journal(data):
            foreign = self.journal
        elif os.path.lexists(self.path) and (not self.was_there or not os.path.isfile(self.path)):
            foreign = self.path
        if foreign:
            if not self.was_there:
                os.unlink(self.journal)
            raise InputOutputError(
                f"cannot write {self.target}: {foreign} is there and is no unfinished run's",
                hint="move it away, or give -o another file",
            )

    def _close(self) -> None:
        for descriptor in (self.stream, self.log):
            if descriptor >= 0:
                os.close(descriptor)
        self.stream = self.log = -1

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
        if self.is_adding:
            self.told = number
            return
        with contextlib.suppress(OSError):
            self._cut()
        rest = "--resume goes on from there" if self.can_resume else f"they are in {self.path}"
        with contextlib.suppress(OSError, ValueError, AttributeError, RuntimeError):
            sys.stderr.write(f"difftape: stopped after {self.mark.rows} rows; {rest}\n")
            sys.stderr.flush()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Says what could not be written."""
        try:
            yield
        except InputOutputError:
            raise
        except OSError as error:
            raise self.failed(error) from None


def beside(target: str) -> list[str]:
    """The files that a run may write beside its target: the journal, the part, and what is made of the part.

    >>> beside("/a/f.csv")[:2]
    ['/a/f.csv.journal', '/a/f.csv.partial']
    """
    real = os.path.realpath(target)
    return [real + ".journal", *(real + ".partial" + ending for ending in ("", *_MADE))]


def _holder() -> bytes:
    return journal.holder(os.getpid())


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
