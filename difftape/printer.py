"""A graph as text: brackets only where the binding powers of the table need them.

Parsing what is printed gives the same graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .primitives import Primitive

_CALL = 100  # what a leaf or a call binds with


def printed(steps: Sequence[tuple[Any, ...]], root: int) -> str:
    """The text of the expression at `root`.

    >>> from difftape.parser import parse
    >>> program = parse("((x) * (y + 1.50)) ^ -2")
    >>> printed(program.steps, program.root)
    '(x*(y + 1.5))**-2'
    """
    out: list[str] = []
    waiting: list[Any] = [(root, 0, 0)]
    while waiting:
        item = waiting.pop()
        if item.__class__ is str:
            out.append(item)
            continue
        place, left, right = item  # what binds to the expression's left and right
        step = steps[place]
        primitive = step[0]
        if len(step) == 1:
            out.append(leaf(primitive))
        elif not primitive.symbol:
            out.append(primitive.name + "(")
            waiting.append(")")
            for operand in reversed(step[1:]):
                waiting.extend(((operand, 0, 0), ", "))
            waiting.pop()
        else:
            _operator(primitive, step, left, right, waiting)
    return "".join(out)


def _operator(primitive: Primitive, step: tuple[Any, ...], left: int, right: int, waiting: list[Any]) -> None:
    """Puts the parts of an operator's text on the stack, last first."""
    # Nothing to the left of a prefix operator can take its operand away.
    bracketed = right > primitive.right or 0 < primitive.left <= left
    if bracketed:
        waiting.append(")")
        left = right = 0
    if primitive.left:
        waiting.append((step[2], primitive.right, right))
        waiting.append(f" {primitive.symbol} " if primitive.left < 30 else primitive.symbol)
        waiting.append((step[1], left, primitive.left))
    else:
        waiting.append((step[1], primitive.right, right))
        waiting.append(primitive.symbol + (" " if primitive.symbol.isalpha() else ""))
    if bracketed:
        waiting.append("(")


def leaf(value: Any) -> str:
    """A leaf as it is written: a number in its shortest form, a name, a constant.

    >>> leaf(2.0), leaf(0.1), leaf("x")
    ('2', '0.1', 'x')
    """
    if value.__class__ is float:
        text = repr(value)
        return text[:-2] if text.endswith(".0") else text
    return value if value.__class__ is str else str(value.name)
