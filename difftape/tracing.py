"""The tape of an expression, a record an operation: its rule, and at a point value, adjoint and Taylor coefficients.

The rule is read off the table: it is run on the names of the records, and printed.  Where a point has no derivative
the records say how far the tape gets, and the trace says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from .adjoints import Numbers
from .allowed import ordered
from .errors import DifftapeError, DomainError, UsageError
from .graph import Graph, Program, Step, freed, moving, reachable
from .node import Node
from .point import differentiated, located
from .printer import leaf, printed

if TYPE_CHECKING:
    from .expression import Expression


_SHOWN = 200  # characters of what was written for a record


class Rule(NamedTuple):
    """One partial derivative of a record: by which one, the formula in their names, and its number at the point."""

    by: str
    formula: str
    partial: float | None = None


class Record(NamedTuple):
    """One line of the tape; numbers are None where there is no point, or no number at it.

    `words`         what the operation is, as the reference says it
    `text`          what was written for it
    `coefficients`  the Taylor coefficients 0 … order in the one variable
    """

    name: str
    operation: str
    value: float | bool | None
    adjoint: float | None
    rules: tuple[Rule, ...]
    words: str
    text: str
    coefficients: tuple[float, ...] = ()


class Trace:
    """The records of a tape in their order; `error` says why it stops at the record named `failed`, if it does."""

    def __init__(
        self,
        text: str,
        at: Mapping[str, float] | None,
        order: int,
        records: list[Record],
        failed: str = "",
        error: DifftapeError | None = None,
    ) -> None:
        self.text = text
        self.at = at
        self.order = order
        self.records = records
        self.failed = failed
        self.error = error

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> Record:
        return self.records[index]

    def __repr__(self) -> str:
        return f"<trace of {self.text!r}: {len(self)} records>"

    def __str__(self) -> str:
        from .report.trace import written

        return written(self, "table")

    def _repr_html_(self) -> str:
        from .report.trace import written

        return written(self, "html")


def traced(expression: Expression, at: Mapping[str, float] | None, wrt: Sequence[str] | None, order: int) -> Trace:
    """The trace of an expression, of its rules alone without a point.

    >>> from difftape import parse
    >>> [(r.name, r.operation, r.adjoint) for r in parse("x*x + 1").trace({"x": 3.0})]
    [('x', 'x', 6.0), ('v1', 'x*x', 1.0), ('v2', 'v1 + 1', 1.0)]
    """
    program = freed(expression.program, wrt or ())
    point = None
    if at is not None:
        program, point = located(expression.program, at, wrt)
    by = differentiated(program, wrt) if program.variables else []
    if order:
        ordered(order)
        if point is None:
            raise UsageError("Taylor coefficients are those at a point", hint="add --at", call="give at")
        if len(by) != 1:
            raise UsageError("Taylor coefficients are in one variable", hint=f"add --wrt {by[0]}" if by else "")
    writer = _Writer(program, by)
    if point is None:
        return Trace(program.text, None, 0, writer.records())
    numbers = Numbers(program, point, by, order)
    error = None
    if numbers.failed is not None:
        error = _error(expression, point, by, writer, numbers.failed)
    failed = "" if numbers.failed is None else writer.names[numbers.failed]
    return Trace(program.text, point, order, writer.records(numbers), failed, error)


def recorded(program: Program) -> list[int]:
    """The places of a program that have a record: the variables, the operations, and the value.

    >>> from difftape.parser import parse
    >>> recorded(parse("2*x"))
    [1, 2]
    """
    needed = reachable(program.steps, [program.root])
    return [
        place
        for place, step in enumerate(program.steps)
        if needed[place] and (len(step) > 1 or step[0].__class__ is str or place == program.root)
    ]


class _Writer:
    """The records of a program: names, operations and rules, which need no point."""

    def __init__(self, program: Program, by: Sequence[str]) -> None:
        self.program = program
        self.flags = moving(program.steps, by)
        self.names = _names(program)

    def records(self, numbers: Numbers | None = None) -> list[Record]:
        """A record for each variable and operation, with numbers where there are any."""
        steps = self.program.steps
        return [self._record(place, steps[place], numbers) for place in recorded(self.program)]

    def _record(self, place: int, step: Step, numbers: Numbers | None) -> Record:
        value = adjoint = None
        rules = self.rules(place)
        coefficients: tuple[float, ...] = ()
        if numbers is not None:
            value, adjoint = numbers.values[place], numbers.adjoints[place]
            partials = numbers.partials.get(place, [])
            if len(partials) == len(rules):
                rules = tuple(rule._replace(partial=x + 0.0) for rule, x in zip(rules, partials, strict=True))
            coefficients = numbers.coefficients.get(place, ())
            if adjoint is None and numbers.failed is None and self.flags[place] and value.__class__ is not bool:
                adjoint = 0.0  # nothing that is taken needs it
            value = None if value is None or not isfinite(value) else value if value.__class__ is bool else value + 0.0
        begin, end = self.program.spans[place]
        words = step[0].doc if len(step) > 1 else "a variable" if step[0].__class__ is str else "a number"
        rules = tuple(rule for rule in rules if rule.formula != "0")
        text = (
            self.program.text[begin:end] if end - begin <= _SHOWN else self.program.text[begin : begin + _SHOWN] + "…"
        )
        return Record(self.names[place], self.operation(place), value, adjoint, rules, words, text, coefficients)

    def operation(self, place: int) -> str:
        """The step with the names of its operands: v1*v2."""
        step = self.program.steps[place]
        if len(step) == 1:
            return leaf(step[0])
        graph = Graph()
        operands = [graph.place(self._leaf(p)) for p in step[1:]]
        return printed(graph.steps, graph.place((step[0], *operands)))

    def rules(self, place: int) -> tuple[Rule, ...]:
        """The partials by the operands that move, run on names and printed."""
        step = self.program.steps[place]
        if len(step) == 1:
            return ()
        graph = Graph()
        nodes = [Node(graph, graph.place(self._leaf(p))) for p in step[1:]]
        y = Node(graph, graph.place((self.names[place],)))
        found = []
        for p, rule in zip(step[1:], step[0].partials, strict=True):
            if self.flags[p] and rule is not None:
                slope = rule(y, *nodes) if callable(rule) else rule
                text = printed(graph.steps, slope.place) if slope.__class__ is Node else leaf(float(slope))
                found.append(Rule(self.names[p], text))
        return tuple(found)

    def _leaf(self, place: int) -> Step:
        step = self.program.steps[place]
        return (self.names[place],) if len(step) > 1 else step


def _names(program: Program) -> list[str]:
    """A variable's own name, and v1, v2 … for operations; no other variable is called so."""
    used = set(program.variables)
    found: list[str] = []
    needed = reachable(program.steps, [program.root])
    k = 0
    for step, is_needed in zip(program.steps, needed, strict=True):
        if len(step) == 1:
            found.append(leaf(step[0]))
            continue
        k += is_needed
        while f"v{k}" in used:
            k += 1
        found.append(f"v{k}" if is_needed else "")
    return found


def _error(
    expression: Expression, point: Mapping[str, float], by: Sequence[str], writer: _Writer, place: int
) -> DifftapeError:
    """Why there is no derivative, as the diagnosis says it; or that there is one all the same."""
    answer = expression.answer(point, wrt=by, check=False) if by else expression.value_answer(point)
    if answer.error is not None:
        error: DifftapeError = answer.error
        error.hint = "" if error.hint.startswith("--") else error.hint  # options of grad
        return error
    name, operation = writer.names[place], writer.operation(place)
    what = name if name == operation else f"{name} = {operation}"
    return DomainError(
        f"the tape has no numbers at {what}, though the derivative exists",
        status="removable",
        span=writer.program.spans[place],
        source=writer.program.text,
        place=", ".join(f"{n}={x!r}" for n, x in point.items()),
        hint="difftape grad finds it as a limit",
        call="gradient(at) finds it as a limit",
    )
