"""What a picture says of itself in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .curves import Lines
    from .field import Field

STATUSES = ("removable", "kink", "infinite", "jump", "pole", "outside", "undecided", "overflow")
_LONG = 80  # characters of an expression in a title
_MOST = 8  # marks that are told one by one


def title(text: str, fixed: Mapping[str, float]) -> str:
    """The expression, and the values of what does not move.

    >>> title("a*x", {"a": 2.0})
    'a*x  (a=2.0)'
    """
    text = " ".join(text.split())
    shown = text if len(text) <= _LONG else text[: _LONG - 1] + "…"
    values = ", ".join(f"{name}={x!r}" for name, x in list(fixed.items())[:6]) + (", …" if len(fixed) > 6 else "")
    return f"{shown}  ({values})" if values else shown


def told(lines: Lines) -> Iterator[str]:
    """The marks and regions of a picture, a sentence each.

    >>> from difftape import parse
    >>> for sentence in told(parse("log(x)").plot({"x": (-1, 1)}, order=0).shown):
    ...     print(sentence)
    x=0.0: log(0.0) is a pole: the function tends to -inf from the right
    x=-1.0:0.0 has no value: log of a negative number (-0.5)
    """
    for mark in lines.marks[:_MOST]:
        yield f"{lines.variable}={mark.x!r}: {_named(mark.status, mark.reason)}"
    if len(lines.marks) > _MOST:
        yield f"and {len(lines.marks) - _MOST} more marks"
    for region in lines.regions[:_MOST]:
        yield f"{lines.variable}={region.start!r}:{region.stop!r} has no value: {region.reason}"
    if len(lines.regions) > _MOST:
        yield f"and {len(lines.regions) - _MOST} more parts without a value"


def _named(status: str, reason: str) -> str:
    """The reason, with what kind of point it is if that is not said."""
    return reason if status in reason else f"{status}: {reason}"


def torn(field: Field) -> Iterator[str]:
    """What tears a field, a sentence for each kind."""
    for status, (place, reason) in field.torn.items():
        where = ", ".join(f"{name}={x:.4g}" for name, x in place.items())
        yield f"near {where}: {_named(status, reason)}"
