"""NumPy arrays and texts as Arrow arrays and back, by their buffers.

pyarrow's own conversions load pandas wherever it is installed, which takes longer than many a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .extras import pyarrow

_PURPOSE = "Arrow"


def doubles(column: Any) -> Any:
    """The numbers of a column of doubles, nan where there is none."""
    buffer = column.buffers()[1]
    if buffer is None or not len(column):
        return np.full(len(column), np.nan)
    values = np.frombuffer(buffer, np.float64, len(column), column.offset * 8).copy()
    if column.null_count:
        values[missing(column)] = np.nan
    return values


def missing(column: Any) -> Any:
    """Where a column has nothing."""
    validity = column.buffers()[0]
    if validity is None or not column.null_count:
        return np.full(len(column), bool(column.null_count))
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")
    return bits[column.offset : column.offset + len(column)] == 0


def of_doubles(numbers: Any, missing: Any) -> Any:
    """A column of doubles; nothing where `missing` says so."""
    arrow = pyarrow("pyarrow", _PURPOSE)
    return arrow.Array.from_buffers(
        arrow.float64(), len(numbers), [_validity(missing), arrow.py_buffer(np.ascontiguousarray(numbers))]
    )


def of_places(count: int) -> Any:
    """The numbers from 0 on, as indices."""
    arrow = pyarrow("pyarrow", _PURPOSE)
    return arrow.Array.from_buffers(arrow.int64(), count, [None, arrow.py_buffer(np.arange(count))])


def of_texts(cells: Sequence[str | None]) -> Any:
    """A column of texts; nothing where a cell is None.

    >>> of_texts(["a", None, "é"]).to_pylist()
    ['a', None, 'é']
    """
    arrow = pyarrow("pyarrow", _PURPOSE)
    encoded = [b"" if cell is None else cell.encode() for cell in cells]
    ends = np.zeros(len(cells) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, encoded), np.int32, len(cells)), out=ends[1:])
    validity = _validity(np.fromiter((cell is None for cell in cells), bool, len(cells)))
    buffers = [validity, arrow.py_buffer(ends), arrow.py_buffer(b"".join(encoded))]
    return arrow.Array.from_buffers(arrow.string(), len(cells), buffers)


def _validity(missing: Any) -> Any:
    """The bits of what is there; None where all is."""
    if not missing.any():
        return None
    return pyarrow("pyarrow", _PURPOSE).py_buffer(np.packbits(~missing, bitorder="little"))
