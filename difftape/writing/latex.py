r"""An expression in LaTeX, with amsmath: `\frac{\sin\left(x\right)}{2 x}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph import Graph, Step
from ..primitives import Primitive
from ..printer import leaf
from ..report.latex import symbol
from ..table.arithmetic import div, mul, neg, pow
from .spelling import Part, filled, spelled

_OPEN, _CLOSE = "\\left(", "\\right)"

# What LaTeX has an operator for; the function's own name or an alias may be among them.
_OPERATORS = frozenset(
    [
        *("arccos", "arcsin", "arctan", "cos", "cosh", "cot", "coth", "csc", "exp", "lg", "ln", "log", "max", "min"),
        *("sec", "sin", "sinh", "tan", "tanh"),
    ]
)


def to_latex(steps: Sequence[Step], root: int) -> str:
    r"""The expression at `root`.

    >>> from difftape.parser import parse
    >>> program = parse("2*sin(x)**2/(3*theta_1) - sqrt(x)*2")
    >>> to_latex(program.steps, program.root)
    '\\frac{2 \\sin^{2}\\left(x\\right)}{3 \\theta_{1}} - \\sqrt{x} \\cdot 2'
    """
    steps, root = signs_in_front(steps, root)
    return spelled(steps, root, lambda place: _parts(steps, steps[place]), _leaf, _infix, (_OPEN, _CLOSE))


def head(primitive: Primitive) -> str:
    r"""What stands before the operands of a function.

    >>> from difftape.primitives import TABLE
    >>> head(TABLE["asin"]), head(TABLE["gamma"]), head(TABLE["erf"])
    ('\\arcsin', '\\Gamma', '\\operatorname{erf}')
    """
    if primitive.latex:
        return primitive.latex
    known = next((name for name in (primitive.name, *primitive.aliases) if name in _OPERATORS), "")
    return f"\\{known}" if known else f"\\operatorname{{{primitive.name}}}"


def _parts(steps: Sequence[Step], step: Step) -> Sequence[Part] | None:
    """What is not an operator between its operands."""
    primitive = step[0]
    if primitive is pow:
        return (
            [*_base(steps, step), "^{", (step[2], 0, 0), "}"] if not _is_raised(steps, step) else _raised(steps, step)
        )
    if primitive is mul:
        first = _leading(steps, step[2])
        if first[0] is neg:
            return [(step[1], 0, mul.left), f" {_OPEN}", (step[2], 0, 0), _CLOSE]
        is_number = first[0].__class__ is float
        return [(step[1], 0, mul.left), " \\cdot " if is_number else " ", (step[2], mul.right, 0)]
    if "#" in primitive.latex:
        return filled(primitive.latex, step)
    return None if primitive.symbol else [head(primitive), *_operands(step)]


def _operands(step: Step) -> list[Part]:
    found: list[Part] = [_OPEN]
    for p in step[1:]:
        found += [(p, 0, 0), ", "]
    found[-1] = _CLOSE
    return found


def _is_raised(steps: Sequence[Step], step: Step) -> bool:
    """Whether it is a power of a function that is written on the function: sin^2 x, but not sin^-1 x."""
    base, n = steps[step[1]], steps[step[2]][0]
    is_call = len(base) > 1 and not base[0].symbol and "#" not in base[0].latex
    return is_call and n.__class__ is float and n.is_integer()


def _raised(steps: Sequence[Step], step: Step) -> list[Part]:
    base = steps[step[1]]
    return [head(base[0]), "^{", (step[2], 0, 0), "}", *_operands(base)]


def _base(steps: Sequence[Step], step: Step) -> list[Part]:
    """The base of a power, in brackets unless it is a leaf or closed by itself."""
    base = steps[step[1]]
    if len(base) == 1:
        is_plain = "times" not in _leaf(base[0])
    else:
        template = base[0].latex
        is_plain = template.startswith("\\sqrt") or "\\right" in template[-9:]
    return [(step[1], 0, 0)] if is_plain else [_OPEN, (step[1], 0, 0), _CLOSE]


def _leading(steps: Sequence[Step], place: int) -> Step:
    """The step that is written first."""
    step = steps[place]
    while step[0] is mul or (step[0] is pow and len(steps[step[1]]) == 1):
        step = steps[step[1]]
    return step


def _leaf(value: Any) -> str:
    if value.__class__ is not float:
        return symbol(value if value.__class__ is str else value.name)
    digits, _, power = leaf(value).partition("e")
    return f"{digits} \\times 10^{{{int(power)}}}" if power else digits


def _infix(primitive: Primitive) -> str:
    return primitive.symbol if primitive is neg else f" {primitive.latex or primitive.symbol} "


def signs_in_front(steps: Sequence[Step], root: int) -> tuple[list[Step], int]:
    """The steps with the sign of a product or quotient before the whole of it.

    >>> from difftape.parser import parse
    >>> from difftape.printer import printed
    >>> printed(*signs_in_front(parse("-x*y/2").steps, 5))
    '-(x*y/2)'
    """
    graph = Graph()
    signs: list[bool] = []
    places: list[int] = []
    for step in steps[: root + 1]:
        is_pulled = step[0] is mul or step[0] is div or step[0] is neg
        is_negative = is_pulled and signs[step[1]]
        operands = [graph.place((neg, places[p])) if signs[p] else places[p] for p in step[1:]]
        if is_pulled:
            operands[0] = places[step[1]]
        if step[0] is neg:
            places.append(operands[0])
            signs.append(not is_negative)
        else:
            places.append(graph.place((step[0], *operands)))
            signs.append(is_negative)
    return graph.steps, graph.place((neg, places[root])) if signs[root] else places[root]
