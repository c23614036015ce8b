"""The tape as JavaScript, generated from the graph: its values, its partials, its ties and its Taylor coefficients.

The table's rules are run on nodes of the graph, as for every engine, and what they write is spelt in JavaScript.  A
function that JavaScript lacks is a name, q0, q1 …, whose values are tabulated (`stops.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..engines.deriving import series_on_nodes
from ..graph import Graph, Program, Step, moving, postorder
from ..node import Node
from ..table.choice import where
from ..tracing import recorded
from ..writing.javascript import is_known, lines

ORDER = 8  # of the Taylor polynomials, where the text is not too long for it
_LONGEST = 90_000  # characters of the coefficients, of all variables together


class Edge(NamedTuple):
    """From a record to an operand's record: which partial that is, if any; whether its zero is a structural one."""

    operand: int
    partial: int = -1
    is_chosen: bool = False


class Live(NamedTuple):
    """The script, and what its numbers belong to.

    `places`     of each record its place in the program
    `edges`      of each record those to its operands
    `moves`      of each record whether it depends on a variable that is differentiated by
    `order`      the highest Taylor coefficient
    `steps`      the graph of all that is computed
    `tabulated`  the places in it of what JavaScript lacks
    """

    script: str
    places: list[int]
    edges: list[list[Edge]]
    moves: list[bool]
    order: int
    steps: list[Step]
    tabulated: list[int]


class _Partials(NamedTuple):
    roots: list[int]
    edges: list[list[Edge]]
    ties: list[int]


def live(program: Program, wrt: Sequence[str], most: int = ORDER) -> Live:
    """The script for a program.

    >>> from difftape.parser import parse
    >>> found = live(parse("x**2"), ["x"], most=1)
    >>> found.edges[1], found.order
    ([Edge(operand=0, partial=0, is_chosen=False)], 1)
    >>> "v2=Math.pow(v0, 2)" in found.script, "2*v0" in found.script
    (True, True)
    """
    places = recorded(program)
    graph = Graph(program.steps)
    flags = moving(program.steps, wrt)
    slopes = _partials(program, graph, places, flags)
    writer = _Writer(program, graph.steps)
    tape = writer.tape()
    partials = writer.returned(slopes.roots)
    ties = writer.returned(slopes.ties)
    series, order = _series(program, graph, wrt, writer, most)
    values = ",".join(writer.names[place] for place in places)
    inputs = "".join(f"{writer.names[program.places[name]]}=x[{k}];" for k, name in enumerate(program.variables))
    tables = "".join(f"q{j}=q[{j}];" for j in range(len(writer.tabulated)))
    names = [*dict.fromkeys(writer.names.values()), *(f"q{j}" for j in range(len(writer.tabulated)))]
    script = (
        f'(()=>{{"use strict";let {",".join(names)};\n'
        f"return{{set(x,q){{{inputs}{tables}}},\n"
        f"run(){{{tape}return {writer.text(program.root)};}},\n"
        f"values(){{return[{values}];}},\n"
        f"partials(){{{partials}}},\n"
        f"ties(){{{ties}}},\n"
        f"series:[{','.join(series)}]}};\n}})()"
    )
    return Live(script, places, slopes.edges, [flags[p] for p in places], order, graph.steps, writer.tabulated)


def _partials(program: Program, graph: Graph, places: Sequence[int], flags: Sequence[bool]) -> _Partials:
    """The rules run on the graph's nodes, and the conditions under which they cannot be trusted."""
    index = {place: k for k, place in enumerate(places)}
    roots: list[int] = []
    edges: list[list[Edge]] = []
    ties: list[int] = []
    for place in places:
        step = program.steps[place]
        nodes = [Node(graph, p) for p in step[1:]]
        found: list[Edge] = []
        for p, rule in zip(step[1:], step[0].partials if nodes else (), strict=True):
            if p not in index:
                continue  # a number
            slope = rule(Node(graph, place), *nodes) if callable(rule) else rule
            if not flags[p] or slope is None or (slope.__class__ is int and slope == 0):
                found.append(Edge(index[p]))
                continue
            at = slope.place if slope.__class__ is Node else graph.leaf(float(slope))
            found.append(Edge(index[p], len(roots), graph.steps[at][0] is where))
            roots.append(at)
        edges.append(found)
        if nodes and flags[place] and step[0].tie is not None:
            tie = step[0].tie(*nodes)
            if tie.__class__ is Node:
                ties.append(tie.place)
    return _Partials(roots, edges, ties)


