"""What grad, value and check print: every situation of the contract, driven in this process."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from difftape.cli import main
from difftape.cli.commands import COMMANDS
from difftape.cli.options import ORDER_LIMIT
from difftape.orders import MAX_ORDER
from difftape.primitives import TABLE


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


class Run:
    """Runs the command line in this process, with text on its stdin."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys = capsys
        self.monkeypatch = monkeypatch

    def __call__(self, *argv: str, stdin: str | bytes = "") -> Outcome:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        code = main(list(argv))
        return Outcome(code, *self.capsys.readouterr())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Run(capsys, monkeypatch)


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["x**2", "--at", "x=3"], "6.0\n"),
        (["4.9 * time ** 2", "--at", "time=0", "--order", "2"], "9.8\n"),
        (["sin(x)*y", "--at", "x=0,y=2"], "2.0\n0.0\n"),
        (["sin(x)*y", "--at", "x=0,y=2", "--wrt", "y,x"], "0.0\n2.0\n"),
        (["sin(x)*y", "--at", "x=0,y=2", "--wrt", "x"], "2.0\n"),
        (["-x**2", "--at", "x=3"], "-6.0\n"),
        (["-n**2", "--at", "n=3"], "-6.0\n"),
        (["-(x)", "--at", "x=3"], "-1.0\n"),
        (["-x", "--at", "x=3"], "-1.0\n"),
        (["--at", "x=3", "-x**3", "-n", "2"], "-18.0\n"),
        (["-e", "-x**2", "--at", "x=3"], "-6.0\n"),
        (["--expr=-x**2", "--at", "x=3"], "-6.0\n"),
        (["--at", "x=3", "--", "-x"], "-1.0\n"),
        (["x**2", "--at", "x=3", "--with-value"], "9.0\n6.0\n"),
        (["x**2", "--at", "x=-0.0"], "0.0\n"),
        (["-0*x", "--at", "x=1"], "0.0\n"),
        (["e*x", "--at", "x=1", "--at", "e=5"], "1.0\n5.0\n"),
        (["-e", "x**2", "-e", "x*y", "--at", "x=3,y=2"], "6.0\n2.0\t3.0\n"),
        (["x**2", "--at", "x=0:1:3"], "0.0\t0.0\n0.5\t1.0\n1.0\t2.0\n"),
        (
            ["x*y", "--at", "x=0:1:2,y=5:6:2"],
            "0.0\t5.0\t5.0\t0.0\n0.0\t6.0\t6.0\t0.0\n1.0\t5.0\t5.0\t1.0\n1.0\t6.0\t6.0\t1.0\n",
        ),
        (["x*y", "--at", "x=0:1:2,y=5", "--with-value", "--wrt", "x"], "0.0\t0.0\t5.0\n1.0\t5.0\t5.0\n"),
        (["-e", "x**2", "-e", "x*y", "--at", "x=0:1:2,y=3"], "0.0\t0.0\n1.0\t2.0\n0.0\t3.0\t0.0\n1.0\t3.0\t1.0\n"),
        (["x**2", "--at", "x=3", "--csv"], "x,d_x\n3.0,6.0\n"),
        (["x**2", "--at", "x=3", "--csv", "--with-value"], "x,value,d_x\n3.0,9.0,6.0\n"),
        (["x**3", "--at", "x=3", "--csv", "-n3"], "x,d3_x\n3.0,6.0\n"),
        (["x*y", "--at", "x=3,y=0:1:2", "--tsv", "--wrt=y"], "x\ty\td_y\n3.0\t0.0\t3.0\n3.0\t1.0\t3.0\n"),
        (["-e", "x**2", "-e", "x*y", "--at", "x=3,y=2", "--csv"], "x,y,d_x,d_y\n3.0,,6.0,\n3.0,2.0,2.0,3.0\n"),
        (["x*y", "--at", "x=3,y=4", "-f", "table", "--with-value"], "f      12.0\ndf/dx  4.0\ndf/dy  3.0\n"),
        (["x**3", "--at", "x=0:1:2", "-f", "table", "-n2"], "x    d2f/dx2\n0.0  0.0\n1.0  6.0\n"),
        (["x**3", "--at", "x=3", "-f", "latex"], "\\[ \\frac{df}{dx} = 27.0 \\]\n"),
        (
            ["x*theta_1", "--at", "x=3,theta_1=1e-7", "-f", "latex", "-n", "1"],
            "\\[ \\frac{\\partial f}{\\partial x} = 1 \\times 10^{-7} \\]\n"
            "\\[ \\frac{\\partial f}{\\partial \\theta_{1}} = 3.0 \\]\n",
        ),
        (["x**2", "--at", "x=3", "--csv", "--json", "-fplain"], "6.0\n"),
    ],
)
def test_grad_prints_what_the_contract_says(argv: list[str], out: str, run: Run) -> None:
    for check in ("--no-check", "--check"):
        assert run("grad", *argv[: argv.index("--")] if "--" in argv else argv, check, *tail(argv)) == (0, out, "")


