"""Which engine runs a kernel: chosen once, by the number of rows, unless it is named."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from ..errors import UsageError
from .kernel import Kernel

ENGINES = ("auto", "scalar", "blocked", "jit")
FEW = 1_000_000  # steps of all rows together, up to which NumPy's import costs more than it gains
MANY = 2_000_000  # rows from which compiling to machine code pays, the import of its library included


def chosen(engine: str, rows: int | None, kernel: Kernel) -> str:
    """The engine for so many rows (None: nobody knows); raises UsageError for one that cannot be had.

    >>> from difftape.engines.building import kernel
    >>> from difftape.parser import parse
    >>> chosen("auto", 10, kernel(parse("x**2"), ["x"])[0])
    'scalar'
    """
    if engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r}", hint=f"engines: {', '.join(ENGINES)}")
    if engine == "jit":
        _refuse_jit(kernel)
    if engine != "auto":
        return engine
    if rows is not None and rows * len(kernel.steps) <= FEW:
        return "scalar"
    return "jit" if rows is not None and rows >= MANY and _has_jit(kernel) else "blocked"


def built(engine: str, kernel: Kernel) -> Any:
    """The kernel ready to run on arrays: an object with `run(columns, out, begin, end, doubts)`."""
    if engine == "jit":
        from .jit import build

        return build(kernel)
    if engine == "scalar":
        from .scalar import Scalar

        return Scalar(kernel)
    from .blocked import Blocked

    return Blocked(kernel)


def _has_jit(kernel: Kernel) -> bool:
    if find_spec("llvmlite") is None:
        return False
    from .jit import supports

    return supports(kernel)


def _refuse_jit(kernel: Kernel) -> None:
    if find_spec("llvmlite") is None:
        raise UsageError("the engine jit needs llvmlite", hint='pip install "difftape[jit]"')
    from .jit import supports

    if not supports(kernel):
        raise UsageError(
            "the engine jit lacks a function of this expression", hint="leave --engine out, or use blocked"
        )
