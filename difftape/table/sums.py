"""Sums on mpmath's numbers for functions that mpmath has only slowly or not at all: DLMF 5.15.1, 25.4.1."""

from __future__ import annotations

from typing import Any

from ..errors import LimitError

_DIRECT = 10_000  # terms of a sum that is not left to mpmath
_HIGH = 10_000  # an order for which mpmath takes minutes


def polygamma_sum(mp: Any, n: int, x: Any) -> Any:
    """The nth derivative of digamma; for a high order the sum of (-1)^(n+1) n!/(x + k)^(n+1), of which few terms count.

    Left of 0 the terms on both sides of the pole may cancel, and at a half (n even) all but those beyond 1 - x do.
    """
    if n <= max(100, min(mp.mp.prec, _HIGH)) or not mp.isfinite(x) or mp.im(x):
        return mp.polygamma(n, x)
    x = mp.re(x)
    if x <= 0:
        if x == mp.floor(x):
            return mp.polygamma(1, x)  # a pole
        if n % 2 == 0 and 2 * x == mp.floor(2 * x):
            x = 1 - x
    with mp.workprec((1 if x > 0 else 2) * mp.mp.prec + 20 + 2 * n.bit_length()):
        nearest = x if x > 0 else abs(x - mp.nint(x))
        far = nearest * mp.mpf(2) ** (mp.mpf(mp.mp.prec) / (n + 1))
        if far - nearest > _DIRECT:
            if n > _HIGH and x < 20 * n:
                raise LimitError(f"polygamma of the order {n} there takes too long")
            return mp.polygamma(n, x)
        first, last = max(0, int(mp.ceil(-x - far))), int(mp.floor(far - x))
        total = mp.fsum((nearest / (x + k)) ** (n + 1) for k in range(first, last + 1))
        return (-1) ** (n + 1) * mp.gamma(mp.mpf(n + 1)) * total / nearest ** (n + 1)


def zeta_derivative(mp: Any, n: int, x: Any) -> Any:
    """The nth derivative of zeta; far left by the series of 2 (2 pi)^(x-1) sin(pi x/2) gamma(1-x) zeta(1-x)."""
    if not n or mp.im(x) or not -1e6 < mp.re(x) < -10:
        return mp.zeta(x, 1, n)
    with mp.workprec(mp.mp.prec + 40 + 8 * n):
        x, half = mp.re(x), mp.pi / 2
        scale = mp.log(2 * mp.pi)
        wave = mp.sinpi(x / 2), mp.cospi(x / 2)
        waves = (wave[0], wave[1], -wave[0], -wave[1])
        # exp(a[0] + a[1] h + …) = (2 pi)^h gamma(1 - x - h)/gamma(1 - x)
        a = [mp.mpf(0), scale - mp.digamma(1 - x)]
        a += [(-1) ** k * mp.polygamma(k - 1, 1 - x) / mp.factorial(k) for k in range(2, n + 1)]
        growth = [mp.mpf(1)]
        for k in range(1, n + 1):
            growth.append(mp.fsum(j * a[j] * growth[k - j] for j in range(1, k + 1)) / k)
        sines = [waves[k % 4] * half**k / mp.factorial(k) for k in range(n + 1)]
        zetas = [(-1) ** k * mp.zeta(1 - x, 1, k) / mp.factorial(k) for k in range(n + 1)]
        both = [mp.fsum(growth[j] * sines[k - j] for j in range(k + 1)) for k in range(n + 1)]
        total = mp.fsum(both[k] * zetas[n - k] for k in range(n + 1))
        return 2 * mp.exp((x - 1) * scale) * mp.gamma(1 - x) * mp.factorial(n) * total


def wave_quotient(mp: Any, n: int, x: Any, sign: int) -> Any:
    """The nth derivative of sin(x)/x (sign -1) or sinh(x)/x (sign 1).

    Near 0 by its series, sum of sign^j (2j)!/(2j-n)! x^(2j-n)/(2j+1)!; beyond n by the upward recurrence
    x f[n] = s[n] - n f[n-1], s[n] the nth derivative of sin or sinh, which is stable there.
    """
    with mp.workprec(mp.mp.prec + 30 + 3 * int(min(abs(x), n + 30))):
        if abs(x) <= n + 20:
            j = (n + 1) // 2
            term = (
                mp.mpf(sign) ** j
                * mp.factorial(2 * j)
                / mp.factorial(2 * j - n)
                * x ** (2 * j - n)
                / mp.factorial(2 * j + 1)
            )
            total, floor = term, mp.mpf(2) ** (-2 * mp.mp.prec)
            while (term and abs(term) > abs(total) * mp.eps and abs(term) > floor) or j < n:
                term *= (
                    sign
                    * x
                    * x
                    * mp.mpf((2 * j + 1) * (2 * j + 2))
                    / ((2 * j + 1 - n) * (2 * j + 2 - n) * (2 * j + 2) * (2 * j + 3))
                )
                total += term
                j += 1
            return total
        waves = (mp.sin(x), mp.cos(x), -mp.sin(x), -mp.cos(x)) if sign < 0 else (mp.sinh(x), mp.cosh(x)) * 2
        f = waves[0] / x
        for k in range(1, n + 1):
            f = (waves[k % 4] - k * f) / x
        return f
