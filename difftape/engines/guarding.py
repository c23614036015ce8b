"""Where a kernel's results are not to be trusted, although they may look well: what must be finite, and ties.

A number that is not finite comes through most steps as one, so that it is enough to look at the results; but exp(-inf),
1/inf or inf > 0 hide it.  Which operands hide, each primitive's own function on floats tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from math import inf, isfinite, nan
from typing import Any, NamedTuple

from ..graph import Graph, Step, reachable
from ..node import Node
from ..table.choice import both, negation, where

_OTHERS = (2.0, 0.5, 0.0, -1.5)


class Guards(NamedTuple):
    """Places that must be finite, and places of conditions that must not hold."""

    finite: list[int]
    ties: list[int]


@cache
def hides(primitive: Any, position: int) -> bool:
    """Whether the primitive may give a finite number although this operand is none.

    >>> from difftape.table.arithmetic import exp, mul
    >>> hides(exp, 0), hides(mul, 0)
    (True, False)
    """
    if primitive.partials[position] is None:
        return True
    for operands in product(*((inf, -inf, nan) if k == position else _OTHERS for k in range(primitive.arity))):
        try:
            y = primitive.scalar(*operands)
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        if y.__class__ is bool or isfinite(y):
            return True
    return False


def guards(steps: Sequence[Step], results: Sequence[int], ties: Sequence[int]) -> tuple[list[Step], Guards]:
    """The steps with the conditions of trust written behind them, and the places of these.

    What only one branch of a `where` needs is looked at only where that branch is taken.
    """
    needed = reachable(steps, results)
    finite = list(results)
    for place, step in enumerate(steps):
        if needed[place] and len(step) > 1 and step[0] is not where:
            finite += [p for k, p in enumerate(step[1:]) if len(steps[p]) > 1 and hides(step[0], k)]
    graph = Graph(steps)
    branches = _branches(steps, results)
    plain, conditions = [], []
    for place in dict.fromkeys(finite):
        branch = branches[place]
        if branch is None:
            plain.append(place)
        else:
            x = Node(graph, place)
            conditions.append(both(_taken(graph, branch), negation(_is_finite(x))))
    for tie in ties:
        tied = Node(graph, tie)
        under = [branches[p] for p in _ends(steps, tie)]
        branch = under[0] if under and all(b == under[0] for b in under) else None
        conditions.append(tied if branch is None else both(_taken(graph, branch), tied))
    return graph.steps, Guards(plain, list(dict.fromkeys(c.place for c in conditions)))


def _is_finite(x: Node) -> Any:
    low = Node(x.graph, x.graph.place((-inf,)))
    return both(low < x, x < inf)


def _taken(graph: Graph, branch: tuple[int, bool]) -> Any:
    condition = Node(graph, branch[0])
    return condition if branch[1] else negation(condition)


def _ends(steps: Sequence[Step], tie: int) -> list[int]:
    """What a tie's condition compares."""
    return [p for p in steps[tie][1:] if len(steps[p]) > 1]


def _branches(steps: Sequence[Step], results: Sequence[int]) -> list[tuple[int, bool] | None]:
    """For each step the one branch of a `where`, its condition and whether that holds, that all its uses are in."""
    unknown: Any = ()
    found: list[Any] = [unknown] * len(steps)
    for place in results:
        found[place] = None
    for place in range(len(steps) - 1, -1, -1):
        step, own = steps[place], found[place]
        if own == unknown:
            continue
        for k, p in enumerate(step[1:]):
            branch = (step[1], k == 1) if step[0] is where and k else own
            found[p] = branch if found[p] == unknown or found[p] == branch else None
    return [None if branch == unknown else branch for branch in found]
