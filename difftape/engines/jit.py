"""The compiled engine: a kernel as machine code over vectors of rows, made by LLVM through llvmlite alone.

Each row is computed as if it stood alone: the last rows, which do not fill a vector, are filled up with copies of the
last one, so that where a chunk begins and ends changes no result.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np

from ..errors import UsageError
from . import object_cache
from .instructions import Lanes
from .kernel import Kernel
from .lowering import PART, Module, lowered, unsupported
from .vector_math import address

Array = np.ndarray[Any, np.dtype[Any]]

_FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 4, ctypes.c_int64, ctypes.c_int64)


def supports(kernel: Kernel) -> bool:
    """Whether every primitive of a kernel can be compiled (`unsupported` says which cannot)."""
    return not unsupported(kernel)


def build(kernel: Kernel, lanes: Lanes | None = None, part: int = PART) -> Compiled:
    """The kernel as machine code for this processor, or for narrower vectors than it has, in parts so long.

    Raises UsageError where llvmlite is not installed, UnsupportedError where a primitive cannot be compiled.
    """
    machine = this_machine()
    lanes = lanes or machine.lanes
    module = lowered(kernel, lanes, part)
    key = sha256("\n".join([machine.identity, module.text]).encode()).hexdigest()
    code = object_cache.kept(key, lambda: machine.compiled(module))
    return Compiled(kernel, lanes, module, machine.loaded(code, module))


class Compiled:
    """A kernel in machine code."""

    def __init__(self, kernel: Kernel, lanes: Lanes, module: Module, engine: Any) -> None:
        self.kernel = kernel
        self.lanes = lanes
        self._workspace = module.workspace * lanes.width
        self._engine = engine  # owns the code
        self._call = _FUNCTION(engine.get_function_address("rows"))

    def run(
        self,
        columns: Sequence[Array],
        results: Sequence[Array],
        begin: int,
        end: int,
        doubts: Array | None = None,
    ) -> bool:
        """Computes the rows from begin to end (exclusive); says whether any of them is in doubt.

        Columns and results are arrays of float64, contiguous, that share no memory; `doubts`, of uint8, becomes 1 for
        each row in which a place that must be finite is not, or a tie holds, and is otherwise left as it is.  The lock
        of the interpreter is released, so that threads can each run their own rows.
        """
        for array in (*columns, *results):
            _verified(array, end, np.float64)
        if doubts is not None:
            _verified(doubts, end, np.uint8)
        width = self.lanes.width
        whole = end - max(0, end - begin) % width
        is_doubtful = self._rows(columns, results, doubts, begin, whole)
        if whole < end:
            is_doubtful |= self._rest(columns, results, doubts, whole, end)
        return is_doubtful

    def _rows(
        self, columns: Sequence[Array], results: Sequence[Array], doubts: Array | None, begin: int, end: int
    ) -> bool:
        """Whole vectors of rows."""
        work = np.empty(self._workspace)
        asked = None if doubts is None else doubts.ctypes.data
        return bool(self._call(_table(columns), _table(results), asked, work.ctypes.data, begin, end))

    def _rest(
        self, columns: Sequence[Array], results: Sequence[Array], doubts: Array | None, begin: int, end: int
    ) -> bool:
        """The last rows, filled up to a vector."""
        width, count = self.lanes.width, end - begin
        filled = np.empty((len(columns), width))
        for row, column in zip(filled, columns, strict=True):
            row[:count] = column[begin:end]
            row[count:] = column[end - 1]
        found = np.empty((len(results), width))
        flags = np.zeros(width, np.uint8)
        is_doubtful = self._rows(list(filled), list(found), flags, 0, width)
        for row, result in zip(found, results, strict=True):
            result[begin:end] = row[:count]
        if doubts is not None:
            doubts[begin:end] |= flags[:count]
        return is_doubtful


class Machine:
    """This processor as LLVM knows it."""

    def __init__(self) -> None:
        try:
            import llvmlite
            import llvmlite.binding as llvm
        except ImportError as error:
            raise UsageError(
                "the jit engine needs llvmlite, which is not installed", hint='pip install "difftape[jit]"'
            ) from error
        self.llvm = llvm
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        has = llvm.get_host_cpu_features()
        self.cpu = llvm.get_host_cpu_name()
        self.features = has.flatten()
        width = 8 if has.get("avx512f") and has.get("avx512dq") else 4 if has.get("avx2") else 2
        self.lanes = Lanes(width, bool(has.get("fma")))
        versions = [llvmlite.__version__, *map(str, llvm.llvm_version_info)]
        self.identity = "\n".join([*versions, llvm.get_process_triple(), self.cpu, self.features])

    def target(self, level: int) -> Any:
        """What makes machine code, at a level of optimization."""
        target = self.llvm.Target.from_triple(self.llvm.get_process_triple())
        return target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=level, codemodel="jitdefault", jit=True
        )

    def compiled(self, module: Module) -> bytes:
        """A module's machine code, as an object file."""
        code: bytes = self.target(2).emit_object(self.llvm.parse_assembly(module.text))
        return code

    def loaded(self, code: bytes, module: Module) -> Any:
        """An object file, in memory and ready to be called."""
        for name in module.calls:
            self.llvm.add_symbol(name, address(name))
        engine = self.llvm.create_mcjit_compiler(self.llvm.parse_assembly(""), self.target(0))
        engine.add_object_file(self.llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return engine


@cache
def this_machine() -> Machine:
    """The processor that runs this process."""
    return Machine()


def _table(arrays: Sequence[Array]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])


def _verified(array: Array, rows: int, kind: Any) -> None:
    if array.dtype != kind or not array.flags.c_contiguous or array.ndim != 1 or len(array) < rows:
        raise ValueError(f"not a contiguous array of {np.dtype(kind)} with {rows} rows")
