"""A graph made readable: no 0+ and 1*, constants and equal terms collected, x*x as x**2, signs in front, quotients.

The value is the same to the last places, and defined at the same points: x/x and sqrt(x)**2 stay.  x/x is left out
where x cannot be 0 because of what else is in the formula (in log(x) + x/x).  Nothing is multiplied out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ..graph import Step, postorder, reachable
from ..primitives import Primitive
from ..table.arithmetic import add, div, mul, neg, pow, square, sub
from ..table.choice import both, either, where
from .collecting import summed
from .exact import MINUS_ONE, ONE, Number, whole
from .factors import Product, raised
from .parts import Parts, Term

_SUMS = {add: (ONE, ONE), sub: (ONE, MINUS_ONE)}
_PRODUCTS = {mul: (1, 1), div: (1, -1), neg: (1,), square: (2,)}
_CHOOSES = frozenset((where, both, either))
_LARGE = 1e6
_MANY = 16  # factors of a product that others use, too, beyond which it is not taken apart


def tidied(steps: Sequence[Step], root: int) -> list[Step]:
    """The steps of the expression at `root`, made readable; its value is the last of them.

    >>> from difftape.parser import parse
    >>> from difftape.printer import printed
    >>> def shown(text):
    ...     program = parse(text)
    ...     steps = tidied(program.steps, program.root)
    ...     return printed(steps, len(steps) - 1)
    >>> shown("2*3*x*x*1 + 0"), shown("-a + b + b"), shown("x/x"), shown("log(x) + x/x"), shown("x**2/x**5/3")
    ('6*x**2', '2*b - a', 'x/x', 'log(x) + 1', '1/(3*x**3)')
    """
    tidying = _Tidying(steps, root)
    if tidying.parts.undecided:
        nonzero = never_zero(tidying.parts, tidying.places[root])
        if not nonzero.isdisjoint(tidying.parts.undecided):
            tidying = _Tidying(tidying.parts.graph.steps, tidying.places[root], nonzero)
    return tidying.found()


class _Tidying:
    """One pass over steps, the last of which is the root."""

    def __init__(self, steps: Sequence[Step], root: int, nonzero: Collection[int] = ()) -> None:
        self.steps = steps
        self.root = root
        self.parts = Parts()
        self.uses = [0] * len(steps)
        needed = reachable(steps, [root])
        user = [-1] * len(steps)
        for place, step in enumerate(steps):
            for p in step[1:] if needed[place] else ():
                self.uses[p] += 1
                user[p] = place
        self.is_inner = self._links(user)
        self.places = [-1] * len(steps)
        for place, step in enumerate(steps):
            if needed[place] and not self.is_inner[place]:
                self.places[place] = self._written(place, step)
                if place in nonzero:
                    self.parts.nonzero.add(self.places[place])

    def found(self) -> list[Step]:
        """The steps of the root as they are now, a polynomial by falling degree."""
        parts, place = self.parts, self.places[self.root]
        terms = parts.sums.get(place, ())
        degrees = [_degree(parts, key) for _, key in terms]
        if terms and None not in degrees:
            order = sorted(range(len(terms)), key=lambda k: -(degrees[k] or 0))
            place = parts.added([terms[k] for k in order], is_new=True)
        return postorder(parts.graph.steps, place)

    def _links(self, user: Sequence[int]) -> list[bool]:
        """Which steps are links of a chain of sums or products, and not its head; no quotient below a line is one."""
        found = [False] * len(self.steps)
        power = [1] * len(self.steps)
        for place in range(self.root - 1, -1, -1):
            if self.uses[place] != 1:
                continue
            primitive, above = self.steps[place][0], self.steps[user[place]]
            if primitive in _SUMS:
                found[place] = above[0] in _SUMS and above[1] == place and above[-1] != place
            elif primitive in _PRODUCTS and above[0] in _PRODUCTS:
                powers = _PRODUCTS[above[0]]
                power[place] = power[user[place]] * powers[above[1:].index(place)]
                found[place] = power[place] > 0 or primitive is not div
                if not found[place]:
                    power[place] = 1
        return found

    def _written(self, place: int, step: Step) -> int:
        primitive, parts = step[0], self.parts
        if len(step) == 1:
            return parts.leaf(primitive)
        if primitive in _SUMS:
            items, is_own = self._terms(place)
            return summed(parts, items, is_own)
        if primitive in _PRODUCTS:
            return parts.write(parts.multiplied(self._factors(place)))
        operands = [self.places[p] for p in step[1:]]
        if primitive is pow:
            return self._power(operands[0], operands[1])
        if primitive is where and operands[1] == operands[2] and parts.total[operands[0]]:
            return operands[1]
        folded = self._folded(primitive, operands)
        return parts.place((primitive, *operands)) if folded is None else parts.number(folded)

    def _terms(self, place: int) -> tuple[list[Term], list[bool]]:
        """The terms of a chain of sums, in order, and of each whether nothing else needs it."""
        items: list[tuple[Number, int]] = []
        while True:
            step = self.steps[place]
            first, second = _SUMS[step[0]]
            items.append((second, step[2]))
            place = step[1]
            if self.places[place] >= 0:
                items.append((first, place))
                break
        items.reverse()
        return [(c, self.places[p]) for c, p in items], [self.uses[p] == 1 for _, p in items]

    def _factors(self, place: int) -> list[Product]:
        """The factors of a chain of products, each to its power."""
        parts = self.parts
        found: list[Product] = []
        waiting = [(place, 1)]
        while waiting:
            p, n = waiting.pop()
            if p != place and self.places[p] >= 0:
                now = self.places[p]
                known = parts.product(now)
                if len(known.factors) > _MANY and self.uses[p] > 1:
                    known = Product(ONE, {now: (ONE,)})
                found.append(known if n == 1 else self._raised(now, known, n))
                continue
            step = self.steps[p]
            if step[0] is neg and n % 2:
                found.append(Product(MINUS_ONE, {}))
            waiting.extend((q, n * m) for q, m in zip(step[1:], _PRODUCTS[step[0]], strict=True))
        return found

    def _raised(self, place: int, known: Product, n: int) -> Product:
        found = raised(known, n)
        return Product(ONE, {place: (Number(ONE.value * n),)}) if found is None else found

    def _power(self, base: int, exponent: int) -> int:
        parts = self.parts
        n = parts.numbers.get(exponent)
        if n is None:
            return parts.place((pow, base, exponent))
        if not n.value and parts.total[base]:
            return parts.number(ONE)
        if n.is_whole and n.value and abs(n.value) < 10**6:
            return parts.write(parts.multiplied([self._raised(base, parts.product(base), int(n.value))]))
        if base in parts.numbers or not n.value:
            return parts.place((pow, base, exponent))
        return parts.write(Product(ONE, {base: (n,)}))

    def _folded(self, primitive: Any, operands: Sequence[int]) -> Number | None:
        """The value of a function of numbers and constants where it is a whole number: log(e), sqrt(4)."""
        steps, numbers = self.parts.graph.steps, self.parts.numbers
        if primitive.is_condition or not all(p in numbers or _is_constant(steps[p]) for p in operands):
            return None
        leaves = [numbers[p].value if p in numbers else steps[p][0] for p in operands]
        try:
            y = float(primitive.scalar(*[x.scalar() if x.__class__ is Primitive else float(x) for x in leaves]))
            return whole(y) if y.is_integer() and abs(y) < _LARGE and _is_exactly(y, primitive, leaves) else None
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return None


def never_zero(parts: Parts, root: int) -> set[int]:
    """The places that are not 0 wherever the root has a value.

    They are what a function is taken of that has no value at 0, and what something is divided by.
    """
    found: set[int] = set()
    for place in always(parts.graph.steps, [root]):
        step = parts.graph.steps[place]
        if len(step) == 2 and not step[0].symbol and not _has_value_at_zero(step[0]):
            found.add(step[1])
            found.update(parts.product(step[1]).factors)
        elif step[0] is div:
            found.update(b for b, n in parts.product(place).factors.items() if len(n) == 1 and n[0].value < 0)
    return found


def always(steps: Sequence[Step], roots: Iterable[int]) -> list[int]:
    """The places that one of the roots needs whatever its variables are: not those of one branch only."""
    needed = [False] * len(steps)
    for root in roots:
        needed[root] = True
    for place in range(len(steps) - 1, -1, -1):
        if needed[place]:
            step = steps[place]
            for p in step[1:2] if step[0] in _CHOOSES else step[1:]:
                needed[p] = True
    return [place for place, is_needed in enumerate(needed) if is_needed]


def _has_value_at_zero(primitive: Primitive) -> bool:
    try:
        primitive.scalar(0.0)
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return True


def _is_constant(step: Step) -> bool:
    return len(step) == 1 and step[0].__class__ is Primitive


def _is_exactly(y: float, primitive: Primitive, leaves: Sequence[Any]) -> bool:
    """Whether 40 digits of the function's value are those of y."""
    import mpmath

    from ..evaluation import by_mpmath

    with mpmath.workdps(40):
        one = mpmath.mpf(1)
        exact = [x(one) if x.__class__ is Primitive else one * x.numerator / x.denominator for x in leaves]
        return bool(abs(by_mpmath(primitive)(*exact) - y) < mpmath.mpf(10) ** -36)


def _degree(parts: Parts, key: int) -> int | None:
    """The degree of a product of powers of variables; None for anything else."""
    total = 0
    for base, exponents in parts.product(key).factors.items():
        n = exponents[0]
        if len(exponents) > 1 or not n.is_whole or n.value < 0 or parts.graph.steps[base][0].__class__ is not str:
            return None
        total += int(n.value)
    return total
