"""The reference of the language: a line an entry of the table, or one entry in full."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..primitives import Primitive


def signature(primitive: Primitive) -> str:
    """How the entry is written, with the operands its rules name.

    >>> from difftape.primitives import TABLE
    >>> signature(TABLE["atan2"]), signature(TABLE["add"]), signature(TABLE["pi"])
    ('atan2(a, b)', 'a + b', 'pi')
    """
    names = operands(primitive)
    if primitive.symbol:
        space = "" if primitive.right >= 40 else " "
        if primitive.left:
            return f"{names[0]}{space}{primitive.symbol}{space}{names[1]}"
        return f"{primitive.symbol}{' ' if primitive.symbol.isalpha() else ''}{names[0]}"
    return f"{primitive.name}({', '.join(names)})" if names else primitive.name


def operands(primitive: Primitive) -> tuple[str, ...]:
    """What the rules call the operands, where there are rules."""
    for rule in primitive.partials:
        if callable(rule):
            return tuple(rule.__code__.co_varnames[1 : primitive.arity + 1])
    return ("x", "a", "b", "c")[: primitive.arity] if primitive.arity < 2 else ("a", "b", "c")[: primitive.arity]


def domain(primitive: Primitive) -> str:
    """Where the entry is real and smooth, as conditions on its operands; nothing where that is everywhere.

    >>> from difftape.primitives import TABLE
    >>> domain(TABLE["log"]), domain(TABLE["asin"]), domain(TABLE["sin"])
    ('x > 0', '-1 < x < 1', '')
    """
    said = []
    for name, (low, high) in zip(operands(primitive), primitive.domain, strict=False):
        if low == -math.inf and high == math.inf:
            continue
        bottom, top = f"{low:.6g}", f"{high:.6g}"
        said.append(
            f"{name} > {bottom}"
            if high == math.inf
            else f"{name} < {top}"
            if low == -math.inf
            else f"{bottom} < {name} < {top}"
        )
    return ", ".join(said)


def record(primitive: Primitive) -> dict[str, Any]:
    """The entry as JSON's kinds of value."""
    return {
        "name": primitive.name,
        "signature": signature(primitive),
        "doc": primitive.doc,
        "domain": domain(primitive),
        "aliases": list(primitive.aliases),
        "example": primitive.example,
    }


def listing(primitives: Iterable[Primitive], is_aligned: bool) -> Iterator[str]:
    """A line an entry: name, signature, what it is, and where its rule holds; aligned, or with tabs."""
    rows: list[Sequence[str]] = [(p.name, signature(p), p.doc, domain(p)) for p in primitives]
    if not is_aligned:
        yield from ("\t".join(row) + "\n" for row in rows)
        return
    width = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        yield "  ".join(cell.ljust(width[i]) for i, cell in enumerate(row)).rstrip() + "\n"


def entry(primitive: Primitive, value: str) -> str:
    """One entry in full; `value` is what its example gives."""
    lines = [signature(primitive), f"  {primitive.doc}", f"  domain: {domain(primitive) or 'all real numbers'}"]
    if primitive.aliases:
        lines.append(f"  also written: {', '.join(primitive.aliases)}")
    if primitive.example:
        lines.append(f"  example: {primitive.example} = {value}")
    return "\n".join(lines) + "\n"
