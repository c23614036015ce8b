"""The first page of every GradientTape tutorial: variables, constants, watching, lists of sources, nested tapes."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import difftape as dt


def test_gradient_of_a_square_by_a_variable() -> None:
    v = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = dt.square(v)
    assert float(tape.gradient(y, v)) == 6.0


def test_a_constant_is_watched_when_told() -> None:
    c = dt.constant(3.0)
    with dt.GradientTape() as tape:
        tape.watch(c)
        y = dt.square(c)
    assert float(tape.gradient(y, c)) == 6.0


def test_an_unwatched_constant_gives_none() -> None:
    c = dt.constant(3.0)
    with dt.GradientTape() as tape:
        y = dt.square(c)
    assert tape.gradient(y, c) is None


def test_an_untrainable_variable_is_not_watched_unless_told() -> None:
    v = dt.Variable(3.0, trainable=False)
    with dt.GradientTape() as tape:
        y = dt.square(v)
    assert tape.gradient(y, v) is None
    with dt.GradientTape() as tape:
        tape.watch(v)
        y = dt.square(v)
    assert float(tape.gradient(y, v)) == 6.0


def test_a_list_of_sources() -> None:
    w, b = dt.Variable(2.0), dt.Variable(1.0)
    with dt.GradientTape() as tape:
        loss = (w * 3.0 + b) ** 2
    dw, db = tape.gradient(loss, [w, b])
    assert (float(dw), float(db)) == (42.0, 14.0)


def test_the_falling_apple() -> None:
    time = dt.Variable(0.0)
    with dt.GradientTape() as outer:
        with dt.GradientTape() as inner:
            position = 4.9 * time**2
        speed = inner.gradient(position, time)
    acceleration = outer.gradient(speed, time)
    assert (float(speed), float(acceleration)) == (0.0, 9.8)


def nested(order: int, x: dt.Variable) -> dt.Tensor:
    """The derivative of this order of sin, by as many nested tapes."""
    if order == 0:
        return dt.sin(x)
    with dt.GradientTape() as tape:
        y = nested(order - 1, x)
    return tape.gradient(y, x)


@pytest.mark.parametrize("order", range(7))
def test_nested_tapes_to_order_6(order: int) -> None:
    x = dt.Variable(0.7)
    assert float(nested(order, x)) == pytest.approx(math.sin(0.7 + order * math.pi / 2), abs=1e-14)


def test_a_structural_zero_stays_zero() -> None:
    x = dt.Variable(0.0)
    with dt.GradientTape(persistent=True) as outer:
        with dt.GradientTape(persistent=True) as tape:
            nothing, same = x**0.0, x**1
        assert float(tape.gradient(nothing, x)) == 0.0
        slope = tape.gradient(same, x)
    assert float(outer.gradient(slope, x)) == 0.0
    assert float(slope) == 1.0


def test_the_untaken_branch_passes_no_nan() -> None:
    x = dt.Variable(-1.0)
    with dt.GradientTape() as outer:
        with dt.GradientTape() as inner:
            y = dt.where(x > 0, dt.sqrt(x), 3 * x * x)
        slope = inner.gradient(y, x)
    assert (float(slope), float(outer.gradient(slope, x))) == (-6.0, 6.0)


def test_single_numbers_follow_ieee_beyond_their_domain() -> None:
    x = dt.Variable(0.0)
    with dt.GradientTape(persistent=True) as tape:
        root, log, quotient = dt.sqrt(x), dt.log(x), 1 / x
    assert float(tape.gradient(root, x)) == math.inf
    assert float(tape.gradient(log, x)) == math.inf
    assert (float(log), float(quotient)) == (-math.inf, math.inf)
    assert float(tape.gradient(quotient, x)) == -math.inf


def test_float32_is_kept() -> None:
    x = dt.Variable(np.array([1.0, 2.0], dtype=np.float32))
    with dt.GradientTape() as tape:
        y = dt.exp(2.0 * x) * np.float32(0.5)
    g = tape.gradient(y, x)
    assert (y.dtype, g.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(g, np.exp([2.0, 4.0]), rtol=1e-6)


def test_scalars_need_no_numpy() -> None:
    program = """if True:
        import sys, difftape as dt
        x = dt.Variable(2.0)
        with dt.GradientTape() as tape:
            y = dt.exp(x) / x
        assert float(tape.gradient(y, x)) != 0
        assert "numpy" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True)
