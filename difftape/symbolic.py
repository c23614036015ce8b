"""Graphs as sympy expressions, built node by node, differentiated and evaluated by sympy.

Nothing else knows sympy.  A `Form` is what a program is near one point: choices (abs, min, where, floor …) are
replaced by the branch that sympy finds taken there, so that no join is left for it to stumble over.  Numbers that
are neither small nor simple are symbols with a known value, so that sympy neither folds nor factors them: a
literal is exactly its double, and 9**9**9 is never computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .graph import Step, reachable
from .primitives import Primitive
from .table.arithmetic import add, div, mul, neg, pow, sub
from .table.choice import both, either, where

LARGEST_WHOLE = 1000  # larger whole numbers, and exponents, are symbols
LARGEST_DENOMINATOR = 64
MARGIN = 1e-30  # a comparison closer than this, beside what is compared, is a tie
_SHOWN = 2000  # characters of a derivative shown
_SHOWN_NODES = 3000


class Unknown(Exception):
    """Sympy has no answer; the text says why."""


class Form:
    """A program as a sympy expression near a point.

    `expression`  the expression in the symbols of `variables`
    `variables`   name to symbol; `constants` symbol to its exact value
    `choices`     what was decided and how it came out: (sign or floor, of what, outcome); so it must come out again
    """

    def __init__(self) -> None:
        self.expression: Any = None
        self.variables: dict[str, Any] = {}
        self.constants: dict[Any, Any] = {}
        self.choices: list[tuple[str, Any, int]] = []
        self._names: dict[Any, str] = {}
        self._symbols: dict[Any, Any] = {}
        self._derivatives: dict[str, list[Any]] = {}

    def variable(self, name: str) -> Any:
        """The symbol of a variable; its name is its position, never the user's text."""
        import sympy

        symbol = self.variables.get(name)
        if symbol is None:
            symbol = self.variables[name] = sympy.Symbol(f"v{len(self.variables):06d}")
            self._names[symbol] = name
        return symbol

    def constant(self, value: Any) -> Any:
        """A symbol that stands for an exact positive sympy number."""
        import sympy

        symbol = self._symbols.get(value)
        if symbol is None:
            whole = {"integer": True} if value.is_Integer else {}
            symbol = self._symbols[value] = sympy.Symbol(f"c{len(self.constants):06d}", positive=True, **whole)
            self.constants[symbol] = value
            self._names[symbol] = _number_text(value)
        return symbol

    def number(self, value: float) -> Any:
        """A literal: small whole numbers and simple fractions as such, any other as a symbol of that exact value."""
        import sympy

        p, q = value.as_integer_ratio()
        if abs(p) <= LARGEST_WHOLE and q <= LARGEST_DENOMINATOR:
            return sympy.Rational(p, q)
        symbol = self.constant(sympy.Rational(abs(p), q))
        return -symbol if p < 0 else symbol

    def derivative(self, name: str, order: int) -> Any:
        """Sympy's own derivative of that order by the variable."""
        known = self._derivatives.setdefault(name, [self.expression])
        symbol = self.variable(name)
        while len(known) <= order:
            known.append(known[-1].diff(symbol))
        return known[order]

    def point(self, at: Mapping[str, float]) -> dict[Any, Any]:
        """The exact values of all symbols at a point."""
        import sympy

        values = dict(self.constants)
        for name, symbol in self.variables.items():
            if name in at:
                values[symbol] = sympy.Rational(*float(at[name]).as_integer_ratio())
        return values

    def evaluate(self, expression: Any, values: Mapping[Any, Any], digits: int) -> tuple[Any, bool]:
        """The expression as an mpf of about `digits` digits, and whether sympy vouches for half of them.

        Raises Unknown where sympy has no real number.
        """
        import mpmath
        import sympy

        try:
            y = expression.evalf(digits, subs=values, maxn=6 * digits)
        except (ArithmeticError, TypeError, ValueError, AttributeError, NotImplementedError, KeyError) as error:
            raise Unknown(f"sympy cannot evaluate it ({_brief(error)})") from None
        if y is sympy.nan or not y.is_number or y.is_finite is False:
            raise Unknown(_strange(y))
        real, imaginary = y.as_real_imag()
        if not (real.is_Float or real.is_Rational) or not (imaginary.is_Float or imaginary.is_Rational):
            raise Unknown(_strange(y))
        with mpmath.workdps(digits + 5):
            r, i = _mpf(mpmath, real), _mpf(mpmath, imaginary)
            if i and abs(i) > abs(r) * mpmath.mpf(10) ** (-digits // 2):
                raise Unknown("sympy's value is not real")
        return r, not real.is_Float or real._prec > 1.6 * digits

    def still_holds(self, at: Mapping[str, float]) -> bool:
        """Whether every choice comes out at this point as it did when the form was made."""
        if not self.choices:
            return True
        values = self.point(at)
        try:
            return all(self._outcome(kind, x, values) == outcome for kind, x, outcome in self.choices)
        except Unknown:
            return False

    def choose(self, kind: str, x: Any, at: Mapping[str, float]) -> int:
        """The sign or the floor of x at the point, remembered; raises Unknown at a tie."""
        outcome = self._outcome(kind, x, self.point(at))
        if x.free_symbols:
            self.choices.append((kind, x, outcome))
        return outcome

    def _outcome(self, kind: str, x: Any, values: Mapping[Any, Any]) -> int:
        import mpmath

        value, sure = self.evaluate(x, values, 40)
        with mpmath.workdps(60):
            if kind == "floor":
                whole = mpmath.nint(value)
                if abs(value - whole) <= MARGIN * max(1, abs(value)):
                    raise Unknown("floor or ceil meets a whole number: sympy is not asked at a join")
                return int(mpmath.floor(value))
            terms = [abs(self.evaluate(term, values, 15)[0]) for term in x.args] if x.is_Add else [0]
            if not value or not sure or abs(value) <= MARGIN * max(terms):
                raise Unknown("a comparison ties there: sympy is not asked at a join")
            return 1 if value > 0 else -1

    def shown(self, expression: Any) -> str:
        """The expression in the user's names, at most about 2000 characters of it."""
        if _size_exceeds(expression, _SHOWN_NODES):
            return "…"
        from sympy.printing.str import StrPrinter

        names = self._names

        class Printer(StrPrinter):  # type: ignore[misc]
            def _print_Symbol(self, symbol: Any) -> str:
                return names.get(symbol) or str(symbol.name)

        text = str(Printer().doprint(expression))
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


class _Branches:
    """The names of sympy as the table uses them, where whatever chooses has chosen."""

    def __init__(self, sympy: Any, form: Form, at: Mapping[str, float]) -> None:
        self._sympy = sympy
        self._form = form
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sympy, name)

    def _sign(self, a: Any, b: Any) -> int:
        difference = a - b
        return int(self._form.choose("sign", difference, self._at))

    def StrictLessThan(self, a: Any, b: Any) -> bool:
        return self._sign(a, b) < 0

    def StrictGreaterThan(self, a: Any, b: Any) -> bool:
        return self._sign(a, b) > 0

    LessThan = StrictLessThan
    GreaterThan = StrictGreaterThan

    def Equality(self, a: Any, b: Any) -> bool:
        return self._sign(a, b) == 0  # never: a tie is not decided

    def Unequality(self, a: Any, b: Any) -> bool:
        return self._sign(a, b) != 0

    def And(self, a: bool, b: bool) -> bool:
        return a and b

    def Or(self, a: bool, b: bool) -> bool:
        return a or b

    def Not(self, a: bool) -> bool:
        return not a

    def Piecewise(self, *pairs: Any) -> Any:
        return next(value for value, condition in pairs if condition is True)

    def floor(self, x: Any) -> Any:
        return self._form.number(float(self._form.choose("floor", x, self._at)))

    def ceiling(self, x: Any) -> Any:
        return self._form.number(float(self._form.choose("floor", x, self._at) + 1))


