"""The jit engine: every primitive against mpmath, every width against the others, and what must not change a byte."""

from __future__ import annotations

import math
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from points import CONDITIONS, FUNCTIONS, operands

from difftape.engines import object_cache
from difftape.engines.instructions import Lanes
from difftape.engines.kernel import Kernel
from difftape.engines.lowering import lowered, unsupported
from difftape.errors import UnsupportedError, UsageError
from difftape.evaluation import by_mpmath
from difftape.primitives import TABLE, Primitive

pytest.importorskip("llvmlite")
from difftape.engines import jit

ULPS = {"gamma": 10, "lgamma": 16}  # elsewhere 4, what libmvec states; these are glibc's own
EDGES = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.5,
    -3.0,
    1e-320,
    -5e-324,
    1e308,
    -1e308,
    709.5,
    -745.0,
    math.inf,
    -math.inf,
    math.nan,
)
COMPILED = [p for p in FUNCTIONS if not unsupported(Kernel((), ((p, *range(p.arity)),), (), ()))]
WIDTHS = [Lanes(1), Lanes(2, vector_math=False), Lanes(4, fused=True, vector_math=False)]


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    folder = object_cache.folder()
    assert folder is not None
    return Path(folder)


def kernel(count: int, *steps: tuple[Any, ...], outputs: tuple[int, ...] = (), **looked_at: Any) -> Kernel:
    """The steps after so many inputs; the last is the result unless others are."""
    names = tuple(f"x{k}" for k in range(count))
    every = (*[(name,) for name in names], *[(TABLE[s[0]], *s[1:]) if len(s) > 1 else s for s in steps])
    outputs = outputs or (len(every) - 1,)
    return Kernel(names, every, outputs, tuple(f"y{k}" for k in range(len(outputs))), **looked_at)


def ran(compiled: jit.Compiled, *columns: Any, doubts: Any = None) -> list[Any]:
    """The results of all rows."""
    given = [np.array(column, float) for column in columns]
    found = [np.full(len(given[0]), 7.0) for _ in compiled.kernel.outputs]
    compiled.run(given, found, 0, len(given[0]), doubts)
    return found


def single(primitive: Primitive) -> Kernel:
    """A primitive of variables."""
    return kernel(primitive.arity, (primitive.name, *range(primitive.arity)))


def wrong_values(primitive: Primitive, lanes: Lanes | None) -> list[str]:
    """Where the machine code is not what mpmath says, to some units in the last place."""
    points = [operands(primitive, seed) for seed in range(21)]
    (got,) = ran(jit.build(single(primitive), lanes), *zip(*points, strict=True))
    wrong = []
    for point, y in zip(points, got.tolist(), strict=True):
        with mpmath.workdps(40):
            truth = by_mpmath(primitive)(*[x if x.__class__ is bool else mpmath.mpf(x) for x in point])
            truth = mpmath.mpf(int(truth) if truth.__class__ is bool else truth)
            off = float(abs(mpmath.mpf(y) - truth)) / math.ulp(float(truth))
        if not off <= ULPS.get(primitive.name, 4):
            wrong.append(f"{primitive.name}{point} is {y}, mpmath {truth}: {off} ulp")
    return wrong


@pytest.mark.parametrize("primitive", COMPILED, ids=lambda p: p.name)
def test_a_primitive_is_what_mpmath_says_at_every_width(primitive: Primitive) -> None:
    for lanes in (None, *WIDTHS):
        assert not wrong_values(primitive, lanes), lanes


def test_a_wrong_entry_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in (("add", "fsub"), ("less", "fcmp ogt"), ("max", TABLE["min"].llvm), ("tanh", lambda x: x)):
        monkeypatch.setattr(TABLE[name], "llvm", wrong)
        assert wrong_values(TABLE[name], None), name
    monkeypatch.setattr(TABLE["gamma"], "libm", "gamma")  # C's is the logarithm
    assert wrong_values(TABLE["gamma"], None)


OWN = [p for p in COMPILED if callable(p.llvm) and (p.libm or p.means)]


@pytest.mark.parametrize("primitive", OWN, ids=lambda p: p.name)
def test_what_is_written_out_is_accurate_all_over(primitive: Primitive) -> None:
    source = np.random.default_rng(0)
    small = 10 ** source.uniform(-9, 0.5, 300) * source.choice([-1, 1], 300)
    x = np.concatenate([source.uniform(-745, 709.7, 300), source.uniform(-25, 25, 300), small])
    for lanes in (None, Lanes(1, fused=True)):
        (got,) = ran(jit.build(single(primitive), lanes), x)
        for point, y in zip(x.tolist(), got.tolist(), strict=True):
            with mpmath.workdps(30):
                truth = by_mpmath(primitive)(mpmath.mpf(point))
                assert abs(y - truth) <= 4 * math.ulp(float(truth)), (point, y)


