"""Text to tokens: one regular expression, and what names and literals are allowed.

A token is a piece of the text.  A name that is called keeps its bracket (`sin(`), so that the parser never
looks ahead.  Malformed numbers (`3.1.4`, `0x10`, `1e+`) are one token each, to be named as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .errors import LimitError, ParseError

NAME_LIMIT = 1000
LITERAL_LIMIT = 100_000
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SIGNS = {"×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "^": "**"}
RESERVED = ("nan", "inf", "infinity")  # in any capitals
_CHUNK = 1 << 16

_NUMBER = r"[0-9.][\w.]*(?:(?<=[0-9.][eE])[+-][\w.]*)?"
_MARKS = r"\*\*?|[-+(),]|//?|[<>=!]=|&&|\|\|"  # the most frequent first
_ASCII = re.compile(rf"[A-Za-z_]\w*(?:\s*\()?|{_MARKS}|{_NUMBER}|\S", re.ASCII)
_LETTER = rf"(?:(?![{SUPERSCRIPTS}⁻⁺])\w)"
_UNICODE = re.compile(
    rf"(?![0-9]){_LETTER}+(?:[ \t\n\r\f\v\xa0]*\()?|"
    + _NUMBER.replace(r"[\w.]", rf"(?:{_LETTER}|\.)")
    + rf"|{_MARKS}|[{SUPERSCRIPTS}⁻⁺]+|[^ \t\n\r\f\v\xa0]"
)
_LITERAL = re.compile(r"(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?")
_UNDECODED = re.compile("[\udc80-\udcff]")  # what Python makes of bytes that are not UTF-8

# Letters of other scripts that are drawn as Latin ones: a name of these alone is taken for what it looks like.
_LOOKALIKES = frozenset("авекмнорстухѕіјԁԛԝһАВЕКМНОРСТУХЅІЈοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")


def normal(text: str) -> str:
    """The text in Unicode's composed form, with the micro sign as the Greek letter it is; the name π is pi."""
    if text.isascii():
        return text
    if text == "π":
        return "pi"
    import unicodedata

    return unicodedata.normalize("NFC", text).replace("µ", "μ")


def undecoded(text: str) -> ParseError | None:
    """The error for a text that holds a byte which is not UTF-8, as arguments of a program may."""
    found = None if text.isascii() else _UNDECODED.search(text)
    return None if found is None else not_utf8(ord(found[0]) - 0xDC00, found.start())


def not_utf8(byte: int, at: int) -> ParseError:
    """The error for a byte that is not UTF-8, at a position from 0."""
    return ParseError(
        f"byte 0x{byte:02X} at position {at + 1} is not UTF-8", hint="save the text as UTF-8, not as Latin-1"
    )


def chunks(text: str) -> Iterator[list[str]]:
    """The tokens of a normal text, in lists of bounded size, so that a long text never stands in memory twice."""
    pattern = _ASCII if text.isascii() else _UNICODE
    begin, size = 0, _CHUNK
    while len(text) - begin > size:
        end = begin + size
        tokens = pattern.findall(text, begin, end)
        if len(tokens) < 2:
            size *= 2
            continue
        begin = text.rfind(tokens.pop(), begin, end)  # it may have been cut in two
        size = _CHUNK
        yield tokens
    yield pattern.findall(text, begin)


def places(text: str) -> list[tuple[int, int]]:
    """Where each token begins and ends."""
    pattern = _ASCII if text.isascii() else _UNICODE
    return [match.span() for match in pattern.finditer(text)]


def literal(token: str) -> float:
    """The double a number literal stands for.

    Raises ParseError for what is not a literal, or overflows or underflows a double; LimitError past 100 000
    characters.

    >>> literal("1_000.5e-1")
    100.05
    """
    if len(token) > LITERAL_LIMIT:
        raise LimitError(f"a literal of {len(token)} characters; the limit is {LITERAL_LIMIT}")
    if not _LITERAL.fullmatch(token):
        from .mistakes import of_number

        raise of_number(token)
    value = float(token)
    if value == float("inf"):
        raise ParseError(f"{_short(token)} is too large for a float64 (at most 1.8e308)")
    if value == 0 and re.search("[1-9]", re.split("[eE]", token)[0]):
        raise ParseError(f"{_short(token)} is too small for a float64 (at least 4.9e-324)")
    return value


def check_name(name: str) -> None:
    """Raises ParseError or LimitError for a name that the language does not allow, saying why.

    >>> check_name("время")
    """
    if len(name) > NAME_LIMIT:
        raise LimitError(f"a name of {len(name)} characters; the limit is {NAME_LIMIT}")
    if name.lower() in RESERVED:
        raise ParseError(
            f"'{name}' is reserved: it is not a variable and not a number here", hint="give it another name"
        )
    if not name.isascii():
        _check_letters(name)


def _check_letters(name: str) -> None:
    import unicodedata

    scripts: dict[str, str] = {}
    for character in name:
        if character == "_" or "0" <= character <= "9":
            continue
        known = f"U+{ord(character):04X} ({unicodedata.name(character, 'no name')})"
        plain = unicodedata.normalize("NFKC", character)
        if plain != character and plain.isascii():
            if plain.isdigit():
                raise ParseError(f"{known} in '{name}' is not a digit", hint=f"write {_unsubscripted(name)}")
            raise ParseError(f"{known} is not a letter of a name", hint=f"did you mean '{plain}'?")
        if not character.isalpha():
            raise ParseError(f"{known} is not a letter or a digit 0-9")
        scripts.setdefault(unicodedata.name(character, "?").split()[0], known)
    if len(scripts) > 1:
        raise ParseError(
            f"'{name}' mixes {' and '.join(scripts)} letters: {', '.join(scripts.values())}",
            hint="write the name in one script (Greek letters in words: delta_x)",
        )
    letters = [c for c in name if c.isalpha()]
    if letters and _LOOKALIKES.issuperset(letters):
        raise ParseError(
            f"'{name}' looks Latin but is {', '.join(scripts.values())}", hint="type the name on a Latin keyboard"
        )


def _unsubscripted(name: str) -> str:
    """The name with subscript digits as ordinary ones: x₁ as x_1."""
    import unicodedata

    out = ""
    for character in name:
        plain = unicodedata.normalize("NFKC", character)
        out += "_" + plain if plain != character and plain.isdigit() and out[-1:].isalpha() else plain
    return out


def _short(token: str) -> str:
    return token if len(token) <= 40 else f"{token[:20]}…{token[-10:]} ({len(token)} characters)"
