"""How the benchmarks measure: medians of interleaved repetitions, and peers asked in their own interpreter.

Machines are noisy, so what counts is a ratio of medians taken in one run.  Peers are looked for in the
interpreter named by DIFFTAPE_PEERS_PYTHON, else in this one; those that are not installed are skipped and named.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PEERS = os.environ.get("DIFFTAPE_PEERS_PYTHON", sys.executable)
PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))  # what is measured is this checkout
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3"}


def median(run: Callable[[], object], repetitions: int = 7, most: float = 5.0) -> float:
    """The median seconds of a call, of up to `repetitions` of them within about `most` seconds."""
    taken: list[float] = []
    while len(taken) < repetitions and sum(taken) < most:
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def each(run: Callable[[], object], calls: int, repetitions: int = 7) -> float:
    """The median seconds of one call among `calls` in a row."""

    def loop() -> None:
        for _ in range(calls):
            run()

    return median(loop, repetitions) / calls


def processes(commands: dict[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The median seconds of each whole process, the commands taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):  # the first only warms the file cache
        for name, command in commands.items():
            begin = time.perf_counter()
            done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, cwd=PROJECT)
            if turn:
                taken[name].append(time.perf_counter() - begin)
            assert done.returncode == 0, (command, done.stderr.decode())
    return {name: statistics.median(times) for name, times in taken.items()}


def peer(script: str, name: str, *arguments: str, limit: float = 300.0) -> dict[str, float] | None:
    """What `script` measures of one peer (a JSON object on its last line), or None where there is no such peer."""
    known = subprocess.run([PEERS, "-c", f"import {name}"], env=ENVIRONMENT, capture_output=True)
    if known.returncode:
        return None
    try:
        done = subprocess.run(
            [PEERS, script, "--peer", name, *arguments], env=ENVIRONMENT, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return {}
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def shown(seconds: float | None) -> str:
    """A time with a unit in which it has one to four digits.

    >>> shown(0.0000134)
    '13.4 µs'
    """
    if seconds is None:
        return "–"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows under their heads, as a Markdown table with aligned columns."""
    cells = [list(heads), *map(list, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for number, row in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