def scalar(primitive: Primitive, point: tuple[float, ...]) -> float:
    """Python's own value; where that refuses, nothing is said."""
    try:
        given = map(bool, point) if primitive.name in CONDITIONS else point
        return float(primitive.scalar(*given))
    except (ArithmeticError, ValueError):
        return 7.0


def _edges(primitive: Primitive) -> Iterator[tuple[float, ...]]:
    for x in EDGES:
        if primitive.arity == 1:
            yield (x,)
        for y in EDGES if primitive.arity > 1 else ():
            yield (x, y) if primitive.arity == 2 else (x, y, 3.0)


@pytest.mark.parametrize("primitive", COMPILED, ids=lambda p: p.name)
def test_what_is_no_number_infinite_or_tiny_is_as_in_python(primitive: Primitive) -> None:
    points = list(_edges(primitive))
    for lanes in (None, *WIDTHS):
        (got,) = ran(jit.build(single(primitive), lanes), *zip(*points, strict=True))
        for point, y in zip(points, got.tolist(), strict=True):
            want = scalar(primitive, point)
            if want != 7.0 and primitive.scalar is not primitive.means:
                close = math.isfinite(want) and abs(y - want) <= 16 * math.ulp(want)
                assert close or y == want or (y != y and want != want), (point, y, want, lanes)


def both() -> Kernel:
    """sin(x)*exp(y) + x*y and x, with a place that is looked at."""
    steps = [("sin", 0), ("exp", 1), ("mul", 2, 3), ("mul", 0, 1), ("add", 4, 5), ("log", 0)]
    return kernel(2, *steps, outputs=(6, 0), finite=(7,))


@pytest.mark.parametrize("lanes", [None, *WIDTHS])
def test_where_a_chunk_ends_changes_no_byte(lanes: Lanes | None) -> None:
    source = np.random.default_rng(5)
    columns = [source.uniform(-3, 3, 37), source.uniform(-3, 3, 37)]
    columns[0][[3, 20]] = 1e22, math.inf
    columns[1][[7, 33]] = 800.0, math.nan
    whole = compiled = jit.build(both(), lanes)
    want, marks = [np.empty(37), np.empty(37)], np.zeros(37, np.uint8)
    assert whole.run(columns, want, 0, 37, marks)
    for step in (1, 2, 3, 5, 8, 13):
        got, seen = [np.full(37, 7.0), np.full(37, 7.0)], np.zeros(37, np.uint8)
        for begin in range(0, 37, step):
            compiled.run(columns, got, begin, min(begin + step, 37), seen)
        assert [a.tobytes() for a in got] == [a.tobytes() for a in want]
        assert seen.tolist() == marks.tolist()


def test_only_the_rows_asked_for_are_written() -> None:
    got, marks = [np.full(20, 7.0), np.full(20, 7.0)], np.zeros(20, np.uint8)
    assert not jit.build(both()).run([np.ones(20), np.ones(20)], got, 3, 3, marks)
    assert not jit.build(both()).run([np.ones(20), np.ones(20)], got, 5, 11, marks)
    assert [k for k in range(20) if got[0][k] != 7.0] == [5, 6, 7, 8, 9, 10]
    assert not marks.any()


@pytest.mark.parametrize("lanes", [None, *WIDTHS])
def test_doubts_are_what_is_not_finite_and_ties(lanes: Lanes | None) -> None:
    steps = [(1.0,), ("div", 1, 0), ("atan", 2), ("abs", 0), (2.0,), ("equal", 0, 5), ("mul", 0, 5)]
    asked = kernel(1, *steps, outputs=(3, 7), finite=(2,), ties=(6,))
    x = np.array([1.0, 0.0, 3.0, 2.0, math.nan, 1e308, -4.0, -1e308, -0.0])
    marks = np.zeros(9, np.uint8)
    marks[2] = 1
    assert jit.build(asked, lanes).run([x], [np.empty(9), np.empty(9)], 0, 9, marks)
    assert marks.tolist() == [0, 1, 1, 1, 1, 1, 0, 1, 1]
    assert jit.build(asked, lanes).run([x], [np.empty(9), np.empty(9)], 0, 9)
    assert not jit.build(asked, lanes).run([x], [np.empty(9), np.empty(9)], 6, 7)


def random_kernel(seed: int, length: int) -> Kernel:
    """Many steps, each of earlier ones."""
    source = np.random.default_rng(seed)
    chosen = [p for p in COMPILED if p.arity in (1, 2, 3) and p.name not in ("gamma", "lgamma", "pow")]
    steps: list[Any] = [(0.75,), (-1.5,)]
    while len(steps) < length:
        primitive = chosen[source.integers(len(chosen))]
        steps.append((primitive.name, *source.integers(0, len(steps) + 3, primitive.arity).tolist()))
    places = tuple(range(0, length, 7))
    return kernel(3, *steps, outputs=places, finite=places)


