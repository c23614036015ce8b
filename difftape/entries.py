"""Answers with an entry for each pair of variables, for each coefficient, for each row: more than a gradient.

As in `answering.py` the fast path comes first, and only entries for which it fails are diagnosed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import factorial
from typing import TYPE_CHECKING, Any

from .answer import Answer
from .answering import DOUBLES, derivative_answer, value_answer
from .continuation import hard_mixed, hard_point
from .derivatives import Singular
from .errors import LimitError
from .findings import Findings, written
from .graph import Program
from .pairs import Curved, Pair, may_meet
from .partials import exponents

if TYPE_CHECKING:
    from .answering import Engine

DENSE = 1000  # variables up to which every second derivative is written, also those that the graph shows to be 0
ENTRIES = 10_000_000


class Row(dict[str, float]):
    """One row of second derivatives: what the graph shows to be 0 is not kept, and is 0 all the same."""

    def __missing__(self, name: str) -> float:
        return 0.0


def rows(pairs: Mapping[Pair, float], wrt: Sequence[str]) -> dict[str, dict[str, float]]:
    """A symmetric matrix from its pairs; beyond 1000 variables only the pairs are kept, in rows that give 0 elsewhere.

    >>> rows({("x", "y"): 2.0}, ["x", "y"])
    {'x': {'x': 0.0, 'y': 2.0}, 'y': {'x': 2.0, 'y': 0.0}}
    """
    is_dense = len(wrt) <= DENSE
    found: dict[str, dict[str, float]] = {name: dict.fromkeys(wrt, 0.0) if is_dense else Row() for name in wrt}
    for (a, b), second in pairs.items():
        found[a][b] = found[b][a] = second
    return found


def mixed_answer(
    program: Program,
    at: Mapping[str, Any],
    by: Sequence[str],
    *,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    engine: Engine = DOUBLES,
) -> Answer:
    """The derivative by these variables in turn, with its status; unchecked."""
    found = Findings(program, at, allow_nonfinite)
    key = ",".join(by)
    try:
        found.put(key, engine.mixed(program, at, by))
    except Singular:
        convention = partial(_or_none, engine.mixed, program, at, by, True) if subgradient else None
        _diagnosed(found, key, by, convention, engine.digits)
    return found.answer(len(by), value_answer(program, at, engine=engine).value)


def hessian_answer(
    program: Program,
    at: Mapping[str, Any],
    wrt: Sequence[str],
    *,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    engine: Engine = DOUBLES,
) -> Answer:
    """All second derivatives by the variables of `wrt`, each with its status; unchecked."""
    if len(wrt) > DENSE and len(wrt) ** 2 > ENTRIES:
        raise LimitError(
            f"{len(wrt)} variables have {len(wrt) ** 2} second derivatives; the limit is {ENTRIES}",
            hint="name some variables with --wrt, or ask the library: Expression.hessian keeps what is not 0",
        )
    found = Findings(program, at, allow_nonfinite)
    try:
        curved = engine.hessian(program, at, wrt)
        for a, row in rows(curved.pairs, wrt).items():
            for b in wrt:
                found.put(f"{a},{b}", row[b])
        return found.answer(2, curved.value)
    except Singular:
        pass
    known: list[Curved | None] = []

    def convention(pair: Pair) -> float | None:
        if not known:
            known.append(_or_none(engine.hessian, program, at, wrt, True))
        return None if known[0] is None else known[0].pairs.get(pair, 0.0)

    value = value_answer(program, at, engine=engine).value
    meeting = may_meet(program.steps, program.root, wrt)
    for i, a in enumerate(wrt):
        for k, b in enumerate(wrt):
            key = f"{a},{b}"
            if k < i:
                found.same(key, f"{b},{a}")
            elif value is not None and b not in meeting[a]:
                found.put(key, 0.0)
                found.by_diagnosis.append(key)
            else:
                try:
                    found.put(key, engine.mixed(program, at, (a, b)))
                except Singular:
                    given = partial(convention, (a, b)) if subgradient else None
                    _diagnosed(found, key, (a, b), given, engine.digits)
    return found.answer(2, value)


def taylor_answer(
    program: Program,
    at: Mapping[str, Any],
    by: str,
    order: int,
    *,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    engine: Engine = DOUBLES,
) -> Answer:
    """The Taylor coefficients 0 … order in one variable, each with its status; unchecked."""
    found = Findings(program, at, allow_nonfinite)
    try:
        for k, c in enumerate(engine.taylor(program, at, by, order)):
            found.put(str(k), c)
        return found.answer(order, found.numbers["0"])
    except Singular:
        pass
    convention = _or_none(engine.taylor, program, at, by, order, True) if subgradient else None
    known = hard_point(program, at, by, order, engine.digits)
    what = f"series in {by}"
    right, wrong = order + 1, known  # how many coefficients there are, and what the first is that is missing
    if known.derivatives is None:
        low, high = -1, order
        while high - low > 1:
            middle = (low + high) // 2
            now = hard_point(program, at, by, middle, engine.digits)
            if now.derivatives is None:
                high, wrong = middle, now
            else:
                low, known = middle, now
        right = high
    for k in range(order + 1):
        if k < right and known.derivatives is not None:
            found.diagnosed(str(k), what, known, known.derivatives[k] / factorial(k))
        else:
            given = partial(convention.__getitem__, k) if convention is not None else None
            found.diagnosed(str(k), what, wrong, None, given)
    return found.answer(order, value_answer(program, at, engine=engine).value)


def jacobian_answer(
    programs: Sequence[Program],
    at: Mapping[str, Any],
    wrt: Sequence[str],
    *,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    engine: Engine = DOUBLES,
) -> Answer:
    """The first derivatives of several expressions, a row each, by the same variables; unchecked."""
    answers = tuple(
        derivative_answer(p, at, wrt, 1, subgradient=subgradient, allow_nonfinite=allow_nonfinite, engine=engine)
        for p in programs
    )
    return stacked(answers, at)


def stacked(answers: Sequence[Answer], at: Mapping[str, Any]) -> Answer:
    """One answer of several rows."""
    several = len(answers) > 1

    def all_of(field: str) -> dict[str, Any]:
        found = [(f"{k}", getattr(row, field)) for k, row in enumerate(answers, 1)]
        return {f"{k},{name}": x for k, entries in found for name, x in entries.items()}

    notes = tuple(f"row {k}: {text}" if several else text for k, a in enumerate(answers, 1) for text in a.notes)
    return Answer(
        "; ".join(row.text for row in answers),
        dict(at),
        1,
        answers[0].value if len(answers) == 1 else None,
        all_of("grad"),
        all_of("statuses"),
        all_of("sides"),
        all_of("errors"),
        notes,
        rows=tuple(answers),
    )


def _diagnosed(
    found: Findings, key: str, by: Sequence[str], subgradient: Callable[[], float | None] | None, digits: int
) -> None:
    """Puts what a mixed derivative is at a hard point."""
    powers = exponents(by)
    known = hard_mixed(found.program, found.at, powers, digits)
    number = None if known.derivatives is None else known.derivatives[-1]
    found.diagnosed(key, written(powers), known, number, subgradient)


def _or_none(question: Callable[..., Any], *operands: Any) -> Any:
    try:
        return question(*operands)
    except Singular:
        return None
