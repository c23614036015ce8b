"""A block of CSV or TSV parsed by pyarrow, where it takes the cells for what they are taken for here.

A block that pyarrow could read in another way (odd quotes, lone carriage returns, cells that are no finite numbers)
is handed back unread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .arrow_arrays import doubles
from .extras import pyarrow
from .quoting import quoted
from .rows import Block


def columns(
    block: Block,
    separator: str,
    width: int,
    wanted: Mapping[str, str],
    kept: Sequence[str],
    places: Mapping[str, int],
) -> tuple[dict[str, Any], dict[str, list[str]]] | None:
    """The wanted columns as arrays and the kept ones as texts, or None where the block must be read with more care."""
    data: bytes = block.data
    has_quotes = b'"' in data
    if has_quotes and ((inside := quoted(data, separator)) is None or len(inside) % 2):
        return None
    if b"\r" in data and b"\r" in data.replace(b"\r\n", b"\n").removesuffix(b"\r"):
        return None
    arrow, csv = pyarrow("pyarrow", "CSV at speed"), pyarrow("pyarrow.csv", "CSV at speed")
    names = [str(place) for place in range(width)]
    types = {names[places[name]]: arrow.string() for name in kept}
    types |= {names[places[name]]: arrow.float64() for name in wanted.values() if names[places[name]] not in types}
    if not types:
        return None
    try:
        table = csv.read_csv(
            arrow.BufferReader(data),
            read_options=csv.ReadOptions(use_threads=False, block_size=len(data) + 2, column_names=names),
            parse_options=csv.ParseOptions(
                delimiter=separator, quote_char='"' if has_quotes else False, newlines_in_values=has_quotes
            ),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=[], strings_can_be_null=False
            ),
        )
    except (arrow.ArrowException, OSError):
        return None
    if table.num_rows != block.size:
        return None
    read: dict[str, Any] = {}
    for variable, name in wanted.items():
        column = table.column(names[places[name]])
        if column.null_count or column.type != arrow.float64():
            return None
        read[variable] = np.concatenate([doubles(chunk) for chunk in column.chunks])
        if not np.isfinite(read[variable]).all():
            return None
    return read, {name: table.column(names[places[name]]).to_pylist() for name in kept}
