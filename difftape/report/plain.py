"""Bare numbers: one a line for a single question, else a line a row with tabs; a failed line is `nan`.

The rows of a single matrix are lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import Layout, Row, numbers, shown


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The lines of the rows; the coordinates that vary stand first."""
    for answer, varying in rows:
        wanted = numbers(answer, layout)
        if layout.is_single and layout.kind in ("hessian", "jacobian"):
            from .headings import matrix

            if layout.with_value and not answer.rows:
                yield f"{shown(answer.value)}\n"
            yield "".join("\t".join(map(shown, row)) + "\n" for row in matrix(answer, layout) or ())
        elif layout.is_single:
            yield "".join(f"{shown(number)}\n" for number in wanted)
        elif varying and answer.grad.keys() | answer.at.keys():
            cells = [answer.at.get(name) for name in varying] + wanted
            yield "\t".join(map(shown, cells)) + "\n"
        elif answer.error is not None:
            yield "nan\n"
        else:
            yield "\t".join(map(shown, wanted)) + "\n"
