"""Graphs as sympy expressions, built node by node with the table's word for each primitive.

A chain of sums or products is one call of sympy's (a sum of n terms takes n steps and not n²).  For the check a
choice (abs, min, where, floor …) is replaced by the branch that is taken at a point; a branch that is not taken is
never built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .graph import Step, reachable
from .primitives import Primitive
from .table.arithmetic import add, div, mul, neg, pow, sub
from .table.choice import both, either, where

_SUMS = {add: (1, 1), sub: (1, -1), neg: (-1,)}
_PRODUCTS = {mul: (1, 1), div: (1, -1)}


class Unknown(Exception):
    """Sympy has no answer; the text says why."""


def to_sympy(steps: Sequence[Step], root: int) -> Any:
    """The program as one sympy expression in symbols of the user's names; choices become Piecewise.

    >>> from difftape.parser import parse
    >>> program = parse("abs(x) + 2.5*y")
    >>> to_sympy(program.steps, program.root)
    2.5*y + Piecewise((x, x >= 0), (-x, True))
    """
    return built(steps, root, Literal(), None)


class Literal:
    """Numbers and names as a person would write them in sympy.  (The check has its own: `judge.Form`.)"""

    def number(self, value: float) -> Any:
        """A whole number exactly, any other as a float of sympy's."""
        import sympy

        return sympy.Integer(int(value)) if value.is_integer() else sympy.Float(value)

    def variable(self, name: str) -> Any:
        """The symbol of that name."""
        import sympy

        return sympy.Symbol(name)

    def tame(self, x: Any) -> Any:
        """The expression."""
        return x

    def exponent(self, p: Any) -> Any:
        """The exponent; raises Unknown for one so large that sympy would not return from multiplying it out."""
        if p.is_Rational and abs(p) > 10_000:
            raise Unknown(f"sympy would multiply out the power {p}")
        return p


def built(steps: Sequence[Step], root: int, form: Any, at: Mapping[str, Any] | None) -> Any:
    """The sympy expression of the root, by demand; `at` is the point at which choices are decided, if they are.

    `form` says what numbers, names and exponents are (see `Literal`), and decides choices (see `judge.Form`).
    """
    import sympy

    library = sympy if at is None else _Branches(sympy, form, at)
    uses = _uses(steps, root)
    values: dict[int, Any] = {}
    stack = [root]
    while stack:
        place = stack[-1]
        step = steps[place]
        primitive = step[0]
        if place in values:
            stack.pop()
            continue
        if len(step) == 1:
            values[place] = _leaf(primitive, library, form)
            continue
        family = _SUMS if primitive in _SUMS else _PRODUCTS if primitive in _PRODUCTS else None
        terms: list[tuple[int, int]] = []
        needed = step[1:]
        if family is not None:
            terms = _chain(steps, place, uses, family)
            needed = tuple(p for p, _ in terms)
        decides = at is not None and primitive in (where, both, either)
        if decides:
            needed = _taken(step, values)
        missing = [p for p in needed if p not in values]
        if missing:
            stack.extend(missing)
        elif terms:
            values[place] = form.tame(_collected(sympy, terms, values, family is _SUMS))
        elif decides:
            values[place] = values[needed[-1]]
        else:
            operands = [values[p] for p in needed]
            if primitive is pow:
                operands[1] = form.exponent(operands[1])
            values[place] = form.tame(_applied(primitive, operands, library))
    return values[root]


def _leaf(leaf: Any, library: Any, form: Any) -> Any:
    if leaf.__class__ is Primitive:
        return _applied(leaf, (), library)
    return form.number(leaf) if leaf.__class__ is float else form.variable(leaf)


def _applied(primitive: Primitive, operands: Sequence[Any], library: Any) -> Any:
    """The table's own word for the primitive in sympy."""
    named: Any = primitive.sympy
    if callable(named):
        y = named(library, *operands)
    else:
        y = getattr(library, named, None) if named else None
        if primitive.arity and y is not None:
            y = y(*operands)
    if y is None:
        raise Unknown(f"sympy has no {primitive.name}")
    return library.Integer(y) if y.__class__ is int else y


def _uses(steps: Sequence[Step], root: int) -> list[int]:
    """How many reachable steps each step is an operand of."""
    uses = [0] * len(steps)
    for step, needed in zip(steps, reachable(steps, [root]), strict=True):
        if needed:
            for p in step[1:]:
                uses[p] += 1
    return uses


def _chain(steps: Sequence[Step], place: int, uses: Sequence[int], family: Any) -> list[tuple[int, int]]:
    """The terms (or factors) of a whole chain of sums (or products), each with its sign (or exponent)."""
    terms = []
    work = [(place, 1)]
    while work:
        p, sign = work.pop()
        signs = family.get(steps[p][0])
        if signs is None or (p != place and uses[p] > 1):
            terms.append((p, sign))
        else:
            work.extend((q, sign * s) for q, s in zip(steps[p][1:], signs, strict=True))
    return terms


def _collected(sympy: Any, terms: Sequence[tuple[int, int]], values: Mapping[int, Any], is_sum: bool) -> Any:
    if is_sum:
        return sympy.Add(*[values[p] if sign > 0 else -values[p] for p, sign in terms])
    return sympy.Mul(*[values[p] if sign > 0 else 1 / values[p] for p, sign in terms])


def _taken(step: Step, values: Mapping[int, Any]) -> tuple[int, ...]:
    """What a choice needs: its condition, then the operand that is the outcome, last."""
    condition = values.get(step[1])
    if condition is None:
        return step[1:2]
    if step[0] is where:
        return (step[1], step[2] if condition else step[3])
    return (step[1], step[1] if condition == (step[0] is either) else step[2])


class _Branches:
    """The names of sympy as the table uses them, where whatever chooses has chosen."""

    def __init__(self, sympy: Any, form: Any, at: Mapping[str, Any]) -> None:
        self._sympy = sympy
        self._form = form
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sympy, name)

    def StrictGreaterThan(self, a: Any, b: Any) -> bool:
        """Whether a is above b at the point; a tie is not decided."""
        return bool(self._form.choose("sign", a - b, self._at) > 0)

    def StrictLessThan(self, a: Any, b: Any) -> bool:
        """Whether a is below b at the point."""
        return not self.StrictGreaterThan(a, b)

    GreaterThan = StrictGreaterThan
    LessThan = StrictLessThan

    def Unequality(self, a: Any, b: Any) -> bool:
        """True, for a tie is not decided."""
        return bool(self._form.choose("sign", a - b, self._at))

    def Equality(self, a: Any, b: Any) -> bool:
        """False, for a tie is not decided."""
        return not self.Unequality(a, b)

    def Not(self, a: bool) -> bool:
        """Whether it does not hold."""
        return not a

    def Piecewise(self, *pairs: Any) -> Any:
        """The first value whose condition holds."""
        return next(value for value, condition in pairs if condition is True)

    def floor(self, x: Any) -> Any:
        """The whole number below x, a constant near the point."""
        return self._form.number(float(self._form.choose("floor", x, self._at)))

    def ceiling(self, x: Any) -> Any:
        """The whole number above x, a constant near the point."""
        return self._form.number(float(self._form.choose("floor", x, self._at) + 1))
