"""NPY: a structured array of doubles and, as `error`, one word; its header has the number of rows at the end only."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...errors import UsageError
from . import Result, Shape

_STATUS = 16  # bytes
_ROWS = 20  # digits that the header has room for


def head(shape: Shape) -> bytes:
    """The header, of the same size however many rows there will be."""
    if shape.kept:
        raise UsageError(f"an NPY file holds numbers, not a column such as {shape.kept[0]}", hint="leave out --keep")
    return _header(dtype(shape).descr, 0)


def _header(fields: Any, rows: int) -> bytes:
    text = f"{{'descr': {fields!r}, 'fortran_order': False, 'shape': ({rows},), }}"
    text += " " * (_ROWS - len(str(rows)))
    version, encoding = (1, "ascii") if text.isascii() else (3, "utf-8")
    data = text.encode(encoding)
    if version == 1 and len(data) > 65000:
        version = 2
    start = 10 if version == 1 else 12
    data += b" " * (-(start + len(data) + 1) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(data).to_bytes(start - 8, "little") + data


def dtype(shape: Shape) -> Any:
    """The type of a row.

    >>> dtype(Shape(("x", "d_x"))).descr
    [('x', '<f8'), ('d_x', '<f8'), ('error', '|S16')]
    """
    return np.dtype([*((name, "<f8") for name in shape.columns), ("error", f"S{_STATUS}")])


def body(shape: Shape, result: Result) -> bytes:
    """The rows of a block of results."""
    table = np.zeros(result.size, dtype(shape))
    for name in shape.columns:
        table[name] = result.numbers[name] + 0.0
    for row, cells in result.raw.items():
        for name in shape.columns:
            if name in cells and table[name][row] != table[name][row]:
                table[name][row] = number(cells[name])
    for row, error in result.errors.items():
        table["error"][row] = status(error)
    return table.tobytes()


def number(cell: Any) -> float:
    """The number of a cell in a row that failed, because of another cell perhaps; nan if it is none.

    >>> [number(cell) for cell in ("1.5", "n/a", 2, None)]
    [1.5, nan, 2.0, nan]
    """
    from ..cells import number as number_of

    try:
        return number_of(cell) if isinstance(cell, str) else float(cell)
    except (ValueError, TypeError, OverflowError):
        return float("nan")


def status(error: str) -> bytes:
    """The word before the colon of an error, or "input" where there is none.

    >>> status("pole: 1/x at x=0.0"), status("x is missing")
    (b'pole', b'input')
    """
    word = error.partition(":")[0]
    return word.encode("ascii", "replace")[:_STATUS] if ":" in error and word.isalpha() else b"input"


def finish(part: str, rows: int) -> str:
    """Puts the number of rows into the header of a part file, which then is whole."""
    with open(part, "r+b") as file:
        start = file.read(12)
        begin = 10 if start[6] == 1 else 12
        size = int.from_bytes(start[8:begin], "little")
        file.seek(begin)
        text = file.read(size)
        before, _, _ = text.rpartition(b"'shape': (")
        patched = before + b"'shape': (%d,), }" % rows
        file.seek(begin)
        file.write(patched.ljust(size - 1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return part
