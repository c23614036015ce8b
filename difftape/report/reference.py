"""The reference of the language: a line an entry of the table, or one entry in full."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..primitives import Primitive
from . import shown


class Facts(NamedTuple):
    """All that is shown of one entry.

    `rules`      by operand, the partial derivative as a formula; "" for a structural zero, None where there is none
    `value`      what the example gives
    `elsewhere`  by library, its name there
    `hard`       by point, what kind of point it is and why
    """

    name: str
    signature: str
    doc: str
    domain: str
    aliases: tuple[str, ...]
    rules: dict[str, str | None]
    example: str
    value: float | None
    elsewhere: dict[str, str]
    hard: dict[str, str]
    latex: str


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
    if primitive.smooth is not None:
        return primitive.smooth
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


def listing(primitives: Iterable[Primitive], is_aligned: bool) -> Iterator[str]:
    """A line an entry: name, signature, what it is, and where its rule holds; aligned, or with tabs."""
    rows: list[Sequence[str]] = [(p.name, signature(p), p.doc, domain(p)) for p in primitives]
    if not is_aligned:
        yield from ("\t".join(row) + "\n" for row in rows)
        return
    width = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        yield "  ".join(cell.ljust(width[i]) for i, cell in enumerate(row)).rstrip() + "\n"


def entry(facts: Facts) -> str:
    """One entry in full."""
    lines = [facts.signature, f"  {facts.doc}", f"  domain: {facts.domain or 'all real numbers'}"]
    for name, rule in facts.rules.items():
        lines.append(f"  d/d{name}: {'none' if rule is None else rule}")
    lines += [f"  at {point}: {what}" for point, what in facts.hard.items()]
    if facts.aliases:
        lines.append(f"  also written: {', '.join(facts.aliases)}")
    if facts.elsewhere:
        lines.append("  elsewhere: " + ", ".join(f"{name} in {where}" for where, name in facts.elsewhere.items()))
    lines.append(f"  LaTeX: {facts.latex}")
    if facts.example:
        lines.append(f"  example: {facts.example} = {shown(facts.value)}")
    return "\n".join(lines) + "\n"
