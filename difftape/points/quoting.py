"""Rows of cells that may be quoted as in RFC 4180: which line ends are inside of quotes, and what the cells are.

A row is a line, unless its quoted cells, each well-formed, hold line ends: a quote that is never closed, or with
anything between it and the next separator, costs its own line and no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .cutting import LINE_LIMIT, Bounds, rows_in_lines, without_blanks

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


def quoted(text: bytes, separator: str) -> Any:
    """Where the quotes are, each that opens before the one that closes; None where a cell is not well-formed.

    A doubled quote closes and opens.  The last one may still be open.

    >>> quoted(b'1,"a ""b"" c"', ",").tolist(), quoted(b'5",6', ",")
    ([2, 5, 6, 8, 9, 12], None)
    """
    codes = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    before = codes[np.maximum(opening - 1, 0)]
    is_opening = (opening == 0) | (before == _NEWLINE) | (before == ord(separator)) | (before == _QUOTE)
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    is_closing = (closing == len(codes) - 1) | (after == _NEWLINE) | (after == ord(separator)) | (after == _QUOTE)
    is_closing |= after == _RETURN
    if not (is_opening.all() and is_closing.all()):
        return None
    if b"\r" in text:
        returns = np.flatnonzero(codes == _RETURN)
        returns = returns[np.searchsorted(quotes, returns) % 2 == 0]
        if (codes[np.minimum(returns + 1, len(codes) - 1)] != _NEWLINE).any():
            return None
    return quotes


def rows_with_quotes(separator: str) -> Callable[[bytes, bool], Bounds]:
    """The function that finds the bounds of rows whose cells may be quoted."""
    whole, unfinished = _row_patterns(separator)

    def bounds(text: bytes, is_all: bool) -> Bounds:
        quote = text.find(b'"')
        if quote < 0:
            return rows_in_lines(text, is_all)
        codes = np.frombuffer(text, np.uint8)
        inside = quoted(text, separator)
        if inside is not None and len(text) <= LINE_LIMIT:
            is_open = len(inside) % 2 > 0
            if not (is_open and is_all):
                newlines = np.flatnonzero(codes == _NEWLINE)
                return without_blanks(codes, newlines[np.searchsorted(inside, newlines) % 2 == 0], is_all)
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
        return without_blanks(codes[:end], np.flatnonzero(ends[:end]), is_all)

    return bounds


def _row_patterns(separator: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A whole row up to its line end, and a row that may still be going on where the text stops."""
    quoted = rb'"[^"]*+(?:""[^"]*+)*+'
    bare = rb'(?:[^"\r\nS][^\r\nS]*+)?'.replace(b"S", separator.encode())
    cell = rb'(?:%s"|%s)' % (quoted, bare)
    one = rb"%s(?:%s%s)*+" % (cell, separator.encode(), cell)
    whole = re.compile(rb"%s(?=\r?\n|\r?\Z)" % one)
    return whole, re.compile(rb'(?:%s%s)*+(?:%s"?|%s)\r?\Z' % (cell, separator.encode(), quoted, bare))


def cells(text: str, separator: str) -> list[str] | None:
    """The cells of a row without its line end, or None where a quoted cell is not well-formed.

    >>> cells('1,"a ""b"", c",', ",")
    ['1', 'a "b", c', '']
    >>> cells('"x"|y', "|")
    ['x', 'y']
    """
    bare = rf'[^"\r\n{separator}][^\r\n{separator}]*+'
    pattern = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|({bare})?){re.escape(separator)}')
    text += separator
    found: list[str] = []
    place = 0
    while place < len(text):
        match = pattern.match(text, place)
        if match is None:
            return None
        found.append(match[2] or "" if match[1] is None else match[1].replace('""', '"'))
        place = match.end()
    return found
