"""Hash-consed graphs: each distinct step once, in the order in which it can be evaluated.

A step is `(primitive, place, …)`; a leaf is a tuple of one: a float, a variable's name, or a named constant of
the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .primitives import TABLE, Primitive
from .table.arithmetic import neg

Step = tuple[Any, ...]


class Program:
    """An expression as it was written: its text, its steps, the place of its value, and its variables.

    `variables` are in the order in which they first appear, `places` says where each is.  `spans` says where each
    step was first written.  `has_ties` and `has_choices` say whether a step other than a power can tie (abs, max …),
    and whether one is a `where`.  `exactly` is the same with exact literals, once that was asked for (`exact.py`).
    """

    __slots__ = ("_spans", "exactly", "has_choices", "has_ties", "places", "root", "steps", "text", "variables")

    def __init__(
        self, text: str, steps: list[Step], root: int, places: dict[str, int], has_ties: bool, has_choices: bool
    ) -> None:
        self.text = text
        self.steps = steps
        self.root = root
        self.places = places
        self.variables = tuple(places)
        self.has_ties = has_ties
        self.has_choices = has_choices
        self.exactly: Program | None = None
        self._spans: Sequence[tuple[int, int]] | None = None

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """For each step, its beginning and end in the text (found when first asked for)."""
        if self._spans is None:
            from .parser import spans

            self._spans = spans(self)
        return self._spans


class Graph:
    """A list of steps, and the place of each."""

    __slots__ = ("places", "steps")

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self.steps: list[Step] = list(steps)
        self.places: dict[Step, int] = {step: place for place, step in enumerate(self.steps)}

    def place(self, step: Step) -> int:
        """The place of a step, which is appended if it is new."""
        known = self.places.get(step)
        if known is None:
            known = self.places[step] = len(self.steps)
            self.steps.append(step)
        return known

    def leaf(self, value: float) -> int:
        """The place of a plain number; a negative one is the negative of a leaf, as it would be written."""
        if value < 0:
            return self.place((neg, self.place((-float(value),))))
        return self.place((float(value),))


def variable_places(steps: Sequence[Step]) -> dict[str, int]:
    """The place of each variable, in the order of the steps."""
    return {step[0]: place for place, step in enumerate(steps) if len(step) == 1 and step[0].__class__ is str}


def moving(steps: Sequence[Step], names: Iterable[str]) -> list[bool]:
    """Which steps depend on one of the named variables; comparisons and the like, with structural zeros, do not."""
    by = set(names)
    flags: list[bool] = []
    for step in steps:
        width = len(step)
        if width == 3:
            flags.append(flags[step[1]] or flags[step[2]])
        elif width == 2:
            flags.append(flags[step[1]])
        elif width == 1:
            flags.append(step[0] in by)
        else:
            flags.append(any(flags[p] for p in step[1:]))
    return flags


def reachable(steps: Sequence[Step], roots: Iterable[int]) -> list[bool]:
    """Which steps the roots need."""
    needed = [False] * len(steps)
    for root in roots:
        needed[root] = True
    for place in range(len(steps) - 1, -1, -1):
        if needed[place]:
            step = steps[place]
            if len(step) == 3:
                needed[step[1]] = needed[step[2]] = True
            else:
                for p in step[1:]:
                    needed[p] = True
    return needed


def postorder(steps: Sequence[Step], root: int) -> list[Step]:
    """The steps that the root needs, numbered in the order in which they are first needed, operands first.

    Two programs have the same structure just when these are equal.
    """
    places: dict[int, int] = {}
    found: list[Step] = []
    waiting = [root]
    while waiting:
        place = waiting[-1]
        if place in places:
            waiting.pop()
            continue
        step = steps[place]
        missing = [p for p in step[1:] if p not in places]
        if missing:
            waiting.extend(reversed(missing))
            continue
        places[place] = len(found)
        found.append((step[0], *[places[p] for p in step[1:]]))
    return found


def combined(
    programs: Sequence[Program], primitive: Primitive | None = None, replacements: Mapping[str, Program] | None = None
) -> tuple[list[Step]]:
    """The steps of a primitive applied to programs (or of one program with programs in place of variables)."""
    graph = Graph()
    ends = {name: copied(graph, program, {}) for name, program in (replacements or {}).items()}
    roots = [copied(graph, program, ends) for program in programs]
    last = roots[0] if primitive is None else graph.place((primitive, *roots))
    return (postorder(graph.steps, last),)


def copied(graph: Graph, program: Program, ends: Mapping[str, int]) -> int:
    """Writes a program into a graph, with `ends` for its variables; returns the place of its value."""
    places: list[int] = []
    for step in program.steps:
        known = ends.get(step[0]) if len(step) == 1 and step[0].__class__ is str else None
        places.append(graph.place((step[0], *[places[p] for p in step[1:]])) if known is None else known)
    return places[program.root]


def freed(program: Program, names: Iterable[str]) -> Program:
    """The program with the named constants (pi, e, tau) among `names` as variables."""
    wanted = set(names).difference(program.variables)
    free = {p: n for n in wanted for p in TABLE.values() if p.arity == 0 and (n == p.name or n in p.aliases)}
    found = [step[0] for step in program.steps if len(step) == 1 and step[0] in free]
    if not found:
        return program
    steps = [(free[step[0]],) if len(step) == 1 and step[0] in free else step for step in program.steps]
    return Program(program.text, steps, program.root, variable_places(steps), program.has_ties, program.has_choices)
