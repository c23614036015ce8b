"""A file that one process at a time holds: a lock that ends with the process, and the holder's number in the file."""

from __future__ import annotations

import os
from typing import NamedTuple

from ..errors import InputOutputError
from . import journal


class Busy(InputOutputError):
    """Another process is writing the same output."""


class Held(NamedTuple):
    """A journal that is ours now: its descriptor, what stood in it, and whether it was there before."""

    descriptor: int
    data: bytes
    was_there: bool


def held(path: str, target: str) -> Held:
    """Opens and locks the journal of a target; raises Busy, naming the process that has it."""
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
    while True:
        try:
            descriptor, was_there = os.open(path, flags), True
        except FileNotFoundError:
            try:
                descriptor, was_there = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666), False
            except FileExistsError:
                continue
        try:
            is_ours = lock(descriptor)
            data = _content(descriptor)
            if not is_ours:
                process = journal.read(data).process
                who = f"process {process}" if process is not None else "another process"
                what = f"cannot write {target}: {who} is writing it"
                raise Busy(what, hint="wait for it, or give -o another file")
            if os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return Held(descriptor, data, was_there)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it was taken away between opening and locking


def lock(descriptor: int) -> bool:
    """Whether the file is now locked by us; where there are no locks, it is."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _content(descriptor: int) -> bytes:
    data = b""
    while piece := os.pread(descriptor, 1 << 20, len(data)):
        data += piece
    return data
