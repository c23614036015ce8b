"""Parquet and Arrow IPC, by pyarrow: read in order, a block of rows at a time, whatever the row groups are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import InputOutputError, UsageError
from .arrow_arrays import doubles, missing
from .cells import finite_only
from .choosing import choose
from .extras import pyarrow
from .rows import BLOCK, Block, Chunk
from .source import Source

_NAMES = {"parquet": "Parquet", "arrow": "Arrow IPC"}
_FILE_MAGIC = b"ARROW1"


def read_schema(source: Source, format: str) -> Columnar:
    """The rows of a Parquet or Arrow file; a stream is read into memory."""
    arrow = pyarrow("pyarrow", f"reading {_NAMES[format]}{' (parquet)' if format == 'arrow' else ''}")
    data = source.upto(1 << 62) if source.is_stream else b""
    rows = Columnar(source, format, (), None, data)
    try:
        with rows.file() as file:
            schema = file.schema_arrow if format == "parquet" else file.schema
    except (arrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, (InputOutputError, UsageError)):
            raise
        mend = "--input-format says what it is, if it is something else"
        raise UsageError(f"{source.name} is not a whole {_NAMES[format]} file: {_said(error)}", hint=mend) from None
    return replace(rows, columns=tuple(schema.names), schema=schema)


@dataclass(frozen=True)
class Columnar:
    """The rows of a Parquet or an Arrow file."""

    source: Source
    format: str
    columns: tuple[str, ...]
    schema: Any
    data: bytes = b""  # of a stream
    wanted: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "data": b""}

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def types(self) -> Mapping[str, Any]:
        return {name: _plain(self.schema.field(name).type) for name in self.kept}

    def chosen(self, wanted: Mapping[str, str], kept: Sequence[str] = ()) -> Columnar:
        arrow = pyarrow("pyarrow", "reading Parquet")
        choose(self.columns, wanted, kept, self.source.name, self.format)
        for name in wanted.values():
            type = _plain(self.schema.field(name).type)
            is_real = arrow.types.is_integer(type) or arrow.types.is_floating(type) or arrow.types.is_boolean(type)
            if not (is_real or arrow.types.is_decimal(type)):
                raise UsageError(f"the column '{name}' holds {_type_name(type)}, not numbers", place=self.source.name)
        for name in kept:
            type = _plain(self.schema.field(name).type)
            if arrow.types.is_nested(type):
                raise UsageError(f"the column '{name}' is nested, and is not kept", place=self.source.name)
        return replace(self, wanted=dict(wanted), kept=tuple(kept))

    @contextmanager
    def file(self) -> Iterator[Any]:
        """The opened file, with pyarrow's own reader."""
        arrow = pyarrow("pyarrow", "reading Parquet")
        raw = arrow.BufferReader(self.data) if self.source.is_stream else arrow.OSFile(self.source.path)
        with raw:
            if self.format == "parquet":
                yield pyarrow("pyarrow.parquet", "reading Parquet").ParquetFile(
                    raw, pre_buffer=False, buffer_size=1 << 20
                )
            else:
                is_file = raw.read(len(_FILE_MAGIC)) == _FILE_MAGIC
                raw.seek(0)
                yield arrow.ipc.open_file(raw) if is_file else arrow.ipc.open_stream(raw)

    def blocks(self, first: int = 0, at: int | None = None, line: int | None = None) -> Iterator[Block]:
        arrow = pyarrow("pyarrow", "reading Parquet")
        try:
            with self.file() as file:
                skipped, batches = self._batches(file, first)
                for batch in even(_without(batches, first - skipped), BLOCK):
                    yield Block(first, batch.num_rows, 0, batch.serialize().to_pybytes(), first + batch.num_rows)
                    first += batch.num_rows
        except (arrow.ArrowException, OSError, ValueError) as error:
            if isinstance(error, InputOutputError):
                raise
            what = f"{self.source.name} cannot be read from row {first + 1} on: {_said(error)}"
            raise InputOutputError(what, hint="is it whole, and does nothing write to it?") from None

    def _chosen_names(self) -> list[str]:
        return list(dict.fromkeys([*self.wanted.values(), *self.kept]))

    def _batches(self, file: Any, first: int) -> tuple[int, Iterator[Any]]:
        """The batches of the chosen columns, the first of which begins at a row not behind `first`; and that row."""
        names = self._chosen_names()
        if self.format == "arrow":
            count = getattr(file, "num_record_batches", None)
            every = (file.get_batch(i) for i in range(count)) if count is not None else iter(file)
            return 0, (_decoded(batch, names) for batch in every)
        skipped, groups = 0, list(range(file.num_row_groups))
        while groups and skipped + (size := file.metadata.row_group(groups[0]).num_rows) <= first:
            skipped += size
            del groups[0]
        batches = file.iter_batches(BLOCK, row_groups=groups, columns=names, use_threads=False)
        return skipped, (_decoded(batch, names) for batch in batches)

    def line(self, block: Block, row: int) -> int:
        return 0

    def parsed(self, block: Block) -> Chunk:
        arrow = pyarrow("pyarrow", "reading Parquet")
        names = self._chosen_names()
        if not names:
            return Chunk(block.first, block.size, {}, {}, {}, {}, {})
        schema = arrow.schema([(name, _plain(self.schema.field(name).type)) for name in names])
        batch = arrow.ipc.read_record_batch(arrow.py_buffer(block.data), schema)
        columns: dict[str, Any] = {}
        failures: dict[int, str] = {}
        for variable, name in self.wanted.items():
            columns[variable], bad = _numbers(batch.column(name), variable)
            for row, why in bad.items():
                failures.setdefault(row, why)
        failures = dict(sorted(failures.items()))
        failed = list(failures)
        for values in columns.values():
            values[failed] = np.nan
        raw = {row: {v: batch.column(n)[row].as_py() for v, n in self.wanted.items()} for row in failed}
        kept = {name: batch.column(name) for name in self.kept}
        return Chunk(block.first, block.size, columns, failures, dict.fromkeys(failed, 0), kept, raw)


