"""`difftape map … -` is live, dies as a filter should, and takes no more memory for more rows."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from map_runs import FORMULA, points
from process import PROGRAM, environment, on_terminal, run

ROOT = Path(__file__).parent.parent


class Pipe:
    """A program that is written to and read from a line at a time."""

    def __init__(self, *argv: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*PROGRAM, "map", *argv], stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), bufsize=0
        )

    def write(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())

    def line(self) -> str:
        """The next line, which must come although nothing more is written."""
        assert self.process.stdout is not None
        data = b""
        while not data.endswith(b"\n"):
            assert select.select([self.process.stdout], [], [], 30)[0], f"nothing came after {data!r}"
            piece = self.process.stdout.read(1)
            assert piece, "the output ended"
            data += piece
        return data.decode()

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("more", [[], ["-"], ["-", "-j", "2"], ["-", "-j", "1", "--engine", "scalar"]])
def test_each_result_comes_before_the_next_row(more: list[str]) -> None:
    pipe = Pipe("x**2", *more)
    pipe.write("x\n")
    assert pipe.line() == "x,d_x,error\n"
    for k in range(1, 6):
        pipe.write(f"{k}")
        pipe.write("\n" if k % 2 else "\r\n")
        assert pipe.line() == f"{k}.0,{2 * k}.0,\n"
    pipe.write("n/a\n")
    assert pipe.line().startswith('n/a,,"x is ')
    pipe.write("6")
    code, out, err = pipe.end()
    assert (code, out) == (1, "6.0,12.0,\n") and "1 of 7 rows failed (first: line 7)" in err


def test_each_object_comes_before_the_next() -> None:
    pipe = Pipe("x**2", "-", "--input-format", "jsonl")
    for k in range(1, 4):
        pipe.write(f'{{"x": {k}}}\n')
        assert json.loads(pipe.line()) == {"x": float(k), "d_x": 2.0 * k, "error": None}
    assert pipe.end()[0] == 0


def test_a_live_run_into_a_file_has_each_row_on_the_disk(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    pipe = Pipe("x**2", "-", "-o", str(target))
    pipe.write("x\n1\n")
    part = tmp_path / "out.csv.partial"
    while not (part.exists() and part.read_text().endswith("1.0,2.0,\n")):
        assert pipe.process.poll() is None
    pipe.process.send_signal(signal.SIGTERM)
    code, _, err = pipe.end()
    assert code == -signal.SIGTERM and "stopped after 1 rows" in err and "--resume" not in err and str(part) in err


def test_a_reader_that_leaves_ends_it_silently(tmp_path: Path) -> None:
    source = points(tmp_path / "points.csv", 150_000)
    for jobs in ("1", "2"):
        script = f"'{PROGRAM[0]}' {' '.join(PROGRAM[1:])} map '{FORMULA}' '{source}' -j {jobs}; echo $? >&2"
        done = subprocess.run(["sh", "-c", f"({script}) | head -1"], capture_output=True, text=True, env=environment())
        assert done.stdout == "x,y,z,d_x,d_y,d_z,error\n" and done.stderr == "141\n"


def test_ctrl_c_on_a_stream_is_silent() -> None:
    pipe = Pipe("x**2", "-")
    pipe.write("x\n1\n")
    pipe.line(), pipe.line()
    pipe.process.send_signal(signal.SIGINT)
    assert pipe.end() == (-signal.SIGINT, "", "")


def test_words_and_help() -> None:
    assert run("map").returncode == 2
    assert "--resume" in run("map", "--help").stdout
    done = run("map", "x**2", stdin="")
    assert done.returncode == 2 and "standard input is empty" in done.stderr
    seen = on_terminal("map", "x**2")
    assert "no input" in seen
    done = run("map", "-x**2", stdin="x\n3\n")
    assert done.stdout == "x,d_x,error\n3.0,-6.0,\n"
    done = run("map", "x**2", "-v", stdin="x\n3\n")
    assert "engine" in done.stderr and "1 rows" in done.stderr


PEAK = """
import resource, sys
from tests import small_blocks
small_blocks.shrink(1000)
from difftape.cli import main
code = main(sys.argv[1:])
own, theirs = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(code, own, theirs)
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_memory_does_not_grow_with_rows(tmp_path: Path, jobs: str) -> None:
    peaks: list[Any] = []
    for rows in (5_000, 60_000):
        source = points(tmp_path / f"{rows}.csv", rows)
        argv = ["map", FORMULA, str(source), "-o", str(tmp_path / "out.csv"), "-j", jobs]
        done = subprocess.run([sys.executable, "-c", PEAK, *argv], cwd=ROOT, capture_output=True, text=True)
        code, own, theirs = map(int, done.stdout.split())
        assert code == 0
        peaks.append((own, theirs))
    for few, many in zip(*peaks, strict=True):  # kB; the larger file has 3.4 MB, and its results as much again
        assert many - few < 4_000


def test_processes_end_with_whoever_started_them(tmp_path: Path) -> None:
    source = points(tmp_path / "points.csv", 150_000)
    command = [*PROGRAM, "map", FORMULA, str(source), "-j", "2"]
    reader, writer = os.pipe()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writer)  # who holds stderr is still alive
    os.close(writer)
    assert process.stdout is not None and process.stdout.read(100)
    process.kill()
    process.communicate()
    assert select.select([reader], [], [], 30)[0] and os.read(reader, 1) == b""
    os.close(reader)


SIGNALLED = """
import os, signal, sys
from difftape.mapping import part
write = part._write
def interrupted(descriptor, data):
    write(descriptor, data)
    if data == b"1.0,2.0,\\n":
        os.kill(os.getpid(), signal.SIGTERM)
part._write = interrupted
from difftape.cli import main
main(["map", "x**2", sys.argv[1], "-o", sys.argv[2]])
"""


def test_a_signal_between_a_block_and_its_mark_loses_neither(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\n")
    words = [sys.executable, "-c", SIGNALLED, "in.csv", "out.csv"]
    done = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == -signal.SIGTERM and "stopped after 1 rows" in done.stderr
    assert (tmp_path / "out.csv.partial").read_text() == "x,d_x,error\n1.0,2.0,\n"
