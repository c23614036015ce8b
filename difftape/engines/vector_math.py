"""The C library's functions, one number at a time (libm) or a whole vector at a time (glibc's libmvec).

A vector function is called `_ZGV`, a letter for the instructions, `N`, the width, a `v` for each operand, `_` and
the scalar function's name.  Which ones there are is asked of the library that is installed, name by name.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from functools import cache

_INSTRUCTIONS = {2: "b", 4: "d", 8: "e"}  # SSE, AVX2, AVX-512


def vector_name(name: str, arity: int, width: int) -> str:
    """The name of a function that takes vectors of this width, or "" where the system has none.

    >>> vector_name("exp", 1, 1)
    ''
    """
    letter = _INSTRUCTIONS.get(width, "")
    symbol = f"_ZGV{letter}N{width}{'v' * arity}_{name}"
    return symbol if letter and address(symbol) else ""


@cache
def address(symbol: str) -> int:
    """Where the function begins, or 0 where the system has none of that name.

    >>> address("no such function")
    0
    """
    for library in _libraries():
        try:
            found = ctypes.cast(getattr(library, symbol), ctypes.c_void_p).value
        except (AttributeError, ValueError):
            continue
        return found or 0
    return 0


@cache
def _libraries() -> list[ctypes.CDLL]:
    if sys.platform == "win32":
        names: list[str | None] = ["ucrtbase"]
    elif sys.platform == "linux":
        x86 = platform.machine().lower() in ("x86_64", "amd64")
        names = ["libm.so.6", *(["libmvec.so.1"] if x86 else [])]
    else:
        names = [None]
    found = []
    for name in names:
        try:
            found.append(ctypes.CDLL(name))
        except OSError:
            continue
    return found or [ctypes.CDLL(None)]
