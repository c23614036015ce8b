"""CSV and TSV: a header, then a row a line, with cells quoted as in RFC 4180 where they are.

A block each of whose lines has as many cells as the header is split at one stroke, or is left to pyarrow, which then
takes the same cells for the same numbers; every other block is read row by row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputOutputError, UsageError
from .cells import numbers
from .choosing import OTHERS, choose, separated_by
from .cutting import Bounds, blocks, line_of
from .heading import first_row
from .quoting import cells, quoted, rows_with_quotes
from .rows import Block, Chunk
from .source import Source

SEPARATORS = {"csv": ",", "tsv": "\t"}
_STROKE = 1 << 20  # bytes that are split at once
_MUCH = 1 << 24  # bytes of a file from which on loading pyarrow is worth the wait
_LATE = 1 << 18  # rows of a stream, likewise


class Cells(NamedTuple):
    """Rows split into the texts of their chosen columns."""

    texts: dict[int, list[str]]  # by the place of the column
    broken: dict[int, str]  # the row -> what is wrong with its line; its texts stand for nothing
    stood: dict[int, list[str]]  # a broken row's cells as far as they can be told
    lines: Sequence[int]  # of every row


def read_header(source: Source, format: str, arrow: bool | None) -> Separated:
    """The rows below the header, which is the first line that is not blank."""
    separator = SEPARATORS[format]
    row = first_row(source, rows_with_quotes(separator), "the first line is the header")
    place = source.place(row.line)
    if "\r" in row.text.rstrip("\r\n"):
        raise UsageError("its lines end with a carriage return alone", place=place, hint="convert it: tr '\\r' '\\n'")
    names = cells(row.text.rstrip("\r\n"), separator)
    if names is None:
        raise _unread(row.text.rstrip("\r\n"), format, place)
    columns = tuple(name.strip() for name in names)
    return Separated(source, format, columns, row.end, row.line, row.after, arrow=arrow)


def _unread(header: str, format: str, place: str) -> UsageError:
    """What is wrong with a header that has no cells: other separators behind its quotes, or a quote too many."""
    for other in OTHERS:
        if len(cells(header, other) or ()) > 1:
            return UsageError("the header is not read", place=place, hint=separated_by(other, format))
    return UsageError("a quote in the header is not closed", place=place)


@dataclass(frozen=True)
class Separated:
    """The rows of a CSV or TSV text."""

    source: Source
    format: str
    columns: tuple[str, ...]
    begin: int
    header_line: int
    first_line: int
    wanted: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    arrow: bool | None = None

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def types(self) -> Mapping[str, Any]:
        return {}

    def chosen(self, wanted: Mapping[str, str], kept: Sequence[str] = ()) -> Separated:
        places = choose(self.columns, wanted, kept, self.source.place(self.header_line), self.format)
        return replace(self, wanted=dict(wanted), kept=tuple(kept), places=places)

    def blocks(self, first: int = 0, at: int | None = None, line: int | None = None) -> Iterator[Block]:
        begin = self.begin if at is None else at
        line = line or self.source.line(begin, self.first_line)
        return blocks(self.source, rows_with_quotes(SEPARATORS[self.format]), first, begin, line)

    def line(self, block: Block, row: int) -> int:
        return line_of(block, rows_with_quotes(SEPARATORS[self.format]), row)

    def parsed(self, block: Block) -> Chunk:
        if self._is_worth_arrow(block):
            from .arrow_text import columns

            read = columns(block, SEPARATORS[self.format], len(self.columns), self.wanted, self.kept, self.places)
            if read is not None:
                return Chunk(block.first, block.size, read[0], {}, {}, read[1], {})
        parts = [self._part(split) for split in self._split(block)]
        chunk = parts[0]._replace(first=block.first) if len(parts) == 1 else _joined(block, parts, self)
        if chunk.size != block.size:
            raise InputOutputError("rows were lost on the way", place=self.source.place(block.line))
        return chunk

    def _is_worth_arrow(self, block: Block) -> bool:
        if self.arrow is None:
            from .extras import has_pyarrow

            return (self.source.size > _MUCH or block.first > _LATE) and has_pyarrow()
        return self.arrow

    def _split(self, block: Block) -> Iterator[Cells]:
        """The cells of the block's rows, some at a time, that the texts of a wide file do not fill the memory."""
        separator = SEPARATORS[self.format]
        places = sorted(set(self.places.values()))
        data: bytes = block.data
        bounds = rows_with_quotes(separator)
        if b'"' in data:
            split = with_quotes(data, block.line, separator, len(self.columns), places)
            yield split or _row_by_row(data, block.line, separator, len(self.columns), places, bounds)
            return
        begin, line = 0, block.line
        while begin < len(data):
            end = data.find(b"\n", begin + _STROKE) + 1 or len(data)
            piece = data[begin:end]
            split = at_a_stroke(piece, line, separator, len(self.columns), places)
            yield split or _row_by_row(piece, line, separator, len(self.columns), places, bounds)
            line += piece.count(b"\n")
            begin = end

    def _part(self, split: Cells) -> Chunk:
        """The numbers of some rows."""
        columns: dict[str, Any] = {}
        failures = dict(split.broken)
        for variable, name in self.wanted.items():
            columns[variable], bad = numbers(split.texts[self.places[name]], variable)
            for row, why in bad.items():
                failures.setdefault(row, why)
        failures = dict(sorted(failures.items()))
        failed = list(failures)
        for values in columns.values():
            values[failed] = np.nan
        raw = {row: {v: self._stood(split, row, n) for v, n in self.wanted.items()} for row in failed}
        kept = {name: split.texts[self.places[name]] for name in self.kept}
        for row in split.broken:
            for name in self.kept:
                kept[name][row] = self._stood(split, row, name)
        lines = {row: split.lines[row] for row in failed}
        return Chunk(0, len(split.lines), columns, failures, lines, kept, raw)

    def _stood(self, split: Cells, row: int, name: str) -> str:
        place = self.places[name]
        if row not in split.broken:
            return split.texts[place][row]
        stood = split.stood[row]
        return stood[place] if place < len(stood) else ""


