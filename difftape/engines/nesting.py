"""Results by what they are differentiated by, in the shape that a compiled call returns, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .deriving import Name


def nested(results: Mapping[Name, Any], wrt: Sequence[str], order: int, hessian: bool) -> Any:
    """The value; of order 1 with a mapping of slopes; of order n a list for each variable; a Hessian as rows, too.

    >>> nested({(): "f", ("x",): "g"}, ["x"], 1, False)
    ('f', {'x': 'g'})
    """
    value = results[()]
    if hessian:
        either = {**results, **{name[::-1]: x for name, x in results.items()}}
        rows = {a: {b: either[a, b] for b in wrt} for a in wrt}
        return value, {name: results[name,] for name in wrt}, rows
    if order == 0:
        return value
    if order == 1:
        return value, {name: results[name,] for name in wrt}
    return {name: [value, *(results[(name,) * k] for k in range(1, order + 1))] for name in wrt}


def leaves(structure: Any) -> Iterator[Any]:
    """What stands in a structure, in order.

    >>> list(leaves((1, {"x": [2, 3]})))
    [1, 2, 3]
    """
    waiting = [structure]
    while waiting:
        x = waiting.pop()
        if isinstance(x, (tuple, list)):
            waiting.extend(reversed(x))
        elif isinstance(x, dict):
            waiting.extend(reversed(list(x.values())))
        else:
            yield x


def rendered(structure: Any, keys: Mapping[str, str]) -> str:
    """A structure of texts as Python source, its keys by other names.

    >>> rendered(("a", {"x": ["b"]}), {"x": "n0"})
    '(a, {n0: [b]})'
    """
    if isinstance(structure, tuple):
        return "(" + ", ".join(rendered(x, keys) for x in structure) + ")"
    if isinstance(structure, list):
        return "[" + ", ".join(rendered(x, keys) for x in structure) + "]"
    if isinstance(structure, dict):
        return "{" + ", ".join(f"{keys[name]}: {rendered(x, keys)}" for name, x in structure.items()) + "}"
    return str(structure)


def filled(wanted: Sequence[Any], out: Sequence[Any], shape: tuple[int, ...], count: int) -> list[Any]:
    """A flat array for each of `count` results, from the arrays of `out`; `wanted` says which result each takes.

    Raises TypeError for what is no contiguous array of doubles, ValueError for another shape.
    """
    import numpy as np

    if len(wanted) != len(out):
        raise ValueError(f"out has {len(out)} arrays where the result has {len(wanted)}")
    found: list[Any] = [None] * count
    for k, x in zip(wanted, out, strict=True):
        if not isinstance(x, np.ndarray) or x.dtype != np.float64 or not x.flags.c_contiguous or not x.flags.writeable:
            raise TypeError("out has the shape of an earlier result: contiguous, writable arrays of float64")
        if x.shape != shape:
            raise ValueError(f"out has arrays of shape {x.shape} where the points have shape {shape}")
        if found[k] is None:
            found[k] = x.reshape(-1)
    return found