def tail(argv: list[str]) -> list[str]:
    """From `--` on, if it is there."""
    return argv[argv.index("--") :] if "--" in argv else []


def test_lines_are_answered_one_by_one(run: Run) -> None:
    text = "\ufeffx**2 @ x=3\r\n\r\n# a comment\r\nsin(x)*y @ x=0, y=2\r\nx+ @ x=1\nx**2\nx @ y=1\nx**2 @ x=4"
    done = run("grad", "--at", "x=5,unused=1", stdin=text)
    assert done.code == 1
    assert done.out == "6.0\n2.0\t0.0\nnan\n10.0\nnan\n8.0\n"
    assert "parse error at line 5, column 3" in done.err
    assert "usage error at line 7" in done.err
    assert done.err.count("difftape:") == 2


def test_a_line_may_have_a_grid_of_its_own(run: Run) -> None:
    assert run("grad", "-", stdin="x**2 @ x=0:1:2\nx @ x=1").out == "0.0\t0.0\n1.0\t2.0\n1.0\n"


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [("x+", 3, "parse"), ("x*y @ x=1", 2, "no value for y"), ("x @ x=1,z=2", 2, "z"), ("log(x) @ x=-1", 4, "domain")],
)
def test_fail_fast_stops_with_the_code_of_the_line(line: str, code: int, word: str, run: Run) -> None:
    done = run("grad", "--fail-fast", "--json", "--no-check", stdin=f"x**2 @ x=3\n{line}\nx**2 @ x=4\n")
    assert [found["status"] == "ok" for found in json.loads(done.out)] == [True, False]
    done = run("grad", "--fail-fast", stdin=f"x**2 @ x=3\n{line}\nx**2 @ x=4\n")
    assert (done.code, done.out) == (code, "6.0\n")
    assert word in done.err
    done = run("grad", stdin=f"x**2 @ x=3\n{line}\nx**2 @ x=4\n")
    assert (done.code, done.out) == (1, "6.0\nnan\n8.0\n")


def test_two_files_are_refused(run: Run) -> None:
    done = run("value", "-i", "one.txt", "-i", "two.txt")
    assert (done.code, done.out) == (2, "")
    assert "one file" in done.err


