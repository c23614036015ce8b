"""Compiled expressions on arrays: shapes, kinds, out=, the pool, threads, buffers, and what is refused."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import difftape
from difftape.engines import threads
from difftape.engines.blocked import Blocked
from difftape.engines.building import kernel
from difftape.engines.choosing import built
from difftape.engines.kernel import Kernel, liveness
from difftape.engines.pool import Pool
from difftape.errors import UsageError
from difftape.parser import parse

LLVM = pytest.param("jit", marks=pytest.mark.skipif(find_spec("llvmlite") is None, reason="no llvmlite"))
ENGINES = ["blocked", LLVM]
TEXT = "exp(-x*x/2)*sin(y*z) + log(x + y)*tanh(z)"


def columns(rows: int) -> list[Any]:
    source = np.random.default_rng(1)
    return [source.uniform(0.5, 2.0, rows) for _ in "xyz"]


# --- shapes and kinds ---


def test_arrays_are_broadcast_and_keep_their_shape() -> None:
    f = difftape.parse("x*y").compile()
    x, y = np.array([[1.0], [2.0]]), [1.0, 2.0, 3.0]
    value, slopes = f({"x": x, "y": y})
    assert value.tolist() == (x * y).tolist()
    assert slopes["x"].tolist() == [y, y]
    assert f({"x": np.array([2.0, 3.0]), "y": 4})[0].tolist() == [8.0, 12.0]
    assert f({"y": [[2.0]], "x": np.float64(3.0)})[0].tolist() == [[6.0]]
    assert f({"x": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "y": 1.0})[0].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_rows_give_no_rows(engine: str) -> None:
    value, slopes = difftape.parse("x*sin(y)").compile(engine=engine)({"x": np.empty((0, 3)), "y": 1.0})
    assert value.shape == slopes["x"].shape == (0, 3)
    assert difftape.parse("x").compile().doubtful({"x": []}).shape == (0,)


def test_numbers_of_any_kind_are_doubles() -> None:
    f = difftape.parse("x*x").compile()
    for x in (np.array([3], np.int8), np.array([3.0], np.float32), [3], (3.0,), np.array([3], np.uint64)):
        value, slopes = f({"x": x})
        assert (value.dtype, value.tolist(), slopes["x"].tolist()) == (np.float64, [9.0], [6.0])
    for one in (3, 3.0, np.float32(3), np.array(3.0), np.int64(3)):
        assert f({"x": one}) == (9.0, {"x": 6.0})
    for bad in ([1j], ["a"], [None], np.array(["2020-01-01"], "M8[D]")):
        with pytest.raises(TypeError, match="the values of x are real numbers"):
            f({"x": bad})


def test_columns_that_are_not_contiguous_are_right() -> None:
    x = np.arange(20.0)
    value, slopes = difftape.parse("x**2").compile()({"x": x[::2]})
    assert value.tolist() == (x[::2] ** 2).tolist()
    assert slopes["x"].tolist() == (2 * x[::2]).tolist()


def test_names_that_are_missing_or_left_over_are_refused() -> None:
    f = difftape.parse("x*y").compile()
    for at in ({"x": [1.0]}, {"x": 1.0}):
        with pytest.raises(UsageError, match="no value for y"):
            f(at)
    for at in ({"x": [1.0], "y": 2.0, "z": 3.0}, {"x": 1.0, "y": 2.0, "z": 3.0}):
        with pytest.raises(UsageError, match="no expression has the variable z"):
            f(at)
    with pytest.raises(TypeError, match="a mapping"):
        f(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="x \\(2,\\), y \\(3,\\)"):
        f({"x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]})


def test_what_cannot_be_compiled_is_refused() -> None:
    e = difftape.parse("x*y")
    for known, message in (
        ({"engine": "fast"}, "no engine 'fast'"),
        ({"order": -1}, "order"),
        ({"wrt": ["t"]}, "variable t"),
        ({"wrt": ["x", "x"]}, "twice"),
        ({"threads": 0}, "0 threads"),
        ({"hessian": True, "order": 3}, "Hessian"),
    ):
        with pytest.raises(UsageError, match=message):
            e.compile(**known)  # type: ignore[arg-type]
    for wrong in ({"threads": "2"}, {"order": 1.5}, {"order": "1"}):
        with pytest.raises(TypeError):
            e.compile(**wrong)  # type: ignore[arg-type]


# --- questions ---


@pytest.mark.parametrize("engine", ENGINES)
def test_every_question_is_answered_as_at_one_point(engine: str) -> None:
    e = difftape.parse("x**3*exp(y) + y*pi")
    x, y = np.array([0.5, 1.5, -2.0]), np.array([1.0, -1.0, 0.25])
    for options in ({"order": 0}, {}, {"order": 3}, {"hessian": True}, {"wrt": ["y"]}, {"wrt": ["y"], "order": 2}):
        f = e.compile(engine=engine, **options)  # type: ignore[arg-type]
        many = f({"x": x, "y": y})
        for k in range(3):
            np.testing.assert_allclose(flat(many, k), flat(f({"x": x[k], "y": y[k]}), None), rtol=4e-15)


def flat(structure: Any, k: int | None) -> list[float]:
    """The numbers of a structure in order, of one row of arrays."""
    if isinstance(structure, (tuple, list)):
        return [y for x in structure for y in flat(x, k)]
    if isinstance(structure, dict):
        return [y for x in structure.values() for y in flat(x, k)]
    return [float(structure if k is None else structure[k])]


def test_a_constant_can_be_a_variable() -> None:
    f = difftape.parse("pi*x").compile(wrt=["pi"])
    assert f({"x": 2.0, "pi": 3.0}) == (6.0, {"pi": 2.0})
    assert f({"x": [2.0], "pi": 3.0})[1]["pi"].tolist() == [2.0]
    assert difftape.parse("pi*x").compile()({"x": 2.0, "pi": 3.0}) == (6.0, {"x": 3.0})


def test_an_expression_without_variables() -> None:
    assert difftape.parse("2*3").compile()({}) == (6.0, {})
    assert difftape.parse("2*3").compile(order=0)({}) == 6.0


def test_results_that_are_inputs_constants_or_the_same() -> None:
    value, slopes = difftape.parse("x + 2*y + z").compile()({"x": [1.0, 2.0], "y": 3.0, "z": 0.0})
    assert value.tolist() == [7.0, 8.0]
    assert [slopes[name].tolist() for name in "xyz"] == [[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]]
    assert slopes["x"] is not slopes["z"]
    value, slopes = difftape.parse("x*y").compile()({"x": [1.0, 2.0], "y": 3.0})
    assert slopes["x"].tolist() == [3.0, 3.0] and slopes["y"].tolist() == [1.0, 2.0]


def test_a_hessian_of_many_variables() -> None:
    names = [f"x{k}" for k in range(30)]
    f = difftape.parse(" + ".join(f"{a}*{b}**2" for a, b in pairwise(names))).compile(hessian=True)
    rows = f({name: np.array([1.0, k]) for k, name in enumerate(names)})[2]
    assert rows["x3"]["x4"].tolist() == [2.0, 8.0]
    assert rows["x4"]["x3"] is rows["x3"]["x4"]
    assert rows["x0"]["x29"].tolist() == [0.0, 0.0]


def test_the_program_can_be_read() -> None:
    f = difftape.parse("x**2").compile()
    assert str(f.program) == "v0 = x\nv1 = 2.0\nv2 = v0 * v0\nv3 = v1 * v0\nf = v2\ndf/dx = v3"
    assert repr(f) == "<compiled 'x**2' by x>"


def test_a_compiled_expression_is_pickled() -> None:
    for options in ({}, {"order": 2}, {"hessian": True}, {"wrt": ["pi"], "threads": 1}):
        f = difftape.parse("pi*x**2").compile(**options)  # type: ignore[arg-type]
        again = pickle.loads(pickle.dumps(f))
        at = {"x": 2.0, "pi": 3.0} if "wrt" in options else {"x": 2.0}
        assert again(at) == f(at)
        assert str(again.program) == str(f.program)


# --- out= ---


def test_out_is_filled_and_given_back() -> None:
    f = difftape.parse("x*y*y").compile(hessian=True)
    at = {"x": np.arange(3.0), "y": np.arange(1.0, 4.0)}
    out = pickle.loads(pickle.dumps(f({"x": np.zeros(3), "y": np.zeros(3)})))
    found = f(at, out)
    assert found is out
    assert flat(out, 2) == flat(f(at), 2)
    out[2]["x"]["y"] = np.zeros(3)  # two arrays for one result
    assert flat(f(at, out), 2) == flat(f(at), 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_out_may_be_the_inputs(engine: str) -> None:
    f = difftape.parse("x**3 + x*y").compile(engine=engine)
    x, y = np.arange(5.0), np.arange(5.0, 10.0)
    wanted = flat(f({"x": x.copy(), "y": y.copy()}), 3)
    assert flat(f({"x": x, "y": y}, (x, {"x": y, "y": np.empty(5)})), 3) == wanted


def test_out_that_does_not_fit_is_refused() -> None:
    f = difftape.parse("x**3").compile()
    x, a = np.arange(4.0), np.empty(4)
    frozen = np.empty(4)
    frozen.flags.writeable = False
    for out, error in (
        ((a,), ValueError),
        ([a, {"x": np.empty(4)}], ValueError),
        ((a, {"y": np.empty(4)}), ValueError),
        ((a, np.empty(4)), ValueError),
        ((a, {"x": np.empty(3)}), ValueError),
        ((a, {"x": np.empty((4, 1))}), ValueError),
        ((a, {"x": a}), ValueError),
        ((a, {"x": np.empty(4, np.float32)}), TypeError),
        ((a, {"x": np.empty(8)[::2]}), TypeError),
        ((a, {"x": frozen}), TypeError),
        ((a, {"x": [0.0] * 4}), TypeError),
        (5, ValueError),
    ):
        with pytest.raises(error, match="out has"):
            f({"x": x}, out)


# --- the pool ---


def test_an_array_is_lent_again_only_when_nobody_holds_it() -> None:
    pool = Pool()
    keep: Callable[[Any], Any]
    for keep in (lambda a: a, lambda a: a[1:], lambda a: a.reshape(2, 2), lambda a: memoryview(a), lambda a: [a.T]):
        held = keep(pool.array(4))
        given = [pool.array(4) for _ in range(3)]
        assert not any(np.may_share_memory(x, np.asarray(held)) for x in given)
        del held, given
    assert len(pool.arrays) <= 5
    first = id(pool.array(4))
    assert id(pool.array(4)) == first


def test_results_stay_while_they_are_held() -> None:
    f = difftape.parse("x*y").compile()
    held = [f({"x": np.full(100, k), "y": 1.0}) for k in range(50)]
    assert [value[7] for value, _ in held] == list(range(50))
    row = f({"x": np.full((10, 10), 7.0), "y": 2.0})[0][3]
    for _ in range(5):
        f({"x": np.zeros((10, 10)), "y": 2.0})
    assert (row == 14.0).all()


# --- blocks, buffers, threads ---


@pytest.mark.parametrize("engine", ENGINES)
def test_any_division_of_the_rows_gives_the_same_bytes(engine: str) -> None:
    compiled, _ = kernel(parse(TEXT), ["x", "y", "z"])
    rows = 40_001
    given = columns(rows)
    run = built(engine, compiled)
    whole = [np.empty(rows) for _ in compiled.outputs]
    run.run(given, whole, 0, rows)
    source = random.Random(2)
    for _ in range(4):
        bounds = [0, *sorted(source.sample(range(1, rows), 6)), rows]
        pieces = [np.full(rows, np.nan) for _ in compiled.outputs]
        for low, high in pairwise(bounds):
            run.run(given, pieces, low, high)
        assert [x.tobytes() for x in pieces] == [x.tobytes() for x in whole]


@pytest.mark.parametrize("engine", ENGINES)
def test_any_number_of_threads_gives_the_same_bytes(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_SHARE", 1000)
    at = dict(zip("xyz", columns(12_345), strict=True))
    found = []
    for count in (1, 2, 3, 7):
        value, slopes = difftape.parse(TEXT).compile(engine=engine, threads=count)(at)
        found.append(b"".join([value.tobytes(), *[x.tobytes() for x in slopes.values()]]))
    assert len(set(found)) == 1


def test_slow_functions_keep_their_digits_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """mpmath's precision is one for all threads."""
    import mpmath

    monkeypatch.setattr(threads, "_SHARE", 40)
    x = np.linspace(0.5, 3.0, 320)
    alone, together = (difftape.parse("besselj(0, x)").compile(threads=n)({"x": x})[0] for n in (1, 4))
    assert alone.tobytes() == together.tobytes()
    assert mpmath.mp.prec == 53


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_SHARE", 100)
    f = difftape.parse("x*x").compile(threads=2)
    x = np.arange(1000.0)
    f({"x": x})
    child = os.fork()
    if not child:
        import signal

        signal.alarm(20)
        os._exit(0 if f({"x": x})[0][-1] == 999.0**2 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_buffers_are_used_again() -> None:
    """As many as are alive at once, not as many as there are steps."""
    text = "x"
    for k in range(200):
        text = f"sin({text} + {k})"
    long, _ = kernel(parse(text), ["x"], order=0)
    run = Blocked(long)
    assert len(run.buffers) <= 2
    out = [np.empty(100)]
    run.run([np.linspace(0, 1, 100)], out, 0, 100)
    y = np.linspace(0, 1, 100)
    for k in range(200):
        y = np.sin(y + k)
    np.testing.assert_array_equal(out[0], y)


def alive(compiled: Kernel) -> int:
    """The most steps, other than leaves and results, that are needed at once."""
    last = liveness(compiled)
    inner = [p for p, step in enumerate(compiled.steps) if len(step) > 1 and p not in compiled.outputs]
    return max((sum(p <= now < last[p] for p in inner) for now in range(len(compiled.steps))), default=0)


@pytest.mark.parametrize(
    "text", [TEXT, "(x*y-z)**2/(x+y)+x*z*(y+1)-y**3", "where(x > y, x*z, y)/z", "sinc(x)*erf(y)*z"]
)
def test_no_more_buffers_than_are_alive(text: str) -> None:
    compiled, _ = kernel(parse(text), ["x", "y", "z"])
    assert len(Blocked(compiled).buffers) <= alive(compiled) + 1


def test_steps_are_linear_in_the_terms() -> None:
    """Three times, that doubling the terms no more than doubles the steps."""
    source = random.Random(1)
    counts = []
    for terms in (1000, 2000, 4000):
        text = " + ".join(f"{k / 7}*sin(x{source.randrange(10)})*x{source.randrange(10)}**2" for k in range(terms))
        program = parse(text)
        compiled, _ = kernel(program, program.variables)
        counts.append(len(compiled.steps))
        assert counts[-1] <= 8 * terms
    assert counts[1] <= 2.1 * counts[0] and counts[2] <= 2.1 * counts[1]
