"""CSV and TSV: a header `x,value,d_x`, then a line a row; `nan` where there is no number, nothing where none is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..answer import Answer
from . import Layout, Row, shown


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The header and the lines of the rows; without known names, the header is the first answer's."""
    separator = "\t" if layout.format == "tsv" else ","
    names, by = layout.variables, layout.by
    waiting: list[Answer] = []
    is_begun = False
    for answer, _ in rows:
        waiting.append(answer)
        if names is None and (answer.error is None or answer.grad):
            names, by = tuple(answer.at), tuple(answer.grad)
        if names is not None:
            if not is_begun:
                is_begun = True
                yield separator.join(header(names, by, layout)) + "\n"
            yield "".join(separator.join(_cells(a, names, by, layout)) + "\n" for a in waiting)
            waiting.clear()
    yield "nan\n" * len(waiting)


def header(names: Iterable[str], by: Iterable[str], layout: Layout) -> list[str]:
    """What the columns are called.

    >>> header(["x", "y"], ["x"], Layout("grad", with_value=True, order=3))
    ['x', 'y', 'value', 'd3_x']
    """
    n = "" if layout.order == 1 else str(layout.order)
    return [*names, *(["value"] if layout.has_value else []), *(f"d{n}_{name}" for name in by)]


def _cells(answer: Answer, names: Iterable[str], by: Iterable[str], layout: Layout) -> Iterator[str]:
    for name in names:
        yield repr(answer.at[name]) if name in answer.at else ""
    if layout.has_value:
        yield shown(answer.value)
    is_failed = not answer.grad and answer.error is not None
    for name in by:
        yield shown(answer.grad.get(name)) if name in answer.grad or is_failed else ""
