"""The reverse sweep over a trace: on plain numbers and arrays, or on tensors where someone else is recording.

Here, and nowhere else, a product of a cotangent and a partial meets shapes, dtypes, complex numbers and the
zeros of branches that were not taken.  A zero of a mask times anything is zero, infinite or not: no nan
comes out of a branch that was not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..backprop import pull_back
from . import present
from .tensor import PLAIN, Tensor
from .trace import Trace


def sweep(trace: Trace, cotangents: list[Any], keep: set[int], *, recorded: bool, release: bool) -> list[Any]:
    """Fills the cotangents down to the first step; with `release`, frees all but those to `keep` on the way."""
    top = len(cotangents)
    values: list[Any] = trace.values if top == len(trace.values) else trace.values[:top]
    if release:
        trace.values = []
    elif values is trace.values:
        values = values[:]
    if recorded:
        values = _unboxed(values)
        if (
            not trace.has_maps
            and _are_plain([v.primal if isinstance(v, Tensor) else v for v in values])
            and _are_tensors(cotangents)
        ):
            return pull_back(trace.steps, values, cotangents, trace.moving, _gather_single)
    else:
        values = [v.primal if v.__class__ is Tensor else v for v in values]
        if not trace.has_maps and _are_plain(values) and _are_plain([g for g in cotangents if g is not None]):
            return _on_floats(trace, values, cotangents, keep)
        _by_ieee(values, trace.moving)
    return _on_arrays(trace, values, cotangents, keep, _freeing(values, cotangents, keep) if release else None)


def _unboxed(values: list[Any]) -> list[Any]:
    """The values, tensors that no recorder knows as what they hold: a plain exponent 0 stays a structural zero."""
    recorders = present.here.recorders
    return [
        v.primal if v.__class__ is Tensor and not any(r.knows(v) for r in recorders) else v for v in values
    ]  # fmt: skip


def _gather_single(cotangents: list[Any], place: int, g: Any, partial: Any, source: int) -> None:
    """Adds the product of single numbers, as tensors; a whole number is a mask, and its zero adds nothing."""
    if isinstance(partial, Tensor) and partial.primal.__class__ is not float:
        partial = partial.primal
    if partial.__class__ is int or partial.__class__ is bool:
        if partial == 0:
            return
        term = g if partial == 1 else -g if partial == -1 else g * partial
    else:
        term = g * partial
    known = cotangents[place]
    cotangents[place] = term if known is None else known + term


def _are_tensors(cotangents: list[Any]) -> bool:
    return all(g is None or (g.__class__ is Tensor and g.primal.__class__ is float) for g in cotangents)


def _are_plain(values: list[Any]) -> bool:
    return PLAIN.issuperset(map(type, values))


def _on_floats(trace: Trace, values: list[Any], cotangents: list[Any], keep: set[int]) -> list[Any]:
    """The sweep in Python's numbers; where these raise errors or leave the reals, again by IEEE's rules."""
    seeds = cotangents[:]
    try:
        pull_back(trace.steps, values, cotangents, trace.moving)
    except (ValueError, ArithmeticError):
        pass
    else:
        if complex not in map(type, cotangents):
            return cotangents
    import numpy as np

    _by_ieee(values, trace.moving)
    seeds = [None if g is None else np.float64(g) for g in seeds]
    return _on_arrays(trace, values, seeds, keep, None)


def _by_ieee(values: list[Any], moving: list[bool]) -> None:
    """Makes NumPy's numbers of floats whose arithmetic could raise an error; others leave float32 as it is."""
    import numpy as np

    for place, v in enumerate(values):
        if (v.__class__ is float and (moving[place] or v <= 0)) or (v.__class__ is int and v == 0):
            values[place] = np.float64(v)


def _on_arrays(
    trace: Trace, values: list[Any], cotangents: list[Any], keep: set[int], order: Iterator[int] | None
) -> list[Any]:
    import numpy as np

    from .products import gathering

    with np.errstate(all="ignore"):
        return pull_back(trace.steps, values, cotangents, trace.moving, gathering(trace, values, keep), order)


def _freeing(values: list[Any], cotangents: list[Any], keep: set[int]) -> Iterator[int]:
    """The places from the last down, each freed when the next is asked for."""
    for place in range(len(cotangents) - 1, -1, -1):
        yield place
        values[place] = None
        if place not in keep:
            cotangents[place] = None


def connected(trace: Trace, targets: list[int], sources: list[int], *, by_rules: bool = False) -> list[bool]:
    """Whether a path of steps that are not structurally zero leads from each source to a target.

    A rule of the user's own may answer None, so it is a path only if that is asked for, `by_rules`.
    """
    reached = set(targets)
    for place in range(max(targets, default=-1), -1, -1):
        if place in reached:
            step = trace.steps[place]
            for index, p in enumerate(step[1:]):
                partial = step[0].partials[index]
                if trace.moving[p] and not (
                    (partial.__class__ is int and partial == 0) or (hasattr(partial, "may_cut") and not by_rules)
                ):
                    reached.add(p)
    return [p in reached for p in sources]


Gather = Callable[[list[Any], int, Any, Any, int], None]
