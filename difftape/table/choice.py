"""What chooses: comparisons, logic, where, abs, sign, min, max, floor and ceil.

Binding powers: or 2, and 4, not 6, comparisons 10.  Conditions have structural zeros for partials: only the
branch that is taken has a derivative.
"""

from __future__ import annotations

import math
import operator as python
from typing import Any

from ..primitives import Primitive, function, operator
from . import balls


def _comparison(
    name: str, symbol: str, holds: Any, fails: Any, llvm: str, numpy: str, sympy: str, doc: str, latex: str = ""
) -> Any:
    return operator(
        name,
        symbol,
        (10, 11),
        0,
        0,
        scalar=holds,
        llvm=llvm,
        mpmath=lambda mp, a, b: holds(a, b),
        flint=lambda fl, a, b: balls.decided(holds, fails, a, b),
        numpy=numpy,
        sympy=sympy,
        tie=lambda a, b: tied(a, b),
        latex=latex,
        doc=doc,
    )


less = _comparison(
    "less", "<", python.lt, python.ge, "fcmp olt", "less", "StrictLessThan", "a is below b (inside where)"
)
less_equal = _comparison(
    "less_equal",
    "<=",
    python.le,
    python.gt,
    "fcmp ole",
    "less_equal",
    "LessThan",
    "a is at most b (inside where)",
    r"\leq",
)
greater = _comparison(
    "greater", ">", python.gt, python.le, "fcmp ogt", "greater", "StrictGreaterThan", "a is above b (inside where)"
)
greater_equal = _comparison(
    "greater_equal",
    ">=",
    python.ge,
    python.lt,
    "fcmp oge",
    "greater_equal",
    "GreaterThan",
    "a is at least b (inside where)",
    r"\geq",
)
equal = _comparison("equal", "==", python.eq, python.ne, "fcmp oeq", "equal", "Equality", "a is b (inside where)", "=")
not_equal = _comparison(
    "not_equal",
    "!=",
    python.ne,
    python.eq,
    "fcmp une",
    "not_equal",
    "Unequality",
    "a is not b (inside where)",
    r"\neq",
)
both = operator(
    "both",
    "and",
    (4, 5),
    0,
    0,
    scalar=lambda a, b: a and b,
    llvm="and",
    mpmath=lambda mp, a, b: a and b,
    flint=lambda fl, a, b: a and b,
    numpy="logical_and",
    sympy="And",
    latex=r"\wedge",
    doc="both hold (inside where)",
)
either = operator(
    "either",
    "or",
    (2, 3),
    0,
    0,
    scalar=lambda a, b: a or b,
    llvm="or",
    mpmath=lambda mp, a, b: a or b,
    flint=lambda fl, a, b: a or b,
    numpy="logical_or",
    sympy="Or",
    latex=r"\vee",
    doc="one holds (inside where)",
)
negation = operator(
    "negation",
    "not",
    (0, 6),
    0,
    scalar=python.not_,
    llvm=lambda a: where(a, False, True),
    mpmath=lambda mp, a: not a,
    flint=lambda fl, a: not a,
    numpy="logical_not",
    sympy="Not",
    latex=r"\neg",
    doc="it does not hold (inside where)",
)

