"""What `--certify` prints, and what it refuses, driven in this process."""

from __future__ import annotations

import io
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from difftape.cli import main
from difftape.cli.output import Output


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def call(*argv: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        return Outcome(main(list(argv)), *capsys.readouterr())

    return call


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["grad", "x**2", "--at", "x=3"], "[6.0 ± 0]\n"),
        (["value", "x**2", "--at", "x=0.5"], "[0.25 ± 0]\n"),
        (["grad", "x**2*y", "--at", "x=3,y=0.5"], "[3.0 ± 0]\n[9.0 ± 0]\n"),
        (["grad", "x**3", "--at", "x=0:1:3", "-n", "2"], "0\t[0.0 ± 0]\n0.5\t[3.0 ± 0]\n1\t[6.0 ± 0]\n"),
        (["grad", "x**3*y", "--at", "x=2,y=5", "--mixed", "x,x,y"], "[12.0 ± 0]\n"),
        (["hessian", "x**2*y", "--at", "x=3,y=2"], "[4.0 ± 0]\t[6.0 ± 0]\n[6.0 ± 0]\t[0.0 ± 0]\n"),
        (
            ["jacobian", "x*y", "x/y", "--at", "x=1,y=[1,2]"],
            "[1.5 ± 0.5]\t[1.0 ± 0]\n[0.75 ± 0.25]\t[-0.625 ± 0.375]\n",
        ),
        (["taylor", "1/(1 - x)", "--at", "x=0", "-n", "2"], "[1.0 ± 0]\n[1.0 ± 0]\n[1.0 ± 0]\n"),
        (
            ["grad", "x*x", "--at", "x=[1, 2]", "--with-value", "--csv"],
            'x,value,d_x\n"[1, 2]",[2.5 ± 1.5],[3.0 ± 1.0]\n',
        ),
        (["grad", "x*x", "--at", "x=3", "-f", "latex"], "\\[ \\frac{df}{dx} = 6.0 \\pm 0 \\]\n"),
    ],
)
def test_answers(run: Any, argv: list[str], out: str) -> None:
    assert run(*argv, "--certify") == (0, out, "")


def test_thirty_digits_or_as_many_as_asked(run: Any) -> None:
    for digits in (30, 10, 100):
        text = run("grad", "sin(x)", "--at", "x=1/3", "--certify", "--digits", str(digits)).out
        mid, rad = text.strip("[]\n").split(" ± ")
        assert Fraction(rad) <= Fraction(10) ** -digits
        assert abs(len(mid) - digits - 3) <= 1
    assert len(run("grad", "sin(x)", "--at", "x=1/3", "--certify").out) > 35


def test_json(run: Any) -> None:
    found = json.loads(run("grad", "0.1*x", "--at", "x=[1,3]", "--certify", "--json").out)
    assert found["at"] == {"x": "[1, 3]"}
    assert found["grad"]["x"]["mid"] == "0.1"
    assert Fraction(found["grad"]["x"]["rad"]) < Fraction(10) ** -15
    assert found["value"].keys() == {"mid", "rad"}
    assert (found["status"], found["check"]) == ("ok", None)


def test_lines_have_exact_points_of_their_own(run: Any) -> None:
    done = run("grad", "--certify", stdin="x**2 @ x=[1,2]\nabs(x) @ x=0\nx/3 @ x=1\n")
    assert done.out.startswith("[3.0 ± 1.0]\nnan\n[0.33333333333333333333333333333")
    assert done.code == 1
    assert "line 2" in done.err


def test_what_cannot_be_certified_is_a_domain_error_with_its_place(run: Any) -> None:
    done = run("grad", "log(x - 3)*x", "--at", "x=3", "--certify")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("difftape: domain error at x=3: it cannot be certified here: log(0) meets a singularity")
    assert "  ^^^^^^^^^^\n" in done.err
    found = json.loads(run("grad", "log(x - 3)*x", "--at", "x=3", "--certify", "--json").out)
    assert (found["status"], found["grad"], found["span"]) == ("undecided", None, [0, 10])


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["grad", "x", "--at", "x=[0.9,1.1]"], "add --certify"),
        (["grad", "x", "--at", "x=[1,0]", "--certify"], "ends below its beginning"),
        (["grad", "x", "--at", "x=[1,2,3]", "--certify"], "is not [LOW, HIGH]"),
        (["grad", "x", "--at", "x=[1,y]", "--certify"], "y has no value here"),
        (["grad", "x", "--at", "x=[1,2", "--certify"], "is not [LOW, HIGH]"),
        (["grad", "x", "--at", "x=[0.9,1.1]", "--digits", "40"], "add --certify"),
        (["check", "x", "--at", "x=1", "--certify", "--digits", "40"], "no part in check --certify"),
        (["grad", "abs(x)", "--at", "x=0", "--certify", "--subgradient"], "no part in --certify"),
        (["grad", "1/x", "--at", "x=0", "--certify", "--allow-nonfinite"], "no part in --certify"),
        (["check", "x", "--at", "x=[0.9,1.1]", "--certify"], "interval"),
    ],
)
def test_usage_errors(run: Any, argv: list[str], words: str) -> None:
    done = run(*argv)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_without_the_extra_the_pip_line_is_given(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    for command in ("grad", "value", "hessian", "jacobian", "taylor", "check"):
        done = run(command, "x**2", "--at", "x=3", "--certify")
        assert (done.code, done.out) == (2, ""), command
        assert "pip install 'difftape[certify]'" in done.err


def test_check(run: Any) -> None:
    assert run("check", "x**2", "--at", "x=3", "--certify") == (0, "agree\t0.0\tx**2\n1 checked: 1 agree\n", "")
    done = run("check", "sqrt(x**2 + 1) - x", "--at", "x=1e8", "--certify")
    assert done.out.startswith("ill-conditioned\t")
    said = run("check", "x**2", "--at", "x=0.5", "--certify", "-v").err
    assert said == "arb agrees: d/dx = 1.0 (0 ulp)\n"
    found = json.loads(run("check", "sin(x)", "--at", "x=1", "--certify", "--json").out)
    assert (found["check"]["judge"], found["check"]["reason"]) == ("arb", "correctly rounded")
    assert found["check"]["ulps"]["x"] <= 0.5


def test_a_stream_that_has_no_plus_minus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    with Output(None) as output:
        output.write("[6.0 ± 1e-30]\n")
    assert raw.getvalue() == b"[6.0 +/- 1e-30]\n"
    with Output(str(tmp_path / "out")) as output:
        output.write("[6.0 ± 1e-30]\n")
        output.keep()
    assert (tmp_path / "out").read_text(encoding="utf-8") == "[6.0 ± 1e-30]\n"
