"""Compiled engines: a million points beside JAX and a copy, one point beside sympy, compiling beside CasADi.

    python benchmarks/compiled.py

A is arithmetic, T transcendental.  The peer runs in its own process and takes turns with ours, call by call.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from gradient import FORMULA, LONG_POINT, POINT, long_text
from measuring import ENVIRONMENT, PEERS, processes, shown, table

A = "(x*y-z)**2/(x+y)+x*z*(y+1)-y**3"
T = "exp(-x*x/2)*sin(y*z)+log(x+y)*tanh(z)"
FORMULAS = {"A": A, "T": T}
ROWS = 1_000_000
ROUNDS = 15
TERMS = (1000, 2000, 4000)
ONE_POINT = {
    FORMULA: POINT,
    A: dict(zip("xyz", (0.7, 1.1, 1.3), strict=True)),
    T: dict(zip("xyz", (0.7, 1.1, 1.3), strict=True)),
}
ENGINES = ["blocked", *(["jit"] if find_spec("llvmlite") else [])]


def columns(rows: int = ROWS) -> list[Any]:
    """The same points in every process."""
    import numpy as np

    source = np.random.default_rng(1)
    return [source.uniform(0.5, 2.0, rows) for _ in "xyz"]


def of_jax() -> dict[str, Callable[[], object]]:
    """Value and gradient at a million points by JAX, for each formula."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    given = [jnp.array(column) for column in columns()]
    known = {"exp": jnp.exp, "sin": jnp.sin, "log": jnp.log, "tanh": jnp.tanh}

    def run(text: str) -> Callable[[], object]:
        function: Any = eval(f"lambda x, y, z: {text}", known)
        many = jax.jit(jax.vmap(jax.value_and_grad(function, argnums=(0, 1, 2))))
        return lambda: jax.block_until_ready(many(*given))

    return {name: run(text) for name, text in FORMULAS.items()}


def of_sympy() -> dict[str, Callable[[], object]]:
    """Value and gradient at one point by functions that sympy wrote."""
    import sympy

    found: dict[str, Callable[[], object]] = {}
    for text, at in ONE_POINT.items():
        symbols = [sympy.Symbol(name) for name in at]
        formula = sympy.sympify(text)
        slopes = [sympy.diff(formula, symbol) for symbol in symbols]
        function = sympy.lambdify(symbols, [formula, *slopes], modules="math", cse=True)
        point = list(at.values())
        found[text] = lambda function=function, point=point: function(*point)  # type: ignore[misc]
    return found


def of_casadi() -> dict[str, Callable[[], object]]:
    """The making of a Function for value and gradient, of sums of many terms."""
    import casadi

    found: dict[str, Callable[[], object]] = {}
    for terms in TERMS:
        leaves = {name: casadi.SX.sym(name) for name in LONG_POINT}
        value = eval(long_text(terms), {"sin": casadi.sin, **leaves})

        def by_each(value: Any = value, leaves: Any = leaves) -> object:
            slopes = [casadi.gradient(value, leaf) for leaf in leaves.values()]
            return casadi.Function("f", list(leaves.values()), [value, *slopes])

        def at_once(value: Any = value, leaves: Any = leaves) -> object:
            slopes = casadi.gradient(value, casadi.vertcat(*leaves.values()))
            return casadi.Function("f", list(leaves.values()), [value, slopes])

        found[f"{terms} each"], found[f"{terms} once"] = by_each, at_once
    return found


PEERS_WAYS = {"jax": of_jax, "sympy": of_sympy, "casadi": of_casadi}


class Peer:
    """A peer in a process of its own, asked for one measurement at a time; `is_there` says whether it is installed."""

    def __init__(self, name: str) -> None:
        known = subprocess.run([PEERS, "-c", f"import {name}"], env=ENVIRONMENT, capture_output=True)
        self.is_there = not known.returncode
        if self.is_there:
            command = [PEERS, __file__, "--peer", name]
            self.process = subprocess.Popen(
                command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )

    def seconds(self, question: str, calls: int = 1) -> float:
        """What one call takes, of `calls` in a row."""
        assert self.process.stdin and self.process.stdout
        print(json.dumps([question, calls]), file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def serve(name: str) -> None:
    """Answers a `Peer` until its input ends."""
    sys.setrecursionlimit(10**6)
    ways = PEERS_WAYS[name]()
    for way in ways.values():
        way()
    for line in sys.stdin:
        question, calls = json.loads(line)
        print(timed(ways[question], calls), flush=True)


def timed(run: Callable[[], object], calls: int = 1) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begin) / calls


