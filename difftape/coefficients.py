"""How coefficient k of a series follows from earlier ones: one function for each kind of step.

Each returns a function of k that appends coefficient k to `out`.  A list that has ended (a polynomial) is
shorter than k; `draw()` is the factor 1 with the rounding of one operation in it (see `series.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from operator import mul
from typing import Any

Fill = Callable[[int], None]
Draw = Callable[[], Any]


def convolution(a: list[Any], b: list[Any], k: int) -> Any:
    """Σ a[j]·b[k-j] over the coefficients there are.

    >>> convolution([1, 2], [3, 4, 5], 2)
    13
    """
    low, high = max(0, k - len(b) + 1), min(k, len(a) - 1)
    return sum(map(mul, a[low : high + 1], b[k - low : k - high - 1 if k > high else None : -1]))


def sums(out: list[Any], a: list[Any] | None, b: list[Any] | None, sign: int, draw: Draw) -> Fill:
    """a ± b, either of which may be constant (None)."""
    if a is None or b is None:
        return scaled(out, a or b or [], 1 if b is None else sign, draw)

    def fill(k: int) -> None:
        if k < len(a):
            u = a[k]
            if k < len(b):
                out.append((u + b[k] if sign > 0 else u - b[k]) * draw())
            else:
                out.append(u)
        else:
            out.append(b[k] * sign)

    return fill


def scaled(out: list[Any], a: list[Any], factor: Any, draw: Draw) -> Fill:
    """a times a constant."""
    if factor == 1:
        return lambda k: out.append(a[k])
    if factor == -1:
        return lambda k: out.append(-a[k])
    return lambda k: out.append(a[k] * factor * draw())


def derivative(out: list[Any], a: list[Any]) -> Fill:
    """1·a[1], 2·a[2], …"""
    return lambda k: out.append(k * a[k])


def product(out: list[Any], a: list[Any], b: list[Any], draw: Draw) -> Fill:
    """a·b by convolution."""
    return lambda k: out.append(convolution(a, b, k) * draw())


def quotient(out: list[Any], a: list[Any] | None, b: list[Any], draw: Draw) -> Fill:
    """a/b: q[k] = (a[k] - Σ_{j≥1} b[j]·q[k-j])/b[0]."""
    divisor = b[0]

    def fill(k: int) -> None:
        low = k - len(b) + 1
        known = sum(map(mul, b[1 : k + 1], out[k - 1 : low - 1 if low > 0 else None : -1]))
        out.append(((a[k] - known) if a is not None and k < len(a) else -known) / divisor * draw())

    return fill


def integral(out: list[Any], parts: list[tuple[Any, ...]], draw: Draw) -> Fill:
    """y with y' = Σ ±s·x' over the parts: x, its scaled derivative, s, ±s where it is constant, the sign of s."""
    if len(parts) == 1:
        x, dx, s, constant, sign = parts[0]
        if s is None:
            return scaled(out, x, constant, draw)
        if dx is None:  # x = x0 + x1·t
            if len(x) > 1:  # the variable itself
                return lambda k: out.append(s[k - 1] / (sign * k) * draw())
            return lambda k: out.append(s[k - 1] * x[1] / (sign * k) * draw())
        return lambda k: out.append(sum(map(mul, dx, s[k - 1 :: -1])) / (sign * k) * draw())

    def fill(k: int) -> None:
        total = 0
        for x, dx, s, constant, sign in parts:
            if s is None:
                total += k * x[k] * constant if k < len(x) else 0
            elif dx is None:
                total += x[1] * s[k - 1] * sign
            else:
                total += sum(map(mul, dx, s[k - 1 :: -1])) * sign
        out.append(total / k * draw())

    return fill
