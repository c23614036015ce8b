"""Every line of examples.txt: it parses, is finite with its gradient, and sympy agrees."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import difftape
from difftape.parser import parse
from difftape.primitives import TABLE

FILE = Path(__file__).parent.parent / "examples.txt"


def lines() -> list[tuple[int, str, dict[str, float]]]:
    """The number, the expression and the point of each line that is not a comment."""
    found = []
    for number, line in enumerate(FILE.read_text(encoding="utf-8").splitlines(), 1):
        text, mark, point = line.partition(" @ ")
        if not line.strip() or line.startswith("#"):
            continue
        assert mark, f"line {number} has no point"
        at = {}
        for assignment in point.split(","):
            name, _, value = assignment.partition("=")
            at[name.strip()] = difftape.parse(value).value({})
        found.append((number, text, at))
    return found


LINES = lines()


def test_there_are_many_and_they_are_different() -> None:
    assert len(LINES) >= 60
    assert len({text for _, text, _ in LINES}) == len(LINES)


def test_the_table_is_well_represented() -> None:
    """Most functions of the table occur in a formula that somebody wrote for a purpose."""
    used = {step[0].name for _, text, at in LINES for step in parse(text, at).steps if len(step) > 1}
    missing = {name for name, primitive in TABLE.items() if primitive.is_called} - used
    assert len(missing) <= 4, missing


@pytest.mark.parametrize(("number", "text", "at"), LINES, ids=[f"line{number}" for number, _, _ in LINES])
def test_a_line_is_right_and_sympy_agrees(number: int, text: str, at: dict[str, float]) -> None:
    answer = difftape.parse(text).answer(at, check_timeout=20.0)
    assert set(answer.grad) == set(at)
    assert answer.status == "ok", answer.error
    assert answer.value is not None
    assert math.isfinite(answer.value)
    assert all(g is not None and math.isfinite(g) for g in answer.grad.values())
    assert answer.check is not None
    assert answer.check.verdict == "agree", answer.check
