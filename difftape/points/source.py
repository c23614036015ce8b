"""Where bytes come from: a file, that can be read from anywhere and again, or a stream, that comes once."""

from __future__ import annotations

import os
import select
import stat
import sys
from functools import cache
from typing import Any, NoReturn

from ..errors import InputOutputError, UsageError

_PIECE = 1 << 20


class Source:
    """A file or a stream, by the name the user gave it.

    What has been read of a stream to see its header is given back, and then comes first.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0  # of a file, when it was opened
        self.is_stream = True
        self._held = b""
        self._descriptor = self._standard() if path == "-" else _opened(path)
        self._place = 0
        try:
            status = os.fstat(self._descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise UsageError(f"{self.name} is a folder", hint="give a file of rows")
            if stat.S_ISREG(status.st_mode) and path != "-":
                self.is_stream = False
                self.size = status.st_size
        except OSError as error:
            self._fail(error)
        finally:
            if not self.is_stream:
                os.close(self._descriptor)
                self._descriptor = -1

    def _standard(self) -> int:
        """The descriptor of standard input; where Python has something else in its place, that is held."""
        stream: Any = sys.stdin
        if stream is None:
            raise InputOutputError("standard input is closed")
        try:
            return int(stream.fileno())
        except (OSError, ValueError):  # no file, as in a test
            try:
                held = getattr(stream, "buffer", stream).read()
            except (OSError, ValueError):
                return 0
            self._held = held.encode("utf-8", "surrogateescape") if isinstance(held, str) else held
            return _nothing()

    @property
    def name(self) -> str:
        """What messages call it."""
        return "standard input" if self.path == "-" else self.path

    def place(self, line: int) -> str:
        """A line of it, as messages name it.

        >>> Source("-").place(1)
        'line 1 of standard input'
        """
        return f"line {line} of {self.name}" if self.path == "-" else f"{self.path}:{line}"

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_held": b"", "_descriptor": -1}

    def start(self, at: int = 0) -> None:
        """Begins to read a file at a byte; a stream goes on where it is."""
        if not self.is_stream:
            self.stop()
            self._descriptor = _opened(self.path)
            self._place = at
            os.lseek(self._descriptor, at, os.SEEK_SET)

    def stop(self) -> None:
        """Closes a file; a stream stays as it is."""
        if not self.is_stream and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def give_back(self, data: bytes) -> None:
        """Puts bytes of a stream in front of what is still to come."""
        self._held = data + self._held

    def some(self, most: int = _PIECE) -> bytes:
        """What can be read now, at least a byte, waiting for it if need be; nothing at the end."""
        if self._held:
            data, self._held = self._held[:most], self._held[most:]
            return data
        while True:
            try:
                data = os.read(self._descriptor, most)
                break
            except BlockingIOError:
                select.select([self._descriptor], [], [])
            except OSError as error:
                self._fail(error)
        self._place += len(data)
        if not data and self._place < self.size and not self.is_stream:
            self._shrunk()
        return data

    def is_ready(self) -> bool:
        """Whether more can be read without waiting for whoever writes it."""
        return bool(self._held) or not self.is_stream or bool(select.select([self._descriptor], [], [], 0)[0])

    def upto(self, most: int) -> bytes:
        """The next `most` bytes, or all there are until the end; memory is taken as they come."""
        pieces: list[bytes] = []
        while most > 0 and (piece := self.some(min(most, _PIECE))):
            pieces.append(piece)
            most -= len(piece)
        return b"".join(pieces)

    def part(self, at: int, size: int) -> bytes:
        """So many bytes of a file from a place on; an error where it no longer has them."""
        descriptor = _opened(self.path)
        try:
            pieces = []
            while size > 0:
                piece = os.pread(descriptor, size, at)
                if not piece:
                    self._shrunk()
                pieces.append(piece)
                at, size = at + len(piece), size - len(piece)
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        except OSError as error:
            self._fail(error)
        finally:
            os.close(descriptor)

    def line(self, at: int, otherwise: int) -> int:
        """The number of the line of a file that begins at a byte; of a stream, `otherwise`."""
        if self.is_stream:
            return otherwise
        self.start()
        count = 1
        try:
            while at > 0 and (piece := self.some(min(at, _PIECE))):
                count += piece.count(b"\n")
                at -= len(piece)
            return count
        finally:
            self.stop()

    def _shrunk(self) -> NoReturn:
        raise InputOutputError(f"{self.name} became shorter while it was read", hint="let nothing write to it")

    def _fail(self, error: OSError) -> NoReturn:
        if isinstance(error, InputOutputError):
            raise error
        raise InputOutputError(f"cannot read {self.name}: {error.strerror or error}") from None


@cache
def _nothing() -> int:
    """A descriptor that has nothing to read, opened once."""
    return os.open(os.devnull, os.O_RDONLY)


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        raise UsageError(f"no such file: {path}") from None
    except OSError as error:
        raise InputOutputError(f"cannot read {path}: {error.strerror or error}") from None