def in_turns(
    ways: dict[str, Callable[[], float]],
    rounds: int = ROUNDS,
    chosen: Callable[[list[float]], float] = statistics.median,
) -> dict[str, float]:
    """The median, or another choice, of each measurement, all taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    return {name: chosen(times) for name, times in taken.items()}


def many_points(peer: Peer) -> None:
    """A million points: value and gradient into arrays of before, JAX, and a copy of the seven columns."""
    import numpy as np

    import difftape

    given = columns()
    at = dict(zip("xyz", given, strict=True))
    targets = [np.empty(ROWS) for _ in range(4)]

    def copied() -> None:
        for target, source in zip([*targets, *targets[:3]], [*given, *given, given[0]], strict=True):
            np.copyto(target, source)

    rows = []
    for name, text in FORMULAS.items():
        ways: dict[str, Callable[[], float]] = {"copy": lambda: timed(copied) / 2}  # reads and writes: two columns each
        for engine in ENGINES:
            f = difftape.parse(text).compile(engine=engine)
            out = f(at)
            ways[engine] = lambda f=f, out=out: timed(lambda: f(at, out))  # type: ignore[misc]
        if peer.is_there:
            ways["jax"] = lambda name=name: peer.seconds(name)  # type: ignore[misc]
        for kind, chosen in (("median", statistics.median), ("least", min)):
            found = in_turns(ways, chosen=chosen)  # type: ignore[arg-type]
            beside = found.get("jax", math.nan)
            for engine in ENGINES:
                times = [f"{seconds / ROWS * 1e9:.2f} ns" for seconds in (found[engine], beside)]
                ratios = [f"{found[engine] / beside:.3f}", f"{found[engine] / found['copy']:.2f}"]
                rows.append([name, kind, engine, *times, *ratios])
    table(("formula", f"of {ROUNDS}", "engine", "a point", "JAX jit", "ratio", "by a copy of 7 columns"), rows)


def one_point(peer: Peer) -> None:
    """A new point at a time."""
    import difftape

    rows = []
    for text, at in ONE_POINT.items():
        f = difftape.parse(text).compile()
        run = positional_of(text)
        point = list(at.values())
        ways: dict[str, Callable[[], float]] = {
            "ours": lambda f=f, at=at: timed(lambda: f(at), 5000),  # type: ignore[misc]
            "bare": lambda run=run, point=point: timed(lambda: run(*point), 5000),  # type: ignore[misc]
        }
        if peer.is_there:
            ways["sympy"] = lambda text=text: peer.seconds(text, 5000)  # type: ignore[misc]
        found = in_turns(ways)
        beside = found.get("sympy", math.nan)
        ratios = [f"{found[name] / beside:.2f}" for name in ("ours", "bare")]
        rows.append([text, shown(found["ours"]), shown(found["bare"]), shown(beside), *ratios])
    table(("one new point", "f(at)", "without checks", "sympy lambdify", "ratio", "ratio without"), rows)


def positional_of(text: str) -> Callable[..., Any]:
    """The scalar engine's function of positions, which looks at nothing."""
    from difftape.engines.building import kernel
    from difftape.engines.scalar import positional
    from difftape.parser import parse

    program = parse(text)
    return positional(kernel(program, program.variables)[0])


