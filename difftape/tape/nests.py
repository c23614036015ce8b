"""Nests of lists, tuples, dicts and dataclasses: their leaves in order, and the same nest around other leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(nest: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a nest, each with the path to it.

    >>> list(leaves([1.0, {"b": (2.0,)}]))
    [('[0]', 1.0), ("[1]['b'][0]", 2.0)]
    """
    if isinstance(nest, (list, tuple)):
        for index, item in enumerate(nest):
            yield from leaves(item, f"{path}[{index}]")
    elif isinstance(nest, dict):
        for key, item in nest.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif is_record(nest):
        for name in nest.__dataclass_fields__:
            yield from leaves(getattr(nest, name), f"{path}.{name}")
    else:
        yield path, nest


def rebuilt(nest: Any, items: Iterator[Any]) -> Any:
    """The same nest around other leaves.

    >>> rebuilt([1.0, {"b": (2.0,)}], iter("xy"))
    ['x', {'b': ('y',)}]
    """
    if isinstance(nest, (list, tuple)):
        parts = [rebuilt(item, items) for item in nest]
        if isinstance(nest, list):
            return parts
        return nest.__class__(*parts) if hasattr(nest, "_fields") else tuple(parts)
    if isinstance(nest, dict):
        return {key: rebuilt(item, items) for key, item in nest.items()}
    if is_record(nest):
        from dataclasses import replace

        return replace(nest, **{name: rebuilt(getattr(nest, name), items) for name in nest.__dataclass_fields__})
    return next(items)


def is_record(x: Any) -> bool:
    """Whether this is a dataclass instance."""
    return hasattr(x.__class__, "__dataclass_fields__")
