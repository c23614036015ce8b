"""What small changes of primitives.py, series.py and check.py would break that no other quick test sees.

Found by `benchmarks/mutants.py`.  What survives it still is no mistake: a limit or a size of memory one larger
(NODES_PER_SECOND, _REPLAYED, _KEPT), a guard digit more, `<` for `<=` at such a limit, a path that is only quicker.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import points
import pytest
from mpmath import mp, mpf

from difftape import check as checking
from difftape import parse as expression
from difftape.answer import Verdict
from difftape.check import check, check_entries, joined
from difftape.comparison import Finding
from difftape.deadline import TimeUp
from difftape.parser import parse
from difftape.primitives import COMPARISON, Primitive
from difftape.series import expand
from difftape.symbolic import Unknown


def identity(y: Any, x: Any) -> Any:
    """A rule."""
    return y


def entry(name: str = "sin", **known: Any) -> Primitive:
    """A new entry of one operand that is in no table."""
    return Primitive(name, (identity,), **known)


@pytest.mark.parametrize("library", ["mpmath", "numpy", "sympy", "flint"])
def test_a_library_has_a_function_of_the_same_name_unless_stated(library: str) -> None:
    assert getattr(entry(), library) == "sin"
    assert getattr(entry(**{library: "sine"}), library) == "sine"
    assert getattr(entry(**{library: None}), library) is None


def test_python_and_c_have_a_function_of_the_same_name_unless_stated() -> None:
    assert (entry().libm, entry().scalar) == ("sin", math.sin)
    assert (entry("error", math="erf").libm, entry("error", math="erf").scalar) == ("erf", math.erf)
    assert entry(math="cos", libm="sine").libm == "sine"
    assert entry("zeta").libm == ""
    assert entry("pi").libm == ""
    assert entry("gudermann", means=math.atan).scalar is math.atan
    assert entry(scalar=math.cos).scalar is math.cos


def test_what_is_called_and_what_is_a_claim() -> None:
    assert (entry().left, entry().right) == (0, 0)
    assert entry().is_called
    assert not entry(symbol="~").is_called
    assert entry(symbol="~", aliases=("tilde",)).is_called
    assert not Primitive("tau", ()).is_called
    assert [entry(powers=(0, right)).is_condition for right in (0, 1, COMPARISON, COMPARISON + 1)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert COMPARISON == 11


def test_a_domain_is_for_every_operand_or_one_for_each() -> None:
    assert Primitive("p", (identity, identity), domain=(0, 1)).domain == ((0, 1), (0, 1))
    assert Primitive("p", (identity, identity), domain=((0, 1), (2, 3))).domain == ((0, 1), (2, 3))
    assert entry(domain=((0, 1),)).domain == ((0, 1),)
    assert entry().domain == ((-math.inf, math.inf),)


def test_a_scalar_is_given_floats_and_claims_as_they_are() -> None:
    def seen(*operands: Any) -> Any:
        return [operand.__class__ for operand in operands]

    two = Primitive("p", (identity, identity), scalar=seen)
    assert two(True, 1) == [bool, float]
    assert two(2, 0.5) == [float, float]


def test_the_check_has_five_seconds_and_a_relative_tolerance_unless_stated() -> None:
    for function in (check, check_entries, checking.findings):
        known = inspect.signature(function).parameters
        assert (known["timeout"].default, known["rtol"].default, known["atol"].default) == (5.0, 1e-9, 1e-12)


@pytest.mark.parametrize(
    ("number", "rtol", "exact"),
    [
        (6.0 + 6e-12, 1e-9, {}),
        (6.0 + 6e-8, 1e-9, {"x": 6.0}),
        (9.0, 0.5, {}),  # as far off as is allowed
        (6.5, 0.1, {}),
        (6.5, 0.01, {"x": 6.0}),
    ],
)
def test_a_double_within_the_tolerance_is_left_as_it_is(
    number: float, rtol: float, exact: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any) -> Any:
        raise Unknown("no")

    monkeypatch.setattr(checking, "form_of", unknown)
    assert check(parse("x**2"), {"x": 3.0}, ["x"], 1, {"x": number}, rtol=rtol).exact == exact


def test_that_one_derivative_was_slow_says_nothing_of_another_program() -> None:
    slow, other = parse("sin(x*y)"), parse("cos(x*y)")
    try:
        checking._slow.append((slow.steps, slow.root, ("x",), 1.0))
        assert checking._was_slow(slow, ["x"], 1.0)
        assert checking._was_slow(parse("sin(x*y)"), ["x"], 0.5)
        assert not checking._was_slow(slow, ["x"], 2.0)
        assert not checking._was_slow(slow, ["y"], 1.0)
        assert not checking._was_slow(other, ["x"], 1.0)
        assert not checking._was_slow(slow, ["x"], None)
    finally:
        checking._slow.clear()


def test_a_part_of_a_derivative_has_the_digits_that_are_asked_for() -> None:
    program = parse("x**2")
    form = checking.form_of(program, {"x": 0.5})
    derivative, values = form.derivative(["x"]), form.point({"x": 0.5})
    with mp.workdps(60):
        assert abs(checking._part(derivative, values, 3, 40) - mpf(1) / 3) < mpf(10) ** -40
        assert checking._part(derivative, values, 1, 40) == 1
    checking._forms.clear()


def test_the_worst_of_several_verdicts_is_theirs_and_rows_that_were_skipped_say_nothing() -> None:
    rows = {"1": Verdict("agree"), "2": Verdict("differs", reason="no"), "3": Verdict("skipped", judge="nobody")}
    assert joined(rows).verdict == "differs"
    assert joined({"1": Verdict("skipped"), "2": Verdict("agree")}).verdict == "agree"
    assert joined(rows).judge == "sympy"
    assert joined({"1": Verdict("agree", judge="sympy"), "2": Verdict("agree", judge="ball")}).judge == "sympy, ball"
    assert joined({}).judge == "sympy"
    found = {"x": Finding("agree", ulps=0.0), "y": Finding("undecided")}
    assert checking.summed(["x", "y"], found).ulps == {"x": 0.0}


def test_work_that_another_stopped_early_was_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> Any:
        raise TimeUp

    monkeypatch.setattr(checking, "form_of", stopped)
    assert check(parse("x**2"), {"x": 3.0}, ["x"], 1, {"x": 6.0}).verdict == "undecided"
    assert not checking._slow


def test_the_form_that_was_used_longest_ago_is_forgotten() -> None:
    checking._forms.clear()
    programs = [parse(f"x + {k}") for k in range(checking._KEPT + 1)]
    for program in programs[:-1]:
        checking.form_of(program, {"x": 1.0})
    checking.form_of(programs[0], {"x": 1.0})
    checking.form_of(programs[-1], {"x": 1.0})
    assert [steps for steps, _, _ in checking._forms] == [p.steps for p in (*programs[2:-1], programs[0], programs[-1])]
    checking._forms.clear()


def test_a_failure_of_sympy_is_named_by_its_first_line_cut_short() -> None:
    assert checking.why(ValueError("no\nsuch thing")) == "sympy failed (ValueError: no)"
    assert checking.why(ValueError("x" * 300)) == f"sympy failed (ValueError: {'x' * 100})"
    assert checking.why(ValueError("a\x0bb")) == "sympy failed (ValueError: a\x0bb)"


def test_sympy_is_imported_only_where_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    import sympy

    imported: list[str] = []
    plain = __import__

    def counted(name: str, *rest: Any) -> Any:
        imported.append(name)
        return sympy if name == "sympy" else plain(name, *rest)

    monkeypatch.setattr("builtins.__import__", counted)
    checking.load()
    assert "sympy" not in imported
    monkeypatch.delitem(sys.modules, "sympy")
    checking.load()
    assert "sympy" in imported


@pytest.mark.parametrize("primitive", [p for p in points.FUNCTIONS if p.germ is not None], ids=lambda p: p.name)
def test_a_definition_for_germs_is_the_function(primitive: Primitive) -> None:
    with mp.workdps(30):
        operands = [mpf(x) for x in points.operands(primitive, 1)]
        assert abs(primitive.germ(*operands) - primitive(*operands)) < mpf(10) ** -25


UNSAYABLE = {"where", "zetaderiv"}  # a choice; at a number sympy has no word for a derivative of zeta
SAYABLE = [p for p in points.SMOOTH if p.is_called and not p.symbol and p.sympy and p.name not in UNSAYABLE]


@pytest.mark.parametrize("primitive", SAYABLE, ids=lambda p: p.name)
def test_sympy_has_the_function_under_that_name(primitive: Primitive) -> None:
    operands = points.operands(primitive, 2)
    text = f"{primitive.name}({', '.join(repr(x).removesuffix('.0') for x in operands)})"
    assert float(expression(text).to_sympy().evalf(20)) == pytest.approx(primitive(*operands), rel=1e-12)


def test_the_rounding_of_a_tame_series_stays_small() -> None:
    program = parse("exp(x)/(1 + x)")
    assert max(expand(program.steps, program.root, {"x": 0.5}, "x", 60).rounding) < 1e-12


@pytest.mark.parametrize("name", ["besselj", "besseli"])
def test_a_bessel_function_close_to_zero_is_the_sum_of_its_first_terms(name: str) -> None:
    import mpmath

    from difftape.table import bessel

    near = {"besselj": bessel._j_near_zero, "besseli": bessel._i_near_zero}[name]
    order, x = mpf(1) / 3, mpf(10) ** -6
    with mp.workdps(40):
        known = getattr(mp, name)(order, x)
        assert abs(bessel._close(mpmath, near, order, x) - known) < abs(known) * mpf(10) ** -38
        assert near(mpmath, mpf(2), 5) is None  # a whole order has terms of its own


@pytest.mark.parametrize("n", [0, 1, 2, 1000, 1001])
def test_harmonic_numbers_are_sums_of_reciprocals(n: int) -> None:
    from difftape.table import bessel

    with mp.workdps(30):
        assert abs(bessel._harmonic(mp, n) - mp.fsum(1 / mpf(k) for k in range(1, n + 1))) < mpf(10) ** -28


def test_the_negative_is_that_in_every_library() -> None:
    import sympy

    from difftape.table.arithmetic import neg

    assert neg.mpmath is not None and neg.sympy is not None and neg.flint is not None
    x = sympy.Symbol("x")
    assert neg.mpmath(mp, mpf(3)) == -3 and neg.sympy(sympy, x) == -x and neg.flint(None, 3) == -3


def test_a_choice_of_balls_is_the_branch_taken() -> None:
    from difftape.table.choice import where

    assert where.flint is not None
    assert where.flint(None, True, "a", "b") == "a" and where.flint(None, False, "a", "b") == "b"


@pytest.mark.parametrize(("x", "y"), [(-2.0, -1.0), (-0.0, 0.0), (0.0, 0.0), (3.0, 1.0)])
def test_the_sign_in_machine_code_is_that_of_the_scalar(x: float, y: float) -> None:
    from difftape.table.choice import sign

    assert callable(sign.llvm)
    assert float(sign.llvm(x)) == y == sign.scalar(x)
