"""JSONL: an object a line, the keys of the first being the header.

A number is a JSON number; a bool, or a number in quotes, is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import UsageError
from .cells import finite_only, shown
from .choosing import choose
from .cutting import blocks, rows_in_lines
from .heading import first_row
from .rows import Block, Chunk
from .source import Source

_DEEPEST = 200  # brackets within brackets
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|([\[{])|([\]}])', re.DOTALL)
_MISSING = object()


class _Refused(ValueError):
    """Why a line is no row, in words."""


def read_keys(source: Source) -> JsonLines:
    """The rows, the first of which is the header too."""
    row = first_row(source, _bounds, "the first line says the columns", is_row=True)
    try:
        keys = tuple(_row(row.text.encode()))
    except _Refused as refused:
        mend = 'a row is an object a line, such as {"x": 1.5}'
        raise UsageError(str(refused), place=source.place(row.line), hint=mend) from None
    return JsonLines(source, keys, row.begin, row.line)


@dataclass(frozen=True)
class JsonLines:
    """The rows of a JSONL text."""

    source: Source
    columns: tuple[str, ...]
    begin: int
    first_line: int
    wanted: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    format: str = "jsonl"

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def types(self) -> Mapping[str, Any]:
        return {}

    def chosen(self, wanted: Mapping[str, str], kept: Sequence[str] = ()) -> JsonLines:
        choose(self.columns, wanted, kept, self.source.place(self.first_line), self.format)
        return replace(self, wanted=dict(wanted), kept=tuple(kept))

    def blocks(self, first: int = 0, at: int | None = None, line: int | None = None) -> Iterator[Block]:
        begin, start = (self.begin, self.first_line) if at is None else (at, line or self.first_line)
        return blocks(self.source, _bounds, first, begin, start)

    def parsed(self, block: Block) -> Chunk:
        broken: dict[int, str] = {}
        lines: list[int] = []
        rows: list[dict[str, Any]] = []
        for number, text in enumerate(block.data.split(b"\n"), block.line):
            if not text.strip():
                continue
            try:
                rows.append(_row(text))
            except _Refused as refused:
                broken[len(rows)] = str(refused)
                rows.append({})
            lines.append(number)
        failures = dict(broken)
        columns: dict[str, Any] = {}
        for variable, name in self.wanted.items():
            columns[variable], bad = _numbers([row.get(name, _MISSING) for row in rows], variable)
            for row, why in bad.items():
                failures.setdefault(row, why)
        failures = dict(sorted(failures.items()))
        failed = list(failures)
        for values in columns.values():
            values[failed] = np.nan
        raw = {row: {v: rows[row][n] for v, n in self.wanted.items() if n in rows[row]} for row in failed}
        kept = {name: [row.get(name) for row in rows] for name in self.kept}
        return Chunk(block.first, len(rows), columns, failures, {row: lines[row] for row in failed}, kept, raw)


def _bounds(text: bytes, is_all: bool) -> tuple[Any, Any, int]:
    """The lines that hold anything but blanks."""
    starts, ends, rest = rows_in_lines(text, is_all)
    codes = np.frombuffer(text, np.uint8)
    odd = (
        np.flatnonzero(codes[starts] <= 32) if len(starts) else starts
    )  # a row begins with a bracket, not with a blank
    if odd.size:
        is_row = np.ones(len(starts), bool)
        is_row[[i for i in odd.tolist() if not text[starts[i] : ends[i]].strip()]] = False
        starts, ends = starts[is_row], ends[is_row]
    return starts, ends, rest


def _row(text: bytes) -> dict[str, Any]:
    """The object of a line; raises _Refused.

    >>> _row(b'{"x": 1.5, "name": "a"}')
    {'x': 1.5, 'name': 'a'}
    """
    if len(text) > 2 * _DEEPEST and _depth(text) > _DEEPEST:
        raise _Refused(f"not a row: JSON nested more than {_DEEPEST} deep")
    try:
        row = _decoded(text.decode())
    except UnicodeDecodeError as error:
        raise _Refused(f"byte {text[error.start]:#04x} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Refused(f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at column {error.pos + 1}") from None
    if not isinstance(row, dict):
        raise _Refused(f"not a row: {_kind(row)} where an object was expected")
    return row


def _decoded(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (_Refused, json.JSONDecodeError):
        raise
    except ValueError:  # an integer of more digits than Python reads
        return json.JSONDecoder(object_pairs_hook=_without_doubles, parse_int=float).decode(text)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        double = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"the key {shown(double)} is there twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles)


def _depth(text: bytes) -> int:
    """How deep brackets stand within brackets, strings left out."""
    if text.count(b"[") + text.count(b"{") <= _DEEPEST:
        return 0
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest


def _numbers(values: list[Any], name: str) -> tuple[Any, dict[int, str]]:
    """The array of JSON values, nan where one is no finite number, and what is wrong there."""
    failures: dict[int, str] = {}
    if not {type(value) for value in values} <= {float}:
        numbers: list[float] = []
        for row, value in enumerate(values):
            try:
                numbers.append(_number(value))
            except ValueError:
                numbers.append(np.nan)
                failures[row] = f"{name} {_wrong(value)}"
        values = numbers
    array = np.array(values, np.float64)
    return array, failures | finite_only(array, name, failures)


def _number(value: Any) -> float:
    if value.__class__ is float or value.__class__ is int:
        try:
            return float(value)
        except OverflowError:
            return np.inf if value > 0 else -np.inf
    raise ValueError(value)


def _wrong(value: Any) -> str:
    if value is None or value is _MISSING:
        return "is missing"
    if isinstance(value, str):
        return f"is {shown(value)}, not a number"
    return f"is {_kind(value)}, not a number"


def _kind(value: Any) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {dict: "an object", list: "an array", str: "a text", type(None): "null"}
    return kinds.get(type(value), "a number")
