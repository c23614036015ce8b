"""A primitive as a function on other kinds of number: arrays by NumPy, big floats by mpmath.

Found once for each primitive and kind.  Neither library is imported before a value of its kind is met.
"""

from __future__ import annotations

import math
from _thread import RLock
from typing import Any

_found: dict[tuple[Any, type], Any] = {}
_precision = RLock()  # of mpmath, which all threads share


def foreign(primitive: Any, kind: type) -> Any:
    """The primitive as a function on values of `kind`, an array or big-float class.

    Raises TypeError for a kind that difftape does not know.
    """
    known = _found.get((primitive, kind))
    if known is None:
        library = kind.__module__.partition(".")[0]
        if library == "numpy":
            known = by_numpy(primitive)
        elif library == "mpmath":
            known = by_mpmath(primitive)
        else:
            raise TypeError(f"{primitive.name}: no meaning for a {kind.__name__}")
        _found[primitive, kind] = known
    return known


def by_numpy(primitive: Any) -> Any:
    """The primitive on arrays: NumPy's function, else its definition, else its scalar point by point."""
    import numpy

    if callable(primitive.numpy):
        return lambda *operands: primitive.numpy(numpy, *operands)
    known = getattr(numpy, primitive.numpy, None) if primitive.numpy else None
    if known is not None:
        return known
    if primitive.means is not None:
        return primitive.means
    return lambda *operands: _pointwise(numpy, primitive.scalar, operands)


def _pointwise(np: Any, scalar: Any, operands: tuple[Any, ...]) -> Any:
    """A function of floats on arrays; nan where it has no value.  Equal points of a slow one are evaluated once."""
    columns = np.broadcast_arrays(*[np.asarray(x, float) for x in operands])
    flat = [x.ravel() for x in columns]
    if scalar.__class__.__name__ == "builtin_function_or_method":
        found = np.array([_or_nan(scalar, point) for point in zip(*[x.tolist() for x in flat], strict=True)], float)
        return found.reshape(columns[0].shape)[()]
    bits = np.stack(flat, axis=1).view(np.int64)  # in which 0.0 is not -0.0
    _, first, places = np.unique(
        bits if len(flat) > 1 else bits.ravel(), return_index=True, return_inverse=True, axis=0
    )
    points = zip(*[x[first].tolist() for x in flat], strict=True)
    found = np.array([_or_nan(scalar, point) for point in points], float)
    return found[places.ravel()].reshape(columns[0].shape)[()]


def mpmath_function(primitive: Any) -> Any:
    """mpmath's function for the primitive, or the definition by other primitives; complex where it is not real."""
    import mpmath

    named = primitive.mpmath
    if callable(named):
        return lambda *operands: named(mpmath, *operands)
    known = getattr(mpmath, named, None) if named else None
    return known or primitive.means


def by_mpmath(primitive: Any) -> Any:
    """The primitive on mpf numbers at mpmath's working precision; raises ValueError where it is not real."""
    import mpmath

    call = mpmath_function(primitive)

    def real(*operands: Any) -> Any:
        y = call(*operands)
        if isinstance(y, mpmath.mpc):
            if y.imag:
                raise ValueError(f"{primitive.name} is not real there")
            y = y.real
        return y

    return real


def scalar_by_mpmath(primitive: Any, operands: tuple[float, ...]) -> float:
    """The primitive at floats, by way of mpmath with 20 guard bits, rounded once; one thread at a time."""
    import mpmath

    with _precision, mpmath.mp.workprec(73):
        try:
            y = by_mpmath(primitive)(*map(mpmath.mpf, operands))
        except TypeError:  # mpmath's own, of an infinite operand
            if all(map(math.isfinite, operands)):
                raise
            raise ValueError(f"{primitive.name} has no value there") from None
    value = float(y)
    if not math.isfinite(value):
        if mpmath.isfinite(y):
            raise OverflowError(f"{primitive.name} overflows")
        raise ValueError(f"{primitive.name} is not finite there")
    return value


def _or_nan(scalar: Any, operands: tuple[float, ...]) -> float:
    try:
        return float(scalar(*operands))
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan
