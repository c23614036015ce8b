"""Under which conditions each step of a program counts: the branches of `where` in which all its uses are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ..graph import Step
from ..table.choice import both, negation, where

Branch = frozenset[tuple[int, bool]]
"""Places of conditions, and whether each of them holds: all at once."""

EVERYWHERE: Branch = frozenset()
_MOST = 12  # conditions of a branch; those further inside are taken for met


def branches(steps: Sequence[Step], roots: Sequence[int]) -> list[Branch]:
    """The branch of each step that the roots need; EVERYWHERE for what counts in every case.

    >>> from difftape.parser import parse
    >>> program = parse("where(x > 0, sin(x), 0)")
    >>> found = branches(program.steps, [program.root])
    >>> [(step[0].name, found[place]) for place, step in enumerate(program.steps) if found[place] and len(step) > 1]
    [('sin', frozenset({(2, True)}))]
    """
    found: list[Branch | None] = [None] * len(steps)
    for place in roots:
        found[place] = EVERYWHERE
    for place in range(len(steps) - 1, -1, -1):
        step, own = steps[place], found[place]
        if own is None:
            continue
        for k, p in enumerate(step[1:]):
            branch = own | {(step[1], k == 1)} if step[0] is where and k and len(own) < _MOST else own
            known = found[p]
            found[p] = branch if known is None else known & branch if known else EVERYWHERE
    return [branch or EVERYWHERE for branch in found]


def is_taken(branch: Branch, node: Callable[[int], Any]) -> Any:
    """The condition that a branch is taken, over `node(place)` for each condition; None for EVERYWHERE."""
    conditions = [node(place) if holds else negation(node(place)) for place, holds in sorted(branch)]
    return reduce(both, conditions) if conditions else None
