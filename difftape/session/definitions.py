"""What the names of a session stand for: formulas, of which those without variables are numbers.

A formula is substituted when a question is asked, not when it is defined, so `f = sin(x)*y` follows every new x.
A number is never substituted: it is a coordinate of the point at which the question is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import LimitError, UsageError
from ..exact import Exact, exact_program
from ..expression import Expression, from_steps
from ..formula.sharing import written_out
from ..grammar import CONSTANTS
from ..graph import Graph, Program, copied, freed, postorder

ANS = "ans"


class Question(NamedTuple):
    """An expression over names that are no formulas, what they are worth, and which of them have no value.

    `point` holds exact numbers where digits are wanted.
    """

    expression: Expression
    point: dict[str, Any]
    missing: tuple[str, ...]


class Definitions:
    """The names and what they stand for, in the order in which they were first defined.

    >>> from difftape.expression import parse
    >>> known = Definitions()
    >>> known.define("f", parse("x**2"))
    >>> known.define("x", parse("3"))
    >>> known.question(parse("f + y"))
    Question(expression=<Expression 'x**2 + y'>, point={'x': 3.0}, missing=('y',))
    """

    def __init__(self) -> None:
        self._known: dict[str, Expression] = {}
        self._numbers: dict[str, float] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def items(self) -> Iterable[tuple[str, Expression]]:
        """The names with what was written for them."""
        return self._known.items()

    def define(self, name: str, expression: Expression) -> None:
        """Makes a name stand for an expression; raises UsageError where it would stand for itself.

        What `ans` is now becomes part of the definition: it does not follow later answers.
        """
        if ANS in expression.variables and ANS in self._known:
            expression = self._with_answer(expression)
        way = self._way(name, expression)
        if way:
            through = f", through {', '.join(way[:8])}" if way[0] != name else ""
            raise UsageError(
                f"{name} would be defined by itself{through}",
                hint=f"a formula follows its names: give {name} a number, or the new formula another name",
            )
        self._set(name, expression)

    def keep(self, expression: Expression | None) -> None:
        """Makes an answer what `ans` stands for."""
        if expression is None:
            self._known.pop(ANS, None)
        else:
            self._set(ANS, expression)

    def number(self, name: str) -> float:
        """What a name that is no formula is worth."""
        return self._numbers[name]

    def _set(self, name: str, expression: Expression) -> None:
        if not expression.variables:
            self._numbers[name] = expression.value({})  # raises where it is no finite number
        self._known[name] = expression

    def forget(self, name: str) -> None:
        """Takes a name's meaning away; raises UsageError for one that has none."""
        if name not in self._known:
            raise UsageError(f"{name} stands for nothing", hint=":vars shows the names")
        del self._known[name]

    def _freed(self, expression: Expression, by: Collection[str]) -> Program:
        """The program with the constants that are names here as variables."""
        program = expression.program
        names = [name for name in (*CONSTANTS, *by) if name in CONSTANTS and (name in self._known or name in by)]
        if not names:
            return program
        free = freed(program, names)
        if free is not program and program.exactly is not None:
            free.exactly = freed(program.exactly, names)
        return free

    def _way(self, name: str, expression: Expression) -> list[str]:
        """The names by which an expression comes back to a name; empty where it does not."""
        came: dict[str, str] = {}
        waiting = [(v, "") for v in self._freed(expression, (name,)).variables]
        while waiting:
            now, before = waiting.pop()
            if now in came:
                continue
            came[now] = before
            if now == name:
                way = [now]
                while came[way[-1]]:
                    way.append(came[way[-1]])
                return way[:0:-1] or way
            if now in self._known:
                waiting += [(v, now) for v in self._freed(self._known[now], (name,)).variables]
        return []

    def is_formula(self, name: str, by: Collection[str] = ()) -> bool:
        """Whether the name stands for what has variables."""
        return name in self._known and bool(self._freed(self._known[name], by).variables)

    def question(self, expression: Expression, by: Collection[str] = (), is_exact: bool = False) -> Question:
        """The expression with all formulas in it written out, and the point; names in `by` are variables.

        Raises LimitError for what would be too long to be written.
        """
        whole = self._written_out(expression, by, is_exact)
        point: dict[str, Any] = {}
        for name in whole.variables:
            if name in self._known:
                point[name] = Exact(exact_program(self._known[name].program)) if is_exact else self._numbers[name]
        return Question(whole, point, tuple(name for name in whole.variables if name not in point))

    def _written_out(self, expression: Expression, by: Collection[str], is_exact: bool) -> Expression:
        program = self._freed(expression, by)
        formulas = self._formulas(program, by)
        if not formulas:
            return expression if program is expression.program else Expression(program)
        return _joined(program, formulas, is_exact)

    def _with_answer(self, expression: Expression) -> Expression:
        """The expression with the last answer in it, whose digits it keeps."""
        last = {ANS: self._known[ANS].program}
        found = _joined(expression.program, last, False)
        found.program.exactly = _joined(expression.program, last, True).program
        return found

    def _formulas(self, program: Program, by: Collection[str]) -> Mapping[str, Program]:
        """The formulas that a program needs, each after those that it needs itself."""
        found: dict[str, Program] = {}
        waiting = [name for name in program.variables if self.is_formula(name, by)]
        while waiting:
            name = waiting[-1]
            if name in found:
                waiting.pop()
                continue
            formula = self._freed(self._known[name], by)
            needs = [n for n in formula.variables if n not in found and self.is_formula(n, by)]
            if needs:
                waiting += needs
                continue
            found[name] = formula
            waiting.pop()
        return found


def _joined(program: Program, formulas: Mapping[str, Program], is_exact: bool) -> Expression:
    """The expression with formulas, each over those before it, in place of the names."""
    graph = Graph()
    ends: dict[str, int] = {}
    for name, formula in formulas.items():
        ends[name] = copied(graph, exact_program(formula) if is_exact else formula, ends)
    root = copied(graph, exact_program(program) if is_exact else program, ends)
    steps = postorder(graph.steps, root)
    try:
        written_out([steps])
    except LimitError as error:
        raise LimitError(error.message, hint="formulas of formulas grow quickly: define numbers") from None
    found = from_steps(steps)
    if is_exact:
        found.program.exactly = found.program
    return found
