"""The Bessel functions J, Y, I, K, and their values on mpmath's numbers.

Derivatives: DLMF (dlmf.nist.gov) 10.6, 10.29.  An order has no rule: its partial is None.  A whole order is given to
mpmath as one, from 0 up (10.4.1, 10.27.1, 10.27.3), so that J and I of it are real everywhere.
"""

from __future__ import annotations

from typing import Any

from ..primitives import Primitive, function, inf

Part = tuple[Any, int, list[Any]]
"""(p, b, c): x^p log(x)^b (c[0] + c[1] x + …)."""


def _whole(mp: Any, n: Any) -> int | None:
    return int(mp.re(n)) if mp.isint(n) else None


def _j(mp: Any, n: Any, x: Any) -> Any:
    whole = _whole(mp, n)
    return mp.besselj(n, x) if whole is None else _sign(whole) * mp.besselj(abs(whole), x)


def _y(mp: Any, n: Any, x: Any) -> Any:
    whole = _whole(mp, n)
    if whole is None:
        return mp.bessely(n, x)
    return _close(mp, _y_near_zero, whole, x) if _is_close(mp, x) else _sign(whole) * mp.bessely(abs(whole), x)


def _i(mp: Any, n: Any, x: Any) -> Any:
    whole = _whole(mp, n)
    return mp.besseli(n, x) if whole is None else mp.besseli(abs(whole), x)


def _k(mp: Any, n: Any, x: Any) -> Any:
    return _close(mp, _k_near_zero, n, x) if mp.isint(n) and _is_close(mp, x) else mp.besselk(abs(n), x)


def _is_close(mp: Any, x: Any) -> bool:
    """Whether it is so close to 0 that mpmath, which takes a whole order for a limit, would lose more than time."""
    return bool(x) and bool(mp.isfinite(x)) and -mp.mag(x) > 8


