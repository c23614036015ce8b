"""Constants, operators, powers and roots, exponentials and logarithms.

Binding powers: sums 20, products 30, the sign 40, powers 50 (comparisons and logic, below them: `choice.py`).
"""

from __future__ import annotations

import math
import operator as python

from ..primitives import Primitive, constant, function, inf, is_number, number, operator
from . import balls

pi = constant(
    "pi",
    math.pi,
    aliases=("π",),
    mpmath=lambda mp, *_: +mp.pi,
    flint=lambda fl, *_: fl.arb.pi(),
    doc="the circle's ratio",
    example="pi",
)
e = constant(
    "e",
    math.e,
    mpmath=lambda mp, *_: +mp.e,
    sympy="E",
    flint=lambda fl, *_: fl.arb.const_e(),
    doc="the base of log",
    example="e",
)
tau = constant(
    "tau",
    math.tau,
    mpmath=lambda mp, *_: 2 * mp.pi,
    sympy=lambda sp: 2 * sp.pi,
    flint=lambda fl, *_: 2 * fl.arb.pi(),
    doc="2*pi",
    example="tau",
)

add = operator(
    "add",
    "+",
    (20, 21),
    1,
    1,
    scalar=python.add,
    llvm="fadd",
    mpmath=lambda mp, a, b: a + b,
    sympy=lambda sp, a, b: a + b,
    flint=lambda fl, a, b: a + b,
    doc="a sum",
)
sub = operator(
    "sub",
    "-",
    (20, 21),
    1,
    -1,
    scalar=python.sub,
    llvm="fsub",
    mpmath=lambda mp, a, b: a - b,
    numpy="subtract",
    sympy=lambda sp, a, b: a - b,
    flint=lambda fl, a, b: a - b,
    doc="a difference",
)
mul = operator(
    "mul",
    "*",
    (30, 31),
    lambda y, a, b: b,
    lambda y, a, b: a,
    scalar=python.mul,
    llvm="fmul",
    mpmath=lambda mp, a, b: a * b,
    numpy="multiply",
    sympy=lambda sp, a, b: a * b,
    flint=lambda fl, a, b: a * b,
    doc="a product",
)
div = operator(
    "div",
    "/",
    (30, 31),
    lambda y, a, b: 1 / b,
    lambda y, a, b: -y * (1 / b),  # closes on 1/b; -y/b would make a new quotient at every order
    scalar=python.truediv,
    llvm="fdiv",
    mpmath=lambda mp, a, b: a / b,
    numpy="divide",
    sympy=lambda sp, a, b: a / b,
    flint=lambda fl, a, b: a / b,
    domain=((-inf, inf), (0, inf)),
    latex=r"\frac{#1}{#2}",
    smooth="b != 0",
    hard=(("1", "0"),),
    doc="a quotient",
)
neg = operator(
    "neg",
    "-",
    (0, 40),
    -1,
    scalar=python.neg,
    llvm="fneg",
    mpmath=lambda mp, a: -a,
    numpy="negative",
    sympy=lambda sp, a: -a,
    flint=lambda fl, a: -a,
    doc="the negative",
)
pow = operator(
    "pow",
    "**",
    (51, 50),
    lambda y, a, p: 0 if is_number(p, 0) else p * a ** (p - 1),  # the constant a**0 has no pole at 0
    lambda y, a, p: y * log(a),
    math="pow",
    mpmath=lambda mp, a, p: a**p,
    numpy="power",
    sympy=lambda sp, a, p: a**p,
    flint=lambda fl, a, p: balls.power(a, p),
    series=(lambda y, a, p: p * y * (1 / a), lambda y, a, p: y * log(a)),
    tie=lambda a, p: together(tied(a, 0.0), fractional(p)),
    aliases=("power",),
    domain=((0, inf), (-inf, inf)),
    smooth="a > 0; any a where p is whole, but not 0 where p < 0",
    hard=(("0", "0.5"),),
    doc="a power; x**2, also x^2 and x²",
    example="2**-1",
)
square = function(
    "square",
    lambda y, x: 2 * x,
    scalar=lambda x: x * x,
    llvm=lambda x: x * x,
    mpmath=lambda mp, x: x * x,
    sympy=lambda sp, x: x**2,
    flint=lambda fl, x: x * x,
    germ=lambda x: x * x,
    doc="x**2",
    example="square(3)",
)


