"""The graph of a tape as SVG, a box a record, whose numbers and marks a script can change."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from ..drawing.layers import layered
from .live import Edge

_LETTER, _SMALL = 7.25, 6.3  # widths of letters
_HIGH, _ROW, _COLUMN, _MARGIN = 62, 26, 62, 14
_NARROW, _WIDE = 92, 230
_LONG = 28  # letters of an operation


def picture(records: Sequence[Any], edges: Sequence[Sequence[Edge]], root: int) -> str:
    """One `svg` element; the box of record k is #n3, its texts #nv3 and #na3, the arrow into its operand j #e3-j.

    >>> from difftape import parse
    >>> picture(parse("-x").trace({"x": 2.0}).records, [[], [Edge(0, 0)]], 1).count("<g class=")
    3
    """
    arrows = [(edge.operand, k) for k, found in enumerate(edges) for edge in found]
    layout = layered(len(records), arrows)
    widths = [_width(record) for record in records]
    columns = [0.0] * (max(layout.layers, default=0) + 1)
    for layer, width in zip(layout.layers, widths, strict=True):
        columns[layer] = max(columns[layer], width)
    centres, x = [], float(_MARGIN)
    for width in columns:
        centres.append(x + width / 2)
        x += width + _COLUMN
    wide = x - _COLUMN + _MARGIN
    at = [(centres[layer], _y(h)) for layer, h in zip(layout.layers, layout.heights, strict=True)]
    heights = [y for _, y in at] + [_y(h) for bends in layout.bends for _, h in bends]
    high = max(heights, default=0) + _HIGH / 2 + _MARGIN
    drawn = []
    bends = iter(layout.bends)
    for k, found in enumerate(edges):
        for j, edge in enumerate(found):
            start = (at[edge.operand][0] + widths[edge.operand] / 2, at[edge.operand][1])
            entry = at[k][1] + (j - (len(found) - 1) / 2) * 12
            end = (at[k][0] - widths[k] / 2 - 2, entry)
            middle = [(centres[int(level)], _y(h)) for level, h in next(bends)]
            drawn.append(_arrow(f"e{k}-{j}", [start, *middle, end], edge))
    boxes = [_box(k, record, *at[k], widths[k], k == root) for k, record in enumerate(records)]
    return (
        f'<svg class="graph" id="graph" width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}" '
        'role="img" aria-label="The graph of the tape, from the variables to the value">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0.5L8 4L0 7.5z"/></marker></defs>'
        f"{''.join(drawn)}{''.join(boxes)}</svg>"
    )


def label(record: Any) -> str:
    """What a box is called: its name, and what it is."""
    if record.name == record.operation:
        return str(record.name)
    text = record.operation if len(record.operation) <= _LONG else record.operation[: _LONG - 1] + "…"
    return f"{record.name} = {text}"


def _y(height: float) -> float:
    return _MARGIN + _HIGH / 2 + height * (_HIGH + _ROW)


def _width(record: Any) -> float:
    return min(_WIDE, max(_NARROW, 22 + _LETTER * len(label(record))))


def _box(k: int, record: Any, x: float, y: float, width: float, is_root: bool) -> str:
    is_variable = record.name == record.operation
    kind = ("variable" if is_variable else "operation") + (" root" if is_root else "")
    round_ = 16 if is_variable else 7
    left = x - width / 2
    frame = f'<rect x="{left:.1f}" y="{y - _HIGH / 2:.1f}" width="{width:.1f}" height="{_HIGH}" rx="{round_}"/>'
    texts = [("", label(record), y - 13), ("value", "", y + 5), ("adjoint", "", y + 22)]
    written = "".join(
        f'<text x="{x:.1f}" y="{at:.1f}"{_named(kind, k)}>{escape(text)}</text>' for kind, text, at in texts
    )
    return f'<g class="node {kind}" id="n{k}">{frame}{written}</g>'


def _named(kind: str, k: int) -> str:
    return f' class="{kind}" id="n{kind[0]}{k}"' if kind else ' class="name"'


def _arrow(name: str, points: list[tuple[float, float]], edge: Edge) -> str:
    (x, y), *others = points
    path = f"M{x:.1f} {y:.1f}"
    for u, v in others:
        middle = (x + u) / 2
        path += f"C{middle:.1f} {y:.1f} {middle:.1f} {v:.1f} {u:.1f} {v:.1f}"
        before, (x, y) = (x, y), (u, v)
    kind = "edge" if edge.partial >= 0 else "edge still"
    shown = ""
    if edge.partial >= 0:  # near the operation, where arrows no longer cross
        at = (before[0] + 0.62 * (x - before[0]), before[1] + 0.7 * (y - before[1]) - 4)
        shown = f'<text class="partial" x="{at[0]:.1f}" y="{at[1]:.1f}"></text>'
    return f'<g class="{kind}" id="{name}"><path marker-end="url(#tip)" d="{path}"/>{shown}</g>'
