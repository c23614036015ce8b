"""Every primitive in every engine: value, gradient, series and Hessian against the tape, the series and mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import mpmath
import numpy as np
import pytest
from points import FUNCTIONS, operands, positions
from test_random_expressions import exact_gradient

from difftape import derivatives
from difftape.engines import scalar, simplifying
from difftape.engines.blocked import Blocked
from difftape.engines.building import kernel
from difftape.engines.kernel import Kernel
from difftape.engines.lowering import unsupported
from difftape.engines.scalar import positional
from difftape.evaluation import foreign
from difftape.expression import Expression
from difftape.graph import Graph, Program
from difftape.interpret import bind, interpret
from difftape.primitives import TABLE, Primitive

HAS_LLVM = find_spec("llvmlite") is not None
MOVING = [primitive for primitive in FUNCTIONS if positions(primitive)]
POINTS = range(3)
ULPS = 16  # sech by its definition, squared, is the worst; the others are within 4
JIT_ULPS = 40  # the C library's gamma, 10 ulp, times digamma


def by_scalar(compiled: Kernel, point: dict[str, float]) -> list[float]:
    return list(positional(compiled)(*point.values()))


def by_arrays(engine: Any, point: dict[str, float]) -> list[float]:
    """Of 67 equal rows the last: in the part of a block that fills no vector."""
    columns = [np.full(67, x) for x in point.values()]
    out = [np.empty(67) for _ in engine.kernel.outputs]
    engine.run(columns, out, 0, 67)
    return [float(x[-1]) for x in out]


def by_blocked(compiled: Kernel, point: dict[str, float]) -> list[float]:
    return by_arrays(Blocked(compiled), point)


def by_jit(compiled: Kernel, point: dict[str, float]) -> list[float]:
    from difftape.engines.jit import build

    return by_arrays(build(compiled), point)


Engine = Callable[[Kernel, dict[str, float]], list[float]]
ENGINES: dict[str, Engine] = {"scalar": by_scalar, "blocked": by_blocked, "jit": by_jit}
NAMES = ["scalar", "blocked", pytest.param("jit", marks=pytest.mark.skipif(not HAS_LLVM, reason="no llvmlite"))]


@cache
def program(primitive: Primitive, seed: int) -> tuple[Program, dict[str, float]]:
    """The primitive of variables, where it has a derivative, and of numbers elsewhere; and a point."""
    graph = Graph()
    places, at = [], {}
    for position, x in enumerate(operands(primitive, seed)):
        if position in positions(primitive):
            at[f"x{position}"] = float(x)
            places.append(graph.place((f"x{position}",)))
        else:
            places.append(graph.leaf(float(x)))
    root = graph.place((primitive, *places))
    names = {name: graph.places[name,] for name in at}
    return Program("", graph.steps, root, names, primitive.tie is not None, primitive is TABLE["where"]), at


def exact_value(source: Program, at: dict[str, float]) -> Any:
    """The value on big floats."""
    with mpmath.workdps(60):
        bindings = bind(source.steps, at, mpmath.mpf)
        return interpret(source.steps, bindings, lambda primitive: foreign(primitive, mpmath.mpf))[source.root]


def far(got: float, truth: Any, ulps: float, scale: float = 0.0) -> bool:
    """Whether a number is further from the truth than so many ulps of it, or of a part of a larger number beside it."""
    return not abs(got - truth) <= ulps * math.ulp(max(abs(float(truth)), scale))


def complaints(primitive: Primitive, name: str) -> Iterator[str]:
    """Where value and first derivatives are not those of mpmath, further than stated."""
    for seed in POINTS:
        source, at = program(primitive, seed)
        compiled, by = kernel(source, list(at))
        if name == "jit" and unsupported(compiled):
            return
        got = dict(zip(by, ENGINES[name](compiled, at), strict=True))
        truths = {(x,): d for x, d in exact_gradient(source, at).items()}
        truths[()] = exact_value(source, at)
        value, slopes = derivatives.gradient(source, at, at_ties=True)
        tape = {(): value, **{(x,): d for x, d in slopes.items()}}
        for key, truth in truths.items():
            ulps = (JIT_ULPS if name == "jit" else ULPS) + abs(tape[key] - truth) / math.ulp(float(truth))
            if far(got[key], truth, float(ulps)):
                yield f"{primitive.name}{list(at.values())}, {key}: {got[key]} is not {float(truth)}"


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize("primitive", MOVING, ids=lambda p: p.name)
def test_value_and_gradient_are_what_mpmath_says(primitive: Primitive, engine: str) -> None:
    assert not list(complaints(primitive, engine))


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize("primitive", MOVING, ids=lambda p: p.name)
def test_series_and_hessian_are_the_expression_s_own(primitive: Primitive, engine: str) -> None:
    source, at = program(primitive, 0)
    expression = Expression(source)
    truths: dict[tuple[str, ...], float] = {}
    for name in at:
        truths.update({(name,) * k: d for k, d in enumerate(expression.derivatives(name, at, 3))})
    rows = expression.hessian(at)
    truths.update({(a, b): rows[a][b] for a in at for b in at})
    scale = max(map(abs, truths.values())) / 64  # beside larger ones a small one may keep their rounding
    for order, hessian in ((3, False), (1, True)):
        compiled, by = kernel(source, list(at), order, hessian)
        if engine == "jit" and unsupported(compiled):
            continue
        for key, got in zip(by, ENGINES[engine](compiled, at), strict=True):
            assert not far(got, truths[key], 8 * JIT_ULPS, scale), (key, got, truths[key])


def test_a_rule_broken_on_purpose_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(complaints(TABLE["sin"], "blocked"))
    monkeypatch.setattr(TABLE["sin"], "numpy", "cos")
    assert list(complaints(TABLE["sin"], "blocked"))
    monkeypatch.setitem(scalar._FORMS, TABLE["neg"], "{0}")
    assert list(complaints(TABLE["neg"], "scalar"))


def test_a_simplification_broken_on_purpose_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    cheaper = TABLE["square"]
    monkeypatch.setitem(simplifying._CHEAPER, cheaper, lambda a: a + a)
    for engine in ("scalar", "blocked"):
        assert list(complaints(cheaper, engine))
