"""Text to all derivatives up to an order: time, multiplications counted, and the error against 200 digits.

python benchmarks/orders.py
"""

from __future__ import annotations

import json
import sys
from typing import Any

from measuring import each, median, peer, shown, table

QUESTIONS = [
    ("exp(sin(x))", 0.7, 10),
    ("exp(sin(x))", 0.7, 60),
    ("x/(1+x**2)+asin(x/2)**1.5", 1.0, 60),  # where doubles suffice
    ("x/(1+x**2)+asin(x/2)**1.5", 0.7, 60),  # where coefficients cancel, and the same family runs on big floats
]
NAMES = ["mpmath", "symengine", "torch"]


class Counted(float):
    """A float that counts its multiplications and divisions."""

    made = 0

    def __mul__(self, other: Any) -> Any:
        Counted.made += 1
        return Counted(float.__mul__(self, other))

    def __rmul__(self, other: Any) -> Any:
        Counted.made += 1
        return Counted(float.__rmul__(self, other))

    def __truediv__(self, other: Any) -> Any:
        Counted.made += 1
        return Counted(float.__truediv__(self, other))

    def __add__(self, other: Any) -> Any:
        return Counted(float.__add__(self, other))

    def __sub__(self, other: Any) -> Any:
        return Counted(float.__sub__(self, other))

    def __neg__(self) -> Any:
        return Counted(float.__neg__(self))

    __radd__ = __add__


def multiplications(text: str, x: float, order: int) -> int:
    """How many multiplications and divisions fill the family of series once."""
    from itertools import repeat

    from difftape.parser import parse
    from difftape.series import Family

    program = parse(text)
    family = Family(program.steps, program.root, {"x": x}, "x", order)
    values = [Counted(value) for value in family.values]
    Counted.made = 0
    family.filled(values, order, repeat(Counted(1.0)))
    return Counted.made


def error(text: str, x: float, order: int) -> float:
    """The worst relative error of any order, against the same series on mpmath numbers of 200 digits."""
    import mpmath

    import difftape
    from difftape.parser import parse
    from difftape.series import taylor_mp

    got = difftape.parse(text).derivatives("x", {"x": x}, order)
    program = parse(text)
    with mpmath.workdps(200):
        exact = taylor_mp(program.steps, program.root, {"x": x}, "x", order, 200)
        truths = [c * mpmath.factorial(k) for k, c in enumerate(exact)]
        return max(float(abs(g - t) / abs(t)) for g, t in zip(got, truths, strict=True) if t)


def by_difftape(text: str, x: float, order: int) -> list[float]:
    import difftape

    return difftape.parse(text).derivatives("x", {"x": x}, order)


def by_mpmath(text: str, x: float, order: int) -> list[float]:
    """mpmath's numerical differentiation at 15 digits: every order from one set of points."""
    import mpmath

    known = {"exp": mpmath.exp, "sin": mpmath.sin, "asin": mpmath.asin}
    code = compile(text, "formula", "eval")
    return [float(d) for d in mpmath.diffs(lambda t: eval(code, {**known, "x": t}), x, order)]


def by_symengine(text: str, x: float, order: int) -> list[float]:
    import symengine

    formula, by = symengine.sympify(text), symengine.Symbol("x")
    found = []
    for _ in range(order + 1):
        found.append(float(formula.subs({"x": x}).n()))
        formula = formula.diff(by)
    return found


def by_torch(text: str, x: float, order: int) -> list[float]:
    """Nested reverse sweeps."""
    import torch

    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = eval(text, {"exp": torch.exp, "sin": torch.sin, "asin": torch.asin, "x": leaf})
    found = [float(y)]
    for _ in range(order):
        (y,) = torch.autograd.grad(y, leaf, create_graph=True)
        found.append(float(y.detach()))
    return found


WAYS = {"mpmath": by_mpmath, "symengine": by_symengine, "torch": by_torch}
REACHES = {"mpmath": 60, "symengine": 10, "torch": 10}  # beyond, minutes


def measured(name: str) -> dict[str, float]:
    """The median seconds of one peer for each question it can answer, by the question's number."""
    way = WAYS[name]
    return {
        str(number): median(lambda t=text, a=x, n=order: way(t, a, n), 5)
        for number, (text, x, order) in enumerate(QUESTIONS)
        if order <= REACHES[name]
    }


def main() -> None:
    """Prints the table, or what one peer takes (`--peer NAME`)."""
    if "--peer" in sys.argv:
        print(json.dumps(measured(sys.argv[sys.argv.index("--peer") + 1])))
        return
    peers = {name: peer(__file__, name) for name in NAMES}
    rows = []
    for number, (text, x, order) in enumerate(QUESTIONS):
        ours = each(lambda t=text, a=x, n=order: by_difftape(t, a, n), 20)
        others = []
        for found in peers.values():
            seconds = (found or {}).get(str(number))
            others.append(f"{shown(seconds)} ({seconds / ours:.0f} ×)" if seconds else "–")
        rows.append(
            (
                text,
                str(x),
                str(order),
                shown(ours),
                str(multiplications(text, x, order)),
                f"{error(text, x, order):.1e}",
                *others,
            )
        )
    table(("all derivatives of", "at", "to order", "difftape", "multiplications", "worst error", *NAMES), rows)
    missing = [name for name, found in peers.items() if found is None]
    if missing:
        print(f"\nskipped, not installed: {', '.join(missing)} (DIFFTAPE_PEERS_PYTHON names another interpreter)")


if __name__ == "__main__":
    main()
