"""`difftape map` as it is installed, each run a process of its own: bad rows, bad targets, and their exit codes."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from in_front import GROWING, STOPPED, WITHOUT, faulty
from map_runs import FORMULA, points
from process import PROGRAM, environment, run

SLOPE = "sin(x)*y"
MEGABYTES = 400
ROWS = 1000


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def with_bad(*bad: int) -> str:
    """A thousand rows of one column, counted from 1, of which some are no numbers."""
    return "x\n" + "".join("n/a\n" if k in bad else f"{k}\n" for k in range(1, ROWS + 1))


def test_one_bad_cell_in_a_thousand_rows(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.csv", with_bad(16)), tmp_path / "out.csv"
    done = run("map", "x**2", source, "-o", str(target))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("difftape: 1 of 1000 rows failed (first: line 17)\n")
    found = rows_of(target.read_text())
    assert len(found) == ROWS
    assert found[15] == {"x": "n/a", "d_x": "", "error": "x is 'n/a', not a number"}
    assert all(row["error"] == "" and row["d_x"] for k, row in enumerate(found) if k != 15)


@pytest.mark.parametrize(
    ("rows", "first", "why"),
    [
        ("1,2\n1\n3,4\n", 3, "1 cell where the header has 2"),
        ("1,2\n3,4\n5,6,7\n", 4, "3 cells where the header has 2"),
        ("1,2\nnan,2\n3,4\n", 3, "x is nan"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_are_kept(
    tmp_path: Path, rows: str, first: int, why: str
) -> None:
    source = written(tmp_path / "in.csv", "x,y\n" + rows)
    done = run("map", "x*y", source)
    assert done.returncode == 1
    assert done.stderr == f"difftape: 1 of 3 rows failed (first: line {first})\n  {source}:{first}: {why}\n"
    assert [row["error"] for row in rows_of(done.stdout)] == [why if k + 2 == first else "" for k in range(3)]


def test_all_rows_bad(tmp_path: Path) -> None:
    source = written(tmp_path / "in.csv", with_bad(*range(1, ROWS + 1)))
    done = run("map", "x**2", source)
    assert done.returncode == 1 and "1000 of 1000 rows failed (first: line 2)" in done.stderr
    found = rows_of(done.stdout)
    assert len(found) == ROWS and all(row["error"] and not row["d_x"] for row in found)


def test_the_first_bad_row_stops_it_where_that_is_asked_for(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.csv", with_bad(17)), tmp_path / "out.csv"
    target.write_text("old\n")
    done = run("map", "x**2", source, "--fail-fast", "-o", str(target))
    assert done.returncode == 4 and "(first: line 18); stopped there" in done.stderr
    assert target.read_text() == "old\n"
    assert len(rows_of((tmp_path / "out.csv.partial").read_text())) == 16
    done = run("map", "x**2", source, "--fail-fast")
    assert done.returncode == 4 and len(rows_of(done.stdout)) == 16


def test_more_bad_rows_than_are_allowed_stop_it(tmp_path: Path) -> None:
    bad = range(5, 500, 7)
    source = written(tmp_path / "in.csv", with_bad(*bad))
    done = run("map", "x**2", source, "--max-errors", "10")
    assert done.returncode == 4 and f"11 of {bad[10]} rows failed (first: line 6); stopped there" in done.stderr
    found = rows_of(done.stdout)
    assert len(found) == bad[10] - 1 and sum(bool(row["error"]) for row in found) == 10
    eleven = written(tmp_path / "in.csv", with_bad(*bad[:10]))
    assert run("map", "x**2", eleven, "--max-errors", "10").returncode == 1


def unwritable(folder: Path) -> Path:
    """A target in a folder that takes no file of this user's."""
    closed = folder / "closed"
    closed.mkdir(mode=0o555)
    if not os.access(closed, os.W_OK):
        return closed / "out.csv"
    if not Path("/proc/self").exists():
        pytest.skip("no folder is read-only for this user")
    return Path("/proc/out.csv")  # the superuser may write everywhere but in what the kernel makes


def looping(folder: Path) -> Path:
    (folder / "loop.csv").symlink_to("loop.csv")
    return folder / "loop.csv"


def a_folder(folder: Path) -> Path:
    (folder / "folder").mkdir()
    return folder / "folder"


