"""Compiled objects kept in a folder of the user's, so that a formula is compiled once and not once a run.

An entry is a file named by the key and begins with a digest of the rest: what is not whole, or not the user's own, is
as if it were not there, and so is a folder that cannot be written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from hashlib import sha256

MOST_BYTES = 32_000_000  # in the folder; the least recently used entries go first
_DIGEST = 32


def folder() -> str | None:
    """The folder of compiled objects, or None where there is no home: in $XDG_CACHE_HOME or ~/.cache."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    root = named if os.path.isabs(named) else os.path.expanduser("~/.cache")
    return os.path.join(root, "difftape", "objects") if os.path.isabs(root) else None


def kept(key: str, make: Callable[[], bytes]) -> bytes:
    """The object of this key, from the folder if it is there, else made and put there."""
    where = folder()
    if where is None:
        return make()
    known = _read(os.path.join(where, key))
    if known is None:
        known = make()
        with contextlib.suppress(OSError):
            _write(where, key, known)
    return known


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            if not _is_own(file.fileno()):
                return None
            data = file.read()
        digest, content = data[:_DIGEST], data[_DIGEST:]
        if digest != sha256(content).digest():
            return None
        os.utime(path)
    except OSError:
        return None
    return content


def _write(where: str, key: str, content: bytes) -> None:
    os.makedirs(where, exist_ok=True, mode=0o700)
    temporary = os.path.join(where, f".{key}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sha256(content).digest() + content)
        os.replace(temporary, os.path.join(where, key))
    except OSError:
        os.unlink(temporary)
        raise
    _bound(where)


def _bound(where: str) -> None:
    """Removes the entries that were used longest ago, until the rest is small enough."""
    entries = sorted(((entry.stat(), entry.path) for entry in os.scandir(where)), key=lambda pair: -pair[0].st_mtime_ns)
    total = 0
    for status, path in entries:
        total += status.st_size
        if total > MOST_BYTES:
            with contextlib.suppress(OSError):
                os.unlink(path)


def _is_own(handle: int) -> bool:
    """Whether nobody else could have written the file: machine code of others is not run."""
    if not hasattr(os, "geteuid"):
        return True
    status = os.fstat(handle)
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022