def test_files_of_lines_are_named_in_messages(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "examples.txt"
    path.write_bytes(b"x**2 @ x=3\nx*\xff\n")
    done = run("grad", "-i", str(path), stdin="this is not read")
    assert (done.code, done.out) == (1, "6.0\nnan\n")
    assert done.err.startswith(f"difftape: {path}:2: parse error: ")
    assert "UTF-8" in done.err
    assert run("grad", "-i", str(tmp_path / "nofile")).code == 2
    assert run("grad", "-i", str(tmp_path)).code == 6
    path.write_text("# nothing\n")
    assert run("grad", "-i", str(path)).code == 2


def test_expressions_come_from_one_source(run: Run) -> None:
    for argv in (["x", "-e", "x"], ["-", "-e", "x"], ["x", "-i", "f"], ["-e", "x", "-i", "f"]):
        done = run("grad", *argv, "--at", "x=1", stdin="x")
        assert done.code == 2
        assert "one source" in done.err
    assert run("grad", "--at", "x=1", stdin="").code == 2
    assert run("grad", "x", "y", "--at", "x=1").code == 2


GRAD: dict[str, Any] = {
    "schema": "difftape.grad/1",
    "expr": "x**2",
    "at": {"x": 3.0},
    "order": 1,
    "value": 9.0,
    "grad": {"x": 6.0},
    "status": "ok",
    "check": {
        "verdict": "agree",
        "judge": "sympy",
        "reference": {"x": "6.0000000000000000000000000000000"},
        "ulps": {"x": 0.0},
        "symbolic": {"x": "2*x"},
    },
}


def strictly(text: str) -> Any:
    """JSON, in which NaN and Infinity never occur."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


def test_json_is_the_object_of_the_contract(run: Run) -> None:
    found = strictly(run("grad", "x**2", "--at", "x=3", "--json").out)
    assert found == GRAD
    assert list(found) == list(GRAD)
    assert strictly(run("grad", "x**2", "--at", "x=3", "--jsonl", "--no-check").out) == {**GRAD, "check": None}


@pytest.mark.parametrize(
    "argv", [["-e", "x**2", "-e", "x", "--at", "x=3"], ["x**2", "--at", "x=3:3:1"], ["--at", "x=3"]]
)
def test_several_questions_are_an_array(argv: list[str], run: Run) -> None:
    found = strictly(run("grad", *argv, "--json", stdin="x**2").out)
    assert isinstance(found, list)
    assert found[0] == GRAD
    lines = run("grad", *argv, "--jsonl", stdin="x**2").out.splitlines()
    assert [strictly(line) for line in lines] == found


def test_failures_are_objects_too(run: Run) -> None:
    done = run("grad", "1/x", "--at", "x=0", "--json")
    found = strictly(done.out)
    assert (done.code, found["status"], found["grad"], found["value"]) == (4, "pole", None, None)
    assert found["span"] == [0, 3]
    assert found["message"] in done.err
    done = run("grad", "2*sinn(x)", "--at", "x=0", "--json")
    found = strictly(done.out)
    assert (done.code, found["status"], found["grad"], found["span"]) == (3, "parse", None, [2, 6])
    done = run("grad", "--json", stdin="x+\nx*y @ x=1\nabs(x)*y @ x=0,y=2\n")
    assert done.code == 1
    assert [(o["status"], o["grad"]) for o in strictly(done.out)] == [
        ("parse", None),
        ("usage", None),
        ("kink", {"x": None, "y": 0.0}),
    ]
    assert strictly(done.out)[2]["statuses"] == {"x": "kink"}
    assert run("grad", "x", "--json").code == 2


def test_a_hard_point_prints_nothing_unless_asked_to(run: Run) -> None:
    done = run("grad", "abs(x)", "--at", "x=0")
    assert (done.code, done.out) == (4, "")
    assert "kink" in done.err
    assert run("grad", "abs(x)*y", "--at", "x=0,y=1")[:2] == (4, "")
    assert run("grad", "abs(x)", "--at", "x=0", "--csv")[:2] == (4, "")
    assert run("grad", "abs(x)", "--at", "x=0", "--subgradient")[:2] == (0, "0.0\n")
    assert run("grad", "1/x", "--at", "x=0", "--allow-nonfinite")[:2] == (0, "-inf\n")
    found = strictly(run("grad", "1/x", "--at", "x=0", "--allow-nonfinite", "--json").out)
    assert found["grad"] is None
    assert found["status"] == "pole"


def test_limits_and_sides_are_named_on_stderr(run: Run) -> None:
    done = run("grad", "sin(x)/x", "--at", "x=0")
    assert done[:2] == (0, "0.0\n")
    assert "removable" in done.err
    done = run("grad", "x**1.5", "--at", "x=0", "--json")
    assert strictly(done.out)["side"] == "right"
    assert "right" in done.err
    assert run("grad", "sin(x)/x", "--at", "x=0", "-q", "--no-check") == (0, "0.0\n", "")


def test_a_failed_line_is_said_once(run: Run) -> None:
    done = run("grad", stdin="log(x) @ x=0\nabs(x)*y @ x=0,y=1\n")
    assert (done.code, done.out) == (1, "nan\nnan\n")
    assert done.err.count("difftape:") == 2
    assert "line 1, x=0.0" in done.err


def test_a_failing_point_of_a_grid_is_a_line_with_nan(run: Run) -> None:
    done = run("grad", "log(x)*y", "--at", "x=0:1:2,y=2", "--no-check")
    assert (done.code, done.out) == (1, "0.0\tnan\tnan\n1.0\t2.0\t0.0\n")
    done = run("grad", "log(x)", "--at", "x=-1:-2:50", "--no-check")
    assert (done.code, done.out.count("\tnan\n")) == (1, 50)
    assert done.err.count("domain error") == 10
    assert "50 points failed" in done.err
    done = run("grad", "log(x)", "--at", "x=1:0:3", "--no-check", "--fail-fast")
    assert (done.code, done.out) == (4, "1.0\t1.0\n0.5\t2.0\n")
    assert run("grad", "log(x)", "--at", "x=0:1:2", "--csv", "--no-check").out == "x,d_x\n0.0,nan\n1.0,1.0\n"


def test_a_wrong_rule_is_found_and_the_exit_code_is_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE["sinh"], "partials", (lambda y, x: 1.001 * y,))
    done = run("grad", "sinh(x)", "--at", "x=0.7")
    assert done.code == 1
    assert done.out
    assert "differs" in done.err
    assert "differs" in run("grad", "sinh(x)", "--at", "x=0.7", "-q").err
    done = run("check", stdin="sinh(x) @ x=0.7\ncosh(y) @ y=0\n")
    assert done.code == 1
    assert done.out.splitlines()[0].startswith("differs\t")
    assert "1 differs" in done.out
    assert run("grad", "sinh(x)", "--at", "x=0.7", "--no-check").code == 0


def test_check_prints_a_line_each_and_a_count(run: Run) -> None:
    assert run("check", "x**2", "--at", "x=3") == (0, "agree\t0.0\tx**2\n1 checked: 1 agree\n", "")
    done = run("check", stdin="x**2 @ x=3\nlog(x) @ x=0\nx+\n")
    assert done.code == 1
    assert done.out == "agree\t0.0\tx**2\npole\tnan\tlog(x)\nparse\tnan\tx+\n3 checked: 1 agree, 1 pole, 1 parse\n"
    assert run("check", "log(x)", "--at", "x=0")[:2] == (4, "")
    assert run("check", "x**2", "--at", "x=1:2:2").out == (
        "agree\t0.0\tx**2 @ x=1.0\nagree\t0.0\tx**2 @ x=2.0\n2 checked: 2 agree\n"
    )
    found = strictly(run("check", "x**2", "--at", "x=3", "--json").out)
    votes = {"judges": {"sympy": "agree", "tape": "agree"}, "relative": {"x": 0.0}, "condition": {"x": 1.0}}
    assert found == {**GRAD, "schema": "difftape.check/1", "check": {**GRAD["check"], **votes}}


def test_value_prints_values(run: Run) -> None:
    assert run("value", "1/4") == (0, "0.25\n", "")
    assert run("value", "x*y", "--at", "x=3,y=2") == (0, "6.0\n", "")
    assert run("value", "abs(x)", "--at", "x=0") == (0, "0.0\n", "")
    assert run("value", "x*y", "--at", "x=3,y=1:2:2").out == "1.0\t3.0\n2.0\t6.0\n"
    assert run("value", "x*y", "--at", "x=3,y=2", "--csv").out == "x,y,value\n3.0,2.0,6.0\n"
    assert run("value", "x*y", "--at", "x=3,y=2", "-ftable").out == "f  6.0\n"
    assert strictly(run("value", "x", "--at", "x=3", "--json").out) == {
        "schema": "difftape.value/1",
        "expr": "x",
        "at": {"x": 3.0},
        "value": 3.0,
        "status": "ok",
    }
    done = run("value", "1/x", "--at", "x=0")
    assert done[:2] == (4, "")
    assert "division by zero" in done.err
    done = run("value", stdin="1/x @ x=0\nx @ x=1\n")
    assert done[:2] == (1, "nan\n1.0\n")
    assert run("value", "x**2", "--order", "2").code == 2
    assert run("value", "log(x)", "--at", "x=0", "--allow-nonfinite")[:2] == (0, "-inf\n")


def test_a_csv_row_whose_names_have_no_column_is_refused(run: Run) -> None:
    done = run("grad", "--csv", stdin="x+\nx**2 @ x=3\nx*y @ x=1,y=2\nx @ x=4\n")
    assert done.code == 1
    assert done.out == "x,d_x\n,nan\n3.0,6.0\n1.0,nan\n4.0,1.0\n"
    assert "no column for y" in done.err


def test_the_environment_sets_defaults_but_no_expression_and_no_point(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIFFTAPE_GRAD_ORDER", "2")
    monkeypatch.setenv("DIFFTAPE_GRAD_FORMAT", "json")
    found = strictly(run("grad", "x**3", "--at", "x=3").out)
    assert (found["order"], found["grad"]) == (2, {"x": 18.0})
    assert run("grad", "x**3", "--at", "x=3", "-n", "1", "--csv").out == "x,d_x\n3.0,27.0\n"
    for name in ("AT", "EXPR", "EXPRESSIONS", "ALSO", "INPUT", "SOURCE", "OUTPUT", "HELP"):
        monkeypatch.setenv(f"DIFFTAPE_GRAD_{name}", "x=4")
    assert run("grad", "x**3", "--at", "x=3", "-n", "1", "--csv").out == "x,d_x\n3.0,27.0\n"
    assert run("grad", "x**3").code == 2


def test_a_file_appears_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert run("grad", "x**2", "--at", "x=3", "-o", str(target)) == (0, "", "")
    assert target.read_text() == "6.0\n"
    target.chmod(0o640)
    assert run("grad", "abs(x)", "--at", "x=0", "-o", str(target)).code == 4
    assert target.read_text() == "6.0\n"
    assert run("grad", "-o", str(target), stdin="x @ x=1\nx+\n").code == 1
    assert target.read_text() == "1.0\nnan\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert run("grad", "--fail-fast", "-o", str(target), stdin="x @ x=2\nx+\n").code == 3
    assert target.read_text() == "1.0\nnan\n"
    assert run("grad", "1/x", "--at", "x=0", "--json", "-o", str(target)).code == 4
    assert strictly(target.read_text())["status"] == "pole"
    assert list(tmp_path.iterdir()) == [target]
    for path in (tmp_path, tmp_path / "no" / "folder"):
        done = run("grad", "x**2", "--at", "x=3", "-o", str(path))
        assert done.code == 6
        assert str(path) in done.err
    link = tmp_path / "link"
    link.symlink_to(target)
    assert run("grad", "x**2", "--at", "x=3", "-o", str(link)).code == 0
    assert (link.is_symlink(), target.read_text()) == (True, "6.0\n")
    target.write_text("x @ x=1\n")
    assert run("grad", "-i", str(target), "-o", str(target)).code == 2
    assert target.read_text() == "x @ x=1\n"


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["grda"], 2, ["unknown command 'grda'", "did you mean 'grad'"]),
        (["gra", "x"], 2, ["did you mean 'grad'"]),
        (["x**2"], 2, ['difftape grad "x**2"']),
        (["-x**2"], 2, ["unknown command"]),
        (["frobnicate"], 2, ["all commands"]),
        (["grad", "x", "--ordr", "2"], 2, ["--ordr", "did you mean --order"]),
        (["grad", "x", "--order", "0"], 2, ["--order"]),
        (["grad", "x", "--order", "two"], 2, ["--order"]),
        (["grad", "x", "--at", "x=1", "--order", "1001"], 5, ["--order", "1000"]),
        (["grad", "x", "--rtol", "-1"], 2, ["--rtol"]),
        (["grad", "x", "--atol", "nan"], 2, ["--atol"]),
        (["grad", "x", "--timeout", "inf"], 2, ["--timeout"]),
        (["grad", "x", "--max-nodes", "0"], 2, ["--max-nodes"]),
        (["grad", "x+y+z", "--at", "x=1,y=1,z=1", "--max-nodes", "2"], 5, ["--max-nodes"]),
        (["grad", "x", "--wrt", "x,x", "--at", "x=1"], 2, ["twice", "--wrt"]),
        (["grad", "x", "--wrt", "z", "--at", "x=1"], 2, ["z"]),
        (["grad", "x", "--wrt", "", "--at", "x=1"], 2, ["--wrt"]),
        (["grad", "x", "--color", "red", "--at", "x=1"], 2, ["never"]),
        (["grad", "x @ x=3"], 3, ["--at"]),
        (["grad", "x", "--at"], 2, ["--at"]),
        (["check", "x", "--csv"], 2, ["--csv"]),
    ],
)
def test_misuse_is_an_error_with_a_mend(argv: list[str], code: int, words: list[str], run: Run) -> None:
    done = run(*argv)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("difftape: ")
    for word in words:
        assert word in done.err


def test_a_bare_command_shows_two_examples(run: Run) -> None:
    done = run()
    assert (done.code, done.out) == (2, "")
    assert done.err.count("  difftape grad ") == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_the_list_names_it(command: str, run: Run) -> None:
    done = run(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out == run(command, "-h").out
    assert "Usage: difftape " + command in done.out
    assert COMMANDS[command] in run("--help").out


def test_the_order_has_one_limit() -> None:
    assert ORDER_LIMIT == MAX_ORDER


def test_a_closed_pipe_and_an_interrupt_have_codes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def __init__(self, error: BaseException) -> None:
            super().__init__()
            self.error = error

        def write(self, text: str) -> int:
            raise self.error

    for error, code in ((BrokenPipeError(), 141), (KeyboardInterrupt(), 130), (OSError(28, "No space left"), 6)):
        monkeypatch.setattr(sys, "stdout", Broken(error))
        assert main(["value", "1"]) == code
