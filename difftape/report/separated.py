"""CSV and TSV: a header `x,value,d_x`, then a line a row; `nan` where there is no number, nothing where none is due.

Of a Jacobian a line a row of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..answer import Answer
from . import Layout, Row, shown
from .headings import columns


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The header and the lines of the rows; without known names, the header is the first answer's."""
    separator = "\t" if layout.format == "tsv" else ","
    names, by = layout.variables, layout.by
    if layout.kind == "jacobian":
        layout, by = layout._replace(kind="grad"), tuple(dict.fromkeys(key.partition(",")[2] for key in by))
    waiting: list[Answer] = []
    is_begun = False
    for answer, _ in rows:
        waiting.extend(answer.rows or (answer,))
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
    return [*names, *(c.name() for c in columns(by, layout))]


def _coordinate(x: Any) -> str:
    """A coordinate; an exact one is text, in quotes if it has a comma (max(1, 2))."""
    if x.__class__ is not str:
        return repr(x)
    return f'"{x}"' if "," in x else str(x)


def _cells(answer: Answer, names: Iterable[str], by: Iterable[str], layout: Layout) -> Iterator[str]:
    for name in names:
        yield _coordinate(answer.at[name]) if name in answer.at else ""
    if layout.has_value:
        yield shown(answer.value)
    is_failed = not answer.grad and answer.error is not None
    for name in by:
        yield shown(answer.grad.get(name)) if name in answer.grad or is_failed else ""
