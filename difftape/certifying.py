"""Answers on balls: each number an `Enclosure`, or the place where balls decide nothing.

The point and the literals of the expression are exact: 0.1 is one tenth.  Where a coordinate is an interval, a number
is enclosed with all that it takes on there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from .allowed import ordered, tolerated
from .answer import Answer, Verdict
from .answering import derivative_answer as unchecked
from .certify import replay
from .certify.ball import library, point_of
from .enclosing import Balls, Query, answered, shown_at
from .entries import stacked
from .exact import exact_program
from .findings import judged as with_verdict
from .findings import written
from .graph import Program
from .lexer import normal
from .partials import exponents
from .point import differentiated, located
from .precise import wanted
from .questions import named, one, shared

DIGITS = 30


def exactly(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str] | None = None
) -> tuple[Program, dict[str, Any]]:
    """The program with exact literals, and the exact point; raises UsageError as for a point in doubles."""
    library()
    given = point_of({normal(name): x for name, x in at.items()})
    free, _ = located(program, dict.fromkeys(given, 0.0), wrt)
    return exact_program(free), {name: given[name] for name in free.variables}


def value_answer(program: Program, at: Mapping[str, Any], digits: int | None = None) -> Answer:
    """The value's ball."""
    program, point = exactly(program, at)
    return answered(Query(program, point, 0, (), lambda at, keys: {}, None, str), asked_digits(digits))


def derivative_answer(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str] | None, order: int, digits: int | None = None
) -> Answer:
    """The balls of the derivatives of that order by each variable of `wrt`."""
    program, point = exactly(program, at, wrt)
    names = differentiated(program, wrt)
    order = ordered(order)

    def ask(at: Mapping[str, Any], keys: Sequence[str]) -> Balls:
        if order == 1:
            return replay.gradient(program, at, keys)
        return {name: replay.derivative(program, at, name, order) for name in keys}

    def slopes(at: Mapping[str, Any], key: str, along: Sequence[str]) -> Balls:
        if order == 1:
            return _row(replay.hessian(program, at, list(dict.fromkeys((key, *along)))), key, along)
        return {name: replay.mixed(program, at, (key,) * order + (name,)) for name in along}

    return answered(
        Query(program, point, order, names, ask, slopes, lambda name: written({name: order})), asked_digits(digits)
    )


def _row(pairs: Mapping[tuple[str, str], Any], key: str, along: Sequence[str]) -> Balls:
    zero = library().arb(0)
    return {name: pairs.get((key, name), pairs.get((name, key), zero)) for name in along}


def mixed_answer(program: Program, at: Mapping[str, Any], by: Sequence[str], digits: int | None = None) -> Answer:
    """The ball of the derivative by these variables in turn."""
    program, point = exactly(program, at, [*dict.fromkeys(by)])
    names = named(program, by)

    def ask(at: Mapping[str, Any], keys: Sequence[str]) -> Balls:
        return {key: replay.mixed(program, at, names) for key in keys}

    def slopes(at: Mapping[str, Any], key: str, along: Sequence[str]) -> Balls:
        return {name: replay.mixed(program, at, [*names, name]) for name in along}

    label = lambda key: written(exponents(names))
    return answered(Query(program, point, len(names), (",".join(names),), ask, slopes, label), asked_digits(digits))


def hessian_answer(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str] | None = None, digits: int | None = None
) -> Answer:
    """The balls of all second derivatives."""
    program, point = exactly(program, at, wrt)
    names = differentiated(program, wrt)

    def ask(at: Mapping[str, Any], keys: Sequence[str]) -> Balls:
        wanted = {name: None for key in keys for name in key.split(",")}
        pairs = replay.hessian(program, at, list(wanted))
        return {key: _row(pairs, (ab := key.split(","))[0], ab[1:])[ab[1]] for key in keys}

    def slopes(at: Mapping[str, Any], key: str, along: Sequence[str]) -> Balls:
        return {name: replay.mixed(program, at, [*key.split(","), name]) for name in along}

    keys = [f"{a},{b}" for a in names for b in names]
    label = lambda key: written(exponents(key.split(",")))
    return answered(Query(program, point, 2, keys, ask, slopes, label), asked_digits(digits))


def taylor_answer(
    program: Program, at: Mapping[str, Any], by: str | None, order: int, digits: int | None = None
) -> Answer:
    """The balls of the Taylor coefficients 0 … order in one variable."""
    wrt = None if by is None else (by,)
    program, point = exactly(program, at, wrt)
    name = one(differentiated(program, wrt))
    order = ordered(order, 0)

    def ask(at: Mapping[str, Any], keys: Sequence[str]) -> Balls:
        found = replay.taylor(program, at, name, max(map(int, keys)))
        return {key: found[int(key)] for key in keys}

    def slopes(at: Mapping[str, Any], key: str, along: Sequence[str]) -> Balls:
        k = int(key) + 1
        return {n: replay.taylor(program, at, name, k)[k] * k for n in along if n == name and len(along) == 1}

    keys = list(map(str, range(order + 1)))
    return answered(
        Query(program, point, order, keys, ask, slopes, lambda key: f"series in {name}"), asked_digits(digits)
    )


def jacobian_answer(
    programs: Sequence[Program], at: Mapping[str, Any], wrt: Sequence[str] | None = None, digits: int | None = None
) -> Answer:
    """The balls of the first derivatives of several programs, a row each."""
    given = point_of({normal(name): x for name, x in at.items()})
    free, _, by = shared(programs, dict.fromkeys(given, 0.0), wrt)
    rows = []
    for program in free:
        own = {name: x for name, x in given.items() if name in program.variables}
        rows.append(_row_answer(program, own, by, asked_digits(digits)))
    shown: Any = {name: shown_at(x) for name, x in given.items()}
    return stacked(rows, shown)


def _row_answer(program: Program, at: Mapping[str, Any], by: Sequence[str], digits: int) -> Answer:
    program = exact_program(program)
    ask = lambda at, keys: replay.gradient(program, at, keys)

    def slopes(at: Mapping[str, Any], key: str, along: Sequence[str]) -> Balls:
        return _row(replay.hessian(program, at, list(dict.fromkeys((key, *along)))), key, along)

    return answered(Query(program, at, 1, by, ask, slopes, lambda name: written({name: 1})), digits)


def check_answer(
    program: Program,
    at: Mapping[str, float],
    wrt: Sequence[str] | None = None,
    order: int = 1,
    rtol: float = 1e-9,
    atol: float = 1e-12,
) -> Answer:
    """The derivatives in doubles with the verdict of the balls, at the exact binary value of the point.

    >>> from difftape.parser import parse
    >>> check_answer(parse("sin(x)"), {"x": 1.0}).check.reason
    'correctly rounded'
    """
    library()
    tolerated(rtol, atol)
    free, point = located(program, at, wrt)
    answer = unchecked(free, point, differentiated(free, wrt), ordered(order))
    numbers = {name: d for name, d in answer.grad.items() if d is not None and isfinite(d)}
    if not numbers:
        return answer._replace(check=Verdict("skipped", "arb", reason="there is no number to check"))
    from .certify.judges import balls, judged

    return with_verdict(free, answer, judged(numbers, balls(free, point, list(numbers), order), rtol, atol))


def asked_digits(digits: int | None) -> int:
    """How many digits a ball is computed to, by default 30; raises as `precise.wanted` does."""
    return DIGITS if digits is None else wanted(digits)
