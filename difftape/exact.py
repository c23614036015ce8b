"""Exact expressions and exact points: every leaf is a double that is meant as it is, or a named constant.

No new kind of leaf is needed for that.  A number that no double holds is *written out* in steps whose leaves are
doubles (`rationals.py`): the literal 0.1 is 1/10, and a longer one a few sums and quotients by powers of two.  So an
exact program is an ordinary `Program`, and every engine that replays a recording (mpmath, germs, sympy, balls) is exact
on it as it stands.  What a reader finds at the leaves of `exact_program(program).steps`:

- a float: exactly that binary number (0.5, 3.0, 2.0**-50), never a rounded literal;
- a `Primitive` of arity 0: pi, e or tau, without error;
- a str: a variable, whose value is an `Exact` of the point.

An `Exact` is a constant program of that kind, `.program`; `.fraction` is its value as a Fraction, or None where it is
not known to be rational (pi/3, sqrt(2)).  `float(x)` rounds it once; `mpmath.mpf(x)` gives it to mpmath's precision;
for another kind of number replay `x.program.steps` on it, or make it from the fraction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .errors import UsageError
from .graph import Graph, Program, Step
from .interpret import bind, interpret
from .lexer import normal
from .rationals import rational, written

_MOST = 1 << 16  # bits with which a constant is looked at before it is said to be 0


class Exact:
    """A number without error: a constant program, and its fraction if it is known to be rational.

    >>> exact("1/3").fraction, exact("pi/3").fraction
    (Fraction(1, 3), None)
    >>> float(exact("pi/3"))
    1.0471975511965979
    """

    __slots__ = ("_known", "fraction", "program")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fraction = rational(program.steps, program.root)
        self._known: dict[int, Any] = {}

    @property
    def text(self) -> str:
        """A constant expression of the language that stands for it."""
        return self.program.text

    def __float__(self) -> float:
        """The nearest double; an infinity beyond the largest."""
        if self.fraction is not None:
            try:
                return float(self.fraction)
            except OverflowError:
                return math.inf if self.fraction > 0 else -math.inf
        from mpmath import mp

        with mp.workprec(80):
            return float(mp.mpf(self))

    def _mpmath_(self, precision: int, rounding: str) -> Any:
        """What mpmath asks for when it converts: the number to so many bits."""
        from mpmath import mp
        from mpmath.libmp import from_rational

        known = self._known.get(precision)
        if known is None:
            if self.fraction is not None:
                ratio = self.fraction.numerator, self.fraction.denominator
                known = mp.make_mpf(from_rational(*ratio, precision, rounding))
            else:
                known = settled_constant(self.program, precision)
            self._known[precision] = known
        return known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exact) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


def exact(value: Any, what: str = "the value") -> Exact:
    """The exact number that a value stands for; a float is the binary number it is, a str a constant expression.

    Raises ParseError for a text that is not in the language, UsageError for what is not constant or not finite,
    TypeError for what is no number.

    >>> exact("0.1").fraction, exact(0.5).text, exact(Fraction(2, 3)).text
    (Fraction(1, 10), '0.5', '2/3')
    """
    if isinstance(value, Exact):
        return value
    if isinstance(value, str):
        return _read(value, what)
    if hasattr(value, "_mpf_"):
        try:
            value = fraction_of(value)
        except ValueError:
            value = float(value)
    if not isinstance(value, (int, float, Fraction, Decimal)):
        if isinstance(value, (bytes, bytearray)) or not hasattr(value, "__float__"):
            raise TypeError(f"{what} is a number or its text, not a {type(value).__name__}")
        value = float(value)
    try:
        return of_fraction(Fraction(value))
    except (ValueError, OverflowError):
        raise UsageError(f"{what} is {value}; it must be finite") from None


def _read(text: str, what: str) -> Exact:
    from .parser import parse

    program = parse(text, is_exact=True)
    if program.variables:
        raise UsageError(
            f"{what}={text.strip()}: {program.variables[0]} has no value here",
            hint="a value is a constant expression, such as 3, 1e-9 or pi/2",
        )
    program.text = text.strip()
    found = Exact(program)
    if found.fraction is None:
        from mpmath import mp

        try:
            mp.mpf(found)
        except (ArithmeticError, ValueError, TypeError):
            raise UsageError(f"{what}={text.strip()} is not a finite number") from None
    return found


def of_fraction(value: Fraction) -> Exact:
    """The exact number that a fraction is; its text is a decimal where that is short.

    >>> of_fraction(Fraction(3, 10)).text, of_fraction(Fraction(-1, 3)).text
    ('0.3', '-1/3')
    """
    graph = Graph()
    root = written(graph, value)
    return Exact(Program(shown(value), graph.steps, root, {}, False, False))


def fraction_of(value: Any) -> Fraction:
    """The fraction that one of mpmath's finite numbers is; raises ValueError for another."""
    sign, mantissa, exponent, _ = value._mpf_
    if not mantissa and exponent:
        raise ValueError("not finite")
    mantissa = -int(mantissa) if sign else int(mantissa)
    return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)


