"""Tables for people: `df/dx  12.0`, aligned, the number last; a grid has a heading and a line a point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import Layout, Row, numbers, shown

_DIM, _PLAIN = "\033[2m", "\033[0m"


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The table of the rows, at the end, for its columns are as wide as the widest number."""
    if layout.is_single:
        for answer, _ in rows:
            names = headings(answer.grad, layout)
            wide = max(map(len, names), default=0)
            for name, number in zip(names, numbers(answer, layout), strict=True):
                yield f"{_label(name.ljust(wide), layout)}  {shown(number)}\n"
        return
    table: list[list[str]] = []
    for answer, varying in rows:
        heading = [*varying, *headings(answer.grad, layout)]
        cells = [*(answer.at.get(name) for name in varying), *numbers(answer, layout)]
        if not answer.grad and layout.kind != "value":
            heading, cells = [], [None]
        if heading and (not table or heading != table[0]):
            yield from _aligned(table, layout)
            table = [heading]
        table.append([shown(cell) for cell in cells])
    yield from _aligned(table, layout)


def headings(names: Iterable[str], layout: Layout) -> list[str]:
    """How the value and the derivatives are called.

    >>> headings(["x"], Layout("grad", order=3, with_value=True))
    ['f', 'd3f/dx3']
    """
    n = "" if layout.order == 1 else str(layout.order)
    return [*(["f"] if layout.has_value else []), *(f"d{n}f/d{name}{n}" for name in names)]


def _aligned(table: list[list[str]], layout: Layout) -> Iterator[str]:
    if not table:
        return
    columns = max(map(len, table))
    width = [max(len(row[i]) for row in table if i < len(row)) for i in range(columns)]
    for place, row in enumerate(table):
        line = "  ".join(cell.ljust(width[i]) for i, cell in enumerate(row)).rstrip()
        is_heading = place == 0 and len(row) == columns and not _is_number(row[-1])
        yield (_label(line, layout) if is_heading else line) + "\n"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _label(text: str, layout: Layout) -> str:
    return f"{_DIM}{text}{_PLAIN}" if layout.colour else text
