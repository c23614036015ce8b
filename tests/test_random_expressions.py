"""Random expressions: every interpreter of the same steps must agree, and printing must be parsing backwards."""

from __future__ import annotations

import math
import os
from typing import Any

import mpmath
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from nested import derivative, number
from points import SMOOTH
from test_cases import identity

from difftape import derivatives, replay, series
from difftape.backprop import pull_back
from difftape.graph import Program, moving
from difftape.interpret import CONSTANTS
from difftape.parser import parse
from difftape.primitives import INFIX, PREFIX
from difftape.printer import printed

DIGITS = 60
AT = {"x": 0.375, "y": -1.25, "time": 2.5}
SLOW = {"bessely", "besselk", "zeta"}  # by mpmath, a hundred times the others
EXAMPLES = os.environ.get("DIFFTAPE_EXAMPLES")  # more of them, and others every time; else the same 150
QUIET = settings(
    max_examples=int(EXAMPLES or 150), derandomize=not EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck)
)

numbers = st.one_of(
    st.integers(0, 9).map(str),
    st.floats(0.01, 99, allow_subnormal=False).map(repr),
    st.sampled_from(["1e-3", "1_000", ".5", "5.", "pi", "e", "tau"]),
)
leaves = st.one_of(st.sampled_from(sorted(AT)), numbers)


def inside(interval: tuple[float, float], text: str) -> str:
    """Text for a number in the open interval, moving with what `text` stands for."""
    low, high = interval
    if high - low < 20:
        return f"{(low + high) / 2!r} + {(high - low) * 0.45!r}*sin({text})"
    return f"{low + 0.5!r} + tanh({text})**2" if low > -10 else text


