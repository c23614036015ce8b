"""A primitive as a function on other kinds of number: arrays by NumPy, big floats by mpmath, balls by Arb.

Found once for each primitive and kind.  No library is imported before a value of its kind is met.
"""

from __future__ import annotations

import math
from _thread import RLock
from typing import Any

_LARGEST = 1 << 17  # bits before the point of an operand; sin(1e300) has 1000
_GREATEST = 40  # a power beyond 2**(2**40) is not written down

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
        elif library == "flint":
            known = by_flint(primitive, kind)
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
    """The primitive on mpf numbers at mpmath's working precision.

    Raises ValueError where it is not real or not finite, OverflowError for numbers so large that mpmath would not
    return.
    """
    import mpmath

    call = mpmath_function(primitive)
    if primitive.symbol and primitive.name != "pow":
        return call
    from .table import arithmetic, choice

    is_power = primitive is arithmetic.pow
    is_tame = primitive in (  # what no size of operand makes slow
        *(arithmetic.sqrt, arithmetic.cbrt, arithmetic.square, arithmetic.hypot, arithmetic.log, arithmetic.log1p),
        *(arithmetic.log2, arithmetic.log10, choice.abs, choice.sign, choice.min, choice.max, choice.where),
    )

    def real(*operands: Any) -> Any:
        for x in operands:
            is_large = isinstance(x, mpmath.mpf) and x._mpf_[2] + x._mpf_[3] > _LARGEST
            if is_large and not is_tame and not is_power:
                raise OverflowError(f"{primitive.name} of a number out of all proportion")
        if is_power and grows(*operands) > _GREATEST:
            raise OverflowError("a power out of all proportion")
        y = call(*operands)
        if isinstance(y, mpmath.mpc):
            if y.imag:
                raise ValueError(f"{primitive.name} is not real there")
            y = y.real
        if isinstance(y, mpmath.mpf) and not mpmath.isfinite(y):
            raise ValueError(f"{primitive.name} is not finite there")
        return y

    return real


def flint_function(primitive: Any, kind: type) -> Any:
    """Arb's function for the primitive on balls of that kind, or its definition; None where there is neither."""
    import flint

    named = primitive.flint
    if callable(named):
        return lambda *operands: named(flint, *operands)
    return (getattr(kind, named, None) if named else None) or primitive.means


def by_flint(primitive: Any, kind: type) -> Any:
    """The primitive on balls at flint's working precision, of one kind: real (arb) or complex (acb).

    Raises ValueError where the ball meets a singularity or leaves the domain, UsageError where Arb lacks the function.
    """
    call = flint_function(primitive, kind)

    def enclosed(*operands: Any) -> Any:
        balls = [x if x.__class__ is kind or x.__class__ is bool else kind(x) for x in operands]
        try:
            y = call(*balls) if call is not None else None
        except AttributeError:
            y = None
        if y is None:
            from .errors import UsageError

            raise UsageError(
                f"{primitive.name} cannot be certified: Arb has no such function",
                hint="--digits 50 computes it without a proof",
            )
        if y.__class__ is bool:
            return y
        ball: Any = y if y.__class__ is kind else kind(y)
        if not ball.is_finite():
            raise ValueError("meets a singularity, or leaves the domain")
        return ball

    return enclosed


def grows(base: Any, exponent: Any) -> int:
    """About how many bits the exponent of a power has, from the size of its logarithm.

    >>> from mpmath import mpf
    >>> grows(mpf(10), mpf(2) ** 50) > 40, grows(1 + mpf(2) ** -45, mpf(2) ** 50) > 40
    (True, False)
    """
    from mpmath import mag

    if not base or not exponent or base == 1:
        return 0
    size = mag(base)
    return int(mag(exponent)) + (
        int(mag(abs(base) - 1)) if size in (0, 1) and abs(base) != 1 else abs(size).bit_length()
    )


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
