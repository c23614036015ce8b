"""Answers to text: one file per output format.

Every format is a function from a stream of rows and a layout to a stream of texts, each as soon as it is
known.  A row is an `Answer` and the names of the coordinates that vary around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from ..answer import Answer

Row = tuple[Answer, tuple[str, ...]]

FORMATS = {
    "plain": "plain",
    "table": "table",
    "json": "json",
    "jsonl": "json",
    "csv": "separated",
    "tsv": "separated",
    "latex": "latex",
}


class Layout(NamedTuple):
    """What is the same for every row.

    `kind`        the command whose answers these are; "value" has no derivatives
    `is_single`   one expression at one point
    `variables`   the coordinates of all rows, where they are known beforehand; else None
    `by`          the names of what all rows answer ("x", "x,y" …), where `variables` are known
    `mixed`       the variables of `grad --mixed`
    """

    kind: str
    format: str = "plain"
    order: int = 1
    with_value: bool = False
    is_single: bool = True
    variables: tuple[str, ...] | None = None
    by: tuple[str, ...] = ()
    colour: bool = False
    mixed: tuple[str, ...] = ()

    @property
    def has_value(self) -> bool:
        """Whether the value is printed."""
        return self.with_value or self.kind == "value"


def written(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The text of the rows in the layout's format, piece by piece."""
    is_check = layout.kind == "check" and layout.format == "plain"
    module = import_module("." + ("verdicts" if is_check else FORMATS[layout.format]), __name__)
    write: Callable[[Iterable[Row], Layout], Iterator[str]] = module.write
    return write(rows, layout)


def numbers(answer: Answer, layout: Layout) -> list[float | None]:
    """What the row answers: the value if it is asked for, then the derivatives; of a Jacobian, row by row."""
    if answer.rows:
        return [number for row in answer.rows for number in numbers(row, layout._replace(kind="grad"))]
    return [answer.value, *answer.grad.values()] if layout.has_value else list(answer.grad.values())


def shown(number: Any) -> str:
    """A number as text that gives the same number back; nan where there is none, and no sign on zero.

    One with more digits than a double is text already; an enclosure is written as it writes itself.

    >>> shown(-0.0), shown(0.1), shown(None)
    ('0.0', '0.1', 'nan')
    """
    if number.__class__ is str:
        return str(number)
    if number is None:
        return "nan"
    return str(number) if isinstance(number, tuple) else repr(float(number) + 0.0)