def form_near(steps: Sequence[Step], root: int, at: Mapping[str, float]) -> Form:
    """The program as sympy sees it near the point; raises Unknown where sympy lacks a function or a choice ties."""
    import sympy

    form = Form()
    branches = _Branches(sympy, form, at)

    def leaf(name: Any) -> Any:
        return form.number(name) if name.__class__ is float else form.variable(name)

    form.expression = _built(steps, root, leaf, branches, form)
    return form


def to_sympy(steps: Sequence[Step], root: int) -> Any:
    """The program as one sympy expression in symbols of the user's names; choices become Piecewise.

    >>> from difftape.parser import parse
    >>> program = parse("abs(x) + 2.5*y")
    >>> to_sympy(program.steps, program.root)
    2.5*y + Piecewise((x, x >= 0), (-x, True))
    """
    import sympy

    def leaf(name: Any) -> Any:
        if name.__class__ is float:
            return sympy.Integer(int(name)) if name.is_integer() else sympy.Float(name)
        return sympy.Symbol(name)

    return _built(steps, root, leaf, sympy, None)


def _built(steps: Sequence[Step], root: int, leaf: Callable[[Any], Any], library: Any, form: Form | None) -> Any:
    """The sympy expression of the root, by demand: with a form, a branch that is not taken is never built."""
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
            named = primitive.__class__ is Primitive
            values[place] = _applied(primitive, (), library) if named else leaf(primitive)
            continue
        gathered: list[tuple[int, int]] = []
        needed = step[1:]
        if primitive in _SUMS or primitive in _PRODUCTS:
            gathered = _chain(steps, place, uses, _SUMS if primitive in _SUMS else _PRODUCTS)
            needed = tuple(p for p, _ in gathered)
        elif form is not None and primitive in (where, both, either):
            needed = _taken(step, values)
        missing = [p for p in needed if p not in values]
        if missing:
            stack.extend(missing)
        elif gathered:
            values[place] = _collected(gathered, values, primitive in _SUMS, form)
        elif needed is not step[1:] and len(needed) < len(step) - 1:
            values[place] = values[needed[-1]]
        else:
            values[place] = _tame(_applied(primitive, tuple(values[p] for p in needed), library, form), form)
    return values[root]


