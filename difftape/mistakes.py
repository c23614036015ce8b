"""What is wrong with a text, where, and the mend that can be pasted.

Only looked at when a text has been refused: tokens are read again, this time with their places.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .errors import DifftapeError, ParseError
from .grammar import CONSTANTS, FUNCTIONS
from .lexer import SUPERSCRIPTS, places, undecoded
from .primitives import ALIASES, INFIX, PREFIX, TABLE

_MENDS = {
    "%": "there is no remainder: it has no derivative where it jumps; write x - y*floor(x/y)",
    "//": "there is no floor division: write floor(x/y)",
    "!": "there is no factorial sign: write {before}",
    "|": "write abs(…) for the absolute value",
    "||": "write 'or' inside where(…), abs(…) for the absolute value",
    "&&": "write 'and' inside where(…)",
    "&": "write 'and' inside where(…)",
    "=": "an expression has no '='; a comparison is written == and stands inside where(…)",
    "[": "square brackets are not used: write round ones, ( and )",
    "]": "square brackets are not used: write round ones, ( and )",
    "{": "braces are not used: write round brackets, ( and )",
    "}": "braces are not used: write round brackets, ( and )",
    ";": "one expression at a time: give each with -e",
    "@": "a point is given with --at NAME=VALUE (only a line of a file has @)",
    "√": "write sqrt(…)",
    "∛": "write cbrt(…)",
    "$": "a shell variable that was not expanded?",
    "?": "a choice is written where(condition, a, b)",
    ":": "a choice is written where(condition, a, b)",
}
_NEAR = 0.7


def located(error: DifftapeError, reader: Any) -> DifftapeError:
    """The error with the place of the token at which reading stopped."""
    if error.span is None and isinstance(error, ParseError):
        spans = places(reader.text)
        at = reader.index()
        if 0 <= at < len(spans):
            begin, end = spans[at]
            error.span = (begin, end - 1 if reader.text[end - 1] == "(" and end - begin > 1 else end)
    return error.within(reader.text)


def mistake(reader: Any, kind: str, found: Any) -> ParseError:
    """The error for a token that cannot stand where it does."""
    text, spans = reader.text, places(reader.text)
    at = reader.index()
    here = spans[at] if 0 <= at < len(spans) else (len(text), len(text) + 1)
    before = text[spans[at - 1][0] : spans[at - 1][1]] if 0 < at <= len(spans) else ""
    broken = undecoded(found) if isinstance(found, str) else None
    if broken is not None:
        broken = undecoded(text) or broken
        broken.span = here
        return broken
    if kind == "end":
        return _at_end(text, spans)
    if kind == "open":
        opened = _unclosed(text, spans)
        return ParseError("the bracket '(' is never closed", span=(opened, opened + 1), hint="add a ')'")
    if kind == "unopened":
        return ParseError("')' closes no bracket", span=here, hint="leave it out, or open a '(' before it")
    if kind == "empty":
        if found is not None and hasattr(found, "name"):
            return mistake(reader, "arguments", (found, 0))
        return ParseError("an expression was expected before ')'", span=here)
    if kind == "comma":
        return _comma(text, here, before, _token(text, spans, at + 1))
    if kind == "chain":
        return ParseError("comparisons cannot be chained", span=here, hint="write 0 < x and x < 1")
    if kind == "arguments":
        return _arguments(here, *found)
    if kind == "function":
        return _unknown(found, (here[0], here[0] + len(found)), reader)
    if kind == "operand":
        return _operand(found, (here[0], here[0] + len(found)), before, text, spans, at)
    return _operator(found, here, before, text, spans, at, reader)


def _at_end(text: str, spans: Sequence[tuple[int, int]]) -> ParseError:
    if not spans:
        return ParseError("the expression is empty", span=(0, 1), hint='write one, such as "x**2"')
    end = spans[-1][1]
    return ParseError("something is missing at the end of the expression", span=(end, end + 1))


def _unclosed(text: str, spans: Sequence[tuple[int, int]]) -> int:
    """The position of the innermost bracket that is still open."""
    opened: list[int] = []
    for _, end in spans:
        if text[end - 1] == "(":
            opened.append(end - 1)
        elif text[end - 1] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0


def _token(text: str, spans: Sequence[tuple[int, int]], at: int) -> str:
    return text[slice(*spans[at])] if 0 <= at < len(spans) else ""


def _comma(text: str, here: tuple[int, int], before: str, after: str) -> ParseError:
    hint = "a comma separates the arguments of a function; several expressions: give each with -e"
    if before.replace("_", "").isdigit() and after[:1].isdigit():
        hint = f"a decimal point is a point: write {before}.{after}"
    return ParseError("',' cannot stand here", span=here, hint=hint)


def _arguments(here: tuple[int, int], primitive: Any, given: int) -> ParseError:
    count = primitive.arity
    many = f"{count} argument{'s' if count != 1 else ''}"
    if primitive.spread:
        many = "1 or 2 arguments" if count == 1 else f"{count} or more arguments"
    return ParseError(f"{primitive.name}() takes {many}, not {given}", span=here, hint=_signature(primitive))


def _signature(primitive: Any) -> str:
    return f"{primitive.name}: {primitive.doc}" + (f", as in {primitive.example}" if primitive.example else "")


def _unknown(name: str, span: tuple[int, int], reader: Any) -> ParseError:
    """A name that is called and is no function."""
    near = nearest(name) if name not in CONSTANTS else ""
    everything = "all functions: difftape functions"
    if near:
        return ParseError(f"unknown function '{name}'", span=span, hint=f"did you mean '{near}'? ({everything})")
    if name in reader.names or len(name) == 1 or name in ALIASES or name in TABLE:
        return ParseError(f"{name} is not a function", span=span, hint=f"a product is written {name}*(…)")
    return ParseError(f"unknown function '{name}'", span=span, hint=everything)


def nearest(name: str, among: Sequence[str] | None = None) -> str:
    """The function whose name is nearest to `name`, or nothing where none is near.

    >>> nearest("sinn")
    'sin'
    """
    import difflib

    known = list(FUNCTIONS) if among is None else list(among)
    lower = {n.lower(): n for n in reversed(known)}
    if len(name) > 40:
        return ""
    if name.lower() in lower:
        return lower[name.lower()]
    if len(name) < 2:
        return ""
    close = difflib.get_close_matches(name.lower(), lower, 1, _NEAR if len(name) > 4 else 0.78)
    return lower[close[0]] if close else ""


def _operand(
    token: str, here: tuple[int, int], before: str, text: str, spans: Sequence[tuple[int, int]], at: int
) -> ParseError:
    """A token that cannot begin an operand."""
    shown, hint = _shown(token), _MENDS.get(token, "")
    if token == ",":
        return ParseError("',' where an expression was expected", span=here)
    if token in ("|", "||"):
        inside = re.match(r"\|([^|]+)\|", text[here[0] :])
        hint = f"write abs({inside[1]})" if inside else "write abs(…)"
    elif token == "√":
        after = _token(text, spans, at + 1)
        hint = f"write sqrt({after if after and after[-1] != '(' else '…'})"
    elif token in INFIX or token in PREFIX:
        return ParseError(f"{shown} where an expression was expected", span=here, hint=_word_hint(token))
    elif token[:1] in ("'", '"', "`", "“", "”"):
        hint = "leave the quotes out (or quote once, in the shell)"
    return ParseError(f"{shown} is not in the language", span=here, hint=hint.replace("{before}", "gamma(x + 1)"))


def _word_hint(token: str) -> str:
    if token.isalpha():
        return "'and', 'or' and 'not' are not names; conditions stand inside where(…)"
    return ""


def _shown(token: str) -> str:
    """A token in quotes, and by its number and name where it is not plain ASCII."""
    if token.isascii() and token.isprintable():
        return f"'{token}'" if len(token) < 60 else f"'{token[:50]}…'"
    import unicodedata

    character = next(c for c in token if not (c.isascii() and c.isprintable()))
    name = unicodedata.name(character, "a control character")
    shown = f"'{character}', " if character.isprintable() and not unicodedata.combining(character) else ""
    return f"{shown}U+{ord(character):04X} ({name})"


def _operator(
    token: str, here: tuple[int, int], before: str, text: str, spans: Sequence[tuple[int, int]], at: int, reader: Any
) -> ParseError:
    """A token that cannot follow an operand."""
    if token == "!":
        name = before if before.isidentifier() or before.isdigit() else "x"
        return ParseError("'!' is not in the language", span=here, hint=f"a factorial is written gamma({name} + 1)")
    if token[0] in SUPERSCRIPTS or token[0] in "⁻⁺":
        power = "".join(str(SUPERSCRIPTS.index(c)) if c in SUPERSCRIPTS else "-" if c == "⁻" else "" for c in token)
        return ParseError(f"'{token}' is not a power", span=here, hint=f"write {before}**{power}")
    if token in _MENDS or not (token[0].isalnum() or token[0] in "_(."):
        return _operand(token, here, before, text, spans, at)
    left = "…" if before == ")" else before
    shown = token if len(token) <= 40 else token[:40] + "…"
    if token[0] == "(":
        hint = f"a product is written {left}*("
        message = f"a '(' after '{left}'" if before != ")" else "a '(' after a ')'"
        return ParseError(message, span=here, hint=hint)
    if token[0] == "." and before.isidentifier() and token.replace(".", "").isidentifier():
        return _dotted(before, token, here, text)
    if before in FUNCTIONS:
        written, closing = before + "(", ")"
        while token in FUNCTIONS:  # sin asin .5 is sin(asin(.5))
            at, written, closing = at + 1, written + token + "(", closing + ")"
            token = _token(text, spans, at)
        argument = token + ("…)" if token[-1:] == "(" else "") if token and token not in INFIX else "…"
        return ParseError(
            f"'{before}' is a function: its argument stands in brackets",
            span=here,
            hint=f"write {written}{argument}{closing}",
        )
    return ParseError(
        f"'{shown}' after '{before}' without an operator between them", span=here,
        hint=f"a product is written {left}*{shown}" + ("…)" if token[-1] == "(" else ""),
    )  # fmt: skip


def _dotted(before: str, token: str, here: tuple[int, int], text: str) -> ParseError:
    """The error for a dot in a name, as in math.sin(x) or x.y."""
    name = token.rpartition(".")[2]
    called = re.match(r"\s*\(([^()]{0,40}\))?", text[here[1] :])
    hint = f"write {before}{token.replace('.', '_')}"
    if name in FUNCTIONS:
        argument = (called[1] if called else None) or "…)"
        hint = f"write {name}({before if argument == ')' else ''}{argument}"
    elif name in CONSTANTS:
        hint = f"write {name}"
    elif called:
        hint = "all functions: difftape functions"
    return ParseError(f"'.' after '{before}': names have no dots", span=(here[0], here[0] + 1), hint=hint)


def of_number(token: str) -> ParseError:
    """The error for a token that begins like a number and is none."""
    shown = token if len(token) <= 40 else token[:40] + "…"
    based = re.match(r"0([xXbBoO])([0-9a-fA-F]+)", token)
    if based:
        try:
            value = int(based[2], {"x": 16, "b": 2, "o": 8}[based[1].lower()])
            return ParseError(f"'{shown}': only decimal numbers are read", hint=f"write {value}")
        except ValueError:
            pass
    is_underscored = "_" in token and re.fullmatch(r"[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?", token)
    factor = not is_underscored and re.fullmatch(r"((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][0-9]+)?)([^\W\d]\w*)", token)
    if factor:
        return ParseError(
            f"'{shown}' is neither a number nor a name", hint=f"a product is written {factor[1]}*{factor[2]}"
        )
    hint = ""
    if token.count(".") > 1:
        hint = "a number has one decimal point"
    elif "_" in token:
        hint = "'_' stands between two digits, once: 1_000"
    elif token[-1] in "eE+-":
        hint = "an exponent has digits: 1e-3"
    return ParseError(f"'{shown}' is not a number", hint=hint)


def check_conditions(program: Any) -> None:
    """Raises ParseError unless conditions stand where conditions belong, and only there."""
    from .table.choice import both, either, negation, where

    logic = (both, either, negation)
    for step in [*program.steps, (None, program.root)]:
        for position, operand in enumerate(step[1:]):
            inner = program.steps[operand][0]
            is_condition = getattr(inner, "left", 0) == 10 or inner in logic
            wanted = step[0] in logic or (step[0] is where and position == 0)
            if is_condition and not wanted:
                message, hint = "a condition is not a number", "write where(condition, a, b)"
            elif wanted and not is_condition:
                message, hint = "a condition was expected, such as x > 0", "conditions: < <= > >= == !="
            else:
                continue
            raise ParseError(message, span=program.spans[operand], source=program.text, hint=hint)
