"""The tape beside itself: the same derivative by two of its engines, on big floats.

Of the first order the reverse sweep and the Taylor series, of the second the series and the pairs that are swept
back, of higher ones the series in one variable and in several.  The engines read the same rules, so that what is
seen here is a mistake in an engine, or in a slope that a series has of its own (`series` in the table).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .graph import Program
from .pairs import replay_hessian
from .partials import replay_mixed
from .replay import replay, replay_coefficients


def ways(
    program: Program, at: Mapping[str, float], by: str, order: int = 1
) -> tuple[Callable[[int], Any], Callable[[int], Any]]:
    """The derivative by the engine that gives the tape's double, and by another; each a function of the digits.

    >>> from difftape.parser import parse
    >>> [float(way(30)) for way in ways(parse("x**3"), {"x": 2.0}, "x")]
    [12.0, 12.0]
    """
    own = lambda digits: replay(program, at, (by,), order, digits)[by]
    if order == 1:
        return own, lambda digits: replay_coefficients(program, at, by, 1, digits)[1]
    if order == 2:
        return own, lambda digits: replay_hessian(program, at, (by,), digits).get((by, by), 0)
    return own, lambda digits: replay_mixed(program, at, (by,) * order, digits)
