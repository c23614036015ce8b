"""GradientTape: records what is computed while it is entered, and pulls cotangents back through the record."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import DifftapeWarning, TapeError
from . import present
from .nests import leaves, rebuilt
from .sweep import connected, sweep
from .tensor import PLAIN, Tensor, Variable, constant, is_differentiable, primal
from .trace import Trace


class UnconnectedGradients:
    """What a gradient is where no path leads from the source to the target: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


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
        if self._is_recording:
            self._pop()

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
        before = present.here.recorders
        self._pop()
        try:
            yield
        finally:
            present.here.recorders = before
            self._is_recording = True

    def reset(self) -> None:
        """Forgets every step and everything watched, as if the tape were left and a new one entered."""
        self._recording("reset", ValueError("Tape is not recording: reset() is for use inside `with tape:`"))
        self._pop()
        self._trace = Trace(self._watches)
        self._push()

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that this tape watches, in the order in which they were made."""
        known = self._trace.variables if self._trace is not None else {}
        return tuple(known[serial] for serial in sorted(known))

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = UnconnectedGradients.NONE,
    ) -> Any:
        """The derivative of the sum of all targets by each source, in the nest of the sources.

        >>> v = Variable([1.0, 2.0])
        >>> with GradientTape() as tape:
        ...     y = v * v
        >>> tape.gradient(y, v)
        <Tensor shape=(2,) float64 [2. 4.]>
        """
        _check_unconnected(unconnected_gradients)
        targets = _tensors(target, "target")
        wanted = _tensors(sources, "sources")
        seeds = _seeds(output_gradients, targets)
        trace = self._consumed()
        found = self._pulled(trace, targets, seeds, wanted)
        if unconnected_gradients == UnconnectedGradients.ZERO:
            found = [zeros(x) if g is None else g for x, g in zip(wanted, found, strict=True)]
        return rebuilt(sources, iter(found))

    def _pulled(self, trace: Trace, targets: list[Tensor], seeds: list[Any], sources: list[Tensor]) -> list[Any]:
        """The cotangent of each source as a tensor, or None."""
        recorded = bool(present.here.recorders)
        places = [trace.place(t) if is_differentiable(t) else None for t in targets]
        top = max([p for p in places if p is not None], default=-1) + 1
        cotangents: list[Any] = [None] * top
        for p, seed in zip(places, seeds, strict=True):
            if p is not None:
                seed = seed if recorded else primal(seed)
                known = cotangents[p]
                cotangents[p] = seed if known is None else known + seed
        where = [self._places_of(trace, x) for x in sources]
        keep = {p for places_of in where for p in places_of}
        if top:
            cotangents = sweep(trace, cotangents, keep, recorded=recorded, release=not self._persistent)
        ends = [p for p in places if p is not None]
        return [self._found(trace, cotangents, ps, x, ends) for ps, x in zip(where, sources, strict=True)]

    @staticmethod
    def _places_of(trace: Trace, source: Tensor) -> list[int]:
        if isinstance(source, Variable):
            return trace.readings.get(source.serial, [])
        place = trace.places.get(source.serial)
        return [] if place is None else [place]

    @staticmethod
    def _found(trace: Trace, cotangents: list[Any], places: list[int], source: Tensor, ends: list[int]) -> Any:
        total: Any = None
        for p in places:
            g = cotangents[p] if p < len(cotangents) else None
            if g is not None:
                total = g if total is None else total + g
        if total is None:
            return zeros(source) if places and any(connected(trace, ends, places)) else None
        return total if isinstance(total, Tensor) else Tensor(_own(total))

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
            self._is_spent = True
        return self._trace


def _check_unconnected(name: Any) -> None:
    if name not in (UnconnectedGradients.NONE, UnconnectedGradients.ZERO):
        raise ValueError(f"Unknown value for unconnected_gradients: {name!r}; it is 'none' or 'zero'")


def _tensors(nest: Any, argument: str) -> list[Tensor]:
    """The tensors of a nest, in order; raises TypeError naming the one that is none."""
    if isinstance(nest, Tensor):
        return [nest]
    found = []
    for path, x in leaves(nest):
        if isinstance(x, Tensor):
            found.append(x)
        elif x is None:
            raise TypeError(
                f"Argument `{argument}` should be a list or nested structure of Tensors or Variables to be "
                f"differentiated, but received None{' at ' + argument + path if path else ''}."
            )
        else:
            raise TypeError(
                f"Argument `{argument}`: {argument}{path} is a {type(x).__name__}, not a Tensor or Variable; a plain "
                "number leaves no trace on a tape: make it a difftape.Variable, or a constant and watch it"
            )
    if not found and argument == "target":
        raise ValueError("Argument `target` is an empty nest: there is nothing to differentiate")
    return found


def _seeds(given: Any, targets: list[Tensor]) -> list[Any]:
    """The cotangent of each target: what was given, or ones."""
    if given is None:
        return [_ones(t) for t in targets]
    seeds = [x for _, x in leaves(given)]
    if len(seeds) != len(targets):
        raise ValueError(f"output_gradients: expected {len(targets)}, one for each target, found {len(seeds)}")
    return [_seed(x, t, k) for k, (x, t) in enumerate(zip(seeds, targets, strict=True))]


def _seed(given: Any, target: Tensor, position: int) -> Any:
    if given is None:
        return _ones(target)
    x = given if isinstance(given, Tensor) else constant(given)
    if x.shape != target.shape:
        raise ValueError(
            f"output_gradients[{position}] has shape {x.shape}, its target has shape {target.shape}: make them equal"
        )
    if x.primal.__class__ in (int, bool):
        return Tensor(float(x.primal))
    return x


def _ones(x: Tensor) -> Tensor:
    if x.primal.__class__ in PLAIN:
        return Tensor(1.0)
    import numpy as np

    return Tensor(np.ones_like(x.primal)) if x.shape else Tensor(x.primal.dtype.type(1))


def zeros(x: Tensor) -> Tensor:
    """Zeros of the shape and dtype of a tensor."""
    if x.primal.__class__ in PLAIN:
        return Tensor(0.0)
    import numpy as np

    return Tensor(np.zeros_like(x.primal)) if x.shape else Tensor(x.primal.dtype.type(0))


def _own(total: Any) -> Any:
    """A cotangent as a tensor holds it, in an array of its own (a broadcast view is written out)."""
    if total.__class__ is float:
        return total
    from .kinds import settled

    total = settled(total)
    flags = getattr(total, "flags", None)
    return total if flags is None or flags.writeable or not total.ndim else total.copy()
