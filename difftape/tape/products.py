"""What the product of a cotangent and a partial is, for values with shapes, dtypes and imaginary parts.

The cotangent takes the shape and dtype of the operand it belongs to.  A zero of a mask (the partial of
`where`) times anything is zero; in a sweep that has met a mask, so is a zero cotangent times an infinite or
undefined partial.  Complex numbers follow the conjugate convention.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..shapes import shape_of
from ..table.arrays.kind import LinearMap
from ..table.arrays.shaping import broadcast_to, cast, conj, real, sum_to
from ..table.choice import where
from .sweep import Gather
from .tensor import Tensor
from .trace import Trace


def gathering(trace: Trace, values: list[Any], keep: set[int]) -> Gather:
    """The `gather` of one sweep over these values (see `pull_back`), after which the cotangents to `keep` are read."""
    owned: set[int] = set()  # places whose cotangent is an array that this sweep made, and may add to
    is_masked = False

    def gather(cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
        nonlocal is_masked
        known = cotangents[place]
        if isinstance(partial, Tensor) and is_whole(partial.primal):
            partial = partial.primal  # a mask has no derivative of its own
        if partial.__class__ is LinearMap:
            is_masked = is_masked or partial.selects
            if partial.into is not None and g.__class__ is np.ndarray:
                into(cotangents, place, g, partial, known)
                return
            term = partial.pull(g)
            fresh = partial.makes and term is not g and getattr(term, "base", g) is None
        elif partial.__class__ in (int, bool):
            if partial == 0:
                return
            term = g if partial == 1 else -g if partial == -1 else g * partial
            fresh = partial != 1
        else:
            if is_whole(partial):
                is_masked = True
                g = selected(g, partial)
            elif is_masked:
                partial = bounded(g, partial)
            partial = conj(partial) if _is_complex(partial) else partial
            if g.__class__ is np.ndarray and fits(partial, g) and is_spent(trace, source, owned, keep):
                term = np.multiply(g, partial, out=g)
            else:
                term = g * partial
            fresh = True
        if term is None:
            return
        operand = values[place]
        shaped = fitted(term, operand)
        fresh = (fresh or shaped is not term) and shaped.__class__ is np.ndarray and shaped.flags.writeable
        if known is None:
            cotangents[place] = shaped
            if fresh:
                owned.add(place)
        elif known.__class__ is np.ndarray and shaped.__class__ is np.ndarray and (fresh or place in owned):
            cotangents[place] = np.add(known, shaped, out=known if place in owned else shaped)
            owned.add(place)
        else:
            cotangents[place] = known + shaped

    def into(cotangents: list[Any], place: int, g: Any, partial: Any, known: Any) -> None:
        if known is None or place not in owned:
            operand = values[place]
            total = np.zeros(shape_of(operand), getattr(operand, "dtype", None))
            if known is not None:
                total += known
            cotangents[place] = total
            owned.add(place)
        partial.into(cotangents[place], g)

    return gather


def is_spent(trace: Trace, source: int, owned: set[int], keep: set[int]) -> bool:
    """Whether the cotangent at a place is an array of the sweep's own, of which one product is the last use."""
    if source not in owned or source in keep:
        return False
    return [trace.moving[p] for p in trace.steps[source][1:]].count(True) == 1


def fits(partial: Any, g: Any) -> bool:
    """Whether the product of an array and a partial has the shape and dtype of the array."""
    if partial.__class__ is np.ndarray:
        return bool(partial.shape == g.shape and (partial.dtype == g.dtype or partial.dtype == bool))
    return bool(partial.__class__ is float and g.dtype.kind in "fc")


def fitted(term: Any, operand: Any) -> Any:
    """A cotangent in the shape and dtype of the operand it belongs to."""
    shape = shape_of(operand)
    own = shape_of(term)
    if own == shape and getattr(term, "dtype", float) == getattr(operand, "dtype", float):
        return term
    if own != shape:
        term = sum_to(term, shape) if len(own) >= len(shape) else broadcast_to(term, shape)
    if _is_complex(term) and not _is_complex(operand):
        term = real(term)
    wanted = getattr(operand, "dtype", None)
    if wanted is not None and shape and getattr(term, "dtype", wanted) != wanted and wanted.kind in "fc":
        term = cast(term, wanted)
    return term


def selected(g: Any, mask: Any) -> Any:
    """A cotangent that is zero wherever the mask is, whatever it was there."""
    raw = underlying(g)
    if _is_finite(raw):
        return g
    return like(g, where(np.broadcast_to(mask, np.shape(raw)) != 0, inner(g), 0.0))


def bounded(g: Any, partial: Any) -> Any:
    """A partial that is zero wherever it is not finite and the cotangent is zero."""
    raw = underlying(partial)
    if _is_finite(raw):
        return partial
    unwanted = (underlying(g) == 0) & ~np.isfinite(raw)
    return like(g, where(~unwanted, partial, 0.0))


def underlying(x: Any) -> Any:
    """The plain number or array that a tensor, or a batch of either, holds."""
    x = inner(x)
    return x.primal if isinstance(x, Tensor) else x


def inner(x: Any) -> Any:
    """What a batch holds; anything else is itself."""
    return x.stacked if hasattr(x, "stacked") else x


def like(g: Any, x: Any) -> Any:
    """A value as a batch, if `g` is one."""
    return g.__class__(x) if hasattr(g, "stacked") else x


def _is_finite(x: Any) -> bool:
    """Whether all elements are finite; their sum says so in one pass, unless it overflows."""
    return math.isfinite(abs(np.add.reduce(x, axis=None))) or bool(np.isfinite(x).all())


def is_whole(x: Any) -> bool:
    """Whether a partial is of whole numbers or truth values: a mask, whose zeros are structural."""
    kind = x.__class__
    if kind is np.ndarray or isinstance(x, np.generic):
        return x.dtype.kind in "iub"
    return kind is int or kind is bool


def _is_complex(x: Any) -> bool:
    return getattr(getattr(x, "dtype", None), "kind", "") == "c" or x.__class__ is complex
