"""The journal of a folder of outputs: what is asked, and of which inputs the output is finished, a JSON line for each.

Its first line is a token that changes with every run.  Whoever works on the folder for a run, wherever he is, works
only as long as the token stands there and the journal is locked by the one who asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any, NamedTuple

from ..errors import InputOutputError
from .holding import lock

NAME = ".difftape.journal"
_HEAD = 64  # bytes of the first line


class Finished(NamedTuple):
    """An input whose output is finished: its hash, how many rows it has, how many of them failed, the first of them."""

    name: str
    hash: str | None
    rows: int
    failed: int
    first: tuple[int, int, str] | None


class Ledger:
    """The journal of a folder, locked; a context."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.path = os.path.join(os.path.realpath(folder), NAME)
        self.token = os.urandom(8).hex()
        self.log = -1

    def __enter__(self) -> Ledger:
        try:
            os.makedirs(self.folder, exist_ok=True)
            self.log = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except FileExistsError:
            raise InputOutputError(f"cannot write {self.folder}: it is a file, and a folder is needed") from None
        except OSError as error:
            raise self._failed(error) from None
        if not self._is_ours():
            os.close(self.log)
            raise InputOutputError(
                f"cannot write {self.folder}: another run is writing it", hint="wait for it, or give -o another folder"
            )
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.log)

    def _is_ours(self) -> bool:
        """Whether the journal is locked now; who only looks whether it is, holds it for a moment."""
        for _ in range(4):
            if lock(self.log):
                return True
            time.sleep(0.05)
        return False

    def earlier(self) -> tuple[dict[str, Any], dict[str, Finished]] | None:
        """What an unfinished run was, and what it had finished; None if there is none."""
        data = b"".join(iter(lambda: os.read(self.log, 1 << 20), b""))
        lines = data.split(b"\n")[1:-1]
        if not lines:
            return None
        try:
            identity: dict[str, Any] = json.loads(lines[0])
            found = [Finished(*json.loads(line)) for line in lines[1:]]
        except (ValueError, TypeError):
            raise InputOutputError(
                f"the journal {os.path.join(self.folder, NAME)} is damaged", hint=f"delete {self.folder} to begin anew"
            ) from None
        return identity, {f.name: f._replace(first=None if f.first is None else (*f.first,)) for f in found}

    def begin(self, identity: dict[str, Any], is_new: bool) -> None:
        """Begins anew, or goes on behind what is finished."""
        head = json.dumps({"difftape": 1, "run": self.token}).encode().ljust(_HEAD - 1) + b"\n"
        try:
            if is_new:
                os.ftruncate(self.log, 0)
            os.pwrite(self.log, head, 0)
            if is_new:
                self._add(identity)
            else:  # a line that is not whole is no line
                data = os.pread(self.log, os.fstat(self.log).st_size, 0)
                os.ftruncate(self.log, data.rfind(b"\n") + 1)
        except OSError as error:
            raise self._failed(error) from None

    def add(self, finished: Finished) -> None:
        """Says that an output is finished."""
        try:
            self._add(finished)
        except OSError as error:
            raise self._failed(error) from None

    def discard(self) -> None:
        """Takes the journal away: the folder is whole."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def _add(self, what: Any) -> None:
        data = json.dumps(what).encode() + b"\n"
        os.lseek(self.log, 0, os.SEEK_END)
        while data:
            data = data[os.write(self.log, data) :]

    def _failed(self, error: OSError) -> InputOutputError:
        return InputOutputError(f"cannot write {self.folder}: {error.strerror or error}")


def is_wanted(path: str, token: str) -> bool:
    """Whether the run with this token is still going on, by its journal."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # nobody knows
    try:
        if token.encode() not in os.read(descriptor, _HEAD):
            return False
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False  # it could be locked: nobody is there
    except (OSError, ImportError):
        return True
    finally:
        os.close(descriptor)
