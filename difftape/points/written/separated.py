"""CSV and TSV: a header and a line a row, numbers by repr, cells in quotes as in RFC 4180 where they need them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..decimals import texts
from . import Result, Shape
from .values import encoded, text, values


def head(separator: str, shape: Shape) -> bytes:
    """The header."""
    return encoded(separator.join(quoted([*shape.columns, "error"], separator)) + "\n")


def body(separator: str, shape: Shape, result: Result) -> bytes:
    """The lines of a block of results."""
    if not result.size:
        return b""
    columns = [
        quoted(map(text, values(result.kept[name])), separator) if name in shape.kept else texts(result.numbers[name])
        for name in shape.columns
    ]
    lines = list(map(separator.join, zip(*columns, [""] * result.size, strict=True)))
    for row, error in result.errors.items():
        raw = result.raw.get(row, {})
        cells = [_cell(shape, name, column[row], raw) for name, column in zip(shape.columns, columns, strict=True)]
        patched = quoted([cells[i] for i, name in enumerate(shape.columns) if name not in shape.kept], separator)
        rest = iter(patched)
        cells = [cell if name in shape.kept else next(rest) for name, cell in zip(shape.columns, cells, strict=True)]
        lines[row] = separator.join([*cells, *quoted([error], separator)])
    lines.append("")
    return encoded("\n".join(lines))


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
