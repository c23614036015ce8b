"""Answers of `entries.py` with the judges' verdict: of each entry, its derivative by a list of variables.

Sympy is asked, mpmath's quotient of differences where that is undecided, and another of the tape's engines where both
are (`ladder.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial, isfinite
from time import monotonic
from typing import TYPE_CHECKING, Any

from .answer import Answer, Verdict
from .answering import checked, with_right_value
from .entries import stacked
from .findings import judged, limits
from .graph import Program
from .pairs import may_meet, replay_hessian
from .partials import replay_mixed
from .replay import replay_coefficients

if TYPE_CHECKING:
    from .check import Tape

_MANY = 30


def checked_mixed(
    program: Program, at: Mapping[str, float], answer: Answer, rtol: float, atol: float, timeout: float
) -> Answer:
    """The mixed derivative with the judges' verdict."""
    (key,) = answer.grad
    by = key.split(",")
    tape = lambda names, digits: {key: replay_mixed(program, at, by, digits)}
    return _checked(
        program, at, answer, {key: by}, tape, "several" if len(set(by)) > 1 else "series", {}, rtol, atol, timeout
    )


def checked_hessian(
    program: Program,
    at: Mapping[str, float],
    wrt: Sequence[str],
    answer: Answer,
    rtol: float,
    atol: float,
    timeout: float,
) -> Answer:
    """The second derivatives with the judges' verdict, each pair of variables once.

    With many variables they are not asked about pairs that do not meet in the graph.
    """
    pairs = [(a, b) for i, a in enumerate(wrt) for b in wrt[i:]]
    if len(wrt) > _MANY:
        meeting = may_meet(program.steps, program.root, wrt)
        pairs = [(a, b) for a, b in pairs if b in meeting[a]]
    entries = {f"{a},{b}": (a, b) for a, b in pairs}

    def tape(names: Sequence[str], digits: int) -> Mapping[str, Any]:
        found = replay_hessian(program, at, wrt, digits)
        return {name: found.get(entries[name], 0) for name in names}

    answer = _checked(program, at, answer, entries, tape, "pairs", {}, rtol, atol, timeout)
    exact = answer.check.exact if answer.check is not None else {}
    mirrored = {",".join(reversed(entries[name])): answer.grad[name] for name in exact}
    return answer._replace(grad={**answer.grad, **mirrored})


def checked_taylor(
    program: Program, at: Mapping[str, float], by: str, answer: Answer, rtol: float, atol: float, timeout: float
) -> Answer:
    """The Taylor coefficients with the judges' verdict."""

    def tape(names: Sequence[str], digits: int) -> Mapping[str, Any]:
        found = replay_coefficients(program, at, by, answer.order, digits)
        return {name: found[int(name)] for name in names}

    entries = {name: (by,) * int(name) for name in answer.grad}
    divisors = {name: factorial(int(name)) for name in answer.grad}
    return _checked(program, at, answer, entries, tape, "series", divisors, rtol, atol, timeout)


def checked_jacobian(
    programs: Sequence[Program], at: Mapping[str, float], answer: Answer, rtol: float, atol: float, timeout: float
) -> Answer:
    """The rows with the judges' verdicts; the time limit is for all of them."""
    until = monotonic() + timeout
    rows = [
        checked(program, at, row, rtol, atol, max(until - monotonic(), 0.001))
        for program, row in zip(programs, answer.rows, strict=True)
    ]
    answer = stacked(rows, at)
    from .check import joined

    verdicts = {str(k): row.check for k, row in enumerate(rows, 1) if row.check is not None}
    return answer._replace(check=joined(verdicts))


def _checked(
    program: Program,
    at: Mapping[str, float],
    answer: Answer,
    entries: Mapping[str, Sequence[str]],
    tape: Tape,
    engine: str,
    divisors: Mapping[str, int],
    rtol: float,
    atol: float,
    timeout: float,
) -> Answer:
    numbers = {key: d for key in entries if (d := answer.grad[key]) is not None and isfinite(d)}
    if not numbers:
        return answer._replace(check=Verdict("skipped", reason="there is no number to check"))
    from .continuation import tended
    from .ladder import heard
    from .witnesses import Question

    known = limits(answer)
    question = Question(
        program,
        at,
        numbers,
        entries,
        tape,
        engine,
        divisors=divisors,
        limits=known,
        limit=lambda name, digits: tended(program, at, entries[name], digits, divisors.get(name, 1)),
        settled=[key for key in answer.diagnosed if key not in known],
        rtol=rtol,
        atol=atol,
    )
    verdict = heard(question, None, timeout)
    return judged(program, with_right_value(program, at, answer, rtol, timeout), verdict)