def _series(program: Program, graph: Graph, wrt: Sequence[str], writer: _Writer, most: int) -> tuple[list[str], int]:
    """A function for each variable that returns its coefficients, to the highest order whose text is not too long."""
    texts: list[str] = []
    for order in range(most, 0, -1):
        texts, known = [], len(writer.tabulated)
        for name in wrt:
            found = series_on_nodes(program.steps, program.root, program.variables, graph, name, order)
            roots = [x.place if x.__class__ is Node else graph.leaf(float(x)) for x in found]
            if _size(graph.steps, roots) * len(wrt) > _LONGEST // 4:
                texts = []
                break
            texts.append(f"()=>{{{writer.returned(roots)}}}")
        if texts and (sum(map(len, texts)) <= _LONGEST or order == 1):
            return texts, order
        del writer.tabulated[known:]
    return [f"()=>[{writer.text(program.root)}]"] * len(wrt), 0


def _size(steps: Sequence[Step], roots: Sequence[int]) -> int:
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            waiting.extend(steps[place][1:])
    return len(seen)


class _Writer:
    """Spells parts of the graph with names for the values of the tape and for what is tabulated."""

    def __init__(self, program: Program, steps: list[Step]) -> None:
        self.program = program
        self.steps = steps
        self.tabulated: list[int] = []
        ends = {place: f"v{place}" for place, step in enumerate(program.steps) if _is_named(step)}
        self.names: dict[int, str] = ends

    def text(self, place: int) -> str:
        """The name of a value of the tape, or the number that it is."""
        return self.names.get(place) or lines([[self.steps[place]]], {}).results[0]

    def tape(self) -> str:
        """A line an operation, in the order of the tape."""
        found = []
        for place, step in enumerate(self.program.steps):
            if len(step) == 1:
                continue
            text = self._lines([self._call(place)] if not is_known(step[0]) else [self._cut(place, place)])
            line = f"{self.names[place]}={text.results[0]};"
            found.append(f"{{{text}{line}}}" if text.statements else line)
        return "\n".join(found) + "\n"

    def returned(self, roots: Sequence[int]) -> str:
        """The body of a function that returns these places as an array."""
        text = self._lines([self._cut(place) for place in roots])
        return f"{text}return[{','.join(text.results)}];"

    def _lines(self, expressions: Sequence[Sequence[Step]]) -> Any:
        names = {step[0]: None for steps in expressions for step in steps if step[0].__class__ is str}
        return lines(expressions, names)

    def _call(self, place: int) -> list[Step]:
        """The name of a call of what JavaScript lacks."""
        if place not in self.tabulated:
            self.tabulated.append(place)
        return [(f"q{self.tabulated.index(place)}",)]

    def _cut(self, root: int, inside: int = -1) -> list[Step]:
        """The steps that a place needs beyond the values of the tape; of `inside` itself its own operation."""
        graph = Graph()
        known: dict[int, int] = {}
        waiting = [root]
        while waiting:
            place = waiting[-1]
            step = self.steps[place]
            if place in known:
                waiting.pop()
            elif place in self.names and place != inside:
                known[place] = graph.place((self.names[place],))
            elif len(step) > 1 and not is_known(step[0]):
                known[place] = graph.place(self._call(place)[0])
            elif missing := [p for p in step[1:] if p not in known]:
                waiting.extend(missing)
            else:
                known[place] = graph.place((step[0], *[known[p] for p in step[1:]]))
        return postorder(graph.steps, known[root])


def _is_named(step: Step) -> bool:
    return len(step) > 1 or step[0].__class__ is str
