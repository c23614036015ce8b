"""The graph of a program's value and derivatives, for all points at once: rules and series run on nodes.

Unlike the derivative at a point it holds both branches of a `where`, each under its condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from math import factorial, nan
from typing import Any, NamedTuple

from ..backprop import pull_back
from ..graph import Graph, Program, Step, moving
from ..interpret import CONSTANTS, evaluate
from ..node import Node
from ..series import Family
from ..table.arithmetic import add, div
from ..table.choice import both
from .branching import branches, is_taken
from .simplifying import simplified

Name = tuple[str, ...]
"""By what a result is differentiated, in turn: () is the value."""


class Derived(NamedTuple):
    """A graph, the place of each result, and what says whether the results are to be trusted.

    `ties` must not hold.  `dropped` must be finite, although no result needs it: what stands in a product with 0.
    """

    graph: Graph
    results: dict[Name, int]
    ties: list[int]
    dropped: list[int]


def derived(
    program: Program, wrt: Sequence[str], order: int = 1, hessian: bool = False, guarded: bool = True
) -> Derived:
    """The value and the derivatives by each variable of `wrt`, of orders up to `order`, or all second ones.

    What says whether they are to be trusted only where `guarded`.

    >>> from difftape.parser import parse
    >>> found = derived(parse("x**2*y"), ["x", "y"])
    >>> [(name, found.graph.steps[place][0]) for name, place in found.results.items()]
    [((), <primitive mul>), (('x',), <primitive mul>), (('y',), <primitive pow>)]
    """
    steps, (root,) = simplified(program.steps, [program.root], in_full=False)
    graph = Graph(steps)
    nodes = [Node(graph, place) for place in range(len(steps))]
    results: dict[Name, Any] = {(): nodes[root]}
    if hessian or order == 1:
        slopes = slopes_of(steps, root, nodes, moving(steps, wrt), wrt)
        results.update({(name,): slope for name, slope in slopes.items()})
        if hessian:
            results.update(_second(graph, slopes))
    elif order > 1:
        for name in wrt:
            coefficients = series_on_nodes(steps, root, program.variables, graph, name, order)
            for k, coefficient in enumerate(coefficients[1:], 1):
                results[(name,) * k] = coefficient * float(factorial(k))
    places = {name: _place(graph, x) for name, x in results.items()}
    flags = moving(program.steps, wrt)
    return Derived(graph, places, *(_trusted(program.steps, program.root, flags, graph) if guarded else ([], [])))


def _trusted(steps: Sequence[Step], root: int, flags: Sequence[bool], graph: Graph) -> tuple[list[int], list[int]]:
    """The conditions under which a step that moves ties, and what the graph leaves out, as places of the graph."""
    nodes = on_nodes(steps, graph)
    under = branches(steps, [root])
    ties, dropped = [], []
    for place, step in enumerate(steps):
        operands = [nodes[p] for p in step[1:]]
        if flags[place] and operands and step[0].tie is not None:
            tie = step[0].tie(*operands)
            if tie.__class__ is Node:
                taken = is_taken(under[place], nodes.__getitem__)
                ties.append((tie if taken is None else both(taken, tie)).place)
        if operands and nodes[place].value is not None:
            moved = [x for x in operands if x.value is None]
            dropped += [x.place for x in moved] + [(1 / x).place for x in moved if step[0] is div and x is operands[1]]
    return ties, dropped


def on_nodes(steps: Sequence[Step], graph: Graph) -> list[Node]:
    """Steps written into a graph, a node for each."""
    nodes: list[Node] = []
    for step in steps:
        if len(step) == 1:
            nodes.append(Node(graph, graph.place(step)))
        else:
            y = nodes[step[1]].apply(step[0], tuple(nodes[p] for p in step[1:]))
            nodes.append(Node(graph, _place(graph, y)))
    return nodes


def _place(graph: Graph, x: Any) -> int:
    return x.place if x.__class__ is Node else graph.leaf(x)


def slopes_of(
    steps: Sequence[Step],
    root: int,
    nodes: Sequence[Any],
    flags: Sequence[bool],
    wrt: Sequence[str],
    gather: Callable[[list[Any], int, Any, Any, int], None] | None = None,
) -> dict[str, Any]:
    """The first derivatives of a step, from one reverse sweep over nodes (`gather`: see `pull_back`)."""
    cotangents: list[Any] = [None] * (root + 1)
    cotangents[root] = 1.0
    pull_back(steps, nodes, cotangents, flags, gather or _gather)
    found: dict[str, Any] = dict.fromkeys(wrt, 0.0)
    for place, step in enumerate(steps[: root + 1]):
        if len(step) == 1 and step[0] in found and cotangents[place] is not None:
            found[step[0]] = cotangents[place]
    return found


def _gather(cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
    """Adds g·partial to a cotangent, unless that is a structural zero."""
    if partial.__class__ is int and partial == 0:
        return
    term = g * partial
    if term.__class__ is float and term == 0:
        return
    known = cotangents[place]
    if known.__class__ is Node and term.__class__ is Node:
        step = known.graph.steps[known.place]
        if step[0] is add and step[2] == term.place:  # the same term again, as from x*x
            known, term = Node(known.graph, step[1]), 2.0 * term
    cotangents[place] = term if known is None else known + term


def _second(graph: Graph, slopes: dict[str, Any]) -> dict[Name, Any]:
    """Each pair's second derivative once, in the order of the slopes, from a reverse sweep through each slope."""
    names = list(slopes)
    found: dict[Name, Any] = {}
    for k, (name, slope) in enumerate(slopes.items()):
        others = names[k:]
        if slope.__class__ is not Node:
            rows = dict.fromkeys(others, 0.0)
        else:
            steps = list(graph.steps[: slope.place + 1])
            nodes = [Node(graph, place) for place in range(len(steps))]
            rows = slopes_of(steps, slope.place, nodes, moving(steps, others), others)
        found.update({(name, other): row for other, row in rows.items()})
    return found


def series_on_nodes(
    steps: Sequence[Step], root: int, variables: Sequence[str], graph: Graph, name: str, order: int
) -> list[Any]:
    """The Taylor coefficients in one variable as nodes.

    The family's own numbers, at a point that is none, only tell constant exponents apart.
    """
    nowhere = {**CONSTANTS, **dict.fromkeys(variables, nan)}
    family = Family(steps, root, name, order, lambda steps, values: evaluate(steps, nowhere, True, values))
    return family.filled(on_nodes(family.graph.steps, graph), order, repeat(1))
