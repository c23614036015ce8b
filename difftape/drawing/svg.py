"""A drawing as SVG, of itself: no file, font or program beside it, readable on light and on dark."""

from __future__ import annotations

from xml.sax.saxutils import escape

from . import Box, Drawing
from .layers import layered

_WIDE, _HIGH, _GAP, _LETTER = 44, 36, 22, 7.8
_STYLE = """\
.d{font:13px ui-monospace,Menlo,Consolas,monospace}.d text{text-anchor:middle;fill:#111}.d .n{font-size:10px;fill:#555}
.d .b{fill:#fff;stroke:#444}.d .variable{fill:#dcebff}.d .number{fill:none;stroke:none}.d .result{fill:#fdf0cf}
.d .a{fill:none;stroke:#777}.d marker path{fill:#777}
@media(prefers-color-scheme:dark){.d text{fill:#eee}.d .n{fill:#aaa}.d .b{fill:#222;stroke:#bbb}
.d .variable{fill:#1d3557}.d .number{fill:none;stroke:none}.d .result{fill:#5a4510}.d .a{stroke:#999}
.d marker path{fill:#999}}"""


def svg(drawing: Drawing) -> str:
    """The drawing as one `svg` element.

    >>> from difftape import parse
    >>> parse("x*y").graph().svg().startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    layout = layered(len(drawing.boxes), drawing.arrows)
    widths = [_width(box) for box in drawing.boxes]
    columns = [0.0] * (max(layout.layers, default=0) + 1)
    for layer, width in zip(layout.layers, widths, strict=True):
        columns[layer] = max(columns[layer], width)
    centres: list[float] = []
    x = 10.0
    for width in columns:
        centres.append(x + width / 2)
        x += width + 1.6 * _GAP
    at = [(centres[layer], _y(h)) for layer, h in zip(layout.layers, layout.heights, strict=True)]
    arrows = []
    for (a, b), bends in zip(drawing.arrows, layout.bends, strict=True):
        start, end = (at[a][0] + widths[a] / 2, at[a][1]), (at[b][0] - widths[b] / 2 - 1, at[b][1])
        arrows.append(_arrow([start, *((centres[int(level)], _y(h)) for level, h in bends), end]))
    boxes = [_drawn(box, *at[k], widths[k]) for k, box in enumerate(drawing.boxes)]
    bend_heights = [_y(h) for bends in layout.bends for _, h in bends]
    high = max([y for _, y in at] + bend_heights, default=0) + _HIGH / 2 + 10
    wide = x - 1.6 * _GAP + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="d" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" role="img"><title>{escape(drawing.text[:1000])}</title>'
        f"<style>{_STYLE}</style>"
        '<defs><marker id="difftape-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
        f"{''.join(arrows)}{''.join(boxes)}</svg>\n"
    )


def _y(height: float) -> float:
    return 10 + _HIGH / 2 + height * (_HIGH + _GAP)


def _width(box: Box) -> float:
    return max(_WIDE, 16 + _LETTER * max(len(box.label), 0.8 * len(box.numbers)))


def _drawn(box: Box, x: float, y: float, width: float) -> str:
    round_ = _HIGH / 2 if box.kind == "variable" else 4
    first = y + 4 if not box.numbers else y - 3
    numbers = f'<text class="n" x="{x:.1f}" y="{y + 12:.1f}">{escape(box.numbers)}</text>' if box.numbers else ""
    return (
        f'<rect class="b {box.kind}" x="{x - width / 2:.1f}" y="{y - _HIGH / 2:.1f}" width="{width:.1f}" '
        f'height="{_HIGH}" rx="{round_:.0f}"/><text x="{x:.1f}" y="{first:.1f}">{escape(box.label)}</text>{numbers}'
    )


def _arrow(points: list[tuple[float, float]]) -> str:
    (x, y), *others = points
    path = f"M{x:.1f} {y:.1f}"
    for u, v in others:
        middle = (x + u) / 2
        path += f"C{middle:.1f} {y:.1f} {middle:.1f} {v:.1f} {u:.1f} {v:.1f}"
        x, y = u, v
    return f'<path class="a" marker-end="url(#difftape-tip)" d="{path}"/>'
