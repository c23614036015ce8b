"""A program just left of a point, at it, and just right of it; and the derivatives that its germs tend to.

Only the branch that is taken on that side is looked at.  A derivative of order k is read off the germ: it is infinite
if a term below t^k is no polynomial, else k! times the coefficient of t^k.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..graph import Step
from ..primitives import Primitive
from ..table.choice import both, either, where
from . import digits
from .action import act
from .digits import Number
from .expansion import CONSTANT, Germ, Lens, Trouble, sign_of

LEFT, AT, RIGHT = -1, 0, 1


class View:
    """The germs of a program's steps on one side; `root` is the root's germ, or the Trouble that prevented it.

    `known` are values of steps that need not be worked out.
    """

    __slots__ = ("root", "side", "values")

    def __init__(
        self,
        steps: Sequence[Step],
        root: int,
        at: Mapping[str, Any],
        by: str,
        side: int,
        lens: Lens,
        known: Mapping[int, Any] | None = None,
    ) -> None:
        self.side = side
        self.values: dict[int, Any] = dict(known or {})
        self.root: Any = None
        try:
            self._look(steps, root, at, by, lens)
            self.root = self.values[root]
        except Trouble as trouble:
            self.root = trouble

    def _look(self, steps: Sequence[Step], root: int, at: Mapping[str, Any], by: str, lens: Lens) -> None:
        values, waiting = self.values, [root]
        while waiting:
            place = waiting[-1]
            if place in values:
                waiting.pop()
                continue
            step = steps[place]
            if len(step) == 1:
                values[place] = self._leaf(step[0], at, by, lens)
                continue
            missing = [p for p in _wanted(step, values) if p not in values]
            if missing:
                waiting.extend(reversed(missing))
                continue
            try:
                values[place] = self._step(step, values, lens)
            except Trouble as trouble:
                if trouble.place is None:
                    trouble.place = place
                raise

    def _leaf(self, leaf: Any, at: Mapping[str, Any], by: str, lens: Lens) -> Germ:
        if isinstance(leaf, Primitive):
            return act(lens, leaf, ())  # type: ignore[no-any-return]
        value = digits.given(at[leaf], lens.bits) if leaf.__class__ is str else digits.exact(leaf)
        terms = ((CONSTANT, value),) if value[0] else ()
        if leaf == by and self.side:
            terms = (*terms, ((1, 0), (self.side, 0, digits.EXACT)))
        return Germ(lens, terms)

    def _step(self, step: Step, values: Mapping[int, Any], lens: Lens) -> Any:
        if step[0] is where:
            return values[step[2] if _holds(values[step[1]]) else step[3]]
        if step[0] is both or step[0] is either:
            first = _holds(values[step[1]])
            return first if first is (step[0] is either) else _holds(values[step[2]])
        return act(lens, step[0], [values[p] for p in step[1:]])


def _holds(x: Any) -> bool:
    return sign_of(x) != 0 if isinstance(x, Germ) else bool(x)


def _wanted(step: Step, values: Mapping[int, Any]) -> tuple[int, ...]:
    """The operands that matter, as far as conditions known so far decide."""
    primitive = step[0]
    if primitive is where:
        if step[1] not in values:
            return (step[1],)
        return (step[2] if _holds(values[step[1]]) else step[3],)
    if primitive is both or primitive is either:
        if step[1] not in values:
            return (step[1],)
        return () if _holds(values[step[1]]) is (primitive is either) else (step[2],)
    return step[1:]


def limit(germ: Germ, order: int, side: int) -> Number | float:
    """What the derivative of that order tends to: a number, or an infinity as a float; raises Trouble if not known."""
    flip = -1 if side == LEFT and order % 2 else 1
    if germ.vast is not None:
        falling = -1 if order % 2 else 1
        return math.inf * germ.vast * falling * flip
    for (a, b), c in germ.terms:
        if (a, b) > (order, 0):
            break
        if (a, b) == (order, 0):
            found = digits.product(c, (math.factorial(order), 0, digits.EXACT), germ.lens.bits)
            return digits.opposite(found) if flip < 0 else found
        if b == 0 and a >= 0 and a == a // 1:
            continue
        return math.inf * digits.sign(c) * _direction(a, -b, order) * flip
    if germ.bound <= (order, 0):
        raise Trouble("undecided", "too little of its series is known", "reach")
    return digits.ZERO


def _direction(a: Any, b: Any, order: int) -> int:
    """The sign of the leading term of the derivative of t^a·ℓ^b."""
    sign = 1
    for i in range(order):
        factor = a - i or -b
        sign = -sign if factor < 0 else sign
    return sign


def same(a: Number | float, b: Number | float, lens: Lens) -> bool:
    """Whether two limits agree, as far as their right bits can tell."""
    if isinstance(a, float) or isinstance(b, float):
        return a == b
    return digits.vanishes(digits.total(a, digits.opposite(b), lens.bits))


def as_float(a: Number | float) -> float:
    """A limit as a double."""
    return a if isinstance(a, float) else digits.to_float(a)
