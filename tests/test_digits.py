"""Any number of digits against judges that share no code with them: known constants, mpmath, sympy, printed tables."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from points import SMOOTH, operands, positions
from reference import rows

import difftape
from difftape.cli import main
from difftape.errors import DomainError, KinkError, LimitError, UsageError
from difftape.evaluation import mpmath_function
from difftape.exact import exact, exact_program
from difftape.expression import from_steps
from difftape.graph import Graph
from difftape.numerals import numeral
from difftape.primitives import Primitive
from difftape.rationals import literal_fraction, rational, written

PI = "3.1415926535897932384626433832795028841971693993751"
E = "2.7182818284590452353602874713526624977572470937000"
ROOT = "1.4142135623730950488016887242096980785696718753769"


def same(text: str, truth: Any, digits: int) -> bool:
    """Whether a numeral is the truth in all of its digits, the last one rounded."""
    with mpmath.workdps(digits + 30):
        return bool(abs(mpmath.mpf(text) - truth) <= abs(mpmath.mpf(truth)) * mpmath.mpf(10) ** (1 - digits))


def gradient(text: str, digits: int = 50, **at: Any) -> dict[str, str]:
    return difftape.parse(text).gradient(at, digits=digits)


@pytest.mark.parametrize(
    ("text", "at", "value", "slope"),
    [
        ("pi*x", "1", PI, PI),
        ("exp(x)", "1", E, E),
        ("sin(x)", "pi/6", "0.5" + "0" * 49, "0.86602540378443864676372317075293618347140262690519"),
        ("sqrt(x)", "2", ROOT, "0.35355339059327376220042218105242451964241796884424"),
        ("0.1*x", "0.1", "0.01" + "0" * 49, "0.1" + "0" * 49),
        ("x**2", "1/3", "0." + "1" * 50, "0." + "6" * 49 + "7"),
        ("log(x)", "2", "0.69314718055994530941723212145817656807550013436026", "0.5" + "0" * 49),
    ],
)  # fmt: skip
def test_constants_that_everybody_knows(text: str, at: str, value: str, slope: str) -> None:
    e = difftape.parse(text)
    assert e.value({"x": at}, digits=50) == value
    assert e.gradient({"x": at}, digits=50) == {"x": slope}


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda primitive: primitive.name)
def test_every_primitive_meets_the_numerical_derivative(primitive: Primitive) -> None:
    assert not digits_are_right(primitive)


def digits_are_right(primitive: Primitive, seed: int = 1) -> list[str]:
    """What mpmath's derivative, which knows no rule, says of the value and the slopes of a primitive in 40 digits."""
    x = operands(primitive, seed)
    steps: list[Any] = [(f"x{k}",) if v.__class__ is float else None for k, v in enumerate(x)]
    if None in steps:
        return []  # where: its conditions are written in text
    e = from_steps([*steps, (primitive, *range(len(x)))])
    at = {f"x{k}": v for k, v in enumerate(x)}
    call = mpmath_function(primitive)
    found = []
    for position in positions(primitive):
        name = f"x{position}"
        got = e.answer(at, wrt=[name], check=False, digits=40)
        with mpmath.workdps(90):
            numbers = [mpmath.mpf(v) for v in x]
            truth = mpmath.diff(lambda t, p=position, ns=numbers: call(*ns[:p], t, *ns[p + 1 :]), numbers[position])
            value = call(*numbers)
            if not same(got.grad[name] or "nan", mpmath.re(truth), 40):
                found.append(f"d/d{name} at {x}: {got.grad[name]} is not {mpmath.nstr(truth, 45)} {got.error}")
            if not same(got.value, mpmath.re(value), 40):
                found.append(f"value at {x}: {got.value} is not {mpmath.nstr(value, 45)}")
    return found


def test_the_judge_sees_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    primitive = difftape.table.elementary.tanh  # type: ignore[attr-defined]
    rule = primitive.partials[0]
    monkeypatch.setattr(primitive, "partials", (lambda y, x: rule(y, x) * (1 + mpmath.mpf(10) ** -35),))
    assert digits_are_right(primitive)