@pytest.mark.parametrize("made", [unwritable, a_folder, looping])
def test_a_target_that_cannot_be_is_said_before_any_work(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    """A pipe in which nothing ever comes is not waited for."""
    target = made(tmp_path)
    before = sorted(tmp_path.iterdir())
    words = [*PROGRAM, "map", "x**2", "-", "-o", str(target)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), text=True) as process:
        assert process.stderr is not None
        try:
            assert process.wait(timeout=30) == 6  # while its standard input is open
        finally:
            process.kill()
        said = process.stderr.read()
    assert said.startswith(f"difftape: i/o error: cannot write {target}: ") and said.count("\n") == 1
    source = written(tmp_path / "in.csv", "x\n1\n")
    done = run("map", "x**2", source, "-o", str(target))
    assert (done.returncode, done.stderr) == (6, said)
    os.unlink(source)
    assert sorted(tmp_path.iterdir()) == before


def test_the_input_is_not_overwritten(tmp_path: Path) -> None:
    source = written(tmp_path / "in.csv", "x\n1\n")
    done = run("map", "x**2", source, "-o", source)
    assert done.returncode == 2 and f"{source} is read and would be overwritten" in done.stderr
    assert Path(source).read_text() == "x\n1\n" and len(list(tmp_path.iterdir())) == 1


def stopped(folder: Path, what: int, at: int, *more: str, half: str = "") -> subprocess.CompletedProcess[str]:
    """A run of 70 000 rows, of two blocks, that a signal ends at one of its writes."""
    source, target = folder / "in.csv", folder / "out.csv"
    if not source.exists():
        source.write_text("x,y\n" + "".join(f"{k / 7 % 3:.3f},{k / 11 % 5:.3f}\n" for k in range(1000)) * 70)
    env = faulty(folder / "first", STOPPED, WHAT=str(int(what)), AT=str(at), HALF=half)
    return run("map", SLOPE, str(source), "-o", str(target), "-j", "1", *more, env=env)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_target_and_whole_rows(tmp_path: Path, number: signal.Signals) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old\n")
    done = stopped(tmp_path, number, 7, half="1")  # in the midst of the second block
    assert done.returncode == -number and "Traceback" not in done.stderr
    lines = (tmp_path / "out.csv.partial").read_bytes().split(b"\n")
    assert lines.pop() == b"" and len(lines) > 2 and all(line.count(b",") == 4 for line in lines)
    assert done.stderr == f"difftape: stopped after {len(lines) - 1} rows; --resume goes on from there\n"
    assert target.read_text() == "old\n"


def whole(folder: Path) -> bytes:
    """What a run makes that nothing stops."""
    assert stopped(folder, 0, 0).returncode == 0
    made = (folder / "out.csv").read_bytes()
    (folder / "out.csv").unlink()
    return made


def test_killed_at_any_write_it_is_finished_by_another_run(tmp_path: Path) -> None:
    right = whole(tmp_path)
    assert right.count(b"\n") == 70_001

    def outcome(at: int) -> tuple[int, int, bool]:
        folder = tmp_path / str(at)
        folder.mkdir()
        os.link(tmp_path / "in.csv", folder / "in.csv")
        killed = stopped(folder, signal.SIGKILL, at, half=str(at % 2 or ""))
        assert killed.returncode == 0 or not (folder / "out.csv").exists()
        resumed = stopped(folder, 0, 0, "--resume")
        return killed.returncode, resumed.returncode, (folder / "out.csv").read_bytes() == right

    with ThreadPoolExecutor(2) as several:
        found = list(several.map(outcome, range(1, 10)))
    assert found == [(-signal.SIGKILL, 0, True)] * 8 + [(0, 0, True)]  # of eight writes


def test_another_question_or_another_input_does_not_go_on(tmp_path: Path) -> None:
    assert stopped(tmp_path, signal.SIGKILL, 8).returncode == -signal.SIGKILL
    source, target = tmp_path / "in.csv", str(tmp_path / "out.csv")
    for text, more, said in (
        ("cos(x)*y", (), "the expression differs"),
        (SLOPE, ("--order", "2"), "--order differs"),
        (SLOPE, ("--wrt", "y"), "--wrt differs"),
    ):
        done = run("map", text, str(source), "-o", target, "--resume", *more)
        assert done.returncode == 2 and said in done.stderr, done.stderr
    before = source.read_text()
    source.write_text(before.replace("1", "2", 1))
    done = run("map", SLOPE, str(source), "-o", target, "--resume")
    assert done.returncode == 2 and "hash of the input differs" in done.stderr
    source.write_text(before)
    done = run("map", SLOPE, str(source), "-o", target, "--resume")
    assert (done.returncode, done.stderr) == (0, "difftape: 65536 rows had been done before\n")
    stood = os.stat(target)
    done = run("map", SLOPE, str(source), "-o", target, "--resume")
    assert done.returncode == 0 and "nothing is computed" in done.stderr
    assert os.stat(target) == stood


