"""Tables for people: `df/dx  12.0`, aligned, the number last; a grid has a heading and a line a point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import Layout, Row, numbers, shown
from .headings import columns

_DIM, _PLAIN = "\033[2m", "\033[0m"


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The table of the rows, at the end, for its columns are as wide as the widest number."""
    if layout.is_single:
        for answer, _ in rows:
            names = headings(answer.grad, layout)
            width = max(map(len, names), default=0)
            for name, number in zip(names, numbers(answer, layout), strict=True):
                yield f"{_label(name.ljust(width), layout)}  {shown(number)}\n"
        return
    heading: list[str] = []
    lines: list[list[str]] = []
    for answer, varying in rows:
        names = [*varying, *headings(answer.grad, layout)]
        cells = [*(answer.at.get(name) for name in varying), *numbers(answer, layout)]
        if not answer.at and answer.error is not None:
            names, cells = heading, [None]
        if names != heading:
            yield from _aligned(heading, lines, layout)
            heading, lines = names, []
        lines.append([shown(cell) for cell in cells])
    yield from _aligned(heading, lines, layout)


def headings(names: Iterable[str], layout: Layout) -> list[str]:
    """How the value and the derivatives are called.

    >>> headings(["x"], Layout("grad", order=3, with_value=True))
    ['f', 'd3f/dx3']
    """
    return [c.word() for c in columns(names, layout)]


def _aligned(heading: Sequence[str], lines: Sequence[Sequence[str]], layout: Layout) -> Iterator[str]:
    """The heading and the lines, in columns."""
    if not lines:
        return
    table = [heading, *lines]
    width = [max(len(line[i]) for line in table if i < len(line)) for i in range(max(map(len, table)))]
    if heading:
        yield _label(_row(heading, width), layout) + "\n"
    for line in lines:
        yield _row(line, width) + "\n"


def _row(cells: Sequence[str], width: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width[i]) for i, cell in enumerate(cells)).rstrip()


def _label(text: str, layout: Layout) -> str:
    return f"{_DIM}{text}{_PLAIN}" if layout.colour else text
