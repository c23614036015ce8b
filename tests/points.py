"""Random operands of a primitive, from the domain its entry states."""

from __future__ import annotations

import math
import random
from typing import Any

import difftape.table  # noqa: F401  (fills TABLE)
from difftape.primitives import TABLE, Primitive

CONDITIONS = {"both", "either", "negation"}  # their operands are claims
FUNCTIONS = [primitive for primitive in TABLE.values() if primitive.arity]
SMOOTH = [primitive for primitive in FUNCTIONS if any(partial.__class__ is not int for partial in primitive.partials)]


def within(interval: tuple[float, float], random: random.Random) -> float:
    """A number inside an open interval, of moderate size where the interval is unbounded or huge."""
    low, high = interval
    if high - low < 20:
        return low + (high - low) * random.uniform(0.06, 0.94)
    if low > -10:
        return low + random.uniform(0.15, 5.0)
    return random.uniform(-3.0, 3.0)


def operands(primitive: Primitive, seed: int) -> list[Any]:
    """Operands at which the primitive is real and smooth: an order is a whole number, a condition a bool."""
    source = random.Random(f"{primitive.name} {seed}")
    if primitive.name in CONDITIONS:
        return [source.random() < 0.5 for _ in range(primitive.arity)]
    found: list[Any] = []
    for position, interval in enumerate(primitive.domain):
        if primitive.name == "where" and position == 0:
            found.append(source.random() < 0.5)
        elif primitive.partials[position] is None:
            found.append(float(source.randrange(math.ceil(interval[0]), math.ceil(interval[1]))))
        else:
            found.append(within(interval, source))
    return found


def positions(primitive: Primitive) -> list[int]:
    """The operands by which the primitive has a derivative (an order has none, a condition is none)."""
    if primitive.name in CONDITIONS:
        return []
    first = 1 if primitive.name == "where" else 0
    return [p for p in range(first, primitive.arity) if primitive.partials[p] is not None]
