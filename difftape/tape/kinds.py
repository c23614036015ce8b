"""What a tensor holds: plain floats for single numbers, NumPy arrays for the rest; how primitives act on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..evaluation import foreign
from ..primitives import Primitive
from . import present
from .tensor import PLAIN, Tensor, Variable


def held(value: Any, dtype: Any, argument: str) -> Any:
    """A copy of a value as a tensor holds it; raises TypeError where it is nothing to compute with."""
    if value is None or callable(value):
        raise TypeError(f"{argument}: expected a number or an array, found {type(value).__name__}")
    if isinstance(value, (list, tuple)):
        value = [x.primal if isinstance(x, Tensor) else x for x in value]
    try:
        array = np.array(value, dtype=dtype)
    except ValueError as error:
        raise ValueError(f"{argument}: not a rectangular array: {error}") from None
    if array.dtype.kind not in "fiubcSU" or (array.dtype.kind in "SU" and argument == "initial_value"):
        raise TypeError(
            f"{argument}: the array has dtype {array.dtype}, no kind of number: convert it first, "
            "e.g. np.asarray(x, dtype=float)"
        )
    return settled(array)


def settled(value: Any) -> Any:
    """A result of NumPy as a tensor holds it: single numbers of double precision as Python's own."""
    kind = value.__class__
    if kind is np.ndarray:
        if value.ndim:
            return value
        value = value[()]
        kind = value.__class__
    if kind is np.float64:
        return float(value)
    if kind is np.bool_:
        return bool(value)
    if kind is np.int64:
        return int(value)
    if kind is complex:
        return np.complex128(value)
    return value


def apply_to_arrays(primitive: Any, operands: tuple[Any, ...], primals: list[Any]) -> Any:
    """The primitive applied to tensors of which one holds an array, and recorded."""
    for x in operands:
        if not isinstance(x, Tensor) and hasattr(x, "apply"):
            return x.apply(primitive, operands)
    if primitive.__class__ is Primitive:
        if not primitive.partials:
            return primitive.scalar()
        for k, x in enumerate(primals):
            if x.__class__ is np.ndarray:
                if x.dtype.kind not in "fiubc":
                    _number(x, k, primitive)
            elif x.__class__ not in PLAIN:
                primals[k] = _number(x, k, primitive)
                if not isinstance(operands[k], Tensor):
                    operands = (*operands[:k], primals[k], *operands[k + 1 :])
        try:
            value = foreign(primitive, np.ndarray)(*primals)
        except ValueError as error:
            raise ValueError(_mismatch(primitive, primals) or f"{primitive.name}: {error}") from None
    else:
        value = primitive.compute(*primals)
    result = Tensor(settled(value))
    active = present.here.recorders
    if active:
        for position, recorder in enumerate(active):
            recorder.record(primitive, operands, result, position)
    return result


def beyond_floats(primitive: Any, primals: list[Any]) -> Any:
    """The primitive where Python's math raises an error, by IEEE's rules: infinities and nan."""
    with np.errstate(all="ignore"):
        value = foreign(primitive, np.float64)(*[np.float64(x) if x.__class__ is not bool else x for x in primals])
    return settled(value)


def assigned(variable: Variable, value: Any) -> Any:
    """A new value for a variable, in its dtype; raises ValueError if its shape differs."""
    if value is None:
        raise TypeError(f"assign: the value is None. {present.last_none()}")
    old = variable.primal
    if old.__class__ is float:
        new = np.asarray(value, dtype=np.float64)
        if not new.shape:
            return float(new)
    else:
        new = np.array(value, dtype=variable.dtype)
    if new.shape != np.shape(old):
        raise ValueError(f"assign: {variable.name!r} has shape {np.shape(old)}, the value has shape {new.shape}")
    return settled(new)


def _number(x: Any, position: int, primitive: Any) -> Any:
    """An operand of an elementwise primitive, made sure to be numeric."""
    if x is None:
        reason = present.last_none()
        raise TypeError(f"{primitive.name}: operand {position + 1} is None. {reason}".rstrip())
    if not isinstance(x, (np.ndarray, np.generic)):
        x = np.asarray(x)
    if x.dtype.kind not in "fiubc":
        mend = "give numbers, e.g. by np.asarray(x, dtype=float)"
        raise TypeError(f"{primitive.name}: operand {position + 1} has dtype {x.dtype}, no kind of number; {mend}")
    return x


def _mismatch(primitive: Any, primals: list[Any]) -> str:
    """What is wrong with the shapes, if it is that."""
    shapes = [np.shape(x) for x in primals]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return f"{primitive.name}: shapes {' and '.join(map(str, shapes))} do not broadcast together"
    return ""
