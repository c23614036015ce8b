"""The tape: variables, tensors and GradientTape over NumPy arrays and Python numbers."""

from __future__ import annotations

from .gradient_tape import GradientTape, UnconnectedGradients
from .tensor import Tensor, Variable, constant

__all__ = ["GradientTape", "Tensor", "UnconnectedGradients", "Variable", "constant"]
