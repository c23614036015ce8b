"""tanh and sech on vectors of rows, for processors that multiply and add in one rounding: within 3.1 and 2 ulp.

x = k log(2) + r, k whole and |r| at most log(2)/2, so that exp(x) = 2^k exp(r), and exp(r) is its Taylor polynomial.
The derivative of tanh needs sech: together they cost less than one by the C library.  On other processors each is
None: then it is the C library's, or what it means.
"""

from __future__ import annotations

import math
from math import inf
from typing import Any

_LOG2 = math.log(2), 2.3190468138462996e-17  # the nearest double, and the rest
_TERMS = [1 / math.factorial(n) for n in range(2, 14)]  # of (exp(r) - 1 - r)/r**2


def tanh(x: Any) -> Any:
    """-E/(E + 2), E = exp(-2|x|) - 1 = u (u + 2), u = exp(-|x|) - 1 = 2^k p + (2^k - 1), with the sign of x."""
    if not x.is_fused:
        return None
    k, p = _reduced(-abs(x))
    power = k.bounded(-60.0, inf).power_of_two()
    u = power.instruct("llvm.fma", p, power - 1)
    e = u.instruct("llvm.fma", u, 2 * u)
    return (e / (e + 2)).instruct("llvm.copysign", x)


def sech(x: Any) -> Any:
    """2 e/(1 + e^2), e = exp(-|x|) = 2^k (1 + p), the power of two in two halves, as it may be very small."""
    if not x.is_fused:
        return None
    k, p = _reduced(-abs(x))
    half = (k * 0.5).instruct("llvm.rint")
    e = (1 + p) * half.power_of_two() * (k - half).power_of_two()
    return 2 * e / e.instruct("llvm.fma", e, 1)


def _reduced(x: Any) -> tuple[Any, Any]:
    """k, and p = exp(r) - 1, of a number that is not above 0; below the bound is nothing but 0."""
    x = x.bounded(-746.0, 0.0)
    k = (x * (1 / math.log(2))).instruct("llvm.rint")
    r = (-k).instruct("llvm.fma", _LOG2[0], x)
    r = (-k).instruct("llvm.fma", _LOG2[1], r)
    return k, (r * r).instruct("llvm.fma", _polynomial(_TERMS, r), r)


def _polynomial(terms: list[float], r: Any) -> Any:
    """terms[0] + terms[1] r + …, in pairs, pairs of pairs …, which do not wait for one another."""
    level: list[Any] = list(terms)
    while len(level) > 1:
        pairs = [
            r.instruct("llvm.fma", level[n + 1], level[n]) if n + 1 < len(level) else level[n]
            for n in range(0, len(level), 2)
        ]
        level, r = pairs, r * r
    return level[0]
