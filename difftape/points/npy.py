"""NPY: an array of rows, read by place and never as a whole; what a header promises is believed only if it is there.

Columns are the fields of a structured array, else "0", "1", … of a table of numbers.  Object arrays are pickles, and
are never unpickled.  A file is read by `pread`, not mapped: a map of a file that shrinks ends the process.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import LimitError, UsageError
from .cells import finite_only
from .choosing import choose
from .literals import literal
from .rows import BLOCK, Block, Chunk
from .source import Source

MAGIC = b"\x93NUMPY"
_HEADER_LIMIT = 1 << 16  # bytes
_WIDTH_LIMIT = 100_000  # columns


def read_shape(source: Source) -> Npy:
    """The rows of an NPY file, whose size is what its header promises."""
    source.start()
    try:
        start = source.upto(12)
        if not start.startswith(MAGIC):
            raise UsageError(f"{source.name} is not an NPY file", hint="--input-format says what it is")
        if len(start) < 12 or start[6] not in (1, 2, 3):
            raise _truncated(source) if len(start) < 12 else UsageError(f"{source.name} is of an unknown NPY version")
        begin = 10 if start[6] == 1 else 12
        size = int.from_bytes(start[8:begin], "little")
        if size > _HEADER_LIMIT:
            raise LimitError(f"{source.name} has a header of {size} bytes; the limit is {_HEADER_LIMIT}")
        header = start[begin:] + source.upto(size - (12 - begin))
        if len(header) < size:
            raise _truncated(source)
        dtype, shape, is_fortran = _header(source, header, "utf-8" if start[6] == 3 else "latin-1")
        rows = _rows(source, dtype, shape, begin + size, is_fortran)
        promised = rows.size * rows.row_bytes
        if source.is_stream:
            data = source.upto(promised + 1)
            if len(data) < promised:
                raise _truncated(source, promised, len(data))
            source.give_back(data[:promised])
            there = len(data)
        else:
            there = source.size - rows.begin
        if there < promised:
            raise _truncated(source, promised, there)
        if there > promised:
            raise UsageError(f"{source.name} goes on behind its {rows.size} rows", hint="save one array a file")
        return rows
    finally:
        source.stop()


def _truncated(source: Source, promised: int = 0, there: int = 0) -> UsageError:
    much = f": its header promises {promised} bytes of numbers, and there are {max(there, 0)}" if promised else ""
    return UsageError(f"{source.name} is truncated{much}")


def _header(source: Source, text: bytes, encoding: str) -> tuple[Any, tuple[int, ...], bool]:
    """The dtype, the shape and the order that a header's text gives."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            header = literal(text.decode(encoding))
            dtype = np.lib.format.descr_to_dtype(header["descr"])
            shape, is_fortran = header["shape"], header["fortran_order"]
            if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
                raise ValueError(shape)
    except (ValueError, TypeError, KeyError, RecursionError, SyntaxError, Warning):
        raise UsageError(f"the header of {source.name} is not that of an NPY file") from None
    if dtype.hasobject:
        mend = "save numbers: numpy.save(file, array.astype(float))"
        raise UsageError(f"{source.name} holds a pickle of Python objects, which is never loaded", hint=mend)
    return dtype, shape, bool(is_fortran)


def _rows(source: Source, dtype: Any, shape: tuple[int, ...], begin: int, is_fortran: bool) -> Npy:
    width = shape[1] if len(shape) == 2 else 1
    if len(shape) not in (1, 2) or (dtype.names and len(shape) == 2) or dtype.itemsize * width == 0:
        kind = f"an array of shape {shape} of {dtype.name}"[:200]
        raise UsageError(f"{source.name} holds {kind}, not rows", hint="rows are a structured array, or a table (N, k)")
    if width > _WIDTH_LIMIT:
        raise LimitError(f"{source.name} has {width} columns; the limit is {_WIDTH_LIMIT}")
    names = dtype.names or tuple(map(str, range(width)))
    return Npy(source, names, shape[0], width, dtype, begin, is_fortran and width > 1)


@dataclass(frozen=True)
class Npy:
    """The rows of an NPY array."""

    source: Source
    columns: tuple[str, ...]
    size: int
    width: int
    dtype: Any
    begin: int
    is_fortran: bool
    wanted: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    format: str = "npy"

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def row_bytes(self) -> int:
        """The bytes a row takes."""
        return int(self.width * self.dtype.itemsize)

    @property
    def types(self) -> Mapping[str, Any]:
        return {name: self._type(name) for name in self.kept}

    def _type(self, name: str) -> Any:
        """The dtype of a column."""
        return self.dtype.fields[name][0].newbyteorder("=") if self.dtype.names else self.dtype.newbyteorder("=")

    def _check(self, name: str, kinds: str, wrong: str) -> None:
        type = self._type(name)
        if type.kind not in kinds or type.shape:
            raise UsageError(f"the column '{name}' holds {str(type)[:60]}, {wrong}", place=self.source.name)

    def chosen(self, wanted: Mapping[str, str], kept: Sequence[str] = ()) -> Npy:
        choose(self.columns, wanted, kept, self.source.name, self.format)
        for name in wanted.values():
            self._check(name, "fiub", "not real numbers")
        for name in kept:
            self._check(name, "fiubcUSmM", "which is not kept")
        return replace(self, wanted=dict(wanted), kept=tuple(kept))

    def blocks(self, first: int = 0, at: int | None = None, line: int | None = None) -> Iterator[Block]:
        whole = None
        if self.source.is_stream:
            whole = np.frombuffer(self.source.upto(self.size * self.row_bytes), self.dtype)
            whole = whole.reshape(self.width, self.size).T if self.is_fortran else whole.reshape(self.size, self.width)
        for start in range(first, self.size, BLOCK):
            end = min(start + BLOCK, self.size)
            yield Block(start, end - start, 0, None if whole is None else whole[start:end].tobytes(), end)

    def line(self, block: Block, row: int) -> int:
        return 0

    def parsed(self, block: Block) -> Chunk:
        columns: dict[str, Any] = {}
        failures: dict[int, str] = {}
        read = self._reader(block)
        cells: dict[str, Any] = {}
        for variable, name in self.wanted.items():
            cells[variable] = read(name)
            with np.errstate(over="ignore", invalid="ignore"):
                columns[variable] = cells[variable].astype(np.float64)
            for row, why in finite_only(columns[variable], variable).items():
                failures.setdefault(row, why)
        failures = dict(sorted(failures.items()))
        failed = list(failures)
        for values in columns.values():
            values[failed] = np.nan
        raw = {row: {variable: column[row].item() for variable, column in cells.items()} for row in failed}
        kept = {name: read(name).astype(self._type(name)) for name in self.kept}
        return Chunk(block.first, block.size, columns, failures, dict.fromkeys(failed, 0), kept, raw)

    def _reader(self, block: Block) -> Any:
        """The function that gives a column of the block by its name."""
        data = block.data
        if data is None and self.is_fortran:
            return lambda name: np.frombuffer(
                self.source.part(self.begin + (int(name) * self.size + block.first) * self.dtype.itemsize,
                                 block.size * self.dtype.itemsize), self.dtype
            )  # fmt: skip
        if data is None:
            data = self.source.part(self.begin + block.first * self.row_bytes, block.size * self.row_bytes)
        table = np.frombuffer(data, self.dtype).reshape(block.size, self.width)
        return lambda name: table[:, 0][name] if self.dtype.names else table[:, int(name)]
