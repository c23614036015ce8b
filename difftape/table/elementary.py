"""Circular and hyperbolic functions, their inverses, and the smooth steps of machine learning.

Rules are spelt for accuracy over the whole domain, not only for truth: `1 - y*y` for tanh loses every digit
at 20 where `sech(x)**2` loses none; asin needs `(1-x)*(1+x)`, which does not cancel near 1.
"""

from __future__ import annotations

from typing import Any

from ..primitives import Primitive, function, inf
from . import balls, vectors
from .arithmetic import exp, expm1, hypot, log1p, sqrt
from .choice import abs, max, min, sign, taken, tied, together, where

sin = function("sin", lambda y, x: cos(x), doc="the sine of x radians", example="sin(0)")
cos: Primitive = function("cos", lambda y, x: -sin(x), doc="the cosine of x radians", example="cos(0)")
tan = function(
    "tan",
    lambda y, x: 1 + y * y,
    domain=(-1.5, 1.5),
    germ=lambda x: sin(x) / cos(x),
    smooth="x is not pi/2 + k*pi, k whole",
    hard=("pi/2",),
    doc="sin(x)/cos(x)",
    example="tan(0)",
)
cot = function(
    "cot",
    lambda y, x: -(1 + y * y),
    means=lambda x: 1 / tan(x),
    numpy=None,
    domain=(0, 3.1),
    smooth="x is not k*pi, k whole",
    hard=("0",),
    doc="cos(x)/sin(x)",
    example="cot(1)",
)
sec = function(
    "sec",
    lambda y, x: y * tan(x),
    means=lambda x: 1 / cos(x),
    numpy=None,
    domain=(-1.5, 1.5),
    smooth="x is not pi/2 + k*pi, k whole",
    hard=("pi/2",),
    doc="1/cos(x)",
    example="sec(0)",
)
csc = function(
    "csc",
    lambda y, x: -y * cot(x),
    means=lambda x: 1 / sin(x),
    numpy=None,
    domain=(0, 3.1),
    smooth="x is not k*pi, k whole",
    hard=("0",),
    doc="1/sin(x)",
    example="csc(1)",
)

asin = function(
    "asin",
    lambda y, x: 1 / sqrt((1 - x) * (1 + x)),
    numpy="arcsin",
    domain=(-1, 1),
    aliases=("arcsin",),
    hard=("1",),
    doc="the angle in [-pi/2, pi/2] whose sine is x",
    example="asin(1)",
)
acos = function(
    "acos",
    lambda y, x: -1 / sqrt((1 - x) * (1 + x)),
    numpy="arccos",
    domain=(-1, 1),
    aliases=("arccos",),
    hard=("1",),
    doc="the angle in [0, pi] whose cosine is x",
    example="acos(1)",
)
atan = function(
    "atan",
    lambda y, x: 1 / (1 + x * x),
    numpy="arctan",
    aliases=("arctan",),
    doc="the angle in (-pi/2, pi/2) whose tangent is x",
    example="atan(1)",
)
atan2 = function(
    "atan2",
    lambda y, a, b: b / hypot(a, b) / hypot(a, b),
    lambda y, a, b: -a / hypot(a, b) / hypot(a, b),
    numpy="arctan2",
    tie=lambda a, b: together(tied(a, 0.0), b <= 0),
    aliases=("arctan2",),
    flint=balls.angle,
    smooth="a != 0 or b > 0",
    hard=(
        ("0", "-1"),
        ("0", "0"),
    ),
    doc="the angle of the point (b, a): atan2(y, x)",
    example="atan2(1, 1)",
)
acot = function(
    "acot",
    lambda y, x: -1 / (1 + x * x),
    means=lambda x: atan(1 / x),
    numpy=None,
    domain=(0, inf),
    aliases=("arccot",),
    smooth="x != 0",
    hard=("0",),
    doc="atan(1/x)",
    example="acot(1)",
)
asec = function(
    "asec",
    lambda y, x: 1 / (abs(x) * sqrt(abs(x) - 1) * sqrt(abs(x) + 1)),
    means=lambda x: atan2(sqrt(abs(x) - 1) * sqrt(abs(x) + 1), sign(x)),
    numpy=None,
    domain=(1, inf),
    aliases=("arcsec",),
    flint=lambda fl, x: balls.between(1 / x, -1, 1).acos(),
    smooth="abs(x) > 1",
    hard=("1",),
    doc="acos(1/x)",
    example="asec(2)",
)
acsc = function(
    "acsc",
    lambda y, x: -1 / (abs(x) * sqrt(abs(x) - 1) * sqrt(abs(x) + 1)),
    means=lambda x: sign(x) * atan2(1.0, sqrt(abs(x) - 1) * sqrt(abs(x) + 1)),
    numpy=None,
    domain=(1, inf),
    aliases=("arccsc",),
    flint=lambda fl, x: balls.between(1 / x, -1, 1).asin(),
    smooth="abs(x) > 1",
    hard=("1",),
    doc="asin(1/x)",
    example="acsc(2)",
)

