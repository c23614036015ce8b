"""Special functions: error, gamma, zeta, integral, Airy, Lambert and Fresnel functions.

Where Python's math has none, a float is evaluated through mpmath.  Derivatives: DLMF (dlmf.nist.gov) 5.2, 5.15,
6.2, 7.2, 7.10, 9.2, 4.13, 25.2.  An order or a parameter (n) has no rule: its partial is None.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import LimitError
from ..evaluation import scalar_by_mpmath
from ..primitives import Primitive, function, inf
from . import balls
from .arithmetic import exp, log, pi, sqrt
from .choice import equal, where
from .elementary import cos, cosh, sin
from .sums import polygamma_sum, wave_quotient, zeta_derivative

erf = function(
    "erf",
    lambda y, x: 2 / sqrt(pi(x)) * exp(-x * x),
    numpy=None,
    scipy="erf",
    doc="the error function",
    example="erf(0)",
)
erfc = function(
    "erfc",
    lambda y, x: -2 / sqrt(pi(x)) * exp(-x * x),
    numpy=None,
    doc="1 - erf(x), exact for large x",
    example="erfc(0)",
)
erfi = function(
    "erfi",
    lambda y, x: 2 / sqrt(pi(x)) * exp(x * x),
    numpy=None,
    domain=(-25, 25),
    smooth="",
    doc="the imaginary error function",
    example="erfi(0)",
)
erfinv = function(
    "erfinv",
    lambda y, x: sqrt(pi(x)) / 2 * exp(y * y),
    numpy=None,
    scipy="erfinv",
    domain=(-1, 1),
    hard=("1",),
    doc="the number whose erf is x",
    example="erfinv(0)",
)

gamma = function(
    "gamma",
    lambda y, x: y * digamma(x),
    libm="tgamma",  # C's gamma is the logarithm
    numpy=None,
    scipy="gamma",
    domain=(0, inf),
    aliases=("Gamma",),
    latex=r"\Gamma",
    smooth="x is not 0, -1, -2, …",
    hard=("0",),
    doc="the gamma function; gamma(n + 1) is n!",
    example="gamma(5)",
)
lgamma: Primitive = function(
    "lgamma",
    lambda y, x: digamma(x),
    scalar=lambda x: _lgamma(x),
    mpmath=lambda mp, x: mp.loggamma(x).real,
    sympy=lambda sp, x: sp.Piecewise(
        (sp.loggamma(x), sp.StrictGreaterThan(x, 0)), (sp.log(sp.gamma(x) ** 2) / 2, True)
    ),
    numpy=None,
    domain=(0, inf),
    aliases=("loggamma", "gammaln"),
    germ=lambda x: log(abs(gamma(x))),
    flint=lambda fl, x: balls.log_gamma(x),
    smooth="x is not 0, -1, -2, …",
    hard=("0",),
    doc="log(abs(gamma(x)))",
    example="lgamma(10)",
)
digamma: Primitive = function(
    "digamma",
    lambda y, x: polygamma(1.0, x),
    numpy=None,
    scipy="psi",
    domain=(0, inf),
    aliases=("psi",),
    latex=r"\psi",
    smooth="x is not 0, -1, -2, …",
    hard=("0",),
    doc="the derivative of lgamma",
    example="digamma(1)",
)
polygamma: Primitive = function(
    "polygamma",
    None,
    lambda y, n, x: polygamma(n + 1, x),
    numpy=None,
    scipy="polygamma",
    mpmath=lambda mp, n, x: polygamma_sum(mp, _order(n, 1e12), x),
    domain=((0, 5), (0, inf)),
    flint=balls.polygamma,
    latex=r"\psi^{\left(#1\right)}\left(#2\right)",
    smooth="n whole, x is not 0, -1, -2, …",
    hard=(("1", "0"),),
    doc="polygamma(n, x): the nth derivative of digamma, n whole",
    example="polygamma(1, 1)",
)
beta = function(
    "beta",
    lambda y, a, b: y * (digamma(a) - digamma(a + b)),
    lambda y, a, b: y * (digamma(b) - digamma(a + b)),
    numpy=None,
    sympy=lambda sp, a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b),
    domain=(0, inf),
    germ=lambda a, b: gamma(a) * gamma(b) / gamma(a + b),
    flint=lambda fl, a, b: a.gamma() * b.gamma() * (a + b).rgamma(),
    latex=r"\mathrm{B}",
    smooth="a and b are not 0, -1, -2, …",
    hard=(("0", "1"),),
    doc="gamma(a)*gamma(b)/gamma(a + b)",
    example="beta(2, 3)",
)
zeta = function(
    "zeta",
    lambda y, x: zetaderiv(1.0, x),
    numpy=None,
    scipy="zeta",
    domain=(1, inf),
    latex=r"\zeta",
    smooth="x != 1",
    doc="Riemann's zeta function",
    example="zeta(2)",
)
zetaderiv: Primitive = function(
    "zetaderiv",
    None,
    lambda y, n, x: zetaderiv(n + 1, x),
    numpy=None,
    mpmath=lambda mp, n, x: zeta_derivative(mp, _order(n), x),
    sympy=lambda sp, n, x: sp.Derivative(sp.zeta(x), (x, n)) if x.is_Symbol else None,
    domain=((0, 5), (1, inf)),
    flint=balls.zeta_derivative,
    latex=r"\zeta^{\left(#1\right)}\left(#2\right)",
    smooth="n whole, x != 1",
    doc="zetaderiv(n, x): the nth derivative of zeta, n whole",
    example="zetaderiv(1, 2)",
)

sincderiv: Primitive = function(
    "sincderiv",
    None,
    lambda y, n, x: sincderiv(n + 1, x),
    numpy=None,
    mpmath=lambda mp, n, x: wave_quotient(mp, _order(n), x, -1),
    sympy=lambda sp, n, x: _derivative(sp, sp.sin, n, x),
    domain=((0, 5), (-inf, inf)),
    flint=lambda fl, n, x: balls.wave_quotient(fl, n, x, 1j),
    smooth="n whole",
    doc="sincderiv(n, x): the nth derivative of sin(x)/x, n whole",
    example="sincderiv(2, 0)",
)
sinhcderiv: Primitive = function(
    "sinhcderiv",
    None,
    lambda y, n, x: sinhcderiv(n + 1, x),
    numpy=None,
    mpmath=lambda mp, n, x: wave_quotient(mp, _order(n), x, 1),
    sympy=lambda sp, n, x: _derivative(sp, sp.sinh, n, x),
    domain=((0, 5), (-inf, inf)),
    flint=lambda fl, n, x: balls.wave_quotient(fl, n, x, 1),
    smooth="n whole",
    doc="sinhcderiv(n, x): the nth derivative of sinh(x)/x, n whole",
    example="sinhcderiv(2, 0)",
)
sinc = function(
    "sinc",
    lambda y, x: sincderiv(1.0, x),
    scalar=lambda x: math.sin(x) / x if x else 1.0,
    llvm=lambda x: where(equal(x, 0), 1, sin(x) / x),
    numpy=lambda np, x: np.where(x == 0, 1.0, np.sin(x) / np.where(x == 0, 1.0, x)),
    doc="sin(x)/x, and 1 at 0",
    example="sinc(0)",
)

Si = function(
    "Si",
    lambda y, x: sinc(x),
    mpmath="si",
    numpy=None,
    flint="si",
    scipy=lambda sp, x: sp.sici(x)[0],
    doc="the sine integral",
    example="Si(0)",
)
Ci = function(
    "Ci",
    lambda y, x: cos(x) / x,
    mpmath="ci",
    numpy=None,
    domain=(0, inf),
    flint="ci",
    hard=("0",),
    doc="the cosine integral",
    example="Ci(1)",
)
Shi = function(
    "Shi",
    lambda y, x: sinhcderiv(0.0, x),
    mpmath="shi",
    numpy=None,
    domain=(-700, 700),
    flint="shi",
    smooth="",
    doc="the hyperbolic sine integral",
    example="Shi(0)",
)
Chi = function(
    "Chi",
    lambda y, x: cosh(x) / x,
    mpmath="chi",
    numpy=None,
    domain=(0, 700),
    flint="chi",
    smooth="x > 0",
    hard=("0",),
    doc="the hyperbolic cosine integral",
    example="Chi(1)",
)
Ei = function(
    "Ei",
    lambda y, x: exp(x) / x,
    mpmath="ei",
    numpy=None,
    domain=(0, 700),
    flint=lambda fl, x: balls.exponential_integral(x),
    smooth="x != 0",
    hard=("0",),
    doc="the exponential integral",
    example="Ei(1)",
)
li = function(
    "li",
    lambda y, x: 1 / log(x),
    numpy=None,
    domain=(1, inf),
    flint=lambda fl, x: balls.exponential_integral(x.log()),
    smooth="x > 0, x != 1",
    hard=("1",),
    doc="the logarithmic integral",
    example="li(2)",
)
fresnels = function(
    "fresnels",
    lambda y, x: sin(pi(x) * x * x / 2),
    numpy=None,
    flint="fresnel_s",
    latex=r"S",
    doc="the integral of sin(pi*t**2/2)",
    example="fresnels(0)",
)
fresnelc = function(
    "fresnelc",
    lambda y, x: cos(pi(x) * x * x / 2),
    numpy=None,
    flint="fresnel_c",
    latex=r"C",
    doc="the integral of cos(pi*t**2/2)",
    example="fresnelc(0)",
)

airyai = function(
    "airyai",
    lambda y, x: airyaiprime(x),
    numpy=None,
    domain=(-100, 100),
    flint="airy_ai",
    latex=r"\mathrm{Ai}",
    smooth="",
    doc="the Airy function Ai",
    example="airyai(0)",
)
airyaiprime: Primitive = function(
    "airyaiprime",
    lambda y, x: x * airyai(x),
    mpmath=lambda mp, x: mp.airyai(x, derivative=1),
    numpy=None,
    domain=(-100, 100),
    flint=lambda fl, x: x.airy_ai(derivative=1),
    latex=r"\mathrm{Ai}'",
    smooth="",
    doc="the derivative of Ai",
    example="airyaiprime(0)",
)
airybi = function(
    "airybi",
    lambda y, x: airybiprime(x),
    numpy=None,
    domain=(-100, 100),
    flint="airy_bi",
    latex=r"\mathrm{Bi}",
    smooth="",
    doc="the Airy function Bi",
    example="airybi(0)",
)
airybiprime: Primitive = function(
    "airybiprime",
    lambda y, x: x * airybi(x),
    mpmath=lambda mp, x: mp.airybi(x, derivative=1),
    numpy=None,
    domain=(-100, 100),
    flint=lambda fl, x: x.airy_bi(derivative=1),
    latex=r"\mathrm{Bi}'",
    smooth="",
    doc="the derivative of Bi",
    example="airybiprime(0)",
)
lambertw = function(
    "lambertw",
    lambda y, x: exp(-y) / (1 + y),
    numpy=None,
    sympy="LambertW",
    domain=(-1 / math.e, inf),
    aliases=("LambertW", "productlog"),
    latex=r"W",
    smooth="x > -1/e",
    doc="the principal w with w*exp(w) = x",
    example="lambertw(0)",
)


def _lgamma(x: float) -> float:
    """Python's lgamma, whose error is absolute: near its zeros mpmath's."""
    y = math.lgamma(x)
    return y if abs(y) > 0.25 else scalar_by_mpmath(lgamma, (x,))


def _order(n: Any, most: float = 1e4) -> int:
    """An order as a whole number; raises ValueError where it is none, LimitError where it is too large."""
    if n != int(n) or n < 0:
        raise ValueError(f"the order {float(n)} is not a whole number from 0")
    if n > most:
        raise LimitError(f"the order {float(n):g} of a special function; the limit is {most:g}")
    return int(n)


def _derivative(sp: Any, wave: Any, n: Any, x: Any) -> Any:
    """Sympy's nth derivative of wave(t)/t, at x."""
    t = sp.Dummy()
    return sp.diff(wave(t) / t, t, _order(n)).xreplace({t: x})
