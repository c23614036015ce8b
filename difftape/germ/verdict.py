"""The views of a program from the left, at the point and from the right, compared: a status and its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..diagnosis import Diagnosis
from ..graph import Step
from ..table.arithmetic import div
from . import digits
from .action import shown
from .expansion import Germ, Lens, Trouble
from .sides import AT, LEFT, RIGHT, View, as_float, limit, same

SIDES = {LEFT: "left", RIGHT: "right"}
RIGHT_BITS = 64  # a number with fewer right bits is computed again with more


class Views:
    """The three views, and what they say together of any step."""

    def __init__(
        self, steps: Sequence[Step], root: int, at: Mapping[str, float], by: str, order: int, lens: Lens
    ) -> None:
        self.steps, self.root, self.order, self.lens = steps, root, order, lens
        self.views = {side: View(steps, root, at, by, side, lens) for side in (LEFT, AT, RIGHT)}
        for side in SIDES:
            trouble = self.views[side].root
            if isinstance(trouble, Trouble) and trouble.mend:
                raise trouble

    def judged(self, place: int) -> tuple[str, int]:
        """The status of a step, and the lowest order at which it shows."""
        found = {side: view.values.get(place) for side, view in self.views.items()}
        if place == self.root:
            found = {side: view.root for side, view in self.views.items()}
        germs = {side: found[side] for side in SIDES if isinstance(found[side], Germ)}
        troubles = [found[side] for side in SIDES if isinstance(found[side], Trouble)]
        if any(_is_fixed(g) for g in germs.values()):
            return "overflow", 0
        statuses = {t.status for t in troubles}
        if not germs:
            return next((s for s in ("overflow", "undecided", "outside") if s in statuses), "ok"), 0
        status, order = self._compared(germs, found[AT])
        if statuses - {"outside"} and status != "pole":
            return "overflow" if "overflow" in statuses else "undecided", 0
        return status, order

    def _compared(self, germs: dict[int, Germ], point: Any) -> tuple[str, int]:
        for k in range(self.order + 1):
            limits = [limit(germ, k, side) for side, germ in germs.items()]
            if any(isinstance(x, float) for x in limits):
                return ("infinite" if k else "pole"), k
            if not all(same(x, limits[0], self.lens) for x in limits):
                return ("kink" if k else "jump"), k
            if k == 0 and isinstance(point, Germ) and not _is_fixed(point) and not same(limit(point, 0, AT), limits[0], self.lens):
                return "jump", 0
        return "ok", self.order

    def diagnosis(self) -> Diagnosis:
        """The status of the root, with its numbers, the step responsible and the reason."""
        status, at_order = self.judged(self.root)
        germs = {side: self.views[side].root for side in SIDES if isinstance(self.views[side].root, Germ)}
        ends = {side: self._limit(germ, self.order, side) for side, germ in germs.items()}
        numbers = {side: as_float(x) + 0.0 for side, x in ends.items() if not self.order or not _is_fixed(germs[side])}
        agree = len(set(numbers.values())) == 1 and status not in ("kink", "jump")
        value = self._value(germs)
        point = self.views[AT].root
        side = SIDES[next(iter(germs))] if len(germs) == 1 and self._outside(germs) else ""
        derivatives, place = None, self.root
        if status == "ok":
            first = next(iter(germs))
            derivatives = [as_float(self._limit(germs[first], k, first)) + 0.0 for k in range(self.order + 1)]
            if math.isinf(derivatives[-1]):
                status, derivatives = "overflow", None
            elif isinstance(point, Trouble) and point.status != "overflow":
                status, place = ("removable" if len(germs) == 2 else "ok"), point.place
        if status not in ("ok", "removable"):
            place = self._culprit(status)
        reason = self._reason(status, at_order, place, germs, ends)
        return Diagnosis(
            status, value, numbers.get(LEFT), numbers.get(RIGHT), next(iter(numbers.values())) if agree else None,
            derivatives, place, side, reason,
        )  # fmt: skip

    def _outside(self, germs: dict[int, Germ]) -> bool:
        """Whether the sides without a germ are outside of the reals."""
        return all(self.views[side].root.status == "outside" for side in SIDES if side not in germs)

    def _limit(self, germ: Germ, order: int, side: int) -> Any:
        """The limit of a derivative; too few right bits ask for another look."""
        found = limit(germ, order, side)
        if not isinstance(found, float) and found[0] and digits.magnitude(found) - found[2] < RIGHT_BITS:
            self.lens.guessed = True
        return found

    def _value(self, germs: dict[int, Germ]) -> float | None:
        """The function's value, else the limit that the sides agree on."""
        point = self.views[AT].root
        sources = {AT: point} if isinstance(point, Germ) else germs
        values = {as_float(self._limit(germ, 0, side)) + 0.0 for side, germ in sources.items()}
        return values.pop() if len(values) == 1 and all(map(math.isfinite, values)) else None

    def _culprit(self, status: str) -> int | None:
        """The step where it begins: bad itself, with operands that are not."""
        for side in (AT, RIGHT, LEFT):
            trouble = self.views[side].root
            if isinstance(trouble, Trouble) and trouble.status == status:
                return trouble.place
        bad = self._exceeds if status == "overflow" else self._is_bad
        place = self.root
        while True:
            worse = next((p for p in self.steps[place][1:] if len(self.steps[place]) > 1 and bad(p)), None)
            if worse is None:
                return place
            place = worse

    def _is_bad(self, place: int) -> bool:
        if not any(isinstance(self.views[side].values.get(place), Germ) for side in SIDES):
            return False
        try:
            return self.judged(place)[0] != "ok"
        except Trouble:
            return True

    def _exceeds(self, place: int) -> bool:
        germ = self.views[RIGHT].values.get(place)
        if not isinstance(germ, Germ):
            return False
        if germ.vast is not None:
            return True
        return bool(germ.terms) and math.isinf(digits.to_float(germ.terms[0][1]))

    def _reason(self, status: str, order: int, place: int | None, germs: dict[int, Germ], ends: dict[int, Any]) -> str:
        point = self.views[AT].root
        if status == "ok":
            if len(germs) == 2:
                return ""
            limit_taken = f" ({point.reason} as written: the limit is taken)" if isinstance(point, Trouble) else ""
            return f"the function lives on the {SIDES[next(iter(germs))]} side only{limit_taken}"
        if status == "removable":
            return f"{self._detailed(point)} as written, but smooth all the same: the limit is taken"
        if status == "overflow":
            return f"overflow: the true value exceeds the largest double{self._size(ends)}"
        if status in ("outside", "undecided"):
            trouble = next(v.root for v in (self.views[s] for s in (AT, RIGHT, LEFT))
                           if isinstance(v.root, Trouble) and v.root.status == status)  # fmt: skip
            return f"undecided: {trouble.reason}" if status == "undecided" else self._detailed(trouble)
        tendencies = " and ".join(
            f"{as_float(limit(germ, order, side)) + 0.0!r} from the {SIDES[side]}" for side, germ in germs.items()
        )
        if status == "jump":
            here = f", {shown(point)} at the point" if isinstance(point, Germ) else ""
            return f"jump: the function is {tendencies}{here}"
        if status == "kink":
            return f"kink: {_derivative(order)} is {tendencies}"
        if status == "pole":
            return f"{self._pole(place)}: the function tends to {tendencies}"
        return f"{_derivative(order)} is infinite because of {self._described(place)}: {tendencies}"

    def _pole(self, place: int | None) -> str:
        point = self.views[AT].root
        if isinstance(point, Trouble) and point.status == "outside" and point.place == place:
            return self._detailed(point)
        return f"{self._described(place)} is a pole"

    def _detailed(self, trouble: Trouble) -> str:
        """The reason; of a division by a function's zero, which function."""
        if trouble.reason != "division by zero" or trouble.place is None or self.steps[trouble.place][0] is not div:
            return trouble.reason
        divisor = self.steps[trouble.place][2]
        step = self.steps[divisor]
        if len(step) == 1 or step[0].symbol:
            return trouble.reason
        return f"division by zero: {self._described(divisor)} is 0"

    def _described(self, place: int | None) -> str:
        """A step with the values of its operands in place of them."""
        if place is None:
            return "it"
        step = self.steps[place]
        if len(step) == 1:
            return str(step[0])
        known = next((v.values for v in (self.views[s] for s in (AT, RIGHT, LEFT)) if all(p in v.values for p in step[1:])), {})
        at = [shown(known[p]) if p in known else "…" for p in step[1:]]
        if not step[0].symbol:
            return f"{step[0].name}({', '.join(at)})"
        bracketed = [f"({x})" if x.startswith("-") else x for x in at]
        return f" {step[0].symbol} ".join(bracketed) if len(at) > 1 else step[0].symbol + bracketed[0]

    def _size(self, ends: dict[int, Any]) -> str:
        end = next(iter(ends.values()), math.inf)
        if isinstance(end, float) or not math.isinf(as_float(end)) or abs(digits.magnitude(end)) > 1 << 30:
            return ""
        from mpmath import nstr

        return f" (it is about {nstr(digits.to_mpf(end), 4)})"


def _derivative(order: int) -> str:
    return "the derivative" if order == 1 else f"derivative {order}"


def _is_fixed(germ: Germ) -> bool:
    """Whether it is a number that is too large to write."""
    return germ.vast is not None and germ.fixed


