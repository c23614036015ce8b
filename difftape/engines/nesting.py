"""Results by what they are differentiated by, in the shape that a compiled call returns, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
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


def paired(structure: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """What stands at the same place of two structures; raises ValueError where they are not alike.

    >>> list(paired((1, {"x": 2}), ("a", {"x": "b"})))
    [(1, 'a'), (2, 'b')]
    """
    waiting = [(structure, other)]
    while waiting:
        a, b = waiting.pop()
        if a.__class__ is tuple or a.__class__ is list:
            if b.__class__ is not a.__class__ or len(b) != len(a):
                raise ValueError(f"out has {_kind(b)} where the result has {_kind(a)}")
            waiting.extend(reversed(list(zip(a, b, strict=True))))
        elif a.__class__ is dict:
            if b.__class__ is not dict or b.keys() != a.keys():
                raise ValueError(f"out has {_kind(b)} where the result has {_kind(a)}")
            waiting.extend([(x, b[name]) for name, x in reversed(a.items())])
        else:
            yield a, b


def _kind(structure: Any) -> str:
    if isinstance(structure, dict):
        return f"a dict of {', '.join(map(str, list(structure)[:10])) or 'nothing'}"
    name = f"a {type(structure).__name__}"
    return f"{name} of {len(structure)}" if isinstance(structure, (tuple, list)) else name


def filled(pairs: Sequence[tuple[int, Any]], shape: tuple[int, ...], count: int) -> list[Any]:
    """A flat array for each of `count` results: `pairs` says which result goes into which array of `out`.

    Raises TypeError for what is no contiguous array of doubles, ValueError for another shape or shared memory.
    """
    import numpy as np

    found: list[Any] = [None] * count
    for k, x in pairs:
        if not isinstance(x, np.ndarray) or x.dtype != np.float64 or not x.flags.c_contiguous or not x.flags.writeable:
            raise TypeError("out has the shape of an earlier result: contiguous, writable arrays of float64")
        if x.shape != shape:
            raise ValueError(f"out has arrays of shape {x.shape} where the points have shape {shape}")
        if found[k] is None:
            found[k] = x.reshape(-1)
    begins = sorted((x.ctypes.data, x.nbytes) for x in found)
    if any(begin + size > other for (begin, size), (other, _) in pairwise(begins)):
        raise ValueError("out has arrays that share memory")
    return found
