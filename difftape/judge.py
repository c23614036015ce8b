"""Sympy as a judge: a program near one point as an expression that sympy differentiates, and its numbers.

Numbers that are neither small nor simple are symbols with a known value, so that sympy neither folds nor factors
them: a literal is exactly its double, and 9**9**9 is never computed.  Choices are decided at the point (see
`symbolic.py`), so that there is no join left to stumble over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from .evalf import evaluate
from .exact import Exact
from .symbolic import Unknown, built

LARGEST_WHOLE = 1000  # larger whole numbers and exponents are symbols, written or folded from others by sympy
LARGEST_DENOMINATOR = 64  # in a literal
MARGIN = 1e-30  # a comparison closer than this, beside what is compared, is a tie
_SHOWN = 2000  # characters of a derivative
_SHOWN_NODES = 3000


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
        self._derivatives: dict[tuple[str, ...], Any] = {}

    def variable(self, name: str) -> Any:
        """The symbol of a variable; its name is its position, never the user's text."""
        import sympy

        symbol = self.variables.get(name)
        if symbol is None:
            symbol = self.variables[name] = sympy.Symbol(f"v{len(self.variables):06d}")
            self._names[symbol] = name
        return symbol

    def constant(self, value: Any) -> Any:
        """A symbol, or its negative, that stands for an exact sympy number other than 0."""
        import sympy

        if value < 0:
            return -self.constant(-value)
        symbol = self._symbols.get(value)
        if symbol is None:
            whole = {"integer": True} if value.is_Integer else {}
            symbol = self._symbols[value] = sympy.Symbol(f"c{len(self.constants):06d}", positive=True, **whole)
            self.constants[symbol] = value
            self._names[symbol] = _literal(value)
        return symbol

    def number(self, value: float) -> Any:
        """A literal: small whole numbers and simple fractions as such, any other as a symbol of that exact value."""
        import sympy

        x = sympy.Rational(*value.as_integer_ratio())
        return x if abs(x.p) <= LARGEST_WHOLE and x.q <= LARGEST_DENOMINATOR else self.constant(x)

    def tame(self, x: Any) -> Any:
        """The expression, or a symbol for it if it is a large number."""
        is_large = getattr(x, "is_Rational", False) and max(abs(x.p), x.q) > LARGEST_WHOLE
        return self.constant(x) if is_large else x

    def exponent(self, p: Any) -> Any:
        """An exponent for which no power is multiplied out."""
        return self.constant(p) if p.is_Rational and abs(p) > LARGEST_WHOLE else p

    def derivative(self, by: Sequence[str]) -> Any:
        """Sympy's own derivative by each of these variables in turn, a variable's turns all at once."""
        names = tuple(sorted(by))
        known = next(k for k in range(len(names), -1, -1) if not k or names[:k] in self._derivatives)
        found = self._derivatives[names[:known]] if known else self.expression
        for k in range(known, len(names)):
            found = self._derivatives[names[: k + 1]] = found.diff(self.variable(names[k]))
        return found

    def point(self, at: Mapping[str, Any]) -> dict[Any, Any]:
        """The exact values of all symbols at a point; one that is not rational is given as it is."""
        import sympy

        values = dict(self.constants)
        for name, symbol in self.variables.items():
            if name in at:
                x = at[name]
                ratio = x.fraction if x.__class__ is Exact else Fraction(x)
                values[symbol] = x if ratio is None else sympy.Rational(ratio.numerator, ratio.denominator)
        return values

    def still_holds(self, at: Mapping[str, Any]) -> bool:
        """Whether every choice comes out at this point as it did when the form was made."""
        if not self.choices:
            return True
        values = self.point(at)
        try:
            return all(_outcome(kind, x, values) == outcome for kind, x, outcome in self.choices)
        except Unknown:
            return False

    def choose(self, kind: str, x: Any, at: Mapping[str, Any]) -> int:
        """The sign or the floor of x at the point, remembered; raises Unknown at a tie."""
        outcome = _outcome(kind, x, self.point(at))
        if x.free_symbols:
            self.choices.append((kind, x, outcome))
        return outcome

    def is_close(self, values: Mapping[Any, Any]) -> bool:
        """Whether a choice might come out otherwise in doubles: it does with 13, 14 or 15 digits."""
        try:
            signs = [(x, outcome) for kind, x, outcome in self.choices if kind == "sign"]
            return any(evaluate(x, values, digits) * outcome <= 0 for x, outcome in signs for digits in (3, 4, 5))
        except Unknown:
            return True

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


def form_near(steps: Sequence[Any], root: int, at: Mapping[str, Any]) -> Form:
    """The program as sympy sees it near the point; raises Unknown where sympy lacks a function or a choice ties."""
    form = Form()
    form.expression = built(steps, root, form, at)
    return form


def _outcome(kind: str, x: Any, values: Mapping[Any, Any]) -> int:
    """The sign or the floor of x; raises Unknown where it is a tie, to 30 digits beside what was compared."""
    from mpmath import mp

    y = evaluate(x, values, 60)
    with mp.workdps(70):
        if kind == "floor":
            if abs(y - mp.nint(y)) <= MARGIN * max(1, abs(y)):
                raise Unknown("floor or ceil meets a whole number: sympy is not asked at a join")
            return int(mp.floor(y))
        terms = [abs(evaluate(term, values, 15)) for term in x.args] if x.is_Add else [0]
        again = evaluate(x, values, 120)
        if not y or abs(y - again) > 0.01 * abs(again) or abs(y) <= MARGIN * max(terms):
            raise Unknown("a comparison ties there: sympy is not asked at a join")
        return 1 if y > 0 else -1


def _literal(value: Any) -> str:
    """A positive number as a literal: the shortest that reads back as the same double, if it is one."""
    try:
        double = float(value)
    except OverflowError:
        return "…"
    if double.as_integer_ratio() != (value.p, value.q):
        return f"({value.p}/{value.q})" if value.p < 1 << 64 and value.q < 1 << 64 else f"{double!r}"
    return repr(int(double)) if double.is_integer() and double < 1e16 else repr(double)


def _size_exceeds(expression: Any, bound: int) -> bool:
    """Whether the expression written out has more nodes than the bound."""
    work, count = [expression], 0
    while work:
        count += 1
        if count > bound:
            return True
        work.extend(work.pop().args)
    return False
