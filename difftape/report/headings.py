"""What the numbers of an answer are called, in words, in CSV and in LaTeX.

The name of an entry says what it is: "x" a derivative by x of the order asked for, "x,y" by x and then y, "2,x" the
one by x in the second row of a Jacobian, "3" the Taylor coefficient of order 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ..answer import Answer
from . import Layout


class Column(NamedTuple):
    """One number: a derivative of the function of row `row` (0: the only one), its value, or a coefficient.

    `is_nth` where it is by one variable, as often as the order says.
    """

    by: tuple[str, ...] = ()
    row: int = 0
    coefficient: int | None = None
    is_nth: bool = False

    def name(self) -> str:
        """In CSV.

        >>> column("x", 3).name(), column("x,x,y").name(), column("4").name(), Column().name()
        ('d3_x', 'd_x_x_y', 'c4', 'value')
        """
        if self.coefficient is not None:
            return f"c{self.coefficient}"
        if not self.by:
            return "value"
        if self.is_nth and len(self.by) > 1:
            return f"d{len(self.by)}_{self.by[0]}"
        return "_".join(("d", *self.by))

    def word(self) -> str:
        """In a table.

        >>> column("x", 3).word(), column("x,x,y").word(), column("2,x").word(), column("4").word()
        ('d3f/dx3', 'd3f/dx2dy', 'df2/dx', 'c4')
        """
        if self.coefficient is not None:
            return f"c{self.coefficient}"
        f = f"f{self.row}" if self.row else "f"
        if not self.by:
            return f
        n = "" if len(self.by) == 1 else str(len(self.by))
        below = "".join(f"d{name}{k if k > 1 else ''}" for name, k in Counter(self.by).items())
        return f"d{n}{f}/{below}"

    def formula(self) -> str:
        """Beside sympy's formula, which is a derivative, of a coefficient too.

        >>> column("x", 3).formula(), column("x,y").formula(), column("2,x").formula(), column("4").formula()
        ('d3/dx3', 'd2/dxdy', 'df2/dx', '4!*c4')
        """
        if self.coefficient is not None:
            return f"{self.coefficient}!*c{self.coefficient}" if self.coefficient > 1 else f"c{self.coefficient}"
        return self.word() if self.row else self.word().replace("f/", "/", 1)

    def tex(self, is_alone: bool = False) -> str:
        r"""In LaTeX; `is_alone` where there is one variable in all.

        >>> column("x,x,y").tex()
        '\\frac{\\partial^{3} f}{\\partial x^{2} \\partial y}'
        """
        if self.coefficient is not None:
            return f"c_{{{self.coefficient}}}"
        f = f"f_{{{self.row}}}" if self.row else "f"
        if not self.by:
            return f
        from .latex import symbol

        d, space = ("d", "") if is_alone else ("\\partial", " ")
        n = "" if len(self.by) == 1 else f"^{{{len(self.by)}}}"
        below = (f"{d}{space}{symbol(name)}{f'^{{{k}}}' if k > 1 else ''}" for name, k in Counter(self.by).items())
        return f"\\frac{{{d}{n}{space}{f}}}{{{' '.join(below)}}}"


def column(key: str, order: int = 1) -> Column:
    """What an entry's name stands for; a variable by itself stands for a derivative of that order."""
    first, *others = key.split(",")
    if first.isascii() and first.isdigit():
        return Column(tuple(others), int(first)) if others else Column(coefficient=int(first))
    return Column((first, *others)) if others else Column((first,) * order, is_nth=True)


def columns(keys: Iterable[str], layout: Layout) -> list[Column]:
    """The columns of an answer's numbers (see `numbers`); in a Jacobian of one row the row has no number."""
    found = [column(key, layout.order) for key in keys]
    if layout.kind != "jacobian":
        return [Column(), *found] if layout.has_value else found
    is_alone = max((c.row for c in found), default=0) == 1
    out: list[Column] = []
    for k, c in enumerate(found):
        if layout.has_value and (not k or found[k - 1].row != c.row):
            out.append(Column(row=c.row))
        out.append(c)
    return [c._replace(row=0) for c in out] if is_alone else out


def matrix(answer: Answer, layout: Layout) -> list[list[float | None]] | None:
    """The rows of a Hessian or a Jacobian (each with its value first, if that is wanted); None of anything else."""
    if layout.kind == "jacobian" and answer.rows:
        return [[row.value, *row.grad.values()] if layout.with_value else [*row.grad.values()] for row in answer.rows]
    if layout.kind == "hessian" and answer.grad:
        rows: dict[str, list[float | None]] = {}
        for key, number in answer.grad.items():
            rows.setdefault(key.partition(",")[0], []).append(number)
        return list(rows.values())
    return None
