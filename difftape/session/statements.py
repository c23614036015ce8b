"""What a line of a session says: a definition, a derivative, a gradient, a command, or an expression.

One line, one meaning: `d/dx -f` could be a derivative or a difference, and is refused with both ways to write it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..errors import DifftapeError, ParseError, UsageError
from ..grammar import CONSTANTS, WORDS
from ..lexer import check_name, normal, undecoded

GRADIENT = "grad"
RESERVED = {GRADIENT: "the gradient's word here", "ans": "the last answer"}

_COMPARING = re.compile(r"[=<>!]")
_COMMAND = re.compile(r":\s*(\?|\w*)\s*")
_GRADIENT = re.compile(r"grad(?:\s+|(?=\()|$)")
_DERIVATIVE = re.compile(r"d(\d*)/d(\w+)(?:\s+|(?=\())")
_CALLED = re.compile(r"(\w+)\s*\([^()]*\)")
_INFIX = frozenset("*/^×·⋅÷=<>!,)²³⁰¹⁴⁵⁶⁷⁸⁹")
_SIGNS = frozenset("+-−")
_DIGITS = re.compile(r"[0-9]*")
_LONGEST = 200  # characters of what stands behind d2/

Way = tuple[tuple[str, int], ...]


class Statement(NamedTuple):
    """A line as it is meant; `text` is its expression or argument, which begins at `offset` of the line.

    `kind`   nothing, definition, gradient, derivative, expression or command
    `name`   of a definition or a command
    `heads`  of a derivative, from the left: how often it is taken in all, and by what, as it was written
    """

    kind: str
    text: str = ""
    offset: int = 0
    name: str = ""
    heads: tuple[tuple[int, str], ...] = ()


def read(line: str) -> Statement:
    """What a line says; it is in Unicode's composed form already.

    >>> read("f = x**2")
    Statement(kind='definition', text='x**2', offset=4, name='f', heads=())
    >>> read("d2/dx2 d/dy f").heads
    ((2, 'x2'), (1, 'y'))
    >>> read(":trace f")[:2], read("d/dx").kind, read(" # a comment").kind
    (('command', 'f'), 'expression', 'nothing')
    """
    broken = undecoded(line)
    if broken is not None:
        raise broken.within(line)
    line = line.partition("#")[0].rstrip()
    begin = len(line) - len(line.lstrip())
    if begin == len(line):
        return Statement("nothing")
    command = _COMMAND.match(line, begin)
    if command:
        return Statement("command", line[command.end() :], command.end(), command[1])
    sign = _defining(line)
    if sign is not None:
        return _defined(line, sign, begin)
    gradient = _GRADIENT.match(line, begin)
    if gradient:
        if gradient.end() == len(line):
            raise UsageError("grad of what?", hint="write grad EXPR, such as grad x**2*y")
        return Statement("gradient", line[gradient.end() :], gradient.end())
    return _derivative(line, begin) or Statement("expression", line[begin:], begin)


def asks(line: str) -> bool:
    """Whether a line asks for a number or a formula, well or badly put.

    >>> asks("2x"), asks("x = 2"), asks(":vars"), asks("# no")
    (True, False, False, False)
    """
    line = line.partition("#")[0].strip()
    return bool(line) and line[0] != ":" and _defining(line) is None


def _defining(line: str) -> int | None:
    """The place of the = of a definition."""
    sign = _COMPARING.search(line)
    return sign.start() if sign and sign[0] == "=" and line[sign.end() : sign.end() + 1] != "=" else None


def _defined(line: str, sign: int, begin: int) -> Statement:
    """A definition whose = is at a place of the line."""
    left = line[begin:sign].rstrip()
    name, span = normal(left), (begin, max(begin + len(left), begin + 1))
    if not name.isidentifier():
        call = _CALLED.fullmatch(left) if len(left) < 1000 else None
        shown = left if len(left) < 60 else left[:50] + "…"
        hint = f"a formula is defined by its name alone: {call[1]} = …" if call else "a definition is NAME = EXPRESSION"
        raise ParseError(f"'{shown}' is not a name", span=span, source=line, hint=hint)
    name = CONSTANTS[name].name if name in CONSTANTS else name
    if name in RESERVED:
        raise ParseError(f"{name} is {RESERVED[name]}", span=span, source=line, hint="choose another name")
    if name in WORDS:
        raise ParseError(f"'{name}' is no name: conditions stand inside where(…)", span=span, source=line)
    try:
        check_name(name)
    except DifftapeError as error:
        error.span, error.source = span, line
        raise
    text = line[sign + 1 :].lstrip()
    if not text:
        raise ParseError(f"{name} = what?", span=(sign, sign + 1), source=line, hint=f"write {name} = EXPRESSION")
    return Statement("definition", text, len(line) - len(text), name)


def _derivative(line: str, begin: int) -> Statement | None:
    """The derivative that a line asks for, if it does."""
    heads: list[tuple[int, str]] = []
    at = begin
    while True:
        head = _DERIVATIVE.match(line, at)
        if head is None or head.end() == len(line) or line[head.end()] in _INFIX:
            break
        if line[head.end()] in _SIGNS:
            fraction, rest = head[0].rstrip(), line[head.end() :]
            sign, rest = rest[0], (rest[1:] if len(rest) < 60 else "…").strip()
            raise ParseError(
                f"'{fraction} {sign}' is a derivative, or a quotient and a sign",
                span=(at, head.end() + 1),
                source=line,
                hint=f"write {fraction} ({sign}{rest}) for the derivative, ({fraction}) {sign} {rest} for the other",
            )
        if len(head[1]) > 4 or not int(head[1] or "1"):
            raise ParseError(f"d{head[1]} is no order of a derivative: it is 1 to 1000", span=head.span(), source=line)
        heads.append((int(head[1] or "1"), head[2]))
        at = head.end()
    return Statement("derivative", line[at:], at, heads=tuple(heads)) if heads else None


def divided(order: int, below: str, variables: Collection[str]) -> tuple[str, ...]:
    """By which variables a derivative is that is written d2/d… with `below` behind the d.

    >>> divided(2, "x2", ["x", "x2"]), divided(3, "x2dy", ["x", "y"]), divided(1, "x2", ["x"])
    (('x', 'x'), ('x', 'x', 'y'), ('x2',))
    """
    if order == 1:
        name = normal(below)
        return (CONSTANTS[name].name if name in CONSTANTS else name,)
    ways = _ways(order, "d" + below, sorted(variables))
    if len(ways) == 1:
        return tuple(name for name, count in ways[0] for _ in range(count))
    shown = f"d{order}/d{below}"
    if ways:
        raise UsageError(f"{shown} can be read in several ways", hint="write them one by one: d/dx d/dy …")
    names = ", ".join(list(variables)[:10]) or "none"
    raise UsageError(
        f"{shown} is no derivative of order {order} by variables of the expression (there are: {names})",
        hint=f"write d{order}/dx{order}, or d2/dxdy",
    )


def _ways(order: int, text: str, variables: Sequence[str]) -> list[Way]:
    """At most two ways in which a text such as dx2dy names variables, as often as the order says in all."""
    if len(text) > _LONGEST:
        return []
    known: dict[tuple[int, int], list[Way]] = {(0, 0): [()]}
    for at in range(len(text)):
        for taken in range(order):
            for way in known.get((at, taken), ()):
                for name, count, end in _next(text, at, order - taken, variables):
                    ways = known.setdefault((end, taken + count), [])
                    if len(ways) < 2:
                        ways.append((*way, (name, count)))
    return known.get((len(text), order), [])


def _next(text: str, at: int, most: int, variables: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """The variables that may be named next, how often, and where that ends."""
    for name in variables:
        if text.startswith("d" + name, at):
            after = at + 1 + len(name)
            digits = _DIGITS.match(text, after)[0]  # type: ignore[index]
            for width in range(min(len(digits), 4) + 1):
                count, end = int(digits[:width] or "1"), after + width
                if 0 < count <= most and (end == len(text) or text[end] == "d"):
                    yield name, count, end
