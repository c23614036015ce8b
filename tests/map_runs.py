"""What the tests of `difftape map` share: files of points, runs in this process, and runs that are stopped."""

from __future__ import annotations

import csv
import io
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from process import environment

from difftape.cli import main

ROOT = Path(__file__).parent.parent
FORMULA = "exp(-x*x/2)*sin(y*z) + log(x + y)*tanh(z)"


class Ran(NamedTuple):
    """The exit code and what was said and printed."""

    code: int
    out: str
    err: str

    @property
    def table(self) -> list[dict[str, str]]:
        """The rows of a CSV output."""
        return list(csv.DictReader(io.StringIO(self.out)))


def points(path: Path, rows: int, names: str = "xyz", seed: int = 1) -> Path:
    """A CSV file of random points."""
    draw = random.Random(seed)
    lines = (",".join(repr(draw.uniform(0.1, 3)) for _ in names) for _ in range(rows))
    path.write_text(",".join(names) + "\n" + "".join(line + "\n" for line in lines))
    return path


def small(size: int, *argv: object) -> list[str]:
    """The command that runs the program with blocks of `size` rows."""
    return [sys.executable, "-m", "tests.small_blocks", str(size), *map(str, argv)]


def started(size: int, *argv: object) -> subprocess.Popen[str]:
    """A run with small blocks, not waited for."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        small(size, *argv), cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
    )


def ended(process: subprocess.Popen[str], number: int | None = None) -> Ran:
    """How a run ended, after a signal to it if there is one."""
    if number is not None:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def here(capfd: object, argv: Sequence[object]) -> Ran:
    """A run in this process."""
    code = main(["map", *map(str, argv)])
    out, err = capfd.readouterr()  # type: ignore[attr-defined]
    return Ran(code, out, err)


def is_begun(target: Path, size: int = 200) -> bool:
    """Whether a part file has some bytes."""
    part = target.with_name(target.name + ".partial")
    return part.exists() and part.stat().st_size >= size


KILL = signal.SIGKILL