def between(start: Exact, stop: Exact, i: int, last: int) -> Exact:
    """The number start + i·(stop - start)/last.

    >>> between(exact("0"), exact("1"), 1, 3).text, between(exact("0"), exact("pi"), 1, 4).text
    ('1/3', '(0) + 1*((pi) - (0))/4')
    """
    if start.fraction is not None and stop.fraction is not None:
        return of_fraction(start.fraction + i * (stop.fraction - start.fraction) / last)
    return exact(f"({start.text}) + {i}*(({stop.text}) - ({start.text}))/{last}")


def shown(value: Fraction) -> str:
    """A fraction as a text that is exactly it.

    >>> shown(Fraction(-5, 4)), shown(Fraction(1, 3)), shown(Fraction(1, 2**60))
    ('-1.25', '1/3', '1/1152921504606846976')
    """
    if value.denominator.bit_length() < 40 and abs(value.numerator).bit_length() < 50:
        decimal = Decimal(value.numerator) / Decimal(value.denominator)
        if Fraction(decimal) == value:
            return f"{decimal:f}" if "." in f"{decimal:f}" else f"{decimal:f}.0"
    return str(value) if value.denominator.bit_length() + abs(value.numerator).bit_length() < 10_000 else "…"


def exact_program(program: Program) -> Program:
    """The same expression with its decimal literals exact, read from its text; made once.

    >>> from difftape.parser import parse
    >>> [step[0] for step in exact_program(parse("0.1*x")).steps if len(step) == 1]
    [1.0, 10.0, 'x']
    """
    if program.exactly is None:
        from .parser import parse

        if all(_is_plain(step) for step in program.steps):
            program.exactly = program
        else:
            free = (*program.variables, *map(normal, program.variables))
            program.exactly = parse(program.text, free, max_nodes=1 << 60, is_exact=True)
    return program.exactly


def _is_plain(step: Step) -> bool:
    """Whether a step means the same when literals are exact: a small whole number is written as it is."""
    return len(step) > 1 or step[0].__class__ is not float or (step[0] == step[0] // 1 and step[0] < 1e15)


def exact_point(at: Mapping[str, Any]) -> dict[str, Exact]:
    """The exact numbers of a point."""
    return {name: exact(value, f"the value of {name}") for name, value in at.items()}


def settled_constant(program: Program, precision: int) -> Any:
    """A constant program's value on mpmath numbers, to so many bits; 0 where it shrinks with every bit added.

    Raises ValueError, OverflowError or ZeroDivisionError where it is not a finite number.
    """
    from mpmath import mp

    from .evaluation import foreign

    def values(bits: int) -> Any:
        with mp.workprec(bits):
            bindings = bind(program.steps, {}, mp.mpf)
            y = interpret(program.steps, bindings, lambda primitive: foreign(primitive, mp.mpf))[program.root]
            if not mp.isfinite(y):
                raise ValueError("not finite")
            return +mp.mpf(y)

    bits = precision + 40
    before = values(bits)
    while bits < _MOST + 2 * precision:
        bits = 2 * bits + 60
        now = values(bits)
        if now == before or (now and mp.mag(now - before) < mp.mag(now) - precision - 8):
            with mp.workprec(precision):
                return +now
        before = now
    return mp.mpf(0)
