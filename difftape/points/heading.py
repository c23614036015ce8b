"""The first row of a text, which says what its columns are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import LimitError, UsageError
from .cutting import LINE_LIMIT, Bounds
from .source import Source

_BOM = b"\xef\xbb\xbf"


class Heading(NamedTuple):
    """A first row: its text, the bytes where it begins and ends, its line, and the line behind it."""

    text: str
    begin: int
    end: int
    line: int
    after: int


def first_row(
    source: Source, bounds: Callable[[bytes, bool], Bounds], expected: str, *, is_row: bool = False
) -> Heading:
    """The first row that is not blank; a stream gives it again where it `is_row` itself."""
    text, is_all, skipped = b"", False, 0
    source.start()
    try:
        while True:
            piece = source.some(1 << 16)
            text, is_all = text + piece, not piece
            if text.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise UsageError(f"{source.name} is UTF-16", hint="write it as UTF-8: iconv -f UTF-16 -t UTF-8")
            skipped = len(_BOM) if text.startswith(_BOM) else 0
            starts, ends, _ = bounds(text[skipped:], is_all)
            if len(ends):
                break
            if is_all:
                raise UsageError(f"{source.name} is empty", hint=expected)
            if len(text) > LINE_LIMIT:
                raise LimitError(f"a line longer than {LINE_LIMIT >> 20} MiB", place=source.place(1))
    finally:
        source.stop()
    begin, end = int(starts[0]) + skipped, int(ends[0]) + skipped
    line = 1 + text.count(b"\n", 0, begin)
    if source.is_stream:
        source.give_back(text[begin if is_row else end :])
    try:
        shown = text[begin:end].decode()
    except UnicodeDecodeError:
        raise UsageError(f"{source.name} is not UTF-8 text", place=source.place(line), hint=expected) from None
    return Heading(shown, begin, end, line, line + text.count(b"\n", begin, end))
