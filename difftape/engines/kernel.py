"""A kernel: the straight-line program that an engine runs, with its inputs, results and what must be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..graph import Step


class Kernel(NamedTuple):
    """Steps in the order of evaluation, each once, none that is not needed.

    `inputs`   the variables, in the order of the columns; input k is the step `(name,)` at some place
    `steps`    a leaf is a variable's name or a float (which may be negative); else `(primitive, place, …)`
    `outputs`  the places of the results
    `heads`    what each result is called: "value", "d/dx" …
    `finite`   places whose values must be finite: where one is not, the row is singular although its results
               may look well (atan(1/x) at 0)
    `ties`     places of conditions; where one holds, a rule cannot be trusted (abs at 0)
    """

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    heads: tuple[str, ...]
    finite: tuple[int, ...] = ()
    ties: tuple[int, ...] = ()

    def __str__(self) -> str:
        """The program as text, a step a line."""
        return "\n".join(_listing(self))

    @property
    def primitives(self) -> list[object]:
        """The primitives that are used, each once, in order of first use."""
        return list(dict.fromkeys(step[0] for step in self.steps if len(step) > 1))


def _listing(kernel: Kernel) -> list[str]:
    lines = [f"v{k} = {written(step, [f'v{p}' for p in step[1:]])}" for k, step in enumerate(kernel.steps)]
    return lines + [f"{head} = v{place}" for head, place in zip(kernel.heads, kernel.outputs, strict=True)]


def written(step: Step, operands: Sequence[str]) -> str:
    """A step as it would be typed, of operands that have names."""
    if len(step) == 1:
        return repr(step[0]) if step[0].__class__ is float else str(step[0])
    primitive = step[0]
    if not primitive.symbol:
        return f"{primitive.name}({', '.join(operands)})"
    space = " " if primitive.symbol.isalpha() else ""
    if len(operands) == 1:
        return f"{primitive.symbol}{space}{operands[0]}"
    return f"{operands[0]} {primitive.symbol} {operands[1]}"


def liveness(kernel: Kernel, kept: Sequence[int] = ()) -> list[int]:
    """For each step the place of the last step that uses it; results and `kept` places live for ever."""
    last = list(range(len(kernel.steps)))
    for place, step in enumerate(kernel.steps):
        for operand in step[1:]:
            last[operand] = place
    for place in (*kernel.outputs, *kept):
        last[place] = len(kernel.steps)
    return last
