"""What hessian, jacobian, taylor and grad --mixed print: every situation of the contract, driven in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from process import on_terminal
from test_cli_answers import Run, run

assert callable(run)  # the fixture

CASES = [
    (["hessian", "x**2*y+z", "--at", "x=3,y=2,z=1"], "4.0\t6.0\t0.0\n6.0\t0.0\t0.0\n0.0\t0.0\t0.0\n"),
    (["hessian", "x**2*y", "--at", "x=3,y=2", "--wrt", "y,x"], "0.0\t6.0\n6.0\t4.0\n"),
    (["hessian", "x**2*y", "--at", "x=3,y=2", "--with-value"], "18.0\n4.0\t6.0\n6.0\t0.0\n"),
    (["hessian", "x**2*y", "--at", "x=0:1:2,y=2"], "0.0\t4.0\t0.0\t0.0\t0.0\n1.0\t4.0\t2.0\t2.0\t0.0\n"),
    (["hessian", "-e", "x**2", "-e", "x*y", "--at", "x=1,y=1"], "2.0\n0.0\t1.0\t1.0\t0.0\n"),
    (["hessian", "x*y", "--at", "x=1,y=1", "--csv"], "x,y,d_x_x,d_x_y,d_y_x,d_y_y\n1.0,1.0,0.0,1.0,1.0,0.0\n"),
    (
        ["hessian", "x**3", "--at", "x=1:2:2", "--tsv", "--with-value"],
        "x\tvalue\td_x_x\n1.0\t1.0\t6.0\n2.0\t8.0\t12.0\n",
    ),
    (
        ["hessian", "x*y", "--at", "x=1,y=1", "-f", "table"],
        "d2f/dx2   0.0\nd2f/dxdy  1.0\nd2f/dydx  1.0\nd2f/dy2   0.0\n",
    ),
    (
        ["hessian", "x*y", "--at", "x=1,y=1", "-f", "latex"],
        "\\[ \\nabla^2 f = \\begin{pmatrix} 0.0 & 1.0 \\\\ 1.0 & 0.0 \\end{pmatrix} \\]\n",
    ),
    (["hessian", "e*x**2", "--at", "x=1,e=2"], "0.0\t2.0\n2.0\t4.0\n"),
    (["jacobian", "x*y", "x+sin(z)", "--at", "x=1,y=2,z=0"], "2.0\t1.0\t0.0\n1.0\t0.0\t1.0\n"),
    (["jacobian", "-e", "x*y", "-e", "x", "--at", "x=1,y=2", "--wrt", "y,x"], "1.0\t2.0\n0.0\t1.0\n"),
    (["jacobian", "x*y", "x", "--at", "x=1,y=2", "--with-value"], "2.0\t2.0\t1.0\n1.0\t1.0\t0.0\n"),
    (["jacobian", "x*y", "x", "--at", "x=1:2:2,y=2"], "1.0\t2.0\t1.0\t1.0\t0.0\n2.0\t2.0\t2.0\t1.0\t0.0\n"),
    (["jacobian", "x*y", "x", "--at", "x=1,y=2", "--csv"], "x,y,d_x,d_y\n1.0,2.0,2.0,1.0\n1.0,2.0,1.0,0.0\n"),
    (["jacobian", "x*y", "x", "--at", "x=1,y=2", "-f", "table", "--wrt=x"], "df1/dx  2.0\ndf2/dx  1.0\n"),
    (
        ["jacobian", "x*y", "x", "--at", "x=1,y=2", "-f", "latex"],
        "\\[ J = \\begin{pmatrix} 2.0 & 1.0 \\\\ 1.0 & 0.0 \\end{pmatrix} \\]\n",
    ),
    (["jacobian", "-x**2", "-(x)", "--at", "x=3"], "-6.0\n-1.0\n"),
    (["jacobian", "x**2", "--at", "x=3", "-f", "table"], "df/dx  6.0\n"),
    (["taylor", "exp(x)", "--at", "x=0", "-n", "3"], "1.0\n1.0\n0.5\n0.16666666666666666\n"),
    (["taylor", "exp(x)*y", "--at", "x=0,y=2", "--wrt", "x", "--order", "2"], "2.0\n2.0\n1.0\n"),
    (["taylor", "1/x", "--at", "x=1:2:2", "-n1"], "1.0\t1.0\t-1.0\n2.0\t0.5\t-0.25\n"),
    (["taylor", "1/x", "--at", "x=2", "-n1", "--csv", "--with-value"], "x,value,c0,c1\n2.0,0.5,0.5,-0.25\n"),
    (["taylor", "1/x", "--at", "x=2", "-n1", "-f", "table"], "c0  0.5\nc1  -0.25\n"),
    (["taylor", "1/x", "--at", "x=2", "-n1", "-f", "latex"], "\\[ c_{0} = 0.5 \\]\n\\[ c_{1} = -0.25 \\]\n"),
    (["taylor", "sin(x)/x", "--at", "x=0", "-n2", "--no-check"], "1.0\n0.0\n-0.16666666666666666\n"),
    (["grad", "x**3*y", "--mixed", "x,x,y", "--at", "x=2,y=1"], "12.0\n"),
    (["grad", "x**3*y", "--mixed", "y,x", "--at", "x=2:3:2,y=1", "--with-value"], "2.0\t8.0\t12.0\n3.0\t27.0\t27.0\n"),
    (["grad", "x**3*y", "--mixed", "x,x,y", "--at", "x=2,y=1", "--csv"], "x,y,d_x_x_y\n2.0,1.0,12.0\n"),
    (["grad", "x**3*y", "--mixed", "x,x,y", "--at", "x=2,y=1", "-f", "table"], "d3f/dx2dy  12.0\n"),
    (["grad", "tau*x**2", "--mixed", "x,tau", "--at", "x=2,tau=1"], "4.0\n"),
    (
        ["grad", "x**3*y", "--mixed", "x,x,y", "--at", "x=2,y=1", "-f", "latex"],
        "\\[ \\frac{\\partial^{3} f}{\\partial x^{2} \\partial y} = 12.0 \\]\n",
    ),
]


@pytest.mark.parametrize(("argv", "out"), CASES, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_answers(run: Run, argv: list[str], out: str) -> None:
    found = run(*argv)
    assert (found.code, found.out) == (0, out), found.err


def test_json_of_a_hessian(run: Run) -> None:
    found = json.loads(run("hessian", "x**2*y", "--at", "x=3,y=2", "--json").out)
    assert found["schema"] == "difftape.hessian/1" and found["value"] == 18.0 and found["status"] == "ok"
    assert found["hessian"] == {"x": {"x": 4.0, "y": 6.0}, "y": {"x": 6.0, "y": 0.0}}
    assert found["check"]["verdict"] == "agree" and found["check"]["symbolic"] == {
        "x,x": "2*y",
        "x,y": "2*x",
        "y,y": "0",
    }


def test_json_of_a_jacobian(run: Run) -> None:
    found = json.loads(run("jacobian", "x*y", "x", "--at", "x=3,y=2", "--json").out)
    assert found["schema"] == "difftape.jacobian/1" and found["expr"] == ["x*y", "x"] and found["value"] == [6.0, 3.0]
    assert found["jacobian"] == [{"x": 2.0, "y": 3.0}, {"x": 1.0, "y": 0.0}]
    assert found["check"]["ulps"] == {"1,x": 0.0, "1,y": 0.0, "2,x": 0.0, "2,y": 0.0}
    grid = json.loads(run("jacobian", "x*y", "x", "--at", "x=3:4:2,y=2", "--json", "--no-check").out)
    assert [answer["value"] for answer in grid] == [[6.0, 3.0], [8.0, 4.0]] and grid[0]["check"] is None


def test_json_of_a_series(run: Run) -> None:
    found = json.loads(run("taylor", "exp(x)", "--at", "x=0", "-n2", "--json").out)
    assert found["schema"] == "difftape.taylor/1" and found["coefficients"] == [1.0, 1.0, 0.5] and found["order"] == 2
    assert found["check"]["reference"]["2"].startswith("0.5000")


def test_json_of_a_mixed_derivative(run: Run) -> None:
    found = json.loads(run("grad", "x**3*y", "--mixed", "x,x,y", "--at", "x=2,y=1", "--json").out)
    assert found["schema"] == "difftape.grad/1"
    assert found["mixed"] == {"by": ["x", "x", "y"], "derivative": 12.0}
    assert "grad" not in found and found["check"]["symbolic"] == {"x,x,y": "6*x"}


def test_hard_points(run: Run) -> None:
    found = run("hessian", "abs(x)*y+x**2", "--at", "x=0,y=2")
    assert (found.code, found.out) == (4, "")
    assert "d2/dx2: kink" in found.err and "d2/dxdy: kink" in found.err and "^^^^^^" in found.err
    found = run("hessian", "abs(x)*y+x**2", "--at", "x=0,y=2", "--json")
    answer = json.loads(found.out)
    assert found.code == 4 and answer["hessian"] == {"x": {"x": None, "y": None}, "y": {"x": None, "y": 0.0}}
    assert answer["status"] == "kink" and answer["statuses"] == {"x,x": "kink", "x,y": "kink", "y,x": "kink"}
    assert run("hessian", "abs(x)*y+x**2", "--at", "x=0,y=2", "--subgradient").out == "2.0\t0.0\n0.0\t0.0\n"
    found = run("taylor", "abs(x)", "--at", "x=0", "-n2", "--json")
    assert found.code == 4 and json.loads(found.out)["coefficients"] == [0.0, None, None]
    found = run("jacobian", "x", "sqrt(x)", "--at", "x=0")
    assert found.code == 4 and "infinite" in found.err
    assert run("jacobian", "x", "sqrt(x)", "--at", "x=0", "--allow-nonfinite").out == "1.0\ninf\n"
    assert run("grad", "abs(x)*y", "--mixed", "x,y", "--at", "x=0,y=1").code == 4


def test_a_grid_with_a_hard_point(run: Run) -> None:
    found = run("grad", "abs(x)*y", "--mixed", "x,y", "--at", "x=-1:1:3,y=1", "--no-check")
    assert (found.code, found.out) == (1, "-1.0\t-1.0\n0.0\tnan\n1.0\t1.0\n")


def test_lines(run: Run) -> None:
    lines = "x*y @ x=1, y=2\nabs(x) @ x=0\nx*x @ x=1\n"
    found = run("hessian", stdin=lines)
    assert (found.code, found.out) == (1, "0.0\t1.0\t1.0\t0.0\nnan\n2.0\n") and "line 2" in found.err
    assert run("taylor", "-n1", stdin="x*x @ x=1\n1/x @ x=2\n").out == "1.0\t2.0\n0.5\t-0.25\n"
    assert run("grad", "--mixed", "x,y", stdin=lines).out == "1.0\nnan\nnan\n"


def test_the_rows_of_a_jacobian_may_be_lines(run: Run, tmp_path: Path) -> None:
    assert run("jacobian", "--at", "x=1,y=2", stdin="x*y\n# a comment\nx+y\n").out == "2.0\t1.0\n1.0\t1.0\n"
    file = tmp_path / "rows"
    file.write_text("x*y\nx+y\n")
    assert run("jacobian", "-i", str(file), "--at", "x=1,y=2", "--wrt=x").out == "2.0\n1.0\n"
    found = run("jacobian", "--at", "y=2", stdin="x*y @ x=1\n")
    assert found.code == 2 and "one point" in found.err
    found = run("jacobian", "--at", "x=2", stdin="x\nx +\n")
    assert found.code == 3 and "line 2" in found.err and not found.out


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["hessian", "3"], 2, "no variables"),
        (["hessian", "x*y", "--at", "x=1"], 2, "no value for y"),
        (["hessian", "x*y", "--at", "x=1,y=1", "--order", "2"], 2, "no such option"),
        (["jacobian", "x*y", "x", "--at", "x=1"], 2, "no value for y"),
        (["jacobian", "x", "x", "--at", "x=1,q=1"], 2, "variable q"),
        (["jacobian", "x", "sinn(x)", "--at", "x=1"], 3, "did you mean 'sin'"),
        (["taylor", "x*y", "--at", "x=1,y=1"], 2, "--wrt x"),
        (["taylor", "x*y", "--at", "x=1,y=1", "--wrt", "x,y"], 2, "--wrt x"),
        (["taylor", "x", "--at", "x=1", "-n", "0"], 2, "whole number"),
        (["taylor", "x", "--at", "x=1", "-n", "1001"], 5, "1000"),
        (["grad", "x*y", "--mixed", "x,q", "--at", "x=1,y=1"], 2, "variable q"),
        (["grad", "x*y", "--mixed", "x,", "--at", "x=1,y=1"], 2, "not a name"),
        (["grad", "x*y", "--mixed", "x", "--wrt", "y", "--at", "x=1,y=1"], 2, "--wrt"),
        (["grad", "x*y", "--mixed", "x", "-n", "2", "--at", "x=1,y=1"], 2, "--order"),
        (["hessian", "x", "y", "--at", "x=1"], 2, "2 expressions"),
    ],
)
def test_refusals(run: Run, argv: list[str], code: int, words: str) -> None:
    found = run(*argv)
    assert found.code == code and words in found.err and not found.out, found


def test_a_wrong_rule_is_seen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape import curvature
    from difftape.primitives import TABLE

    monkeypatch.setattr(TABLE["cos"], "partials", (lambda y, x: -1.000001 * TABLE["sin"](x),))
    curvature._known.clear()
    try:
        found = run("hessian", "sin(x)", "--at", "x=1")
    finally:
        curvature._known.clear()
    assert found.code == 1 and "differs" in found.err


def test_an_ill_conditioned_entry_is_replaced_on_both_sides_of_the_diagonal(run: Run) -> None:
    found = run("hessian", "sqrt(x**2 + y) - x", "--at", "x=1e8,y=1")
    (xx, xy), (yx, yy) = (map(float, line.split()) for line in found.out.splitlines())
    assert xy == yx == pytest.approx(-5e-17, rel=1e-12) and xx == pytest.approx(1e-24, rel=1e-12)
    assert yy == pytest.approx(-0.25e-24, rel=1e-12) and "ill-conditioned" in found.err


def test_a_terminal_shows_a_table_and_what_sympy_found() -> None:
    seen = on_terminal("hessian", "x*y", "--at", "x=1,y=2", "--color", "never")
    assert "d2f/dxdy  1.0" in seen and "sympy agrees: d2/dx2 = 0" in seen
