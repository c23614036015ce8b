"""One point at a time: a kernel as a Python function over `math`, generated from places and never from names.

Steps that are used once are written into the step that uses them, so that few values are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from math import inf, nan
from typing import Any

from ..primitives import Primitive
from ..table.arithmetic import neg
from ..table.choice import both, either, negation, where
from .kernel import Kernel

_DEEP = 40  # how deeply steps are written into each other; Python's parser has a limit
_FORMS: dict[Primitive, str] = {
    neg: "(-{0})",
    where: "({1} if {0} else {2})",
    both: "({0} and {1})",
    either: "({0} or {1})",
    negation: "(not {0})",
}


class Source:
    """The lines that compute a kernel's places, and what their names stand for."""

    def __init__(self, kernel: Kernel, inputs: Sequence[str]) -> None:
        self.kernel = kernel
        self.names: dict[str, Any] = {}
        self.lines: list[str] = []
        self.texts: list[str] = []
        self.depths: list[int] = []
        uses = _uses(kernel)
        for place, step in enumerate(kernel.steps):
            if len(step) == 1:
                self._leaf(step[0], inputs)
            else:
                self._step(place, step, uses[place])

    def _leaf(self, leaf: Any, inputs: Sequence[str]) -> None:
        self.depths.append(0)
        if leaf.__class__ is str:
            self.texts.append(inputs[self.kernel.inputs.index(leaf)])
        elif abs(leaf) < inf:
            self.texts.append(repr(leaf) if leaf >= 0 else f"({leaf!r})")
        else:
            self.texts.append(self._named(leaf))

    def _step(self, place: int, step: tuple[Any, ...], uses: int) -> None:
        operands = [self.texts[p] for p in step[1:]]
        depth = 1 + max(self.depths[p] for p in step[1:])
        text = self._written(step[0], operands)
        if uses == 1 and depth < _DEEP and step[0] is not where:
            self.texts.append(text)
            self.depths.append(depth)
        else:
            self.lines.append(f"v{place} = {text}")
            self.texts.append(f"v{place}")
            self.depths.append(0)

    def _written(self, primitive: Primitive, operands: list[str]) -> str:
        form = _FORMS.get(primitive)
        if form is not None:
            return form.format(*operands)
        if primitive.symbol and not primitive.is_called:
            return f"({operands[0]} {primitive.symbol} {operands[1]})"
        return f"{self._named(primitive.scalar)}({', '.join(operands)})"

    def _named(self, what: Any) -> str:
        """The name of a function or number in the generated source."""
        for name, known in self.names.items():
            if known is what:
                return name
        name = f"f{len(self.names)}"
        self.names[name] = what
        return name


def _uses(kernel: Kernel) -> list[int]:
    uses = [0] * len(kernel.steps)
    for step in kernel.steps:
        for p in step[1:]:
            uses[p] += 1
    for p in (*kernel.outputs, *kernel.finite, *kernel.ties):
        uses[p] += 2
    return uses


def compiled(name: str, signature: str, lines: Sequence[str], names: dict[str, Any]) -> Callable[..., Any]:
    """The function that generated lines define; `names` are what they may refer to."""
    text = f"def {name}({signature}):\n" + "".join(f"    {line}\n" for line in lines)
    scope: dict[str, Any] = dict(names)
    exec(text, scope)
    found: Callable[..., Any] = scope[name]
    return found


class Scalar:
    """A kernel run on one row after the other."""

    def __init__(self, kernel: Kernel) -> None:
        inputs = [f"x{k}" for k in range(len(kernel.inputs))]
        source = Source(kernel, inputs)
        looked = [source.texts[p] for p in kernel.finite]
        sound = [f"-inf < {' + '.join(looked)} < inf"] * bool(looked) + [f"not {source.texts[p]}" for p in kernel.ties]
        results = "".join(f"{source.texts[p]}, " for p in kernel.outputs)
        lines = [*source.lines, f"return {' and '.join(sound) or 'True'}, ({results})"]
        self.one = compiled("run", ", ".join(inputs), lines, {**source.names, "inf": inf})
        self.none = (nan,) * len(kernel.outputs)

    def run(self, columns: Sequence[Any], out: Sequence[Any], begin: int, end: int, doubts: Any | None = None) -> bool:
        """Computes the rows from `begin` to `end` as the other engines do."""
        points = zip(*(c[begin:end].tolist() for c in columns), strict=True) if columns else repeat((), end - begin)
        found, marks = [], bytearray()
        for point in points:
            try:
                is_sound, results = self.one(*point)
            except (ValueError, ArithmeticError):
                is_sound, results = False, self.none
            found.append(results)
            marks.append(not is_sound)
        for target, results in zip(out, zip(*found, strict=True), strict=False):
            target[begin:end] = results
        if doubts is not None:
            for row in (row for row, mark in enumerate(marks, begin) if mark):
                doubts[row] = 1
        return any(marks)


def positional(kernel: Kernel) -> Callable[..., tuple[float, ...]]:
    """The kernel as a function of its inputs, floats, that returns the tuple of its results.

    Raises ValueError, OverflowError or ZeroDivisionError where a step has no value.

    >>> from difftape.engines.building import kernel
    >>> from difftape.parser import parse
    >>> positional(kernel(parse("x**2*y"), ["x", "y"])[0])(3.0, 2.0)
    (18.0, 12.0, 9.0)
    """
    inputs = [f"x{k}" for k in range(len(kernel.inputs))]
    source = Source(kernel, inputs)
    results = "".join(f"{source.texts[p]}, " for p in kernel.outputs)
    return compiled("run", ", ".join(inputs), [*source.lines, f"return ({results})"], source.names)
