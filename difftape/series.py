"""Taylor series from the derivative rules: y = f(x) has  k·y[k] = Σ_{j=1..k} j·x[j]·s[k-j],  s the slope's series.

A first-derivative rule is a Taylor rule: run on nodes it writes the slope as further steps, and of those only
s[0..k-1] is needed for y[k], so a slope may refer back to its own result (exp) or to one whose slope it is
(sin and cos).  `Family` is this closed list of steps; it is filled order by order with one kind of number.

Doubles lose digits at high orders.  A family filled with doubles therefore carries what rounding does to every
coefficient (`rounding.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from math import isfinite
from typing import Any, NamedTuple

from . import coefficients as fills
from .backprop import no_derivative
from .graph import Graph, Step, moving
from .interpret import CONSTANTS, bind, evaluate, interpret
from .node import Node
from .rounding import noise, relative, rounded
from .table.arithmetic import add, div, mul, neg, pow, square, sub

_CHAIN = 64  # whole powers up to this one are products
_WHOLE = 1 << 63  # exponents from here on are not taken for whole
_ENDLESS = 1 << 30  # the degree of what is no polynomial
_DIRECT = frozenset((add, sub, neg, mul, div, square))
Calculation = Callable[[Sequence[Step], list[Any]], list[Any]]


class Expansion(NamedTuple):
    """Taylor coefficients, and for each an estimate of its relative rounding error."""

    coefficients: list[float]
    rounding: list[float]


def expand(steps: Sequence[Step], root: int, at: Mapping[str, float], by: str, order: int) -> Expansion:
    """The Taylor coefficients c[0 … order] of a program in the variable `by`, and how rounded each is.

    Raises ValueError, OverflowError or ZeroDivisionError where the program has no Taylor series.

    >>> from difftape.parser import parse
    >>> program = parse("exp(2*x)")
    >>> expand(program.steps, program.root, {"x": 0.0}, "x", 3).coefficients[2]
    2.0
    """
    family = family_in_doubles(steps, root, at, by, order)
    filled = family.filled(rounded(family.graph.steps, family.values), order, noise())
    worst, rounding = 0.0, []
    for c in filled:
        worst = max(worst / 2, relative(c))
        rounding.append(worst)
    return Expansion([c.real for c in filled], rounding)


def taylor(steps: Sequence[Step], root: int, at: Mapping[str, float], by: str, order: int) -> list[float]:
    """The Taylor coefficients c[0 … order] in doubles, as computed."""
    return expand(steps, root, at, by, order).coefficients


def taylor_mp(steps: Sequence[Step], root: int, at: Mapping[str, Any], by: str, order: int, digits: int) -> list[Any]:
    """The same on mpmath's numbers, with a working precision of `digits`; `at` may hold floats or mpf.

    Raises ValueError, OverflowError or ZeroDivisionError where the program has no Taylor series.
    """
    import mpmath

    with mpmath.workdps(digits):
        family = Family(steps, root, by, order, in_mpf(at))
        return family.filled(family.values, order, repeat(mpmath.mpf(1)))


def family_in_doubles(
    steps: Sequence[Step], root: int, at: Mapping[str, float], by: str | Iterable[str], order: int
) -> Family:
    """The family with values in doubles; raises OverflowError where one of them is not finite."""
    bindings = {**CONSTANTS, **at}
    family = Family(steps, root, by, order, lambda steps, values: evaluate(steps, bindings, False, values))
    if not isfinite(sum(family.values)):
        raise OverflowError("a value is not finite")
    return family


def in_mpf(at: Mapping[str, Any]) -> Calculation:
    """A calculation on mpmath's numbers at the working precision."""
    import mpmath

    from .evaluation import foreign

    bindings: dict[Any, Any] = {}

    def calculate(steps: Sequence[Step], values: list[Any]) -> list[Any]:
        bindings.update(bind(steps[len(values) :], at, mpmath.mpf))
        return interpret(steps, bindings, lambda primitive: foreign(primitive, mpmath.mpf), values)

    return calculate


