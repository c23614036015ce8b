"""What an array primitive is: its partials are linear maps, which pull cotangents back and push tangents forward.

Axes are counted from the end (-1 is the last), so that a batch of cotangents, with one more axis in front, means
nothing new to most primitives; those that speak of whole shapes say with `batch` what it means to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
ARRAYS: dict[str, ArrayPrimitive] = {}
FUNCTIONS: dict[str, Any] = {}  # NumPy's functions by name, each written by primitives
Map = Callable[..., Any]


class LinearMap:
    """A partial derivative as a map: `pull` of a cotangent, `push` of a tangent.

    Without `push` it is the transpose of `pull`.  `into(total, g)`, if there is one, adds the pulled-back
    cotangent to an array without making it first.  `selects` says that it puts zeros where nothing was taken.
    `makes` says that what is pulled back is an array that nobody else holds, or else the cotangent or a view.
    """

    __slots__ = ("into", "makes", "pull", "push", "selects")

    def __init__(
        self, pull: Map, push: Map | None = None, into: Map | None = None, selects: bool = False, makes: bool = True
    ) -> None:
        self.pull = pull
        self.push = push
        self.into = into
        self.makes = makes
        self.selects = selects or into is not None


class ArrayPrimitive:
    """One entry: its value by NumPy (`compute`), and for each operand a partial; 0 for a parameter such as an axis.

    `batch(size, flags, *operands)`   what it is when the flagged operands have one more axis in front, of that
    size; by default the same as ever
    """

    __slots__ = ("batch", "compute", "doc", "name", "partials", "scalar")

    def __init__(self, name: str, compute: Map, partials: tuple[Any, ...], batch: Map | None, doc: str) -> None:
        self.name = name
        self.compute = compute
        self.scalar = compute
        self.partials = partials
        self.batch = batch
        self.doc = doc

    def __call__(self, *operands: Any) -> Any:
        """The primitive applied to operands of any kind; arrays give an array."""
        for x in operands:
            if hasattr(x, "apply"):
                return x.apply(self, operands)
        return self.compute(*operands)

    def __repr__(self) -> str:
        return f"<array primitive {self.name}>"


def nonlinear(name: str, compute: Map, *partials: Any, batch: Map | None = None, doc: str = "") -> ArrayPrimitive:
    """A new array primitive whose partials are rules `(y, *operands)` that return a LinearMap, or 0."""
    primitive = ARRAYS[name] = ArrayPrimitive(name, compute, partials, batch, doc)
    return primitive


def linear(
    name: str,
    compute: Map,
    *pulls: Any,
    batch: Map | None = None,
    needs: tuple[int, ...] | None = None,
    into: Map | None = None,
    jointly: bool = False,
    doc: str = "",
) -> ArrayPrimitive:
    """A new array primitive that is linear in each operand that has a pull `(g, *operands)`; 0 for a parameter.

    Of the operand itself the pull may look at the shape and dtype only, nor may it look at the result.
    `needs` are the numbers of the operands (from 1) whose values the pulls do look at, if not all others.
    `jointly` says that it is linear in all of them together, as a sum is, not in each, as a product is.
    """
    primitive = ArrayPrimitive(name, compute, (), batch, doc)
    width = len(pulls)
    primitive.partials = tuple(
        0
        if pull == 0
        else _LinearRule(primitive, k, pull, _all_but(k, width) if needs is None else needs, into, jointly)
        for k, pull in enumerate(pulls)
    )
    ARRAYS[name] = primitive
    return primitive


def numpy_function(*names: str) -> Callable[[F], F]:
    """Registers a function, with the arguments of NumPy's, as what NumPy's functions of these names mean."""

    def register(function: F) -> F:
        for name in names or (function.__name__,):
            FUNCTIONS[name] = function
        return function

    return register


class _LinearRule:
    """The partial of a primitive by an operand in which it is linear: pushing is the primitive itself."""

    __slots__ = ("index", "into", "jointly", "needs", "primitive", "pull")

    def __init__(self, primitive: Any, index: int, pull: Map, needs: Any, into: Map | None, jointly: bool) -> None:
        self.primitive = primitive
        self.index = index
        self.pull = pull
        self.needs = needs
        self.into = into
        self.jointly = jointly

    def __call__(self, y: Any, *operands: Any) -> LinearMap:
        pull, into, index = self.pull, self.into, self.index

        def push(t: Any) -> Any:
            rest = [_nothing(x) for x in operands] if self.jointly else operands
            return self.primitive(*rest[:index], t, *rest[index + 1 :])

        return LinearMap(
            lambda g: pull(g, *operands), push, None if into is None else lambda total, g: into(total, g, *operands)
        )


def _all_but(index: int, width: int) -> tuple[int, ...]:
    return tuple(k for k in range(1, width + 1) if k != index + 1)


def _nothing(x: Any) -> Any:
    """Zeros of the shape of an array; a parameter is itself."""
    if not hasattr(x, "shape"):
        return x
    import numpy as np

    return np.zeros(x.shape)


def plain(x: Any) -> Any:
    """The number or array of a tensor as it is, off every tape; what is no tensor is itself."""
    return getattr(x, "primal", x)
