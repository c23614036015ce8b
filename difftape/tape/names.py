"""The functions that are public names, `difftape.exp` and `difftape.mean`: the table's, and NumPy's on tensors.

Those of the table are its primitives themselves, so that on floats and tensors of floats NumPy is not loaded.
"""

from __future__ import annotations

from typing import Any

from .. import table
from ..primitives import ALIASES, TABLE


def named(name: str) -> Any:
    """The function of this name, or None.

    >>> named("exp")(0.0), named("max")(1.0, 3.0, 2.0)
    (1.0, 3.0)
    """
    primitive = TABLE.get(ALIASES.get(name, name))
    if primitive is not None:
        return primitive if primitive.spread is None else _spreading(primitive, name)
    if name not in _ARRAY_NAMES:
        from ..table.arrays.kind import FUNCTIONS
        from .numpy_protocol import FLAT, MODULES, flat

        if not MODULES or "." in name:
            return None
        known = FUNCTIONS.get(name)
        return _of_arrays(known, name) if known is not None else flat(name) if name in FLAT else None
    return None


_ARRAY_NAMES = frozenset(("__path__", "numpy", "test"))  # what Python may ask for that is no function


def _spreading(primitive: Any, name: str) -> Any:
    """A primitive that may be given more operands, or (max and min) an array to reduce."""

    def call(x: Any, *more: Any, **known: Any) -> Any:
        if len(more) + 1 == primitive.arity and not known:
            return primitive(x, *more)
        if more and not known:
            return primitive.spread(x, *more)
        from ..table.arrays.kind import FUNCTIONS
        from .numpy_protocol import MODULES

        if not MODULES or name not in FUNCTIONS:
            raise TypeError(f"{name}: too few operands")
        return FUNCTIONS[name](array_of(x), *more, **known)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{primitive.doc}."
    return call


def _of_arrays(function: Any, name: str) -> Any:
    """A function of arrays that also takes lists, of numbers or of tensors."""
    if name in ("concatenate", "concat", "stack", "hstack", "vstack", "column_stack", "einsum"):
        return function

    def call(x: Any, *more: Any, **known: Any) -> Any:
        return function(array_of(x), *more, **known)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = function.__doc__
    call.__wrapped__ = function  # type: ignore[attr-defined]
    return call


def array_of(x: Any) -> Any:
    """A list of numbers as an array, a list of tensors as one tensor; anything else is itself."""
    if not isinstance(x, (list, tuple)):
        return x
    from ..table.arrays.joining import stack

    if any(hasattr(item, "apply") or isinstance(item, (list, tuple)) for item in x):
        return stack([array_of(item) for item in x])
    import numpy as np

    return np.asarray(x)


__all__ = ["array_of", "named", "table"]
