"""difftape: derivatives you can trust, of expressions and of Python functions.

Names are loaded when they are first used, so that a derivative of an expression needs no NumPy.

>>> import difftape as dt
>>> dt.parse("x**2").gradient({"x": 3})
{'x': 6.0}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answer import Answer, Verdict
    from .errors import (
        DifftapeError,
        DifftapeWarning,
        DomainError,
        InputOutputError,
        KinkError,
        LimitError,
        ParseError,
        TapeError,
        UsageError,
    )
    from .expression import Expression, parse
    from .tape import GradientTape, Tensor, UnconnectedGradients, Variable, constant

__version__ = "0.1.0"

_HOMES = {
    "answer": ("Answer", "Verdict"),
    "errors": (
        "DifftapeError", "DifftapeWarning", "DomainError", "InputOutputError", "KinkError", "LimitError", "ParseError",
        "TapeError", "UsageError",
    ),
    "expression": ("Expression", "parse"),
    "tape": ("GradientTape", "Tensor", "UnconnectedGradients", "Variable", "constant"),
}  # fmt: skip

__all__ = [
    "Answer",
    "DifftapeError",
    "DifftapeWarning",
    "DomainError",
    "Expression",
    "InputOutputError",
    "KinkError",
    "LimitError",
    "ParseError",
    "TapeError",
    "UsageError",
    "Verdict",
    "parse",
]


def __getattr__(name: str) -> Any:
    """A public name from the module it lives in; every function of the table is one."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module("." + module, __name__), name)
    if not name.startswith("_"):
        import_module(".table", __name__)
        table = import_module(".primitives", __name__).TABLE
        if name in table:
            return table[name]
    raise AttributeError(f"module 'difftape' has no attribute {name!r}")
