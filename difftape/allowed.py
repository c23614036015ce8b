"""What may be asked for: orders and tolerances."""

from __future__ import annotations

from math import inf
from operator import index
from typing import Any

from .errors import LimitError, UsageError

MAX_ORDER = 1000


def ordered(order: int, least: int = 1) -> int:
    """The order as a whole number; raises UsageError below `least`, LimitError past 1000.

    >>> ordered(3)
    3
    """
    try:
        whole = index(order)
    except TypeError:
        raise TypeError(f"an order is a whole number, not a {type(order).__name__}") from None
    if whole < least:
        raise UsageError(f"order {whole}: the order of a derivative is a whole number from {least} to {MAX_ORDER}")
    if whole > MAX_ORDER:
        raise LimitError(f"order {whole if whole < 10**18 else '…'}; the limit is {MAX_ORDER}")
    return whole


def tolerated(rtol: float = 0.0, atol: float = 0.0, **others: Any) -> None:
    """Raises UsageError for a tolerance that no number has; `others` are options that are not looked at."""
    for name, x in (("rtol", rtol), ("atol", atol)):
        if not 0 <= x < inf:
            raise UsageError(f"{name} is {x}; a tolerance is a finite number from 0")
