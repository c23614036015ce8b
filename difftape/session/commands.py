"""The commands of a session, `:help` and so on: how each is written, what it does, and the doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError
from ..report import shown
from .definitions import Question
from .refusals import in_session, unvalued
from .statements import Statement, read

if TYPE_CHECKING:
    from .dialogue import Reply, Session

_LINES = """\
  EXPRESSION         its number; the formula, while a name in it has no value
  NAME = EXPRESSION  a number or a formula; formulas follow the names in them
  grad EXPRESSION    its derivatives by all variables
  d/dx EXPRESSION    one derivative; d2/dx2, d2/dxdy, d/dx d/dy
  ans                the last single answer
"""


class Command(NamedTuple):
    """One command: what stands behind its name, what it does, and the doing."""

    argument: str
    doc: str
    run: Callable[[Session, Statement, str], Reply]


def run(session: Session, statement: Statement, line: str) -> Reply:
    """The answer to a command; raises UsageError for one that does not exist, or lacks what it is about."""
    name = "help" if statement.name in ("", "?") else statement.name
    command = COMMANDS.get(name)
    if command is None:
        from ..mistakes import nearest

        near = nearest(name, list(COMMANDS))
        hint = f"did you mean :{near}?" if near else ":help lists the commands"
        raise UsageError(f"unknown command ':{name[:60]}'", hint=hint)
    if not command.argument and statement.text:
        raise UsageError(f":{name} stands alone", hint=f"leave out {statement.text[:60]}")
    if command.argument and command.argument[0] != "[" and not statement.text:
        raise UsageError(f":{name} of what?", hint=f"write :{name} {command.argument}")
    return command.run(session, statement, line)


def _asked(session: Session, statement: Statement, line: str) -> Question:
    """The question about the expression behind a command, which may be a derivative."""
    inner = read(statement.text)
    if inner.kind == "expression":
        return session.asked(statement.text, line, statement.offset)
    if inner.kind != "derivative":
        raise UsageError(f":{statement.name} is of an expression", hint=f"write :{statement.name} x**2")
    moved = inner._replace(offset=inner.offset + statement.offset)
    by, question = session.derivative(moved, line)
    return session.names.question(question.expression.diff(by), by)


def _trace(session: Session, statement: Statement, line: str) -> Reply:
    from ..report.trace import written
    from .dialogue import Reply

    question = _asked(session, statement, line)
    found = question.expression.trace(None if question.missing else _doubles(session, question))
    text = written(found, "table" if session.is_aligned else "plain").rstrip("\n")
    error = None if found.error is None else in_session(found.error)
    return Reply(text, error, asides=session.told(question))


def _graph(session: Session, statement: Statement, line: str) -> Reply:
    from .dialogue import Reply

    question = _asked(session, statement, line)
    drawing = question.expression.graph(None if question.missing else _doubles(session, question))
    error = None if drawing.error is None else in_session(drawing.error)
    return Reply(str(drawing.dot()).rstrip("\n"), error, asides=session.told(question))


def _doubles(session: Session, question: Question) -> dict[str, float]:
    """The point in doubles."""
    return {name: session.names.number(name) for name in question.point}


def _check(session: Session, statement: Statement, line: str) -> Reply:
    from ..report.verdicts import verdict, votes
    from .dialogue import Reply

    question = _asked(session, statement, line)
    if question.missing:
        raise unvalued(question.expression, question.missing)
    if not question.expression.variables:
        raise UsageError("the expression has no variables to differentiate by", hint="write :check x**2, after x = 3")
    answer = question.expression.answer(_doubles(session, question), judges=())
    word = verdict(answer)
    ulps = max(answer.check.ulps.values(), default=None) if answer.check is not None else None
    error = None if answer.error is None else in_session(answer.error)
    asides = (votes(answer.check),) if answer.check is not None and answer.check.judges else ()
    text = word if ulps is None else f"{word}\t{shown(ulps)}"
    return Reply(text, error, answer.notes, asides, is_doubted=word == "differs")


def _formula(session: Session, statement: Statement, line: str) -> Reply:
    from .dialogue import Reply

    text = str(_asked(session, statement, line).expression)
    session.keep(text)
    return Reply(text)


def _variables(session: Session, statement: Statement, line: str) -> Reply:
    from .dialogue import Reply

    lines = [f"{name} = {expression}" for name, expression in session.names.items() if name != "ans"]
    return Reply("\n".join(lines))


def _forget(session: Session, statement: Statement, line: str) -> Reply:
    from .dialogue import Reply

    session.names.forget(statement.text)
    return Reply()


def _digits(session: Session, statement: Statement, line: str) -> Reply:
    from ..precise import wanted
    from .dialogue import Reply

    word = statement.text
    if not word:
        return Reply("a double's" if session.digits is None else str(session.digits))
    if word == "off":
        session.digits = None
        return Reply()
    if not (word.isascii() and word.isdigit()):
        raise UsageError(f"'{word[:60]}' is no number of digits", hint="write :digits 30, or :digits off")
    session.digits = wanted(int(word[:20]))
    return Reply()


def _functions(session: Session, statement: Statement, line: str) -> Reply:
    from .. import lookup
    from ..primitives import TABLE
    from ..report import reference
    from .dialogue import Reply

    if not statement.text:
        return Reply("".join(reference.listing(TABLE.values(), session.is_aligned)).rstrip("\n"))
    return Reply(reference.entry(lookup.facts(lookup.named(statement.text))).rstrip("\n"))


def _help(session: Session, statement: Statement, line: str) -> Reply:
    from .dialogue import Reply

    usage = {f":{name} {command.argument}".rstrip(): command.doc for name, command in COMMANDS.items()}
    width = max(map(len, usage))
    return Reply(_LINES + "\n".join(f"  {how.ljust(width)}  {what}" for how, what in usage.items()))


def _quit(session: Session, statement: Statement, line: str) -> Reply:
    from .dialogue import Reply

    return Reply(is_last=True)


COMMANDS: dict[str, Command] = {
    "trace": Command("EXPRESSION", "the tape, a row an operation", _trace),
    "graph": Command("EXPRESSION", "the graph, in DOT", _graph),
    "check": Command("EXPRESSION", "its derivatives against independent judges", _check),
    "formula": Command("EXPRESSION", "the formula, though names have values", _formula),
    "vars": Command("", "what the names stand for", _variables),
    "forget": Command("NAME", "the name stands for nothing again", _forget),
    "digits": Command("[N|off]", "so many significant digits; numbers are exact then", _digits),
    "functions": Command("[NAME]", "the functions, or one of them in full", _functions),
    "help": Command("", "this", _help),
    "quit": Command("", "the end; Ctrl-D too", _quit),
}
