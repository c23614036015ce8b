"""The tape beside itself: the same derivative by two of its engines, on big floats.

sweep    the reverse sweep: first derivatives
pairs    the pairs that are swept back: second derivatives
series   the Taylor series in one variable: any order by it
several  the series in several variables: any derivative
written  the derivative by all variables but the last written out as a graph, and that one's derivative by the sweep

The engines read the same rules, so that what is seen here is a mistake in an engine, or in a slope that a series has
of its own (`series` in the table).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial
from typing import Any

from .directions import written
from .graph import Program, variable_places
from .pairs import replay_hessian
from .partials import replay_mixed, taken
from .replay import replay, replay_coefficients, replay_value
from .symbolic import Unknown

Way = Callable[[int], Any]

_WRITTEN = 4  # derivatives of derivatives written out at most


def another(program: Program, at: Mapping[str, float], by: Sequence[str], own: str) -> Way:
    """The derivative by these variables in turn, by an engine that is not `own`, as a function of the digits.

    Raises Unknown where no other engine has it.

    >>> from difftape.parser import parse
    >>> float(another(parse("x**3"), {"x": 2.0}, ("x",), "sweep")(30))
    12.0
    """
    by, order = tuple(by), len(by)
    if not by:
        return lambda digits: replay_value(program, at, digits)
    if order == 1 and own != "sweep":
        return lambda digits: replay(program, at, by, 1, digits)[by[0]]
    if order == 2 and own != "pairs":
        return lambda digits: _second(program, at, by, digits)
    if len(set(by)) == 1 and own != "series":
        return lambda digits: _by_series(program, at, by[0], order, digits)
    if own != "several":
        return lambda digits: replay_mixed(program, at, by, digits)
    if order > _WRITTEN + 1:
        raise Unknown("no other of the tape's engines has such a derivative")
    return _written_out(program, at, by)


def _second(program: Program, at: Mapping[str, float], by: Sequence[str], digits: int) -> Any:
    names = tuple(dict.fromkeys(by))
    return replay_hessian(program, at, names, digits).get((names[0], names[-1]), 0)


def _by_series(program: Program, at: Mapping[str, float], by: str, order: int, digits: int) -> Any:
    from mpmath import mp

    coefficient = replay_coefficients(program, at, by, order, digits)[order]
    with mp.workdps(digits + 10):
        return coefficient * factorial(order)


def _written_out(program: Program, at: Mapping[str, float], by: Sequence[str]) -> Way:
    steps, root = taken(program, at, by)
    for name in by[:-1]:
        steps, root = written(steps, root, name)
    rest = Program(program.text, list(steps), root, variable_places(steps), False, False)
    return lambda digits: replay(rest, at, by[-1:], 1, digits)[by[-1]]
