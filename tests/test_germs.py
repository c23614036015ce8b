"""Numbers that know their error, and the algebra of germs."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from difftape.germ import ENDLESS, Germ, Lens, Trouble, act, digits, sign_of, steady
from difftape.germ.calculus import derivative, integral, over
from difftape.germ.digits import EXACT
from difftape.germ.expansion import Exponent, negative, plus, times
from difftape.germ.growth import exponential, logarithm, power, root
from difftape.germ.sides import RIGHT, as_float, limit
from difftape.primitives import TABLE, Primitive

LENS = Lens(240, 8)


def germ(*terms: tuple[float, Exponent, int], bound: float = math.inf) -> Germ:
    """Σ c·t^a·ℓ^b from (c, a, b)."""
    known = sorted(((a, -b), digits.exact(c)) for c, a, b in terms)
    return Germ(LENS, tuple(known), (bound, 0) if bound < math.inf else ENDLESS)


def listed(g: Germ) -> list[tuple[float, Exponent, int]]:
    return [(digits.to_float(c), a, -b) for (a, b), c in g.terms]


T = germ((1, 1, 0))
SLOW = germ((1, 0, 1))  # log(1/t)


def test_digits_agree_with_fractions() -> None:
    source = random.Random(5)
    for _ in range(300):
        x, y = (Fraction(source.uniform(-9, 9)) * Fraction(2) ** source.randrange(-40, 40) for _ in range(2))
        a, b = digits.rational(x, 200), digits.rational(y, 200)
        assert digits.to_fraction(digits.total(a, b, 200)) == x + y
        assert digits.to_fraction(digits.product(a, b, 200)) == x * y
        q = digits.quotient(a, b, 200)
        assert abs(digits.to_fraction(q) - x / y) <= Fraction(2) ** q[2]
        assert digits.to_float(q) == float(x / y)


def test_a_number_knows_whether_it_is_zero() -> None:
    third = digits.rational(Fraction(1, 3), 200)
    assert not digits.is_exact(third)
    assert digits.vanishes(digits.total(digits.product(third, (3, 0, EXACT), 200), (-1, 0, EXACT), 200))
    assert not digits.vanishes((1, -10_000, EXACT))
    assert digits.is_exact(digits.quotient((6, 0, EXACT), (3, 0, EXACT), 200))
    assert digits.total((1, 0, EXACT), (1, -5000, EXACT), 200)[2] > EXACT


def test_doubles_round_correctly_to_the_ends() -> None:
    assert digits.to_float((1, 1024, EXACT)) == math.inf
    assert digits.to_float((-(2**53 - 1), 971, EXACT)) == -1.7976931348623157e308
    assert digits.to_float((1, -1074, EXACT)) == 5e-324
    assert digits.to_float((1, -(10**12), EXACT)) == 0.0
    assert digits.to_float(digits.exact(-0.1)) == -0.1


def test_sums_and_products_act_on_terms() -> None:
    assert listed(times(plus(T, germ((2, 0, 0))), plus(T, germ((-2, 0, 0))))) == [(-4, 0, 0), (1, 2, 0)]
    assert listed(times(SLOW, T)) == [(1, 1, 1)]
    assert plus(T, negative(T)).is_zero
    assert times(germ((1, 1, 0), bound=3), germ((1, 2, 0), bound=9)).bound == (5, 0)


def test_quotients_divide_by_the_leading_term() -> None:
    assert listed(over(germ((1, 2, 0), (1, 3, 0)), T)) == [(1, 1, 0), (1, 2, 0)]
    geometric = over(germ((1, 0, 0)), germ((1, 0, 0), (-1, 1, 0)))
    assert listed(geometric)[:4] == [(1, k, 0) for k in range(4)]
    assert geometric.bound[0] == 8
    with pytest.raises(Trouble, match="division by zero"):
        over(T, germ())
    with pytest.raises(Trouble, match="cancels"):
        over(T, germ(bound=5))


def test_derivative_and_integral_are_inverse() -> None:
    for g in (germ((3, 2, 0), (1, 5, 0)), germ((1, Fraction(1, 2), 0)), germ((2, 3, 2), (1, -1, 1))):
        back = derivative(integral(g))
        assert [k for k, _ in back.terms] == [k for k, _ in g.terms]
        assert [x for x, _, _ in listed(back)] == pytest.approx([x for x, _, _ in listed(g)], rel=1e-15)
    assert listed(derivative(germ((1, 2, 1)))) == [(2, 1, 1), (-1, 1, 0)]


def test_powers_roots_logarithms_and_exponentials() -> None:
    assert listed(root(germ((4, 2, 0)), 2)) == [(2, 1, 0)]
    assert listed(root(germ((-8, 3, 0)), 3)) == [(-2, 1, 0)]
    assert listed(logarithm(germ((1, 3, 0)))) == [(-3, 0, 1)]
    assert listed(exponential(germ((3, 0, 1)))) == [(1, -3, 0)]
    assert listed(power(T, germ((0.5, 0, 0)))) == [(1, Fraction(1, 2), 0)]
    assert listed(power(T, T))[:3] == [(1, 0, 0), (-1, 1, 1), (0.5, 2, 2)]
    assert listed(power(germ((-2, 0, 0)), germ((3, 0, 0)))) == [(-8, 0, 0)]
    assert listed(power(germ(), germ())) == [(1, 0, 0)]
    for wrong in (lambda: root(germ((-1, 1, 0)), 2), lambda: logarithm(germ((-1, 0, 0)))):
        with pytest.raises(Trouble) as trouble:
            wrong()
        assert trouble.value.status == "outside"


def test_beyond_every_power() -> None:
    flat, vast = exponential(germ((-1, -1, 0))), exponential(germ((1, -1, 0)))
    assert flat.is_flat and sign_of(flat) == 1
    assert times(flat, germ((1, -100, 0))).is_flat
    assert vast.vast == 1 and over(germ((1, 0, 0)), vast).is_flat
    assert as_float(limit(vast, 0, RIGHT)) == math.inf
    assert as_float(limit(flat, 7, RIGHT)) == 0.0
    with pytest.raises(Trouble, match="beyond every power"):
        times(flat, vast)


def test_magnitudes_come_first() -> None:
    huge = exponential(germ((1e15, 0, 0)))
    assert huge.vast == 1 and huge.fixed
    assert exponential(germ((-1e15, 0, 0))).is_flat
    assert exponential(huge).fixed


def test_limits_of_derivatives() -> None:
    assert as_float(limit(germ((5, 3, 0)), 3, RIGHT)) == 30.0
    assert as_float(limit(germ((1, Fraction(3, 2), 0)), 2, RIGHT)) == math.inf
    assert as_float(limit(germ((1, 1, 1)), 1, RIGHT)) == math.inf
    assert as_float(limit(germ((1, 1, 1)), 2, RIGHT)) == -math.inf
    assert as_float(limit(germ((1, 1, -1)), 1, RIGHT)) == 0.0
    with pytest.raises(Trouble):
        limit(germ((1, 1, 0), bound=2), 2, RIGHT)


def test_every_primitive_acts_on_germs_of_a_moderate_constant() -> None:
    values = {"acosh": 1.5, "asec": 1.5, "acsc": 1.5, "acoth": 1.5, "zeta": 1.5, "zetaderiv": 1.5, "li": 1.5}
    for name, primitive in TABLE.items():
        if primitive.partials and None not in primitive.partials:
            x = values.get(name, 0.5)
            found = act(LENS, primitive, [steady(LENS, digits.exact(x))] * primitive.arity)
            if isinstance(found, Germ):
                assert as_float(limit(found, 0, RIGHT)) == pytest.approx(primitive(*[x] * primitive.arity), rel=1e-15)


SERIES = [p for p in TABLE.values() if p.near_zero is not None]


@pytest.mark.parametrize("order", [0, 1, 2, 7, -1, -2, 0.5, -0.5, 1.5, -2.5])
@pytest.mark.parametrize("primitive", SERIES, ids=lambda p: p.name)
def test_powers_and_logarithms_near_zero_are_the_function(primitive: Primitive, order: float) -> None:
    """At 1/256, to 39 digits; an order is one that is an exact exponent."""
    lens = Lens(240, 20)
    found = act(lens, primitive, [steady(lens, digits.exact(order)), Germ(lens, T.terms)])
    with mpmath.workprec(260):
        x = mpmath.mpf(2) ** -8
        exact = getattr(mpmath, primitive.name)(mpmath.mpf(order), x)
        assert abs(value_of(found, x) - exact) < abs(exact) * mpmath.mpf(10) ** -39


def value_of(g: Germ, x: Any) -> Any:
    slow = -mpmath.log(x)
    return mpmath.fsum(
        digits.to_mpf(c) * x ** (mpmath.mpf(Fraction(a).numerator) / Fraction(a).denominator) * slow ** int(-b)
        for (a, b), c in g.terms
    )


def test_a_wrong_term_near_zero_is_seen() -> None:
    lens = Lens(240, 20)
    found = act(lens, TABLE["besselk"], [steady(lens, digits.ONE), Germ(lens, T.terms)])
    key, c = found.terms[1]
    wrong = Germ(lens, (found.terms[0], (key, digits.opposite(c)), *found.terms[2:]), found.bound)
    with mpmath.workprec(260):
        x = mpmath.mpf(2) ** -8
        assert abs(value_of(wrong, x) - mpmath.besselk(1, x)) > 1e-6
