"""What a tape holds: what its rules need and no more, and nothing when it is spent."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import difftape as dt
from difftape.tape.trace import Ghost


def held(tape: dt.GradientTape, size: int) -> int:
    """How many different arrays of this size the tape's values hold."""
    arrays = [v.primal if isinstance(v, dt.Tensor) else v for v in tape._trace.values if not isinstance(v, Ghost)]
    return len({id(a) for a in arrays if getattr(a, "size", 1) == size})


@pytest.mark.parametrize(
    ("f", "kept"),
    [
        (lambda x: x + 1.0, 0),
        (lambda x: -(x * 2.0 - 3.0) / 4.0, 0),
        (lambda x: np.sum(x.T, axis=0), 0),
        (lambda x: np.exp(x), 1),
        (lambda x: np.sin(x + 1.0), 1),
        (lambda x: np.tanh(np.exp(x * 2.0)), 1),
        (lambda x: np.concatenate([x, x]), 0),
    ],
)
def test_records_hold_what_their_rules_need(f: Callable[[Any], Any], kept: int) -> None:
    x = dt.Variable(np.ones((10, 10)))
    with dt.GradientTape() as tape:
        f(x)
    assert held(tape, 100) == kept


def test_a_constant_operand_is_not_held_for_its_own_sake() -> None:
    w, data = dt.Variable(np.ones((10, 3))), np.ones((7, 10))
    with dt.GradientTape() as tape:
        data @ w + np.ones((7, 3))
    assert (held(tape, 70), held(tape, 30), held(tape, 21)) == (1, 0, 0)


def test_a_spent_tape_holds_no_values() -> None:
    x = dt.Variable(np.ones(100))
    with dt.GradientTape() as tape:
        y = np.sum(np.exp(np.sin(x)))
    tape.gradient(y, x)
    assert held(tape, 100) == 0
    assert tape.watched_variables()[0] is x


def test_an_intermediate_dies_when_the_user_lets_go() -> None:
    x = dt.Variable(np.ones(100))
    with dt.GradientTape() as tape:
        y = x + 1.0
        z = np.sum(y)
        gone = weakref.ref(y)
        del y
        assert gone() is None
    assert tape.gradient(z, x).tolist() == [1.0] * 100


def test_the_sweep_frees_as_it_goes() -> None:
    x = dt.Variable(np.ones(100_000))
    y: Any = x

    def peak(persistent: bool) -> int:
        nonlocal y
        with dt.GradientTape(persistent=persistent) as tape:
            y = x
            for _ in range(40):
                y = np.exp(-y)
            y = np.sum(y)
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        tape.gradient(y, x)
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        assert peak(False) < 6 * 800_000 < 30 * 800_000 < peak(True)
    finally:
        tracemalloc.stop()


def test_training_does_not_grow() -> None:
    w = dt.Variable(np.ones(5))

    def steps(n: int) -> None:
        for _ in range(n):
            with dt.GradientTape() as tape:
                loss = np.mean((np.arange(5.0) * w - 1.0) ** 2)
            w.assign_sub(0.01 * tape.gradient(loss, w))

    steps(50)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        steps(500)
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()


def test_a_tape_is_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = dt.Variable(np.ones(3))
        with dt.GradientTape() as outer:
            with dt.GradientTape() as tape:
                y = np.sum(x**3)
            g = tape.gradient(y, x)
        outer.gradient(g, x)
        gone = [weakref.ref(tape), weakref.ref(outer), weakref.ref(y), weakref.ref(g)]
        del tape, outer, y, g
        assert [ref() for ref in gone] == [None] * 4
    finally:
        gc.enable()


def test_a_gradient_is_an_array_of_its_own() -> None:
    x = dt.Variable(np.ones(3))
    with dt.GradientTape(persistent=True) as tape:
        y = np.sum(x)
        z = x + 0.0
    g = tape.gradient(y, x).numpy()
    assert g.flags.writeable
    seed = np.ones(3)
    h = tape.gradient(z, x, output_gradients=seed).numpy()
    assert not np.shares_memory(h, seed)


def test_a_variable_owns_its_array() -> None:
    a = np.ones(3)
    v, c = dt.Variable(a), dt.constant(a)
    a[:] = 7.0
    assert v.tolist() == c.tolist() == [1.0, 1.0, 1.0]
