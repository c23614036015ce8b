"""Hash-consed graphs: each distinct step once, in the order in which it can be evaluated.

A step is `(primitive, place, …)`; a leaf is a tuple of one: a float, a variable's name, or a named constant of
the table.  What was parsed is kept as it was written; what is derived (through `Node`) is simplified where
that is exact: no 0+, 1*, or --.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .operand import Operand
from .primitives import TABLE, Primitive
from .table.arithmetic import add, div, mul, neg, pow, sub

Step = tuple[Any, ...]
CONSTANTS: dict[Any, float] = {p: p.scalar() for p in TABLE.values() if p.arity == 0}


class Program:
    """An expression as it was written: its text, its steps, the place of its value, and its variables.

    `variables` are in the order in which they first appear, `places` says where each is.  `spans` says where each
    step was first written.  `has_ties` and `has_choices` say whether a step other than a power can tie (abs, max …),
    and whether one is a `where`.
    """

    __slots__ = ("_spans", "has_choices", "has_ties", "places", "root", "steps", "text", "variables")

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

    def node(self, place: int) -> Node:
        """The step at a place as an operand."""
        return Node(self, place)


class Node(Operand):
    """A step of a graph as an operand: rules run on nodes write derivative graphs."""

    __slots__ = ("graph", "place")

    def __init__(self, graph: Graph, place: int) -> None:
        self.graph = graph
        self.place = place

    def number(self, value: Any) -> Node:
        """A plain number or a named constant as a leaf of the same graph."""
        return Node(self.graph, self.graph.leaf(float(value)))

    def apply(self, primitive: Primitive, operands: tuple[Any, ...]) -> Any:
        graph = self.graph
        if primitive.arity == 0:
            return Node(graph, graph.place((primitive,)))
        exact = _EXACT.get(primitive)
        if exact is not None:
            plain = exact(*operands)
            if plain is not None:
                return plain
        places = [x.place if x.__class__ is Node else graph.leaf(x) for x in operands]
        return Node(graph, graph.place((primitive, *places)))

    @property
    def value(self) -> float | None:
        """The number this node is, if it is a plain one."""
        step = self.graph.steps[self.place]
        if step[0] is neg:
            leaf = self.graph.steps[step[1]][0]
            return -leaf if leaf.__class__ is float else None
        return step[0] if step[0].__class__ is float else None


def _plain(x: Any) -> float | None:
    return x.value if x.__class__ is Node else x


def _whole(*numbers: float | None) -> bool:
    """Whether all are known whole numbers small enough for exact arithmetic."""
    return all(n is not None and n == n // 1 and -1e6 < n < 1e6 for n in numbers)


def _sum(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if _whole(u, v):
        return u + v  # type: ignore[operator]
    return b if u == 0 else a if v == 0 else None


def _difference(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if _whole(u, v):
        return u - v  # type: ignore[operator]
    return -b if u == 0 else a if v == 0 else None


def _product(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if _whole(u, v):
        return u * v  # type: ignore[operator]
    if u == 0 or v == 0:
        return 0.0
    return b if u == 1 else a if v == 1 else -b if u == -1 else -a if v == -1 else None


def _quotient(a: Any, b: Any) -> Any:
    u, v = _plain(a), _plain(b)
    if u == 0 and v != 0:
        return 0.0
    return a if v == 1 else -a if v == -1 else None


def _negative(a: Any) -> Any:
    u = _plain(a)
    if u == 0:
        return 0.0
    step = a.graph.steps[a.place]
    return Node(a.graph, step[1]) if step[0] is neg else None


def _power(a: Any, p: Any) -> Any:
    v = _plain(p)
    return 1.0 if v == 0 else a if v == 1 else None


_EXACT: dict[Primitive, Callable[..., Any]] = {
    add: _sum, sub: _difference, mul: _product, div: _quotient, neg: _negative, pow: _power,
}  # fmt: skip


def evaluate(
    steps: Sequence[Step], bindings: Mapping[Any, float], lenient: bool = False, values: list[Any] | None = None
) -> list[Any]:
    """The value of every step in doubles; goes on after the values already known.

    Raises ValueError, OverflowError or ZeroDivisionError; what failed is the step after the last of `values`.
    A `lenient` evaluation leaves None there instead, and in all that depends on it.
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
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
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


def interpret(steps: Sequence[Step], bindings: Mapping[Any, Any], meaning: Callable[[Primitive], Any]) -> list[Any]:
    """The value of every step; `bindings` gives a value to each leaf, `meaning` a function to each primitive."""
    values: list[Any] = []
    for step in steps:
        if len(step) == 1:
            values.append(bindings[step[0]])
        else:
            values.append(meaning(step[0])(*[values[p] for p in step[1:]]))
    return values


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
            for p in steps[place][1:]:
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
    ends = {name: _copied(graph, program, {}) for name, program in (replacements or {}).items()}
    roots = [_copied(graph, program, ends) for program in programs]
    last = roots[0] if primitive is None else graph.place((primitive, *roots))
    return (postorder(graph.steps, last),)


def _copied(graph: Graph, program: Program, ends: Mapping[str, int]) -> int:
    """Writes a program into a graph, with `ends` for its variables; returns the place of its value."""
    places: list[int] = []
    for step in program.steps:
        known = ends.get(step[0]) if len(step) == 1 and step[0].__class__ is str else None
        places.append(graph.place((step[0], *[places[p] for p in step[1:]])) if known is None else known)
    return places[program.root]


def freed(program: Program, names: Iterable[str]) -> Program:
    """The program with the named constants (pi, e, tau) among `names` as variables."""
    wanted = set(names).difference(program.variables)
    free = {p: n for n in wanted for p in CONSTANTS if n == p.name or n in p.aliases}
    found = [step[0] for step in program.steps if len(step) == 1 and step[0] in free]
    if not found:
        return program
    steps = [(free[step[0]],) if len(step) == 1 and step[0] in free else step for step in program.steps]
    return Program(program.text, steps, program.root, variable_places(steps), program.has_ties, program.has_choices)
