"""What kind of point this is: ok, removable, kink, infinite, pole, jump, outside, undecided or overflow.

The germs of the program on both sides must agree in the value and in every order up to the one asked for; the lowest
order that differs names the status.  What was taken for zero is taken for zero again with twice the digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .graph import Step
from .magnitudes import reach

if TYPE_CHECKING:
    from .germ.verdict import Views

_BITS = 240  # 50 digits, and 22 to lose
_BITS_A_DIGIT = 3.33
_REFINEMENTS = 3
_RIGHT_BITS = 64  # a number with fewer right bits is computed again with more


class Diagnosis(NamedTuple):
    """What is known of the derivative of some order at a point.

    `value`        the function's value, or its limit; None where there is none or it exceeds a double; one of mpmath's
                   numbers, as are the derivatives, where digits were asked for
    `left` `right` the derivative from one side; None where that side does not exist
    `limit`        what the sides that exist agree on, perhaps infinite, else None
    `derivatives`  f, f', …, f⁽ⁿ⁾ where the status is ok or removable, else None
    `place`        the step that is responsible
    `side`         "left" or "right" where the function lives on one side only
    `reason`       a sentence
    `span`         where in the text that step was written, where it is an expression that was asked
    """

    status: str
    value: Any = None
    left: float | None = None
    right: float | None = None
    limit: float | None = None
    derivatives: list[Any] | None = None
    place: int | None = None
    side: str = ""
    reason: str = ""
    span: tuple[int, int] | None = None


def diagnose(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], by: str, order: int = 1, digits: int = 0
) -> Diagnosis:
    """What kind of point this is for the derivative of that order by one variable; order 0 is the value.

    With `digits` its numbers are right to so many, and the point may have exact values (`exact.py`).

    >>> from difftape.parser import parse
    >>> program = parse("sin(x)/x + abs(x)")
    >>> diagnose(program.steps, program.root, {"x": 0.0}, "x").reason
    'kink: the derivative is -1.0 from the left and 1.0 from the right'
    """
    from mpmath import mp

    from .germ import Lens, Trouble
    from .germ.verdict import Views

    cancelling = int(reach(steps, at, order) * _BITS_A_DIGIT)
    wanted = max(_RIGHT_BITS, int(digits * _BITS_A_DIGIT) + 10) if digits else _RIGHT_BITS
    bits, powers, farthest = max(_BITS, wanted + 80) + cancelling, order + 5, 2 * order + 40
    before = None
    for refinement in range(_REFINEMENTS + 1):
        while True:
            lens = Lens(bits, powers, wanted)
            with mp.workprec(bits + 20):
                try:
                    found = _said(Views(steps, root, at, by, order, lens, last=powers >= farthest))
                    break
                except Trouble:
                    powers = min(farthest, 2 * powers + 4)
        shape = found._replace(value=None, derivatives=None) if digits else found
        if not lens.guessed or lens.tired or shape == before:
            return found
        before = shape
        if refinement < _REFINEMENTS:
            bits *= 2
    return Diagnosis("undecided", place=found.place, reason="undecided: its digits cancel without end")


def _said(views: Views) -> Diagnosis:
    """What the views say, as plain data."""
    from .germ.digits import to_mpf
    from .germ.reasons import reason
    from .germ.sides import LEFT, RIGHT, as_float
    from .germ.verdict import SIDES

    known = views.verdict()
    ends = {side: as_float(x) + 0.0 for side, x in known.ends.items()}
    agree = len(set(ends.values())) == 1 and len(ends) == len(views.germs) and known.status not in ("kink", "jump")
    alone = len(views.germs) == 1 and all(views.troubles[s].status == "outside" for s in SIDES if s not in views.germs)
    number = (lambda x: as_float(x) + 0.0) if views.lens.is_for_doubles else to_mpf
    return Diagnosis(
        known.status,
        None if known.value is None else number(known.value),
        ends.get(LEFT),
        ends.get(RIGHT),
        next(iter(ends.values())) if agree and known.status != "undecided" else None,
        None if known.derivatives is None else [number(x) for x in known.derivatives],
        known.place,
        SIDES[next(iter(views.germs))] if alone else "",
        reason(views, known),
    )
