"""The derivative as an expression: the same function as the derivatives in numbers, in every language."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mpmath
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from points import SMOOTH, operands, positions
from process import on_terminal
from test_random_expressions import expressions, with_point

from difftape import series
from difftape.cli import main
from difftape.errors import LimitError, UsageError
from difftape.expression import Expression, from_steps, parse
from difftape.formula import differentiating, tidying
from difftape.formula.differentiating import formulas
from difftape.formula.tidying import tidied
from difftape.primitives import TABLE, Primitive
from difftape.table.choice import where
from difftape.writing.latex import to_latex

FAILS = (ValueError, ZeroDivisionError, OverflowError, ArithmeticError)
EXAMPLES = os.environ.get("DIFFTAPE_EXAMPLES")  # more of them, and others every time; else the same 150
QUIET = settings(
    max_examples=int(EXAMPLES or 150), derandomize=not EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck)
)
DIGITS = 60
CC = shutil.which("cc") or shutil.which("gcc")
needs_c = pytest.mark.skipif(CC is None, reason="no C compiler (cc or gcc) is installed")


def call(primitive: Primitive, seed: int) -> tuple[Expression, dict[str, float]]:
    """A primitive of variables, one letter an operand, and a point; an order is a plain number."""
    names, at = [], {}
    for position, x in enumerate(operands(primitive, seed)):
        if primitive is where and position == 0:
            names.append("a > b" if x else "a < b")
            at.update({"a": 2.0, "b": 1.0})
        elif position in positions(primitive):
            names.append("uvw"[position])
            at["uvw"[position]] = x
        else:
            names.append(repr(x))
    if primitive.symbol:
        text = f"({names[0]}){primitive.symbol}({names[1]})" if primitive.left else f"{primitive.symbol}({names[0]})"
    else:
        text = f"{primitive.name}({', '.join(names)})"
    return parse(text), at


def close(got: float, expected: float, tolerance: float = 1e-11) -> bool:
    return math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda p: p.name)
def test_every_rule_is_a_formula_that_parses_to_the_derivative(primitive: Primitive) -> None:
    for seed in range(3):
        e, at = call(primitive, seed)
        for name in e.variables:
            for order in (1, 2):
                formula = parse(str(e.diff(name, order)))
                here = {x: at[x] for x in formula.variables}
                assert close(formula.value(here), e.derivatives(name, at, order)[order], 1e-9), (str(formula), at)


@QUIET
@given(expressions)
@example("x/x + x**2/x - (x - y)*x/x**3")
@example("where(x > 0, sqrt(x), y)/time")
@example("sqrt(x)**2*sqrt(x)/x**0.5")
@example("1/(1/x) + 1/(x/y)/2")
def test_a_formula_is_the_derivative(text: str) -> None:
    """With 60 digits, at a point where the derivative is known; only the last places of constants may differ."""
    off = error_of_formula(text)
    assume(off is not None)
    assert off <= 1e-9, text


def error_of_formula(text: str) -> Any:
    """How far the formula's value is off, for the size of what is added; None where there is nothing to compare."""
    program, at = with_point(text)
    if not at:
        return None
    name = next(iter(at))
    try:
        truth = series.taylor_mp(program.steps, program.root, at, name, 1, DIGITS)
        rounded = Expression(program).gradient(at)[name]
        again = parse(str(from_steps(formulas(program, [(name,)])[name,]))).program
        value = series.taylor_mp(again.steps, again.root, at, name, 0, DIGITS)[0]
    except FAILS:
        return None
    with mpmath.workdps(DIGITS):
        if not all(x == 0 or 1e-150 < abs(x) < 1e150 for x in (*truth, value)):
            return None
        scale = max(1, *map(abs, truth), abs(value))
        if abs(rounded - truth[1]) > 1e-12 * scale:
            return None  # the last places of constants count
        return abs(truth[1] - value) / scale


