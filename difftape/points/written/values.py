"""Kept columns as Python values and as text."""

from __future__ import annotations

import json
from typing import Any


def values(column: Any) -> list[Any]:
    """The values of a kept column: a list, a NumPy array or an Arrow array.

    >>> values(["a", None])
    ['a', None]
    """
    if hasattr(column, "to_pylist"):
        if str(column.type).startswith(("timestamp", "date", "time", "duration")):  # Python's have no nanoseconds
            column = column.cast("string")
        return list(column.to_pylist())
    if not isinstance(column, list) and column.dtype.kind in "mM":
        column = column.astype(str)
    return list(column if isinstance(column, list) else column.tolist())


def text(value: Any) -> str:
    """A value as a cell shows it: text as it is, nothing for None, numbers by repr, the rest as JSON.

    >>> [text(value) for value in ("n/a", None, 1.50, True, [1, "a"])]
    ['n/a', '', '1.5', 'true', '[1, "a"]']
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value + 0.0)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def encoded(written: str) -> bytes:
    """UTF-8; bytes that were none when they were read are again what they were."""
    try:
        return written.encode()
    except UnicodeEncodeError:
        pass
    try:
        return written.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return written.encode("utf-8", "backslashreplace")