def test_the_second_run_onto_a_target_is_refused_and_the_first_is_whole(tmp_path: Path) -> None:
    target, pipe = tmp_path / "out.csv", subprocess.PIPE
    words = [*PROGRAM, "map", "x**2", "-", "-o", str(target)]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), text=True) as first:
        assert first.stdin is not None
        first.stdin.write("x\n1\n")
        first.stdin.flush()
        part = tmp_path / "out.csv.partial"
        while first.poll() is None and not (part.exists() and part.read_text().endswith("1.0,2.0,\n")):
            time.sleep(0.005)
        source = written(tmp_path / "in.csv", "x\n5\n")
        for given in (source, "-"):
            second = run("map", "x**3", given, "-o", str(target), stdin="x\n5\n")
            assert second.returncode == 6 and f"process {first.pid} is writing it" in second.stderr
        _, said = first.communicate("2\n", timeout=60)
    assert (first.returncode, said, target.read_text()) == (0, "", "x,d_x,error\n1.0,2.0,\n2.0,4.0,\n")


def test_an_input_that_grows_is_read_to_the_end_seen(tmp_path: Path) -> None:
    source, target = points(tmp_path / "in.csv", 70_000), tmp_path / "out.csv"
    env = faulty(tmp_path / "first", GROWING, GROWS=str(source))
    done = run("map", FORMULA, str(source), "-o", str(target), "-j", "1", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert source.read_text().count("\n") == 70_004
    found = target.read_text()
    assert found.count("\n") in (70_001, 70_004) and found.endswith("\n") and "n/a" not in found


@pytest.mark.parametrize("form", ["input", "output"])
def test_without_pyarrow_the_message_installs_it(tmp_path: Path, form: str) -> None:
    source = tmp_path / ("in.parquet" if form == "input" else "in.csv")
    source.write_text("PAR1" if form == "input" else "x\n1\n")
    env = faulty(tmp_path / "first", WITHOUT.format(name="pyarrow"))
    target = tmp_path / ("out.csv" if form == "input" else "out.parquet")
    done = run("map", "x**2", str(source), "-o", str(target), env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith('\npip install "difftape[parquet]"\n') and "Parquet" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", source.name]
    plain = run("map", "x**2", written(tmp_path / "a.csv", "x\n1\n"), env=env)
    assert (plain.returncode, plain.stdout) == (0, "x,d_x,error\n1.0,2.0,\n")


def peak(folder: Path, thousands: int, jobs: str) -> int:
    """The most memory in kB that the program held for so many thousand rows of three columns."""
    source = folder / f"{thousands}.csv"
    piece = "".join(f"{k % 29 / 10 + 0.1:.4f},{k % 31 / 11 + 0.1:.4f},{k % 37 / 13:.4f}\n" for k in range(1000))
    with source.open("w") as stream:
        stream.write("x,y,z\n")
        for _ in range(thousands):
            stream.write(piece)
    words = [*PROGRAM, "map", FORMULA, str(source), "-j", jobs]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=environment())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    source.unlink()
    return int(used.ru_maxrss)


def judge_memory(few: int, many: int, slack: int) -> str:
    """What is wrong with the memory, in kB, that few and many rows took."""
    if many > MEGABYTES * 1000:
        return "too much"
    return "it grows with the rows" if many - few > slack else ""


@pytest.mark.parametrize(
    ("jobs", "few", "many", "slack"),
    [
        pytest.param("1", 300, 700, 60_000, marks=pytest.mark.long),
        pytest.param("1", 1000, 10_000, 60_000, marks=pytest.mark.long),
        pytest.param("2", 1000, 10_000, 60_000, marks=pytest.mark.long),
    ],
)
def test_ten_million_rows_take_no_more_memory_than_some(
    tmp_path: Path, jobs: str, few: int, many: int, slack: int
) -> None:
    """So many thousands, all enough for pyarrow; input and output of 400 000 rows are 36 MB."""
    assert not judge_memory(peak(tmp_path, few, jobs), peak(tmp_path, many, jobs), slack)


def test_the_judge_of_memory_sees_what_grows() -> None:
    assert judge_memory(390_000, 410_000, 30_000) == "too much"
    assert judge_memory(150_000, 180_000, 20_000) and not judge_memory(150_000, 160_000, 20_000)


def test_pyarrow_is_what_the_blocker_hides(tmp_path: Path) -> None:
    if find_spec("pyarrow") is None:
        pytest.skip("pyarrow is not installed")
    target = tmp_path / "out.parquet"
    done: Any = run("map", "x**2", written(tmp_path / "a.csv", "x\n1\n"), "-o", str(target))
    assert done.returncode == 0 and target.read_bytes().startswith(b"PAR1")
