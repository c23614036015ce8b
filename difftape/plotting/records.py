"""A picture as JSON's kinds of value: its curves in pieces, its marks, and where there is no value."""

from __future__ import annotations

from math import isfinite
from typing import Any

from .curves import Curve, Lines
from .field import Field

SCHEMA = "difftape.plot/1"


def of_lines(lines: Lines) -> dict[str, Any]:
    """Curves; each piece is a list of x and a list of y, without gaps.

    >>> from difftape import parse
    >>> [len(curve["pieces"]) for curve in parse("1/x").plot({"x": (-1, 1)}).record()["curves"]]
    [2, 2]
    """
    return {
        "schema": SCHEMA,
        "expr": lines.text,
        "at": lines.fixed,
        "range": {lines.variable: [lines.grid.start, lines.grid.stop]},
        "curves": [{"label": c.label, "by": list(c.by), "pieces": pieces(c)} for c in lines.curves],
        "marks": [
            {"x": mark.x, "status": mark.status, "order": mark.order, "value": mark.value, "message": mark.reason}
            for mark in lines.marks
        ],
        "gaps": [
            {"from": region.start, "to": region.stop, "status": region.status, "message": region.reason}
            for region in lines.regions
        ],
        "unmarked": lines.unmarked,
    }


def of_field(field: Field) -> dict[str, Any]:
    """A field, a list for each y from below; null is a gap."""
    return {
        "schema": SCHEMA,
        "expr": field.text,
        "at": field.fixed,
        "range": dict(zip(field.variables, ([float(x[0]), float(x[-1])] for x in (field.x, field.y)), strict=True)),
        "values": [[v if isfinite(v) else None for v in row] for row in field.values.tolist()],
        "arrows": [list(arrow) for arrow in zip(*(a.tolist() for a in field.arrows), strict=True)],
        "torn": [{"at": place, "status": status, "message": why} for status, (place, why) in field.torn.items()],
    }


def pieces(curve: Curve) -> list[list[list[float]]]:
    """A curve between its gaps."""
    found: list[list[list[float]]] = []
    is_open = False
    for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
        if not isfinite(y):
            is_open = False
            continue
        if not is_open:
            found.append([[], []])
            is_open = True
        found[-1][0].append(x)
        found[-1][1].append(y)
    return found
