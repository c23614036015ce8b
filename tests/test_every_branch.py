"""What the other quick tests leave out of the lexer, parser, primitives, sweep, series, diagnosis and check.

With `tests/branches.py`'s other files this reaches every branch of those modules; CI fails where one is not reached.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import mpmath
import pytest
from mpmath import mpf

from difftape import check as checking
from difftape import diagnosis, parse
from difftape.answer import Verdict
from difftape.backprop import pull_back
from difftape.check import check, check_entries, joined
from difftape.comparison import Finding
from difftape.errors import DifftapeError, DomainError, LimitError, ParseError
from difftape.graph import moving
from difftape.interpret import bind, interpret
from difftape.lexer import LITERAL_LIMIT, chunks, literal
from difftape.operand import Operand
from difftape.parser import parse as parsed
from difftape.primitives import TABLE, is_number, number
from difftape.replay import replay
from difftape.series import expand, taylor, taylor_mp
from difftape.symbolic import Unknown


def refusal(text: str, **known: Any) -> DifftapeError:
    """The error that a text is refused with."""
    with pytest.raises(DifftapeError) as caught:
        parsed(text, **known)
    return caught.value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0" * (LITERAL_LIMIT + 1) + "*x", "a literal of 100001 characters"),
        ("1e999", "too large for a float64"),
        ("1e-999", "too small for a float64"),
        ("0." + "0" * 400 + "1", "…"),
        ("a" * 1001, "a name of 1001 characters"),
        ("NaN", "reserved"),
        ("infinity(x)", "reserved"),
        ("x₁", "is not a digit"),
        ("ｘ1", "is not a letter of a name"),
        ("x٣", "is not a letter or a digit"),
        ("xж", "mixes LATIN and CYRILLIC letters"),
        ("хс", "looks Latin but is"),
        ("x +", "something is missing at the end"),
        ("(x", "never closed"),
        ("x)", "closes no bracket"),
        ("()", "an expression was expected"),
        ("sin()", "takes 1 argument"),
        ("sin(x, y)", "takes 1 argument"),
        ("max(x)", "takes 2 or more arguments"),
        ("log(x, y, x)", "takes 1 or 2 arguments"),
        ("x, y", "',' cannot stand here"),
        ("sin x", "argument stands in brackets"),
        ("foo(x)", "unknown function 'foo'"),
        ("sinn (x)", "unknown function 'sinn'"),
        ("x(3)", "x is not a function"),
        ("x ⁻ 2", "is not a power"),
        ("where(0 < x < 1, x, 1)", "cannot be chained"),
        ("x > 1", "a condition is not a number"),
        ("where(x, 1, 2)", "a condition was expected"),
        ("and(x)", "where an expression was expected"),
        ("x and", "something is missing at the end"),
        ("x $ y", "is not in the language"),
        ("3 4", "without an operator"),
    ],
)
def test_what_is_refused_is_named(text: str, says: str) -> None:
    error = refusal(text)
    assert says in str(error) or says in error.message, str(error)


def test_names_of_one_script_are_names() -> None:
    assert parse("время*α_1 + x_1*µ").variables == ("время", "α_1", "x_1", "μ")
    assert parse("π*x").variables == ("x",)
    assert parse("µ_2").variables == ("μ_2",)


def test_a_constant_that_has_a_value_is_a_variable_and_bytes_that_are_not_utf8_are_named() -> None:
    assert parse("π*x", ("π",)).variables == ("pi", "x")
    assert parse("π*x").gradient({"π": 2.0, "x": 3.0}) == {"pi": 3.0, "x": 2.0}
    assert "byte 0xB5 at position 3 is not UTF-8" in str(refusal("x*\udcb5"))


def test_a_subscript_after_a_digit_has_no_underscore() -> None:
    assert "write x1_2" not in str(refusal("x1₂"))
    assert "x12" in str(refusal("x1₂"))


def test_limits_on_the_size_of_an_expression() -> None:
    assert isinstance(refusal("x + y + x*y", max_nodes=4), LimitError)
    assert "--max-nodes" in refusal("+".join(f"a{k}" for k in range(99)), max_nodes=10).hint


@pytest.mark.parametrize("is_collecting", [True, False])
def test_a_long_text_is_read_without_the_garbage_collector_which_is_as_before(is_collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if is_collecting else gc.disable)()
        assert len(parsed("+".join(["x*x"] * 5000)).steps) == 5001
        assert gc.isenabled() is is_collecting
        assert isinstance(refusal("(" * 20_000), ParseError)
        assert gc.isenabled() is is_collecting
    finally:
        (gc.enable if before else gc.disable)()


def test_a_token_cut_by_the_end_of_a_chunk_is_whole() -> None:
    for text in ("x" * 65_530 + "+1234567890", "a+" * 40_000 + "b", "1" * 200_000, "(α)*" * 20_000 + "1"):
        assert "".join(token for tokens in chunks(text) for token in tokens) == text


def test_spans_of_all_that_can_be_written() -> None:
    text = "where(not x > 1 and (y <= 2), -x², +log(x, 2)) + max(x, y, 3)^2 - 2**-y"
    program = parsed(text)
    for place, (begin, end) in enumerate(program.spans):
        assert 0 <= begin < end <= len(text), program.steps[place]
    assert "x²" in [text[slice(*span)] for span in program.spans]
    assert "max(x, y, 3)" in [text[slice(*span)] for span in program.spans]


@pytest.mark.parametrize(
    "text",
    [
        "where(x > 0 and (x < 1), x, 1)",
        "where(not (x > 1), sin(x) + sin(x), 1)",
        "2 (x)",
        "pi (x)",
        "e(x)",
        "sin (x)",
        "where (x > 1, x, 1)",
        "+x",
        "- -x",
    ],
)
def test_spaces_before_brackets(text: str) -> None:
    try:
        program = parsed(text)
    except ParseError as error:
        assert error.span is not None
    else:
        assert program.variables == ("x",)
        assert len(program.spans) == len(program.steps)


def test_a_literal_is_the_nearest_double() -> None:
    assert literal("9007199254740993") == 9007199254740992.0
    assert literal("0e-999") == 0.0
    with pytest.raises(ParseError):
        literal("1__0")


def test_a_primitive_shows_itself_and_is_pickled_by_name() -> None:
    sin = TABLE["sin"]
    assert repr(sin) == "<primitive sin>"
    assert pickle.loads(pickle.dumps(sin)) is sin
    assert {p.symbol for p in TABLE.values() if p.is_condition} >= {
        "<",
        "<=",
        ">",
        ">=",
        "==",
        "!=",
        "and",
        "or",
        "not",
    }


def test_a_number_in_the_kind_of_another() -> None:
    assert number(2, 0.5).__class__ is float
    assert isinstance(number(2, mpf(1)), mpf)

    class Kind(Operand):
        def number(self, value: float) -> str:
            return f"the number {value}"

    assert number(2, Kind()) == "the number 2"
    assert is_number(mpf(1), 1)
    assert not is_number("1", 1)


def test_a_primitive_of_several_kinds_of_operand() -> None:
    assert TABLE["atan2"](1, True) == TABLE["atan2"](1.0, 1.0)
    assert abs(TABLE["sin"](mpf(1)) - mpmath.sin(1)) < 1e-14
    with pytest.raises(TypeError, match="no meaning for a str"):
        TABLE["sin"]("1")


def test_the_sweep_over_steps_of_every_width() -> None:
    program = parsed("where(x > 0, x*y - x/y, y) + sin(y)*-x + atan2(x, 3) + hypot(2, x) + max(x, y)")
    found = parse(program.text).gradient({"x": 0.7, "y": 0.4})
    assert found["x"] == pytest.approx(0.4 - 1 / 0.4 - 0.3894183423086505 + 3 / 9.49 + 0.7 / (4.49**0.5) + 1)
    chosen = parsed("where(y > 0, x, x) + where(y > 0, 1, x)")
    at = {"x": 2.0, "y": 1.0}
    values = interpret(chosen.steps, bind(chosen.steps, at, float), lambda primitive: primitive)
    cotangents: list[Any] = [*[None] * chosen.root, 1.0]
    pull_back(chosen.steps, values, cotangents, moving(chosen.steps, ["x", "y"]))
    assert (cotangents[chosen.places["x"]], cotangents[chosen.places["y"]]) == (1.0, None)
    assert parse("x*(x + y) + sin(y)").gradient({"x": 3.0, "y": 2.0}, wrt=["x"]) == {"x": 8.0}
    assert pull_back([("y",), (TABLE["sin"], 0)], [0.0, 0.0], [None, 1.0], [False, False]) == [None, 1.0]
    assert parse("sin(x) + sin(x)*x - floor(y)*x").gradient({"x": 0.0, "y": 1.5})["x"] == 0.0
    values = [2.0, 3.0, 6.0]
    steps = [("x",), ("y",), (TABLE["mul"], 0, 1)]
    assert pull_back(steps, values, [None, None, 1.0], [True, True, True]) == [3.0, 2.0, 1.0]


def test_an_order_has_no_derivative_in_the_sweep_nor_in_the_series() -> None:
    program = parsed("besselj(n, x)")
    with pytest.raises(DomainError, match="by its first argument, an order"):
        parse("besselj(n, x)").gradient({"n": 2, "x": 3})
    with pytest.raises(DomainError, match="an order"):
        expand(program.steps, program.root, {"n": 2.0, "x": 3.0}, "n", 3)


def test_series_of_what_is_flat_constant_or_not_finite() -> None:
    def of(text: str, x: float, order: int = 3) -> list[float]:
        program = parsed(text)
        return taylor(program.steps, program.root, {"x": x}, "x", order)

    assert of("3 + 0*x", 2.0) == [3.0, 0.0, 0.0, 0.0]
    assert of("x**0 + sign(x) + floor(x)*x", 1.5)[:2] == [3.5, 1.0]
    assert of("5", 1.0) == [5.0, 0.0, 0.0, 0.0]
    assert of("x**70", 0.0) == [0.0, 0.0, 0.0, 0.0]
    assert of("relu(x) + relu(-x)", 1.5) == [1.5, 1.0, 0.0, 0.0]
    assert of("square(sin(x)) + x/2 - 2/x - -x", 1.0)[0] == pytest.approx(0.7080734182735712 + 0.5 - 2 + 1)
    assert of("where(x > 0, x*x, 1/x)", 2.0) == [4.0, 4.0, 1.0, 0.0]
    assert of("x*sin(x) - x*sin(x)", 1.0) == [0.0, 0.0, 0.0, 0.0]
    assert of("exp(x) + exp(x)*x", 0.0, 0) == [1.0]
    assert of("log(x**0)", 2.0) == [0.0, 0.0, 0.0, 0.0]
    with pytest.raises(OverflowError):
        of("1e308*10 + x", 1.0)
    with pytest.raises(OverflowError):
        of("x*1e308*x", 1e300)


def test_the_series_of_big_floats_are_those_of_doubles_with_more_digits() -> None:
    program = parsed("exp(sin(x))/x")
    doubles = taylor(program.steps, program.root, {"x": 1.25}, "x", 6)
    wide = taylor_mp(program.steps, program.root, {"x": 1.25}, "x", 6, 40)
    assert [float(c) for c in wide] == pytest.approx(doubles, rel=1e-13)


def test_points_where_digits_cancel_without_end_or_powers_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse("(sin(x) - x + x**3/6)/x**5").diagnose({"x": 0}).status == "removable"
    assert parse("sin(x)**9/x**9").diagnose({"x": 0}, order=2).status == "removable"
    monkeypatch.setattr(diagnosis, "_REFINEMENTS", 0)
    found = parse("(sqrt(x + 1)**2 - x - 1)/(sin(x)**2 + cos(x)**2 - 1)").diagnose({"x": 0.5})
    assert (found.status, found.reason) == ("undecided", "undecided: its digits cancel without end")


def said(text: str, at: dict[str, float], numbers: dict[str, float], **more: Any) -> Verdict:
    """The verdict on numbers as first derivatives."""
    return check(parsed(text), at, list(numbers), 1, numbers, **more)


@pytest.fixture
def clean() -> Iterator[None]:
    """Nothing remembered of earlier programs."""
    for kept in (checking._forms, checking._slow):
        kept.clear()
    yield
    for kept in (checking._forms, checking._slow):
        kept.clear()


def test_the_judge_is_asked_with_and_without_a_time_limit(clean: None) -> None:
    assert said("x**2", {"x": 3.0}, {"x": 6.0}, timeout=None).verdict == "agree"
    assert said("x**2", {"x": 3.0}, {"x": 6.1}, replay=lambda *_: {"x": mpf("6.1")}).verdict == "differs"
    assert said("x**2", {"x": 3.0}, {"x": 6.1}).verdict == "ill-conditioned"
    assert check(parsed("x"), {"x": 1.0}, ["x"], 1, {}).verdict == "skipped"


def test_too_many_operations_are_not_put_to_the_judge(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "NODES_PER_SECOND", 1)
    verdict = said("x**2 + x**3 + x**4", {"x": 1.0}, {"x": 1.0})
    assert verdict.verdict == "undecided"
    assert "9 operations are too many for sympy" in verdict.reason
    assert "tape replayed with more" in verdict.reason


def test_what_was_too_slow_is_not_asked_again(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def slowly(*_: Any) -> Any:
        asked.append(1)
        while True:
            pass

    monkeypatch.setattr(checking, "form_of", slowly)
    program, at = parsed("sin(x*y)"), {"x": 1.0, "y": 2.0}
    for _ in range(2):
        verdict = check(program, at, ["x"], 1, {"x": 2.0}, timeout=0.05)
        assert (verdict.verdict, verdict.reason[:32]) == ("undecided", "sympy did not answer within 0.05")
    again = check(parsed("sin(x*y)"), at, ["x"], 1, {"x": 2.0}, timeout=0.05)
    assert (again.verdict, len(asked)) == ("undecided", 1)


def test_what_was_found_before_the_time_was_up_is_kept(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = checking.judged

    def slowly(number: float, *rest: Any) -> Any:
        while number == 1.0:
            pass
        return judge(number, *rest)

    monkeypatch.setattr(checking, "judged", slowly)
    verdict = said("2*x + y", {"x": 1.0, "y": 1.0}, {"x": 2.0, "y": 1.0}, timeout=0.5)
    assert verdict.verdicts == {"x": "agree", "y": "undecided"}
    assert not checking._slow


def test_several_entries_share_a_replay(clean: None) -> None:
    digits: list[int] = []

    def counted(*question: Any) -> Any:
        digits.append(question[-1])
        return replay(*question)

    verdict = said("x**2*y", {"x": 3.0, "y": 2.0}, {"x": 12.0, "y": 9.0}, replay=counted)
    assert (verdict.verdict, len(digits)) == ("agree", len(set(digits)))


def test_what_the_judge_cannot_do_is_undecided_with_a_reason(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, reason in (
        (Unknown("it has no such function"), "it has no such function"),
        (RecursionError(), "the expression is too deep for sympy"),
        (MemoryError(), "the expression is too large for sympy"),
        (KeyError("x"), "sympy failed (KeyError: 'x')"),
    ):

        def failing(*_: Any, error: Exception = error) -> Any:
            raise error

        monkeypatch.setattr(checking, "form_of", failing)
        assert said("x**3", {"x": 3.0}, {"x": 27.0}).reason == reason


def test_a_tape_that_cannot_be_replayed_is_undecided(clean: None) -> None:
    def failing(*_: Any) -> Any:
        raise ValueError("no such number")

    verdict = said("x**2", {"x": 3.0}, {"x": 6.1}, replay=failing)
    assert verdict.verdict == "undecided"
    assert "cannot be replayed" in verdict.reason


def test_a_failure_after_the_finding_keeps_the_finding(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise ValueError("not to be shown")

    monkeypatch.setattr(checking.Form, "shown", failing)
    assert said("x**2", {"x": 3.0}, {"x": 6.0}).verdict == "agree"


def test_close_comparisons_do_not_blame(clean: None) -> None:
    text = "where(x < 1/3, x, 2*x)"
    for slope in (1.0, 2.0, 3.0):
        verdict = said(text, {"x": 1 / 3}, {"x": slope}, replay=lambda *_, slope=slope: {"x": mpf(slope)})
        assert verdict.verdict in ("undecided", "agree")
    assert "so close" in verdict.reason


def test_part_of_a_derivative_is_checked_as_that_part(clean: None) -> None:
    program, at = parsed("x**3"), {"x": 2.0}
    tape = lambda names, digits: {"2": replay(program, at, ["x"], 2, digits)["x"] / 2}
    assert check_entries(program, at, {"2": ["x", "x"]}, {"2": 6.0}, tape, divisors={"2": 2}).verdict == "agree"


def test_a_form_is_made_once_and_forgotten_when_there_are_many(clean: None) -> None:
    for k in range(checking._KEPT + 3):
        assert said(f"x**2 + {k}", {"x": 3.0}, {"x": 6.0}).verdict == "agree"
    assert len(checking._forms) == checking._KEPT
    kept = [form for _, _, form in checking._forms]
    assert said(f"x**2 + {checking._KEPT}", {"x": 5.0}, {"x": 10.0}).verdict == "agree"
    assert {id(form) for _, _, form in checking._forms} == {id(form) for form in kept}


def test_reasons_name_the_entries_they_are_for(clean: None) -> None:
    found = {name: Finding("agree") for name in "abcdefg"}
    for name in "abcdef":
        found[name] = Finding("undecided", reason="no")
    verdict = checking.summed(list(found), found)
    assert verdict.reason == "a, b, c, d and 2 more: no"
    found["f"] = Finding("agree")
    assert checking.summed(list(found), found).reason == "a, b, c, d, e: no"
    assert joined({"1": Verdict("skipped"), "2": Verdict("agree", ulps={"x": 0.5})}).ulps == {"2,x": 0.5}
    assert joined({}).verdict == "skipped"


def test_right_digits_are_given_where_sympy_is_undecided(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> Any:
        raise Unknown("no")

    monkeypatch.setattr(checking, "form_of", unknown)
    assert said("x**2", {"x": 3.0}, {"x": 6.1}).exact == {"x": 6.0}
    assert said("x**2", {"x": 3.0}, {"x": 6.0}).exact == {}
    assert said("x**2", {"x": 3.0}, {"x": 6.1}, replay=lambda *_: 1 / 0).exact == {}
    monkeypatch.setattr(checking, "_REPLAYED", 0)
    assert said("x**2", {"x": 3.0}, {"x": 6.1}).exact == {}


@pytest.mark.parametrize("is_collecting", [True, False])
def test_sympy_is_imported_without_the_garbage_collector(is_collecting: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy  # that it is there already, under its name, makes this quick

    before = gc.isenabled()
    monkeypatch.delitem(sys.modules, "sympy")
    monkeypatch.setattr("builtins.__import__", lambda name, *rest: sympy if name == "sympy" else _import(name, *rest))
    try:
        (gc.enable if is_collecting else gc.disable)()
        checking.load()
        assert gc.isenabled() is is_collecting
    finally:
        (gc.enable if before else gc.disable)()


_import = __import__


def test_literals_are_exact_where_that_is_asked() -> None:
    program = parsed("0.1*x + 3", is_exact=True)
    assert program.exactly is program
    assert [step[0] for step in program.steps if step[0].__class__ is float] == [1.0, 10.0, 3.0]
