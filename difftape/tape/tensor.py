"""Tensors: a number or an array, and an identity by which tapes and accumulators know it.

A tensor of no dimensions holds a plain float wherever it can, so that a tape of scalars never meets NumPy.
Applying a primitive to tensors gives a new tensor, and tells everyone who is recording in this thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count
from typing import Any

from ..operand import Operand
from ..primitives import Primitive
from . import present
from .citizen import Citizen

PLAIN = frozenset((float, int, bool))
_serial = count(1).__next__
apply_to_arrays: Any = None  # that of `kinds`, once an array is met


def _load() -> Any:
    """The array side of tensors, which brings NumPy."""
    global apply_to_arrays
    from .kinds import apply_to_arrays

    return apply_to_arrays


class Tensor(Operand, Citizen):
    """A value on a tape: `primal` is the number or array, `serial` its identity, which is never used twice.

    >>> Tensor(2.0) * 3
    <Tensor 6.0>
    """

    __slots__ = ("__weakref__", "primal", "serial")

    def __init__(self, primal: Any) -> None:
        self.primal = primal
        self.serial = _serial()

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Any:
        """The primitive applied to operands, recorded by every active tape and accumulator of this thread."""
        primals = [x.primal if isinstance(x, Tensor) else x for x in operands]
        for x in primals:
            if x.__class__ is not float and x.__class__ not in PLAIN:
                return (apply_to_arrays or _load())(primitive, operands, primals)
        if not primitive.partials:
            return primitive.scalar()  # a named constant, in the kind of its witness
        try:
            result = Tensor(primitive.scalar(*primals))
        except (ValueError, ArithmeticError):
            from .kinds import beyond_floats

            result = Tensor(beyond_floats(primitive, primals))
        active = present.here.recorders
        if active:
            for position, recorder in enumerate(active):
                recorder.record(primitive, operands, result, position)
        return result

    def number(self, value: Any) -> Any:
        """A plain number stays plain beside tensors."""
        return value

    def __eq__(self, other: Any) -> Any:
        """Equal element by element, as in NumPy; the identity is `is`, and the hash follows it."""
        return self._compared("equal", other)

    def __ne__(self, other: Any) -> Any:
        return self._compared("not_equal", other)

    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what is unpickled, has the value but an identity of its own."""
        return Tensor, (self.primal,)

    def __repr__(self) -> str:
        if self.primal.__class__ in PLAIN:
            return f"<Tensor {self.primal!r}>"
        shown = str(self.primal)
        if len(shown) > 60 or "\n" in shown:
            return f"<Tensor shape={self.shape} {self.dtype}>"
        return f"<Tensor shape={self.shape} {self.dtype} {shown}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._depart()
        return super().__array__(dtype, copy)

    def numpy(self) -> Any:
        """The value as a number or a NumPy array; it is no longer on any tape."""
        self._depart()
        return self.primal

    def __float__(self) -> float:
        self._depart()
        return float(self.primal)

    def _depart(self) -> None:
        """Tells the recorders that the value becomes a plain one here, for their explanations."""
        for recorder in present.here.recorders:
            recorder.depart(self)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))


class Variable(Tensor):
    """A tensor that can be assigned to, and that tapes watch whenever it is read.

    >>> v = Variable(3.0, name="v")
    >>> v.assign_add(1.0).numpy()
    4.0
    """

    __slots__ = ("name", "reading", "trainable")

    def __init__(self, initial_value: Any, trainable: bool = True, name: str = "Variable", dtype: Any = None) -> None:
        super().__init__(plain(initial_value, dtype, "initial_value"))
        self.name = name
        self.trainable = trainable
        self.reading = Tensor(self.primal)

    def assign(self, value: Any) -> Variable:
        """Takes a new value of the same shape, which the dtype of the variable is kept for."""
        primal = self.primal
        new = value.primal if isinstance(value, Tensor) else value
        if primal.__class__ is not float or new.__class__ is not float:
            from .kinds import assigned

            new = assigned(self, new)
        self.primal = new
        self.reading = Tensor(new)
        return self

    def assign_add(self, delta: Any) -> Variable:
        """Adds to the value."""
        return self.assign(self.primal + _delta(delta, "assign_add"))

    def assign_sub(self, delta: Any) -> Variable:
        """Subtracts from the value."""
        return self.assign(self.primal - _delta(delta, "assign_sub"))

    def __reduce__(self) -> tuple[Any, ...]:
        return Variable, (self.primal, self.trainable, self.name)

    def value(self) -> Tensor:
        """The value as a tensor, read now."""
        from ..table.arrays.shaping import identity

        result: Tensor = identity(self)
        return result

    read_value = value

    def __repr__(self) -> str:
        return f"<Variable {self.name!r} shape={self.shape} {self.dtype}>"


def constant(value: Any, dtype: Any = None) -> Tensor:
    """A tensor that a tape knows only if it is told to watch it; each call makes a new one.

    >>> constant([1.0, 2.0])
    <Tensor shape=(2,) float64 [1. 2.]>
    """
    return Tensor(plain(value, dtype, "value"))


def plain(value: Any, dtype: Any, argument: str) -> Any:
    """What a tensor holds for a value: a float, an int or bool, or else an array of its own."""
    if isinstance(value, Tensor):
        value = value.primal
    if dtype is None and value.__class__ in PLAIN:
        return value
    from .kinds import held

    return held(value, dtype, argument)


def primal(x: Any) -> Any:
    """The number or array that a tensor holds; anything else is itself."""
    return x.primal if isinstance(x, Tensor) else x


def last_serial() -> int:
    """A serial after those of all tensors there are, and before those of all to come."""
    return _serial()


def is_differentiable(x: Tensor) -> bool:
    """Whether the tensor's numbers are real or complex floating-point ones."""
    value = x.primal
    return value.__class__ is float or getattr(getattr(value, "dtype", None), "kind", "") in ("f", "c")


def _delta(delta: Any, method: str) -> Any:
    if delta is None:
        raise TypeError(f"{method}: the delta is None. {present.last_none()}")
    return primal(delta)


__all__ = ["PLAIN", "Primitive", "Tensor", "Variable", "constant", "is_differentiable", "math", "plain", "primal"]