@QUIET
@given(expressions)
@example("0*log(x) + x")
@example("(x - x)/(y - y)")
def test_tidying_keeps_the_value_and_where_there_is_none(text: str) -> None:
    program, at = with_point(text)
    steps = tidied(program.steps, program.root)
    assert tidied(steps, len(steps) - 1) is not None
    e, tidy = from_steps(list(program.steps)[: program.root + 1]), from_steps(steps)
    assert set(tidy.variables) <= set(e.variables)
    try:
        value = series.taylor_mp(program.steps, program.root, {**at, "?": 0.0}, "?", 0, DIGITS)[0]
    except FAILS:
        value = None
    try:
        found = series.taylor_mp(steps, len(steps) - 1, {**at, "?": 0.0}, "?", 0, DIGITS)[0]
    except FAILS:
        found = None
    assume(value is None or abs(value) < 1e150)
    if value is None:
        assume(found is None or "**" not in text)  # a power of what is large
    else:
        assert found is not None, str(tidy)
        try:
            rounded = e.value(at)
        except FAILS:
            assume(False)
        assume(abs(rounded - value) <= 1e-12 * max(1, abs(value)))  # else the last places of constants count
        assert abs(found - value) <= 1e-9 * max(1, abs(value)), str(tidy)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x**2*sin(y)", "2*x*sin(y)"),
        ("2*3*x*x", "12*x"),
        ("x*log(x)", "log(x) + 1"),
        ("x/x", "0/x"),
        ("x**2/x", "x/x"),
        ("sqrt(x)**2", "sqrt(x)/sqrt(x)"),
        ("log(x**2)", "2/x"),
        ("4.9*x**2", "9.8*x"),
        ("x/3 + x/6", "1/2"),
        ("x**(1/3)", "1/(3*x**(2/3))"),
        ("abs(x)", "sign(x)"),
        ("e**x", "e**x"),
        ("pi*x**2", "2*pi*x"),
        ("exp(-x**2/2)", "-x*exp(-x**2/2)"),
        ("cos(x)", "-sin(x)"),
        ("1/x", "-1/x**2"),
        ("x + x**2 + x**3", "3*x**2 + 2*x + 1"),
        ("where(x > 0, x**2, log(x))", "where(x > 0, 2*x, 1/x)"),
        ("where(x > 2, log(x), 0) + where(x > 3, log(x), 0)",
         "where(x > 2 or x > 3, (where(x > 3, 1, 0) + where(x > 2, 1, 0))/x, 0)"),
        ("(x + y)**5*(x - y)", "(x + y)**5 + 5*(x + y)**4*(x - y)"),
        ("x**n", "n*x**(n - 1)"),
    ],
)  # fmt: skip
def test_a_formula_is_what_a_person_would_write(text: str, shown: str) -> None:
    assert str(parse(text).diff("x")) == shown


def test_no_branch_that_is_not_taken_is_asked_for() -> None:
    slope = parse("where(x > 2, log(x), 0) + where(x > 3, log(x), 0)").diff("x")
    code: dict[str, Any] = {}
    exec(slope.to_python(), code)
    assert code["f"](0) == 0
    exec(parse("where(x > 0, log(x)*sin(log(x)), 1)").diff("x").to_python(), code)
    assert code["f"](-1) == 0


def test_orders_hessians_and_mixed_derivatives() -> None:
    e = parse("x**3*exp(2*y)")
    assert str(e.diff(["x", "y", "x"])) == "12*x*exp(2*y)"
    assert str(e.diff("y", 5)) == "32*x**3*exp(2*y)"
    assert str(parse("sin(x)").diff(order=1000)) == "sin(x)"
    assert str(parse("x**7").diff("x", 1000)) == "0"
    rows = e.sheet(is_hessian=True).entries
    assert rows["x", "y"] == rows["y", "x"]
    assert str(parse("pi*x").diff("pi")) == "x"


def test_what_is_too_large_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitError, match="exceeds a double"):
        parse("exp(3*x)").diff(order=1000)
    monkeypatch.setattr(differentiating, "MOST", 300)
    with pytest.raises(LimitError, match="as a formula"):
        parse("tan(exp(sin(x*y)/x)**x)").diff("x", order=30)


def test_large_expressions() -> None:
    terms = parse(" + ".join(f"x{k % 50}*{k}*sin(x{k % 49})" for k in range(5_000)))
    assert terms.diff("x7").program.steps
    deep = parse("sin(" * 5000 + "x" + ")" * 5000)
    assert main(["diff", str(deep), "-o", "/dev/null"]) == 5
    assert main(["diff", str(deep), "--where", "-o", "/dev/null"]) == 0
    assert parse("+".join(["x"] * 100_000)).diff("x") == parse("100000")