def calls(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Calls of the table's functions of one variable, with an operand inside the domain."""
    known = [p for p in SMOOTH if p.arity == 1 and not p.symbol and p.name not in SLOW]
    return st.builds(lambda p, text: f"{p.name}({inside(p.domain[0], text)})", st.sampled_from(known), operands)


def operators(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Operators of the table, written with and without brackets, spaces and their other signs."""
    infix = [s for s, p in INFIX.items() if 10 < p.left < 50]
    prefix = [s for s, p in PREFIX.items() if p.right > 10]
    return st.one_of(
        st.builds("({}){}({})".format, operands, st.sampled_from(infix), operands),
        st.builds("{} {} {}".format, operands, st.sampled_from(infix), operands),
        st.builds("{}({})".format, st.sampled_from(prefix), operands),
        st.builds("({})**{}".format, operands, st.sampled_from(["2", "3", "-1", "0"])),
        st.builds("(1 + ({})²)^{}".format, operands, st.sampled_from(["0.5", "1.5", "-2.5"])),
        st.builds("where({} > {}, {}, {})".format, operands, operands, operands, operands),
    )


expressions = st.recursive(leaves, lambda inner: st.one_of(calls(inner), operators(inner)), max_leaves=12)


def with_point(text: str) -> tuple[Program, dict[str, float]]:
    program = parse(text)
    return program, {name: AT[name] for name in program.variables}


def exact_gradient(program: Program, at: dict[str, float]) -> dict[str, Any]:
    """The reverse sweep on big floats: the same steps, the same rules, 60 digits."""
    with mpmath.workdps(DIGITS):
        constants = {p: p(mpmath.mpf(1)) for p in CONSTANTS}
        values: list[Any] = []
        for step in program.steps:
            if len(step) > 1:
                values.append(step[0](*[values[p] for p in step[1:]]))
            elif step[0] in constants:
                values.append(constants[step[0]])
            else:
                values.append(mpmath.mpf(at.get(step[0], step[0])))
        cotangents: list[Any] = [None] * len(values)
        cotangents[program.root] = mpmath.mpf(1)
        pull_back(program.steps, values, cotangents, moving(program.steps, at))
    return {name: cotangents[program.steps.index((name,))] or mpmath.mpf(0) for name in at}


def is_tame(*numbers: Any) -> bool:
    """Whether nothing is so large or small that a double would lose it."""
    return all(x == 0 or 1e-150 < abs(x) < 1e150 for x in numbers)


FAILS = (ValueError, ZeroDivisionError, OverflowError, derivatives.Singular)


@QUIET
@given(expressions)
@example("x**2 - 2*x*y + y**2")
@example("where(x > 0, sqrt(x), y)/time")
@example("-x**2**y*-3")
def test_reverse_sweep_series_and_replay_agree(text: str) -> None:
    """One recording, four interpreters: big floats backwards, series forwards on doubles and big floats, the replay."""
    program, at = with_point(text)
    assume(at)
    try:
        value, gradient = derivatives.gradient(program, at, tuple(at))
        exact = exact_gradient(program, at)
        again = replay.replay(program, at, tuple(at), 1, 30)
        narrow = {name: series.taylor(program.steps, program.root, at, name, 1) for name in at}
        wide = {name: series.taylor_mp(program.steps, program.root, at, name, 1, DIGITS) for name in at}
    except FAILS:
        assume(False)
    with mpmath.workdps(DIGITS):
        assume(is_tame(value, *exact.values()))
        scale = max(1, abs(value), *map(abs, exact.values()))
        lost = 1e-7 * scale  # what nested cancellation of a dozen terms may cost a double
        for name, truth in exact.items():
            assert abs(wide[name][1] - truth) <= scale * mpmath.mpf(10) ** -40
            assert abs(again[name] - truth) <= abs(truth) * mpmath.mpf(10) ** -29 + scale * mpmath.mpf(10) ** -45
            assert abs(gradient[name] - truth) <= lost
            assert abs(narrow[name][1] - truth) <= lost
            assert math.isclose(narrow[name][0], value, rel_tol=1e-9, abs_tol=1e-9 * float(scale))


@QUIET
@given(expressions)
def test_the_derivative_of_the_derivative_is_the_second_of_the_series(text: str) -> None:
    """Nested: the sweep over nodes writes the derivative, the sweep again its derivative; the series knows both."""
    program, at = with_point(text)
    assume(at)
    name = next(iter(at))
    try:
        once, slope = derivative(program.steps, program.root, name)
        twice, curvature = derivative(once, slope, name)
        number(twice, curvature, at)  # what overflows a double may be beyond mpmath, too
        coefficients = series.taylor_mp(program.steps, program.root, at, name, 2, DIGITS)
    except FAILS:
        assume(False)
    with mpmath.workdps(DIGITS):
        try:
            second = series.taylor_mp(twice, curvature, at, name, 0, DIGITS)[0]
        except FAILS:
            assume(False)
        assume(is_tame(*coefficients, second))
        scale = max(1, *map(abs, coefficients), abs(second))
        assert abs(2 * coefficients[2] - second) <= scale * mpmath.mpf(10) ** -35


@QUIET
@given(expressions)
def test_printing_is_parsing_backwards(text: str) -> None:
    program = parse(text)
    shown = printed(program.steps, program.root)
    again = parse(shown)
    known: dict[tuple[Any, ...], int] = {}
    assert identity(again, known) == identity(program, known)
    assert printed(again.steps, again.root) == shown


@QUIET
@given(expressions)
def test_spans_are_pieces_of_the_text(text: str) -> None:
    """What a step was written as parses to that step."""
    program = parse(text)
    for place, (begin, end) in enumerate(program.spans):
        assert 0 <= begin < end <= len(program.text)
        piece = program.text[begin:end]
        if len(program.steps[place]) == 1 and program.steps[place][0].__class__ is str:
            assert piece.strip("() ") == program.steps[place][0]


@QUIET
@given(expressions)
def test_steps_are_linear_in_the_text(text: str) -> None:
    """No interpreter can blow up: a step a token at most, and a derivative a small multiple of that."""
    program = parse(text)
    assert len(program.steps) <= 1 + len(text)
    for name in program.variables:
        assert len(derivative(program.steps, program.root, name)[0]) <= 14 * len(program.steps)


def test_a_long_product_has_a_short_derivative() -> None:
    """What is exponential for naive symbolic differentiation: a chain of a thousand products and calls."""
    text = "x"
    for k in range(500):
        text = f"sin({text})*{k % 7 + 1}"
    program = parse(text)
    assert len(derivative(program.steps, program.root, "x")[0]) <= 5 * len(program.steps)