class Family:
    """The steps whose coefficients a program's series needs, closed under slopes up to an order.

    `by` is the variable that moves, or several.  `needs[place]` is the order to which a step's coefficients are
    needed.  `calculate` says with which kind of number: it goes on after the values already known.
    """

    def __init__(
        self, steps: Sequence[Step], root: int, by: str | Iterable[str], order: int, calculate: Calculation
    ) -> None:
        self.graph = Graph(steps)
        self.root = root
        self.moving: list[bool] = []
        self._extend(moving(steps, (by,) if isinstance(by, str) else by))
        self.calculate = calculate
        self.values: list[Any] = calculate(steps, [])
        self.slopes: dict[int, list[tuple[int, int, int]]] = {}
        self.needs: dict[int, int] = {}
        self._close(order)
        self.places = sorted(place for place in self.needs if self.moving[place])

    def _close(self, order: int) -> None:
        """Writes slopes until none is new."""
        todo, needs, steps = [(self.root, order)], self.needs, self.graph.steps
        while todo:
            place, need = todo.pop()
            if needs.get(place, -1) >= need or not self.moving[place]:
                continue
            needs[place] = need
            step = steps[place]
            if len(step) == 1:
                continue
            if step[0] not in _DIRECT and not self.is_product(step):
                slopes = self.slopes.get(place)
                if slopes is None and need > 0:
                    slopes = self.slopes[place] = self._slopes(place, step)
                for _, slope, _ in slopes or ():
                    todo.append((slope, need - 1))
            todo.extend([(operand, need) for operand in step[1:]])

    def is_product(self, step: Step) -> bool:
        """Whether a step is a power that is a product: a whole exponent, small or over a base that is 0."""
        if step[0] is not pow or self.moving[step[2]]:
            return False
        p = self.whole(self.values[step[2]])
        return p is not None and (p <= _CHAIN or bool(self.values[step[1]] == 0))

    def whole(self, p: Any) -> int | None:
        """An exponent as the whole number from 0 that it is; None if it is none."""
        return int(p) if 0 <= p < _WHOLE and p == int(p) else None

    def _slopes(self, place: int, step: Step) -> list[tuple[int, int, int]]:
        """For each moving operand of a step: the operand, and the place and sign of the partial derivative by it."""
        graph, primitive = self.graph, step[0]
        nodes = [Node(graph, operand) for operand in step[1:]]
        found = []
        for position, (operand, rule) in enumerate(zip(step[1:], primitive.series, strict=True)):
            if not self.moving[operand] or rule.__class__ is int:  # a zero: other constants are filled directly
                continue
            if rule is None:
                raise no_derivative(primitive, position)
            slope = rule(Node(graph, place), *nodes)
            by = slope.place if slope.__class__ is Node else graph.leaf(slope)  # a number where an operand is one
            inner = graph.steps[by]
            found.append((operand, inner[1], -1) if inner[0] is neg else (operand, by, 1))
        self._extend(repeat(True))
        self.calculate(graph.steps, self.values)
        return found

    def _extend(self, depends: Iterable[bool]) -> None:
        """Which of the new steps have a series of their own: what is flat (sign, floor, a comparison) has none."""
        known = self.moving
        for new, flag in zip(self.graph.steps[len(known) :], depends, strict=False):
            width = len(new)
            if width == 1:
                known.append(flag and new[0].__class__ is str)
            elif width == 2:
                known.append(flag and known[new[1]] and new[0].partials[0] != 0)
            else:
                parts = zip(new[1:], new[0].partials, strict=True)
                known.append(flag and any(known[p] and r != 0 for p, r in parts))

    def filled(self, values: Sequence[Any], order: int, noise: Iterator[Any]) -> list[Any]:
        """The root's coefficients 0 … order, from the values of all steps, of any kind of number."""
        found = self.all_filled(values, order, noise).get(self.root, [values[self.root]])
        zero = values[self.root] * 0
        return found + [zero] * (order + 1 - len(found))

    def all_filled(self, values: Sequence[Any], order: int, noise: Iterator[Any]) -> dict[int, list[Any]]:
        """By place the coefficients of every step that moves, without the zeros at the end."""
        filling = _Filling(self, values, noise.__next__)
        waiting = filling.fills
        ends = {until for until, _ in waiting}
        live = [fill for _, fill in waiting]
        for k in range(1, order + 1):
            if k - 1 in ends:
                live = [fill for until, fill in waiting if until >= k]
            for fill in live:
                fill(k)
        return filling.lists


