"""The views of a program from the left, at the point and from the right, compared: a status and its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..graph import Step
from . import digits
from .digits import Number
from .expansion import Germ, Lens, Trouble
from .sides import AT, LEFT, RIGHT, View, as_float, limit, same

SIDES = {LEFT: "left", RIGHT: "right"}
_SEVERITY = {"kink": 1, "infinite": 2, "jump": 3, "pole": 4, "undecided": 5}


class Verdict(NamedTuple):
    """What the views say of the root.

    `at_order`  the lowest order at which the status shows
    `ends`      by side, what the derivative of the order asked for tends to
    `place`     the step where it begins
    """

    status: str
    at_order: int
    value: Number | None
    ends: dict[int, Number | float]
    derivatives: list[Number] | None
    place: int | None


class Views:
    """The three views, and what they say together of any step.

    What more powers could decide is raised as Trouble, unless this is the `last` look.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        root: int,
        at: Mapping[str, Any],
        by: str,
        order: int,
        lens: Lens,
        last: bool = False,
    ) -> None:
        self.steps, self.root, self.order, self.lens, self.last = steps, root, order, lens, last
        self.views = {side: View(steps, root, at, by, side, lens) for side in (LEFT, AT, RIGHT)}
        for side in SIDES:
            trouble = self.views[side].root
            if isinstance(trouble, Trouble) and trouble.mend and not last:
                raise trouble
        self.germs: dict[int, Germ] = {s: self.views[s].root for s in SIDES if isinstance(self.views[s].root, Germ)}
        self.troubles: dict[int, Trouble] = {
            s: self.views[s].root for s in (AT, RIGHT, LEFT) if isinstance(self.views[s].root, Trouble)
        }
        self.point: Germ | None = self.views[AT].root if AT not in self.troubles else None

    def verdict(self) -> Verdict:
        """The status of the root and its numbers; raises Trouble where more powers are wanted."""
        status, at_order = self._judged_root()
        ends = self._ends(status)
        derivatives: list[Number] | None = None
        place: int | None = self.root
        if status == "ok":
            first, germ = next(iter(self.germs.items()))
            derivatives = [x for k in range(self.order + 1) if not isinstance(x := self._limit(germ, k, first), float)]
            too_large = self.lens.is_for_doubles and math.isinf(as_float(derivatives[-1]))
            if too_large or (is_too_small(germ) and not derivatives[-1][0]):
                status, derivatives = "overflow", None
            elif self.point is None and self.troubles[AT].status != "overflow":
                status, place = ("removable" if len(self.germs) == 2 else "ok"), self.troubles[AT].place
        if status not in ("ok", "removable"):
            place = self._culprit(status)
        return Verdict(status, at_order, self._value(status), ends, derivatives, place)

    def _judged_root(self) -> tuple[str, int]:
        statuses = {self.troubles[side].status for side in SIDES if side in self.troubles}
        if not self.germs:
            return next(s for s in ("overflow", "undecided", "outside") if s in statuses), 0
        status, at_order = self._compared(self.germs, self.point)
        if statuses - {"outside"} and status != "pole":
            return ("overflow" if "overflow" in statuses else "undecided"), 0
        return status, at_order

    def _compared(self, germs: Mapping[int, Germ], point: Germ | None) -> tuple[str, int]:
        """The status of germs, and the lowest order at which it shows."""
        if any(is_unwritable(germ) for germ in germs.values()):
            return "overflow", 0
        for k in range(self.order + 1):
            try:
                limits = [limit(germ, k, side) for side, germ in germs.items()]
            except Trouble:
                if self.last:
                    return "undecided", k
                raise
            if any(isinstance(x, float) for x in limits):
                return ("infinite" if k else "pole"), k
            if k == 0 and point is not None and not is_unwritable(point):
                limits.append(limit(point, 0, AT))
            if not all(same(x, limits[0], self.lens) for x in limits):
                return ("kink" if k else "jump"), k
        return "ok", self.order

    def _ends(self, status: str) -> dict[int, Number | float]:
        found: dict[int, Number | float] = {}
        for side, germ in self.germs.items():
            if self.order and is_unwritable(germ):
                continue
            try:
                found[side] = self._limit(germ, self.order, side)
            except Trouble:
                if status == "ok" or not self.last:
                    raise
        return found

    def _limit(self, germ: Germ, order: int, side: int) -> Number | float:
        """The limit of a derivative; too few right bits ask for another look."""
        found = limit(germ, order, side)
        if not isinstance(found, float) and found[0] and digits.magnitude(found) - found[2] < self.lens.wanted:
            self.lens.guessed = True
        return found

    def _value(self, status: str) -> Number | None:
        """The function's value, else the limit that the sides agree on."""
        if self.point is None and status in ("undecided", "outside"):
            return None
        sources = self.germs if self.point is None else {AT: self.point}
        values = [self._limit(germ, 0, side) for side, germ in sources.items()]
        first = next((x for x in values if not isinstance(x, float)), None)
        if first is None or len({as_float(x) + 0.0 for x in values}) > 1:
            return None
        too_large = self.lens.is_for_doubles and math.isinf(as_float(first))
        too_small = not first[0] and any(map(is_too_small, sources.values()))
        return None if too_large or too_small else first

    def _culprit(self, status: str) -> int | None:
        """The step where it begins: no operand of it is as bad."""
        for trouble in self.troubles.values():
            if trouble.status == status:
                return trouble.place
        place = self.root
        while True:
            least = self._severity(place, status)
            found = [(self._severity(p, status), p) for p in self.steps[place][1:]]
            worst, worse = max(found, default=(0, place), key=lambda pair: pair[0])
            if not worst or worst < least:
                return place
            place = worse

    def _severity(self, place: int, status: str) -> int:
        if status == "overflow":
            return int(self._exceeds(place))
        found = {side: self.views[side].values.get(place) for side in (LEFT, RIGHT, AT)}
        point = found.pop(AT)
        germs = {side: germ for side, germ in found.items() if isinstance(germ, Germ)}
        if not germs:
            return 0
        try:
            return _SEVERITY.get(self._compared(germs, point if isinstance(point, Germ) else None)[0], 0)
        except Trouble:
            return _SEVERITY["undecided"]

    def _exceeds(self, place: int) -> bool:
        germ = self.views[RIGHT].values.get(place)
        if not isinstance(germ, Germ):
            return False
        return germ.vast is not None or (bool(germ.terms) and math.isinf(digits.to_float(germ.terms[0][1])))


def is_unwritable(germ: Germ) -> bool:
    """Whether it is a number that is too large to write."""
    return germ.vast is not None and germ.fixed


def is_too_small(germ: Germ) -> bool:
    """Whether there is a part that is too small to write, where its digits were asked for."""
    return germ.flat is not None and germ.fixed and not germ.lens.is_for_doubles
