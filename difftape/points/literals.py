"""Literals of Python, which the header of an NPY file is written in, read without Python's own compiler.

Strings, whole numbers, True and False; tuples, lists and dicts of them, not nested without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_DEPTH = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?P<number>-?\d{1,40})L?(?!\w)"""
    r"""|(?P<word>True|False)(?!\w)|(?P<sign>[][(){},:]))\s*"""
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPED = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "r": "\r"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def literal(text: str) -> Any:
    """The value of a literal; raises ValueError where it is none.

    >>> literal("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }")
    {'descr': '<f8', 'fortran_order': False, 'shape': (3,)}
    """
    tokens = _tokens(text)
    value = _value(tokens, next(tokens), 0)
    if next(tokens) != ("end", ""):
        raise ValueError("more than one literal")
    return value


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValueError(text[place : place + 20])
        yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()
    while True:
        yield "end", ""


def _value(tokens: Iterator[tuple[str, str]], token: tuple[str, str], depth: int) -> Any:
    kind, text = token
    if kind == "text":
        return _ESCAPE.sub(_unescaped, text[1:-1])
    if kind == "number":
        return int(text)
    if kind == "word":
        return text == "True"
    if text not in _CLOSING or depth > _DEPTH:
        raise ValueError(text)
    items: list[Any] = []
    has_comma = False
    while (token := next(tokens)) != ("sign", _CLOSING[text]):
        item = _value(tokens, token, depth + 1)
        if text == "{":
            if next(tokens) != ("sign", ":") or not isinstance(item, str):
                raise ValueError("a key without a value")
            item = item, _value(tokens, next(tokens), depth + 1)
        items.append(item)
        token = next(tokens)
        has_comma = token == ("sign", ",")
        if not has_comma:
            if token != ("sign", _CLOSING[text]):
                raise ValueError(token[1])
            break
    if text == "(":
        return items[0] if len(items) == 1 and not has_comma else tuple(items)
    return dict(items) if text == "{" else items


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        return chr(int(digits, 16))
    if found[4] not in _ESCAPED:
        raise ValueError(found[0])
    return _ESCAPED[found[4]]
