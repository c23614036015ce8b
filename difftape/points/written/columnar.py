"""Arrow IPC and Parquet: blocks are appended to a stream of record batches, from which the file is made at the end.

The file's row groups depend on the number of rows alone, so its bytes do not depend on how the stream was come by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import InputOutputError
from ..arrow_arrays import of_doubles, of_places, of_texts
from ..columnar import even
from ..extras import pyarrow
from . import Result, Shape
from .npy import number
from .values import text, values

END = b"\xff\xff\xff\xff\0\0\0\0"  # of an Arrow stream
GROUP = 1 << 18  # rows of a row group, or of a batch of the Arrow file


def head(shape: Shape) -> bytes:
    """The schema, as the message a stream begins with."""
    return bytes(_schema(shape).serialize())


def _schema(shape: Shape) -> Any:
    arrow = pyarrow("pyarrow", "writing Parquet")
    types = {name: _arrow_type(shape.types.get(name)) for name in shape.kept}
    fields = [arrow.field(name, types.get(name, arrow.float64())) for name in shape.columns]
    return arrow.schema([*fields, arrow.field("error", arrow.string())])


def _arrow_type(type: Any) -> Any:
    arrow = pyarrow("pyarrow", "writing Parquet")
    if isinstance(type, arrow.DataType):
        return type
    if type is None or np.dtype(type).kind not in "fiubmM":
        return arrow.string()
    return arrow.from_numpy_dtype(np.dtype(type))


def body(shape: Shape, result: Result) -> bytes:
    """A block of results as a message of a stream."""
    arrow = pyarrow("pyarrow", "writing Parquet")
    schema = _schema(shape)
    if not result.size:
        return b""
    columns = [
        _kept(result.kept[name], schema.field(name).type) if name in shape.kept else _numbers(result, name)
        for name in shape.columns
    ]
    no_errors = arrow.nulls(result.size, arrow.string())
    columns.append(of_texts(list(map(result.errors.get, range(result.size)))) if result.errors else no_errors)
    return bytes(arrow.RecordBatch.from_arrays(columns, schema=schema).serialize())


def _numbers(result: Result, name: str) -> Any:
    """A column of numbers, null where there is none."""
    numbers = result.numbers[name] + 0.0
    for row, cells in result.raw.items():
        if name in cells and numbers[row] != numbers[row]:
            numbers[row] = number(cells[name])
    missing = np.zeros(result.size, bool)
    failed = list(result.errors)
    missing[failed] = np.isnan(numbers[failed])
    return of_doubles(numbers, missing)


def _kept(column: Any, type: Any) -> Any:
    """A kept column as an Arrow array."""
    arrow = pyarrow("pyarrow", "writing Parquet")
    if isinstance(column, arrow.Array):
        return column if column.type == type else column.cast(type)
    if type == arrow.string():
        cells = [None if value is None else text(value) for value in values(column)]
        return of_texts([c if c is None else c.encode("utf-8", "replace").decode() for c in cells])
    return arrow.array(column, type)


def finish_arrow(part: str, rows: int) -> str:
    """Makes the Arrow file from a stream of batches, beside it."""
    return _made(part, part + ".arrow", lambda sink, schema: pyarrow("pyarrow", "Arrow").ipc.new_file(sink, schema))


def finish_parquet(part: str, rows: int) -> str:
    """Makes the Parquet file from a stream of batches, beside it."""
    parquet = pyarrow("pyarrow.parquet", "writing Parquet")

    def writer(sink: Any, schema: Any) -> Any:
        # doubles hardly repeat: a dictionary of them makes the file larger, and takes nearly all the time
        repeating = [field.name for field in schema if not pyarrow("pyarrow", "Parquet").types.is_floating(field.type)]
        return parquet.ParquetWriter(sink, schema, use_dictionary=repeating)

    return _made(part, part + ".parquet", writer)


def _made(part: str, target: str, writer: Callable[[Any, Any], Any]) -> str:
    arrow = pyarrow("pyarrow", "writing Parquet")
    try:
        with (
            arrow.OSFile(part) as source,
            arrow.ipc.open_stream(source) as stream,
            arrow.OSFile(target, "wb") as sink,
            writer(sink, stream.schema) as made,
        ):
            for batch in even(stream, GROUP):
                made.write_batch(batch.take(of_places(batch.num_rows)))  # a copy: no trace of what it was cut from
    except (arrow.ArrowException, OSError) as error:
        raise InputOutputError(f"cannot write {target}: {str(error).partition(chr(10))[0][:200]}") from None
    return target
