"""The numbers of a formula, exactly: as the fraction that is meant, and whether it is meant as a decimal one."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import NamedTuple

from ..errors import LimitError
from ..graph import Graph
from ..table.arithmetic import div

_WHOLE = 1 << 53  # whole numbers up to it are doubles
_BITS = 2500  # of a numerator or denominator; doubles have 1074 at most


class Number(NamedTuple):
    """A fraction; `is_decimal` where it comes of numbers such as 4.9, and is written as one of them."""

    value: Fraction
    is_decimal: bool = False

    def plus(self, other: Number) -> Number:
        """The sum."""
        return Number(self.value + other.value, self.is_decimal or other.is_decimal)

    def times(self, other: Number) -> Number:
        """The product."""
        return Number(self.value * other.value, self.is_decimal or other.is_decimal)

    def to_the(self, n: int) -> Number | None:
        """A whole power; None where there is none, or it is too long."""
        if not self.value and n <= 0:
            return None
        bits = max(self.value.numerator.bit_length(), self.value.denominator.bit_length())
        return Number(self.value**n, self.is_decimal) if bits * abs(n) <= _BITS or abs(self.value) == 1 else None

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return self.value.denominator == 1

    def parts(self) -> tuple[float, float]:
        """The doubles p and q with p/q the number without its sign; q is 1 for a decimal number.

        Raises LimitError for what exceeds a double.

        >>> read(4.9).times(Number(Fraction(-2))).parts(), Number(Fraction(2, 3)).parts()
        ((9.8, 1.0), (2.0, 3.0))
        """
        p, q = abs(self.value.numerator), self.value.denominator
        if not self.is_decimal and max(p, q) <= _WHOLE:
            return float(p), float(q)
        try:
            found = p / q
        except OverflowError:
            raise LimitError("a coefficient of the formula exceeds a double") from None
        if not found and p:
            raise LimitError("a coefficient of the formula is too small for a double")
        return found, 1.0


ZERO, ONE, MINUS_ONE = Number(Fraction(0)), Number(Fraction(1)), Number(Fraction(-1))


def read(value: float) -> Number:
    """A double as the shortest decimal number that it is printed as.

    >>> read(0.1).value, read(3.0)
    (Fraction(1, 10), Number(value=Fraction(3, 1), is_decimal=False))
    """
    if value.is_integer() and abs(value) < _WHOLE:
        return Number(Fraction(int(value)))
    return Number(Fraction(repr(value)), True)


def whole(value: float) -> Number | None:
    """The whole number that a double is, if it is one that is finite and not large."""
    return Number(Fraction(int(value))) if isfinite(value) and value.is_integer() and abs(value) < _WHOLE else None


def written(number: Number, graph: Graph) -> int:
    """The place of a number in a graph: a leaf, or a quotient of two.

    >>> graph = Graph()
    >>> _ = written(Number(Fraction(-2, 3)), graph)
    >>> graph.steps
    [(2.0,), (<primitive neg>, 0), (3.0,), (<primitive div>, 1, 2)]
    """
    p, q = number.parts()
    first = graph.leaf(-p if number.value < 0 else p)
    return first if q == 1 else graph.place((div, first, graph.leaf(q)))
