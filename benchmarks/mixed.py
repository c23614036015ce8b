"""Mixed derivatives and Hessians, text in, numbers out: beside nested sweeps, symbolic derivatives and CasADi.

    python benchmarks/mixed.py

The last lines compare the two ways to a mixed derivative that need no nesting: one truncated series in several
variables (what difftape does), and univariate sweeps along directions (Griewank, Utke and Walther 2000; Kan 2008).
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable
from itertools import product
from typing import Any

from measuring import each, median, peer, shown, table

TEXT = "exp(x*y)*sin(z*x)"
AT = {"x": 0.7, "y": 1.2, "z": 0.4}
BY = "xxxyyyzz"
VARIABLES, TERMS = 100, 1000
SEPARABLE = 10_000
NAMES = ["torch", "sympy", "casadi"]


def coupled_text() -> str:
    """A sum of products that couple four variables each, the same in every run."""
    draw = random.Random(1)
    return " + ".join(
        f"{draw.uniform(0.1, 2):.3f}*sin(x{draw.randrange(VARIABLES)})*x{draw.randrange(VARIABLES)}**2"
        f"*exp(x{draw.randrange(VARIABLES)}/5)"
        for _ in range(TERMS)
    )


def separable_text() -> str:
    """A sum in which no two variables meet."""
    return " + ".join(f"sin(x{i})*x{i}**2" for i in range(SEPARABLE))


COUPLED = {f"x{i}": 0.1 + 0.01 * i for i in range(VARIABLES)}
SEPARATE = {f"x{i}": 0.1 + 0.0001 * i for i in range(SEPARABLE)}


def ours() -> dict[str, Callable[[], Any]]:
    """What difftape is asked, by the question's name."""
    import difftape

    coupled, separable = coupled_text(), separable_text()
    return {
        "mixed": lambda: difftape.parse(TEXT).mixed(list(BY), AT),
        "coupled": lambda: difftape.parse(coupled).hessian(COUPLED),
        "separable": lambda: difftape.parse(separable).hessian(SEPARATE),
    }


def by_torch() -> dict[str, Callable[[], Any]]:
    """Nested reverse sweeps; the Hessian as torch.func has it."""
    import torch

    torch.set_num_threads(1)

    def mixed() -> float:
        leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in AT.items()}
        found = eval(TEXT, {"exp": torch.exp, "sin": torch.sin, **leaves})
        for name in BY:
            (found,) = torch.autograd.grad(found, leaves[name], create_graph=True)
        return float(found.detach())

    code = compile(coupled_text(), "formula", "eval")

    def coupled() -> Any:
        at = torch.tensor(list(COUPLED.values()), dtype=torch.float64)
        known = {"exp": torch.exp, "sin": torch.sin}
        return torch.autograd.functional.hessian(
            lambda v: eval(code, {**known, **dict(zip(COUPLED, v, strict=True))}), at
        )

    return {"mixed": mixed, "coupled": coupled}


def by_sympy() -> dict[str, Callable[[], Any]]:
    """sympy's own derivative, evaluated."""
    import sympy
    from sympy.core.cache import clear_cache

    def mixed() -> float:
        clear_cache()
        formula = sympy.sympify(TEXT)
        return float(formula.diff(*BY).subs(AT))

    return {"mixed": mixed}


def by_casadi() -> dict[str, Callable[[], Any]]:
    """CasADi's sparse Hessian of scalar expressions, evaluated once."""
    import casadi

    text = coupled_text()
    separable = separable_text()

    def hessian(text: str, at: dict[str, float]) -> Any:
        symbols = {name: casadi.SX.sym(name) for name in at}
        known = {"sin": casadi.sin, "exp": casadi.exp, **symbols}
        value = sum(eval(term, known) for term in text.split(" + "))  # Python does not compile 10 000 terms at once
        every = casadi.vertcat(*symbols.values())
        matrix, gradient = casadi.hessian(value, every)
        return casadi.Function("f", [every], [matrix, gradient, value])(list(at.values()))

    return {"coupled": lambda: hessian(text, COUPLED), "separable": lambda: hessian(separable, SEPARATE)}


