"""The tape: variables, tensors and GradientTape over NumPy arrays and Python numbers.

What needs NumPy is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .gradient_tape import GradientTape, UnconnectedGradients
from .tensor import Tensor, Variable, constant

if TYPE_CHECKING:
    from .custom import custom_gradient, stop_gradient
    from .forward import ForwardAccumulator
    from .recomputing import checkpoint, recompute_grad
    from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

_HOMES = {
    "custom": ("custom_gradient", "stop_gradient"),
    "forward": ("ForwardAccumulator",),
    "recomputing": ("checkpoint", "recompute_grad"),
    "transforms": ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"),
}

__all__ = [
    "ForwardAccumulator",
    "GradientTape",
    "Tensor",
    "UnconnectedGradients",
    "Variable",
    "checkpoint",
    "constant",
    "custom_gradient",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "recompute_grad",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module("." + module, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