sinh = function(
    "sinh", lambda y, x: cosh(x), germ=lambda x: (exp(x) - exp(-x)) / 2, doc="(exp(x) - exp(-x))/2", example="sinh(0)"
)
cosh: Primitive = function(
    "cosh", lambda y, x: sinh(x), germ=lambda x: (exp(x) + exp(-x)) / 2, doc="(exp(x) + exp(-x))/2", example="cosh(0)"
)
tanh = function("tanh", lambda y, x: sech(x) ** 2, llvm=vectors.tanh, doc="sinh(x)/cosh(x)", example="tanh(0)")
coth = function(
    "coth",
    lambda y, x: -(csch(x) ** 2),
    means=lambda x: 1 / tanh(x),
    numpy=None,
    domain=(0, inf),
    smooth="x != 0",
    hard=("0",),
    doc="cosh(x)/sinh(x)",
    example="coth(1)",
)
sech: Primitive = function(
    "sech",
    lambda y, x: -y * tanh(x),
    means=lambda x: _sech(exp(-abs(x))),
    llvm=vectors.sech,
    numpy=None,
    doc="1/cosh(x)",
    example="sech(0)",
)
csch: Primitive = function(
    "csch",
    lambda y, x: -y * coth(x),
    means=lambda x: -2 * sign(x) * exp(-abs(x)) / expm1(-2 * abs(x)),
    numpy=None,
    domain=(0, inf),
    smooth="x != 0",
    hard=("0",),
    doc="1/sinh(x)",
    example="csch(1)",
)

asinh = function(
    "asinh",
    lambda y, x: 1 / hypot(x, 1.0),
    numpy="arcsinh",
    aliases=("arcsinh", "arsinh"),
    doc="the number whose sinh is x",
    example="asinh(0)",
)
acosh = function(
    "acosh",
    lambda y, x: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    numpy="arccosh",
    domain=(1, inf),
    aliases=("arccosh", "arcosh"),
    hard=("1",),
    doc="the number, 0 or more, whose cosh is x",
    example="acosh(1)",
)
atanh = function(
    "atanh",
    lambda y, x: 1 / ((1 - x) * (1 + x)),
    numpy="arctanh",
    domain=(-1, 1),
    aliases=("arctanh", "artanh"),
    hard=("1",),
    doc="the number whose tanh is x",
    example="atanh(0)",
)
acoth = function(
    "acoth",
    lambda y, x: 1 / ((1 - x) * (1 + x)),
    means=lambda x: sign(x) * log1p(2 / (abs(x) - 1)) / 2,
    numpy=None,
    domain=(1, inf),
    aliases=("arccoth", "arcoth"),
    flint=lambda fl, x: balls.between(1 / x, -1, 1).atanh(),
    smooth="abs(x) > 1",
    hard=("1",),
    doc="atanh(1/x)",
    example="acoth(2)",
)
asech = function(
    "asech",
    lambda y, x: -1 / (x * sqrt((1 - x) * (1 + x))),
    means=lambda x: asinh(sqrt((1 - x) / x) * sqrt((1 + x) / x)),  # not real below 0, as acosh(1/x)
    numpy=None,
    domain=(0, 1),
    aliases=("arcsech", "arsech"),
    flint=lambda fl, x: balls.between(1 / x, 1, inf).acosh(),
    hard=(
        "0",
        "1",
    ),
    doc="acosh(1/x)",
    example="asech(0.5)",
)
acsch = function(
    "acsch",
    lambda y, x: -1 / (abs(x) * hypot(x, 1.0)),
    means=lambda x: asinh(1 / x),
    numpy=None,
    domain=(0, inf),
    aliases=("arccsch", "arcsch"),
    smooth="x != 0",
    hard=("0",),
    doc="asinh(1/x)",
    example="acsch(1)",
)

sigmoid: Primitive = function(
    "sigmoid",
    lambda y, x: y * sigmoid(-x),
    means=lambda x: exp(min(x, 0.0)) / (1 + exp(-abs(x))),
    numpy=None,
    mpmath=lambda mp, x: 1 / (1 + mp.exp(-x)),
    sympy=lambda sp, x: 1 / (1 + sp.exp(-x)),
    flint=lambda fl, x: 1 / (1 + (-x).exp()),
    latex=r"\sigma",
    doc="1/(1 + exp(-x))",
    example="sigmoid(0)",
    aliases=("logistic", "expit"),
)
softplus = function(
    "softplus",
    lambda y, x: sigmoid(x),
    means=lambda x: max(x, 0.0) + log1p(exp(-abs(x))),
    numpy=None,
    mpmath=lambda mp, x: mp.log1p(mp.exp(x)),
    sympy=lambda sp, x: sp.log(1 + sp.exp(x)),
    flint=lambda fl, x: balls.between(x.exp(), -1, inf).log1p(),
    doc="log(1 + exp(x))",
    example="softplus(0)",
)
relu = function(
    "relu",
    lambda y, x: taken(x > 0, 1, 0),
    scalar=lambda x: x if x > 0 else 0.0,
    llvm=lambda x: where(x > 0, x, 0),
    means=lambda x: max(x, 0.0),
    mpmath=lambda mp, x: x if x > 0 else mp.mpf(0),
    numpy=None,
    sympy=lambda sp, x: sp.Piecewise((x, sp.StrictGreaterThan(x, 0)), (0, True)),
    flint=lambda fl, x: -balls.least(-x, x * 0),
    tie=lambda x: tied(x, 0.0),
    smooth="x != 0",
    hard=("0",),
    doc="max(x, 0)",
    example="relu(-1)",
)


def _sech(h: Any) -> Any:
    """1/cosh by h = exp(-abs(x)), which no more than underflows."""
    return 2 * h / (1 + h * h)
