"""Completion in real shells: the script that is printed is sourced, and asked."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from process import environment, run
from terminal import Terminal
from test_imports import HEAVY

from difftape.cli.commands import COMMANDS
from difftape.cli.completing import SHELLS
from difftape.grammar import FUNCTIONS

TOP = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, and with a `difftape` that is found."""
    place = tmp_path / "bin"
    place.mkdir()
    script = place / "difftape"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m difftape "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "points.csv").write_text("x\n1\n")
    (tmp_path / "formulas.txt").write_text("x**2\n")
    return tmp_path


def surroundings(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return environment(PATH=path, PYTHONPATH=str(TOP), HOME=str(folder), TERM="dumb")


def by_bash(folder: Path, *words: str) -> list[str]:
    """What bash would offer for the last of the words of a command."""
    ask = f"""
        eval "$(difftape completion bash)"
        COMP_WORDS=({" ".join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}
        compopt() {{ echo "files:$*"; }}
        _difftape_completion difftape; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", ask], cwd=folder, env=surroundings(folder), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_bash_is_offered_what_there_is(folder: Path) -> None:
    assert set(by_bash(folder, "difftape", "")) == set(COMMANDS)
    assert by_bash(folder, "difftape", "gra") == ["grad", "graph"]
    assert by_bash(folder, "difftape", "functions", "arct") == ["arctan", "arctan2", "arctanh"]
    assert by_bash(folder, "difftape", "graph", "--layout", "") == ["auto", "graphviz", "own"]
    assert by_bash(folder, "difftape", "grad", "-x**2", "--check-t") == ["--check-timeout"]
    assert by_bash(folder, "difftape", "completion", "") == list(SHELLS)
    assert by_bash(folder, "difftape", "grad", "x**2", "") == []


@pytest.mark.parametrize("words", [("map", "x", ""), ("grad", "-i", ""), ("grad", "x", "-o", "")])
def test_bash_completes_files_itself(folder: Path, words: tuple[str, ...]) -> None:
    assert by_bash(folder, "difftape", *words) == ["files:-o", "default"]


@pytest.mark.parametrize("words", [("foo", "x", ""), ("map", ""), ("grad", "--nonsense", "")])
def test_nothing_is_offered_where_nothing_is_known(folder: Path, words: tuple[str, ...]) -> None:
    assert by_bash(folder, "difftape", *words) == []


def test_a_person_in_bash_presses_tab(folder: Path) -> None:
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(program=shell, **{**surroundings(folder), "PS1": "$ "}) as terminal:
        terminal.until("$ ")
        terminal.type(f"cd {folder}\n")
        terminal.type('eval "$(difftape completion bash)"; echo ready\n')
        terminal.until("\nready")
        terminal.type("difftape functions airyaip\t")
        terminal.until("airyaiprime")
        terminal.type("\x15difftape map x po\t")
        terminal.until("points.csv")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_a_person_in_zsh_presses_tab(folder: Path) -> None:
    with Terminal(program=["zsh", "-f", "-i"], **{**surroundings(folder), "PS1": "$ "}) as terminal:
        terminal.until("$ ")
        terminal.type(f"cd {folder}; autoload -U compinit; compinit -u -D; echo made\n")
        terminal.until("\nmade")
        terminal.type('eval "$(difftape completion zsh)"; echo ready\n')
        terminal.until("\nready")
        terminal.until("$ ")
        for typed, shown in (("functions airyaip", "airyaiprime"), ("map x po", "points.csv"), ("hess", "hessian")):
            terminal.type(f"difftape {typed}\t")
            terminal.until(shown)
            terminal.type("\x15")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_is_offered_what_there_is(folder: Path) -> None:
    def offered(line: str) -> list[str]:
        ask = f"difftape completion fish | source; complete --do-complete {shlex.quote(line)}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", ask],
            cwd=folder, env=surroundings(folder), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return [entry.split("\t")[0] for entry in done.stdout.splitlines()]

    assert set(offered("difftape ")) >= set(COMMANDS)
    assert set(offered("difftape functions arct")) == {"arctan", "arctan2", "arctanh"}
    assert "points.csv" in offered("difftape map x po")


def test_functions_are_those_of_the_table(folder: Path) -> None:
    assert set(by_bash(folder, "difftape", "functions", "")) >= set(FUNCTIONS)


@pytest.mark.parametrize("words", ["difftape ", "difftape functions ", "difftape map x ", "difftape grad --"])
def test_completion_loads_nothing_heavy(words: str) -> None:
    script = "import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules, file=sys.stderr))\n"
    script += "from difftape.cli import main; main([])"
    asked = environment(COMP_WORDS=words, COMP_CWORD=str(words.count(" ")), _DIFFTAPE_COMPLETE="bash_complete")
    done = subprocess.run([sys.executable, "-c", script], env=asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout
    assert not set(done.stderr.split()) & HEAVY


def test_scripts_are_printed_and_other_shells_refused(tmp_path: Path) -> None:
    for shell in SHELLS:
        done = run("completion", shell, "-o", str(tmp_path / shell))
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
        assert "_DIFFTAPE_COMPLETE" in (tmp_path / shell).read_text()
    assert run("completion", "tcsh").returncode == 2
    assert run("completion").returncode == 2
    assert run("completion", "bash", env=environment(_DIFFTAPE_COMPLETE="nonsense")).returncode in (0, 1)
