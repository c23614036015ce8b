"""Where the sliders stop: round numbers around the point, what is hard among them, and tables for what is tabulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from ..derivatives import ARITHMETIC, gradient
from ..errors import DifftapeError
from ..graph import Program, Step, reachable
from ..interpret import CONSTANTS, evaluate

if TYPE_CHECKING:
    from ..expression import Expression

_MOST, _FEWEST = 400, 20  # stops of one slider
_TOGETHER = 1600  # stops of all sliders
_TABULATED = 2500  # numbers in all tables
_WIDTH = 4.0  # to either side of a number of ordinary size
_ASKED = 8  # hard stops of one slider that are diagnosed


class Hard(NamedTuple):
    """A stop at which the tape has no derivative: what kind of point that is, and what is known all the same."""

    status: str
    message: str
    value: float | None
    grad: dict[str, float | None]


class Stops(NamedTuple):
    """The stops of one variable, the others being where they start.

    `start`  which of them is the point itself
    `hard`   by the number of the stop; None where there is no derivative and nothing was asked
    `table`  for each of what is tabulated its value at every stop, or the one that it has at all of them
    """

    name: str
    numbers: list[float]
    start: int
    hard: dict[int, Hard | None]
    table: list[Any]


def stops(
    expression: Expression, program: Program, at: Mapping[str, float], steps: Sequence[Step], tabulated: Sequence[int]
) -> list[Stops]:
    """The stops of each variable of a program.

    >>> from difftape import parse
    >>> e = parse("abs(x)")
    >>> (found,) = stops(e, e.program, {"x": 1.0}, e.program.steps, [])
    >>> found.numbers[:2], found.numbers[-1], found.numbers[found.start]
    ([-3.0, -2.98], 5.0, 1.0)
    >>> found.hard[150].message
    'kink: the derivative is -1.0 from the left and 1.0 from the right'
    """
    count = min(_MOST, _TOGETHER // max(1, len(program.variables)))
    if tabulated:
        count = min(count, _TABULATED // (len(tabulated) * len(program.variables)))
    found = []
    for name in program.variables:
        numbers = around(at[name], max(count, _FEWEST))
        points = [{**at, name: x} for x in numbers]
        hard = _hard(expression, program, points, 0 if tabulated else _ASKED)
        table = _table(steps, tabulated, points)
        found.append(Stops(name, numbers, numbers.index(at[name]), hard, table))
    return found


def around(x: float, count: int) -> list[float]:
    """About so many round numbers around x, and x itself.

    >>> around(0.1, 8)
    [-3.0, -2.0, -1.0, 0.0, 0.1, 1.0, 2.0, 3.0, 4.0]
    """
    size = abs(x)
    width = _WIDTH if size == 0 or 0.1 <= size <= _WIDTH / 2 else 2 * size
    width = width if 1e-300 < width < 1e300 else _WIDTH
    step = _round_up(2 * width / count)
    low, high = ceil(Decimal(x - width) / step), floor(Decimal(x + width) / step)
    numbers = {float(k * step) + 0.0 for k in range(low, high + 1)} if high - low <= 2 * count else set()
    return sorted({n for n in numbers if isfinite(n)} | {x + 0.0})


def _round_up(step: float) -> Decimal:
    """The next of 1, 2, 5, 10 … times a power of ten."""
    power = floor(log10(step))
    for leading in (1, 2, 5, 10):
        rounded = leading * Decimal(10) ** power
        if float(rounded) >= step * (1 - 1e-9):
            return rounded
    return Decimal(10) ** (power + 1)


def _hard(
    expression: Expression, program: Program, points: Sequence[dict[str, float]], most: int
) -> dict[int, Hard | None]:
    """The stops without a plain derivative; those that stand alone, or at an end of several, are diagnosed, so many.

    None are where functions are tabulated: the diagnosis of a special function at a pole may take a minute.
    """
    flags = [not _is_plain(program, point) for point in points]
    found: dict[int, Hard | None] = {k: None for k, is_hard in enumerate(flags) if is_hard}
    asked = 0
    for k in found:
        is_inside = 0 < k < len(points) - 1 and flags[k - 1] and flags[k + 1]
        if not is_inside and asked < most:
            asked += 1
            found[k] = diagnosed(expression, points[k])
    return found


def _is_plain(program: Program, point: dict[str, float]) -> bool:
    try:
        gradient(program, point)
    except (*ARITHMETIC, ArithmeticError, DifftapeError):
        return False
    return True


def diagnosed(expression: Expression, point: Mapping[str, float]) -> Hard | None:
    """What is known of a point by its diagnosis; None where that fails."""
    try:
        answer = expression.answer(point, check=False)
    except (*ARITHMETIC, DifftapeError):
        return None
    message = answer.error.message if answer.error is not None else "; ".join(answer.notes)
    value = answer.value if answer.value is not None and isfinite(answer.value) else None
    return Hard(answer.status, message, value, dict(answer.grad))


def _table(steps: Sequence[Step], tabulated: Sequence[int], points: Sequence[dict[str, float]]) -> list[Any]:
    """The values of some steps at every point."""
    if not tabulated:
        return []
    needed = reachable(steps, tabulated)
    places = [place for place, is_needed in enumerate(needed) if is_needed]
    index = {place: k for k, place in enumerate(places)}
    kept = [(steps[place][0], *[index[p] for p in steps[place][1:]]) for place in places]
    rows = []
    for point in points:
        values = evaluate(kept, {**CONSTANTS, **point}, lenient=True)
        rows.append([_finite(values[index[place]]) for place in tabulated])
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [column[0] if len(set(column)) == 1 else column for column in columns]


def _finite(x: Any) -> float | None:
    return x + 0.0 if x is not None and isfinite(x) else None
