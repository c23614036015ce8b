"""Derivatives of any order as formulas: the reverse sweep on nodes, tidied after each differentiation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..engines.deriving import on_nodes, slopes_of
from ..errors import LimitError
from ..graph import Graph, Program, Step, moving, postorder
from ..node import Node
from .tidying import tidied

Name = tuple[str, ...]
"""By what is differentiated, in turn: () is the expression itself."""

MOST = 200_000  # operations of a formula, unless the expression itself is large


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
    slopes = slopes_of(steps, root, on_nodes(steps, graph), flags, by) if flags[root] else dict.fromkeys(by, 0.0)
    found: dict[Name, list[Step]] = {}
    for name, slope in slopes.items():
        place = slope.place if slope.__class__ is Node else graph.leaf(slope)
        now = tidied(graph.steps, place)
        if len(now) > limit:
            order = len(prefix) + 1
            raise LimitError(
                f"the derivative of order {order} has {len(now)} operations as a formula; the limit is {limit}",
                hint="numbers of any order: difftape grad --order N --at …",
                call="numbers of any order: derivatives(name, at, order)",
            )
        found[*prefix, name] = now
    return found
