"""A graph as text in any language with our operators: brackets where binding powers need them, the rest by hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Step
from ..primitives import Primitive
from ..printer import leaf

Part = Any
"""A piece of text, or an operand as (place, left, right): what binds to its left and its right."""


def spelled(
    steps: Sequence[Step],
    root: int,
    parts: Callable[[int], Sequence[Part] | None],
    leaf: Callable[[Any], str] = leaf,
    infix: Callable[[Primitive], str] = lambda p: f" {p.symbol} " if p.left < 30 or p.symbol.isalpha() else p.symbol,
    brackets: tuple[str, str] = ("(", ")"),
) -> str:
    """The text of the expression at `root`.

    `parts` gives the pieces of a step that is written otherwise than as an operator, None for the others.

    >>> from difftape.parser import parse
    >>> steps = parse("(x + 1)*sin(y)").steps
    >>> spelled(steps, len(steps) - 1, lambda place: called("S", steps[place]) if len(steps[place]) == 2 else None)
    '(x + 1)*S(y)'
    """
    out: list[str] = []
    waiting: list[Part] = [(root, 0, 0)]
    while waiting:
        item = waiting.pop()
        if item.__class__ is str:
            out.append(item)
            continue
        place, left, right = item
        step = steps[place]
        if len(step) == 1:
            out.append(leaf(step[0]))
            continue
        found = parts(place)
        if found is None:
            primitive = step[0]
            bracketed = right > primitive.right or 0 < primitive.left <= left
            if bracketed:
                left = right = 0
            found = _operator(primitive, step, left, right, infix)
            if bracketed:
                found = [brackets[0], *found, brackets[1]]
        waiting.extend(reversed(found))
    return "".join(out)


def _operator(
    primitive: Primitive, step: Step, left: int, right: int, infix: Callable[[Primitive], str]
) -> Sequence[Part]:
    if primitive.left:
        return [(step[1], left, primitive.left), infix(primitive), (step[2], primitive.right, right)]
    return [infix(primitive).lstrip(), (step[1], primitive.right, right)]


def called(name: str, step: Step) -> list[Part]:
    """A call with the step's operands."""
    found: list[Part] = [name + "("]
    for p in step[1:]:
        found += [(p, 0, 0), ", "]
    found[-1] = ")"
    return found


def filled(template: str, step: Step, power: int = 0) -> list[Part]:
    """A template with the operands at #1, #2 …, each as tightly bound as `power` needs.

    >>> filled("|#1|", ("abs", 7))
    ['|', (7, 0, 0), '|']
    """
    found: list[Part] = []
    for k, piece in enumerate(template.split("#")):
        if k:
            found.append((step[int(piece[0])], power, power))
            piece = piece[1:]
        if piece:
            found.append(piece)
    return found
