"""A run that is killed, stopped or failed at any moment is finished by --resume, byte for byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from map_runs import FORMULA, Ran, ended, here, is_begun, points, small, started
from process import environment

FORMATS = ["csv", "jsonl", "npy", *(["parquet"] if find_spec("pyarrow") else [])]
ROOT = Path(__file__).parent.parent


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return points(tmp_path / "points.csv", 400)


def chamber(folder: Path, format: str, ways: str, rows: int = 50) -> list[dict[str, Any]]:
    source, target = points(folder / "points.csv", rows, "xy"), folder / f"out.{format}"
    argv = ["chamber", target, "old", ways, "map", "sin(x)*y", source, "-j", "1"]
    done = subprocess.run(small(30, *argv), cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(found) > 15
    return found


def judge(case: dict[str, Any]) -> list[str]:
    """What is wrong with a run that was tortured and the one that was to finish it."""
    wrong = []
    if not (case["is_old"] or case["is_new"]):
        wrong.append("something half-written is under the final name")
    if not case["is_whole"] or case["resumed"] or case["after"]:
        wrong.append("it was not finished")
    if case["first"] not in (-signal.SIGKILL, 6) and not (case["first"] == 0 and case["is_new"]):
        wrong.append("its end does not tell what happened")
    if case["way"] == "ENOSPC" and case["first"] == 6 and case["beside"]:
        wrong.append("a full disk was not cleared")
    return wrong


@pytest.mark.parametrize(
    "format, ways",
    [(f, "die,die half-way,EIO,ENOSPC" if f == "csv" else "die") for f in FORMATS],
)
def test_a_run_that_dies_or_fails_at_any_write_is_finished(tmp_path: Path, format: str, ways: str) -> None:
    wrong = [(case, what) for case in chamber(tmp_path, format, ways) if (what := judge(case))]
    assert not wrong


def test_the_judge_of_the_chamber_sees_what_is_wrong() -> None:
    good = {"way": "die", "first": -9, "resumed": 0, "is_old": True, "is_new": False, "is_whole": True, "after": [],
            "beside": [".journal"]}  # fmt: skip
    assert not judge(good)
    changes: list[dict[str, Any]] = [{"is_old": False}, {"is_whole": False}, {"resumed": 6}, {"first": 0}]
    changes += [{"after": [".journal"]}, {"way": "ENOSPC", "first": 6}]
    for change in changes:
        assert judge({**good, **change}), change


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_again_and_again_the_file_is_the_same_in_the_end(
    tmp_path: Path, source: Path, format: str, jobs: int
) -> None:
    whole, target = tmp_path / f"whole.{format}", tmp_path / f"out.{format}"
    assert ended(started(20, "map", FORMULA, source, "-o", whole, "-j", 1)).code == 0
    resume: list[str] = []
    reached = 0
    for size in (100, 8000):
        run = started(20, "map", FORMULA, source, "-o", target, "-j", jobs, *resume)
        while run.poll() is None and not is_begun(target, size):
            time.sleep(0.0005)
        left = ended(run, signal.SIGKILL)
        assert left.code in (-signal.SIGKILL, 0)
        if left.code == 0:
            break
        assert not target.exists()
        resume, reached = ["--resume"], reached + 1
    assert reached
    last = ended(started(20, "map", FORMULA, source, "-o", target, "-j", jobs, "--resume"))
    assert last.code == 0, last.err
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, target.name, whole.name])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_signal_cuts_the_part_to_whole_rows_and_says_how_to_go_on(tmp_path: Path, number: int, jobs: int) -> None:
    source, target = points(tmp_path / "points.csv", 40_000), tmp_path / "out.csv"
    target.write_text("old")
    run = started(20, "map", FORMULA, source, "-o", target, "-j", jobs)
    while run.poll() is None and not is_begun(target, 12_000):
        time.sleep(0.001)
    found = ended(run, number)
    assert found.code == -number, found.err
    assert "--resume" in found.err.splitlines()[-1] and "Traceback" not in found.err
    assert target.read_text() == "old"
    lines = (tmp_path / "out.csv.partial").read_bytes().split(b"\n")
    assert lines.pop() == b"" and len(lines) > 2
    assert all(line.count(b",") == 6 for line in lines)
    assert f"stopped after {len(lines) - 1} rows" in found.err


def stopped(tmp_path: Path, capfd: Any, *more: object) -> Path:
    """A target that has an unfinished run, stopped by a bad row."""
    source = points(tmp_path / "points.csv", 30, "xy")
    with source.open("a") as rows:
        rows.write("n/a,1\n2,3\n")
    target = tmp_path / "out.csv"
    assert here(capfd, ["x*y", source, "-o", target, "--fail-fast", *more]).code == 4
    assert not target.exists()
    return target


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, capfd: Any) -> None:
    target = stopped(tmp_path, capfd)
    found = here(capfd, ["x*y", tmp_path / "points.csv", "-o", target, "--resume"])
    assert found.code == 1 and "1 of 32 rows failed (first: line 32)" in found.err
    assert target.read_text().count("\n") == 33


@pytest.mark.parametrize(
    "change, says",
    [
        (["x*y*2"], "the expression differs"),
        (["x*y", "--order", "2"], "--order differs"),
        (["x*y", "--wrt", "y"], "--wrt differs"),
        (["x*y", "--with-value"], "--with-value differs"),
        (["x*y", "--columns", "x=y"], "--columns differs"),
        (["x*y", "--jsonl"], "format differs"),
        (["x*y", "--engine", "blocked"], "--engine differs"),
        (["x*y", "--subgradient"], "subgradient differs"),
    ],
)
def test_another_question_does_not_go_on(tmp_path: Path, capfd: Any, change: list[str], says: str) -> None:
    target = stopped(tmp_path, capfd)
    before = sorted(path.read_bytes() for path in tmp_path.iterdir())
    text, *more = change
    found = here(capfd, [text, tmp_path / "points.csv", "-o", target, "--resume", *more])
    assert found.code == 2 and says in found.err, found.err
    kept = sorted(path.read_bytes() for path in tmp_path.iterdir())
    assert len(kept) == len(before)
    assert here(capfd, ["x*y", tmp_path / "points.csv", "-o", target, "--resume"]).code == 1


def test_an_input_that_changed_does_not_go_on(tmp_path: Path, capfd: Any) -> None:
    target = stopped(tmp_path, capfd)
    source = tmp_path / "points.csv"
    source.write_text(source.read_text().replace("n/a", "1.0"))
    found = here(capfd, ["x*y", source, "-o", target, "--resume"])
    assert found.code == 2 and "hash of the input differs" in found.err
    assert here(capfd, ["x*y", source, "-o", target]).code == 0  # anew


def test_what_is_finished_is_not_computed_again(tmp_path: Path, capfd: Any) -> None:
    source, target = points(tmp_path / "points.csv", 10, "xy"), tmp_path / "out.csv"
    argv = ["x*y", source, "-o", target]
    assert here(capfd, argv).code == 0
    before = target.stat()
    found = here(capfd, [*argv, "--resume"])
    assert found.code == 0 and "nothing is computed" in found.err
    assert target.stat().st_mtime_ns == before.st_mtime_ns and target.stat().st_ino == before.st_ino
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "points.csv"]


def test_a_file_that_only_has_the_name_is_not_taken_for_finished(tmp_path: Path, capfd: Any) -> None:
    if not hasattr(os, "setxattr"):
        pytest.skip("no extended attributes on this system")
    source, target = points(tmp_path / "points.csv", 10, "xy"), tmp_path / "out.csv"
    argv = ["x*y", source, "-o", target]
    target.write_text("old")
    try:
        os.setxattr(target, "user.test", b"")
    except OSError:
        pytest.skip("no extended attributes on this file system")
    assert here(capfd, [*argv, "--resume"]).code == 0
    assert target.read_text().startswith("x,y,d_x,d_y,error\n")
    found = here(capfd, ["x*y*2", *argv[1:], "--resume"])
    assert found.code == 2 and "the expression differs" in found.err


def test_a_stream_is_not_resumed(tmp_path: Path, capfd: Any) -> None:
    found = here(capfd, ["x", os.devnull, "--resume"])
    assert found.code == 2 and "-o FILE" in found.err
    done = subprocess.run(
        small(20, "map", "x**2", "-", "-o", tmp_path / "out.csv", "--resume"),
        cwd=ROOT, env=environment(), input="x\n1\n", capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and "comes only once" in done.stderr
    assert not list(tmp_path.iterdir())


def test_more_failures_than_are_allowed_stop_a_resumed_run_at_once(tmp_path: Path, capfd: Any) -> None:
    source, target = tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_text("x\n" + "n/a\n" * 30 + "1\n" * 40)
    shrunk = ended(started(10, "map", "x**2", source, "-o", target, "--max-errors", 25, "-j", 1))
    assert shrunk.code == 4 and "26 of 26 rows failed" in shrunk.err
    found = ended(started(10, "map", "x**2", source, "-o", target, "--max-errors", 5, "-j", 1, "--resume"))
    assert found.code == 4 and "rows failed" in found.err and "internal" not in found.err
    found = ended(started(10, "map", "x**2", source, "-o", target, "-j", 1, "--resume"))
    assert found.code == 1 and "20 rows had been done before" in found.err
    assert target.read_text().count("\n") == 71


def test_a_second_run_onto_a_target_is_refused_and_names_the_first(tmp_path: Path, capfd: Any) -> None:
    target = tmp_path / "out.csv"
    pipe = subprocess.PIPE
    command = small(20, "map", "x**2", "-", "-o", target)
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe) as first:
        assert first.stdin is not None
        first.stdin.write(b"x\n1\n")
        first.stdin.flush()
        while not is_begun(target, 5) and first.poll() is None:
            time.sleep(0.01)
        source = points(tmp_path / "points.csv", 5, "x")
        for more in ([], ["--resume"]):
            found = here(capfd, ["x**3", source, "-o", target, *more])
            assert found.code == 6 and f"process {first.pid} is writing it" in found.err
        _, err = first.communicate(b"2\n", timeout=60)
        assert first.returncode == 0, err
    assert target.read_text() == "x,d_x,error\n1.0,2.0,\n2.0,4.0,\n"


def test_a_worker_that_is_killed_is_an_error_and_the_run_goes_on_later(tmp_path: Path) -> None:
    source, target = points(tmp_path / "points.csv", 40_000), tmp_path / "out.csv"
    run = started(20, "map", FORMULA, source, "-o", target, "-j", 2)
    while run.poll() is None and not is_begun(target, 2000):
        time.sleep(0.001)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    if not children.exists():
        run.kill()
        ended(run)
        pytest.skip("the system does not tell a process's children")
    for child in children.read_text().split()[:1]:
        os.kill(int(child), signal.SIGKILL)
    found: Ran = ended(run)
    assert found.code == 6 and "a worker process ended" in found.err and "--resume" in found.err, found
    assert not target.exists()


def test_others_files_are_not_overwritten(tmp_path: Path, capfd: Any) -> None:
    source, target = points(tmp_path / "points.csv", 5, "x"), tmp_path / "out.csv"
    for name in ("out.csv.partial", "out.csv.journal"):
        mine = tmp_path / name
        mine.write_text("precious")
        found = here(capfd, ["x**2", source, "-o", target])
        assert found.code == 6 and name in found.err
        assert mine.read_text() == "precious"
        found = here(capfd, ["x**2", mine, "--input-format", "csv", "-o", target])
        assert found.code == 2
        assert mine.read_text() == "precious"
        mine.unlink()
    assert here(capfd, ["x**2", source, "-o", target]).code == 0