WAYS = {"torch": by_torch, "sympy": by_sympy, "casadi": by_casadi}


def along_directions() -> tuple[float, int]:
    """The same mixed derivative by univariate sweeps, and how many they are: Kan's weights for the powers of a sum."""
    from difftape.graph import Graph
    from difftape.parser import parse
    from difftape.series import taylor
    from difftape.table.arithmetic import add, mul

    program = parse(TEXT)
    powers = {name: BY.count(name) for name in AT}
    total, sweeps = 0.0, 0
    for k in product(*(range(n + 1) for n in powers.values())):
        direction = {name: n / 2 - e for (name, n), e in zip(powers.items(), k, strict=True)}
        if tuple(direction.values()) <= (0.0,) * len(direction):
            continue  # the other half is the same
        graph, places = Graph(), []
        for step in program.steps:
            if len(step) == 1 and step[0] in AT:
                motion = graph.place((mul, graph.leaf(direction[step[0]]), graph.place(("t",))))
                places.append(graph.place((add, graph.leaf(AT[step[0]]), motion)))
            else:
                places.append(graph.place((step[0], *[places[p] for p in step[1:]])))
        weight = 2 * (-1) ** sum(k) * math.prod(math.comb(n, e) for n, e in zip(powers.values(), k, strict=True))
        total += weight * taylor(graph.steps, places[program.root], {"t": 0.0}, "t", len(BY))[-1]
        sweeps += 1
    return total, sweeps


def measured(name: str) -> dict[str, float]:
    """The median seconds of one peer for each question it can answer in reasonable time."""
    return {question: median(run, 5, 20.0) for question, run in WAYS[name]().items()}


def main() -> None:
    """Prints the tables, or what one peer takes (`--peer NAME`)."""
    if "--peer" in sys.argv:
        print(json.dumps(measured(sys.argv[sys.argv.index("--peer") + 1])))
        return
    asked = ours()
    seconds = {"mixed": each(asked["mixed"], 20), **{name: median(asked[name], 5) for name in ("coupled", "separable")}}
    names = {
        "mixed": f"d/d({','.join(BY)}) of {TEXT}",
        "coupled": f"Hessian, {VARIABLES} variables, {TERMS} terms",
        "separable": f"Hessian, separable, {SEPARABLE} variables",
    }
    peers = {name: peer(__file__, name) for name in NAMES}
    rows = []
    for question, what in names.items():
        others = []
        for found in peers.values():
            taken = (found or {}).get(question)
            others.append(f"{shown(taken)} ({taken / seconds[question]:.1f} ×)" if taken else "–")
        rows.append((what, shown(seconds[question]), *others))
    table(("text to", "difftape", *NAMES), rows)
    missing = [name for name, found in peers.items() if found is None]
    if missing:
        print(f"\nskipped, not installed: {', '.join(missing)} (DIFFTAPE_PEERS_PYTHON names another interpreter)")
    from mpmath import mpf

    from difftape.parser import parse
    from difftape.partials import replay_mixed

    truth = replay_mixed(parse(TEXT), AT, BY, 40)
    by_lines, sweeps = along_directions()
    print()
    table(
        ("way to the mixed derivative", "time", "relative error"),
        [
            ("one series in three variables", shown(seconds["mixed"]), _error(asked["mixed"](), truth, mpf)),
            (f"{sweeps} univariate sweeps", shown(each(along_directions, 5)), _error(by_lines, truth, mpf)),
        ],
    )


def _error(number: float, truth: Any, mpf: Any) -> str:
    return f"{float(abs(mpf(number) / truth - 1)):.1e}"


if __name__ == "__main__":
    main()
