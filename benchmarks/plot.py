"""Plots of 10,000 points, whole process, beside the import of the library that draws them.

    python benchmarks/plot.py

The goal is the import time and 0.3 s.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.util import find_spec

from measuring import processes, shown, table

POINTS = 10_000
ROUNDS = 5
FORMULAS = {"smooth": "exp(-x*x/2)*sin(3*x)", "poles": "tan(x)", "kinks": "abs(sin(x)-0.3)"}
DRAWERS = {
    "terminal": ("plotext", "import numpy, plotext"),
    "png": ("matplotlib", "import matplotlib.figure, matplotlib.backends.backend_agg"),
    "svg": ("matplotlib", "import matplotlib.figure, matplotlib.backends.backend_svg"),
}


def main() -> None:
    """Prints a row for each formula and format."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for format, (library, line) in DRAWERS.items():
            if find_spec(library) is None:
                print(f"{library} is not installed")
                continue
            commands = {"import": [sys.executable, "-c", line]}
            for name, text in FORMULAS.items():
                target = os.path.join(folder, f"{name}.{format}")
                ask = ["plot", text, "--at", f"x=-5:5:{POINTS}", "-f", format, "-o", target]
                commands[name] = [sys.executable, "-m", "difftape", *ask]
            taken = processes(commands, ROUNDS)
            for name in FORMULAS:
                more = taken[name] - taken["import"]
                rows.append([format, FORMULAS[name], shown(taken["import"]), shown(taken[name]), shown(more),
                             f"{taken[name] / taken['import']:.2f}"])  # fmt: skip
    table(["format", "formula", "import", "plot", "beyond the import", "ratio"], rows)


if __name__ == "__main__":
    main()
