"""Pictures of functions: curves with their derivatives over a range, or levels and gradients over a rectangle.

What is drawn comes from the compiled engines, and where it is not smooth from the diagnosis; who draws is matplotlib,
and in the terminal plotext.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..allowed import ordered
from ..errors import InputOutputError, UsageError
from ..graph import Program, freed
from ..point import differentiated
from .curves import Curve, Lines, Region, lines
from .field import Field, field, refused
from .hard_points import Mark
from .ranges import ranges

__all__ = ["Curve", "Field", "Lines", "Mark", "Plot", "Region", "plotted"]

FORMATS = ("png", "svg", "pdf")


class Plot(NamedTuple):
    """What is to be seen, `Lines` or a `Field`, and how it is drawn."""

    shown: Lines | Field

    @property
    def curves(self) -> list[Curve]:
        """The curves; none over two variables."""
        return self.shown.curves if isinstance(self.shown, Lines) else []

    @property
    def marks(self) -> list[Mark]:
        """The hard points, from left to right."""
        return self.shown.marks if isinstance(self.shown, Lines) else []

    @property
    def regions(self) -> list[Region]:
        """The parts of the range without a value."""
        return self.shown.regions if isinstance(self.shown, Lines) else []

    def text(self, width: int = 80, height: int = 24, color: bool = False) -> str:
        """The picture in characters, by plotext."""
        from .terminal import of_field, of_lines

        if isinstance(self.shown, Lines):
            return of_lines(self.shown, width, height, color)
        return of_field(self.shown, width, height, color)

    def figure(self) -> Any:
        """The picture as matplotlib's Figure."""
        from .contours import drawn as of_field
        from .figure import defaults
        from .figure import drawn as of_lines

        with defaults():
            return of_lines(self.shown) if isinstance(self.shown, Lines) else of_field(self.shown)

    def image(self, format: str) -> bytes:
        """The picture as a file of the format png, svg or pdf, by matplotlib; the same bytes for the same question."""
        from .figure import defaults, saved

        if format not in FORMATS:
            raise UsageError(f"there is no picture of the format {format!r}", hint=f"formats: {', '.join(FORMATS)}")
        with defaults():
            return saved(self.figure(), format)

    def save(self, path: str) -> None:
        """Writes the picture to a file, whole or not at all; its suffix says in which format."""
        data = self.image(os.path.splitext(path)[1].lower().removeprefix("."))
        part = f"{path}.{os.getpid()}.part"
        try:
            with open(part, "wb") as stream:
                stream.write(data)
            os.replace(part, path)
        except OSError as error:
            if os.path.exists(part):
                os.unlink(part)
            raise InputOutputError(f"cannot write {path}: {error.strerror}") from None

    def record(self) -> dict[str, Any]:
        """The picture as JSON's kinds of value."""
        from .records import of_field, of_lines

        return of_lines(self.shown) if isinstance(self.shown, Lines) else of_field(self.shown)

    def told(self) -> list[str]:
        """The hard points in words, a sentence each."""
        from .captions import told, torn

        return list(told(self.shown) if isinstance(self.shown, Lines) else torn(self.shown))

    def warned(self) -> str:
        """What is left out of the picture, if anything is."""
        many = self.shown.unmarked if isinstance(self.shown, Lines) else 0
        return f"{many} more places break a curve and have no mark: a smaller range shows what they are" if many else ""

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        kind = "curves" if isinstance(self.shown, Lines) else "field"
        return f"<plot of {self.shown.text!r}: {kind}>"

    def _repr_svg_(self) -> str | None:
        try:
            return self.image("svg").decode()
        except UsageError:  # a notebook without matplotlib shows the text
            return None


def plotted(program: Program, at: Mapping[str, Any], order: int = 1, wrt: Sequence[str] | None = None) -> Plot:
    """The picture of a program over the ranges that `at` gives.

    >>> from difftape.parser import parse
    >>> plotted(parse("x**2"), {"x": (0, 1)}).curves[1].label
    'd/dx'
    """
    order = ordered(order, 0)
    if isinstance(wrt, str):
        raise TypeError(f"variables to differentiate by are a list of names, not the str {wrt!r}")
    if wrt is not None:
        differentiated(freed(program, wrt), wrt)
    found = ranges(program, at, tuple(wrt or ()))
    if len(found.grids) == 2:
        refused(order, wrt)
        return Plot(field(found))
    by = differentiated(found.program, wrt if wrt is not None else list(found.grids))
    return Plot(lines(found, order, by))
