"""Nothing that is fed to the command line crashes it, hangs it, writes a file or prints what cannot be read."""

from __future__ import annotations

import os
import random
from pathlib import Path

import fuzzing
import pytest
import random_inputs
import random_rows
from fuzzing import Finding, Outcome, campaign, judged, judged_lines, rows_campaign, smaller, wrong
from random_inputs import Call

from difftape.cli import process

INPUTS = int(os.environ.get("DIFFTAPE_INPUTS", "100000"))
ROWS = INPUTS // 100
LONG = 2_000_000
SEED = 20240101


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_hundred_thousand_inputs_are_all_met_as_the_contract_says(empty: Path) -> None:
    done, findings = campaign(SEED, INPUTS)
    assert not findings, "\n".join(map(fuzzing.shown, findings))
    assert done >= INPUTS
    assert not list(empty.iterdir())


def test_files_of_rows_are_all_met_as_the_contract_says(empty: Path) -> None:
    done, findings = rows_campaign(SEED, ROWS)
    assert not findings, "\n".join(map(fuzzing.shown, findings))
    assert done >= ROWS
    assert not list(empty.iterdir())


def test_rows_reach_most_kinds_of_end() -> None:
    draw = random.Random(1)
    assert {fuzzing.run(random_rows.call(draw)).code for _ in range(150)} >= {0, 1, 2, 3, 5}


@pytest.mark.long
def test_two_million_inputs_are_all_met_as_the_contract_says(empty: Path) -> None:
    done, findings = campaign(random.randrange(1 << 32), LONG)
    assert not findings, "\n".join(map(fuzzing.shown, findings))
    assert done >= LONG
    assert not list(empty.iterdir())


def test_a_seed_gives_the_same_inputs_again() -> None:
    first, second = (
        [random_inputs.command_line(draw) for _ in range(50)]
        + [Call([], line) for line in random_inputs.lines(draw, 50)]
        for draw in (random.Random(7), random.Random(7))
    )
    assert first == second


def test_most_kinds_of_end_are_reached() -> None:
    """Else the inputs would be all alike."""
    draw = random.Random(1)
    codes = {fuzzing.run(random_inputs.command_line(draw)).code for _ in range(1500)}
    assert codes >= {0, 1, 2, 3, 4}


def test_each_rule_sees_what_it_is_for() -> None:
    good, call = Outcome(0, "6.0\n", ""), Call(["grad", "x**2", "--at", "x=3"])
    assert not wrong(call, good)
    for bad in (
        good._replace(code=None),
        good._replace(code=70),
        good._replace(code=1),
        good._replace(out=""),
        good._replace(out="six\n"),
        good._replace(out="\udcb5\n"),
        good._replace(err="Traceback (most recent call last)"),
        good._replace(err="\x1b[31m"),
        good._replace(err="x" * 9000),
    ):
        assert wrong(call, bad), bad
    assert wrong(Call([*call.argv, "--json"]), good._replace(out='{"value": NaN}'))
    assert wrong(Call([*call.argv, "--jsonl"]), good._replace(out="{}\n{"))
    assert wrong(Call([*call.argv, "--csv"]), good._replace(out="a,b\n1\n"))


def test_a_bug_put_in_on_purpose_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    run = process._run

    def broken(words: list[str], voice: object) -> int:
        if any("sinh" in word for word in words):
            raise KeyError("sinh")
        return run(words, voice)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "_run", broken)
    call = Call(["grad", "x**2 + 3*sinh(x)", "--at", "x=3", "--no-check"])
    said = judged(call)
    assert "exit 70" in said
    assert smaller(Finding(call, said)).call.argv == ["grad", "sinh"]


def test_an_endless_run_is_cut_off_and_a_lost_line_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(argv: list[str]) -> int:
        while True:
            pass

    monkeypatch.setattr(fuzzing, "main", endless)
    assert fuzzing.run(Call(["grad"]), 0.1).code is None
    monkeypatch.setattr(fuzzing, "main", lambda argv: print("1.0") or 0)
    assert [f.what for f in judged_lines(["grad"], [b"x @ x=1", b"y @ y=1"])] == ["2 lines asked and 1 answered"]
    answers = iter(["1.0", "2.0"])
    monkeypatch.setattr(fuzzing, "main", lambda argv: print(next(answers)) or 0)
    assert "not the same again" in judged(Call(["grad", "x"]), twice=True)
