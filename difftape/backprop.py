"""The reverse sweep: cotangents pulled back through a list of steps, over any kind of value.

A step is `(primitive, place, …)`, each place the number of an earlier step; a leaf is a tuple of one.  A tape
and a graph in topological order are both such lists, so one sweep serves both.  A cotangent that has not
arrived is None, and that is the structural zero: nothing is ever multiplied by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any


def pull_back(
    steps: Sequence[tuple[Any, ...]],
    values: Sequence[Any],
    cotangents: list[Any],
    moving: Sequence[bool],
    gather: Callable[[list[Any], int, Any, Any, int], None] | None = None,
    order: Iterable[int] | None = None,
) -> list[Any]:
    """Fills `cotangents` (seeded at the targets, None elsewhere) down to the first step, and returns it.

    Only operands that are `moving` receive a cotangent, and only their partials are evaluated.  Values with
    shapes bring `gather(cotangents, place, g, partial, source)`, which adds the product g·partial, g being the
    cotangent at `source`, to the cotangent at a place in the shape that belongs there (once, here, so that no
    rule knows of shapes).  `order` gives the places from the last down, and may free each as the next is asked
    for.
    """
    plain = gather is None
    gather = gather or term_added
    for place in range(len(cotangents) - 1, -1, -1) if order is None else order:
        g = cotangents[place]
        if g is None:
            continue
        step = steps[place]
        width = len(step)
        if width == 3:
            primitive, a, b = step
            first, second = primitive.partials
            if moving[a]:
                if plain and first == 1 and cotangents[a] is None:
                    cotangents[a] = g
                else:
                    if first.__class__ is not int:
                        if first is None:
                            raise no_derivative(primitive, 0)
                        first = first(values[place], values[a], values[b])
                    gather(cotangents, a, g, first, place)
            if moving[b]:
                if second.__class__ is not int:
                    second = second(values[place], values[a], values[b])
                gather(cotangents, b, g, second, place)
        elif width == 2:
            primitive, a = step
            if moving[a]:
                partial = primitive.partials[0]
                if partial.__class__ is not int:
                    partial = partial(values[place], values[a])
                gather(cotangents, a, g, partial, place)
        elif width > 3:
            operands = [values[p] for p in step[1:]]
            for p, partial in zip(step[1:], step[0].partials, strict=True):
                if moving[p]:
                    if partial.__class__ is not int:
                        partial = partial(values[place], *operands)
                    gather(cotangents, p, g, partial, place)
    return cotangents


def term_added(cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
    """Adds g·partial to the cotangent at a place; the plain number 0 adds nothing."""
    if partial.__class__ is int:
        if partial == 0:
            return
        term = g if partial == 1 else -g if partial == -1 else g * partial
    else:
        term = g * partial
    known = cotangents[place]
    cotangents[place] = term if known is None else known + term


def no_derivative(primitive: Any, position: int) -> Exception:
    """The error that says which operand of which function is an order or a parameter."""
    from .errors import DomainError

    return DomainError(
        f"{primitive.name} has no derivative by its {('first', 'second', 'third')[position]} argument, an order",
        hint="give that argument a fixed value and differentiate by the other variables (--wrt)",
        call="give that argument a fixed value and differentiate by the other variables (wrt)",
    )