class _Filling:
    """One filling of a family: the coefficient lists, and what appends to them, up to which order."""

    def __init__(self, family: Family, values: Sequence[Any], draw: Callable[[], Any]) -> None:
        self.family = family
        self.values = values
        self.draw = draw
        self.lists: dict[int, list[Any]] = {place: [values[place]] for place in family.places}
        self.degrees: dict[int, int] = {}
        self.derivatives: dict[int, list[Any]] = {}
        self.fills: list[tuple[int, fills.Fill]] = []
        for place in family.places:
            step = family.graph.steps[place]
            if len(step) == 1:
                self.lists[place].append(values[place] * 0 + 1)
                self.degrees[place] = 1
            else:
                degree, fill = self.step(place, step)
                self.degrees[place] = degree
                self.fills.append((min(degree, family.needs[place]), fill))

    def step(self, place: int, step: Step) -> tuple[int, fills.Fill]:
        """The degree of a step's series, and the function that appends its coefficient k."""
        primitive, out, draw = step[0], self.lists[place], self.draw
        if primitive not in _DIRECT:
            return self.power(place, step) if self.family.is_product(step) else self.integral(place, step)
        a, degree_a = self.lists.get(step[1]), self.degrees.get(step[1], 0)
        if primitive is neg:
            return degree_a, fills.scaled(out, a or [], -1, draw)
        if primitive is square:
            return self.sum_of(degree_a, degree_a), fills.product(out, a or [], a or [], draw)
        b, degree_b = self.lists.get(step[2]), self.degrees.get(step[2], 0)
        if primitive is add or primitive is sub:
            return max(degree_a, degree_b), fills.sums(out, a, b, 1 if primitive is add else -1, draw)
        if primitive is div:
            if b is None:
                return degree_a, fills.scaled(out, a or [], 1 / self.values[step[2]], draw)
            return _ENDLESS, fills.quotient(out, a, b, draw)
        if a is None or b is None:
            factor = self.values[step[1] if a is None else step[2]]
            return degree_a + degree_b, fills.scaled(out, a or b or [], factor, draw)
        return self.sum_of(degree_a, degree_b), fills.product(out, a, b, draw)

    def integral(self, place: int, step: Step) -> tuple[int, fills.Fill]:
        """A function's series from its slopes'."""
        parts, degree = [], 0
        for operand, slope, sign in self.family.slopes.get(place, ()):
            if not self.degrees[operand]:  # x**0
                continue
            x, dx = self.lists[operand], self.derivatives.get(operand)
            if dx is None and self.degrees[operand] > 1:
                dx = self.derivatives[operand] = []
                until = min(self.degrees[operand], self.family.needs[operand])
                self.fills.append((until, fills.derivative(dx, x)))
            moves = self.family.moving[slope]
            degree = _ENDLESS if moves else max(degree, self.degrees[operand])
            parts.append((x, dx, self.lists[slope] if moves else None, self.values[slope] * sign, sign))
        return degree, fills.integral(self.lists[place], parts, self.draw)

    def power(self, place: int, step: Step) -> tuple[int, fills.Fill]:
        """A whole power as products, by repeated squaring; 0 to a power beyond the order is 0."""
        p, need = self.family.whole(self.family.values[step[2]]) or 0, self.family.needs[place]
        a, degree = self.lists[step[1]], self.degrees[step[1]]
        if p == 0 or p > max(_CHAIN, need):
            return 0, lambda k: None
        power, reached = a, degree
        for bit in bin(p)[3:]:
            for factor, more in ((power, reached), (a, degree))[: 1 + int(bit)]:
                result = [power[0] * factor[0] * self.draw()]
                reached = self.sum_of(reached, more)
                self.fills.append((min(need, reached), fills.product(result, power, factor, self.draw)))
                power = result
        return reached, fills.scaled(self.lists[place], power, 1, self.draw)

    @staticmethod
    def sum_of(a: int, b: int) -> int:
        return min(a + b, _ENDLESS)