def _close(mp: Any, near_zero: Any, n: Any, x: Any) -> Any:
    """What is the sum of the terms that count near 0."""
    with mp.workprec(mp.mp.prec + 20):
        parts = near_zero(mp, n, 4 + mp.mp.prec // -mp.mag(x))
        total = mp.fsum(x**p * mp.log(x) ** b * mp.polyval(c[::-1], x) for p, b, c in parts)
    return +total


def _powers(mp: Any, n: Any, sign: int, count: int, factor: Any = 1) -> list[Any]:
    """The first coefficients of (x/2)^n Σ (sign x²/4)^k/(k! Γ(n + k + 1)) without its x^n (10.2.2, 10.25.2)."""
    term = factor * mp.mpf(2) ** -n
    found = []
    for k in range(count):
        half, odd = divmod(k, 2)
        found.append(
            mp.mpf(0) if odd else term * sign**half * mp.rgamma(n + half + 1) / mp.factorial(half) / mp.mpf(4) ** half
        )
    return found


def _j_near_zero(mp: Any, n: Any, count: int) -> list[Part] | None:
    return None if mp.isint(n) else [(n, 0, _powers(mp, n, -1, count))]


def _i_near_zero(mp: Any, n: Any, count: int) -> list[Part] | None:
    return None if mp.isint(n) else [(n, 0, _powers(mp, n, 1, count))]


def _y_near_zero(mp: Any, n: Any, count: int) -> list[Part]:
    """10.2.3, and for a whole order 10.8.1."""
    whole = _whole(mp, n)
    if whole is None:
        cos, sin = mp.cospi(n), mp.sinpi(n)
        return [(n, 0, _powers(mp, n, -1, count, cos / sin)), (-n, 0, _powers(mp, -n, -1, count, -1 / sin))]
    return _logarithmic(mp, abs(whole), -1, count, _sign(whole) * 2 / mp.pi)


def _k_near_zero(mp: Any, n: Any, count: int) -> list[Part]:
    """10.27.4, and for a whole order 10.31.1."""
    n = abs(n)
    whole = _whole(mp, n)
    if whole is None:
        factor = mp.pi / 2 / mp.sinpi(n)
        return [(-n, 0, _powers(mp, -n, 1, count, factor)), (n, 0, _powers(mp, n, 1, count, -factor))]
    return _logarithmic(mp, whole, 1, count, mp.mpf(-1) ** (whole + 1))


def _logarithmic(mp: Any, n: int, sign: int, count: int, factor: Any) -> list[Part]:
    """factor·(log(x/2) J - a sum of digammas, and a pole of order n), J being I where sign is 1."""
    rising = _powers(mp, mp.mpf(n), sign, count, factor)
    mean = _harmonic(mp, n) / 2 - mp.euler  # of digamma(k + 1) and digamma(n + k + 1)
    steady = []
    for k, c in enumerate(rising):
        steady.append(-c * (mp.log(2) + mean))
        if k % 2:
            half = (k + 1) // 2
            mean += (mp.mpf(1) / half + mp.mpf(1) / (n + half)) / 2
    head = -factor * (-sign) ** n * mp.mpf(2) ** (n - 1)
    pole = [mp.mpf(0)] * count
    for k in range(min(n, (count + 1) // 2)):
        pole[2 * k] = head * (-sign) ** k * mp.factorial(n - k - 1) / mp.factorial(k) / mp.mpf(4) ** k
    return [(mp.mpf(-n), 0, pole), (mp.mpf(n), 1, rising), (mp.mpf(n), 0, steady)]


def _harmonic(mp: Any, n: int) -> Any:
    """1 + 1/2 + … + 1/n."""
    return mp.fsum(mp.mpf(1) / k for k in range(1, n + 1)) if n <= 1000 else mp.digamma(n + 1) + mp.euler


def _sign(n: int) -> int:
    """(-1)^n for n below 0, else 1."""
    return -1 if n < 0 and n % 2 else 1


_BESSEL = ((0, 5), (0, inf))
besselj: Primitive = function(
    "besselj",
    None,
    lambda y, n, x: (besselj(n - 1, x) - besselj(n + 1, x)) / 2,
    numpy=None,
    mpmath=_j,
    near_zero=_j_near_zero,
    domain=_BESSEL,
    flint=lambda fl, n, x: x.bessel_j(n),
    latex=r"J_{#1}\left(#2\right)",
    smooth="x > 0, or n is whole",
    hard=(("0.5", "0"),),
    doc="besselj(n, x): the Bessel function J of order n",
    example="besselj(0, 0)",
)
bessely: Primitive = function(
    "bessely",
    None,
    lambda y, n, x: (bessely(n - 1, x) - bessely(n + 1, x)) / 2,
    numpy=None,
    mpmath=_y,
    near_zero=_y_near_zero,
    domain=_BESSEL,
    flint=lambda fl, n, x: x.bessel_y(n),
    latex=r"Y_{#1}\left(#2\right)",
    smooth="x > 0",
    hard=(("0", "0"),),
    doc="bessely(n, x): the Bessel function Y of order n",
    example="bessely(0, 1)",
)
besseli: Primitive = function(
    "besseli",
    None,
    lambda y, n, x: (besseli(n - 1, x) + besseli(n + 1, x)) / 2,
    numpy=None,
    mpmath=_i,
    near_zero=_i_near_zero,
    domain=_BESSEL,
    flint=lambda fl, n, x: x.bessel_i(n),
    latex=r"I_{#1}\left(#2\right)",
    smooth="x > 0, or n is whole",
    hard=(("0.5", "0"),),
    doc="besseli(n, x): the modified Bessel function I of order n",
    example="besseli(0, 0)",
)
besselk: Primitive = function(
    "besselk",
    None,
    lambda y, n, x: -(besselk(n - 1, x) + besselk(n + 1, x)) / 2,
    numpy=None,
    mpmath=_k,
    near_zero=_k_near_zero,
    domain=_BESSEL,
    flint=lambda fl, n, x: x.bessel_k(n),
    latex=r"K_{#1}\left(#2\right)",
    smooth="x > 0",
    hard=(("0", "0"),),
    doc="besselk(n, x): the modified Bessel function K of order n",
    example="besselk(0, 1)",
)
