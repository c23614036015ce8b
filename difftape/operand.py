"""Python's arithmetic by way of the primitives, and the contract of a kind of value.

A kind of value (tensor, node of a graph, germ) subclasses `Operand` and says what it means to apply a
primitive (`apply`); it may say what a plain number is in its kind (`number`).  The operators follow.
"""

from __future__ import annotations

from typing import Any

from .table import arithmetic, choice


class Operand:
    """A value that takes part in arithmetic by applying primitives."""

    __slots__ = ()

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Any:
        """The primitive applied to operands, at least one of which is of this kind."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.apply(arithmetic.add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self.apply(arithmetic.add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self.apply(arithmetic.sub, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self.apply(arithmetic.sub, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self.apply(arithmetic.mul, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self.apply(arithmetic.mul, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self.apply(arithmetic.div, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self.apply(arithmetic.div, (other, self))

    def __pow__(self, other: Any) -> Any:
        return self.apply(arithmetic.pow, (self, other))

    def __rpow__(self, other: Any) -> Any:
        return self.apply(arithmetic.pow, (other, self))

    def __neg__(self) -> Any:
        return self.apply(arithmetic.neg, (self,))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.apply(choice.abs, (self,))

    def __lt__(self, other: Any) -> Any:
        return self.apply(choice.less, (self, other))

    def __le__(self, other: Any) -> Any:
        return self.apply(choice.less_equal, (self, other))

    def __gt__(self, other: Any) -> Any:
        return self.apply(choice.greater, (self, other))

    def __ge__(self, other: Any) -> Any:
        return self.apply(choice.greater_equal, (self, other))