def even(batches: Iterable[Any], size: int) -> Iterator[Any]:
    """The same rows in batches of exactly `size`, but for the last."""
    arrow = pyarrow("pyarrow", "reading Parquet")
    waiting: list[Any] = []
    count = 0
    for batch in batches:
        while batch.num_rows:
            piece = batch.slice(0, size - count)
            batch = batch.slice(piece.num_rows)
            waiting.append(piece)
            count += piece.num_rows
            if count == size:
                yield _one(arrow, waiting)
                waiting, count = [], 0
    if waiting:
        yield _one(arrow, waiting)


def _one(arrow: Any, batches: list[Any]) -> Any:
    if len(batches) == 1:
        return batches[0]
    return arrow.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _without(batches: Iterable[Any], count: int) -> Iterator[Any]:
    """The batches without their first `count` rows."""
    for batch in batches:
        dropped = min(count, batch.num_rows)
        count -= dropped
        yield batch.slice(dropped) if dropped else batch


def _decoded(batch: Any, names: Sequence[str]) -> Any:
    """The named columns, their dictionaries resolved."""
    arrow = pyarrow("pyarrow", "reading Parquet")
    columns = [batch.column(name) for name in names]
    plain = [c.dictionary_decode() if arrow.types.is_dictionary(c.type) else c for c in columns]
    if not plain:  # rows without columns would have no number
        return arrow.RecordBatch.from_arrays([arrow.nulls(batch.num_rows)], names=[""])
    return arrow.RecordBatch.from_arrays(plain, names=list(names))


def _plain(type: Any) -> Any:
    """The type of a column when its dictionary is resolved."""
    return getattr(type, "value_type", type) if str(type).startswith("dictionary") else type


def _type_name(type: Any) -> str:
    arrow = pyarrow("pyarrow", "reading Parquet")
    is_text = arrow.types.is_string(type) or arrow.types.is_large_string(type)
    return "text" if is_text else "nested values" if arrow.types.is_nested(type) else str(type)[:60]


def _numbers(column: Any, name: str) -> tuple[Any, dict[int, str]]:
    """The doubles of a column, nan where there is none, and what is wrong there."""
    arrow = pyarrow("pyarrow", "reading Parquet")
    failures: dict[int, str] = {}
    if column.null_count:
        rows = np.flatnonzero(missing(column)).tolist()
        failures = dict.fromkeys(rows, f"{name} is missing")
    if arrow.types.is_decimal(column.type):  # pyarrow's own cast is off by units in the last place
        values = np.array([np.nan if value is None else float(value) for value in column.to_pylist()], np.float64)
    else:
        if arrow.types.is_boolean(column.type):
            column = column.cast(arrow.uint8())
        if column.type != arrow.float64():
            column = column.cast(arrow.float64(), safe=False)
        values = doubles(column)
    return values, failures | finite_only(values, name, failures)


def _said(error: BaseException) -> str:
    """The first sentence of what pyarrow said."""
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
