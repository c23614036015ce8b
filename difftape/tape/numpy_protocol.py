"""NumPy's functions on tensors: `np.sin(v)`, `np.mean((y - p)**2)`, each by what the table says it means.

A function that has no meaning here raises an error that names it: a gradient is never dropped in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import table
from ..errors import UnsupportedError
from ..primitives import TABLE
from ..table.arrays import (
    activating,
    arranging,
    composing,
    contracting,
    factoring,
    indexing,
    joining,
    pointwise,
    reducing,
)
from ..table.arrays.kind import FUNCTIONS, ArrayPrimitive, plain
from .tensor import Tensor
from .trace import location

MODULES = (table, activating, arranging, composing, contracting, factoring, indexing, joining, pointwise, reducing)

# Elementwise functions of NumPy that are one primitive of the table.
UFUNCS: dict[Any, Any] = {
    getattr(np, p.numpy): p for p in TABLE.values() if isinstance(p.numpy, str) and callable(getattr(np, p.numpy, None))
}
REDUCTIONS: dict[Any, str] = {
    np.add: "sum",
    np.multiply: "prod",
    np.maximum: "max",
    np.minimum: "min",
    np.logaddexp: "logsumexp",
}
ACCUMULATIONS: dict[Any, str] = {np.add: "cumsum", np.multiply: "cumprod"}

# What has whole numbers or truth values for a result, and no derivative.
FLAT = (
    "argmax", "argmin", "argsort", "argwhere", "argpartition", "rint", "round", "around", "isnan", "isinf", "isfinite",
    "isneginf", "isposinf", "signbit", "any", "all", "count_nonzero", "heaviside", "spacing", "nextafter",
    "searchsorted", "digitize", "logical_xor", "isreal", "iscomplex", "nonzero", "flatnonzero",
    "unique", "histogram", "isin",
)  # fmt: skip
# What speaks of a value without being computed from it, or only compares and prints.
PLAIN = (
    "shape", "ndim", "size", "zeros_like", "ones_like", "full_like", "empty_like", "allclose", "isclose", "array_equal",
    "array_equiv", "array_repr", "array_str", "array2string", "may_share_memory", "shares_memory", "result_type",
    "iscomplexobj", "isrealobj", "can_cast", "min_scalar_type", "save", "savez", "savetxt", "array_equal",
    "broadcast_shapes", "common_type", "isscalar",
)  # fmt: skip


def flat(name: str) -> Any:
    """NumPy's function of this name as one through which nothing flows."""
    known = _flat.get(name)
    if known is None:
        function = getattr(np, name)
        primitive = ArrayPrimitive(
            name,
            lambda x, rest, named: function(plain(x), *map(plain, rest), **named),
            (0, 0, 0),
            None,
            "no derivative",
        )

        def call(x: Any, *rest: Any, **named: Any) -> Any:
            if not isinstance(x, Tensor):
                x = Tensor(np.asarray(x))
            y = primitive(x, rest, named)
            return y.primal if isinstance(y.primal, tuple) else y

        known = _flat[name] = call
    return known


_flat: dict[str, Any] = {}


def function_named(name: str) -> Any:
    """What NumPy's function of this name means on tensors; raises UnsupportedError if it means nothing here."""
    known = FUNCTIONS.get(name)
    if known is not None:
        return known
    known = UFUNCS.get(getattr(np, name, None)) if name not in PLAIN else None
    if known is not None:
        return known
    if name in FLAT:
        return flat(name)
    raise UnsupportedError(
        f"numpy.{name} has no derivative rule here, at {location()}",
        hint=f"write it by functions that have one, give {name} a rule with difftape.custom_gradient, or pass "
        f"x.numpy() to leave the tape on purpose; supported: {', '.join(sorted(supported()))}",
    )


def supported() -> set[str]:
    """The names of NumPy's functions that tensors can be given to."""
    return {*FUNCTIONS, *FLAT, *PLAIN, *(f.__name__ for f in UFUNCS)}


def call_ufunc(ufunc: Any, method: str, operands: tuple[Any, ...], known: dict[str, Any]) -> Any:
    """The meaning of a ufunc's call, reduce, accumulate or outer on tensors."""
    out = known.pop("out", None)
    if out is not None and any(x is not None for x in (out if isinstance(out, tuple) else (out,))):
        raise TypeError(
            f"numpy.{ufunc.__name__}: a tensor cannot be written into an array (out=, or an operator such as a += x): "
            "the gradient would be lost; write a = a + x"
        )
    if method == "__call__":
        if known.get("where", True) is not True:
            raise TypeError(f"numpy.{ufunc.__name__}: where= is not supported on tensors: use numpy.where")
        dtype = known.get("dtype")
        y = _elementwise(ufunc)(*operands)
        return y if dtype is None else function_named("astype")(y, dtype)
    table_of: dict[Any, str] = {"reduce": REDUCTIONS, "accumulate": ACCUMULATIONS}.get(method, {})
    if ufunc in table_of:
        known.setdefault("axis", 0)
        return _called(FUNCTIONS[table_of[ufunc]], f"{ufunc.__name__}.{method}", operands, _without_defaults(known))
    if method == "outer" and len(operands) == 2:
        a, b = operands
        left = function_named("reshape")(a, (*np.shape(plain(a)), *[1] * np.ndim(plain(b))))
        return _elementwise(ufunc)(left, b)
    return function_named(f"{ufunc.__name__}.{method}")


def call_function(function: Any, args: Any, kwargs: Any) -> Any:
    """The meaning of another function of NumPy's on tensors."""
    name = function.__name__
    if "linalg" in getattr(function, "__module__", ""):
        name = f"linalg.{name}"
    if name in PLAIN:
        return function(*map(_stripped, args), **{key: _stripped(x) for key, x in kwargs.items()})
    return _called(function_named(name), name, args, _without_defaults(kwargs))


def comparison(name: str, a: Any, b: Any) -> Any:
    """a == b or a != b element by element; NotImplemented if b is nothing to compare numbers with."""
    if not isinstance(b, (Tensor, int, float, complex, np.ndarray, np.generic, list)):
        return NotImplemented
    kind = getattr(plain(a), "dtype", np.dtype(float)).kind
    if kind not in "fiubc":
        return getattr(np, name)(plain(a), plain(b))
    return TABLE[name](a, b)


def _elementwise(ufunc: Any) -> Any:
    name = ufunc.__name__
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    known = UFUNCS.get(ufunc)
    return known if known is not None else function_named(name)


def _called(function: Any, name: str, args: Any, kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        if "unexpected keyword" in str(error) or "positional argument" in str(error):
            raise TypeError(f"numpy.{name} on tensors: {str(error).partition('() ')[2] or error}") from None
        raise


def _without_defaults(known: dict[str, Any]) -> dict[str, Any]:
    """The named arguments without those that say nothing: out=None, dtype=None, where=True."""
    silent = {"out": None, "dtype": None, "where": True, "initial": None, "order": "C", "subok": False}
    return {
        key: x
        for key, x in known.items()
        if not (x is np._NoValue or (key in silent and (x is silent[key] or x == silent[key])))
    }


def _stripped(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(map(_stripped, x))
    return plain(x)
