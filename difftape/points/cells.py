"""Numbers from the texts of cells: what Python's float() takes, but for `_` and digits that are not ASCII."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import escaped

_SHOWN = 40  # bytes of a bad cell that a message shows


def numbers(texts: Sequence[str], name: str) -> tuple[Any, dict[int, str]]:
    """The array of the texts' numbers, nan where there is none, and what is wrong there.

    >>> numbers(["1.5", "n/a"], "x")
    (array([1.5, nan]), {1: "x is 'n/a', not a number"})
    """
    together = "".join(texts)
    if together.isascii() and "_" not in together:
        try:
            values = np.fromiter(map(float, texts), np.float64, len(texts))
        except ValueError:
            pass
        else:
            return values, finite_only(values, name)
    values = np.empty(len(texts))
    failures: dict[int, str] = {}
    for row, text in enumerate(texts):
        try:
            values[row] = number(text)
        except ValueError:
            values[row] = math.nan
            failures[row] = f"{name} is {shown(text)}, not a number" if text.strip() else f"{name} is missing"
    return values, failures | finite_only(values, name, failures)


def number(text: str) -> float:
    """The number a text stands for; raises ValueError where it is none.

    >>> number(" +1.5e3 ")
    1500.0
    """
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)


def finite_only(values: Any, name: str, known: dict[int, str] | None = None) -> dict[int, str]:
    """What is wrong with values that are not finite, unless it is known already; they become nan."""
    finite = np.isfinite(values)
    if finite.all():
        return {}
    rows = np.flatnonzero(~finite).tolist()
    failures = {row: f"{name} is {float(values[row])}" for row in rows if not known or row not in known}
    values[rows] = math.nan
    return failures


def shown(text: str) -> str:
    """A cell as a message shows it: in quotes, short, control characters as U+XXXX.

    >>> shown("n/a")
    "'n/a'"
    """
    return f"'{escaped(text.strip(), _SHOWN)}'"
