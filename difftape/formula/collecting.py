"""Sums with equal terms put together, and choices under one condition made one choice.

The order of the terms stays, and so do brackets that are not needed, unless terms come together: only then is the sum
another one.  A product with a sum is multiplied out where that makes the whole no longer.  A term that cancels stays
as 0*log(x) where it is not defined everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..table.choice import where
from .exact import ONE, ZERO, Number
from .factors import Product
from .parts import Parts, Term

_FEW = 16  # terms of a sum that others use, too, up to which it is taken apart again
_SHORT = 9  # terms of a sum that is not multiplied out


def summed(parts: Parts, items: Sequence[Term], is_own: Sequence[bool], choices: bool = True) -> int:
    """The place of a sum of items; `is_own` says of each whether it is a sum that nothing else needs.

    >>> parts = Parts()
    >>> x = parts.leaf("x")
    >>> place = summed(parts, [(ONE, x), (ONE, x)], [False, False])
    >>> parts.graph.steps[place]
    (<primitive mul>, 1, 0)
    """
    plain: list[Term] = []
    opened: list[Term] = []
    for k, ((c, place), own) in enumerate(zip(items, is_own, strict=True)):
        known = parts.product(place)
        c = c.times(known.coefficient)
        key = _monic(parts, place, known)
        inner = _opened(parts, c, key, own)
        opened.extend(inner)
        plain.extend(inner if not k and abs(c.value) == 1 and key in parts.sums else [(c, key)])
    found = collected(parts, plain)
    if len(opened) > len(plain):
        more = collected(parts, opened)
        if len(more) < len(opened) and _size(parts, more) <= _size(parts, found):
            found = more
    if choices:
        found = _chosen(parts, found)
    return _place(parts, found)


def collected(parts: Parts, terms: Sequence[Term]) -> list[Term]:
    """The terms with the coefficients of equal ones added; what becomes 0 is left out where that is safe.

    It is where it has a value everywhere, or has none only where another term has none either.
    """
    found: dict[int, Number] = {}
    for c, key in terms:
        known = found.get(key)
        found[key] = c if known is None else known.plus(c)
    if all(c.value for c in found.values()):
        return [(c, key) for key, c in found.items()]
    restrictions = {part for key, c in found.items() if c.value for part in _restrictions(parts, key)}
    return [(c, key) for key, c in found.items() if c.value or not restrictions.issuperset(_restrictions(parts, key))]


def _restrictions(parts: Parts, key: int) -> Iterator[tuple[int, bool]]:
    """What may have no value in a term: a base, or (True) its reciprocal or root."""
    for base, exponents in parts.product(key).factors.items():
        if not parts.total[base]:
            yield base, False
        if any(n.value < 0 or not n.is_whole for n in exponents) and not parts.is_nonzero(base):
            yield base, True


def _opened(parts: Parts, c: Number, key: int, own: bool) -> list[Term]:
    """A term that is a sum, or a product with a short sum, as the terms that it is."""
    terms = parts.sums.get(key)
    if terms is not None:
        return [(c, key)] if len(terms) > _FEW and not own else [(c.times(d), other) for d, other in terms]
    factors = parts.product(key).factors
    sums = [base for base, n in factors.items() if n == (ONE,) and len(parts.sums.get(base, ())) in range(1, _SHORT)]
    if len(sums) != 1:
        return [(c, key)]
    rest = Product(ONE, {base: n for base, n in factors.items() if base != sums[0]})
    found: list[Term] = []
    for d, other in parts.sums[sums[0]]:
        known = parts.multiplied([rest, parts.product(other)])
        found.append((c.times(d).times(known.coefficient), parts.write(Product(ONE, known.factors))))
    return found


def _size(parts: Parts, terms: Sequence[Term]) -> int:
    """How long the terms are to read: one for each coefficient and factor, more for a sum in brackets."""
    total = 0
    for _, key in terms:
        total += 1
        for base, exponents in parts.product(key).factors.items():
            inner = parts.sums.get(base, ()) if exponents == (ONE,) else ()
            total += sum(1 + len(parts.product(k).factors) for _, k in inner) if inner else 1
    return total


def _monic(parts: Parts, place: int, known: Product) -> int:
    """The place of a product without its coefficient."""
    if known.coefficient.value == 1 and place not in parts.numbers:
        return place
    return parts.write(Product(ONE, known.factors))


def _place(parts: Parts, terms: Sequence[Term]) -> int:
    if not terms:
        return parts.number(ZERO)
    if len(terms) > 1:
        return parts.added(terms)
    (c, key), *_ = terms
    known = parts.product(key)
    return parts.write(Product(c.times(known.coefficient), known.factors))


def _chosen(parts: Parts, terms: list[Term]) -> list[Term]:
    """The terms with those that are choices under one condition added branch by branch."""
    groups: dict[int, list[Term]] = {}
    for c, key in terms:
        step = parts.graph.steps[key]
        if step[0] is where:
            groups.setdefault(step[1], []).append((c, key))
    if all(len(group) == 1 for group in groups.values()):
        return terms
    found: list[Term] = []
    for c, key in terms:
        step = parts.graph.steps[key]
        group = groups.get(step[1]) if step[0] is where else None
        if group is None or len(group) == 1:
            found.append((c, key))
        elif group[0] == (c, key):
            yes, no = (
                summed(parts, [(d, parts.graph.steps[k][branch]) for d, k in group], [False] * len(group), False)
                for branch in (2, 3)
            )
            found.append((ONE, parts.place((where, step[1], yes, no))))
    return found
