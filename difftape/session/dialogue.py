"""One line in, its answer out: the state of a session, and what each kind of line does.

Nothing changes before an answer is whole, so a computation that is interrupted leaves the session as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..answer import Answer
from ..errors import DifftapeError, LimitError, UsageError
from ..expression import Expression, parse
from ..grammar import CONSTANTS, FUNCTIONS
from ..lexer import normal
from ..parser import MAX_NODES
from ..report import shown
from ..report.headings import column
from .definitions import Definitions, Question
from .refusals import in_session, unvalued
from .statements import Statement, asks, divided, read

_LISTED = 1000  # free names up to which they are told


class Reply(NamedTuple):
    """What a line is answered with.

    `text`        the answer, a line or several, without the last newline; empty where there is nothing to say
    `error`       what was wrong, as a DifftapeError, or None
    `notes`       what should be known although there is an answer
    `asides`      how it is meant, and what the check found: for a person
    `is_question` whether a number or a formula was asked for
    `is_doubted`  whether a judge disagrees with the number
    `is_last`     whether the session was told to end
    """

    text: str = ""
    error: DifftapeError | None = None
    notes: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    is_question: bool = False
    is_doubted: bool = False
    is_last: bool = False


class Session:
    """Names, the last answer, and how answers are given.

    `check` has derivatives judged by sympy; `digits` gives that many digits; `is_aligned` writes several answers under
    one another, named, and not in one line with tabs.

    >>> session = Session()
    >>> for line in ("f = sin(x)*y", "f", "d/dx f", "x = 0", "y = 2", "grad f", "d/dx f", "ans/2"):
    ...     print(session.answer(line).text)
    <BLANKLINE>
    sin(x)*y
    y*cos(x)
    <BLANKLINE>
    <BLANKLINE>
    2.0	0.0
    2.0
    1.0
    >>> print(session.answer("f = f + 1").error)
    usage error: f would be defined by itself
    a formula follows its names: give f a number, or the new formula another name
    """

    def __init__(
        self, check: bool = True, digits: int | None = None, is_aligned: bool = False, max_nodes: int = MAX_NODES
    ) -> None:
        self.names = Definitions()
        self.check = check
        self.digits = digits
        self.is_aligned = is_aligned
        self.max_nodes = max_nodes

    def answer(self, line: str) -> Reply:
        """The answer to a line; what is wrong with it is part of the reply."""
        line = normal(line)
        is_question = asks(line)
        try:
            statement = read(line)
            return self._answers[statement.kind](self, statement, line)
        except DifftapeError as error:
            return Reply(error=in_session(error), is_question=is_question)
        except MemoryError:
            return Reply(error=LimitError("out of memory"), is_question=is_question)

    def complete(self, line: str, begin: int) -> list[str]:
        """What the word that begins at a place of the line may become."""
        from .completing import completions

        return completions(self.names, line, begin)

    def asked(self, text: str, line: str, offset: int, by: Sequence[str] = ()) -> Question:
        """The question that a text of the line asks."""
        expression = self.parsed(text, line, offset)
        question = self.names.question(expression, by)
        if self.digits is None or question.missing:
            return question
        return self.names.question(expression, by, is_exact=True)

    def parsed(self, text: str, line: str, offset: int) -> Expression:
        """The expression of a text of the line; its errors point into the line."""
        try:
            return parse(text, max_nodes=self.max_nodes)
        except DifftapeError as error:
            if error.span is not None and error.source == text:
                error.span = (error.span[0] + offset, error.span[1] + offset)
                error.source = line
            raise

    def told(self, question: Question) -> tuple[str, ...]:
        """Which names have no value, where they are few; raises ParseError for the name of a function among them."""
        names = question.missing
        for name in names:
            if name in FUNCTIONS:
                raise unvalued(question.expression, names)
        return (f"no value for {', '.join(names)}",) if 0 < len(names) < _LISTED else ()

    def _nothing(self, statement: Statement, line: str) -> Reply:
        return Reply()

    def _definition(self, statement: Statement, line: str) -> Reply:
        expression = self.parsed(statement.text, line, statement.offset)
        self.names.define(statement.name, expression)
        notes: tuple[str, ...] = ()
        if statement.name in CONSTANTS:
            notes = (f"{statement.name} is a variable now; :forget {statement.name} makes it a constant again",)
        return Reply(notes=notes)

    def _command(self, statement: Statement, line: str) -> Reply:
        from .commands import run

        return run(self, statement, line)

    def _expression(self, statement: Statement, line: str) -> Reply:
        question = self.asked(statement.text, line, statement.offset)
        if question.missing:
            return self._formula(question, question.expression)
        answer = question.expression.value_answer(question.point, digits=self.digits)
        if answer.error is not None:
            raise answer.error
        self.keep(shown(answer.value))
        return Reply(shown(answer.value), notes=answer.notes, is_question=True)

    def _derivative(self, statement: Statement, line: str) -> Reply:
        by, question = self.derivative(statement, line)
        if question.missing:
            return self._formula(question, question.expression.diff(by))
        if len(set(by)) == 1:
            answer = question.expression.answer(
                question.point, wrt=by[:1], order=len(by), check=self.check, digits=self.digits
            )
        else:
            answer = question.expression.mixed_answer(question.point, by, check=self.check, digits=self.digits)
        return self._numbers(answer)

    def derivative(self, statement: Statement, line: str) -> tuple[list[str], Question]:
        """By what a statement differentiates, in turn, and of what."""
        single = [divided(1, below, ())[0] for order, below in statement.heads if order == 1]
        question = self.asked(statement.text, line, statement.offset, single)
        by: list[str] = []
        for order, below in reversed(statement.heads):
            variables = (*question.expression.variables, *CONSTANTS)
            by += divided(order, below, variables)
        late = [name for name in by if name in CONSTANTS and name not in single]
        if late:
            question = self.asked(statement.text, line, statement.offset, by)
        for name in by:
            self._refuse(name, question)
        return by, question

    def _refuse(self, name: str, question: Question) -> None:
        """Raises UsageError for a name that a question cannot be differentiated by."""
        variables = question.expression.variables
        if name in variables:
            return
        few = ", ".join(variables[:10]) + (" …" if len(variables) > 10 else "")
        if self.names.is_formula(name):
            hint = f"differentiate by a variable: {few}" if few else ""
            raise UsageError(f"{name} is a formula, not a variable", hint=hint)
        hint = f"there is {few}" if few else "it has no variables"
        raise UsageError(f"the expression does not have the variable {name}", hint=hint)

    def _gradient(self, statement: Statement, line: str) -> Reply:
        question = self.asked(statement.text, line, statement.offset)
        if not question.expression.variables:
            raise UsageError("the expression has no variables to differentiate by", hint="grad x**2 is by x")
        if not question.missing:
            return self._numbers(question.expression.answer(question.point, check=self.check, digits=self.digits))
        from ..report.formulas import line as one_line
        from ..report.formulas import written

        asides = self.told(question)
        sheet = question.expression.sheet()
        if len(sheet.entries) == 1:
            return self._formula(question, question.expression.diff())
        text = written(sheet, "text", named=True) if self.is_aligned else one_line(sheet, "text")
        return Reply(text.rstrip("\n"), asides=asides, is_question=True)

    def _formula(self, question: Question, formula: Expression) -> Reply:
        asides = self.told(question)
        text = str(formula)
        self.keep(text)
        return Reply(text, asides=asides, is_question=True)

    def _numbers(self, answer: Answer) -> Reply:
        """The numbers of an answer, and what is to be said of them."""
        from ..report.verdicts import agreement

        if answer.error is not None and len(answer.grad) == 1:
            raise answer.error
        texts = [shown(number) for number in answer.grad.values()]
        if len(texts) == 1:
            self.keep(texts[0])
        if self.is_aligned and len(texts) > 1:
            words = [column(key, answer.order).word() for key in answer.grad]
            width = max(map(len, words))
            text = "\n".join(f"{word.ljust(width)}  {number}" for word, number in zip(words, texts, strict=True))
        else:
            text = "\t".join(texts)
        notes, verdict = list(answer.notes), answer.check
        asides: tuple[str, ...] = ()
        if verdict is not None and verdict.verdict == "agree":
            asides = (agreement(verdict, answer.order),)
        elif verdict is not None and verdict.verdict != "skipped":
            notes.append(f"check: {verdict.verdict}" + (f": {verdict.reason}" if verdict.reason else ""))
        is_doubted = verdict is not None and verdict.verdict == "differs"
        error = None if answer.error is None else in_session(answer.error)
        return Reply(text, error, tuple(notes), asides, is_question=True, is_doubted=is_doubted)

    def keep(self, text: str) -> None:
        """Makes a single answer what `ans` stands for."""
        try:
            self.names.keep(parse(text))
        except DifftapeError:  # a number beyond doubles, of many digits
            self.names.keep(None)

    _answers: dict[str, Callable[[Any, Statement, str], Reply]] = {  # noqa: RUF012
        "nothing": _nothing,
        "definition": _definition,
        "command": _command,
        "expression": _expression,
        "derivative": _derivative,
        "gradient": _gradient,
    }