sqrt = function(
    "sqrt",
    lambda y, x: 1 / y / 2,
    llvm="llvm.sqrt",
    domain=(0, inf),
    latex=r"\sqrt{#1}",
    hard=("0",),
    doc="the square root; of x**2 it is abs(x)",
    example="sqrt(9)",
)
cbrt = function(
    "cbrt",
    lambda y, x: 1 / (3 * y * y),
    mpmath=lambda mp, x: mp.cbrt(x) if x >= 0 else -mp.cbrt(-x),
    sympy=lambda sp, x: sp.Piecewise((sp.cbrt(x), sp.GreaterThan(x, 0)), (-sp.cbrt(-x), True)),
    flint=lambda fl, x: balls.cube_root(x),
    domain=(0, inf),
    latex=r"\sqrt[3]{#1}",
    smooth="x != 0",
    hard=("0",),
    doc="the real cube root, also of negative numbers",
    example="cbrt(-8)",
)
hypot = function(
    "hypot",
    lambda y, a, b: a / y,
    lambda y, a, b: b / y,
    sympy=lambda sp, a, b: sp.sqrt(a**2 + b**2),
    flint=lambda fl, a, b: balls.between(a * a + b * b, 0, inf).sqrt(),
    germ=lambda a, b: sqrt(a * a + b * b),
    smooth="a != 0 or b != 0",
    hard=(("0", "0"),),
    doc="sqrt(a**2 + b**2) without overflow on the way",
    example="hypot(3, 4)",
)

exp = function("exp", lambda y, x: y, latex=r"e^{#1}", doc="e to the x", example="exp(0)")
expm1 = function(
    "expm1",
    lambda y, x: exp(x),
    sympy=lambda sp, x: sp.exp(x) - 1,
    germ=lambda x: exp(x) - 1,
    doc="exp(x) - 1, exact near 0",
    example="expm1(0)",
)
exp2 = function(
    "exp2",
    lambda y, x: y * log(number(2, x)),
    mpmath=lambda mp, x: mp.mpf(2) ** x,
    sympy=lambda sp, x: 2**x,
    flint=lambda fl, x: fl.arb(2) ** x,
    germ=lambda x: exp(x * log(number(2, x))),
    latex=r"2^{#1}",
    doc="2 to the x",
    example="exp2(3)",
)
log: Primitive = function(
    "log",
    lambda y, x: 1 / x,
    domain=(0, inf),
    aliases=("ln",),
    spread=lambda x, base: log(x) / log(base),
    hard=("0",),
    doc="the natural logarithm; log(x, base) is log(x)/log(base)",
    example="log(8, 2)",
)
log2 = function(
    "log2",
    lambda y, x: 1 / (x * log(number(2, x))),
    mpmath=lambda mp, x: mp.log(x, 2),
    sympy=lambda sp, x: sp.log(x) / sp.log(2),
    flint=lambda fl, x: x.log() / fl.arb.const_log2(),
    domain=(0, inf),
    germ=lambda x: log(x) / log(number(2, x)),
    latex=r"\log_{2}",
    hard=("0",),
    doc="the logarithm to base 2",
    example="log2(8)",
)
log10 = function(
    "log10",
    lambda y, x: 1 / (x * log(number(10, x))),
    sympy=lambda sp, x: sp.log(x) / sp.log(10),
    flint=lambda fl, x: x.log() / fl.arb.const_log10(),
    domain=(0, inf),
    aliases=("lg",),
    germ=lambda x: log(x) / log(number(10, x)),
    latex=r"\log_{10}",
    hard=("0",),
    doc="the logarithm to base 10",
    example="log10(1000)",
)
log1p = function(
    "log1p",
    lambda y, x: 1 / (1 + x),
    sympy=lambda sp, x: sp.log(1 + x),
    domain=(-1, inf),
    germ=lambda x: log(1 + x),
    hard=("-1",),
    doc="log(1 + x), exact near 0",
    example="log1p(0)",
)

from .choice import fractional, tied, together  # noqa: E402  (here, for the table is in the order of reading)
