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
    if layout.kind in ("grad", "check", "taylor"):
        found["order"] = answer.order
    found["value"] = _finite(answer.value)
    if answer.digits:
        found["digits"], found["exact"] = answer.digits, True
    if answer.rows:
        found["expr"] = [row.text for row in answer.rows]
        found["value"] = [_finite(row.value) for row in answer.rows]
    if layout.kind != "value":
        found.update(_numbers(answer, layout))
    found["status"] = answer.status
    if answer.status != "ok":
        found.update(_trouble(answer))
    if answer.sides:
        found.update(_sides(answer.sides))
    if layout.kind != "value":
        found["check"] = _verdict(answer.check)
    return found


def _numbers(answer: Answer, layout: Layout) -> dict[str, Any]:
    """The numbers under the name of their kind, in the shape of their kind; null where there is none at all."""
    given = {key: _finite(number) for key, number in answer.grad.items()}
    is_any = any(number is not None for number in given.values())
    if layout.mixed:
        return {"mixed": {"by": list(layout.mixed), "derivative": next(iter(given.values()), None)}}
    if layout.kind == "taylor":
        return {"coefficients": list(given.values()) if is_any else None}
    if layout.kind not in ("hessian", "jacobian"):
        return {"grad": given if is_any else None}
    rows: dict[str, dict[str, float | None]] = {}
    for key, number in given.items():
        first, _, second = key.partition(",")
        rows.setdefault(first, {})[second] = number
    if layout.kind == "jacobian":
        return {"jacobian": list(rows.values()) if is_any else None}
    return {"hessian": rows if is_any else None}


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
    if verdict.judges:
        found["judges"] = verdict.judges
    for name in ("relative", "condition"):
        if numbers := getattr(verdict, name):
            found[name] = {key: _finite(x) for key, x in numbers.items()}
    return found


def _finite(number: Any) -> Any:
    """A number as JSON has it: an enclosure as its midpoint and radius, nothing for what is not finite."""
    if isinstance(number, tuple):
        return number._asdict()  # type: ignore[attr-defined]
    if number.__class__ is str:
        return None if number in ("inf", "-inf", "nan") else number
    return float(number) if number is not None and math.isfinite(number) else None
