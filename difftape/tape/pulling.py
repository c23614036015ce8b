"""From targets to sources: cotangents put at the targets' places, swept, and gathered at the places of the sources."""

from __future__ import annotations

from typing import Any

from . import present
from .arguments import own, zeros_of
from .sweep import connected, sweep
from .tensor import Tensor, is_differentiable
from .trace import Trace

CONNECTED = object()  # a zero: a path leads there, but nothing came down it
AT_ONCE = 2**25  # the elements of the largest value of a trace, times the rows that are swept together


def pulled(trace: Trace, targets: list[Tensor], seeds: list[Any], sources: list[Tensor], *, release: bool) -> list[Any]:
    """The cotangent of each source: None where no path leads to it, CONNECTED where it is zero."""
    places = [trace.place(t) if is_differentiable(t) else None for t in targets]
    ends = [p for p in places if p is not None]
    cotangents: list[Any] = [None] * (max(ends, default=-1) + 1)
    for p, seed in zip(places, seeds, strict=True):
        if p is not None:
            known = cotangents[p]
            cotangents[p] = seed if known is None else known + seed
    where = [trace.places_of(x) for x in sources]
    if ends:
        keep = {p for several in where for p in several}
        cotangents = sweep(trace, cotangents, keep, recorded=bool(present.here.recorders), release=release)
    return [_total(trace, cotangents, several, ends) for several in where]


def _total(trace: Trace, cotangents: list[Any], places: list[int], ends: list[int]) -> Any:
    total: Any = None
    for p in places:
        g = cotangents[p] if p < len(cotangents) else None
        if g is not None:
            total = g if total is None else total + g
    if total is None and places and any(connected(trace, ends, places)):
        return CONNECTED
    return total


def jacobians(trace: Trace, target: Tensor, sources: list[Tensor], chunk: int | None) -> list[Any]:
    """The Jacobian of the target by each source, or None."""
    import numpy as np

    from .batched import units

    size = int(np.prod(target.shape))
    dtype = target.dtype if is_differentiable(target) else float
    stacks = _swept(trace, target, sources, size, chunk, lambda begin, end: units(target.shape, dtype, begin, end))
    return [
        None if y is None else _shaped(y, (*target.shape, *x.shape), x) for y, x in zip(stacks, sources, strict=True)
    ]


def batch_jacobian(trace: Trace, target: Tensor, source: Tensor, chunk: int | None) -> Tensor:
    """The Jacobians of the rows of the target by the rows of the source."""
    import numpy as np

    from ..table.arrays.arranging import moveaxis
    from .batched import units

    rows, *inner = target.shape
    size = int(np.prod(inner))
    dtype = target.dtype if is_differentiable(target) else float

    def of(begin: int, end: int) -> Any:
        one = units(tuple(inner), dtype, begin, end)
        return np.broadcast_to(one[:, None], (len(one), rows, *inner))

    (stack,) = _swept(trace, target, [source], size, chunk, of)
    shape = (rows, *inner, *source.shape[1:])
    if stack is None or stack is CONNECTED:
        return zeros_of(shape, source)
    y: Tensor = _shaped(moveaxis(stack, 0, 1), shape, source)
    return y


def _swept(trace: Trace, target: Tensor, sources: list[Tensor], size: int, chunk: int | None, of: Any) -> list[Any]:
    """For each source the cotangents of so many seeds, stacked; None, or CONNECTED."""
    from ..table.arrays.joining import concatenate
    from .batched import Batch

    largest = max([_elements(v) for v in trace.values], default=1)
    chunk = chunk or max(1, AT_ONCE // max(1, largest))
    recorded = bool(present.here.recorders)
    parts: list[list[Any]] = [[] for _ in sources]
    found: list[Any] = []
    for begin in range(0, max(size, 1), chunk):
        seeds = of(begin, min(size, begin + chunk))
        found = pulled(trace, [target], [Batch(Tensor(seeds) if recorded else seeds)], sources, release=False)
        for part, y in zip(parts, found, strict=True):
            part.append(y.stacked if y.__class__ is Batch else y)
    return [
        part[0] if part[0] is None or part[0] is CONNECTED else part[0] if len(part) == 1 else concatenate(part)
        for part in parts
    ]


def _elements(v: Any) -> int:
    size = 1
    for n in getattr(v, "shape", ()):
        size *= n
    return size


def _shaped(y: Any, shape: tuple[int, ...], source: Tensor) -> Tensor:
    from ..table.arrays.shaping import reshape

    if y is CONNECTED:
        return zeros_of(shape, source)
    y = reshape(y, shape)
    return y if isinstance(y, Tensor) else Tensor(own(y))
