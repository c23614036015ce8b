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
from .branching import branches, is_taken

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


def guards(
    steps: Sequence[Step], results: Sequence[int], ties: Sequence[int], dropped: Sequence[int] = ()
) -> tuple[list[Step], Guards]:
    """The steps with the conditions of trust written behind them, and the places of these.

    What only one branch of a `where` needs is looked at only where that branch is taken.  `dropped` are further
    places that must be finite.
    """
    roots = [*results, *dropped]
    needed = reachable(steps, roots)
    finite = list(roots)
    for place, step in enumerate(steps):
        if needed[place] and len(step) > 1 and step[0] is not where:
            finite += [p for k, p in enumerate(step[1:]) if steps[p][0].__class__ is not float and hides(step[0], k)]
    graph = Graph(steps)
    under = branches(steps, roots)
    plain, conditions = [], list(ties)
    for place in dict.fromkeys(finite):
        taken = is_taken(under[place], lambda p: Node(graph, p))
        if taken is None:
            plain.append(place)
        else:
            conditions.append(both(taken, negation(_is_finite(Node(graph, place)))).place)
    return graph.steps, Guards(plain, list(dict.fromkeys(conditions)))


def _is_finite(x: Node) -> Any:
    low = Node(x.graph, x.graph.place((-inf,)))
    return both(low < x, x < inf)
