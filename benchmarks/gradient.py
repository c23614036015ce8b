"""Text to value and gradient in one process: one formula, a sum of 10 000 terms, a sum of a million.

    python benchmarks/gradient.py

Every repetition starts from the text.  The peers' own way to the same numbers is in `PEERS_WAYS`.
"""

from __future__ import annotations

import json
import math
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from measuring import ENVIRONMENT, each, median, peer, shown, table

FORMULA = "exp(-(theta/sigma)**2/2)/(sqrt(2*pi)*sigma)"
POINT = {"theta": 1.3, "sigma": 2.1}
TERMS = 10_000
MANY = 1_000_000
LONG_POINT = {f"x{i}": 0.1 * (i + 1) for i in range(10)}
NAMES = ["symengine", "torch", "sympy", "autograd", "casadi"]


def long_text(terms: int) -> str:
    """A sum of many products over ten variables, the same in every run."""
    draw = random.Random(1)
    return " + ".join(
        f"{draw.uniform(0.1, 2):.3f}*sin(x{draw.randrange(10)})*x{draw.randrange(10)}**2" for _ in range(terms)
    )


def by_difftape(text: str, at: dict[str, float]) -> list[float]:
    """The value and the gradient by the tape."""
    from difftape.derivatives import gradient
    from difftape.parser import parse

    value, slopes = gradient(parse(text), at, tuple(at))
    return [value, *slopes.values()]


def by_sympy(text: str, at: dict[str, float]) -> list[float]:
    import sympy
    from sympy.core.cache import clear_cache

    clear_cache()
    formula = sympy.sympify(text)
    return [float(formula.subs(at)), *(float(sympy.diff(formula, name).subs(at)) for name in at)]


def by_symengine(text: str, at: dict[str, float]) -> list[float]:
    import symengine

    formula = symengine.sympify(text)
    slopes = (float(formula.diff(symengine.Symbol(name)).subs(at).n()) for name in at)
    return [float(formula.subs(at).n()), *slopes]


def by_torch(text: str, at: dict[str, float]) -> list[float]:
    import torch

    leaves = {name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in at.items()}
    known = {"exp": torch.exp, "sin": torch.sin, "sqrt": math.sqrt, "pi": math.pi, **leaves}
    value = eval(text, known)
    return [float(value), *map(float, torch.autograd.grad(value, list(leaves.values())))]


def by_autograd(text: str, at: dict[str, float]) -> list[float]:
    import autograd
    import autograd.numpy as anp

    known = {"exp": anp.exp, "sin": anp.sin, "sqrt": math.sqrt, "pi": math.pi}
    value, slopes = autograd.value_and_grad(lambda x: eval(text, {**known, **dict(zip(at, x, strict=True))}))(
        tuple(at.values())
    )
    return [float(value), *map(float, slopes)]


def by_casadi(text: str, at: dict[str, float]) -> list[float]:
    import casadi

    leaves = {name: casadi.SX.sym(name) for name in at}
    value = eval(text, {"exp": casadi.exp, "sin": casadi.sin, "sqrt": math.sqrt, "pi": math.pi, **leaves})
    outputs = [value, *(casadi.gradient(value, leaf) for leaf in leaves.values())]
    return [float(x) for x in casadi.Function("f", list(leaves.values()), outputs)(*at.values())]


WAYS: dict[str, Callable[[str, dict[str, float]], list[float]]] = {
    "difftape": by_difftape,
    "sympy": by_sympy,
    "symengine": by_symengine,
    "torch": by_torch,
    "autograd": by_autograd,
    "casadi": by_casadi,
}


def measured(name: str) -> dict[str, Any]:
    """The median times of one way, and its numbers for comparison."""
    way = WAYS[name]
    sys.setrecursionlimit(10**6)
    way(FORMULA, POINT)
    calls = 3 if name == "sympy" else 200
    found: dict[str, Any] = {"formula": each(lambda: way(FORMULA, POINT), calls), "numbers": way(FORMULA, POINT)}
    text = long_text(TERMS)
    repetitions = 1 if name in ("sympy", "autograd") else 5
    found["long"] = median(lambda: way(text, LONG_POINT), repetitions)
    return found


def many() -> dict[str, float]:
    """Seconds and peak megabytes of a million terms, in this process."""
    text = long_text(MANY)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = median(lambda: by_difftape(text, LONG_POINT), 1)
    return {
        "seconds": seconds,
        "before": before / 1024,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Prints the table, or what one peer takes (`--peer NAME`), or the million terms (`--many`)."""
    if "--peer" in sys.argv:
        print(json.dumps(measured(sys.argv[sys.argv.index("--peer") + 1])))
        return
    if "--many" in sys.argv:
        print(json.dumps(many()))
        return
    rows = []
    missing = []
    for name in NAMES:
        ours = measured("difftape")  # again beside each peer: the machine may have become busier
        found = peer(__file__, name)
        if not found:
            missing.append(name if found is None else f"{name} (too slow)")
            continue
        assert all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(found["numbers"], ours["numbers"], strict=True))
        row = [name]
        for question in ("formula", "long"):
            row += [shown(ours[question]), shown(found[question]), f"{ours[question] / found[question]:.3g}"]
        rows.append(row)
    table(("peer", "one formula: difftape", "peer", "ratio", f"{TERMS} terms: difftape", "peer", "ratio"), rows)
    if missing:
        print(f"\nskipped, not installed: {', '.join(missing)} (DIFFTAPE_PEERS_PYTHON names another interpreter)")
    done = subprocess.run([sys.executable, __file__, "--many"], env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    alone = json.loads(done.stdout)
    print(f"\n{MANY} terms: {alone['seconds']:.2f} s")
    print(f"peak memory {alone['peak']:.0f} MB, of which {alone['before']:.0f} MB before the question, with its text")


if __name__ == "__main__":
    main()
