"""Forward mode: tangents pushed along with what is computed, by the same partials that pull cotangents back."""

from __future__ import annotations

import weakref
from typing import Any

from ..shapes import shape_of
from ..table.arrays.kind import LinearMap
from ..table.arrays.shaping import broadcast_to, cast
from . import present
from .arguments import NONE, ZERO, check_unconnected, zeros
from .gradient_tape import GradientTape
from .nests import leaves, rebuilt
from .products import bounded, is_whole, selected
from .tensor import Tensor, Variable, constant, is_differentiable


class ForwardAccumulator:
    """Carries the tangents of some primals to everything computed from them while it is entered.

    >>> x = constant(3.0)
    >>> with ForwardAccumulator(x, constant(1.0)) as acc:
    ...     y = x * x
    >>> acc.jvp(y)
    <Tensor 6.0>
    """

    def __init__(self, primals: Any, tangents: Any) -> None:
        self._tangents: dict[int, Any] = {}
        self._alive: dict[int, weakref.ref[Tensor]] = {}
        self._is_recording = False
        self._is_masked = False
        given, pushed = list(leaves(primals)), list(leaves(tangents))
        if len(given) != len(pushed):
            raise ValueError(f"ForwardAccumulator: {len(given)} primals, but {len(pushed)} tangents: give one for each")
        for (path, x), (_, t) in zip(given, pushed, strict=True):
            self._begin(path, x, t)

    def _begin(self, path: str, x: Any, t: Any) -> None:
        if not isinstance(x, Tensor):
            raise TypeError(f"primals{path} is a {type(x).__name__}, not a Tensor or Variable: use difftape.constant")
        if not is_differentiable(x):
            raise TypeError(f"primals{path} has dtype {x.dtype}, by which nothing can be differentiated: use a float")
        t = t if isinstance(t, Tensor) else constant(t)
        if t.primal.__class__ is int:
            t = Tensor(float(t.primal))
        if t.shape != x.shape:
            raise ValueError(f"tangents{path} has shape {t.shape}, its primal has shape {x.shape}: make them equal")
        if x.serial in self._tangents:
            raise ValueError(f"Tensor {x!r} was specified as a primal multiple times: add up its tangents instead")
        self._watch(x, t)

    def _watch(self, x: Tensor, t: Tensor) -> None:
        """Adds a tangent to that of a tensor."""
        known = self._tangents.get(x.serial)
        self._keep(x, t if known is None else known + t)

    def _keep(self, x: Tensor, t: Any) -> None:
        serial = x.serial

        def gone(_: Any) -> None:
            self._tangents.pop(serial, None)
            self._alive.pop(serial, None)

        self._tangents[serial] = t
        self._alive[serial] = weakref.ref(x, gone)

    def __enter__(self) -> ForwardAccumulator:
        if self._is_recording:
            raise ValueError("Accumulator is already recording: leave it before it is entered again")
        present.here.recorders = [*present.here.recorders, self]
        self._is_recording = True
        return self

    def __exit__(self, *_: object) -> None:
        present.here.recorders = [r for r in present.here.recorders if r is not self]
        self._is_recording = False

    def jvp(self, primals: Any, unconnected_gradients: str = NONE) -> Any:
        """The tangent of each primal, in the nest of the primals; None, or zeros, where there is none."""
        check_unconnected(unconnected_gradients)
        found = []
        for path, x in leaves(primals):
            if not isinstance(x, Tensor):
                raise TypeError(f"jvp: primals{path} is a {type(x).__name__}, not a Tensor or Variable")
            t = self._tangents.get(x.serial)
            found.append(zeros(x) if t is None and unconnected_gradients == ZERO else t)
        return rebuilt(primals, iter(found))

    def knows(self, x: Tensor) -> bool:
        """Whether the tensor has a tangent here."""
        return x.serial in self._tangents

    def depart(self, x: Tensor) -> None:
        """A value that becomes a plain number leaves no mark on tangents."""

    def record(self, primitive: Any, operands: tuple[Any, ...], result: Tensor, position: int) -> None:
        """Pushes the tangents of the operands to the result, seen only by recorders further out."""
        tangents = [self._tangents.get(x.serial) if isinstance(x, Tensor) else None for x in operands]
        if all(t is None for t in tangents):
            return
        outer = present.here.recorders[:position]
        inside = [self._plain(x, t, outer) for x, t in zip(operands, tangents, strict=True)]
        with present.Recording(outer):
            total: Any = None
            for t, partial in zip(tangents, primitive.partials, strict=True):
                if t is None or (partial.__class__ is int and partial == 0):
                    continue
                term = self._pushed(partial if partial.__class__ is int else partial(result, *inside), t, result)
                if term is not None:
                    total = term if total is None else total + term
            if total is not None:
                self._keep(result, total)

    @staticmethod
    def _plain(x: Any, t: Any, outer: list[Any]) -> Any:
        """An operand for the rules: a tensor that nobody follows is what it holds."""
        if not isinstance(x, Tensor):
            return x
        if isinstance(x, Variable):
            return x if t is not None or any(r.knows(x.reading) for r in outer) else x.primal
        return x if t is not None or any(r.knows(x) for r in outer) else x.primal

    def _pushed(self, partial: Any, t: Any, result: Tensor) -> Any:
        """The product of a partial and a tangent, in the shape and dtype of the result."""
        if isinstance(partial, Tensor) and is_whole(partial.primal):
            partial = partial.primal
        if partial.__class__ is LinearMap:
            self._is_masked = self._is_masked or partial.selects
            term = partial.push(t) if partial.push is not None else transposed(partial, t, result)
        elif partial.__class__ in (int, bool):
            term = t if partial == 1 else zeros(result) if partial == 0 else -t if partial == -1 else t * partial
        elif is_whole(partial):
            self._is_masked = True
            term = selected(t, partial) * partial
        else:
            term = t * (bounded(t, partial) if self._is_masked else partial)
        if term is None or not hasattr(term, "shape"):
            return term  # nothing, or the tangents of several results at once
        if shape_of(term) != result.shape:
            term = broadcast_to(term, result.shape)
        if result.shape and term.dtype != result.dtype and result.dtype.kind in "fc":
            term = cast(term, result.dtype)
        return term if isinstance(term, Tensor) else Tensor(term)


def transposed(partial: LinearMap, t: Tensor, result: Tensor) -> Any:
    """A tangent pushed through a map of which only the pull is known: the pull's own transpose."""
    g = zeros(result)
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(g)
        pulled = partial.pull(g)
    if not isinstance(pulled, Tensor):
        return None
    return tape.gradient(pulled, g, output_gradients=broadcast_to(t, pulled.shape) if pulled.shape != t.shape else t)
