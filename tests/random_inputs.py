"""Inputs that nobody would type: expressions off the table, their mutations, bytes, command lines and lines of stdin.

Everything is drawn from a `random.Random`, so that a seed gives the same inputs again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from difftape.cli.commands import COMMANDS, difftape
from difftape.grammar import CONDITIONS, CONSTANTS, FUNCTIONS, INFIXES, PREFIXES
from difftape.lexer import SIGNS, SUPERSCRIPTS
from difftape.mistakes import _MENDS
from difftape.table.choice import where

NAMES = ("x", "y", "x", "y", "time", "α", "x_1", "e", "gamma", "lambda", "E1")
NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "-1",
    "0.5",
    ".5",
    "5.",
    "1e-3",
    "1_000",
    "1e308",
    "5e-324",
    "1e-300",
    "9007199254740993",
)
NUMBERS += ("1.7976931348623157e308", "1e16", "170", "171", "1e5", "0.1", "-2.5", "1/3")
VALUES = (
    "0",
    "1",
    "-1",
    "2",
    "0.5",
    "-0.5",
    "3",
    "pi",
    "pi/2",
    "1e-300",
    "1e300",
    "1e16",
    "-2",
    "1/3",
    "-0.0",
    "1e-17",
)
GRIDS = ("0:1:2", "0:1:3", "1:0:1", "-1:1:3", "0:1e308:3")
BAD_VALUES = ("", "nan", "inf", "1e999", "abc", "1/0", "0:1", "0:1:0", "1:0:-1", "0:1:1.5", "x", "=1", "2x", "1:2:x")
BAD_VALUES += ("0:1:1e300", "gamma(-1)", "9**9**9**9", "1;2", "3,5", "(", "0:1:", "::", "sin", "1e308*10", "0::2")
INFIX = [sign for sign in (*INFIXES, *SIGNS) if sign not in CONDITIONS]
COMPARISONS = [sign for sign, entry in CONDITIONS.items() if entry[1] == 10]
LOGIC = [sign for sign in CONDITIONS if sign not in COMPARISONS]
SLOW = {"zeta", "zetaderiv", "beta", "bessely", "besselk", "polygamma"}  # by mpmath, a hundred times the others
PLAIN = sorted(name for name, p in FUNCTIONS.items() if not p.symbol and p is not where and p.name not in SLOW)
ALL = sorted(name for name, p in FUNCTIONS.items() if p is not where)
SNIPPETS = [*INFIXES, *PREFIXES, *SIGNS, *_MENDS, *SUPERSCRIPTS, *CONSTANTS, *NAMES, *NUMBERS, *(n + "(" for n in ALL)]
SNIPPETS += [
    "(",
    ")",
    ",",
    " ",
    "\t",
    "⁻",
    "⁺",
    "_",
    ".",
    "e",
    "E",
    "1e",
    "0x1F",
    "nan",
    "inf",
    "where(",
    "\\",
    "'",
    '"',
    "@",
    "#",
]
STRANGE = "\0\x01\x1b\x7f\x85\xa0\xad½²³µπ√∞İıſßøΩабхуﬁｘ１٣₁ⁿ×÷−–“”"
STRANGE += "\u0301\u200b\u200d\u202e\u2028\ufeff\ufffe\U0001f642\U000e0001"
STRANGE += "\udcb5\udc80"  # what Python makes of arguments that are not UTF-8


def formats(command: str) -> list[str]:
    """The words that `-f` of a command takes."""
    known = difftape.get_command(None, command)  # type: ignore[arg-type]
    assert known is not None
    return [str(word) for p in known.params if "--format" in p.opts for word in getattr(p.type, "choices", ())]


COMMANDS_ASKED = tuple(name for name in COMMANDS if name != "map")
FORMATS = {f"--{name}" for command in COMMANDS_ASKED for name in formats(command)}
_KEPT_OUT = {"output", "timeout", "help", "version", "debug"}  # see `_option`


class Call(NamedTuple):
    """A run of the command line: its words, and what it has on stdin."""

    argv: list[str]
    stdin: bytes = b""


def expression(draw: random.Random, size: int = 8) -> str:
    """An expression of the language with about `size` operands; its value may be anything."""
    if size <= 1 or draw.random() < 0.08:
        return draw.choice(NAMES) if draw.random() < 0.6 else draw.choice(NUMBERS)
    kind = draw.random()
    if kind < 0.45:
        left = draw.randrange(1, size)
        a, b = expression(draw, left), expression(draw, size - left)
        form = draw.choice(("{}{}{}", "{} {} {}", "({}){}({})", "({} {} {})"))
        return form.format(a, draw.choice(INFIX), b)
    if kind < 0.8:
        return call(draw, size - 1)
    if kind < 0.88:
        return draw.choice(("-{}", "-({})", "+{}", "({})", "- {}")).format(expression(draw, size - 1))
    if kind < 0.95:
        inner = expression(draw, size - 1)
        return draw.choice(
            ("({})**2", "({})²", "({})**0.5", "({})^-1", "({})**0", "({})**3", "2**({})", "({})⁷")
        ).format(inner)
    third = max(1, size // 3)
    return f"where({claim(draw, third)}, {expression(draw, third)}, {expression(draw, third)})"


def call(draw: random.Random, size: int) -> str:
    """A call of a function of the table with the right number of operands."""
    name = draw.choice(PLAIN) if draw.random() < 0.97 else draw.choice(ALL)
    primitive = FUNCTIONS[name]
    count = primitive.arity + (primitive.spread is not None and draw.random() < 0.3)
    if any(partial is None for partial in primitive.partials):  # an order is a small whole number
        return f"{name}({draw.randrange(4)}, {expression(draw, size)})"
    return f"{name}({', '.join(expression(draw, max(1, size // count)) for _ in range(count))})"


def claim(draw: random.Random, size: int) -> str:
    """A condition."""
    a, b = expression(draw, size), expression(draw, size)
    compared = f"{a} {draw.choice(COMPARISONS)} {b}"
    if draw.random() < 0.2:
        return f"{compared} {draw.choice(LOGIC)} {claim(draw, size)}"
    return f"not {compared}" if draw.random() < 0.1 else compared


def mutated(draw: random.Random, text: str, times: int = 0) -> str:
    """The text with some pieces left out, doubled, moved, or put in from elsewhere."""
    for _ in range(times or draw.choice((1, 1, 1, 2, 3, 6))):
        a, b = sorted((draw.randrange(len(text) + 1), draw.randrange(len(text) + 1)))
        kind = draw.randrange(8)
        if kind == 0:
            text = text[:a] + text[min(b, a + 3) :]
        elif kind == 1:
            text = text[:b] + text[a:]
        elif kind == 2:
            text = text[b:] + text[:a]
        elif kind == 3:
            text = text[:a] + draw.choice(STRANGE) + text[a:]
        elif kind == 4:
            text = (
                text[:a]
                + chr(draw.choice((draw.randrange(128), draw.randrange(0x2300), draw.randrange(0xD800))))
                + text[a:]
            )
        elif kind == 5:
            text = text[:a] + draw.choice(SNIPPETS) * draw.choice((1, 1, 1, 2, 5)) + text[a + 1 :]
        else:
            text = text[:a] + draw.choice(SNIPPETS) + text[a:]
    return text[:4000]


def soup(draw: random.Random) -> str:
    """Pieces of the language in any order."""
    return "".join(draw.choice(SNIPPETS) for _ in range(draw.randrange(1, 12)))


def written(draw: random.Random) -> str:
    """Something where an expression should stand."""
    kind = draw.random()
    if kind < 0.12:
        return expression(draw, draw.choice((1, 2, 3, 5, 9)))
    if kind < 0.7:
        return mutated(draw, expression(draw, draw.choice((1, 2, 4))))
    return soup(draw)


def raw(draw: random.Random) -> bytes:
    """Bytes, some of them like a line."""
    if draw.random() < 0.3:
        return draw.randbytes(draw.randrange(1, 30))
    line = bytearray(line_of(draw).encode("utf-8", "surrogateescape"))
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(line) + 1)
        line[place : place + draw.randrange(2)] = draw.randbytes(draw.randrange(3))
    return bytes(line)


def line_of(draw: random.Random, is_valid: bool = False) -> str:
    """A line of stdin: an expression and its point."""
    text = expression(draw, draw.choice((1, 2, 3, 5))) if is_valid else written(draw)
    values = ", ".join(f"{name}={value(draw, not is_valid)}" for name in dict.fromkeys(NAMES) if name in text)
    line = f"{text} @ {values}" if values else text
    if not is_valid and draw.random() < 0.1:
        line = mutated(draw, line, 1)
    return line.replace("\n", " ")


def value(draw: random.Random, may_be_bad: bool = True, may_be_grid: bool = False) -> str:
    """A VALUE of `--at`."""
    if may_be_bad and draw.random() < 0.06:
        return draw.choice(BAD_VALUES)
    if may_be_grid and draw.random() < 0.06:
        return draw.choice(GRIDS)
    return draw.choice(VALUES) if draw.random() < 0.7 else repr(round(draw.uniform(-4, 4), 3))


def lines(draw: random.Random, count: int) -> list[bytes]:
    """Lines of stdin, one in ten of them raw bytes."""
    return [
        raw(draw).replace(b"\n", b" ") if draw.random() < 0.1 else line_of(draw).encode("utf-8", "surrogateescape")
        for _ in range(count)
    ]


def command_line(draw: random.Random, checks: bool = False) -> Call:
    """A command with some of its options, an expression or several, and a point that mostly fits."""
    name = draw.choice(COMMANDS_ASKED)
    if draw.random() < 0.02:
        return Call([mutated(draw, name), "x"])
    command = difftape.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    words: list[str] = []
    if name == "functions":
        words.append(draw.choice((*ALL, *INFIX, mutated(draw, draw.choice(ALL)))))
    else:
        words += _questions(draw, name)
    parameters: list[Any] = [p for p in command.params if isinstance(p, click.Option) and p.name not in _KEPT_OUT]
    names = [p.name for p in parameters]
    if "check" in names and not checks and draw.random() < 0.97:
        words.append("--no-check")
    if "check_timeout" in names:
        words += ["--check-timeout", "0.5"]
    for _ in range(draw.choice((0, 0, 1, 1, 2, 4))):
        words += _option(draw, draw.choice(parameters))
    if draw.random() < 0.05:
        words.insert(
            draw.randrange(len(words) + 1), draw.choice(("--", "-", "-x", "--nope", "-h", "---", "-n", "-1", "\0"))
        )
    stdin = b"\n".join(lines(draw, draw.randrange(3))) if draw.random() < 0.3 else b""
    return Call([name, *words], stdin)


def _questions(draw: random.Random, command: str) -> list[str]:
    """Expressions and their point."""
    count = draw.choice((0, 1, 2, 3)) if command == "jacobian" else draw.choice((1, 1, 1, 1, 1, 0, 2))
    texts = [expression(draw, draw.choice((1, 2, 4))) if draw.random() < 0.6 else written(draw) for _ in range(count)]
    known = [name for name in dict.fromkeys(NAMES) if any(name in text for text in texts)]
    pairs = [f"{name}={value(draw, draw.random() < 0.3, True)}" for name in known]
    words: list[str] = []
    for text in texts:
        words += [text] if draw.random() < 0.7 else ["-e", text]
    if pairs and draw.random() < 0.9:
        at = ",".join(pairs)
        words += ["--at", mutated(draw, at, 1) if draw.random() < 0.1 else at]
    return words


def _option(draw: random.Random, option: click.Option) -> list[str]:
    """An option with a value that may or may not be one of its own.

    Never `--timeout`, which ends the process, nor a file to write.
    """
    word = draw.choice([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return [word]
    plausible: Sequence[str] = {
        "order": ("1", "2", "3", "5", "12", "0", "-1", "1001", "x", "2.5", "1e3", "99999999999999999999"),
        "max_nodes": ("1", "10", "1000", "0", "-3", "1e6"),
    }.get(option.name or "", ())
    if not plausible:
        if isinstance(option.type, click.Choice):
            plausible = [*map(str, option.type.choices), "xml", ""]
        elif option.name in ("wrt", "mixed"):
            plausible = ["x", "y", "x,y", "x,x,y", "time,x", "", ",", "x,,y", "2", "sin", "pi", "nan"]
        elif option.name == "source":
            plausible = ["/nonexistent", "/", "", "\0", "-", "/dev/null", "x" * 300]
        elif option.name == "at":
            plausible = [f"{draw.choice(NAMES)}={value(draw, True, True)}"]
        else:
            plausible = ["0", "1e-9", "1e-3", "0.5", "-1", "nan", "inf", "x", "", "1e300"]
    return [word, draw.choice(plausible)]
