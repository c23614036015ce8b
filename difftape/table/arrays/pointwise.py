"""NumPy's elementwise functions that the table does not have by the same name, and those that have no derivative."""

from __future__ import annotations

import math
import operator as python
from typing import Any

import numpy as np

from ...primitives import Primitive
from ..arithmetic import exp, log, pow
from ..choice import abs as magnitude
from ..choice import ceil, floor, max, min, sign, where
from ..special import sinc as cardinal
from . import shaping
from .kind import ARRAYS, FUNCTIONS, ArrayPrimitive, numpy_function, plain


@numpy_function("reciprocal")
def reciprocal(x: Any) -> Any:
    """1/x."""
    return 1.0 / x


numpy_function("positive", "copy")(shaping.identity)
numpy_function("float_power")(lambda x1, x2: pow(x1, x2))


@numpy_function()
def logaddexp(x1: Any, x2: Any) -> Any:
    """log(exp(x1) + exp(x2)), without overflow."""
    top = shaping.stop_gradient(max(x1, x2))
    top = where(np.isfinite(plain(top)), top, 0.0)
    return log(exp(x1 - top) + exp(x2 - top)) + top


@numpy_function("deg2rad", "radians")
def radians(x: Any) -> Any:
    """Degrees as radians."""
    return x * (np.pi / 180)


@numpy_function("rad2deg", "degrees")
def degrees(x: Any) -> Any:
    """Radians as degrees."""
    return x * (180 / np.pi)


# Elementwise like the table's own, but not written in the language.
floor_divide = Primitive("floor_divide", (0, 0), scalar=python.floordiv)
remainder = Primitive("remainder", (1, lambda y, a, b: -floor_divide(a, b)), scalar=python.mod)
fmod = Primitive("fmod", (1, lambda y, a, b: -_truncated(a / b)), scalar=math.fmod)
FUNCTIONS.update({"floor_divide": floor_divide, "remainder": remainder, "mod": remainder, "fmod": fmod})


@numpy_function("trunc", "fix")
def trunc(x: Any) -> Any:
    """Without the digits after the point."""
    return _truncated(x)


def _truncated(x: Any) -> Any:
    return where(x < 0, ceil(x), floor(x))


@numpy_function()
def sinc(x: Any) -> Any:
    """NumPy's: sin(pi*x)/(pi*x)."""
    return cardinal(x * np.pi)


@numpy_function()
def copysign(x1: Any, x2: Any) -> Any:
    """The size of x1 with the sign of x2."""
    return magnitude(x1) * sign(x2)


@numpy_function()
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Kept between bounds, of which either may be None; at a bound the derivative is 1."""
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    y = a if low is None else _at_least(a, low)
    return y if high is None else _at_most(y, high)


@numpy_function()
def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """With nan and the infinities replaced, by constants."""
    raw = plain(x)
    return where(np.isfinite(raw), x, np.nan_to_num(raw, nan=nan, posinf=posinf, neginf=neginf))


@numpy_function("where")
def chosen(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; only the taken branch is differentiated."""
    if x is None and y is None:
        return np.where(plain(condition))
    return where(condition, x, y)


@numpy_function("real")
def real_part(val: Any) -> Any:
    """The real part."""
    return shaping.real(val) if _is_complex(val) else val


@numpy_function("imag")
def imaginary_part(val: Any) -> Any:
    """The imaginary part."""
    return shaping.imag(val) if _is_complex(val) else 0.0 * val


@numpy_function("conj", "conjugate")
def conjugate(x: Any) -> Any:
    """The complex conjugate."""
    return shaping.conj(x) if _is_complex(x) else x


@numpy_function("absolute", "abs", "fabs")
def size(x: Any) -> Any:
    """The absolute value, of complex numbers too."""
    from ..arithmetic import hypot

    return hypot(shaping.real(x), shaping.imag(x)) if _is_complex(x) else magnitude(x)


@numpy_function("astype")
def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """In another dtype; a whole-number dtype ends the path of derivatives."""
    wanted = np.dtype(dtype)
    return shaping.cast(x, wanted) if wanted.kind in "fc" else whole(wanted)(x)


def whole(dtype: Any) -> ArrayPrimitive:
    """The primitive that casts to a dtype without derivatives."""
    name = f"astype({dtype})"
    if name not in ARRAYS:
        ARRAYS[name] = ArrayPrimitive(name, lambda x: np.asarray(x).astype(dtype), (0,), None, "whole numbers")
    return ARRAYS[name]


def _at_least(x: Any, bound: Any) -> Any:
    return max(x, bound)


def _at_most(x: Any, bound: Any) -> Any:
    return min(x, bound)


def _is_complex(x: Any) -> bool:
    return getattr(getattr(x, "dtype", None), "kind", "") == "c"
