"""Why, in a sentence of the user's words: what a verdict says, with the numbers it rests on."""

from __future__ import annotations

import math

from ..table.arithmetic import div
from . import digits
from .action import shown
from .expansion import Trouble
from .sides import AT, LEFT, RIGHT, as_float, limit
from .verdict import SIDES, Verdict, Views


def reason(views: Views, verdict: Verdict) -> str:
    """The sentence that goes with a verdict; empty where there is nothing to say."""
    status, order, place = verdict.status, verdict.at_order, verdict.place
    written = views.troubles.get(AT)
    if status == "ok":
        if len(views.germs) == 2:
            return ""
        taken = f"; {_detailed(views, written)} as written, the limit is taken" if written is not None else ""
        return f"the function lives on the {SIDES[next(iter(views.germs))]} side only{taken}"
    if status == "removable":
        cause = "" if written is None else _detailed(views, written)
        return f"{cause} as written, but smooth all the same: the limit is taken"
    if status == "overflow":
        if not views.lens.is_for_doubles:
            return "overflow: the true value is too large or too small to be written, its exponent is beyond 2**40"
        return f"overflow: the true value exceeds the largest double{_size(verdict)}"
    trouble = next((t for t in views.troubles.values() if t.status == status), None)
    if status == "outside" and trouble is not None:
        return _detailed(views, trouble)
    if status == "undecided":
        return f"undecided: {trouble.reason if trouble is not None else _described(views, place) + ' has no series'}"
    tendencies = " and ".join(
        f"{as_float(limit(germ, order, side)) + 0.0!r} from the {SIDES[side]}" for side, germ in views.germs.items()
    )
    if status == "jump":
        here = "" if views.point is None else f", {shown(views.point)} at the point"
        return f"jump: the function is {tendencies}{here}"
    which = "the derivative" if order == 1 else f"derivative {order}"
    if status == "kink":
        return f"kink: {which} is {tendencies}"
    if status == "infinite":
        return f"{which} is infinite because of {_described(views, place)}: {tendencies}"
    divides = written is not None and written.status == "outside" and written.place == place
    what = _detailed(views, written) if divides and written is not None else f"{_described(views, place)} is a pole"
    return f"{what}: the function tends to {tendencies}"


def _detailed(views: Views, trouble: Trouble) -> str:
    """The reason; of a division by a function's zero, which function."""
    if trouble.reason != "division by zero" or trouble.place is None or views.steps[trouble.place][0] is not div:
        return trouble.reason
    divisor = views.steps[trouble.place][2]
    step = views.steps[divisor]
    if len(step) == 1 or step[0].symbol:
        return trouble.reason
    return f"division by zero: {_described(views, divisor)} is 0"


def _described(views: Views, place: int | None) -> str:
    """A step with the values of its operands in place of them."""
    if place is None:
        return "it"
    step = views.steps[place]
    if len(step) == 1:
        return str(step[0])
    at = []
    for operand in step[1:]:
        known = [v[operand] for v in (views.views[s].values for s in (AT, RIGHT, LEFT)) if operand in v]
        at.append(shown(known[0]) if known else "…")
    if not step[0].symbol:
        return f"{step[0].name}({', '.join(at)})"
    bracketed = [f"({x})" if x.startswith("-") else x for x in at]
    return f" {step[0].symbol} ".join(bracketed) if len(at) > 1 else step[0].symbol + bracketed[0]


def _size(verdict: Verdict) -> str:
    """How large a number is that exceeds a double, if it can be written."""
    end = next(iter(verdict.ends.values()), math.inf)
    if isinstance(end, float) or not math.isinf(as_float(end)) or abs(digits.magnitude(end)) > 1 << 30:
        return ""
    from mpmath import nstr

    return f" (it is about {nstr(digits.to_mpf(end), 4)})"
