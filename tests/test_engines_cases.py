"""Compiled engines on the case files and on random expressions: against the references, the tape, and each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from reference import DERIVATIVES, is_ill, is_right, listing, rows
from test_engines_table import ENGINES, by_blocked, by_scalar
from test_random_expressions import FAILS, QUIET, exact_gradient, expressions, is_tame, with_point

import difftape
from difftape import derivatives
from difftape.engines.blocked import Blocked
from difftape.engines.building import kernel
from difftape.engines.lowering import unsupported
from difftape.engines.scalar import positional
from difftape.graph import freed

ULPS = 8  # by which engines differ on an expression whose own rounding is no more


def complaints(row: dict[str, Any]) -> list[str]:
    """What is wrong with value and gradient by the scalar and the blocked engine; nothing may be in doubt.

    Of a row that is ill-conditioned, or that nobody has measured, an engine may be 100 times as far off as the tape.
    """
    reference = row.get("grad", {})
    program = freed(difftape.parse(row["expr"]).program, {**row["at"], **reference})
    at = {name: float(row["at"][name]) for name in program.variables}
    guarded, _ = kernel(program, list(reference), guarded=True)
    columns, out = [np.full(3, x) for x in at.values()], [np.empty(3) for _ in guarded.outputs]
    found = [f"{row['id']}: in doubt"] if Blocked(guarded).run(columns, out, 0, 3, np.zeros(3, np.uint8)) else []
    answers = {"blocked": [float(x[0]) for x in out], "scalar": positional(guarded)(*at.values())}
    truths = [row["value"], *reference.values()]
    error = row.get("error")
    for name, got in answers.items():
        if all(is_right(y, truth, error or 0.0) for y, truth in zip(got, truths, strict=True)):
            continue
        if error is None or is_ill(row):
            value, slopes = derivatives.gradient(program, at, list(reference))
            off = [abs(y - truth) for y, truth in zip([value, *slopes.values()], truths, strict=True)]
            if all(abs(y - t) <= 100 * o + 1e-9 * abs(t) for y, t, o in zip(got, truths, off, strict=True)):
                continue
        found.append(f"{row['id']} by {name}: {list(got)} is not {truths}: {row['expr'][:200]} @ {row['at']}")
    return found


@pytest.mark.parametrize("file", DERIVATIVES)
def test_values_and_gradients_are_right(file: str) -> None:
    wrong = [complaint for row in rows(file) for complaint in complaints(row)]
    assert not wrong, listing(wrong)


def test_a_wrong_reference_is_noticed() -> None:
    row = {"id": "broken", "expr": "x**2", "at": {"x": 3.0}, "value": 9.0, "grad": {"x": 6.0}, "error": 0.0}
    assert not complaints(row)
    assert len(complaints({**row, "grad": {"x": 6.0001}})) == 2


def distances(text: str) -> list[float]:
    """How far the engines are from the first of them in value and gradient, in ulps.

    What the tape loses to rounding at that point, which is measured at 60 digits, is forgiven ten times.
    """
    program, at = with_point(text)
    assume(at)
    try:
        value, slopes = derivatives.gradient(program, at, tuple(at))
        exact = exact_gradient(program, at)
        compiled, _ = kernel(program, list(at))
        first = by_scalar(compiled, at)
    except FAILS:
        assume(False)
    assume(is_tame(value, *slopes.values(), *exact.values(), *first))
    others = [by_blocked(compiled, at)]
    if find_spec("llvmlite") and not unsupported(compiled):
        others.append(ENGINES["jit"](compiled, at))
    lost = max((float(abs(slopes[n] - exact[n]) / max(abs(exact[n]), 1e-300)) for n in at), default=0.0)
    assume(lost < 1e-9)
    return [apart(a, b) / (1 + lost / 1e-16) for other in others for a, b in zip(first, other, strict=True)]


def apart(a: float, b: float) -> float:
    return 0.0 if a == b else abs(a - b) / math.ulp(max(abs(a), abs(b)))


@QUIET
@given(expressions)
@example("tanh(x)**2 - sech(y)/x")
@example("where(x > 0, sqrt(x), y)/time")
@example("0*(time + time)")
def test_engines_agree_on_random_expressions(text: str) -> None:
    assert max(distances(text), default=0.0) <= ULPS


@QUIET
@given(expressions)
def test_an_ordinary_point_is_not_in_doubt(text: str) -> None:
    """Where the tape finds nothing singular and nothing over- or underflows, the blocked engine doubts nothing."""
    program, at = with_point(text)
    assume(at)
    try:
        derivatives.gradient(program, at, tuple(at))
        values: Sequence[Any] = derivatives.evaluated(program.steps, {**derivatives.CONSTANTS, **at})
    except FAILS:
        assume(False)
    assume(is_tame(*values))
    found = difftape.Expression(program).compile().doubtful({name: np.full(3, x) for name, x in at.items()})
    assert not found.any()
