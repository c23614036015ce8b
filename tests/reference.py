"""The case files of `data/`, and when a number is right (`data/README.md`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
ILL = 1e-9  # a naive evaluation that is further off than this marks an ill-conditioned row

DERIVATIVES = ["feynman", "sr", "ode", "cas", "ad", "optim", "nist", "rubi", "rubi_special", "parser_values"]
ORDERS = ["nth_exact", "nth_decimal"]


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one case file."""
    with open(DATA / f"{name}.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def is_ill(row: dict[str, Any]) -> bool:
    """Whether the row's double evaluation loses more digits than the rule forgives."""
    return row.get("error", 0.0) > ILL


def is_right(got: float | None, reference: float, error: float = 0.0) -> bool:
    """Whether a number is right: to 1e-9, or 100 times a naive evaluation's own error; to 1e-12 at 0."""
    if got is None:
        return False
    if reference == 0:
        return abs(got) <= 1e-12
    return abs(got - reference) <= max(1e-9, 100 * error) * abs(reference)


def listing(complaints: list[str], most: int = 40) -> str:
    """The complaints as a message, the first of them in full."""
    more = [f"… and {len(complaints) - most} more"] if len(complaints) > most else []
    return "\n".join([f"{len(complaints)} wrong", *complaints[:most], *more])
