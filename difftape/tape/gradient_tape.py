"""GradientTape: records what is computed while it is entered, and pulls cotangents back through the record."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import DifftapeWarning, TapeError
from . import present
from .arguments import NONE, ZERO, check_unconnected, is_flat, own, seeds, tensors, zeros, zeros_of
from .nests import leaves, rebuilt
from .pulling import CONNECTED, batch_jacobian, jacobians, pulled
from .tensor import Tensor, Variable, is_differentiable, last_serial, primal
from .trace import Trace


class UnconnectedGradients:
    """What a gradient is where no path leads from the source to the target: None, or zeros."""

    NONE = NONE
    ZERO = ZERO


class GradientTape:
    """A tape records the operations on what it watches: trainable variables, and tensors it was told to watch.

    >>> x = Variable(3.0)
    >>> with GradientTape() as tape:
    ...     y = x * x
    >>> tape.gradient(y, x)
    <Tensor 6.0>
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watches = watch_accessed_variables
        self._trace: Trace | None = None
        self._is_recording = False
        self._is_spent = False
        self._has_warned = False

    def __repr__(self) -> str:
        state = "recording" if self._is_recording else "spent" if self._is_spent else "idle"
        return f"<GradientTape {state}, {len(self._trace.steps) if self._trace else 0} steps>"

    def __enter__(self) -> GradientTape:
        if self._is_recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        if self._trace is None or self._is_spent:
            self._trace = Trace(self._watches)
            self._is_spent = False
        self._push()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_recording and self._trace is not None:
            self._pop()
            self._trace.left_at = last_serial()

    def _push(self) -> None:
        present.here.recorders = [*present.here.recorders, self._trace]
        self._is_recording = True

    def _pop(self) -> None:
        present.here.recorders = [r for r in present.here.recorders if r is not self._trace]
        self._is_recording = False

    def watch(self, tensor: Any) -> None:
        """Makes a tensor, a variable, or every leaf of a nest of them a thing to differentiate by."""
        trace = self._recording("watch")
        for path, x in leaves(tensor):
            if not isinstance(x, Tensor):
                where = f" at {path}" if path else ""
                raise ValueError(
                    f"Passed in object {x!r} of type {type(x).__name__!r}{where}, not a Tensor or Variable. "
                    "Make it one: x = difftape.constant(x)"
                )
            if not is_differentiable(x):
                warnings.warn(
                    f"watch: {x!r} has dtype {x.dtype}, by which nothing can be differentiated; "
                    "make it a float, e.g. difftape.constant(x, dtype=float)",
                    DifftapeWarning,
                    stacklevel=2,
                )
                continue
            trace.watch(x)

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """A context in which this tape does not record."""
        if not self._is_recording:
            raise ValueError("Tape is not recording: stop_recording() is for use inside `with tape:`")
        trace = self._recording("stop_recording")
        before, begin = present.here.recorders, last_serial()
        self._pop()
        try:
            yield
        finally:
            trace.pauses.append((begin, last_serial()))
            present.here.recorders = before
            self._is_recording = True

    def reset(self) -> None:
        """Forgets every step and everything watched, as if the tape were left and a new one entered."""
        self._recording("reset", ValueError("Tape is not recording: reset() is for use inside `with tape:`"))
        old, self._trace = self._trace, Trace(self._watches)
        present.here.recorders = [self._trace if r is old else r for r in present.here.recorders]

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that this tape watches, in the order in which they were made."""
        known = self._trace.variables if self._trace is not None else {}
        return tuple(known[serial] for serial in sorted(known))

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = NONE,
    ) -> Any:
        """The derivative of the sum of all targets by each source, in the nest of the sources.

        >>> v = Variable([1.0, 2.0])
        >>> with GradientTape() as tape:
        ...     y = v * v
        >>> tape.gradient(y, v)
        <Tensor shape=(2,) float64 [2. 4.]>
        """
        check_unconnected(unconnected_gradients)
        targets, wanted = tensors(target, "target"), tensors(sources, "sources")
        cotangents = seeds(output_gradients, targets)
        trace = self._consumed()
        if not present.here.recorders:
            cotangents = [primal(g) for g in cotangents]
        found = pulled(trace, targets, cotangents, wanted, release=not self._persistent)
        return self._answer(found, target, wanted, sources, unconnected_gradients == ZERO)

    def _answer(self, found: list[Any], target: Any, wanted: list[Tensor], sources: Any, zero: bool) -> Any:
        """The cotangents as tensors in the nest of the sources."""
        for k, g in enumerate(found):
            if g is None and not zero:
                self._note_none(target, wanted[k])
            elif g is None or g is CONNECTED:
                found[k] = zeros(wanted[k])
            elif not isinstance(g, Tensor):
                found[k] = Tensor(own(g))
        if isinstance(sources, Tensor):
            return found[0]
        return found if is_flat(sources) else rebuilt(sources, iter(found))

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: str = NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of the target by each element of each source, in one batched sweep.

        Its shape is that of the target and then that of the source.  `parallel_iterations` is how many rows
        are swept together; by default as many as fit in memory well.

        >>> v = Variable([1.0, 2.0])
        >>> with GradientTape() as tape:
        ...     y = v * v
        >>> tape.jacobian(y, v).numpy()
        array([[2., 0.],
               [0., 4.]])
        """
        check_unconnected(unconnected_gradients)
        targets, wanted = tensors(target, "target"), tensors(sources, "sources")
        trace = self._consumed()
        rows = []
        for t in targets:
            found = jacobians(trace, t, wanted, parallel_iterations)
            for k, x in enumerate(wanted):
                if found[k] is None and unconnected_gradients == ZERO:
                    found[k] = zeros_of((*t.shape, *x.shape), x)
                elif found[k] is None:
                    self._note_none(t, x)
            rows.append(rebuilt(sources, iter(found)))
        if not self._persistent:
            trace.values = []
        return rebuilt(target, iter(rows))

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: str = NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Tensor:
        """For each k, the Jacobian of target[k] by source[k]; zeros where they are not connected.

        >>> v = Variable([[1.0, 2.0]])
        >>> with GradientTape() as tape:
        ...     y = v * v
        >>> tape.batch_jacobian(y, v).numpy()
        array([[[2., 0.],
                [0., 4.]]])
        """
        check_unconnected(unconnected_gradients)
        (t,), (x,) = tensors(target, "target"), tensors(source, "source")
        for shape in (t.shape, x.shape):
            if len(shape) < 2:
                raise ValueError(f"batch_jacobian: Shape {shape} must have rank at least 2")
        if t.shape[0] != x.shape[0]:
            raise ValueError(f"Need first dimension of target shape ({t.shape}) and source shape ({x.shape}) to match.")
        trace = self._consumed()
        found = batch_jacobian(trace, t, x, parallel_iterations)
        if not self._persistent:
            trace.values = []
        return found

    def explain(self, target: Any, source: Any) -> str:
        """Why the gradient of the target by the source is None, in a sentence; or that it is not.

        >>> c = Tensor(2.0)
        >>> with GradientTape() as tape:
        ...     y = c * c
        >>> tape.explain(y, c)
        '`c` is a constant and was never watched: call tape.watch(c)'
        """
        from .explaining import explanation, names_around

        (x,) = tensors(source, "source")[:1]
        return explanation(self._trace, tensors(target, "target"), x, names_around())

    def _note_none(self, target: Any, source: Tensor) -> None:
        """Lets an error that a None causes later say why it is None; warns if the source is of whole numbers."""
        from .explaining import later

        present.here.none = later(self._trace, target, source)
        if isinstance(source, Variable) and not is_differentiable(source):
            warnings.warn(
                f"gradient: {source!r} has dtype {source.dtype}, by which nothing can be differentiated: None. "
                "Make it a float, e.g. difftape.Variable(3.0)",
                DifftapeWarning,
                stacklevel=4,
            )

    def _recording(self, method: str, error: Exception | None = None) -> Trace:
        if not self._is_recording or self._trace is None:
            raise error or TapeError(
                f"{method}: the tape is not recording",
                hint=f"call tape.{method}(...) inside `with difftape.GradientTape() as tape:`",
            )
        return self._trace

    def _consumed(self) -> Trace:
        """The trace, for one more set of gradients; a tape that is not persistent stops recording."""
        if self._trace is None:
            raise TapeError(
                "the tape never recorded anything: it was not entered",
                hint="compute the target inside `with tape:`",
            )
        if not self._persistent:
            if self._is_spent:
                raise TapeError(
                    "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)",
                    hint="pass persistent=True to GradientTape to compute more than one",
                )
            if self._is_recording:
                self._pop()
                self._trace.spent_at = last_serial()
            self._is_spent = True
        elif self._is_recording and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                "gradient of a persistent tape inside its context: the backward steps are recorded on it too, which "
                "takes time and memory. If no higher derivative is wanted, call it after the `with` block",
                DifftapeWarning,
                stacklevel=3,
            )
        return self._trace
