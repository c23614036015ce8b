"""Rows out: every format is a head, then a body for each block of results, and at the end a finish.

Bytes are appended and never changed, so that a run that was interrupted goes on behind the last whole body; only the
finish, which is done once, looks at the file again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from ...errors import UsageError


class Shape(NamedTuple):
    """What a row of results holds.

    `columns` are all names in their order, without the last, which is "error"; those among `kept` hold what stood in
    the input, of the types that `types` says (text where it says none), the others numbers.
    """

    columns: tuple[str, ...]
    kept: tuple[str, ...] = ()
    types: Mapping[str, Any] = {}

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of the columns that hold numbers."""
        return tuple(name for name in self.columns if name not in self.kept)


class Result(NamedTuple):
    """A block of results: `size` rows, in order."""

    size: int
    numbers: Mapping[str, Any]  # arrays of doubles by column; nan where a row that failed has none
    kept: Mapping[str, Any]
    errors: Mapping[int, str]  # the row within the block -> what its last column says
    raw: Mapping[int, Mapping[str, Any]] = {}  # the row -> the cells, by column, that stand where there is no number


class Writer(NamedTuple):
    """How a format is written."""

    head: Callable[[Shape], bytes]
    body: Callable[[Shape, Result], bytes]
    finish: Callable[[str, int], str]  # the part file and how many rows it has -> the file that is to be renamed
    tail: bytes = b""  # what ends a stream, where there is no file to finish
    is_streamed: bool = True  # whether head, bodies and tail, as they come, are the format


def writer(format: str) -> Writer:
    """The writer of a format: csv, tsv, jsonl, npy, parquet or arrow.

    >>> import numpy
    >>> shape = Shape(("x", "d_x"))
    >>> csv = writer("csv")
    >>> numbers = {name: numpy.array([1.5, numpy.nan]) for name in shape.columns}
    >>> two = Result(2, numbers, {}, {1: "pole"}, {1: {"x": "0"}})
    >>> print((csv.head(shape) + csv.body(shape, two)).decode(), end="")
    x,d_x,error
    1.5,1.5,
    0,,pole
    """
    if format in ("csv", "tsv"):
        from . import separated

        separator = "," if format == "csv" else "\t"
        return Writer(partial(separated.head, separator), partial(separated.body, separator), as_it_is)
    if format == "jsonl":
        from . import jsonl

        return Writer(jsonl.head, jsonl.body, as_it_is)
    if format == "npy":
        from . import npy

        return Writer(npy.head, npy.body, npy.finish, is_streamed=False)
    if format in ("arrow", "parquet"):
        from . import columnar

        is_arrow = format == "arrow"
        finish = columnar.finish_arrow if is_arrow else columnar.finish_parquet
        return Writer(columnar.head, columnar.body, finish, columnar.END, is_arrow)
    raise UsageError(f"unknown output format '{format}'", hint="the formats are csv, tsv, jsonl, npy, parquet, arrow")


def as_it_is(part: str, rows: int) -> str:
    """The part file, which is whole as it is."""
    return part
