"""The manual page is what the commands say, and is installed."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from difftape.cli import manual
from difftape.cli.commands import COMMANDS, difftape

TOP = Path(__file__).parent.parent
PAGE = TOP / "difftape" / "cli" / "difftape.1"


def test_the_committed_page_is_the_generated_one() -> None:
    again = "python -m difftape.cli.manual > difftape/cli/difftape.1"
    assert PAGE.read_text(encoding="ascii") == manual.page(), again
    assert again in (manual.__doc__ or "")


def test_the_wheel_has_it_where_man_looks() -> None:
    build = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["shared-data"] == {str(PAGE.relative_to(TOP)): "share/man/man1/difftape.1"}


def test_every_command_and_option_is_in_it() -> None:
    text = manual.page().replace("\\-", "-")
    for name in COMMANDS:
        command = difftape.get_command(click.Context(difftape), name)
        assert command is not None and f".SH {name.upper()}\n" in text
        for option in command.params:
            assert all(spelt in text for spelt in option.opts if spelt.startswith("-"))


def test_a_command_that_is_forgotten_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(COMMANDS, "trace")
    assert PAGE.read_text(encoding="ascii") != manual.page()


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_has_no_complaint_and_shows_the_signs() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-c", str(PAGE)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.replace("\b", "")
    for sign in ("4.9 * time ** 2", "** ^", "VALUE, … a", "'-'", "~/.local/state"):
        assert sign in shown


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_has_no_complaint_but_the_missing_date() -> None:
    done = subprocess.run(["mandoc", "-T", "lint", str(PAGE)], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []
