"""Derivatives of any order as formulas: the reverse sweep on nodes, tidied after each differentiation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..engines.deriving import on_nodes, slopes_of
from ..errors import LimitError
from ..graph import Graph, Program, Step, moving, postorder
from ..node import Node
from ..table.arithmetic import add, mul, neg, sub
from ..table.choice import either, negation, where
from .parts import extend_total
from .tidying import tidied

Name = tuple[str, ...]
"""By what is differentiated, in turn: () is the expression itself."""

MOST = 5_000  # operations of a formula that are not equal to one another, unless the expression itself is large
_UNTIDIED = 10  # times as many before it is made readable


def formulas(program: Program, names: Iterable[Name]) -> dict[Name, list[Step]]:
    """For each name the steps of that derivative, the last of them its value.

    Raises LimitError for a formula that grows too large.

    >>> from difftape.parser import parse
    >>> from difftape.printer import printed
    >>> found = formulas(parse("x**3*sin(y)"), [("x",), ("x", "x", "y")])
    >>> [printed(steps, len(steps) - 1) for steps in found.values()]
    ['3*x**2*sin(y)', '6*x*cos(y)']
    """
    wanted = list(names)
    known: dict[Name, list[Step]] = {(): postorder(program.steps, program.root)}
    limit = max(MOST, 20 * len(program.steps))
    next_by: dict[Name, dict[str, None]] = {}
    for name in wanted:
        for k, by in enumerate(name):
            next_by.setdefault(name[:k], {})[by] = None
    for prefix in sorted(next_by, key=len):
        known.update(_differentiated(known[prefix], prefix, list(next_by[prefix]), limit))
    if () in wanted:
        known[()] = tidied(known[()], len(known[()]) - 1)
    return {name: known[name] for name in wanted}


def _differentiated(steps: list[Step], prefix: Name, by: Sequence[str], limit: int) -> dict[Name, list[Step]]:
    """The derivatives of the last of the steps by each of the variables."""
    graph, root = Graph(), len(steps) - 1
    flags = moving(steps, by)
    slopes: dict[str, Any] = dict.fromkeys(by, 0.0)
    if flags[root]:
        slopes = slopes_of(steps, root, on_nodes(steps, graph), flags, by, _Gathering(graph))
    found: dict[Name, list[Step]] = {}
    for name, slope in slopes.items():
        place = slope.place if slope.__class__ is Node else graph.leaf(slope)
        if len(graph.steps) > _UNTIDIED * limit:
            raise _too_large(len(prefix) + 1, limit)
        now = tidied(graph.steps, place)
        if len(now) > limit:
            raise _too_large(len(prefix) + 1, limit)
        found[*prefix, name] = now
    return found


def _too_large(order: int, limit: int) -> LimitError:
    return LimitError(
        f"the derivative of order {order} has more than {limit} different operations as a formula",
        hint="numbers of any order: difftape grad --order N --at …",
        call="numbers of any order: derivatives(name, at, order)",
    )


class _Gathering:
    """Adds cotangents on nodes; what is 0 unless a branch is taken is multiplied in that branch only.

    So 1/x is not asked for at 0 in the derivative of where(x > 2, log(x), 1) + where(x > 3, log(x), 1).
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.total: list[bool] = []

    def __call__(self, cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
        """Adds g·partial to a cotangent, unless that is a structural zero."""
        if partial.__class__ is int and partial == 0:
            return
        term = self._product(g, partial)
        if term.__class__ is float and term == 0:
            return
        known = cotangents[place]
        cotangents[place] = term if known is None else self._sum(known, term)

    def _sum(self, a: Any, b: Any) -> Any:
        """The sum, of two choices under one condition branch by branch."""
        if a.__class__ is Node and b.__class__ is Node:
            steps = self.graph.steps
            first, second = steps[a.place], steps[b.place]
            if first[0] is where and second[0] is where and first[1] == second[1]:
                yes, no = (Node(self.graph, first[k]) + Node(self.graph, second[k]) for k in (2, 3))
                return where(Node(self.graph, first[1]), yes, no)
        return a + b

    def _product(self, g: Any, partial: Any) -> Any:
        if g.__class__ is Node and partial.__class__ is Node:
            extend_total(self.total, self.graph.steps)
            condition = None if self.total[partial.place] else self._condition(g.place)
            if condition is not None:
                return where(condition, g * partial, 0.0)
        return g * partial

    def _condition(self, place: int) -> Any:
        """The condition without which a sum of choices is 0; None where it may be anything."""
        found = None
        waiting = [place]
        steps = self.graph.steps
        while waiting:
            step = steps[waiting.pop()]
            if step[0] in (add, sub, neg):
                waiting.extend(step[1:])
                continue
            if step[0] is mul and steps[step[1]][0].__class__ is float:
                waiting.append(step[2])
                continue
            if step[0] is not where:
                return None
            condition, yes, no = (Node(self.graph, p) for p in step[1:])
            if no.value != 0 and yes.value != 0:
                return None
            one = condition if no.value == 0 else negation(condition)
            found = one if found is None or found.place == one.place else either(found, one)
        if steps[place][0] is where:
            return None  # the product goes into the branch by itself
        return found
