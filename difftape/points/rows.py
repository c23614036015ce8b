"""Rows in: what a file or a stream of points is, whatever its format.

Rows come as blocks, cheap to cut and to send elsewhere; a block is parsed into a chunk of columns, by whatever process
has the time.  Where a block ends depends on the rows alone, for a file, and on what has arrived, for a stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..errors import UsageError
from .source import Source

BLOCK = 65536  # rows; the most that a block has
BLOCK_BYTES = 1 << 24  # a block of text ends with the first row behind so many bytes, that memory stays bounded
FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".npy": "npy",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_UNPACK = {".gz": "gunzip -c", ".bz2": "bunzip2 -c", ".xz": "xz -dc", ".zst": "zstd -dc", ".zip": "unzip -p"}


class Block(NamedTuple):
    """Rows as they were read, not yet parsed."""

    first: int  # the number of its first row, from 0; a header and blank lines are no rows
    size: int  # how many rows
    line: int  # the number of the first row's line in the file, from 1; 0 where there are no lines
    data: Any  # what the rows are parsed from, or None where the file is asked again
    end: int  # where a later run goes on: the byte behind the block, or the number of the row behind it


class Chunk(NamedTuple):
    """A parsed block; columns by the name of the variable they are for, kept columns by their own."""

    first: int
    size: int
    columns: dict[str, Any]  # arrays of doubles; nan in a row that failed
    failures: dict[int, str]  # the row within the chunk -> what is wrong with it
    lines: dict[int, int]  # the line in the file of each row that failed; 0 where there are no lines
    kept: dict[str, Any]  # values as they stood
    raw: dict[int, dict[str, Any]]  # the wanted cells, as they stood, of each row that failed


class Rows(Protocol):
    """An opened input.  It can be pickled: a process that has a copy can parse blocks, and cut a file into them."""

    @property
    def path(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def types(self) -> Mapping[str, Any]:
        """The Arrow or NumPy types of columns that are not text, as far as the file says."""

    def chosen(self, wanted: Mapping[str, str], kept: Sequence[str] = ()) -> Rows:
        """The same rows, to be read for these variables (`{variable: column}`) and kept columns."""

    def blocks(self, first: int = 0, at: int | None = None, line: int | None = None) -> Iterator[Block]:
        """The blocks, in order; with the `first` row, end and line of where an earlier run stopped, those after it."""

    def line(self, block: Block, row: int) -> int:
        """The line in the file of a row of a block; 0 where there are no lines."""

    def parsed(self, block: Block) -> Chunk:
        """The numbers of a block's rows, and what is wrong with those that have none."""


def opened(path: str, format: str | None = None, *, arrow: bool | None = None) -> Rows:
    """The rows of a file, or of standard input where `path` is "-"; its header has been read.

    `arrow` says whether pyarrow parses text, for which it is fast and makes no difference otherwise; by default it
    does where it is installed and there is much to parse.
    """
    format = format or format_of(path)
    source = Source(path)
    if format in ("csv", "tsv"):
        from .separated import read_header

        return read_header(source, format, arrow)
    if format == "jsonl":
        from .json_lines import read_keys

        return read_keys(source)
    if format == "npy":
        from .npy import read_shape

        return read_shape(source)
    if format in ("parquet", "arrow"):
        from .columnar import read_schema

        return read_schema(source, format)
    known = ", ".join(dict.fromkeys(FORMATS.values()))
    raise UsageError(f"unknown input format '{format}'", hint=f"the formats are {known}")


def format_of(path: str) -> str:
    """The format that a file's name promises; of standard input, csv.

    >>> format_of("points.ndjson")
    'jsonl'
    """
    if path == "-":
        return "csv"
    stem, suffix = os.path.splitext(path)
    suffix = suffix.lower()
    if suffix in _UNPACK:
        inside = FORMATS.get(os.path.splitext(stem)[1].lower(), "csv")
        mend = f"{_UNPACK[suffix]} {path} | difftape map EXPR - --input-format {inside}"
        raise UsageError(f"{path} is compressed", hint=f"unpack it on the way: {mend}")
    if suffix not in FORMATS:
        known = " ".join(FORMATS)
        raise UsageError(f"the name {path} does not say its format", hint=f"add --input-format (known: {known})")
    return FORMATS[suffix]
