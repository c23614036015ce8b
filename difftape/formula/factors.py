"""Products as a coefficient and powers of bases, and the rule by which powers of one base are put together.

x**a * x**b is x**(a + b) where that is defined at the same points: x**2/x**3 is 1/x, but x/x stays, for it has no
value at 0.  It becomes 1 where the base is known not to be 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .exact import MINUS_ONE, ONE, Number

Exponents = tuple[Number, ...]
"""Of one base, more than one where putting them together would say that the base may be 0, or negative."""


class Product(NamedTuple):
    """A coefficient and, by the place of a base, its exponents."""

    coefficient: Number
    factors: Mapping[int, Exponents]


def merged(exponents: Iterable[Number], is_nonzero: bool) -> Exponents:
    """The exponents of one base put together as far as the base stays defined where it was.

    >>> from fractions import Fraction
    >>> def shown(is_nonzero, *values):
    ...     return [str(n.value) for n in merged([Number(Fraction(v)) for v in values], is_nonzero)]
    >>> shown(False, 2, -3), shown(False, 1, -1), shown(True, 1, -1), shown(False, "1/2", "1/2")
    (['-1'], ['1', '-1'], [], ['1/2', '1/2'])
    """
    given = [n for n in exponents if n.value]
    up = _same_sign([n for n in given if n.value > 0])
    down = _same_sign([n for n in given if n.value < 0])
    if len(up) == 1 and len(down) == 1:
        total = up[0].plus(down[0])
        if up[0].is_whole and down[0].is_whole:
            if is_nonzero or total.value < 0:
                return (total,) if total.value else ()
            return total.plus(ONE), MINUS_ONE  # x**3/x**2 as x**2/x
        if not total.is_whole and (is_nonzero or total.value < 0):
            return (total,)
    return (*up, *down)


def _same_sign(exponents: list[Number]) -> list[Number]:
    """Their sum; apart where that is whole, but they are not, for then the base must not be negative."""
    if len(exponents) < 2:
        return exponents
    total = exponents[0]
    for n in exponents[1:]:
        total = total.plus(n)
    return exponents if total.is_whole and not all(n.is_whole for n in exponents) else [total]


def raised(product: Product, n: int) -> Product | None:
    """A whole power of a product, factor by factor; None where that would lose where it is defined."""
    coefficient = product.coefficient.to_the(n)
    if coefficient is None:
        return None
    factors: dict[int, Exponents] = {}
    for base, exponents in product.factors.items():
        now = exponents[0].times(Number(ONE.value * n))
        if len(exponents) > 1 or (exponents[0].value < 0 and n < 0) or (now.is_whole and not exponents[0].is_whole):
            return None
        factors[base] = (now,)
    return Product(coefficient, factors)