def functions(numpy: bool = False) -> list[tuple[Expression, dict[str, float]]]:
    found = [call(p, seed) for p in TABLE.values() if p in SMOOTH for seed in range(2)]
    found.append((parse("sin(x*y)*exp(sin(x*y)) - x/y"), {"x": 0.5, "y": 2.0}))
    found.append((parse("where(x > 0 and not y <= 1 or x == y, -x**2**y, x)"), {"x": 0.5, "y": 2.0}))
    found.append((parse("lambda**2*np*math/dt"), {"lambda": 0.5, "np": 2.0, "math": 3.0, "dt": 4.0}))
    found.append((parse("-(-x) - -x"), {"x": 0.5}))
    return found


@pytest.mark.parametrize("numpy", [False, True])
def test_python_code_computes_the_same(numpy: bool) -> None:
    wrong = []
    for e, at in functions():
        code: dict[str, Any] = {}
        exec(e.to_python("g", numpy), code)
        got = code["g"](*[at[name] for name in e.variables])
        if not close(float(got), e.value(at)):
            wrong.append((str(e), got, e.value(at)))
    assert not wrong


def test_numpy_code_takes_arrays(capsys: pytest.CaptureFixture[str]) -> None:
    numpy = pytest.importorskip("numpy")
    assert main(["diff", "relu(x)*y + 3*x", "-f", "numpy"]) == 0
    code: dict[str, Any] = {}
    exec(capsys.readouterr().out, code)
    dx, dy = code["gradient"](numpy.array([-1.0, 2.0]), numpy.array([5.0, 6.0]))
    assert dx.tolist() == [3.0, 9.0]
    assert dy.tolist() == [0.0, 2.0]
    exec(parse("3*x").diff("x").to_python(numpy=True), code)
    assert parse("2 + 0*y").diff("y").to_python(numpy=True).endswith("return 0\n")
    assert main(["diff", "3*x", "-f", "numpy"]) == 0
    exec(capsys.readouterr().out, code)
    assert code["derivative"](numpy.zeros(3)).tolist() == [3.0, 3.0, 3.0]


@needs_c
def test_c_code_computes_the_same(tmp_path: Path) -> None:
    """All functions that <math.h> has in one file, warnings being errors."""
    texts, calls, expected = ["#include <stdio.h>"], [], []
    for k, (e, at) in enumerate(functions()):
        try:
            texts.append(e.to_c(f"f{k}"))
        except UsageError as error:
            assert "math.h" in str(error)
            continue
        calls.append(f'printf("%.17g\\n", f{k}({", ".join(repr(at[name]) for name in e.variables)}));')
        expected.append((str(e), e.value(at)))
    hessian = tmp_path / "hessian.c"
    assert main(["diff", "lambda**3*θ", "--hessian", "-o", str(hessian)]) == 0
    texts.append(hessian.read_text())
    calls.append('double out[4]; hessian(2.0, 5.0, out); printf("%.17g\\n", out[0]);')
    expected.append(("hessian", 60.0))
    source = tmp_path / "all.c"
    source.write_text("\n".join(texts) + "\nint main(void)\n{\n" + "\n".join(calls) + "\nreturn 0;\n}\n")
    program = tmp_path / "all"
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-unused-parameter"]
    done = subprocess.run([CC, *flags, str(source), "-o", str(program), "-lm"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]
    got = subprocess.run([str(program)], capture_output=True, text=True).stdout.split()
    assert len(expected) > 60
    wrong = [(text, x, y) for x, (text, y) in zip(got, expected, strict=True) if not close(float(x), y)]
    assert not wrong


def test_code_for_special_functions_says_where_they_come_from() -> None:
    assert "import difftape as dt" in parse("besselj(0, x)").to_python()
    with pytest.raises(UsageError, match="has no besselj"):
        parse("besselj(0, x)").to_c()


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("x**2*sin(y)", "x^{2} \\sin\\left(y\\right)"),
        ("-x/2", "-\\frac{x}{2}"),
        ("sin(x)**2", "\\sin^{2}\\left(x\\right)"),
        ("sin(x)**-1", "\\left(\\sin\\left(x\\right)\\right)^{-1}"),
        ("asin(theta_1)", "\\arcsin\\left(\\theta_{1}\\right)"),
        ("2*3**x", "2 \\cdot 3^{x}"),
        ("x*-y", "x \\left(-y\\right)"),
        ("exp(x)**2", "\\left(e^{x}\\right)^{2}"),
        ("sqrt(λ)", "\\sqrt{\\lambda}"),
        ("(x + 1)**(2/3)", "\\left(x + 1\\right)^{\\frac{2}{3}}"),
        ("where(x >= 0, x, 0)", "\\begin{cases} x & \\text{if}\\ x \\geq 0 \\\\ 0 & \\text{otherwise} \\end{cases}"),
        ("besselj(0, x)", "J_{0}\\left(x\\right)"),
    ],
)
def test_latex(text: str, tex: str) -> None:
    assert parse(text).to_latex() == tex
    assert parse(text)._repr_latex_() == f"$\\displaystyle {tex}$"


