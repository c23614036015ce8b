"""The program that is left at a point when every `where` has chosen: only the branch taken is evaluated.

What is written on the other branch may be undefined there; it has no part in the value or in a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .graph import Step
from .table.choice import where


class Chosen(NamedTuple):
    """Steps without `where`; `origins` gives the place each had in the program it came from."""

    steps: list[Step]
    root: int
    origins: list[int]
    ties: list[int]


def chosen(
    steps: Sequence[Step],
    root: int,
    bindings: Mapping[Any, Any],
    meaning: Callable[[Any], Any] | None = None,
    ties: Callable[[Any, Sequence[Any]], bool] | None = None,
) -> Chosen:
    """The steps that the root needs at a point, each `where` replaced by the branch it takes.

    On numbers other than doubles `meaning` gives the function of a primitive, and `ties` says whether it has a tie.
    `ties` are the places of conditions that compare equal numbers: next to the point they may turn over.
    Raises what the evaluation of a needed step raises, with the place of the step as its attribute `place`.
    """
    values: dict[int, Any] = {}
    places: dict[int, int] = {}
    taken: list[Step] = []
    origins: list[int] = []
    tied: list[int] = []
    meaning = meaning or (lambda primitive: primitive.scalar)
    ties = ties or (lambda primitive, operands: primitive.tie(*operands))
    waiting = [root]
    while waiting:
        place = waiting[-1]
        if place in values:
            waiting.pop()
            continue
        step = steps[place]
        if step[0] is where:
            condition = values.get(step[1], _unknown)
            wanted = step[1] if condition is _unknown else step[2] if condition else step[3]
            if wanted in values and condition is not _unknown:
                values[place], places[place] = values[wanted], places[wanted]
            else:
                waiting.append(wanted)
            continue
        missing = [p for p in step[1:] if p not in values]
        if missing:
            waiting.extend(reversed(missing))
            continue
        if len(step) == 1:
            values[place] = step[0] if step[0].__class__ is float else bindings[step[0]]
        else:
            operands = [values[p] for p in step[1:]]
            try:
                values[place] = meaning(step[0])(*operands)
            except (ValueError, OverflowError, ZeroDivisionError) as error:
                error.place = place  # type: ignore[union-attr]
                raise
            if values[place].__class__ is bool and step[0].tie is not None and ties(step[0], operands):
                tied.append(place)
        places[place] = len(taken)
        taken.append((step[0], *[places[p] for p in step[1:]]))
        origins.append(place)
    return Chosen(taken, places[root], origins, tied)


def taken(steps: Sequence[Step], root: int, holds: Callable[[int], bool]) -> tuple[list[Step], int, list[int]]:
    """The steps that the root needs, each `where` replaced by its branch, the place of the root, and their origins.

    `holds` says how the condition at a place comes out.

    >>> from difftape.parser import parse
    >>> program = parse("where(x > 0, x, -x)")
    >>> taken(program.steps, program.root, lambda condition: True)
    ([('x',)], 0, [0])
    """

    def branch(place: int) -> int:
        while steps[place][0] is where:
            place = steps[place][2 if holds(steps[place][1]) else 3]
        return place

    places: dict[int, int] = {}
    found: list[Step] = []
    waiting = [branch(root)]
    while waiting:
        place = waiting[-1]
        if place in places:
            waiting.pop()
            continue
        operands = [branch(p) for p in steps[place][1:]]
        missing = [p for p in operands if p not in places]
        if missing:
            waiting.extend(reversed(missing))
            continue
        places[place] = len(found)
        found.append((steps[place][0], *[places[p] for p in operands]))
    return found, places[branch(root)], list(places)


_unknown = object()
