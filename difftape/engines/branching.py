"""Under which conditions each step of a program counts: the branches of `where` in which all its uses are.

Branches are a tree: each has the one around it, a condition's place, and whether that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Step
from ..table.choice import both, negation, where

EVERYWHERE = 0
_UNUSED = -1


class Branches:
    """The branch of each step that the roots need; EVERYWHERE for what counts in every case.

    >>> from difftape.parser import parse
    >>> program = parse("where(x > 0, sin(x), 0)")
    >>> found = Branches(program.steps, [program.root])
    >>> [step[0].name for step, branch in zip(program.steps, found.of) if branch != EVERYWHERE and len(step) > 1]
    ['sin']
    """

    def __init__(self, steps: Sequence[Step], roots: Sequence[int]) -> None:
        self._tree: list[tuple[int, int, bool, int]] = [(EVERYWHERE, -1, True, 0)]  # around it, condition, holds, depth
        self._known: dict[tuple[int, int, bool], int] = {}
        self._conditions: dict[int, Any] = {EVERYWHERE: None}
        self.of = [_UNUSED] * len(steps)
        for place in roots:
            self.of[place] = EVERYWHERE
        for place in range(len(steps) - 1, -1, -1):
            step, own = steps[place], self.of[place]
            if own == _UNUSED:
                continue
            for k, p in enumerate(step[1:]):
                branch = self._inside(own, step[1], k == 1) if step[0] is where and k else own
                self.of[p] = branch if self.of[p] == _UNUSED else self._shared(self.of[p], branch)
        self.of = [EVERYWHERE if branch == _UNUSED else branch for branch in self.of]

    def condition(self, branch: int, node: Callable[[int], Any]) -> Any:
        """The condition that a branch is taken, over `node(place)` for a step's condition; None for EVERYWHERE."""
        waiting = []
        while branch not in self._conditions:
            waiting.append(branch)
            branch = self._tree[branch][0]
        for inner in reversed(waiting):
            around, place, holds, _ = self._tree[inner]
            own = node(place) if holds else negation(node(place))
            outer = self._conditions[around]
            self._conditions[inner] = own if outer is None else both(outer, own)
        return self._conditions[waiting[0] if waiting else branch]

    def _inside(self, around: int, condition: int, holds: bool) -> int:
        key = (around, condition, holds)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self._tree)
            self._tree.append((*key, self._tree[around][3] + 1))
        return known

    def _shared(self, a: int, b: int) -> int:
        """The innermost branch that both are in."""
        tree = self._tree
        while a != b:
            if tree[a][3] < tree[b][3]:
                a, b = b, a
            a = tree[a][0]
        return a