_SUMS = {add: (1, 1), sub: (1, -1), neg: (-1,)}
_PRODUCTS = {mul: (1, 1), div: (1, -1)}


def _uses(steps: Sequence[Step], root: int) -> list[int]:
    uses = [0] * len(steps)
    for step, needed in zip(steps, reachable(steps, [root]), strict=True):
        if needed:
            for p in step[1:]:
                uses[p] += 1
    return uses


def _chain(steps: Sequence[Step], place: int, uses: Sequence[int], family: Any) -> list[tuple[int, int]]:
    """The terms (or factors) of a whole chain of sums (or products), each with its sign (or exponent).

    One call of sympy's Add instead of one a term: a sum of n terms takes n steps and not n².
    """
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


def _collected(terms: Sequence[tuple[int, int]], values: Mapping[int, Any], is_sum: bool, form: Form | None) -> Any:
    import sympy

    if is_sum:
        return _tame(sympy.Add(*[values[p] if sign > 0 else -values[p] for p, sign in terms]), form)
    return _tame(sympy.Mul(*[values[p] if sign > 0 else 1 / values[p] for p, sign in terms]), form)


def _taken(step: Step, values: Mapping[int, Any]) -> tuple[int, ...]:
    """The operands a choice needs: its condition, then what the condition has decided."""
    condition = values.get(step[1])
    if condition is None:
        return step[1:2]
    if step[0] is where:
        return (step[1], step[2] if condition else step[3])
    decided = condition if step[0] is either else not condition
    return step[1:2] if decided else step[1:3]


def _applied(primitive: Primitive, operands: tuple[Any, ...], library: Any, form: Form | None = None) -> Any:
    """The table's own word for the primitive in sympy."""
    if primitive is pow and form is not None:
        operands = (operands[0], _exponent(operands[1], form))
    named = primitive.sympy
    if callable(named):
        y = named(library, *operands)
    else:
        known = getattr(library, named, None) if named else None
        y = known(*operands) if callable(known) else known
    if y is None:
        raise Unknown(f"sympy has no {primitive.name}")
    return y


def _exponent(p: Any, form: Form) -> Any:
    """An exponent that no power is multiplied out for."""
    if p.is_Rational and abs(p) > LARGEST_WHOLE:
        return form.constant(p) if p > 0 else -form.constant(-p)
    return p


def _tame(x: Any, form: Form | None) -> Any:
    """A number that sympy has folded from others, as a symbol if it is large."""
    if form is None or x.__class__ is bool or not x.is_Rational:
        return x
    if abs(x.p) < 1 << 40 and x.q < 1 << 40:
        return x
    return form.constant(x) if x > 0 else -form.constant(-x)


def _mpf(mpmath: Any, x: Any) -> Any:
    return mpmath.mp.make_mpf(x._mpf_) if x.is_Float else mpmath.mpf(x.p) / x.q


def _number_text(value: Any) -> str:
    """A positive number as a literal: the shortest that reads back as the same double, if it is one."""
    try:
        double = float(value)
    except OverflowError:
        return "…"
    if double.as_integer_ratio() != (value.p, value.q):
        return f"({value.p}/{value.q})" if value.p < 1 << 64 and value.q < 1 << 64 else f"{double!r}"
    return repr(int(double)) if double.is_integer() and double < 1e16 else repr(double)


def _strange(y: Any) -> str:
    if _size_exceeds(y, 40):
        return f"sympy leaves a {type(y).__name__} unevaluated"
    return f"sympy's value is {str(y)[:60]}"


def _brief(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text[:80]}" if text and len(text) < 200 else type(error).__name__


def _size_exceeds(expression: Any, bound: int) -> bool:
    """Whether the expression written out has more nodes than the bound."""
    work, count = [expression], 0
    while work:
        count += 1
        if count > bound:
            return True
        work.extend(work.pop().args)
    return False