def compiling(peer: Peer) -> None:
    """The program of a long sum, by CasADi with a gradient for each variable and with one for all."""
    from difftape.engines.building import kernel
    from difftape.parser import parse

    rows = []
    for terms in TERMS:
        program = parse(long_text(terms))
        ways: dict[str, Callable[[], float]] = {
            "ours": lambda program=program: timed(lambda: kernel(program, program.variables))  # type: ignore[misc]
        }
        if peer.is_there:
            for kind in ("each", "once"):
                ways[kind] = lambda terms=terms, kind=kind: peer.seconds(f"{terms} {kind}")  # type: ignore[misc]
        found = in_turns(ways, 7)
        beside = [found.get(kind, math.nan) for kind in ("each", "once")]
        steps = len(kernel(program, program.variables)[0].steps)
        rows.append([str(terms), str(steps), shown(found["ours"]), *(shown(b) for b in beside),
                     *(f"{found['ours'] / b:.2f}" for b in beside)])  # fmt: skip
    table(("terms", "steps", "program", "CasADi, a gradient each", "one gradient", "ratio", "ratio"), rows)


def starting() -> None:
    """Import and compile of each engine, and the first value, as a whole process less that of NumPy alone."""
    rows = []
    body = "import difftape, numpy as np; f = difftape.parse({text!r}).compile(engine={engine!r}); f({at})"
    for name, text in FORMULAS.items():
        at = "{n: np.full(100, 1.5) for n in 'xyz'}"
        commands = {"numpy": [sys.executable, "-c", "import numpy"]}
        for engine in ENGINES:
            commands[engine] = [sys.executable, "-c", body.format(text=text, engine=engine, at=at)]
        found = processes(commands, 7)
        rows.append([name, shown(found["numpy"]), *(shown(found[e] - found["numpy"]) for e in ENGINES)])
    table(("formula", "python with NumPy", *(f"{e}: import, compile, run" for e in ENGINES)), rows)


SCRIPT = """
import sys
from difftape.engines.building import kernel
from difftape.engines.choosing import built
from difftape.parser import parse
engine, rows, text = sys.argv[1], int(sys.argv[2]), sys.argv[3]
program = parse(text)
compiled = kernel(program, program.variables, guarded=True)[0]
if engine == "scalar":
    from difftape.engines.scalar import positional
    run = positional(compiled)
    points = [(0.5 + k / rows, 1.5 - k / rows, 1.25) for k in range(rows)]
    for point in points:
        run(*point)
else:
    import numpy as np
    from difftape.engines.threads import divided
    given = [np.linspace(0.5, 1.5, rows), np.linspace(1.5, 0.5, rows), np.full(rows, 1.25)]
    run, out, doubts = built(engine, compiled), [np.empty(rows) for _ in range(4)], np.zeros(rows, np.uint8)
    divided(lambda begin, end: run.run(given, out, begin, end, doubts), rows)
"""


def whole_processes() -> None:
    """Whole processes from the text to so many rows."""
    rows = []
    for count in (1, 1000, 3000, 10_000, 30_000, 100_000, 1_000_000, 4_000_000):
        engines = ["scalar"] * (count <= 100_000) + ENGINES
        row = [str(count)]
        for text in FORMULAS.values():
            commands = {e: [sys.executable, "-c", SCRIPT, e, str(count), text] for e in engines}
            found = processes(commands, 5)
            row += [shown(found.get(engine)) for engine in ("scalar", *ENGINES)]
        rows.append(row)
    heads = [f"{name}: {engine}" for name in FORMULAS for engine in ("scalar", *ENGINES)]
    table(("rows, whole process", *heads), rows)


def main() -> None:
    """Prints the tables, or serves as a peer (`--peer NAME`)."""
    if "--peer" in sys.argv:
        serve(sys.argv[sys.argv.index("--peer") + 1])
        return
    parts = {"points": (many_points, "jax"), "one": (one_point, "sympy"), "compiling": (compiling, "casadi"),
             "starting": (starting, ""), "processes": (whole_processes, "")}  # fmt: skip
    wanted = [name for name in parts if name in sys.argv[1:]] or list(parts)
    for name in wanted:
        run, beside = parts[name]
        if not beside:
            run()  # type: ignore[call-arg]
        else:
            peer = Peer(beside)
            if not peer.is_there:
                print(f"{beside} is not installed (DIFFTAPE_PEERS_PYTHON names another interpreter)")
            run(peer)  # type: ignore[call-arg]
        print()


if __name__ == "__main__":
    main()