def test_latex_is_read_by_matplotlib() -> None:
    """Its reader knows no cases and no \\operatorname of all kinds; everything else must be read."""
    pytest.importorskip("matplotlib")
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for primitive in TABLE.values():
        if primitive.arity and primitive is not where and not primitive.is_condition:
            e, _ = call(primitive, 1)
            each = e**2 / 3 - 2 * e
            tex = to_latex(each.program.steps, each.program.root)
            if "cases" not in tex:
                parser.parse(f"${tex}$")


def out(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert main(["diff", *argv]) == code
    return capsys.readouterr().out


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert out(capsys, "x**2*y") == "2*x*y\nx**2\n"
    assert out(capsys, "x**2*y", "--wrt", "y,x") == "x**2\n2*x*y\n"
    assert out(capsys, "x**2*y", "--hessian") == "2*y\t2*x\n2*x\t0\n"
    assert out(capsys, "x**2*y", "--mixed", "x,x,y") == "2\n"
    assert out(capsys, "x**5", "-n", "3") == "60*x**2\n"
    assert out(capsys, "-e", "x*y", "-e", "x**2") == "y\tx\n2*x\n"
    assert out(capsys, "exp(x + sin(x))", "--where", "-n", "2") == (
        "t2 - t1*t2 + 2*t2*t3 + t2*t3**2\nwhere t1 = sin(x)\n      t2 = exp(x + t1)\n      t3 = cos(x)\n"
    )
    found = json.loads(out(capsys, "x**2*y", "--json"))
    assert found == {"schema": "difftape.diff/1", "expr": "x**2*y", "order": 1, "diff": {"x": "2*x*y", "y": "x**2"}}
    assert json.loads(out(capsys, "x*y", "--mixed", "x,y", "--json"))["mixed"] == {"by": ["x", "y"], "derivative": "1"}
    assert json.loads(out(capsys, "x*y", "--hessian", "--json"))["hessian"]["x"] == {"x": "0", "y": "1"}
    target = tmp_path / "slope.tex"
    assert out(capsys, "x*y", "-o", str(target)) == ""
    assert target.read_text().startswith("\\[ \\frac{\\partial f}{\\partial x} = y \\]")
    assert out(capsys, "x**2", "--sympy") == "2*x\t2*x\n"
    assert json.loads(out(capsys, "x**2", "--sympy", "--json"))["sympy"] == {"x": "2*x"}
    assert "df/dx  2*x*y" in on_terminal("diff", "x**2*y")


def test_names_are_not_taken_twice(capsys: pytest.CaptureFixture[str]) -> None:
    shown = out(capsys, "sin(t1*t2)*exp(sin(t1*t2))", "--wrt", "t1", "--where")
    assert "where t3 = " in shown


def test_failures(capsys: pytest.CaptureFixture[str]) -> None:
    out(capsys, "x +", code=3)
    out(capsys, "2*3", code=2)
    out(capsys, "x", "--mixed", "x,x", "-n", "2", code=2)
    out(capsys, "x", "--sympy", "-f", "c", code=2)
    out(capsys, "-e", "x", "-e", "y", "-f", "c", code=2)
    out(capsys, "besselj(n, x)", code=4)
    assert out(capsys, "-e", "x +", "-e", "x*y", code=1) == "nan\ny\tx\n"
    found = json.loads(out(capsys, "-e", "x +", "-e", "x*y", "--json", code=1))
    assert found[0]["status"] == "parse"
    assert found[1]["diff"] == {"x": "y", "y": "x"}
    capsys.readouterr()


def test_a_broken_pass_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge of the formulas sees what becomes of a quotient in the pass that makes them readable."""
    assert error_of_formula("x**2/y") < 1e-15
    monkeypatch.setitem(tidying._PRODUCTS, TABLE["div"], (1, 1))
    assert error_of_formula("x**2/y") > 0.1
