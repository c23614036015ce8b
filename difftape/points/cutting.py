"""Text cut into blocks of whole rows: which line ends end a row, and which rows make a block.

A row is a line, unless its quoted cells, well-formed as in RFC 4180, hold line ends: a quote that is never closed
costs its own line and no other.  Blank lines are no rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import LimitError
from .rows import BLOCK, BLOCK_BYTES, Block
from .source import Source

LINE_LIMIT = 1 << 24  # bytes
_ENOUGH = 1 << 22  # bytes to read before rows are looked for
_NEWLINE, _RETURN = 10, 13

Bounds = tuple[
    Any, Any, int
]  # where rows begin, where they end (behind their line end), where the unfinished rest begins


def rows_in_lines(text: bytes, is_all: bool) -> Bounds:
    """The bounds of the rows, a line each; without the last line where it is unfinished.

    >>> [bounds.tolist() for bounds in rows_in_lines(b"1,2\\n\\n3,4\\n5", False)[:2]]
    [[0, 5], [4, 9]]
    """
    codes = np.frombuffer(text, np.uint8)
    return _without_blanks(codes, np.flatnonzero(codes == _NEWLINE), is_all)


def rows_with_quotes(separator: str) -> Callable[[bytes, bool], Bounds]:
    """The function that finds the bounds of rows whose cells may be quoted."""
    whole, unfinished = _row_patterns(separator)

    def bounds(text: bytes, is_all: bool) -> Bounds:
        quote = text.find(b'"')
        if quote < 0:
            return rows_in_lines(text, is_all)
        codes = np.frombuffer(text, np.uint8)
        ends = codes == _NEWLINE
        end = len(text)
        while quote >= 0:
            start = text.rfind(b"\n", 0, quote) + 1
            window = min(start + LINE_LIMIT, len(text))
            stop = text.find(b"\n", quote)
            found = whole.match(text, start, window)
            if found:
                stop = found.end()
                ends[start:stop] = False
            elif (stop < 0 or unfinished.match(text, start, window)) and window == len(text) and not is_all:
                end = start
                break
            if stop < 0:
                break
            quote = text.find(b'"', stop)
        return _without_blanks(codes[:end], np.flatnonzero(ends[:end]), is_all)

    return bounds


def _row_patterns(separator: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A whole row up to its line end, and a row that may still be going on where the text stops."""
    quoted = rb'"[^"]*+(?:""[^"]*+)*+'
    bare = rb'(?:[^"\r\nS][^\r\nS]*+)?'.replace(b"S", separator.encode())
    cell = rb'(?:%s"|%s)' % (quoted, bare)
    one = rb"%s(?:%s%s)*+" % (cell, separator.encode(), cell)
    whole = re.compile(rb"%s(?=\r?\n|\r?\Z)" % one)
    return whole, re.compile(rb'(?:%s%s)*+(?:%s"?|%s)\r?\Z' % (cell, separator.encode(), quoted, bare))


def _without_blanks(codes: Any, newlines: Any, is_all: bool) -> Bounds:
    rest = int(newlines[-1]) + 1 if newlines.size else 0
    ends = newlines + 1
    if is_all and rest < codes.size:
        newlines = np.append(newlines, codes.size)
        ends = np.append(ends, codes.size)
        rest = codes.size
    starts = np.empty_like(ends)
    starts[:1], starts[1:] = 0, ends[:-1]
    lengths = newlines - starts
    if lengths.size and lengths.min() < 2:
        is_row = (lengths > 1) | ((lengths == 1) & (codes[np.minimum(starts, codes.size - 1)] != _RETURN))
        starts, ends = starts[is_row], ends[is_row]
    return starts, ends, rest


def blocks(source: Source, bounds: Callable[[bytes, bool], Bounds], first: int, at: int, line: int) -> Iterator[Block]:
    """The blocks of a text from the byte `at` on, which is where row `first` begins, on that line.

    Those of a file have BLOCK rows, or a little more than BLOCK_BYTES bytes; those of a stream whatever whole rows
    have come when no more is ready.
    """
    source.start(at)
    try:
        text, enough, is_all = b"", _ENOUGH, False
        while not is_all:
            text, is_all = _more(source, text, enough)
            starts, ends, rest = bounds(text, is_all)
            _check_lines(source, text, starts, ends, rest, line)
            hand_out_all = is_all or not source.is_ready()
            done = row = 0
            while row < len(ends):
                size, is_full = _block_size(starts, ends, row)
                if not is_full and not hand_out_all:
                    break
                start, end = int(starts[row]), int(ends[row + size - 1])
                line += text.count(b"\n", done, start)
                yield Block(first, size, line, text[start:end], at + end)
                line += text.count(b"\n", start, end)
                first, row, done = first + size, row + size, end
            enough = _ENOUGH if done or hand_out_all else 2 * enough
            if row == len(ends):
                line += text.count(b"\n", done, rest)
                done = rest
            text, at = text[done:], at + done
    finally:
        source.stop()


def _more(source: Source, text: bytes, enough: int) -> tuple[bytes, bool]:
    """The text with what comes after it, until there is enough or nothing more is ready; and whether that is all."""
    pieces, size = [text], len(text)
    while True:
        piece = source.some()
        pieces.append(piece)
        size += len(piece)
        if not piece or size >= enough or not source.is_ready():
            return b"".join(pieces), not piece


def _block_size(starts: Any, ends: Any, row: int) -> tuple[int, bool]:
    """How many rows the block that begins with this row has, and whether that is as many as it may have."""
    size = min(BLOCK, len(ends) - row)
    if ends[row + size - 1] - starts[row] < BLOCK_BYTES:
        return size, size == BLOCK
    return int(np.searchsorted(ends[row : row + size], starts[row] + BLOCK_BYTES)) + 1, True


def _check_lines(source: Source, text: bytes, starts: Any, ends: Any, rest: int, line: int) -> None:
    """Raises LimitError at a line that is too long."""
    place = -1
    if len(ends) and (lengths := ends - starts).max() > LINE_LIMIT + 2:
        place = int(starts[int(np.argmax(lengths > LINE_LIMIT + 2))])
    elif len(text) - rest > LINE_LIMIT + 2 and text.find(b"\n", rest, rest + LINE_LIMIT + 2) < 0:
        place = rest
    if place >= 0:
        line += text.count(b"\n", 0, place)
        raise LimitError(f"a line longer than {LINE_LIMIT >> 20} MiB", place=source.place(line))
