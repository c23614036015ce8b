"""JSON: one object for a single question, else an array of them; JSONL: an object a line.

NaN and Infinity never occur: where there is no finite number there is null, and a status that says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from json import dumps
from typing import Any

from ..answer import Answer, Verdict
from . import Layout, Row


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The objects of the rows."""
    objects = (dumps(record(answer, layout), allow_nan=False) for answer, _ in rows)
    if layout.is_single or layout.format == "jsonl":
        for text in objects:
            yield text + "\n"
        return
    opening = "[\n"
    for text in objects:
        yield opening + text
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def record(answer: Answer, layout: Layout) -> dict[str, Any]:
    """An answer as JSON's kinds of value."""
    found: dict[str, Any] = {"schema": f"difftape.{layout.kind}/1", "expr": answer.text, "at": answer.at}
    if layout.kind != "value":
        found["order"] = answer.order
    found["value"] = _finite(answer.value)
    if layout.kind != "value":
        grad = {name: _finite(number) for name, number in answer.grad.items()}
        found["grad"] = grad if any(number is not None for number in grad.values()) else None
    found["status"] = answer.status
    if answer.status != "ok":
        found.update(_trouble(answer))
    if answer.sides:
        found.update(_sides(answer.sides))
    if layout.kind != "value":
        found["check"] = _verdict(answer.check)
    return found


def _trouble(answer: Answer) -> dict[str, Any]:
    """Why the status is not ok, and where."""
    error = answer.error
    found: dict[str, Any] = {"message": error.message if error is not None else " ".join(answer.notes)}
    if error is not None and error.span is not None:
        found["span"] = list(error.span)
    if len(answer.grad) > 1:
        found["statuses"] = {name: status for name, status in answer.statuses.items() if status != "ok"}
    return found


def _sides(sides: Mapping[str, str]) -> dict[str, Any]:
    several = set(sides.values())
    return {"side": several.pop()} if len(several) == 1 else {"sides": dict(sides)}


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    found: dict[str, Any] = {
        "verdict": verdict.verdict,
        "judge": verdict.judge,
        "reference": verdict.reference,
        "ulps": {name: _finite(ulps) for name, ulps in verdict.ulps.items()},
        "symbolic": verdict.symbolic,
    }
    if verdict.reason:
        found["reason"] = verdict.reason
    if len(set(verdict.verdicts.values())) > 1:
        found["verdicts"] = verdict.verdicts
    return found


def _finite(number: float | None) -> float | None:
    return float(number) if number is not None and math.isfinite(number) else None
