"""What a primitive is: a name, one partial derivative per operand, and what else is known of it.

The entries are in `table/`; the lexer, parser, printer, every engine, the check and the tests are read off
them.  A partial is a function of the result and the operands, `rule(y, x)`, written with operators and
other primitives, so that it means the right thing for a float, an array, a node of a graph, a tensor on a
tape or a big float.  A constant partial is a number, and the number 0 is a *structural* zero.
"""

from __future__ import annotations

import math
from typing import Any

inf = math.inf
COMPARISON = 11
"""The highest binding power of what is a claim; sums are above it."""

TABLE: dict[str, Primitive] = {}
ALIASES: dict[str, str] = {}
INFIX: dict[str, Primitive] = {}
PREFIX: dict[str, Primitive] = {}


class Primitive:
    """One entry of the table.

    `name`, `arity`      how it is called; an arity of 0 is a named constant
    `partials`           one rule or number per operand; None where there is no such derivative (an order)
    `scalar`             its value on floats: raises ValueError, OverflowError or ZeroDivisionError
    `means`              its definition by other primitives, for kinds of value that lack a function for it
    `llvm`               what it is on vectors in compiled code: an instruction of LLVM, or a definition by primitives
    `libm`               the C library's name for it, where that has it: the one in Python's `math` unless stated
    `scipy`              its name in scipy.special, only where that is within 6 ulp over the domain; or a callable
    `mpmath` `numpy` `sympy`   its names there, or None; a callable takes the module and the operands
    `flint`              its method on a ball of Arb, real or complex; else its definition, None where it has neither
    `symbol` `left` `right`    operators: how it is written, and its binding powers (left 0: prefix)
    `domain`             per operand, the open interval on which it is real and smooth
    `tie`                a claim about operands of any kind: defined here, but its rule cannot be trusted
    `series`             slopes used for Taylor series where `partials` would not close on themselves
    `germ`               a definition for where its rule has no meaning: at infinity, at a pole, in several operands
    `near_zero`          its series in powers and logarithms of an operand that tends to 0 (see `germ/frobenius.py`)
    `latex`              how it is typeset: a template with #1, #2 for the operands, or what stands before them
    `spread`             what its name means with another number of operands, as a function of nodes
    `doc`, `example`     one line of reference each
    `smooth`, `hard`     in words where it is real and smooth, if `domain` is only a part of that; points where not
    """

    __slots__ = (
        "aliases", "arity", "doc", "domain", "example", "flint", "germ", "hard", "latex", "left", "libm", "llvm",
        "means", "mpmath", "name", "near_zero", "numpy", "partials", "right", "scalar", "scipy", "series", "smooth",
        "spread", "symbol", "sympy", "tie",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        partials: tuple[Any, ...],
        *,
        math: str = "",
        scalar: Any = None,
        means: Any = None,
        llvm: Any = None,
        libm: str = "",
        mpmath: Any = "",
        numpy: Any = "",
        scipy: Any = None,
        sympy: Any = "",
        flint: Any = "",
        symbol: str = "",
        powers: tuple[int, int] = (0, 0),
        domain: Any = (-inf, inf),
        tie: Any = None,
        series: tuple[Any, ...] | None = None,
        germ: Any = None,
        near_zero: Any = None,
        latex: str = "",
        spread: Any = None,
        aliases: tuple[str, ...] = (),
        doc: str = "",
        example: str = "",
        smooth: str | None = None,
        hard: tuple[Any, ...] = (),
    ) -> None:
        self.name = name
        self.partials = partials
        self.arity = len(partials)
        self.means = means
        self.llvm = llvm
        self.libm = libm or _in_c(math or name)
        self.mpmath = name if mpmath == "" else mpmath
        self.numpy = name if numpy == "" else numpy
        self.scipy = scipy
        self.sympy = name if sympy == "" else sympy
        self.flint = name if flint == "" else flint
        self.scalar = scalar or _scalar(math or name, self)
        self.symbol = symbol
        self.left, self.right = powers
        several = bool(domain) and isinstance(domain[0], tuple)
        self.domain: tuple[tuple[float, float], ...] = domain if several else (domain,) * self.arity
        self.tie = tie
        self.series = series or partials
        self.germ = germ
        self.near_zero = near_zero
        self.latex = latex
        self.spread = spread
        self.aliases = aliases
        self.doc = doc
        self.example = example
        self.smooth = smooth
        self.hard = hard

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    @property
    def is_called(self) -> bool:
        """Whether the language writes it as a call, `name(…)`: functions, and operators that have an alias."""
        return self.arity > 0 and (not self.symbol or bool(self.aliases))

    @property
    def is_condition(self) -> bool:
        """Whether its value is a claim: a comparison, and, or, not."""
        return 0 < self.right <= COMPARISON

    def __call__(self, *operands: Any) -> Any:
        """The primitive applied to operands of any kind; floats give a float."""
        if len(operands) == 1 and operands[0].__class__ is float:
            return self.scalar(operands[0])
        for operand in operands:
            if hasattr(operand, "apply"):
                return operand.apply(self, operands)
        for operand in operands:
            kind = operand.__class__
            if kind is not float and kind is not int and kind is not bool:
                from .evaluation import foreign

                return foreign(self, kind)(*operands)
        return self.scalar(*[x if x.__class__ is bool else float(x) for x in operands])

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return _named, (self.name,)


def function(name: str, *partials: Any, **known: Any) -> Primitive:
    """A new function of the table, called `name(x, …)`, with one partial per operand."""
    primitive = TABLE[name] = Primitive(name, partials, **known)
    for alias in primitive.aliases:
        ALIASES[alias] = name
    return primitive


def operator(name: str, symbol: str, powers: tuple[int, int], *partials: Any, **known: Any) -> Primitive:
    """A new operator of the table, written `symbol`, with its left and right binding powers (left 0: prefix)."""
    primitive = function(name, *partials, symbol=symbol, powers=powers, **known)
    (INFIX if powers[0] else PREFIX)[symbol] = primitive
    return primitive


def constant(name: str, value: float, **known: Any) -> Primitive:
    """A new named constant; called with a witness, it is the constant in the witness's kind of value."""
    return function(name, scalar=lambda *_: value, numpy=lambda *_: value, **known)


def number(value: float, like: Any) -> Any:
    """A plain number in the kind of value that `like` is, so that functions of it are as exact as that kind.

    >>> number(2, 0.5)
    2.0
    """
    if hasattr(like, "number"):
        return like.number(value)
    kind = type(like)
    return kind(value) if kind.__module__.startswith(("mpmath", "flint")) else float(value)


def is_number(x: Any, value: float) -> bool:
    """Whether x is this plain number: a float, int, big float or exact ball, never a tensor, node or array."""
    return (isinstance(x, (float, int)) or hasattr(x, "_mpf_") or hasattr(x, "is_exact")) and bool(x == value)


def _named(name: str) -> Primitive:
    return TABLE[name]


def _in_c(name: str) -> str:
    """The name, if Python's math has a function of that name: then the C library has it too."""
    return name if callable(getattr(math, name, None)) else ""


def _scalar(name: str, primitive: Primitive) -> Any:
    """The function on floats: Python's own, else the definition, else mpmath's."""

    def by_mpmath(*operands: float) -> float:
        from .evaluation import scalar_by_mpmath

        return scalar_by_mpmath(primitive, operands)

    return getattr(math, name, None) or primitive.means or by_mpmath
