"""Where a cluster begins to win: `difftape map` over four CSV files, in one process, in two, and on two Dask workers.

The whole process is measured, the start of the cluster included.  Usage: python benchmarks/cluster.py [ROUNDS]
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

from measuring import processes, shown, table

FILES = 4
QUESTIONS = {  # cheap, and evaluated point by point
    "exp(-x*x/2)*sin(y*x)": (40_000, 400_000, 1_600_000),
    "besselj(2, x)*erf(y)": (4_000, 20_000, 60_000),
}
WAYS = {"-j 1": "-j 1", "-j 2": "-j 2", "--workers 2": "--workers 2"}


def write(folder: Path, rows: int) -> None:
    """So many rows, in equal parts."""
    import numpy as np

    folder.mkdir()
    for k in range(FILES):
        numbers = np.random.default_rng(k).uniform(0.1, 2, (rows // FILES, 2)).tolist()
        text = "x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in numbers)
        (folder / f"{k}.csv").write_text(text)


def command(text: str, data: Path, out: Path, how: str) -> list[str]:
    """The command line, in a shell that has taken away what an earlier round has written."""
    words = [sys.executable, "-m", "difftape", "map", text, str(data), "-o", str(out), *how.split()]
    return ["sh", "-c", f"rm -rf {shlex.quote(str(out))}; exec {shlex.join(words)}"]


def main() -> None:
    rounds = int(sys.argv[1]) if sys.argv[1:] else 3
    found = []
    with tempfile.TemporaryDirectory() as name:
        for text, sizes in QUESTIONS.items():
            for rows in sizes:
                data = Path(name) / f"{rows} {len(found)}"
                write(data, rows)
                taken = processes(
                    {way: command(text, data, Path(name) / f"out {way}", how) for way, how in WAYS.items()}, rounds
                )
                alone = taken["-j 1"]
                print(text, rows, {way: shown(seconds) for way, seconds in taken.items()}, file=sys.stderr)
                found.append(
                    [text, f"{rows:,}", shown(alone / rows), *map(shown, taken.values())]
                    + [f"{taken[way] / taken['--workers 2']:.2f}" for way in ("-j 1", "-j 2")]
                )
    table(["formula", "rows", "a row", *WAYS, "-j 1 / cluster", "-j 2 / cluster"], found)


if __name__ == "__main__":
    main()
