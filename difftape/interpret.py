"""A list of steps run on numbers: doubles on the fast path, any kind elsewhere; the bindings choose the meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

from .graph import Step
from .primitives import TABLE, Primitive

CONSTANTS: dict[Any, float] = {p: p.scalar() for p in TABLE.values() if p.arity == 0}


def evaluate(
    steps: Sequence[Step], bindings: Mapping[Any, float], lenient: bool = False, values: list[Any] | None = None
) -> list[Any]:
    """The value of every step in doubles; goes on after the values already known.

    Raises ValueError, OverflowError or ZeroDivisionError; what failed is the step after the last of `values`.
    A `lenient` evaluation puts inf where a double overflows, and None where there is no number.
    """
    values = [] if values is None else values
    push = values.append
    for step in steps[len(values) :] if values else steps:
        width = len(step)
        try:
            if width == 3:
                primitive, a, b = step
                push(primitive.scalar(values[a], values[b]))
            elif width == 2:
                primitive, a = step
                push(primitive.scalar(values[a]))
            elif width == 1:
                leaf = step[0]
                push(leaf if leaf.__class__ is float else bindings[leaf])
            else:
                push(step[0].scalar(*[values[p] for p in step[1:]]))
        except OverflowError:
            if not lenient:
                raise
            push(inf)
        except (ValueError, ZeroDivisionError, TypeError):
            if not lenient:
                raise
            push(None)
    return values


def bind(steps: Sequence[Step], at: Mapping[str, Any], kind: Callable[[Any], Any]) -> dict[Any, Any]:
    """What each leaf of the steps is, as the kind of number given."""
    found: dict[Any, Any] = {}
    for step in steps:
        if len(step) == 1:
            leaf = step[0]
            if leaf.__class__ is str:
                found[leaf] = kind(at[leaf])
            elif leaf.__class__ is float:
                found[leaf] = kind(leaf)
            else:
                found[leaf] = leaf(kind(0))
    return found


def interpret(
    steps: Sequence[Step],
    bindings: Mapping[Any, Any],
    meaning: Callable[[Primitive], Any],
    values: list[Any] | None = None,
) -> list[Any]:
    """The value of every step; `bindings` gives a value to each leaf, `meaning` a function to each primitive.

    Goes on after the values already known.
    """
    values = [] if values is None else values
    for step in steps[len(values) :] if values else steps:
        if len(step) == 1:
            values.append(bindings[step[0]])
        else:
            values.append(meaning(step[0])(*[values[p] for p in step[1:]]))
    return values
