"""What the table's functions are on balls where Arb's own would not do, real (arb) and complex (acb) alike.

A real ball stands for every real number in it; a complex one, around a piece of the real line, for the analytic
continuation of the function from there.  What chooses (abs, a comparison) goes by the real part, and raises ValueError
where the ball does not decide.
"""

from __future__ import annotations

from typing import Any

from ..errors import LimitError

_LARGEST = 1 << 20  # whole powers of a complex ball around 0 that are multiplied out


def decided(holds: Any, fails: Any, a: Any, b: Any) -> bool:
    """Whether a comparison holds for every number of the balls, or fails for every one; raises ValueError otherwise."""
    if holds(a.real, b.real):
        return True
    if fails(a.real, b.real):
        return False
    raise ValueError("is undecided")


def is_complex(x: Any) -> bool:
    """Whether a ball is a complex one."""
    return bool(x.__class__.__name__ == "acb")


def side(x: Any) -> int:
    """The sign of a ball; raises ValueError where it is undecided."""
    x = x.real
    if x > 0:
        return 1
    if x < 0:
        return -1
    if x == 0:
        return 0
    raise ValueError("has an undecided sign")


def sign(x: Any) -> Any:
    """The sign as a ball; of a real ball around 0 the ball of all signs."""
    return side(x) if is_complex(x) or not x.contains(0) or x == 0 else x.sgn()


def magnitude(x: Any) -> Any:
    """The absolute value; of a complex ball, that of the real numbers in it, continued."""
    return side(x) * x if is_complex(x) else abs(x)


def least(a: Any, b: Any) -> Any:
    """The least of two."""
    return (a if side(a - b) <= 0 else b) if is_complex(a) else a.min(b)


def floor(x: Any) -> Any:
    """The floor; a complex ball must lie between two whole numbers."""
    below = x.real.floor()
    if is_complex(x) and not below.is_exact():
        raise ValueError("has an undecided floor")
    return below


def power(a: Any, p: Any) -> Any:
    """a**p; also where p is whole and the ball of a is around 0, where Arb takes a logarithm."""
    n = whole(p)
    if n is None or n <= 0 or not a.contains(0) or a == 0:
        return a**p
    if is_complex(a):
        if n > _LARGEST:
            raise ValueError("is too large a power")
        return _multiplied(a, n)
    low, high = a.lower(), a.upper()
    if n % 2 == 0:
        return (a * 0).union(low**p).union(high**p)
    return (-((-low) ** p)).union(high**p)


def whole(p: Any) -> int | None:
    """The whole number that a ball is exactly, if it is one."""
    if not (p.is_exact() and p.imag == 0):
        return None
    n = p.real.unique_fmpz()
    return None if n is None else int(n)


def _multiplied(a: Any, n: int) -> Any:
    y = a
    for bit in bin(n)[3:]:
        y = y * y * a if bit == "1" else y * y
    return y


def between(x: Any, low: float, high: float) -> Any:
    """A ball, of which a complex one must be between two numbers: outside is the cut of what it is given to."""
    if is_complex(x) and not (x.real > low and x.real < high):
        raise ValueError("reaches a cut")
    return x


def cube_root(x: Any) -> Any:
    """The real cube root."""
    s = side(x)
    return s * (s * x).root(3) if s else x


def angle(fl: Any, a: Any, b: Any) -> Any:
    """atan2(a, b); of complex balls by the quadrant that the real parts are in."""
    if not is_complex(a):
        return fl.arb.atan2(a, b)
    if b.real > 0:
        return (a / b).atan()
    return side(a) * fl.arb.pi() / 2 - (b / a).atan()


def exponential_integral(x: Any) -> Any:
    """Ei; left of 0 it is -E1(-x), which has no cut there."""
    return -((-x).expint(1)) if is_complex(x) and side(x) < 0 else x.ei()


def log_gamma(x: Any) -> Any:
    """log(abs(gamma(x)))."""
    return x.lgamma() if x.real > 0 else -magnitude(x.rgamma()).log()


def order(n: Any, most: float = 1e4) -> int:
    """An order as a whole number; raises ValueError where it is none, LimitError where it is too large."""
    found = whole(n)
    if found is None or found < 0:
        raise ValueError("has an order that is no whole number from 0")
    if found > most:
        raise LimitError(f"the order {found} of a special function; the limit is {most:g}")
    return found


def polygamma(fl: Any, n: Any, x: Any) -> Any:
    """The nth derivative of digamma."""
    y = fl.acb(x).polygamma(order(n))
    return y if is_complex(x) else y.real


def zeta_derivative(fl: Any, n: Any, x: Any) -> Any:
    """The nth derivative of zeta, from its power series."""
    k = order(n)
    if not k:
        return x.zeta()
    series = fl.acb_series if is_complex(x) else fl.arb_series
    before, fl.ctx.cap = fl.ctx.cap, k + 2  # beyond the cap, by default 10, every coefficient is 0
    try:
        return series([x, 1], k + 2).zeta()[k] * fl.arb.fac_ui(k)
    finally:
        fl.ctx.cap = before


def wave_quotient(fl: Any, n: Any, x: Any, turn: complex) -> Any:
    """The nth derivative of sin(x)/x (turn 1j) or sinh(x)/x (turn 1).

    It is the mean over t in [-1, 1] of (turn t)^n e^(turn x t); the integral from 0 to 1 of t^n e^(zt) is
    1F1(n + 1, n + 2, z)/(n + 1) (DLMF 13.4.1).
    """
    k = order(n)
    z = fl.acb(turn) * x
    half = z.hypgeom_1f1(k + 1, k + 2) + (-1) ** k * (-z).hypgeom_1f1(k + 1, k + 2)
    y = fl.acb(turn) ** k * half / (2 * (k + 1))
    return y if is_complex(x) else y.real
