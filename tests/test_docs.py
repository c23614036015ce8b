"""What the documents show is what happens: README's sessions and the examples of every docstring."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import os
import pkgutil
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import difftape

TOP = Path(__file__).parent.parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("pip ", "python3 -m venv", "git ", ".venv/", "cd ", "conda ", "ruff ", "mypy ", "source ")  # not run
SHELL = re.compile(r"[|<>;&$`*?~]|\\$")  # in an unquoted part of a command: the shell's work


class Session(NamedTuple):
    """A command as it was typed, and the lines shown under it."""

    line: int
    command: str
    shown: str


def blocks(text: str, language: str) -> list[tuple[int, str]]:
    """The fenced blocks in one language, each with the number of its first line."""
    return [(text.count("\n", 0, m.start()) + 2, m[2]) for m in FENCE.finditer(text) if m[1] == language]


def sessions(text: str) -> list[Session]:
    """The commands of all console blocks: `$ command`, `> ` going on with it, and the output below."""
    found: list[Session] = []
    for first, block in blocks(text, "console"):
        for number, line in enumerate(block.splitlines(), first):
            if line.startswith("$ "):
                found.append(Session(number, line[2:], ""))
            elif line.startswith("> ") and found and not found[-1].shown:
                found[-1] = found[-1]._replace(command=found[-1].command + "\n" + line[2:])
            else:
                assert found, f"line {number}: output without a command"
                found[-1] = found[-1]._replace(shown=found[-1].shown + line + "\n")
    return found


def needs_a_shell(command: str) -> bool:
    """Whether anything outside quotes is the shell's work."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", command)
    return not command.startswith("difftape ") or "\n" in command or bool(SHELL.search(bare)) or "DIFFTAPE" in bare


def in_process(command: str) -> str:
    """What the command prints, by the library's own entry point."""
    from difftape.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
        main(shlex.split(command)[1:])
    return out.getvalue()


def by_shell(command: str, directory: Path) -> str:
    """What the command prints, run by a shell that finds `difftape`."""
    place = directory / "bin"
    place.mkdir(exist_ok=True)
    for name, call in (("difftape", f'"{sys.executable}" -m difftape'), ("python", f'"{sys.executable}"')):
        script = place / name
        script.write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "PATH": f"{place}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def differs(shown: str, got: str) -> bool:
    """Whether the output is not what is shown; `...` stands for anything."""
    return not doctest.OutputChecker().check_output(shown.rstrip() + "\n", got.rstrip() + "\n", FLAGS)


def unlike(text: str, directory: Path, *, shell_only: bool = False) -> list[str]:
    """The sessions of a document whose output is not what is shown, run in order in one directory."""
    wrong = []
    for session in sessions(text):
        if session.command.startswith(ELSEWHERE):
            continue
        if shell_only or needs_a_shell(session.command):
            got = by_shell(session.command, directory)
        else:
            with contextlib.chdir(directory):
                got = in_process(session.command)
        if differs(session.shown, got):
            wrong.append(f"line {session.line}: $ {session.command}\nshown:\n{session.shown}\nprinted:\n{got}")
    return wrong


def test_the_readme_shows_what_the_command_line_prints(tmp_path: Path) -> None:
    shutil.copy(TOP / "examples.txt", tmp_path)
    wrong = unlike((TOP / "README.md").read_text(encoding="utf-8"), tmp_path)
    assert not wrong, "\n".join(wrong)


def test_the_readme_shows_what_python_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All python blocks in order, in one namespace, as a reader would type them."""
    shutil.copy(TOP / "examples.txt", tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    out = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for line, block in blocks((TOP / "README.md").read_text(encoding="utf-8"), "python"):
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, names, f"README.md, line {line}", "README.md", line)
            runner.run(test, out=out.write, clear_globs=False)
            names.update(test.globs)
        else:
            exec(compile(block, f"README.md, line {line}", "exec"), names)
    assert not runner.failures, out.getvalue()


MODULES = sorted(module.name for module in pkgutil.walk_packages(difftape.__path__, "difftape."))


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_docstring_examples_run(name: str) -> None:
    module = importlib.import_module(name)
    out = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        runner.run(test, out=out.write)
    assert not runner.failures, out.getvalue()


def test_a_wrong_session_is_noticed(tmp_path: Path) -> None:
    right = "```console\n$ printf 'a\\nb\\n' | tail -n 1\nb\n$ echo 1; echo 2\n1\n...\n```\n"
    assert not unlike(right, tmp_path)
    assert unlike(right.replace("\nb\n", "\nc\n"), tmp_path)
    assert [s.line for s in sessions("text\n\n" + right)] == [4, 6]


def test_a_simple_command_needs_no_shell() -> None:
    assert not needs_a_shell('difftape grad "x**2 * (y > 1)" --at x=3')
    assert needs_a_shell("difftape grad x**2 --at x=3 | cat")
    assert needs_a_shell("echo x | difftape value")


def test_the_picture_of_the_graph_is_what_is_drawn() -> None:
    from difftape import parse

    drawn = parse("x**2*sin(y)").graph({"x": 3, "y": 1}).svg()
    assert (TOP / ".pictures" / "graph.svg").read_text(encoding="utf-8") == drawn
