"""Where a run reads and where it writes: that it is not the same file, the format, and the hash of what was read."""

from __future__ import annotations

import os

from ..errors import InputOutputError, UsageError
from ..points.rows import format_of
from .part import Part, beside


def refuse_input(source: str, target: str) -> None:
    """Raises UsageError where the output, or what is written on the way to it, would take the place of the input."""
    for path in (target, *beside(target)):
        try:
            is_same = source != "-" and os.path.samefile(source, path)
        except (OSError, ValueError):  # ValueError: a NUL in the name
            is_same = False
        if is_same:
            raise UsageError(f"{path} is read and would be overwritten", hint="give -o another file")


def is_device(target: str) -> bool:
    """Whether the output is there and is neither a file nor a folder."""
    return os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target)


def refuse_target(target: str) -> None:
    """Raises InputOutputError where the output cannot be written: to be asked before waiting for input."""
    if not is_device(target):
        with Part(target, False):
            pass


def output_format(wanted: str | None, target: str | None, source_format: str) -> str:
    """The output's format: the one that is asked for, that of the target's name, or that of the input if it is text.

    >>> output_format(None, None, "parquet")
    'csv'
    """
    if wanted is not None:
        return wanted
    if target is not None:
        try:
            return format_of(target)
        except UsageError:
            pass  # a name that says nothing
    return source_format if source_format in ("csv", "tsv", "jsonl") else "csv"


def hash_of(path: str) -> str:
    """The SHA-256 of a file."""
    import hashlib

    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputOutputError(f"cannot read {path}: {error.strerror or error}") from None
