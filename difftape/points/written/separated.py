"""CSV and TSV: a header and a line a row, numbers by repr, cells in quotes as in RFC 4180 where they need them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from ..decimals import rows, texts
from . import Result, Shape
from .values import encoded, text, values


def head(separator: str, shape: Shape) -> bytes:
    """The header."""
    return encoded(separator.join(quoted([*shape.columns, "error"], separator)) + "\n")


def body(separator: str, shape: Shape, result: Result) -> bytes:
    """The lines of a block of results."""
    if not result.size:
        return b""
    kept = {name: quoted(map(text, values(result.kept[name])), separator) for name in shape.kept}
    if kept:
        columns = [kept.get(name) or texts(result.numbers[name]) for name in shape.columns]
        lines = [encoded(line) for line in map(separator.join, zip(*columns, [""] * result.size, strict=True))]
        lines.append(b"")
    else:
        mark = separator.encode()
        whole = rows([*chain.from_iterable((result.numbers[name], mark) for name in shape.columns), b"\n"])
        if not result.errors:
            return whole
        lines = whole.split(b"\n")
    for row, error in result.errors.items():
        lines[row] = encoded(separator.join(_failed(separator, shape, result, kept, row, error)))
    return b"\n".join(lines)


def _failed(
    separator: str, shape: Shape, result: Result, kept: dict[str, list[str]], row: int, error: str
) -> Iterable[str]:
    """The cells of a row that failed: what stood there, or nothing, where there is no number."""
    raw = result.raw.get(row, {})
    for name in shape.columns:
        if name in kept:
            yield kept[name][row]
        else:
            value: Any = float(result.numbers[name][row])
            yield from quoted([text(raw.get(name) if value != value else value)], separator)
    yield from quoted([error], separator)


def quoted(cells: Iterable[str], separator: str) -> list[str]:
    """The cells, in quotes where they hold a separator, a quote or a line end.

    >>> quoted(["a", 'b "c", d'], ",")
    ['a', '"b ""c"", d"']
    """
    cells = list(cells)
    together = "".join(cells)
    if not any(mark in together for mark in (separator, '"', "\n", "\r")):
        return cells
    marks = {separator, '"', "\n", "\r"}
    return ['"' + cell.replace('"', '""') + '"' if not marks.isdisjoint(cell) else cell for cell in cells]
