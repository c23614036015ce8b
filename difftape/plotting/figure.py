"""Pictures by matplotlib: PNG, SVG and PDF, the same bytes for the same question, with no display and no pyplot."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from ..extra import needed
from .captions import STATUSES, title
from .curves import Lines
from .limits import limits

FORMATS = ("png", "svg", "pdf")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # of Okabe and Ito
_SOLID, DASHES = "-", ("--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
_SIZE = (8.0, 5.0)  # inches
_FAR = 20.0  # heights of the picture, beyond which numbers are drawn no farther away
_FEW = 40  # marks that are drawn in full size
_GREY = "#777777"
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "difftape"},
    "pdf": {"CreationDate": None, "Creator": "difftape", "Producer": None},
}
_SHAPES = {"kink": "D", "infinite": "^", "removable": "o", "jump": "o"}
_CROSS = "x"


@contextmanager
def defaults() -> Iterator[Any]:
    """Matplotlib with its own settings, whatever the user's are, and silent about letters that its font lacks."""
    matplotlib = needed("matplotlib", "a picture", "matplotlib", "plot")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(("backend", "interactive"))}
        with matplotlib.rc_context({**plain, "svg.hashsalt": "difftape", "axes.formatter.useoffset": False}):
            yield matplotlib


def figure() -> tuple[Any, Any]:
    """A new figure that belongs to nobody else, and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = Figure(figsize=_SIZE, layout="constrained")
    FigureCanvasAgg(found)
    return found, found.add_subplot()


def saved(found: Any, format: str) -> bytes:
    """The figure as a file of that format."""
    buffer = BytesIO()
    found.savefig(buffer, format=format, dpi=120, metadata=_METADATA[format])
    return buffer.getvalue()


def drawn(lines: Lines) -> Any:
    """The figure of curves, with their marks and gaps; made within `defaults`."""
    import numpy as np

    found, axes = figure()
    low, high = heights(lines)
    far = _FAR * (high - low)
    for region in lines.regions:
        axes.axvspan(region.start, region.stop, facecolor="#EEEEEE", edgecolor="#CCCCCC", hatch="//", linewidth=0)
    axes.axhline(0, color="#BBBBBB", linewidth=0.8, zorder=1)
    for k, curve in enumerate(lines.curves):
        style: Any = DASHES[(k - 1) % len(DASHES)] if k else _SOLID
        y = np.clip(curve.y, low - far, high + far)
        width, height = (2.0, 3.0) if k == 0 else (1.4, 3.0 + k / 100)
        axes.plot(curve.x, y, linestyle=style, color=colour(k), linewidth=width, label=curve.label, zorder=height)
    _mark(axes, lines)
    axes.set_xlim(lines.grid.start, lines.grid.stop)
    axes.set_ylim(low, high)
    framed(axes, title(lines.text, lines.fixed), lines.variable)
    _legend(axes, lines)
    return found


def heights(lines: Lines) -> tuple[float, float]:
    """The limits of the vertical axis."""
    must = [mark.value for mark in lines.marks if mark.value is not None]
    is_wild = any(mark.status in ("pole", "infinite") for mark in lines.marks)
    return limits([curve.y for curve in lines.curves], must, is_wild)


def colour(k: int) -> str:
    """The colour of the kth curve."""
    return COLOURS[k % len(COLOURS)]


def framed(axes: Any, heading: str, x: str, y: str = "") -> None:
    """The title and the labels, none of them read as mathematics."""
    for text in (axes.set_title(heading), axes.set_xlabel(x), axes.set_ylabel(y)):
        text.set_parse_math(False)


def _mark(axes: Any, lines: Lines) -> None:
    size = 6.0 if len(lines.marks) <= _FEW else 2.5
    plain = {"linestyle": "none", "color": colour(0), "zorder": 5, "clip_on": True}
    for status in STATUSES:
        marks = [mark for mark in lines.marks if mark.status == status]
        if not marks:
            continue
        if status == "pole":
            for mark in marks:
                axes.axvline(mark.x, color=_GREY, linestyle=(0, (2, 2)), linewidth=1.0 if size > 3 else 0.4, zorder=2)
            continue
        known = [(mark.x, mark.value) for mark in marks if mark.value is not None]
        if status == "jump":
            ends = [(mark.x, y) for mark in marks for y in mark.sides if y == y and y != mark.value]
            axes.plot(*_columns(ends), "o", markersize=size, markerfacecolor="white", **plain)
            axes.plot(*_columns(known), "o", markersize=size, **plain)
        else:
            axes.plot(*_columns(known), _SHAPES.get(status, _CROSS), markersize=size, markerfacecolor="white", **plain)


def _columns(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _legend(axes: Any, lines: Lines) -> None:
    """The curves in their order, then what the marks and the regions mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles, names = axes.get_legend_handles_labels()
    for status in STATUSES:
        if any(mark.status == status for mark in lines.marks):
            if status == "pole":
                handles.append(Line2D([], [], color=_GREY, linestyle=(0, (2, 2)), linewidth=1.0))
            else:
                handles.append(
                    Line2D(
                        [],
                        [],
                        linestyle="none",
                        color=colour(0),
                        marker=_SHAPES.get(status, _CROSS),
                        markerfacecolor="white",
                    )
                )
            names.append(status)
    for status in dict.fromkeys(region.status for region in lines.regions):
        handles.append(Patch(facecolor="#EEEEEE", edgecolor="#CCCCCC", hatch="//", linewidth=0))
        names.append(f"no value: {status}")
    if len(handles) > 1:
        legend = axes.legend(handles, names, loc="best", framealpha=0.9, fontsize=9)
        for text in legend.get_texts():
            text.set_parse_math(False)