where: Primitive = function(
    "where",
    0,
    lambda y, c, a, b: taken(c, 1, 0),
    lambda y, c, a, b: taken(c, 0, 1),
    scalar=lambda c, a, b: a if c else b,
    llvm="select",
    mpmath=lambda mp, c, a, b: a if c else b,
    flint=lambda fl, c, a, b: a if c else b,
    sympy=lambda sp, c, a, b: sp.Piecewise((a, c), (b, True)),
    latex=r"\begin{cases} #2 & \text{if}\ #1 \\ #3 & \text{otherwise} \end{cases}",
    doc="a where the condition holds, else b; the other one is not looked at",
    example="where(2 > 1, 3, 4)",
)
sign = function(
    "sign",
    0,
    scalar=lambda x: (x > 0) - (x < 0) + 0.0,
    llvm=lambda x: where(x > 0, 1, where(x < 0, -1, 0)),
    sympy=lambda sp, x: sp.Piecewise((1, sp.StrictGreaterThan(x, 0)), (-1, sp.StrictLessThan(x, 0)), (0, True)),
    flint=lambda fl, x: balls.sign(x),
    tie=lambda x: tied(x, 0.0),
    aliases=("sgn", "signum"),
    smooth="x != 0",
    hard=("0",),
    doc="-1, 0 or 1",
    example="sign(-2)",
)
abs = function(
    "abs",
    lambda y, x: sign(x),
    math="fabs",
    llvm="llvm.fabs",
    mpmath="fabs",
    numpy="absolute",
    sympy=lambda sp, x: sp.Piecewise((x, sp.GreaterThan(x, 0)), (-x, True)),
    flint=lambda fl, x: balls.magnitude(x),
    tie=lambda x: tied(x, 0.0),
    aliases=("Abs", "fabs"),
    latex=r"\left|#1\right|",
    smooth="x != 0",
    hard=("0",),
    doc="the absolute value",
    example="abs(-2)",
)
min: Primitive = function(
    "min",
    lambda y, a, b: taken(less_equal(a, b), 1, 0),
    lambda y, a, b: taken(less_equal(a, b), 0, 1),
    scalar=lambda a, b: a if a <= b else b,
    llvm=lambda a, b: where(less_equal(a, b), a, b),
    mpmath=lambda mp, a, b: a if a <= b else b,
    flint=lambda fl, a, b: balls.least(a, b),
    numpy="minimum",
    sympy=lambda sp, a, b: sp.Piecewise((a, sp.LessThan(a, b)), (b, True)),
    tie=lambda a, b: tied(a, b),
    spread=lambda first, *more: _folded(min, first, more),
    aliases=("Min", "minimum", "fmin"),
    smooth="a != b",
    hard=(("1", "1"),),
    doc="the least of two or more",
    example="min(1, 2, 3)",
)
max: Primitive = function(
    "max",
    lambda y, a, b: taken(greater_equal(a, b), 1, 0),
    lambda y, a, b: taken(greater_equal(a, b), 0, 1),
    scalar=lambda a, b: a if a >= b else b,
    llvm=lambda a, b: where(greater_equal(a, b), a, b),
    mpmath=lambda mp, a, b: a if a >= b else b,
    flint=lambda fl, a, b: -balls.least(-a, -b),
    numpy="maximum",
    sympy=lambda sp, a, b: sp.Piecewise((a, sp.GreaterThan(a, b)), (b, True)),
    tie=lambda a, b: tied(a, b),
    spread=lambda first, *more: _folded(max, first, more),
    aliases=("Max", "maximum", "fmax"),
    smooth="a != b",
    hard=(("1", "1"),),
    doc="the greatest of two or more",
    example="max(1, 2, 3)",
)
floor: Primitive = function(
    "floor",
    0,
    scalar=lambda x: float(math.floor(x)),
    flint=lambda fl, x: balls.floor(x),
    llvm="llvm.floor",
    tie=lambda x: whole(x),
    latex=r"\left\lfloor #1\right\rfloor",
    smooth="x is not whole",
    hard=("2",),
    doc="the greatest whole number not above x",
    example="floor(2.5)",
)
ceil: Primitive = function(
    "ceil",
    0,
    scalar=lambda x: float(math.ceil(x)),
    flint=lambda fl, x: -balls.floor(-x),
    llvm="llvm.ceil",
    sympy="ceiling",
    tie=lambda x: whole(x),
    aliases=("ceiling",),
    latex=r"\left\lceil #1\right\rceil",
    smooth="x is not whole",
    hard=("2",),
    doc="the least whole number not below x",
    example="ceil(2.5)",
)


def tied(a: Any, b: Any) -> Any:
    """The claim that two operands are equal: of numbers what == says, of nodes and the like the condition.

    >>> tied(2.0, 2.0)
    True
    """
    return equal(a, b) if hasattr(a, "apply") else a == b


def fractional(x: Any) -> Any:
    """The claim that a number is not whole."""
    return not_equal(x, floor(x)) if hasattr(x, "apply") else x != math.floor(x)


def whole(x: Any) -> Any:
    """The claim that a number is whole."""
    return equal(x, floor(x)) if hasattr(x, "apply") else x == math.floor(x)


def together(first: Any, second: Any) -> Any:
    """Both claims: of numbers by `and`, of nodes and the like the condition."""
    return both(first, second) if hasattr(first, "apply") or hasattr(second, "apply") else first and second


def taken(condition: Any, yes: int, no: int) -> Any:
    """One number where the condition holds, another elsewhere: of a plain condition the plain number.

    So the slope of a branch that is not taken is the number 0, a structural zero, and not 0.0; of an array of
    conditions it is that array, or its opposite.
    """
    if condition.__class__ is bool:
        return yes if condition else no
    if condition.__class__.__name__ == "ndarray":
        return condition if yes else ~condition
    return where(condition, yes, no)


def _folded(primitive: Any, first: Any, more: tuple[Any, ...]) -> Any:
    for operand in more:
        first = primitive(first, operand)
    return first
