"""Whole processes: a plain gradient beside importing click, a checked one beside importing sympy.

    python benchmarks/startup.py [ROUNDS]

The commands take turns and medians are compared, so that a busy machine slows both sides of a ratio.
"""

from __future__ import annotations

import sys

from measuring import processes, shown, table

GRAD = [sys.executable, "-m", "difftape", "grad", "x**2", "--at", "x=3"]
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "difftape grad x**2 --at x=3 --no-check": [*GRAD, "--no-check"],
    "python -c 'import sympy'": [sys.executable, "-c", "import sympy"],
    "difftape grad x**2 --at x=3": GRAD,
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
}
AGAINST = {
    "difftape grad x**2 --at x=3 --no-check": "python -c 'import click'",
    "difftape grad x**2 --at x=3": "python -c 'import sympy'",
}


def main() -> None:
    """Prints the medians and the two ratios."""
    found = processes(COMMANDS, int(sys.argv[1]) if len(sys.argv) > 1 else 15)
    rows = []
    for name, seconds in found.items():
        other = AGAINST.get(name)
        rows.append((name, shown(seconds), f"{seconds / found[other]:.2f} × {other}" if other else ""))
    table(("whole process", "median", "ratio"), rows)


if __name__ == "__main__":
    main()
