"""Derivatives by no rule at all: Cauchy's formula on balls.

f is evaluated on a complex box around the disc |z - x| ≤ R; where every function on the way is analytic there,
|f| ≤ M on it, and f = Σ a[j] (z - x)^j with |a[j]| ≤ M/R^j.  The mean of f(x + r w) w^-k over the N-th roots of unity
w is a[k] r^k + a[k+N] r^(k+N) + …, and what follows the first term is at most M (r/R)^(k+N)/(1 - (r/R)^N).  So N
values of f, with more digits, enclose a derivative, and neither the table's rules nor the reverse sweep nor the
series have a part in it: only what each function is.

A function that is real on a piece of the real line may have its cuts only where it has no real value (log, asin), or
on the imaginary axis beyond ±i (atan), which no box around a real point reaches without ±i itself.  So it is analytic
on a box if it is finite on the box and on the box's real part.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from typing import Any

from ..derivatives import ARITHMETIC
from ..errors import DifftapeError
from ..evaluation import foreign
from ..graph import Program, Step
from .ball import (
    Point,
    Remaining,
    Uncertain,
    ball,
    bound,
    evaluated,
    library,
    precision,
    refuse_ties,
    remaining,
    uncertain,
)

_SHARPEST = 600  # a radius is not smaller than 2**-600 of the coordinate
_NODES = 16  # roots of unity, and more than the order


def derivative(program: Program, at: Point, by: str, order: int, digits: int) -> Any:
    """The ball of the derivative of that order by one variable, its radius below the digits asked for.

    Raises Uncertain where the program is analytic on no disc that was tried, UsageError where Arb lacks a function
    of complex numbers.
    """
    bits = int(digits * 3.33) + 64
    left, radius, most = _disc(program, at, by, order, bits)
    arb = library().arb
    wanted = bits
    while wanted <= max(1 << 14, 8 * bits):
        found = _enclosed(left, at, by, order, radius, most, wanted)
        relative = arb(10) ** -digits
        if found.rad() <= found.abs_lower() * relative or found.rad() <= relative * arb(10) ** -400:
            return found
        wanted *= 2
    raise Uncertain("Cauchy's formula does not settle")


def _disc(program: Program, at: Point, by: str, order: int, bits: int) -> tuple[Remaining, int, Any]:
    """The steps that are left, a radius as a power of two, and a bound on that disc, which loses few digits.

    Raises Uncertain where there is none with ten times the precision either.
    """
    failure = Uncertain("it is analytic on no disc that was tried")
    for more in (1, 3, 10):
        with precision(more * bits):
            best: tuple[Any, Remaining, int, Any] | None = None
            scale = _exponent(ball(at[by]))
            radius, step = max(scale, 0) + 2, 1
            while radius > scale - _SHARPEST:
                radius, step = radius - step, step + step // 2 + 1
                try:
                    left, most = _bounded(program, at, by, radius)
                except Uncertain as error:
                    failure = error
                    continue
                cost = most * library().arb(2) ** (-radius * order)
                if best is not None and not cost < best[0]:
                    break
                best = cost, left, radius, most
            if best is not None:
                return best[1:]
    raise failure


def _exponent(x: Any) -> int:
    """The power of two near a ball's size; 0 for a ball that is about 0 or as large as 1."""
    size = x.abs_upper()
    if not size > 0:
        return 0
    mantissa, exponent = size.man_exp()
    return int(exponent) + int(mantissa).bit_length() - 1


def _bounded(program: Program, at: Point, by: str, radius: int) -> tuple[Remaining, Any]:
    """The steps that are left, and the bound of what is analytic on the box; raises Uncertain where it is not."""
    flint = library()
    r = flint.arb(0, flint.arb(2) ** radius)
    x = ball(at[by])
    real = {**at, by: x + r}
    left = remaining(program, real, (by,))
    values = evaluated(left.steps, real, flint.arb)
    refuse_ties(left, values)
    steps = left.steps[: left.root + 1]
    most = analytic(steps, {**at, by: flint.acb(x + r, r)})[left.root].abs_upper()
    if not most.is_finite():
        raise Uncertain("it has no bound on the disc")
    return left, most


def analytic(steps: Sequence[Step], at: Point) -> list[Any]:
    """The value of every step on a complex box; raises Uncertain where a function may not be analytic."""
    flint = library()
    bindings = bound(steps, at, flint.acb)
    values: list[Any] = []
    for place, step in enumerate(steps):
        if len(step) == 1:
            values.append(bindings[step[0]])
            continue
        operands = [values[p] for p in step[1:]]
        real = [x if x.__class__ is bool else x.real for x in operands]
        try:
            foreign(step[0], flint.arb)(*real)
            values.append(foreign(step[0], flint.acb)(*operands))
        except DifftapeError:
            raise
        except ARITHMETIC as error:
            raise uncertain(step[0], real, str(error), place) from None
    return values


def _enclosed(left: Remaining, at: Point, by: str, order: int, radius: int, most: Any, wanted: int) -> Any:
    """The derivative to about so many bits beside the bound."""
    flint = library()
    arb, acb = flint.arb, flint.acb
    nodes = _NODES
    while nodes <= order + 1:
        nodes *= 2
    narrow = -(-wanted // nodes) + 1  # r is R/2**narrow
    with precision(wanted + narrow * order + 64):
        x = ball(at[by])
        r = arb(2) ** (radius - narrow)
        total = arb(0)
        for j in range(nodes // 2 + 1):
            turn = arb(2 * j) / nodes
            w = acb(turn.cos_pi(), turn.sin_pi())
            y = evaluated(left.steps[: left.root + 1], {**at, by: acb(x) + w * r}, acb)[left.root]
            back = arb(2 * ((j * order) % nodes)) / nodes
            term = y.real * back.cos_pi() + y.imag * back.sin_pi()
            total += term if j in (0, nodes // 2) else 2 * term
        shrink = arb(2) ** -narrow
        error = most * shrink ** (order + nodes) / (1 - shrink**nodes)
        mean = total / nodes + arb(0, error)
        return mean / r**order * factorial(order)
