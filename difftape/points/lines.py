"""Lines `EXPR @ NAME=VALUE, …` of a stream: UTF-8, with blank lines and `#` comments left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import DifftapeError
from ..lexer import not_utf8


class Line(NamedTuple):
    """One line that asks something: its number (from 1), its expression, and what stands after its `@`."""

    number: int
    text: str
    at: str | None = None
    error: DifftapeError | None = None


def lines(stream: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a binary stream that hold an expression, each as soon as it has been read.

    >>> list(lines([b"# squares", b"x**2 @ x=3"]))
    [Line(number=2, text='x**2', at='x=3', error=None)]
    """
    for number, raw in enumerate(stream, 1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            yield Line(
                number, raw.decode("utf-8", "replace").strip(), None, not_utf8(error.object[error.start], error.start)
            )
            continue
        comment = text.find("#")
        text = (text if comment < 0 else text[:comment]).strip()
        if text:
            expression, sign, at = text.rpartition("@")
            yield Line(number, expression.rstrip(), at.strip()) if sign else Line(number, text)
