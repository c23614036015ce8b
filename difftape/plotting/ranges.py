"""Over what is drawn: one or two variables have a range, START:STOP or START:STOP:COUNT, the others a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import UsageError
from ..graph import Program, freed
from ..lexer import normal
from ..point import double, holding, located
from ..points.grids import Grid, size

_SIZES = {1: 1001, 2: 121}  # points of a range that does not say how many, by the number of ranges
_MOST = 1_000_000  # points in all: more than any picture has


class Ranges(NamedTuple):
    """The program, the grid of each variable that has one, and the value of each other variable."""

    program: Program
    grids: dict[str, Grid]
    fixed: dict[str, float]


def ranges(program: Program, at: Mapping[str, Any], wrt: tuple[str, ...] = ()) -> Ranges:
    """The ranges that `at` gives, as tuples (start, stop) or (start, stop, count), and the values beside them.

    Raises UsageError for what cannot be drawn: no range, more than two, one that is empty.

    >>> from difftape.parser import parse
    >>> ranges(parse("a*x"), {"a": 2, "x": (0, 1, 11)}).grids
    {'x': Grid(start=0.0, stop=1.0, size=11)}
    """
    if not isinstance(at, Mapping):
        raise TypeError(f"a point is a mapping of names to numbers and ranges, not a {type(at).__name__}")
    given = {normal(name): x for name, x in at.items()}
    wide = {name: grid(name, x) for name, x in given.items() if isinstance(x, (tuple, list))}
    program = holding(freed(program, wrt), given)
    if not program.variables:
        raise UsageError("the expression has no variable to draw it over", hint="difftape value prints its value")
    missing = [name for name in program.variables if name not in given]
    if not wide:
        name = next(iter(missing or program.variables))
        raise UsageError(
            f"nothing to draw over: {name} has no range",
            hint=f"add --at {name}=START:STOP, such as --at {name}=-5:5" if missing else f"write {name}=START:STOP",
            call=f"at={{{name!r}: (-5, 5)}} gives one",
        )
    if len(wide) > 2:
        raise UsageError(
            f"{len(wide)} variables have a range ({', '.join(wide)}); a picture has one or two",
            hint="give each of the others one value",
        )
    middle = {name: x.start for name, x in wide.items()}
    program, point = located(program, {**given, **middle})
    grids = {name: sized(name, wide[name], _SIZES[len(wide)]) for name in program.variables if name in wide}
    if size(grids) > _MOST:
        raise UsageError(f"a picture of {size(grids)} points; {_MOST} are enough", hint="give a smaller COUNT")
    return Ranges(program, grids, {name: x for name, x in point.items() if name not in grids})


def grid(name: str, x: Any) -> Grid:
    """A range as a grid; its size is 0 where that is left to the picture."""
    if isinstance(x, Grid):
        return Grid(float(x.start), float(x.stop), x.size)
    if len(x) not in (2, 3):
        raise UsageError(f"the range of {name} has {len(x)} numbers; it is (START, STOP) or (START, STOP, COUNT)")
    start, stop = (double(f"an end of the range of {name}", end) for end in x[:2])
    count = x[2] if len(x) == 3 else 0
    if not isinstance(count, int) or (len(x) == 3 and count < 2):
        raise UsageError(f"the range of {name} has {count} points; at least two make a line")
    return Grid(start, stop, count)


def sized(name: str, found: Grid, otherwise: int) -> Grid:
    """The grid with its size; raises UsageError where it is no range."""
    start, stop = found.start, found.stop
    if not (stop - start < float("inf") and start - stop < float("inf")):
        raise UsageError(f"the range of {name} is wider than the largest double")
    if start == stop:
        raise UsageError(f"the range of {name} is the one point {start}", hint=f"write {name}=START:STOP")
    if start > stop:
        raise UsageError(f"the range of {name} ends below its beginning", hint=f"write {name}={stop!r}:{start!r}")
    if found.size == 1:
        raise UsageError(f"the range of {name} has one point", hint="COUNT is at least 2; leave it out")
    return found._replace(size=found.size or otherwise)
