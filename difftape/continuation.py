"""The function continued into points where it is 0/0 as written, in several variables.

A germ in one variable sees one line only.  So a limit counts when it is the same along each variable, along oblique
lines and along parabolas, and a derivative at a point that has no value as written needs such a limit of the function.
Where the function is 0/0 all along the variable that it is differentiated by (sin(x)/x + y at x = 0, by y), what that
variable has no part in stands for its limit; else the derivative is taken from lines on which the others move, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isclose, isinf
from typing import Any

from .diagnosis import Diagnosis, diagnose
from .directions import along, along_lines, diagnose_mixed, near
from .graph import Program, Step, moving, reachable
from .partials import coupled

JUMP = "jump: the limits along different lines differ"
_FINAL = ("jump", "undecided")  # of a limit: it is none, and no other way makes it one
_MOST = 8  # order, of a derivative from lines
_DIGITS = 50  # of a limit that stands in a program in doubles


def hard_point(program: Program, at: Mapping[str, Any], by: str, order: int = 1, digits: int = 0) -> Diagnosis:
    """What kind of point this is for the derivative of that order by one variable, the others being continued.

    As `diagnose`, which knows of that variable alone.

    >>> from difftape.parser import parse
    >>> hard_point(parse("sin(x)/x + y**2"), {"x": 0.0, "y": 1.0}, "y").derivatives
    [2.0, 2.0]
    >>> hard_point(parse("x*y/(x**2 + y**2)"), {"x": 0.0, "y": 0.0}, "x").reason
    'jump: the limits along different lines differ'
    """
    steps, root = program.steps, program.root
    known = diagnose(steps, root, at, by, order, digits)
    if len(program.variables) < 2 or (known.derivatives is None and known.status != "outside"):
        return known
    if known.derivatives is None:
        known = _continued(program, at, by, order, digits, known)
    if known.derivatives is None or _has_value(program, at):
        return known
    return _with_limit(program, at, known, digits)


def hard_mixed(program: Program, at: Mapping[str, Any], powers: Mapping[str, int], digits: int = 0) -> Diagnosis:
    """The same for a mixed derivative; where there is one, it is the last of `derivatives`.

    >>> from difftape.parser import parse
    >>> hard_mixed(parse("sin(x*y)/x"), {"x": 0.0, "y": 2.0}, {"x": 2, "y": 1}).derivatives[-1]
    -4.0
    """
    if len(powers) == 1:
        ((name, order),) = powers.items()
        return hard_point(program, at, name, order, digits)
    known = near(program.steps, program.root, at, powers, digits)
    if known.derivatives is None:
        return known
    part = coupled(program.steps, program.root, powers)
    if part is None:
        known = known._replace(derivatives=[0.0])
    else:
        value = known.value
        known = diagnose_mixed(part.steps, part.root, at, powers, digits)
        place = None if known.place is None else part.origins[known.place]
        known = known._replace(value=value, place=place)
    if known.derivatives is None or _has_value(program, at):
        return known
    return _with_limit(program, at, known, digits)


def tended(program: Program, at: Mapping[str, Any], by: Sequence[str], digits: int, divisor: int = 1) -> Any:
    """What the derivative by these variables in turn tends to, divided: one of mpmath's numbers, right to the digits.

    Raises ValueError where it is not to be had with so many.
    """
    from mpmath import mp

    found = (
        hard_mixed(program, at, Counter(by), digits)
        if by
        else limit(program.steps, program.root, at, program.variables, digits)
    )
    if found.derivatives is None:
        raise ValueError(found.reason)
    with mp.workdps(digits + 10):
        return mp.mpf(found.derivatives[-1]) / divisor


def limit(steps: Sequence[Step], root: int, at: Mapping[str, Any], names: Sequence[str], digits: int = 0) -> Diagnosis:
    """What kind of point this is for the value: along each of the names, along oblique lines and along parabolas.

    An axis on which it is not real does not count where it is real beside it.

    >>> from difftape.parser import parse
    >>> program = parse("sin(x)/x + y")
    >>> limit(program.steps, program.root, {"x": 0.0, "y": 1.0}, ["x", "y"]).value
    2.0
    """
    axes = [diagnose(steps, root, at, name, 0, digits) for name in names or ("",)]
    first = next((d for d in axes if d.derivatives is None and d.status != "outside"), None)
    if first is not None or len(axes) < 2:
        return first or axes[0]
    lines = [near(steps, root, at, names, digits)]
    if lines[0].derivatives is not None:
        lines += _more_lines(steps, root, at, names, digits)
    bad = next((d for d in lines if d.derivatives is None and d.status != "outside"), None)
    if bad is None and any(d.derivatives is None for d in axes):  # an axis counts unless all lines are real
        bad = next((d for d in axes if d.derivatives is None and any(d.derivatives is None for d in lines)), None)
    if bad is not None:
        return bad
    found = [d for d in (*axes, *lines) if d.derivatives is not None]
    if not found:
        return axes[0]
    values = [d.value for d in found if d.value is not None]
    if not all(_equal(v, values[0], digits) for v in values):
        return found[0]._replace(
            status="jump", reason=JUMP, derivatives=None, limit=None, left=None, right=None, place=root
        )
    return next((d for d in found if d.status == "removable"), found[0])


def _more_lines(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], names: Sequence[str], digits: int
) -> list[Diagnosis]:
    """The value on two more oblique lines, and on parabolas, on which every other variable goes by t²."""
    count = len(names)
    ways = [
        ({name: (-1) ** k * (count - k) for k, name in enumerate(names)}, 1, 1),
        ({name: 2 * (count - k) + 1 for k, name in enumerate(names)}, 1, 1),
        ({name: k + 1 for k, name in enumerate(names)}, 1, 2),
        ({name: k + 1 for k, name in enumerate(names)}, 2, 1),
    ]
    return [
        along(steps, root, at, speeds, 0, digits, {name: (even, odd)[k % 2] for k, name in enumerate(names)})
        for speeds, even, odd in ways
    ]


def _equal(a: Any, b: Any, digits: int) -> bool:
    if not digits:
        return isclose(a, b, rel_tol=1e-12)
    from mpmath import mp

    return bool(abs(a - b) <= mp.mpf(10) ** (2 - digits) * max(abs(a), abs(b)))


def _has_value(program: Program, at: Mapping[str, Any]) -> bool:
    """Whether the function has a value as it is written."""
    return diagnose(program.steps, program.root, at, "", 0).derivatives is not None


def _with_limit(program: Program, at: Mapping[str, Any], known: Diagnosis, digits: int) -> Diagnosis:
    """The diagnosis, if the function has a limit at the point; else that it has none."""
    whole = limit(program.steps, program.root, at, program.variables, digits)
    if whole.derivatives is not None and (known.value is None or _equal(known.value, whole.value, digits)):
        return known._replace(
            reason=known.reason.replace("smooth all the same", "smooth along all lines that were tried")
        )
    if whole.derivatives is not None:
        return known._replace(status="jump", reason=JUMP, derivatives=None, limit=None, left=None, right=None)
    if whole.status == "outside":
        return known
    return whole._replace(left=None, right=None, limit=None)


def _continued(
    program: Program, at: Mapping[str, Any], by: str, order: int, digits: int, known: Diagnosis
) -> Diagnosis:
    """The derivative where the function is 0/0 all along its variable; `known` where it is not that."""
    found = _with_limits(program, at, by, order, digits)
    if found is None:
        found = _from_lines(program, at, by, order, digits, known)
    return known if found is None else found


def _with_limits(program: Program, at: Mapping[str, Any], by: str, order: int, digits: int) -> Diagnosis | None:
    """The diagnosis of the program with limits in place of what the variable has no part in; None if that is nothing.

    Where it is continuous, what is put together of limits is the limit of the whole, all along the variable.
    """
    steps = list(program.steps)
    flags = moving(steps, (by,))
    needed = reachable(steps, [program.root])
    resting = {p for step, moves, is_needed in zip(steps, flags, needed, strict=True) if moves and is_needed
               for p in step[1:] if not flags[p]}  # fmt: skip
    if not flags[program.root]:
        resting.add(program.root)
    point, replaced = dict(at), False
    for place in sorted(resting):
        if len(steps[place]) == 1 or steps[place][0].is_condition:
            continue
        if diagnose(steps, place, at, "", 0).derivatives is not None:
            continue
        names = _names(program.steps, place)
        there = limit(program.steps, place, at, names, digits or _DIGITS)
        if there.status in _FINAL:
            return there
        if there.derivatives is None or there.value is None or isinf(float(there.value)):
            return None
        name = f"limit {place}"
        point[name], replaced = Limit(program.steps, place, at, names), True
        steps[place] = (name,)
    if not replaced:
        return None
    found = diagnose(steps, program.root, point, by, order, digits)
    if found.status == "outside":
        return None
    if found.status == "ok" and not found.side:
        found = found._replace(status="removable")
    if found.derivatives is not None:
        found = found._replace(reason="0/0 as written, but smooth all the same: the limit is taken")
    return found


def _from_lines(
    program: Program, at: Mapping[str, Any], by: str, order: int, digits: int, known: Diagnosis
) -> Diagnosis | None:
    """The derivative from lines on which those variables move that are at fault, or why there is none there.

    None where the function is not finite beside the point either.
    """
    steps, root = program.steps, program.root
    place = root if known.place is None else known.place
    for names in (_names(steps, place), list(program.variables)):
        others = [name for name in names if name != by]
        if not others:
            continue
        whole = limit(steps, root, at, [*others, by], digits)
        if whole.status in _FINAL:
            return whole
        if whole.derivatives is None:
            continue
        seen = [_along_lines(program, at, others, by, k, digits) for k in range(min(1, order), order + 1)]
        found = next((d for d in seen if d.derivatives is None or d.side), seen[-1])
        if found.derivatives is not None and not found.side:
            reason = "0/0 as written, but smooth along all lines that were tried: the limit is taken"
            numbers = [d.derivatives[-1] for d in seen if d.derivatives is not None]
            numbers = [whole.value, *numbers][-order - 1 :]
            return found._replace(status="removable", value=whole.value, derivatives=numbers, reason=reason)
        if found.status not in ("outside", "overflow"):
            reason = found.reason.removeprefix("undecided: ") or "it is not real on all sides"
            return Diagnosis("undecided", whole.value, place=known.place, reason=f"undecided: 0/0 as written; {reason}")
    return None


def _along_lines(
    program: Program, at: Mapping[str, Any], others: Sequence[str], by: str, order: int, digits: int
) -> Diagnosis:
    if order > _MOST:
        return Diagnosis("undecided", reason=f"derivatives beyond order {_MOST} are not taken from lines")
    return along_lines(program.steps, program.root, at, {**dict.fromkeys(others, 0), by: order}, digits)


def _names(steps: Sequence[Step], place: int) -> list[str]:
    """The variables of a step."""
    needed = reachable(steps, [place])
    return [
        step[0]
        for step, is_needed in zip(steps, needed, strict=True)
        if is_needed and len(step) == 1 and step[0].__class__ is str
    ]


class Limit:
    """The limit of a step, as a number of `exact.py`: with as many digits as are asked for."""

    fraction = None

    def __init__(self, steps: Sequence[Step], place: int, at: Mapping[str, Any], names: Sequence[str]) -> None:
        self.steps, self.place, self.at, self.names = steps, place, at, names
        self.known: dict[int, Any] = {}

    def __float__(self) -> float:
        from mpmath import mp

        with mp.workprec(80):
            return float(mp.mpf(self))

    def _mpmath_(self, precision: int, rounding: str) -> Any:
        """What mpmath asks for when it converts: the number to so many bits."""
        digits = int(precision * 0.302) + 5
        if precision not in self.known:
            found = limit(self.steps, self.place, self.at, self.names, digits)
            if found.value is None:
                raise ValueError("there is no limit")
            self.known[precision] = found.value
        return self.known[precision]
