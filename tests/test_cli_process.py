"""The process as its surroundings see it: signals, pipes, full disks, closed streams, locales, colours."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process import IS_INSTALLED, PROGRAM, environment, on_terminal, run

SQUARE = ("grad", "x**2", "--at", "x=3", "--no-check")
GRID = ("grad", "x**2", "--at", "x=0:1:1000000", "--no-check")
ESC = "\x1b"


def test_a_closed_pipe_ends_it_by_sigpipe_and_silently() -> None:
    process = subprocess.Popen([*PROGRAM, *GRID], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"0.0\t0.0\n"
    process.stdout.close()
    assert process.wait(timeout=60) == -signal.SIGPIPE
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("argv", [SQUARE, GRID, ("grad", "--help"), ("--help",), ("functions",), ("--version",)])
def test_a_full_disk_is_said_and_is_6(argv: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*PROGRAM, *argv], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60)
    assert done.returncode == 6
    assert done.stderr == b"difftape: i/o error: cannot write standard output: No space left on device\n"


@pytest.mark.parametrize("argv", [SQUARE, ("grad", "--help"), ("functions",), ("--version",)])
def test_a_closed_stdout_is_said_and_is_6(argv: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *PROGRAM, *argv], stderr=subprocess.PIPE, env=environment(), timeout=60
    )
    assert done.returncode == 6
    assert done.stderr == b"difftape: i/o error: standard output is closed\n"


def test_with_a_closed_stdout_a_file_is_written_all_the_same(tmp_path: Path) -> None:
    target = tmp_path / "out"
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *PROGRAM, *SQUARE, "-o", str(target)], env=environment())
    assert (done.returncode, target.read_text()) == (0, "6.0\n")


def test_a_closed_stderr_changes_no_exit_code() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", *PROGRAM, "grad", "x +", "--at", "x=3"],
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert (done.returncode, done.stdout) == (3, b"")


def test_ctrl_c_ends_it_by_sigint_and_silently() -> None:
    process = subprocess.Popen(
        [*PROGRAM, *GRID[:-1], "-o", os.devnull],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stderr is not None
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == -signal.SIGINT
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_old_file_and_no_temporary_one(number: signal.Signals, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("old\n")
    process = subprocess.Popen([*PROGRAM, *GRID, "-o", str(target)], stderr=subprocess.PIPE, env=environment())
    assert process.stderr is not None
    while len(list(tmp_path.iterdir())) == 1 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(timeout=10) == -number
    assert process.stderr.read() == b""
    process.stderr.close()
    assert target.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [target]


def test_each_line_is_answered_before_the_next_one_comes() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "grad", "--no-check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), bufsize=0
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for k in range(3):
        process.stdin.write(f"x**2 @ x={k}\n".encode())
        assert select.select([process.stdout], [], [], 30)[0]
        assert process.stdout.readline() == f"{2.0 * k}\n".encode()
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def test_the_time_limit_ends_the_run_with_5(tmp_path: Path) -> None:
    done = run(*GRID[:3], "x=0:1:9000000", "--no-check", "--timeout", "0.5", "-o", str(tmp_path / "out"))
    assert done.returncode == 5
    assert done.stderr == "difftape: limit error: no answer within --timeout 0.5 seconds\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("locale", ["de_DE.UTF-8", "tr_TR.UTF-8", "C", "POSIX", "C.UTF-8"])
def test_the_locale_changes_no_byte(locale: str) -> None:
    argv = ("grad", "α*sin(İ)", "--at", "α=3,İ=0.5", "--no-check", "--csv")
    done = run(*argv, env=environment(LC_ALL=locale, LANG=locale))
    assert done.returncode == 0
    assert done.stdout.replace("\\u03b1", "α").replace("\\u0130", "İ").startswith("α,İ,d_α,d_İ\n3.0,0.5,")


@pytest.mark.parametrize("form", ["--csv", "--json", "--jsonl", "-ftable", "-flatex", "-fplain"])
def test_what_ascii_cannot_say_is_escaped(form: str) -> None:
    done = run("grad", "α**2*y", "--at", "α=3,y=2", form, "-v", env=environment(PYTHONIOENCODING="ascii"))
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).isascii()


def test_an_argument_that_is_not_utf8_is_an_ordinary_error() -> None:
    done = subprocess.run([*map(os.fsencode, PROGRAM), b"grad", b"x*\xb5", b"--at", b"x=3"], capture_output=True)
    assert done.returncode == 3
    assert b"U+DCB5" in done.stderr


def test_a_bare_environment_and_no_home_are_enough() -> None:
    done = run(*SQUARE, env={})
    assert (done.returncode, done.stdout, done.stderr) == (0, "6.0\n", "")
    done = run("grad", "x**2", "--at", "x=3", env=environment(HOME="/nonexistent"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "6.0\n", "")


@pytest.mark.parametrize(
    "argv", [SQUARE, ("grad", "x +", "--at", "x=3"), ("grad", "1/x", "--at", "x=0"), ("check", "-h")]
)
def test_optimisation_and_strict_warnings_change_nothing(argv: tuple[str, ...]) -> None:
    plain = run(*argv)
    assert "Derivatives" in run("--help", env=environment(PYTHONOPTIMIZE="2")).stdout
    optimised = run(*argv, env=environment(PYTHONOPTIMIZE="2"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "difftape", *argv], capture_output=True, text=True, env=environment()
    )
    expected = (plain.returncode, plain.stdout, plain.stderr)
    assert (optimised.returncode, optimised.stdout, optimised.stderr) == expected
    assert (done.returncode, done.stdout, done.stderr) == expected


@pytest.mark.skipif(not IS_INSTALLED, reason="the program is not installed beside this interpreter")
def test_the_current_folder_is_no_library(tmp_path: Path) -> None:
    for name in ("numpy", "click", "sympy", "difftape"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the current folder')\n")
    done = run("grad", "x**2", "--at", "x=3", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "6.0\n")


def test_on_a_terminal_there_is_a_table_and_what_the_check_found() -> None:
    seen = on_terminal("grad", "x**2*y", "--at", "x=3,y=2", "--color", "never")
    assert seen == "df/dx  12.0\ndf/dy  9.0\nsympy agrees: d/dx = 2*x*y (0 ulp), d/dy = x**2 (0 ulp)\n"
    assert on_terminal("grad", "x**2", "--at", "x=3", "-q") == "6.0\n"
    seen = on_terminal("grad", "x**2", "--at", "x=0:1:3", "--no-check", "--color", "never")
    assert seen == "x    df/dx\n0.0  0.0\n0.5  1.0\n1.0  2.0\n"
    seen = on_terminal("check", "x**2", "--at", "x=0:1:2", "--color", "never")
    assert " ".join(seen.split()) == "agree 0.0 x**2 @ x=0.0 agree 0.0 x**2 @ x=1.0 2 checked: 2 agree"
    assert on_terminal("value", "x*y", "--at", "x=3,y=2") == "6.0\n"


@pytest.mark.parametrize(
    ("changed", "more", "is_coloured"),
    [
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": ""}, (), True),
        ({"TERM": "dumb"}, (), False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, (), True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (), False),
        ({}, ("--color=never",), False),
        ({"NO_COLOR": "1", "TERM": "dumb"}, ("--color", "always"), True),
        ({"NO_COLOR": "1"}, ("--color", "auto"), False),
    ],
)
def test_who_decides_about_colour_on_a_terminal(
    changed: dict[str, str], more: tuple[str, ...], is_coloured: bool
) -> None:
    assert (ESC in on_terminal("grad", "x*y", "--at", "x=3,y=2", *more, **changed)) is is_coloured
    assert (ESC in on_terminal("grad", "x +", "--at", "x=3", *more, **changed)) is is_coloured


@pytest.mark.parametrize(("changed", "more"), [({"FORCE_COLOR": "1"}, ()), ({}, ("--color=always",))])
def test_colour_in_a_pipe_is_never_in_the_numbers(changed: dict[str, str], more: tuple[str, ...]) -> None:
    env = environment(**changed)
    for form in ("-fplain", "--json", "--jsonl", "--csv", "--tsv", "-flatex"):
        assert ESC not in run("grad", "x*y", "--at", "x=3,y=2", "--no-check", form, *more, env=env).stdout
    table = run("grad", "x*y", "--at", "x=3,y=2", "--no-check", "-ftable", *more, env=env).stdout
    assert ESC in table
    assert [line.split()[-1] for line in table.splitlines()] == ["2.0", "3.0"]
    assert ESC in run("grad", "x +", "--at", "x=3", *more, env=env).stderr
    assert ESC not in run("grad", "x*y", "--at", "x=3,y=2", "--no-check", "-ftable").stdout


def test_in_a_pipe_nothing_is_said_when_all_is_well() -> None:
    done = run("grad", "x**2", "--at", "x=3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "6.0\n", "")
    assert run("grad", "x**2", "--at", "x=3", "-v").stderr == "sympy agrees: d/dx = 2*x (0 ulp)\n"


def test_a_bug_is_one_line_and_debug_shows_the_traceback() -> None:
    script = (
        "import sys, difftape.expression as e\n"
        "def broken(*a, **k): raise RuntimeError('broken\\non purpose')\n"
        "e.Expression.answer = broken\n"
        "from difftape.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", script, *SQUARE], capture_output=True, text=True)
    assert done.returncode == 70
    assert done.stderr.count("\n") == 1
    assert "RuntimeError: broken on purpose" in done.stderr
    assert "--debug" in done.stderr
    done = subprocess.run([sys.executable, "-c", script, *SQUARE, "--debug"], capture_output=True, text=True)
    assert done.returncode == 70
    assert "Traceback" in done.stderr


def test_without_an_expression_a_terminal_is_not_waited_for() -> None:
    seen = on_terminal("grad", "--at", "x=3", "--color", "never")
    assert seen.startswith("difftape: usage error: no expression\n")


def test_progress_is_for_a_terminal_and_is_taken_away() -> None:
    seen = on_terminal("grad", "sin(x)", "--at", "x=0:1:80000", "--no-check", "--color", "never")
    before, heading, _ = seen.partition("x ")
    assert heading
    assert " of 80000 points" in before
    assert before.endswith("\r")
    assert ESC not in seen


def test_a_plain_gradient_starts_without_what_it_does_not_use() -> None:
    script = "import sys; from difftape.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, *SQUARE], capture_output=True, text=True)
    assert done.returncode == 0
    unused = {
        "dataclasses",
        "json",
        "unicodedata",
        "fractions",
        "decimal",
        "difflib",
        "tempfile",
        "csv",
        "numpy",
        "sympy",
    }
    assert not unused & set(done.stdout.split())
