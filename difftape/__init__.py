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
    from .session import Session
    from .tape import (
        ForwardAccumulator,
        GradientTape,
        Tensor,
        UnconnectedGradients,
        Variable,
        checkpoint,
        constant,
        custom_gradient,
        grad,
        hvp,
        jvp,
        recompute_grad,
        stop_gradient,
        value_and_grad,
        vjp,
    )
    from .twofold import hessian, jacobian, mixed, taylor

__version__ = "0.1.0"

_HOMES = {
    "answer": ("Answer", "Verdict"),
    "errors": (
        "DifftapeError", "DifftapeWarning", "DomainError", "InputOutputError", "KinkError", "LimitError", "ParseError",
        "TapeError", "UsageError",
    ),
    "expression": ("Expression", "parse"),
    "session": ("Session",),
    "tape": (
        "ForwardAccumulator", "GradientTape", "Tensor", "UnconnectedGradients", "Variable", "checkpoint", "constant",
        "custom_gradient", "grad", "hvp", "jvp", "recompute_grad", "stop_gradient",
        "value_and_grad", "vjp",
    ),
    "twofold": ("hessian", "jacobian", "mixed", "taylor"),
}  # fmt: skip

__all__ = [
    "Answer",
    "DifftapeError",
    "DifftapeWarning",
    "DomainError",
    "Expression",
    "ForwardAccumulator",
    "GradientTape",
    "InputOutputError",
    "KinkError",
    "LimitError",
    "ParseError",
    "Session",
    "TapeError",
    "Tensor",
    "UnconnectedGradients",
    "UsageError",
    "Variable",
    "Verdict",
    "checkpoint",
    "constant",
    "custom_gradient",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "mixed",
    "parse",
    "recompute_grad",
    "stop_gradient",
    "taylor",
    "value_and_grad",
    "vjp",
]


def __dir__() -> list[str]:
    """The public names, which are looked up when they are first used."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """A public name from the module it lives in; every function of the table is one."""
    from importlib import import_module
    from importlib.util import find_spec

    for module, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(import_module("." + module, __name__), name)
            return found
    if not name.startswith("_") and find_spec(f"{__name__}.{name}") is None:  # a module is looked for here first
        found = import_module(".tape.names", __name__).named(name)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module 'difftape' has no attribute {name!r}")
