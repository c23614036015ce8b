"""The program that asks the same question by `GradientTape`, to paste into Python."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Mapping, Sequence
from typing import Any

from ..graph import Program, Step, postorder
from ..primitives import Primitive
from ..printer import leaf
from ..table.arithmetic import neg
from ..table.choice import equal, not_equal, where
from .code import Language, coded
from .naming import renamed
from .spelling import Part, called, spelled

_RESERVED = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "dt", "math", "tape", "f", "__debug__"))
_LONG = 90  # characters in one line; a longer expression is written a line an operation


def to_gradient_tape(program: Program, at: Mapping[str, float], wrt: Sequence[str]) -> str:
    """The value and the first derivatives by `wrt` at a point, by way of the tape.

    >>> from difftape.parser import parse
    >>> print(to_gradient_tape(parse("sin(x)*x**2"), {"x": 1.0}, ["x"]), end="")
    import difftape as dt
    <BLANKLINE>
    x = dt.Variable(1.0)
    <BLANKLINE>
    with dt.GradientTape() as tape:
        f = dt.sin(x)*x**2
    <BLANKLINE>
    print(float(f))
    print(float(tape.gradient(f, x, unconnected_gradients="zero")))
    """
    names = renamed(program.variables, _RESERVED)
    given = [f"{names[n]} = {f'dt.Variable({at[n]!r})' if n in wrt else repr(at[n])}" for n in program.variables]
    body = [f"    {line}" for line in _lines(program, names)]
    imports = ["import math"] * any("math." in line for line in body) + ["import difftape as dt"]
    sources = [names[name] for name in wrt]
    if len(sources) == 1:
        asked = [f'print(float(tape.gradient(f, {sources[0]}, unconnected_gradients="zero")))']
    else:
        listed = f'tape.gradient(f, [{", ".join(sources)}], unconnected_gradients="zero")'
        asked = [f"for d in {listed}:", "    print(float(d))"]
    tape = ["with dt.GradientTape() as tape:", *body]
    return "\n".join([*imports, "", *given, "", *tape, "", "print(float(f))", *asked]) + "\n"


def _lines(program: Program, names: Mapping[str, str]) -> list[str]:
    """The expression in one line, or in one for each operation."""
    steps = postorder(program.steps, program.root)
    if len(steps) <= _LONG:
        code = coded([steps], program.variables, _TAPE)
        if not code.statements and len(code.results[0]) <= _LONG:
            return [f"f = {code.results[0]}"]
    return _listed(steps, names)


def _listed(steps: Sequence[Step], names: Mapping[str, str]) -> list[str]:
    """A line an operation; what a choice leaves out is not evaluated, so each branch stands in its choice."""
    known: list[str] = []
    lines: list[str] = []
    used = {*names.values(), *_RESERVED}
    lazy = _in_branches(steps)
    k = 0
    for place, step in enumerate(steps):
        if len(step) == 1:
            known.append(names.get(step[0], "") if step[0].__class__ is str else _number(step[0]))
            continue
        leaves = [(known[p],) for p in step[1:]]
        local = [*leaves, (step[0], *range(len(leaves)))]
        text = f"({_spelled(local)})"
        if lazy[place] or step[0].is_condition:
            known.append(text)
            continue
        k += 1
        while f"v{k}" in used:
            k += 1
        name = "f" if place == len(steps) - 1 else f"v{k}"
        lines.append(f"{name} = {text[1:-1]}")
        known.append(name)
    return lines if lines else [f"f = {known[-1]}"]


def _in_branches(steps: Sequence[Step]) -> list[bool]:
    """Which steps only the branches of a choice need."""
    needed = [False] * len(steps)
    needed[-1] = True
    for place in range(len(steps) - 1, -1, -1):
        if needed[place]:
            step = steps[place]
            for p in step[1:2] if step[0] is where else step[1:]:
                needed[p] = True
    return [not x for x in needed]


def _spelled(steps: Sequence[Step]) -> str:
    return spelled(steps, len(steps) - 1, lambda place: _parts(steps[place], steps), str, _infix)


def _parts(step: Step, steps: Sequence[Step]) -> Sequence[Part] | None:
    primitive = step[0]
    if primitive is where:  # Python's own choice looks at one branch only
        return ["(", (step[2], 0, 0), " if ", (step[1], 0, 0), " else ", (step[3], 0, 0), ")"]
    if primitive is equal or primitive is not_equal:  # == asks whether two tensors are one and the same
        return called(f"dt.{primitive.name}", step)
    return None if primitive.symbol else called(f"dt.{primitive.name}", step)


def _infix(primitive: Primitive) -> str:
    return f" {primitive.symbol} " if primitive.left < 30 and primitive is not neg else primitive.symbol


def _number(value: Any) -> str:
    return leaf(value) if value.__class__ is float else f"math.{value.name}"


_TAPE = Language(lambda primitive: True, _parts, _number, _infix, _RESERVED)
