"""The numbers of a tape at a point: the value, adjoint, partials and Taylor coefficients of each step that has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from math import isfinite
from typing import Any

from .backprop import pull_back
from .branches import chosen
from .derivatives import ARITHMETIC
from .graph import Program, Step, moving
from .interpret import CONSTANTS, evaluate
from .series import family_in_doubles
from .table.choice import where


class Numbers:
    """What a program's steps are at a point; `failed` is the place of the first that has no number, or no slope."""

    def __init__(self, program: Program, point: Mapping[str, float], by: Sequence[str], order: int) -> None:
        steps, root = program.steps, program.root
        bindings = {**CONSTANTS, **point}
        self.failed: int | None = None
        self.values: list[Any] = evaluate(steps, bindings, lenient=True)
        self.adjoints: list[Any] = [None] * len(steps)
        self.partials: dict[int, list[Any]] = {}
        self.coefficients: dict[int, tuple[float, ...]] = {}
        try:
            chosen(steps, root, bindings)
        except ARITHMETIC as error:
            self.failed = getattr(error, "place", root)
            return
        flags = moving(steps, by)
        self._sweep(steps, root, flags)
        if order and self.failed is None:
            self._expand(steps, root, point, by[0], order)

    def _sweep(self, steps: Sequence[Step], root: int, flags: Sequence[bool]) -> None:
        """The adjoints and partials, from the root down to where one of them is no number."""
        here = root

        def downwards() -> Iterator[int]:
            nonlocal here
            for here in range(root, -1, -1):
                if self.failed is not None:
                    return
                if self.adjoints[here] is not None and self._is_hard(steps[here], here, flags):
                    self.failed = here
                    return
                yield here

        def gather(cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
            self.partials.setdefault(source, []).append(float(partial))
            if partial.__class__ is int and partial == 0:
                return
            known = cotangents[place]
            cotangents[place] = g * partial if known is None else known + g * partial
            if not isfinite(cotangents[place]):
                self.failed = source

        self.adjoints[root] = 1.0
        try:
            pull_back(steps, self.values, self.adjoints, flags, gather, downwards())
        except ARITHMETIC:
            self.failed = here
        if self.failed is not None:
            self.adjoints[: self.failed] = [None] * self.failed
            self.partials.pop(self.failed, None)

    def _is_hard(self, step: Step, place: int, flags: Sequence[bool]) -> bool:
        """Whether the step has no finite value, or a tie."""
        value = self.values[place]
        if value is None or not isfinite(value):
            return True
        if len(step) == 1 or not flags[place] or step[0].tie is None:
            return False
        return bool(step[0].tie(*[self.values[p] for p in step[1:]]))

    def _expand(self, steps: Sequence[Step], root: int, point: Mapping[str, float], by: str, order: int) -> None:
        """The coefficients of every step that is evaluated; those of a choice are those of the branch taken."""
        taken = chosen(steps, root, {**CONSTANTS, **point})
        try:
            family = family_in_doubles(taken.steps, taken.root, point, by, order)
            filled = family.all_filled(family.values, order, repeat(1.0))
        except ARITHMETIC:
            self.failed = root
            return
        for place, origin in enumerate(taken.origins):
            value = family.values[place]
            found = filled.get(place, [value])
            if value.__class__ is not bool:
                self.coefficients[origin] = tuple(
                    [c + 0.0 for c in found[: order + 1]] + [0.0] * (order + 1 - len(found))
                )
        for place, step in enumerate(steps):
            if step[0] is where and self.values[step[1]] is not None:
                branch = step[2] if self.values[step[1]] else step[3]
                if branch in self.coefficients:
                    self.coefficients[place] = self.coefficients[branch]
