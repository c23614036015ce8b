"""Special functions where they are real but not on their entry's domain, and orders that are high or not whole."""

from __future__ import annotations

import math

import mpmath
import pytest

from difftape.derivatives import gradient, value
from difftape.diagnosis import diagnose
from difftape.errors import LimitError
from difftape.evaluation import by_mpmath
from difftape.node import Node
from difftape.orders import nth
from difftape.parser import parse
from difftape.primitives import TABLE
from difftape.replay import replay
from difftape.series import family_in_doubles


@pytest.mark.parametrize("name", ["besselj", "besseli"])
@pytest.mark.parametrize("n", range(-3, 4))
def test_bessel_functions_of_whole_order_are_real_left_of_zero(name: str, n: int) -> None:
    text, at = f"{name}({n}, x)", {"x": -0.5}
    found, replayed = nth(parse(text), at, "x", 3), replay(parse(text), at, ("x",), 3)["x"]
    first = gradient(parse(text), at)
    with mpmath.workdps(40):
        order = mpmath.mpf(abs(n))
        sign = (-1) ** n if n < 0 and name == "besselj" else 1
        # d^3 f(-t) = -(d^3 f)(t) f's parity
        whole = [sign * (-1) ** (k + n) * getattr(mpmath, name)(order, 0.5, derivative=k) for k in range(4)]
        assert found == pytest.approx(list(map(float, whole)), rel=1e-14)
        assert abs(replayed - whole[3]) <= abs(whole[3]) * mpmath.mpf(10) ** -35
    assert (first[0], first[1]["x"]) == pytest.approx((float(whole[0]), float(whole[1])), rel=1e-14)
    program = parse(text)
    known = diagnose(program.steps, program.root, at, "x", 3)
    assert known.status == "ok" and known.derivatives == pytest.approx(list(map(float, whole)), rel=1e-15)


def test_a_bessel_function_inside_another_function_left_of_zero() -> None:
    inner, slope = mpmath.besseli(0, 0.5), -mpmath.besseli(1, 0.5)
    _, grad = gradient(parse("sin(besseli(0, x))"), {"x": -0.5})
    assert grad["x"] == pytest.approx(float(mpmath.cos(inner) * slope), rel=1e-15)


@pytest.mark.parametrize("n", [1, 2, 2.3])
def test_negative_orders_of_k_and_y(n: float) -> None:
    assert value(parse(f"besselk(-{n}, 0.7)"), {}) == float(mpmath.besselk(n, 0.7))
    if n == int(n):
        assert value(parse(f"bessely(-{n}, 0.7)"), {}) == pytest.approx(float((-1) ** n * mpmath.bessely(n, 0.7)))


def test_a_chain_of_orders_that_are_not_whole_grows_by_two_with_each_order() -> None:
    program = parse("besselk(-2.3, x)")
    family = family_in_doubles(program.steps, program.root, {"x": 1.5}, "x", 10)
    assert sum(step[0] is TABLE["besselk"] for step in family.graph.steps if len(step) > 1) == 21
    found = nth(program, {"x": 1.5}, "x", 10)[10]
    with mpmath.workdps(60):
        exact = mpmath.diff(lambda t: mpmath.besselk(mpmath.mpf(-2.3), t), mpmath.mpf(1.5), 10)
    assert found == pytest.approx(float(exact), rel=1e-13)


def test_a_whole_number_added_to_a_sum_moves_it() -> None:
    program = parse("x*0 + 0.3")
    graph = family_in_doubles(program.steps, program.root, {"x": 1.0}, "x", 0).graph
    x = Node(graph, program.root)
    assert ((x - 1) + 1).place == x.place == (((x + 1) - 3) + 2).place
    assert ((x - 1) - 1).place == (x - 2).place


@pytest.mark.parametrize("x", [0.25, 3, 50, -2.4, -0.001])
@pytest.mark.parametrize("n", [300, 1001])
def test_polygamma_of_high_order_is_the_sum(n: int, x: float) -> None:
    with mpmath.workdps(30):
        found = by_mpmath(TABLE["polygamma"])(mpmath.mpf(n), mpmath.mpf(x))
    with mpmath.workdps(60):
        assert abs(found / mpmath.polygamma(n, mpmath.mpf(x)) - 1) < mpmath.mpf(10) ** -29


def test_polygamma_of_even_order_at_a_half_is_that_beyond_its_reflection() -> None:
    """All terms but those beyond 1 - x cancel in pairs: DLMF 5.15.6."""
    polygamma = by_mpmath(TABLE["polygamma"])
    with mpmath.workdps(30):
        assert polygamma(mpmath.mpf(1000), mpmath.mpf(-2.5)) == polygamma(mpmath.mpf(1000), mpmath.mpf(3.5))


@pytest.mark.parametrize("text", ["polygamma(1e9, 3)", "polygamma(100000, 3)", "polygamma(100000, -2.4)"])
def test_polygamma_of_a_huge_order_overflows(text: str) -> None:
    with pytest.raises(OverflowError):
        by = text.partition("(")[2][:-1].split(", ")
        TABLE["polygamma"](*map(float, by))
    program = parse(text)
    assert diagnose(program.steps, program.root, {}, "", 0).status == "overflow"


@pytest.mark.parametrize(("n", "x"), [(10**9, 1e9), (20000, 1e9), (10**6, 1e7)])
def test_polygamma_of_a_huge_order_far_out_is_the_integral_of_its_sum(n: int, x: float) -> None:
    """Between n!/n/x^n and that plus the first term; to 400 digits and 22 alike."""
    found = []
    for digits in (22, 400):
        with mpmath.workdps(digits):
            y = -((-1) ** n) * by_mpmath(TABLE["polygamma"])(mpmath.mpf(n), mpmath.mpf(x))
            least = mpmath.exp(mpmath.loggamma(mpmath.mpf(n)) - n * mpmath.log(x))
            assert least < y < least * (1 + n / mpmath.mpf(x))
            found.append(y)
    assert abs(found[0] / found[1] - 1) < 1e-21


@pytest.mark.parametrize("text", ["polygamma(1e13, 3)", "zetaderiv(1e5, 3)", "sincderiv(1e5, 3)"])
def test_an_order_beyond_the_limit_is_called_that(text: str) -> None:
    with pytest.raises(LimitError, match="the limit is 1"):
        value(parse(text), {})


@pytest.mark.parametrize("x", [-12, -20.5, -60.25])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_derivatives_of_zeta_far_left_are_reflected(n: int, x: float) -> None:
    with mpmath.workdps(30):
        found = by_mpmath(TABLE["zetaderiv"])(mpmath.mpf(n), mpmath.mpf(x))
        assert abs(found / mpmath.zeta(mpmath.mpf(x), 1, n) - 1) < mpmath.mpf(10) ** -28
    assert math.isfinite(float(found))