def test_a_broken_rule_is_seen_by_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    primitive = difftape.table.elementary.tanh  # type: ignore[attr-defined]
    rule = primitive.partials[0]
    e = difftape.parse("tanh(x)*x")
    assert e.answer({"x": "1/3"}, digits=50).check.verdict == "agree"  # type: ignore[union-attr]
    monkeypatch.setattr(primitive, "partials", (lambda y, x: rule(y, x) * (1 + mpmath.mpf(10) ** -47),))
    assert e.answer({"x": "1/3"}, digits=50).check.verdict == "differs"  # type: ignore[union-attr]
    assert e.answer({"x": "1/3"}, digits=40).check.verdict == "agree"  # type: ignore[union-attr]


def is_exactly_meant(row: dict[str, Any]) -> bool:
    """Whether the literals of a row are doubles, as its reference takes them."""
    program = difftape.parse(row["expr"]).program
    return all(len(s) > 1 or s[0].__class__ is not float or (s[0] * 1024) % 1 == 0 for s in program.steps)


@pytest.mark.parametrize("name", ["feynman", "sr", "ode", "ad", "optim", "nist", "cas", "rubi_special"])
def test_rows_of_public_suites_round_to_their_references(name: str) -> None:
    found = []
    for row in rows(name)[::3]:
        e = difftape.parse(row["expr"])
        if not is_exactly_meant(row) or len(e.program.steps) > 300 or not row.get("grad"):
            continue
        names = list(row["grad"])[:3]
        answer = e.answer(row["at"], wrt=names, check=False, digits=30)
        for key, text in answer.grad.items():
            truth = row["grad"][key]
            if text is None or (float(text) != truth and abs(float(text) - truth) > 1e-15 * abs(truth)):
                found.append(f"{row['expr'][:80]} d/d{key}: {text} is not {truth}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["nth_decimal", "nth_exact"])
def test_high_orders_are_the_printed_ones(name: str) -> None:
    found = []
    for row in rows(name)[::2]:
        if not is_exactly_meant(row):
            continue
        truths = row.get("decimal") or row["exact"]
        order = min(len(truths) - 1, 30)
        got = difftape.parse(row["expr"]).derivatives(row["by"], row["at"], order, digits=45)
        for k, text in enumerate(got):
            truth = Fraction(truths[k])
            with mpmath.workdps(80):
                number = mpmath.mpf(truth.numerator) / truth.denominator
                if not (text == "0.0" if not truth else same(text, number, 45)):
                    found.append(f"{row['expr']} order {k}: {text} is not {truths[k][:60]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["exp(sin(x))*x**2", "log(1 + x**2)/sqrt(x)", "atan(x)**3 + erf(x)", "gamma(x)*besselj(1, x)", "x**x"]
)
def test_sympy_has_the_same_digits(text: str) -> None:
    x = sympy.Symbol("x")
    formula = difftape.parse(text).to_sympy().subs(sympy.Symbol("x"), x)
    truth = formula.diff(x, 2).evalf(60, subs={x: sympy.Rational(7, 3)})
    (got,) = difftape.parse(text).answer({"x": "7/3"}, order=2, check=False, digits=50).grad.values()
    with mpmath.workdps(70):
        assert same(str(got), mpmath.mpf(str(truth)), 50)


def test_literals_and_values_are_exact() -> None:
    assert gradient("x**2", 20, x="0.1") == {"x": "0.20000000000000000000"}
    assert gradient("x**2", 20, x=0.1) == {"x": "0.20000000000000001110"}
    assert gradient("x**2", 20, x=Decimal("0.1")) == gradient("x**2", 20, x=Fraction(1, 10))
    assert difftape.parse("0.1 + 0.2 - 0.3").value({}, digits=20) == "0.0"
    assert difftape.parse("where(0.1 + 0.2 == 0.3, 1, 2)").value({}, digits=5) == "1.0000"
    assert difftape.parse("sin(x)").value({"x": "pi"}, digits=20) == "0.0"
    assert difftape.parse("floor(x)").value({"x": "0.1*30"}, digits=3) == "3.00"


@pytest.mark.parametrize(
    "token", ["0.1", "6.62607015e-34", "5e-324", "1.7976931348623157e308", "0." + "3" * 5000, "1e23"]
)
def test_a_literal_is_written_out_without_error(token: str) -> None:
    graph = Graph()
    place = written(graph, literal_fraction(token))
    assert rational(graph.steps, place) == literal_fraction(token)
    assert all(len(step) > 1 or step[0].__class__ is float for step in graph.steps)


def test_an_exact_program_is_made_once_and_knows_its_places() -> None:
    program = difftape.parse("0.1*log(x - 0.3)").program
    made = exact_program(program)
    assert exact_program(program) is made and exact_program(made) is made
    assert made.text[slice(*made.spans[made.root])] == program.text
    plain = difftape.parse("2*x**3").program
    assert exact_program(plain) is plain


HARD = [
    ("sin(x)/x", "0", 1, "0.0"),
    ("sin(x)/x", "0", 2, "-0." + "3" * 50),
    ("(1 - cos(x))/x**2", "0", 2, "-0.08" + "3" * 49),
    ("sin(x - pi)/(x - pi)", "pi", 2, "-0." + "3" * 50),
    ("(x**2 - 0.01)/(x - 0.1)", "0.1", 1, "1." + "0" * 49),
    ("x**1.5", "0", 1, "0.0"),
    ("x**(49*(1/49))", "0", 1, "1." + "0" * 49),
    ("log(1 + exp(x))", "800", 1, "1." + "0" * 49),
    ("exp(x) - 1", "1e-300", 1, "1." + "0" * 49),
    ("abs(x - 0.3)", "0.3 + 10**-200", 1, "1." + "0" * 49),
    ("abs(x)**3", "0", 2, "0.0"),
]


@pytest.mark.parametrize(("text", "at", "order", "truth"), HARD)
def test_hard_points_have_all_their_digits(text: str, at: str, order: int, truth: str) -> None:
    answer = difftape.parse(text).answer({"x": at}, order=order, check=False, digits=50)
    assert answer.grad == {"x": truth}


@pytest.mark.parametrize(
    ("text", "at", "status"),
    [
        ("abs(x - 0.3)", "0.1 + 0.2", "kink"),
        ("max(x, 0.3)", "0.3", "kink"),
        ("cbrt(x - 0.3)", "0.1 + 0.2", "infinite"),
        ("log(x)", "-1/3", "outside"),
        ("1/(x - 0.3)", "0.1 + 0.2", "pole"),
        ("floor(log(x)/log(2))", "8", "jump"),
        ("9**9**9**9*x", "1", "overflow"),
    ],
)
def test_where_there_is_no_derivative_it_is_refused(text: str, at: str, status: str) -> None:
    answer = difftape.parse(text).answer({"x": at}, check=False, digits=30)
    assert answer.statuses == {"x": status} and answer.grad == {"x": None}


def test_subgradients_at_exact_ties() -> None:
    e = difftape.parse("abs(x) + max(x, 0.3)")
    assert e.gradient({"x": "0"}, subgradient=True, digits=10) == {"x": "0.0"}
    assert difftape.parse("max(x, 0.3)").gradient({"x": "0.3"}, subgradient=True, digits=5) == {"x": "1.0000"}
    assert difftape.parse("abs(x + 0.2 - 0.3)").gradient({"x": "0.1"}, subgradient=True, digits=5) == {"x": "0.0"}
    with pytest.raises(KinkError):
        e.gradient({"x": "0"}, digits=10)


def test_beyond_doubles() -> None:
    assert difftape.parse("exp(800)").value({}, digits=20) == "2.7263745721125665674e+347"
    assert difftape.parse("exp(-x)").value({"x": "2000"}, digits=6) == "2.57654e-869"
    assert difftape.parse("x*1e-300").value({"x": "1e-300"}, digits=6) == "1.00000e-600"
    assert difftape.parse("sin(x)").value({"x": "1e22"}, digits=40) == "-0.8522008497671888017727058937530293682618"
    assert difftape.parse("10**400*x").value({"x": "10**-400"}, digits=3) == "1.00"


def test_second_derivatives_series_and_rows() -> None:
    e = difftape.parse("x**2*y + exp(x*y)")
    at = {"x": "1/3", "y": "2"}
    with mpmath.workdps(60):
        third, power = mpmath.mpf(1) / 3, mpmath.exp(mpmath.mpf(2) / 3)
        hessian = e.hessian(at, digits=40)
        assert same(hessian["x"]["x"], 4 + 4 * power, 40) and hessian["x"]["y"] == hessian["y"]["x"]
        assert same(hessian["x"]["y"], 2 * third + power * (1 + 2 * third), 40)
        assert same(e.mixed(["x", "x", "y"], at, digits=40), 2 + 4 * power + 8 * third * power / 2, 40)
    assert difftape.parse("exp(x)").taylor("x", {"x": 0}, 3, digits=12)[-1] == "0.166666666667"
    first, second = difftape.jacobian(["x*y", "x + z"], {"x": "0.1", "y": "pi", "z": 3}, digits=6)
    assert first == {"x": "3.14159", "y": "0.100000", "z": "0.0"} and second["x"] == "1.00000"
    assert difftape.parse("sin(x*y)/x").mixed(["x", "x", "y"], {"x": 0, "y": 2}, digits=20) == "-4.0000000000000000000"


def test_what_is_no_number_of_digits_or_no_value_is_refused() -> None:
    e = difftape.parse("x**2")
    with pytest.raises(LimitError):
        e.value({"x": 1}, digits=10_001)
    for digits in (0, -1, 2.5, True):
        with pytest.raises(UsageError):
            e.value({"x": 1}, digits=digits)  # type: ignore[arg-type]
    for value in ("1/0", "y", "log(-1)"):
        with pytest.raises(UsageError):
            e.value({"x": value}, digits=5)
    with pytest.raises(UsageError):
        e.value({"x": float("inf")}, digits=5)
    with pytest.raises(TypeError):
        e.value({"x": [1]}, digits=5)
    with pytest.raises(UsageError):
        e.value({}, digits=5)
    with pytest.raises(DomainError):
        difftape.parse("1/x").value({"x": 0}, digits=5)
    assert len(e.value({"x": "1/3"}, digits=3000)) == 3002


def test_numerals_round_to_even_and_show_what_was_asked() -> None:
    with mpmath.workdps(60):
        assert numeral(mpmath.mpf("0.25"), 1) == "0.2" and numeral(mpmath.mpf("0.35"), 1) == "0.4"
        assert numeral(mpmath.mpf("-1234.5"), 4) == "-1234" and numeral(mpmath.mpf("123456"), 3) == "1.23e+05"
        assert numeral(mpmath.mpf("999.96"), 4) == "1000" and numeral(float("-inf"), 4) == "-inf"


def test_grids_are_exact() -> None:
    from difftape.points.values import point

    grid = point(["x=0:1:4"], is_exact=True)["x"]
    assert [grid.number(k).text for k in range(4)] == ["0", "1/3", "2/3", "1"]
    grid = point(["x=0:pi:3"], is_exact=True)["x"]
    assert difftape.parse("sin(x)").value({"x": grid.number(1)}, digits=5) == "1.0000"
    assert exact(grid.number(1)) is not None


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_line_prints_digits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "grad", "x**2", "--at", "x=1/3", "--digits", "30", "--no-check") == (
        0,
        "0." + "6" * 29 + "7\n",
        "",
    )
    code, out, err = run(capsys, "grad", "x**2", "--at", "x=0.1", "--digits", "5", "-v")
    assert (code, out) == (0, "0.20000\n") and "exact" in err and "sympy agrees" in err
    code, out, _ = run(capsys, "grad", "0.1*x*y", "--at", "x=1/3,y=pi/3", "--digits", "20", "--json")
    found = json.loads(out)
    assert found["exact"] is True and found["at"] == {"x": "1/3", "y": "pi/3"} and found["digits"] == 20
    assert found["grad"]["x"] == "0.10471975511965977462" and found["check"]["verdict"] == "agree"
    code, out, _ = run(capsys, "grad", "x**2", "--at", "x=0:1:4", "--digits", "5", "--csv", "--no-check")
    assert out == "x,d_x\n0,0.0\n1/3,0.66667\n2/3,1.3333\n1,2.0000\n"
    code, out, _ = run(capsys, "value", "x", "--at", "x=max(1, 2)/4", "--digits", "5", "--csv")
    assert out == 'x,value\n"max(1, 2)/4",0.50000\n'
    assert run(capsys, "grad", "abs(x)", "--at", "x=0", "--digits", "5")[0] == 4
    assert run(capsys, "grad", "x", "--at", "x=0", "--digits", "0")[0] == 2
    assert run(capsys, "grad", "x", "--at", "x=0", "--digits", "10001")[0] == 5
    code, out, _ = run(capsys, "check", "x*exp(x)", "--at", "x=1/3", "--digits", "40")
    assert code == 0 and out.startswith("agree\t0.0\t")
