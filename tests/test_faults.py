"""What surrounds the installed program changes under it: locale, clock, folder, signals; the answer stays."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from in_front import JUMPING, faulty
from process import IS_INSTALLED, PROGRAM, environment, run

PACKAGE = Path(__file__).parent.parent / "difftape"
LONG = "+".join(f"sin(x*{k})*exp(y/{k})" for k in range(1, 40_000))
GRID = ("grad", "x**2", "--no-check", "--at")


def test_an_interrupt_amid_a_large_expression_is_silent(tmp_path: Path) -> None:
    """All of the expression but the last of it has been read when the pipe is closed; the work on it is to come."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = [*PROGRAM, "grad", "-i", str(pipe), "--at", "x=1,y=2"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        with pipe.open("w") as stream:
            stream.write(LONG + "\n")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == -signal.SIGINT


def test_in_every_locale_the_bytes_are_the_same() -> None:
    answer, refused = ("grad", "α*sin(İ)", "--at", "α=3,İ=0.5", "--no-check", "--csv"), ("grad", "ınn(ß", "--at", "x=1")
    for argv, code in ((answer, 0), (refused, 3)):
        found = set()
        for locale in ("de_DE.UTF-8", "tr_TR.UTF-8", "C", "POSIX"):
            done = run(*argv, env=environment(LC_ALL=locale, LANG=locale))
            found.add((done.returncode, done.stdout, done.stderr))
        assert len(found) == 1 and found.pop()[0] == code


def test_the_clock_on_the_wall_may_jump(tmp_path: Path) -> None:
    env = faulty(tmp_path / "first", JUMPING)
    done = run("grad", "x**2", "--at", "x=3", "-v", "--timeout", "50", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "6.0\n", "sympy agrees: d/dx = 2*x (0 ulp)\n")
    late = run(*GRID, "x=0:1:9000000", "--timeout", "0.5", "-o", os.devnull, env=env)
    assert (late.returncode, late.stderr) == (5, "difftape: limit error: no answer within --timeout 0.5 seconds\n")
    source = tmp_path / "in.csv"
    source.write_text("x\n3\n")
    done = run("map", "x**2", str(source), "--timeout", "50", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "x,d_x,error\n3.0,6.0,\n", "")


WALL = {"time", "time_ns", "now", "today", "utcnow", "localtime", "gmtime"}


def looks(source: str) -> list[str]:
    """Where a module asks what time of the day it is."""
    nodes = list(ast.walk(ast.parse(source)))
    called = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in WALL]
    imported = [
        node
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime")
        if {name.name for name in node.names} & (WALL | {"datetime", "date"})
    ]
    return [ast.unparse(node) for node in (*called, *imported)]


def test_nothing_asks_for_the_time_of_the_day() -> None:
    found = {str(path): seen for path in PACKAGE.rglob("*.py") if (seen := looks(path.read_text()))}
    assert not found


def test_who_asks_for_the_time_of_the_day_is_seen() -> None:
    assert looks("import time\nbegan = time.time()") and looks("from time import time")
    assert not looks("import time\nbegan = time.monotonic()")


@pytest.mark.skipif(not IS_INSTALLED, reason="the program is not installed beside this interpreter")
def test_the_folder_is_no_library_of_the_program_nor_of_python_with_p(tmp_path: Path) -> None:
    for name in ("numpy", "click", "sympy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the folder')\n")
    argv = ("grad", "x**2", "--at", "x=3")
    done = run(*argv, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "6.0\n", "")
    for more, is_safe in ((["-P"], True), ([], False)):
        words = [sys.executable, *more, "-m", "difftape", *argv]
        there = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env=environment())
        assert (there.stdout == "6.0\n") is is_safe and ("taken from the folder" in there.stderr) is not is_safe


def test_the_readme_says_what_python_m_does() -> None:
    readme = (PACKAGE.parent / "README.md").read_text()
    assert "python -m difftape" in readme and "python -P -m difftape" in readme


@pytest.mark.parametrize("argv", [("grad", "x**2", "--at", "x=3", "--no-check"), ("graph", "x**2", "-f", "svg")])
def test_links_in_a_circle_are_no_target(tmp_path: Path, argv: tuple[str, ...]) -> None:
    (tmp_path / "loop").symlink_to("other")
    (tmp_path / "other").symlink_to("loop")
    target = tmp_path / "loop"
    done = run(*argv, "-o", str(target))
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == f"difftape: i/o error: cannot write {target}: Too many levels of symbolic links\n"
    assert target.is_symlink() and len(list(tmp_path.iterdir())) == 2
    (tmp_path / "dangling").symlink_to("file")
    assert run(*argv, "-o", str(tmp_path / "dangling")).returncode == 0
    assert (tmp_path / "dangling").is_symlink() and (tmp_path / "file").stat().st_size
