"""What is not connected, and what is not a float: None, or zeros of the source's shape."""

from __future__ import annotations

import numpy as np
import pytest

import difftape as dt
from difftape.errors import DifftapeWarning


def test_unconnected_is_none_by_default() -> None:
    x, y = dt.constant(1.0), dt.constant(3.0)
    with dt.GradientTape() as tape:
        tape.watch([x, y])
        z = y * 2
    assert tape.gradient(z, x) is None


@pytest.mark.parametrize("kind", [dt.constant, dt.Variable])
def test_unconnected_zeros_have_the_shape_of_the_source(kind: type) -> None:
    x, y = kind(np.ones((2, 2))), dt.constant(3.0)
    with dt.GradientTape() as tape:
        tape.watch([x, y])
        z = y * 2
    zeros = tape.gradient(z, x, unconnected_gradients=dt.UnconnectedGradients.ZERO)
    assert zeros.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_unconnected_zeros_keep_the_dtype() -> None:
    x = dt.Variable(np.ones(2, dtype=np.float32))
    with dt.GradientTape() as tape:
        z = dt.constant(1.0) * 2
    assert tape.gradient(z, x, unconnected_gradients="zero").dtype == np.float32


def test_an_unknown_word() -> None:
    x = dt.Variable(1.0)
    with dt.GradientTape() as tape:
        y = x * x
    with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: 'nonsense'"):
        tape.gradient(y, x, unconnected_gradients="nonsense")


def test_stop_gradient_gives_a_zero_when_asked() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = dt.stop_gradient(x * x) * 2
    assert float(tape.gradient(y, x, unconnected_gradients="zero")) == 0.0


def test_zero_by_value_is_connected() -> None:
    x = dt.Variable([1.0, 2.0])
    with dt.GradientTape() as tape:
        y = x * 0.0
    assert tape.gradient(y, x).tolist() == [0.0, 0.0]


def test_integers_have_no_gradient() -> None:
    x = dt.constant([1, 2])
    with dt.GradientTape() as tape:
        with pytest.warns(DifftapeWarning, match="int64"):
            tape.watch(x)
        y = x * x
    assert tape.gradient(y, x) is None


def test_an_integer_variable_warns_and_says_why() -> None:
    v = dt.Variable(3, name="count")
    with dt.GradientTape() as tape:
        y = v * 2.0
    with pytest.warns(DifftapeWarning, match=r"count.*int64"):
        assert tape.gradient(y, v) is None


def test_text_has_no_gradient() -> None:
    s, x = dt.constant("a word"), dt.constant(3.0)
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(s, x) is None
    assert tape.gradient(s, s) is None
    z = dt.constant(5.0)
    with dt.GradientTape() as tape:
        tape.watch([x, z])
        u = z * z
    found = tape.gradient([x, z, u], [x, z, s])
    assert [None if g is None else float(g) for g in found] == [1.0, 11.0, None]
    assert y is not None


def test_a_cast_to_integers_breaks_the_path() -> None:
    x = dt.Variable([1.5, 2.5])
    with dt.GradientTape() as tape:
        y = x.astype(int) * 2.0
    assert tape.gradient(y, x) is None


def test_a_cast_between_floats_does_not() -> None:
    x = dt.Variable([1.5, 2.5])
    with dt.GradientTape() as tape:
        y = x.astype(np.float32) * np.float32(2.0)
    g = tape.gradient(y, x)
    assert (g.tolist(), g.dtype) == ([2.0, 2.0], np.float64)


def test_leaving_for_numpy_breaks_the_path() -> None:
    x = dt.Variable([1.5, 2.5])
    with dt.GradientTape() as tape:
        y = x.numpy() * 2.0 + np.asarray(x)
    assert tape.gradient(dt.constant(y), x) is None


def test_one_output_of_two_is_used() -> None:
    x = dt.constant([[1.0, 1.0]])
    with dt.GradientTape() as tape:
        tape.watch(x)
        first, _ = np.split(dt.softmax(x) * np.array([[-1.0, 1.0]]), 2, axis=1)
        y = np.sum(first) * 2
    np.testing.assert_allclose(tape.gradient(y, x), [[-0.5, 0.5]])


def test_complex_numbers_follow_the_conjugate_convention() -> None:
    z = dt.constant(1 + 2j)
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(z)
        square = z * z
        size = np.real(z) ** 2 + np.imag(z) ** 2
        product = np.real(z * np.conj(z))
        length = np.abs(z)
    assert complex(tape.gradient(square, z)) == 2 - 4j
    assert complex(tape.gradient(size, z)) == 2 + 4j
    assert complex(tape.gradient(product, z)) == 2 + 4j
    assert complex(tape.gradient(length, z)) == pytest.approx((1 + 2j) / 5**0.5)


def test_complex_arrays() -> None:
    z = dt.Variable(np.array([1 + 2j, -0.5j]))
    with dt.GradientTape() as tape:
        y = np.sum(np.real(np.exp(z) * (1 - 1j)))
    np.testing.assert_allclose(tape.gradient(y, z), np.conj(np.exp(z.numpy()) * (1 - 1j)), rtol=1e-14)


def test_a_real_source_of_a_complex_path_has_a_real_gradient() -> None:
    x = dt.Variable([0.5, 1.0])
    with dt.GradientTape() as tape:
        y = np.sum(np.imag(np.exp(x * 1j)))
    g = tape.gradient(y, x)
    assert g.dtype == np.float64
    np.testing.assert_allclose(g, np.cos([0.5, 1.0]), rtol=1e-14)
