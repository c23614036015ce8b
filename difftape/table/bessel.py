"""The Bessel functions J, Y, I, K, and their values on mpmath's numbers.

Derivatives: DLMF (dlmf.nist.gov) 10.6, 10.29.  An order has no rule: its partial is None.  A whole order is given to
mpmath as one, from 0 up (10.4.1, 10.27.1, 10.27.3), so that J and I of it are real everywhere.
"""

from __future__ import annotations

from typing import Any

from ..primitives import Primitive, function, inf


def _whole(mp: Any, n: Any) -> int | None:
    return int(mp.re(n)) if mp.isint(n) else None


def _j(mp: Any, n: Any, x: Any) -> Any:
    whole = _whole(mp, n)
    return mp.besselj(n, x) if whole is None else _sign(whole) * mp.besselj(abs(whole), x)


def _y(mp: Any, n: Any, x: Any) -> Any:
    whole = _whole(mp, n)
    return mp.bessely(n, x) if whole is None else _sign(whole) * mp.bessely(abs(whole), x)


def _i(mp: Any, n: Any, x: Any) -> Any:
    whole = _whole(mp, n)
    return mp.besseli(n, x) if whole is None else mp.besseli(abs(whole), x)


def _k(mp: Any, n: Any, x: Any) -> Any:
    return mp.besselk(abs(n), x)


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
    domain=_BESSEL,
    doc="besselj(n, x): the Bessel function J of order n",
    example="besselj(0, 0)",
)
bessely: Primitive = function(
    "bessely",
    None,
    lambda y, n, x: (bessely(n - 1, x) - bessely(n + 1, x)) / 2,
    numpy=None,
    mpmath=_y,
    domain=_BESSEL,
    doc="bessely(n, x): the Bessel function Y of order n",
    example="bessely(0, 1)",
)
besseli: Primitive = function(
    "besseli",
    None,
    lambda y, n, x: (besseli(n - 1, x) + besseli(n + 1, x)) / 2,
    numpy=None,
    mpmath=_i,
    domain=_BESSEL,
    doc="besseli(n, x): the modified Bessel function I of order n",
    example="besseli(0, 0)",
)
besselk: Primitive = function(
    "besselk",
    None,
    lambda y, n, x: -(besselk(n - 1, x) + besselk(n + 1, x)) / 2,
    numpy=None,
    mpmath=_k,
    domain=_BESSEL,
    doc="besselk(n, x): the modified Bessel function K of order n",
    example="besselk(0, 1)",
)
