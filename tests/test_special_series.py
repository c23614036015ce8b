"""Series of special functions to order 20, at random points of their domains, against Cauchy's integral.

The judge knows no derivative rule: the coefficients are a discrete Fourier transform of mpmath's complex values on a
circle, of a quarter of the distance to the edge of the domain, so that 80 points leave an error of 1e-40.
"""

from __future__ import annotations

import random
from typing import Any

import mpmath
import pytest
from points import SMOOTH, positions, within

from difftape import series
from difftape.evaluation import mpmath_function
from difftape.graph import Program
from difftape.orders import nth, taylor_coefficients
from difftape.parser import parse
from difftape.primitives import TABLE, Primitive
from difftape.table import bessel, special

ORDER, POINTS, DIGITS = 20, 80, 130
REAL_ONLY = {"erfinv": "mpmath has no complex values of it", "sinc": "a quotient in elementary terms"}
SPECIAL = [
    p
    for p in SMOOTH
    if p in (getattr(special, p.name, None), getattr(bessel, p.name, None))
    and positions(p) == [p.arity - 1]
    and p.name not in REAL_ONLY
]


def complex_function(primitive: Primitive) -> Any:
    """mpmath's function; of lgamma, whose entry takes the real part, the analytic one."""
    return mpmath.loggamma if primitive.name == "lgamma" else mpmath_function(primitive)


def question(primitive: Primitive, seed: int) -> tuple[Program, float, list[Any]]:
    """The primitive of x as a program, x, and what stands before it (an order)."""
    source = random.Random(f"{primitive.name} {seed}")
    before: list[Any] = [source.randrange(int(low), int(high)) for low, high in primitive.domain[:-1]]
    text = f"{primitive.name}({', '.join([*map(str, before), 'x'])})"
    return parse(text), within(primitive.domain[-1], source), before


def by_cauchy(primitive: Primitive, x: float, before: list[Any]) -> list[Any]:
    """The Taylor coefficients from values on a circle."""
    function = complex_function(primitive)
    low, high = primitive.domain[-1]
    with mpmath.workdps(DIGITS):
        radius = mpmath.mpf(min(x - low, high - x, 1)) / 4
        roots = [mpmath.expjpi(mpmath.mpf(2) * j / POINTS) for j in range(POINTS)]
        # conjugate points have conjugate values
        half = [function(*before, x + radius * roots[j]) for j in range(POINTS // 2 + 1)]
        values = half + [mpmath.conj(half[POINTS - j]) for j in range(POINTS // 2 + 1, POINTS)]
        return [
            mpmath.fsum(v * roots[-j * k % POINTS] for j, v in enumerate(values)).real / POINTS / radius**k
            for k in range(ORDER + 1)
        ]


def complaints(primitive: Primitive, seed: int) -> list[str]:
    """What is wrong with the series in doubles (1e-12 beside neighbouring coefficients) and in 50 digits (1e-30)."""
    program, x, before = question(primitive, seed)
    want = by_cauchy(primitive, x, before)
    doubles = taylor_coefficients(program, {"x": x}, "x", ORDER)
    stack = nth(program, {"x": x}, "x", ORDER)
    exact = series.taylor_mp(program.steps, program.root, {"x": x}, "x", ORDER, 50)
    found = []
    with mpmath.workdps(DIGITS):
        for k, truth in enumerate(want):
            size = max(abs(truth), abs(want[k - 1]) if k else 0)
            if abs(doubles[k] - truth) > 1e-12 * size:
                found.append(f"{program.text} at {x}, coefficient {k}: {doubles[k]} is not {mpmath.nstr(truth, 20)}")
            if abs(stack[k] / mpmath.factorial(k) - truth) > 1e-12 * size:
                found.append(f"{program.text} at {x}, derivative {k}")
            if abs(exact[k] - truth) > mpmath.mpf(10) ** -30 * size:
                found.append(f"{program.text} at {x}, coefficient {k} in 50 digits: {mpmath.nstr(exact[k], 40)}")
    return found


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("primitive", SPECIAL, ids=repr)
def test_series_of_special_functions_to_order_20(primitive: Primitive, seed: int) -> None:
    assert not complaints(primitive, seed)


def test_all_special_functions_are_asked() -> None:
    names = {p.name for p in SPECIAL}
    assert len(names) >= 25
    assert {"erf", "gamma", "zeta", "lambertw", "Si", "Ei", "besselj", "besselk", "airyai", "fresnels"} <= names


@pytest.mark.parametrize("name", ["erf", "airyai", "besselj", "zeta"])
def test_the_judge_sees_a_broken_rule(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    primitive = TABLE[name]
    rules = list(primitive.series)
    rules[-1] = lambda y, *x, rule=rules[-1]: rule(y, *x) * (1 + 1e-10)
    monkeypatch.setattr(primitive, "series", tuple(rules))
    assert complaints(primitive, 0)
