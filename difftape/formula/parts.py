"""A graph of formulas under construction: what is known of each place, and how products are written.

Known of a place: the number it is, the product, the sum, and whether it has a value for all values of its variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import Any

from ..graph import Graph, Step
from ..primitives import Primitive
from ..table.arithmetic import add, div, exp, mul, neg, pow, sub
from .exact import MINUS_ONE, ONE, Number, read, written
from .factors import Exponents, Product, merged

Term = tuple[Number, int]
"""A coefficient, and the place of what it is times."""


def extend_total(total: list[bool], steps: Sequence[Step]) -> None:
    """Goes on saying of each step whether it has a value for all values of its variables, as the table's domains say.

    >>> from difftape.parser import parse
    >>> known: list[bool] = []
    >>> extend_total(known, parse("sin(x**2) + 1/x").steps)
    >>> known
    [True, True, True, True, True, False, False]
    """
    for step in steps[len(total) :]:
        primitive = step[0]
        is_total = all(total[p] for p in step[1:])
        if primitive is pow:
            n = steps[step[2]][0]
            is_total = is_total and n.__class__ is float and n.is_integer()
        elif primitive is div:
            n = steps[step[2]][0]
            is_total = is_total and n.__class__ is float and bool(n)
        elif primitive.__class__ is Primitive:
            is_total = is_total and all(interval == (-inf, inf) for interval in primitive.domain)
        total.append(is_total)


class Parts:
    """A graph, and what its places are; `nonzero` says which bases are known not to be 0."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.numbers: dict[int, Number] = {}
        self.products: dict[int, Product] = {}
        self.sums: dict[int, list[Term]] = {}
        self.known_sums: dict[frozenset[Term], int] = {}
        self.total: list[bool] = []
        self.nonzero: set[int] = set()
        self.undecided: set[int] = set()  # bases of which a factor was not cancelled, for they may be 0

    def place(self, step: tuple[Any, ...]) -> int:
        """The place of a step."""
        place = self.graph.place(step)
        self._extend()
        return place

    def number(self, number: Number) -> int:
        """The place of a number."""
        place = written(number, self.graph)
        self._extend()
        self.numbers[place] = number
        return place

    def leaf(self, leaf: Any) -> int:
        """The place of a leaf as it was written."""
        return self.number(read(leaf)) if leaf.__class__ is float else self.place((leaf,))

    def _extend(self) -> None:
        """Which of the new steps are defined everywhere."""
        extend_total(self.total, self.graph.steps)

    def product(self, place: int) -> Product:
        """What a place is as a product."""
        known = self.numbers.get(place)
        if known is not None:
            return Product(known, {})
        return self.products.get(place) or Product(ONE, {place: (ONE,)})

    def is_nonzero(self, base: int) -> bool:
        """Whether the base is never 0."""
        leaf = self.graph.steps[base][0]
        if base in self.numbers:
            return bool(self.numbers[base].value)
        return base in self.nonzero or leaf is exp or (leaf.__class__ is Primitive and leaf.arity == 0)

    def multiplied(self, products: Iterable[Product]) -> Product:
        """The product of products."""
        coefficient = ONE
        factors: dict[int, list[Number]] = {}
        for known in products:
            coefficient = coefficient.times(known.coefficient)
            for base, exponents in known.factors.items():
                factors.setdefault(base, []).extend(exponents)
        found: dict[int, Exponents] = {}
        for base, several in factors.items():
            together = tuple(several) if len(several) == 1 else merged(several, self.is_nonzero(base))
            if len(together) > 1:
                self.undecided.add(base)
            if together:
                found[base] = together
        return self._turned(coefficient, found)

    def _turned(self, coefficient: Number, factors: dict[int, Exponents]) -> Product:
        """The product with sums of negative terms only turned around."""
        found: dict[int, Exponents] = {}
        for base, exponents in factors.items():
            terms = self.sums.get(base)
            if terms and len(exponents) == 1 and exponents[0].is_whole and all(c.value < 0 for c, _ in terms):
                if exponents[0].value % 2:
                    coefficient = coefficient.times(MINUS_ONE)
                base = self.added([(c.times(MINUS_ONE), key) for c, key in terms])
            found[base] = exponents if base not in found else merged((*found[base], *exponents), False)
        return Product(coefficient, found)

    def write(self, product: Product) -> int:
        """The place of a product: number, constants, variables, functions and brackets in this order, then `/`."""
        coefficient, factors = product
        if not factors:
            return self.number(coefficient)
        if not coefficient.value and all(self.total[base] and _rises(e) for base, e in factors.items()):
            return self.number(coefficient)
        ordered = sorted(factors.items(), key=lambda item: (self._rank(item[0]), item[0]))
        if len(ordered) == 1 and ordered[0][1] == (ONE,) and abs(coefficient.value) == 1:
            base = ordered[0][0]
            return base if coefficient.value == 1 else self._negative(base)
        above = [self.power(base, n) for base, exponents in ordered for n in exponents if n.value > 0]
        below = [self.power(base, n.times(MINUS_ONE)) for base, several in ordered for n in several if n.value < 0]
        p, q = coefficient.parts()
        if p != 1 or not above:
            above.insert(0, self.number(read(p)))
        if q != 1:
            below.insert(0, self.number(read(q)))
        if coefficient.value < 0:
            above[0] = self._negated(above[0])
        place = self._chain(above)
        if below:
            place = self.place((div, place, self._chain(below)))
        self.products[place] = product
        return place

    def power(self, base: int, n: Number) -> int:
        """The place of a power with a number for its exponent, not 0."""
        if n.value == 1:
            return base
        place = self.place((pow, base, self.number(n)))
        self.products.setdefault(place, Product(ONE, {base: (n,)}))
        return place

    def _chain(self, places: Sequence[int]) -> int:
        first, *others = places
        for other in others:
            first = self.place((mul, first, other))
        return first

    def _negated(self, place: int) -> int:
        known = self.numbers.get(place)
        return self.place((neg, place)) if known is None else self.number(known.times(MINUS_ONE))

    def _negative(self, place: int) -> int:
        """The negative of what is no product: of a difference the other way round."""
        terms = self.sums.get(place)
        if terms and any(c.value < 0 for c, _ in terms):
            return self.added([(c.times(MINUS_ONE), key) for c, key in terms])
        found = self.place((neg, place))
        self.products[found] = Product(MINUS_ONE, {place: (ONE,)})
        return found

    def _rank(self, base: int) -> int:
        leaf = self.graph.steps[base][0]
        if leaf.__class__ is not Primitive:
            return 1
        if leaf.arity == 0 or base in self.numbers:
            return 0
        if leaf is pow:
            return 1 if len(self.graph.steps[self.graph.steps[base][1]]) == 1 else 2
        return 3 if leaf.symbol else 2

    def added(self, terms: Sequence[Term], is_new: bool = False) -> int:
        """The place of a sum of two terms or more, in their order; a positive one comes first."""
        known = self.known_sums.get(frozenset(terms))
        if known is not None and not is_new:
            return known
        first = next((k for k, (c, _) in enumerate(terms) if c.value >= 0), 0)
        ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
        place = self._term(*ordered[0])
        for c, key in ordered[1:]:
            sign = sub if c.value < 0 else add
            place = self.place((sign, place, self._term(Number(abs(c.value), c.is_decimal), key)))
        self.sums[place] = ordered
        self.known_sums[frozenset(terms)] = place
        return place

    def _term(self, coefficient: Number, key: int) -> int:
        known = self.product(key)
        return self.write(Product(coefficient.times(known.coefficient), known.factors))


def _rises(exponents: Exponents) -> bool:
    return all(n.value > 0 and n.is_whole for n in exponents)