def at_a_stroke(data: bytes, line: int, separator: str, width: int, places: Sequence[int]) -> Cells | None:
    """The cells of lines without quotes, or None where a line is not as wide as the header, or is otherwise odd.

    >>> at_a_stroke(b"1,2\\n3,4\\n", 2, ",", 2, [1]).texts
    {1: ['2', '4']}
    """
    data = data.replace(b"\r\n", b"\n") if b"\r" in data else data
    if not data.endswith(b"\n"):
        data = data.removesuffix(b"\r") + b"\n"
    if b"\r" in data or data.startswith(b"\n") or b"\n\n" in data:
        return None
    codes = np.frombuffer(data, np.uint8)
    marks = codes[(codes == ord(separator)) | (codes == 10)]
    size = len(marks) // width
    if len(marks) % width:
        return None
    ends = marks.reshape(size, width) == 10
    if not ends[:, -1].all() or ends[:, :-1].any():
        return None
    try:
        texts = data.decode().replace("\n", separator).split(separator)
    except UnicodeDecodeError:
        return None
    return Cells({place: texts[place:-1:width] for place in places}, {}, {}, range(line, line + size))


def with_quotes(data: bytes, line: int, separator: str, width: int, places: Sequence[int]) -> Cells | None:
    """The cells of lines whose quotes are well-formed, or None where a line is not as wide as the header, or odd.

    >>> with_quotes(b'1,"a\\nb"\\n3,4\\n', 2, ",", 2, [1])
    Cells(texts={1: ['a\\nb', '4']}, broken={}, stood={}, lines=[2, 4])
    """
    inside = quoted(data, separator)
    if inside is None or len(inside) % 2:
        return None
    try:
        reader = csv.reader(io.StringIO(data.decode(), newline="\n"), delimiter=separator)
        texts: dict[int, list[str]] = {place: [] for place in places}
        adding = [(place, texts[place].append) for place in places]
        lines: list[int] = []
        done = 0
        for row in reader:
            if len(row) == width:
                lines.append(line + done)
                for place, add in adding:
                    add(row[place])
            elif row:
                return None
            done = reader.line_num
    except (UnicodeDecodeError, csv.Error):  # a cell longer than that module's own limit
        return None
    return Cells(texts, {}, {}, lines)


def _row_by_row(
    data: bytes, line: int, separator: str, width: int, places: Sequence[int], bounds: Callable[[bytes, bool], Bounds]
) -> Cells:
    texts: dict[int, list[str]] = {place: [] for place in places}
    split = Cells(texts, {}, {}, lines := [])
    done = 0
    starts, ends, _ = bounds(data, True)
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        line += data.count(b"\n", done, start)
        lines.append(line)
        line += data.count(b"\n", start, end)
        done = end
        stood, why = _row(data[start:end], separator, width)
        if why:
            split.broken[row] = why
            split.stood[row] = stood
        for place in places:
            texts[place].append("0" if why else stood[place])
    return split


def _row(data: bytes, separator: str, width: int) -> tuple[list[str], str]:
    """The cells of a row, and what is wrong with it if anything is."""
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        wrong = f"byte {data[error.start]:#04x} is not UTF-8"
        return data.decode("utf-8", "surrogateescape").split(separator), wrong
    if '"' not in text:
        stood = text.split(separator)
        if "\r" in text:
            return stood, "a carriage return within the line"
    else:
        found = cells(text, separator)
        if found is None:
            return text.split(separator), "a quote that is not closed"
        stood = found
    if len(stood) != width:
        return stood, f"{len(stood)} cell{'s' * (len(stood) != 1)} where the header has {width}"
    return stood, ""


def _joined(block: Block, parts: Sequence[Chunk], rows: Separated) -> Chunk:
    """The parts of a block as one chunk."""
    failures: dict[int, str] = {}
    lines: dict[int, int] = {}
    raw: dict[int, dict[str, Any]] = {}
    size = 0
    for part in parts:
        failures |= {size + row: why for row, why in part.failures.items()}
        lines |= {size + row: line for row, line in part.lines.items()}
        raw |= {size + row: stood for row, stood in part.raw.items()}
        size += part.size
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in rows.wanted}
    kept = {name: [text for part in parts for text in part.kept[name]] for name in rows.kept}
    return Chunk(block.first, size, columns, failures, lines, kept, raw)
