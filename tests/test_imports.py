"""Which modules a plain question loads: none of the large libraries before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"numpy", "sympy", "mpmath", "llvmlite", "pyarrow", "matplotlib", "plotext", "dask", "flint"}

LISTING = """
import atexit, sys
atexit.register(lambda: print("LOADED", *sorted(sys.modules), file=sys.stderr))
from difftape.cli import main
sys.exit(main(sys.argv[1:]))
"""


def loaded(*argv: str) -> set[str]:
    """The names of the modules that are loaded when the command line has answered."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *argv], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("LOADED")[2].split())


@pytest.mark.parametrize(
    "argv",
    [
        ("grad", "x**2", "--at", "x=3", "--no-check"),
        ("grad", "exp(-x)*sin(y)/sigma", "--at", "x=1,y=2,sigma=3", "--no-check"),
        ("grad", "sin(x)", "--at", "x=3", "--order", "7", "--no-check", "--json"),
        ("value", "x**2", "--at", "x=3"),
        ("diff", "x**2*sin(y)", "--hessian", "--where"),
        ("diff", "x**2*sin(y)", "-f", "python"),
        ("trace", "x**2*sin(y)", "--at", "x=3,y=1"),
        ("graph", "x**2*sin(y)", "--at", "x=3,y=1"),
        ("graph", "x**2*sin(y)", "--gradient", "-f", "svg", "--layout", "own"),
        ("repl", "--no-check"),
        ("completion", "zsh"),
        ("functions",),
        ("functions", "--search", "sine"),
        ("functions", "exp"),
        ("plot", "--help"),
        ("explain", "x**2*sin(y)", "--at", "x=3,y=1", "--no-check"),
        ("--help",),
        ("grad", "--help"),
        ("--version",),
    ],
)
def test_a_plain_question_loads_nothing_heavy(argv: tuple[str, ...]) -> None:
    assert not loaded(*argv) & HEAVY


def test_the_check_loads_sympy_but_no_numpy() -> None:
    modules = loaded("grad", "x**2", "--at", "x=3")
    assert "sympy" in modules
    assert "numpy" not in modules


def test_importing_the_library_loads_nothing_heavy() -> None:
    script = "import sys, difftape; difftape.parse('x**2').gradient({'x': 3}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & HEAVY