@pytest.mark.parametrize("lanes", [None, *WIDTHS])
def test_parts_change_no_byte(lanes: Lanes | None) -> None:
    asked = random_kernel(3, 200)
    columns = np.random.default_rng(1).uniform(0.2, 0.9, (3, 9))
    want, marks = ran(jit.build(asked, lanes), *columns), np.zeros(9, np.uint8)
    for part in (1, 17, 90):
        compiled = jit.build(asked, lanes, part)
        assert b"".join(a.tobytes() for a in ran(compiled, *columns, doubts=marks)) == b"".join(map(bytes, want))


def test_a_workspace_is_no_larger_than_what_lives() -> None:
    steps = [("sin", 0), *[("sin", k) for k in range(1, 1000)]]
    assert lowered(kernel(1, *steps), Lanes(4), 10).workspace <= 2


def test_nothing_is_fused_or_reordered() -> None:
    x, y, z = 1 + 2.0**-30, 1 - 2.0**-30, -1.0
    assert ran(jit.build(kernel(3, ("mul", 0, 1), ("add", 3, 2))), [x], [y], [z])[0][0] == x * y + z == 0
    assert ran(jit.build(kernel(2, ("add", 0, 1), ("sub", 2, 0))), [1e16], [1.0])[0][0] == 0


def test_constants_claims_and_inputs_can_be_results() -> None:
    asked = kernel(1, (2.5,), ("less", 0, 1), ("where", 2, 0, 1), outputs=(1, 2, 0, 3))
    assert [a.tolist() for a in ran(jit.build(asked), [1.0, 3.0])] == [[2.5, 2.5], [1, 0], [1, 3], [1, 2.5]]


def test_what_cannot_be_compiled_is_named() -> None:
    asked = kernel(1, ("sin", 0), ("digamma", 1), ("besselj", 0, 2))
    assert unsupported(asked) == ["digamma", "besselj"]
    assert not jit.supports(asked)
    with pytest.raises(UnsupportedError, match="digamma"):
        jit.build(asked)


def test_arrays_that_do_not_fit_are_refused() -> None:
    compiled, good = jit.build(both()), np.ones(8)
    for bad in (np.ones(7), np.ones(16)[::2], np.ones(8, np.float32), np.ones((8, 1))):
        with pytest.raises(ValueError, match="contiguous"):
            compiled.run([good, bad], [np.ones(8), np.ones(8)], 0, 8)
        with pytest.raises(ValueError, match="contiguous"):
            compiled.run([good, good], [np.ones(8), bad], 0, 8)


def test_objects_are_kept_and_what_is_not_whole_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []
    compile_ = jit.Machine.compiled
    monkeypatch.setattr(jit.Machine, "compiled", lambda *given: made.append(1) or compile_(*given))
    asked = kernel(1, ("sin", 0), ("exp", 1))
    want = ran(jit.build(asked), [1.0])[0].tobytes()
    assert (len(made), ran(jit.build(asked), [1.0])[0].tobytes(), len(made)) == (1, want, 1)
    (entry,) = (tmp_path / "difftape" / "objects").iterdir()
    whole = entry.read_bytes()
    for broken in (b"", whole[:-1], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]):
        entry.write_bytes(broken)
        before = len(made)
        assert ran(jit.build(asked), [1.0])[0].tobytes() == want
        assert (len(made), entry.read_bytes()) == (before + 1, whole)
    entry.chmod(0o666)
    before = len(made)
    jit.build(asked)
    assert len(made) == before + 1


def test_a_folder_that_cannot_be_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert ran(jit.build(both()), [1.0], [1.0])
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it leaves it where there is no home
    assert object_cache.folder() is None
    assert ran(jit.build(both()), [1.0], [1.0])


def test_the_folder_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(object_cache, "MOST_BYTES", 1000)
    for k in range(10):
        assert object_cache.kept(f"key{k}", lambda: bytes(200)) == bytes(200)
    assert len(list((tmp_path / "difftape" / "objects").iterdir())) == 4


def test_without_llvmlite_the_mend_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    with pytest.raises(UsageError, match="llvmlite") as caught:
        jit.Machine()
    assert 'pip install "difftape[jit]"' in caught.value.hint


def test_literals_are_exact() -> None:
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.pi]
    asked = kernel(1, *[(v,) for v in values], outputs=(1, 2, 3, 4, 5))
    assert [struct.pack("d", a[0]) for a in ran(jit.build(asked), [1.0])] == [struct.pack("d", v) for v in values]


def test_wide_vectors_are_whole_registers() -> None:
    machine = jit.this_machine()
    if "x86_64" not in machine.llvm.get_process_triple():
        pytest.skip("not this kind of processor")
    target = machine.llvm.Target.from_triple(machine.llvm.get_process_triple())
    wide = target.create_target_machine(cpu="x86-64-v4", opt=2, codemodel="jitdefault", jit=True)
    text = lowered(kernel(1, ("log", 0)), Lanes(8, fused=True)).text
    assembly = wide.emit_assembly(machine.llvm.parse_assembly(text))
    assert "zmm0" in assembly
