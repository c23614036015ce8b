"""Fractions in programs: the number a literal stands for, its steps with doubles at the leaves, and a program's value
as a fraction where arithmetic alone makes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .graph import Graph, Step
from .primitives import Primitive
from .table import choice
from .table.arithmetic import add, div, mul, neg, pow, square

if TYPE_CHECKING:
    from .exact import Exact

_CHUNK = 50  # bits of a long whole number in one leaf
_STRIDE = 1000  # powers of two up to this one are doubles with all that is beside them
_BITS = 1 << 17  # larger fractions are not worked out
_PIECE = 4000  # digits that Python turns into a whole number at once


def literal_fraction(token: str) -> Fraction:
    """The number that a literal stands for, without error.

    >>> literal_fraction("1_000.5e-3")
    Fraction(2001, 2000)
    """
    mantissa, _, exponent = token.replace("_", "").lower().partition("e")
    whole, _, part = mantissa.partition(".")
    part = part.rstrip("0")
    scale = int(exponent or 0) - len(part)
    value = _whole(whole + part)
    return Fraction(value * 10**scale) if scale >= 0 else Fraction(value, 10**-scale)


def _whole(digits: str) -> int:
    """A long row of digits as a number; Python's own `int` refuses more than a few thousand."""
    if len(digits) <= _PIECE:
        return int(digits or "0")
    half = len(digits) // 2
    power: int = 10 ** (len(digits) - half)
    return _whole(digits[:half]) * power + _whole(digits[half:])


def written(graph: Graph, value: Fraction) -> int:
    """Writes a fraction into a graph, in steps whose leaves are doubles; returns the place of its value.

    Nothing on the way overflows a double that the value does not.
    """
    if value < 0:
        return graph.place((neg, written(graph, -value)))
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    if math.isfinite(near) and Fraction(near) == value:
        return graph.leaf(near)
    over, up = _mantissa(graph, value.numerator)
    under, down = _mantissa(graph, value.denominator)
    place = over if value.denominator & (value.denominator - 1) == 0 else graph.place((div, over, under))
    if value.denominator & (value.denominator - 1) == 0:
        up, down = up - value.denominator.bit_length() + 1, 0
    shift = up - down
    while shift:
        step = max(-_STRIDE, min(_STRIDE, shift))
        place = graph.place((mul, place, graph.leaf(2.0**step)))
        shift -= step
    return place


def _mantissa(graph: Graph, n: int) -> tuple[int, int]:
    """The place of a number m below 2**53, and the power k, with m·2**k = n: the bits in chunks, the last one first."""
    if n < 1 << 53:
        return graph.leaf(float(n)), 0
    zeros = (n & -n).bit_length() - 1
    n >>= zeros
    length = n.bit_length()
    if length <= 53:
        return graph.leaf(float(n)), zeros
    count = -(-length // _CHUNK) - 1
    n <<= (count + 1) * _CHUNK - length
    shift = zeros - ((count + 1) * _CHUNK - length)
    mask = (1 << _CHUNK) - 1
    scale = graph.leaf(2.0**-_CHUNK)
    place = graph.leaf(float(n & mask))
    for k in range(1, count + 1):
        place = graph.place((mul, place, scale))
        place = graph.place((add, graph.leaf(float(n >> k * _CHUNK & mask)), place))
    return place, shift + count * _CHUNK


def _power(a: Fraction, p: Fraction) -> Fraction | None:
    """A whole power of moderate size."""
    if p.denominator != 1 or (not a and p <= 0):
        return Fraction(1) if not p else None
    size = max(abs(a.numerator).bit_length(), a.denominator.bit_length())
    return a ** int(p) if size * abs(p) < _BITS or abs(a) == 1 else None


_RATIONAL: dict[Primitive, Callable[..., Any]] = {
    pow: _power,
    choice.abs: abs,
    choice.sign: lambda x: Fraction((x > 0) - (x < 0)),
    choice.floor: lambda x: Fraction(math.floor(x)),
    choice.ceil: lambda x: Fraction(math.ceil(x)),
}
_POLYMORPHIC = frozenset((square, choice.min, choice.max))  # with the operators, the same in Python for fractions


def rational(steps: Sequence[Step], root: int, at: Mapping[str, Any] | None = None) -> Fraction | None:
    """The value of the root as a fraction, if arithmetic alone makes it; None where it is not known to be one."""
    found = rationals(steps, at or {})[root]
    return found if isinstance(found, Fraction) else None


def rationals(steps: Sequence[Step], at: Mapping[str, Exact]) -> list[Fraction | bool | None]:
    """The value of every step as a fraction (of a condition its truth), where arithmetic alone makes it, else None."""
    values: list[Any] = []
    for step in steps:
        if len(step) == 1:
            leaf = step[0]
            known = at.get(leaf) if leaf.__class__ is str else None
            values.append(Fraction(leaf) if leaf.__class__ is float else known.fraction if known is not None else None)
        else:
            values.append(_rational(step, values))
    return values


def _rational(step: Step, values: Sequence[Any]) -> Any:
    primitive = step[0]
    operands = [values[p] for p in step[1:]]
    if primitive is choice.where:
        return None if operands[0] is None else operands[1 if operands[0] else 2]
    if None in operands:
        return None
    call = _RATIONAL.get(primitive)
    if call is None and (primitive.symbol or primitive in _POLYMORPHIC):
        call = primitive.scalar
    try:
        y = call(*operands) if call is not None else None
    except ZeroDivisionError:
        return None
    if isinstance(y, Fraction) and max(abs(y.numerator).bit_length(), y.denominator.bit_length()) > _BITS:
        return None
    return y
