"""The graph of an expression or of its gradient, to be drawn: as DOT, Mermaid, SVG or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DifftapeError, LimitError
from ..graph import Program, Step, freed, reachable
from ..point import differentiated, located
from ..printer import leaf

if TYPE_CHECKING:
    from ..expression import Expression

MOST = 2000  # nodes of a drawing


class Box(NamedTuple):
    """One node: `kind` is variable, number, operation or result; numbers are None where there are none."""

    kind: str
    label: str
    value: float | bool | None = None
    adjoint: float | None = None

    @property
    def numbers(self) -> str:
        """The value and, behind a bar, the adjoint."""
        known = [x for x in (self.value, self.adjoint) if x is not None]
        return " | ".join(f"{x:.6g}" if x.__class__ is float else str(x).lower() for x in known)


class Drawing(NamedTuple):
    """Boxes, and an arrow from each operand to what is made of it, in the order of the operands.

    `error` says why there are not all numbers at the point, if there are not.
    """

    text: str
    at: dict[str, float] | None
    boxes: list[Box]
    arrows: list[tuple[int, int]]
    error: DifftapeError | None = None

    def dot(self) -> str:
        """The graph in graphviz's language."""
        from .dot import dot

        return dot(self)

    def mermaid(self) -> str:
        """The graph as a flowchart of Mermaid."""
        from .mermaid import mermaid

        return mermaid(self)

    def svg(self) -> str:
        """The graph as SVG, in a layout of our own."""
        from .svg import svg

        return svg(self)

    def record(self) -> dict[str, Any]:
        """The graph as JSON's kinds of value."""
        return {
            "schema": "difftape.graph/1",
            "expr": self.text,
            "at": self.at,
            "nodes": [{"id": k, **box._asdict()} for k, box in enumerate(self.boxes)],
            "edges": [{"from": a, "to": b} for a, b in self.arrows],
        }

    def _repr_svg_(self) -> str:
        return self.svg()


def drawn(expression: Expression, at: Mapping[str, float] | None, gradient: bool, wrt: Sequence[str] | None) -> Drawing:
    """The graph of an expression, or of its gradient; raises LimitError beyond 2000 nodes.

    >>> from difftape import parse
    >>> [box.label for box in parse("x**2").graph(gradient=True).boxes]
    ['x', '2', '*', 'df/dx']
    """
    point = None
    program = freed(expression.program, wrt or ())
    if at is not None:
        program, point = located(expression.program, at, wrt)
    found = _gradient(program, point, differentiated(program, wrt)) if gradient else _values(program, point, wrt)
    return found if at is None else found._replace(error=expression.trace(at, wrt).error)


def _values(program: Program, point: dict[str, float] | None, wrt: Sequence[str] | None) -> Drawing:
    values: Sequence[Any] = [None] * len(program.steps)
    adjoints = values
    if point is not None:
        from ..adjoints import Numbers

        numbers = Numbers(program, point, differentiated(program, wrt) if program.variables else [], 0)
        values, adjoints = numbers.values, numbers.adjoints
    return _boxes(program.text, point, program.steps, {"f": program.root}, values, adjoints)


def _gradient(program: Program, point: dict[str, float] | None, by: Sequence[str]) -> Drawing:
    from ..formula.differentiating import formulas
    from ..formula.sharing import together
    from ..interpret import CONSTANTS, evaluate

    found = formulas(program, [(name,) for name in by])
    steps, roots = together(found.values())
    values: list[Any] = [None] * len(steps)
    if point is not None:
        values = evaluate(steps, {**CONSTANTS, **point}, lenient=True)
    results = {f"df/d{name}": root for name, root in zip(by, roots, strict=True)}
    return _boxes(program.text, point, steps, results, values, [None] * len(steps))


def _boxes(
    text: str,
    point: dict[str, float] | None,
    steps: Sequence[Step],
    results: Mapping[str, int],
    values: Sequence[Any],
    adjoints: Sequence[Any],
) -> Drawing:
    needed = reachable(steps, results.values())
    places: dict[int, int] = {}
    boxes: list[Box] = []
    arrows: list[tuple[int, int]] = []

    def box(place: int) -> int:
        boxes.append(_box(steps[place], _finite(values[place]), _finite(adjoints[place])))
        return len(boxes) - 1

    for place, step in enumerate(steps):
        if not needed[place] or _is_number(step):
            continue
        sources = [box(p) if _is_number(steps[p]) else places[p] for p in step[1:]]  # a number is drawn at each use
        places[place] = box(place)
        arrows.extend((source, places[place]) for source in sources)
        if len(boxes) + len(results) > MOST:
            raise LimitError(f"a drawing of more than {MOST} nodes", hint="difftape trace lists them")
    for name, root in results.items():
        source = box(root) if root not in places else places[root]
        arrows.append((source, len(boxes)))
        boxes.append(Box("result", name, _finite(values[root])))
    return Drawing(text, point, boxes, arrows)


def _box(step: Step, value: Any, adjoint: float | None) -> Box:
    if len(step) > 1:
        return Box("operation", step[0].symbol or step[0].name, value, adjoint)
    if step[0].__class__ is str:
        return Box("variable", step[0], value, adjoint)
    return Box("number", leaf(step[0]))


def _is_number(step: Step) -> bool:
    return len(step) == 1 and step[0].__class__ is not str


def _finite(x: Any) -> Any:
    """A number, or None for what is none."""
    if x is None or x.__class__ is bool:
        return x
    return x + 0.0 if x - x == 0 else None
