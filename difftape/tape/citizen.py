"""What makes a tensor a citizen of NumPy: its protocols, its methods, indexing and conversion.

All of it goes through the functions of `numpy_protocol`, which is loaded when an array is first met.
"""

from __future__ import annotations

from typing import Any


class Citizen:
    """The NumPy side of a value that holds a number or an array in `primal`."""

    __slots__ = ()
    primal: Any

    def _call(self, name: str, *operands: Any, **known: Any) -> Any:
        from .numpy_protocol import function_named

        return function_named(name)(self, *operands, **known)

    def _compared(self, name: str, other: Any) -> Any:
        from .numpy_protocol import comparison

        return comparison(name, self, other)

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis; () for a single number."""
        return getattr(self.primal, "shape", ())

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        from math import prod

        return prod(self.shape)

    @property
    def dtype(self) -> Any:
        """NumPy's dtype of the elements."""
        import numpy as np

        return np.asarray(self.primal).dtype

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a tensor without axes")
        return self.shape[0]

    def __contains__(self, x: Any) -> bool:
        return x in self.numpy()

    # What it becomes, off the tape

    def numpy(self) -> Any:
        """The value as a number or a NumPy array; it is no longer on any tape."""
        return self.primal

    def item(self) -> Any:
        """The single element as a Python number."""
        return getattr(self.primal, "item", lambda: self.primal)()

    def tolist(self) -> Any:
        """The elements as nested lists."""
        return getattr(self.primal, "tolist", lambda: self.primal)()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        array = np.asarray(self.primal, dtype=dtype)
        return array.copy() if copy or (copy is None and array is self.primal) else array

    def __float__(self) -> float:
        return float(self.primal)

    def __int__(self) -> int:
        return int(self.primal)

    def __index__(self) -> int:
        index: int = self.primal.__index__()
        return index

    def __complex__(self) -> complex:
        return complex(self.primal)

    def __bool__(self) -> bool:
        return bool(self.primal)

    def __round__(self, digits: int | None = None) -> Any:
        return self.numpy().round(digits or 0) if self.shape else round(self.numpy(), digits)

    def __format__(self, how: str) -> str:
        return format(self.primal, how) if how else str(self)

    def __str__(self) -> str:
        return str(self.primal)

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **known: Any) -> Any:
        from .numpy_protocol import call_ufunc

        return call_ufunc(ufunc, method, operands, known)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from .numpy_protocol import call_function

        return call_function(function, args, kwargs)

    # Operators beyond the arithmetic of Operand

    def __matmul__(self, other: Any) -> Any:
        return self._call("matmul", other)

    def __rmatmul__(self, other: Any) -> Any:
        from .numpy_protocol import function_named

        return function_named("matmul")(other, self)

    def __mod__(self, other: Any) -> Any:
        return self._call("remainder", other)

    def __rmod__(self, other: Any) -> Any:
        from .numpy_protocol import function_named

        return function_named("remainder")(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self._call("floor_divide", other)

    def __rfloordiv__(self, other: Any) -> Any:
        from .numpy_protocol import function_named

        return function_named("floor_divide")(other, self)

    def __and__(self, other: Any) -> Any:
        return self._call("logical_and", other)

    def __or__(self, other: Any) -> Any:
        return self._call("logical_or", other)

    def __invert__(self) -> Any:
        return self._call("logical_not")

    def __getitem__(self, key: Any) -> Any:
        from ..table.arrays.indexing import indexed

        return indexed(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("a tensor cannot be assigned to in part: use difftape.where, or Variable.assign for all of it")

    # NumPy's methods

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return self._call("transpose")

    @property
    def real(self) -> Any:
        """The real part."""
        return self._call("real")

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return self._call("imag")

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same elements in another shape."""
        return self._call("reshape", shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        return self._call("transpose", (axes[0] if len(axes) == 1 else axes) or None)

    def astype(self, dtype: Any) -> Any:
        """The same numbers in another dtype; a whole-number one has no derivative."""
        return self._call("astype", dtype)

    def copy(self) -> Any:
        """The same value, a new node."""
        return self._call("copy")

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """The value kept between bounds."""
        return self._call("clip", min, max)


def _method(name: str) -> Any:
    def call(self: Citizen, *operands: Any, **known: Any) -> Any:
        return self._call(name, *operands, **known)

    call.__name__ = name
    call.__doc__ = f"numpy.{name} of this value."
    return call


for _name in (
    "sum", "mean", "prod", "max", "min", "var", "std", "cumsum", "cumprod", "argmax", "argmin", "argsort", "any", "all",
    "dot", "ravel", "squeeze", "swapaxes", "repeat", "trace", "diagonal", "take", "round", "conj",
):  # fmt: skip
    setattr(Citizen, _name, _method(_name))
Citizen.flatten = Citizen.ravel  # type: ignore[attr-defined]
