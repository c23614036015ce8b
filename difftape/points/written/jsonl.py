"""JSONL: an object a line, the keys being the columns; null where there is no number."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from ..decimals import rows, texts
from . import Result, Shape
from .values import values


def head(shape: Shape) -> bytes:
    """Nothing: every row names its columns."""
    return b""


def body(shape: Shape, result: Result) -> bytes:
    """The lines of a block of results."""
    if not result.size:
        return b""
    kept = {name: [json_text(value) for value in values(result.kept[name])] for name in shape.kept}
    keys = [f"{'{' if i == 0 else ', '}{json_text(name)}: " for i, name in enumerate((*shape.columns, "error"))]
    if kept:
        columns = [kept.get(name) or texts(result.numbers[name]) for name in shape.columns]
        template = "".join(key.replace("%", "%%") + "%s" for key in keys[:-1]) + keys[-1].replace("%", "%%") + "null}"
        lines = [_encoded(template % cells) for cells in zip(*columns, strict=True)]
        lines.append(b"")
    else:
        parts: list[Any] = []
        for key, name in zip(keys, shape.columns, strict=False):
            parts += [_encoded(key), result.numbers[name]]
        whole = rows([*parts, _encoded(keys[-1]) + b"null}\n"])
        if not result.errors and all(np.isfinite(numbers).all() for numbers in result.numbers.values()):
            return whole
        lines = whole.split(b"\n")
    for row in result.errors.keys() | _not_finite(shape, result):
        cells = [kept[name][row] if name in kept else _number(result, name, row) for name in shape.columns]
        cells.append(json_text(result.errors.get(row)))
        lines[row] = _encoded("".join(key + cell for key, cell in zip(keys, cells, strict=True)) + "}")
    return b"\n".join(lines)


def json_text(value: Any) -> str:
    """A value as JSON, in which NaN and Infinity are null, and what JSON does not know is text.

    >>> json_text({"a": [1.5, float("nan")], "b": "½"})
    '{"a": [1.5, null], "b": "½"}'
    """
    try:
        return _ENCODER.encode(value)
    except ValueError:
        return _ENCODER.encode(_without_nan(value))


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_as_text)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return value


def _not_finite(shape: Shape, result: Result) -> set[int]:
    """The rows that have a number that JSON has not."""
    return {row for name in shape.numbers for row in np.flatnonzero(~np.isfinite(result.numbers[name])).tolist()}


def _number(result: Result, name: str, row: int) -> str:
    value = float(result.numbers[name][row])
    return json_text(value + 0.0 if value == value else result.raw.get(row, {}).get(name))


def _encoded(text: str) -> bytes:
    """UTF-8; a byte that was none is an escape of half a pair, as JSON allows."""
    return text.encode("utf-8", "backslashreplace")
