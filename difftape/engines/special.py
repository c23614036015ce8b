"""Functions that NumPy lacks, by scipy where it is installed and as accurate as ours: an entry's `scipy` says so.

Outside the entry's domain, and where scipy has no finite value, they are evaluated point by point as without it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..evaluation import by_numpy
from ..primitives import Primitive


def by_scipy(primitive: Primitive) -> Callable[..., Any] | None:
    """The primitive on arrays by way of scipy; None where it has no such function, or scipy is not installed."""
    if primitive.scipy is None or find_spec("scipy") is None:
        return None
    from scipy import special

    named = primitive.scipy
    quick = (lambda *x: named(special, *x)) if callable(named) else getattr(special, named)
    pointwise = by_numpy(primitive)

    def run(*operands: Any) -> Any:
        columns = np.broadcast_arrays(*operands)
        y = np.array(quick(*columns), float)
        rest = ~np.logical_and.reduce([_inside(primitive, k, x) for k, x in enumerate(columns)]) | ~np.isfinite(y)
        if rest.any():
            y[rest] = pointwise(*[x[rest] for x in columns])
        return y

    return run


def _inside(primitive: Primitive, position: int, x: Any) -> Any:
    """Where an operand is in its domain; an order is a whole number."""
    low, high = primitive.domain[position]
    if primitive.partials[position] is None:
        return (low <= x) & (x < high) & (x == np.floor(x))
    return (low < x) & (x < high)
