"""Pictures of characters by plotext: curves in dots of Braille, a field in shades; readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from math import isfinite
from typing import Any

from ..extra import needed
from .captions import STATUSES, title
from .curves import Curve, Lines
from .field import Field, within
from .figure import heights

LEAST = (30, 10)  # columns and lines
_CURVES = ("braille", ".", "+", "x", "o", "*", "%", "#", "@", "$", "&", "=")
_COLOURS = ("blue+", "orange+", "green+", "magenta+", "yellow+", "cyan+", "white")
_SIGNS = {"kink": "◇", "infinite": "△", "removable": "○", "jump": "●", "pole": "┆", "outside": "×", "undecided": "×",
          "overflow": "×"}  # fmt: skip
_OPEN = "○"
_SHADES = "·░▒▓█"
_FRAME = (10, 4)  # columns and lines that the axes take, at most
_MOST_LINES = 20  # poles that are drawn as lines


def of_lines(lines: Lines, width: int, height: int, is_coloured: bool = False) -> str:
    """Curves with their marks, and a line under them that says what is what."""
    low, high = heights(lines)
    legend = [f"{'⠒' if k == 0 else _CURVES[k % len(_CURVES)]} {curve.label}" for k, curve in enumerate(lines.curves)]
    found = [s for s in STATUSES if any(mark.status == s for mark in lines.marks)]
    legend += [f"{_SIGNS[status]} {status}" for status in found]
    legend += [f"gap: {s}" for s in dict.fromkeys(r.status for r in lines.regions) if s not in found]
    with _canvas(width, height - len(_folded(legend, width)), title(lines.text, lines.fixed)) as canvas:
        canvas.limits((lines.grid.start, lines.grid.stop), (low, high), lines.variable)
        if low < 0 < high:
            canvas.points([(lines.grid.start, 0.0), (lines.grid.stop, 0.0)], "─", "gray", is_line=True)
        poles = [mark.x for mark in lines.marks if mark.status == "pole"]
        for x in poles[:_MOST_LINES]:
            canvas.points([(x, low), (x, high)], _SIGNS["pole"], "gray", is_line=True)
        column = (lines.grid.stop - lines.grid.start) / (2 * width)
        for k in reversed(range(len(lines.curves))):
            sign, colour = _CURVES[k % len(_CURVES)], _COLOURS[k % len(_COLOURS)]
            for piece in _pieces(lines.curves[k], low, high):
                canvas.points(_thinned(piece, column), sign, colour, is_line=True)
        for mark in lines.marks:
            if mark.status == "jump":
                canvas.points([(mark.x, y) for y in mark.sides if isfinite(y) and low <= y <= high], _OPEN, _COLOURS[0])
            if mark.value is not None and low <= mark.value <= high:
                canvas.points([(mark.x, mark.value)], _SIGNS[mark.status], _COLOURS[0])
        return canvas.text(is_coloured) + "".join(f"{line}\n" for line in _folded(legend, width))


def of_field(field: Field, width: int, height: int, is_coloured: bool = False) -> str:
    """A field in shades, from the least to the greatest, and a line under it that says which are which."""
    import numpy as np

    low, high = within(field)
    bounds = np.linspace(low, high, len(_SHADES) + 1)
    legend = [f"{shade} {a:.4g}…{b:.4g}" for shade, a, b in zip(_SHADES, bounds, bounds[1:], strict=False)]
    folded = _folded(legend, width)
    columns, rows = 2 * (width - _FRAME[0]), 2 * (height - _FRAME[1])
    i = np.linspace(0, len(field.y) - 1, max(rows, 2)).round().astype(int)
    j = np.linspace(0, len(field.x) - 1, max(columns, 2)).round().astype(int)
    x, y = np.meshgrid(np.linspace(field.x[0], field.x[-1], len(j)), np.linspace(field.y[0], field.y[-1], len(i)))
    values = field.values[np.ix_(i, j)]
    level = np.digitize(np.nan_to_num(values, nan=low), bounds[1:-1])
    with _canvas(width, height - len(folded), title(field.text, field.fixed)) as canvas:
        canvas.limits((field.x[0], field.x[-1]), (field.y[0], field.y[-1]), *field.variables)
        for k, shade in enumerate(_SHADES):
            chosen = (level == k) & np.isfinite(values)
            canvas.points(zip(x[chosen].tolist(), y[chosen].tolist(), strict=True), shade, _COLOURS[0])
        return canvas.text(is_coloured) + "".join(f"{line}\n" for line in folded)


def _folded(words: Sequence[str], width: int) -> list[str]:
    """Words on as few lines as they need."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]}   {word}" if lines[-1] else word
        if len(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _pieces(curve: Curve, low: float, high: float) -> Iterator[list[tuple[float, float]]]:
    """The parts of a curve without gaps, cut where it leaves the picture."""
    piece: list[tuple[float, float]] = []
    for x, y in [*zip(curve.x.tolist(), curve.y.tolist(), strict=True), (0.0, float("nan"))]:
        if y == y and low <= y <= high:
            piece.append((x, y))
        elif piece:
            yield piece
            piece = []


def _thinned(piece: list[tuple[float, float]], width: float) -> list[tuple[float, float]]:
    """Of the points in each column of dots the first, the lowest, the highest and the last."""
    found: list[tuple[float, float]] = []
    for _, column in groupby(piece, lambda point: point[0] // width):
        points = list(column)
        if len(points) > 4:
            ends = (points[0], min(points, key=_height), max(points, key=_height), points[-1])
            points = sorted(set(ends))
        found += points
    return found


def _height(point: tuple[float, float]) -> float:
    return point[1]


class _Canvas:
    """Plotext's figure, while it is ours."""

    def __init__(self, plotext: Any) -> None:
        self.plotext, self.figure = plotext, plotext.figure

    def limits(self, x: tuple[float, float], y: tuple[float, float], across: str, up: str = "") -> None:
        """The ranges of both axes, and what is along them."""
        self.figure.ruler(0, 0).lim(*map(float, x))
        self.figure.ruler(1, 0).lim(*map(float, y))
        self.figure.label(across, 0)
        if up:
            self.figure.label(up, 1)

    def points(self, points: Iterable[tuple[float, float]], sign: str, colour: str, is_line: bool = False) -> None:
        """Points of one sign, joined if they are a line."""
        known = list(points)
        if not known:
            return
        marker = self.plotext.marker(sign, self.plotext.pixel(colour))
        signal = self.figure.signal([x for x, _ in known], [y for _, y in known], marker=marker)
        if is_line:
            signal.lines()
        self.figure.draw(signal)

    def text(self, is_coloured: bool) -> str:
        """What was drawn, without blanks at the ends of lines."""
        lines = self.figure.build().string(not is_coloured).splitlines()
        return "".join(f"{line if is_coloured else line.rstrip()}\n" for line in lines)


@contextmanager
def _canvas(width: int, height: int, heading: str) -> Iterator[_Canvas]:
    """An empty canvas; plotext has one figure for everybody, which is left empty again."""
    plotext = needed("plotext", "a picture in the terminal", "plotext", "plot")
    figure = plotext.figure
    figure.clear()
    plotext.terminal.limit(False, False)
    try:
        figure.theme("colorless")
        figure.plot_size(max(width, LEAST[0]), max(height, LEAST[1]))
        figure.title(heading if len(heading) <= width - 4 else heading[: max(width - 5, 1)] + "…")
        yield _Canvas(plotext)
    finally:
        figure.clear()
        plotext.terminal.limit()
