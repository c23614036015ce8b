"""The questions a program is asked first: its value and its gradient.

The fast path in doubles.  Where it meets something singular (a zero divisor, the edge of a domain, a tie, a
number that is not finite) it raises `Singular`; what kind of point that is, `diagnosis.py` finds out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from .backprop import pull_back
from .branches import chosen
from .graph import Program, Step, moving, variable_places
from .interpret import CONSTANTS, evaluate

ARITHMETIC = (ValueError, OverflowError, ZeroDivisionError)


class Singular(ArithmeticError):
    """The fast path met something singular, at the step `place` where that is known.

    `overflows` says that nothing is singular: the number is known, and exceeds a double.
    """

    def __init__(self, place: int | None = None, overflows: bool = False) -> None:
        super().__init__("singular")
        self.place = place
        self.overflows = overflows


def value(program: Program, at: Mapping[str, float]) -> float:
    """The expression's value at a point.

    >>> from difftape.parser import parse
    >>> value(parse("x**2 + 1"), {"x": 3.0})
    10.0
    """
    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, at)
    values = evaluated(steps, {**CONSTANTS, **at})
    if not isfinite(values[root]):
        raise Singular(root)
    return float(values[root])


def gradient(
    program: Program, at: Mapping[str, float], wrt: Sequence[str] | None = None, at_ties: bool = False
) -> tuple[float, dict[str, float]]:
    """The value, and the first derivative by each variable of `wrt` (default: all), from one reverse sweep.

    `at_ties` takes each primitive's own partial where it has a tie (abs at 0), the subgradient convention.

    >>> from difftape.parser import parse
    >>> gradient(parse("x**2*y"), {"x": 3.0, "y": 2.0})
    (18.0, {'x': 12.0, 'y': 9.0})
    """
    wrt = program.variables if wrt is None else wrt
    steps: Sequence[Step] = program.steps
    root = program.root
    places = program.places
    flags = moving(steps, wrt)
    if program.has_choices:
        steps, root, flags = chosen_at(program, at, flags, at_ties)
        places = variable_places(steps)
    values = evaluated(steps, {**CONSTANTS, **at})
    if not at_ties and (program.has_ties or 0.0 in values):
        refuse_ties(steps, values, flags)
    cotangents: list[Any] = [None] * (root + 1)
    cotangents[root] = 1.0
    try:
        pull_back(steps, values, cotangents, flags)
    except ARITHMETIC:
        raise Singular from None
    found = {}
    total = 0.0
    for name in wrt:
        place = places.get(name)
        d = cotangents[place] if place is not None and place <= root else None
        found[name] = d = 0.0 if d is None else d + 0.0
        total += d
    if not isfinite(total):
        raise Singular
    return values[root], found


def evaluated(steps: Sequence[Step], bindings: Mapping[Any, float]) -> list[Any]:
    """The value of every step, all finite; raises Singular with the place of the first that is not."""
    values: list[Any] = []
    try:
        evaluate(steps, bindings, False, values)
    except ARITHMETIC:
        raise Singular(len(values)) from None
    if not isfinite(sum(values)):
        raise Singular(next((p for p, v in enumerate(values) if not isfinite(v)), None))
    return values


def refuse_ties(steps: Sequence[Step], values: Sequence[Any], flags: Sequence[bool]) -> None:
    """Raises Singular at a step that moves and has a tie."""
    for place, step in enumerate(steps):
        if flags[place] and len(step) > 1:
            tie = step[0].tie
            if tie is not None and tie(*[values[p] for p in step[1:]]):
                raise Singular(place)


def chosen_at(
    program: Program, at: Mapping[str, float], flags: Sequence[bool] = (), at_ties: bool = True
) -> tuple[Sequence[Step], int, list[bool]]:
    """The program that is left at the point; raises Singular where a condition that moves has a tie."""
    try:
        taken = chosen(program.steps, program.root, {**CONSTANTS, **at})
    except ARITHMETIC as error:
        raise Singular(getattr(error, "place", None)) from None
    if not at_ties:
        for place in taken.ties:
            if flags[place]:
                raise Singular(place)
    return taken.steps, taken.root, [flags[place] for place in taken.origins] if flags else []
