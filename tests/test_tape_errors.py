"""What is wrong is said, with the argument and the mend, in the type that the contract names."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import difftape as dt
from difftape.errors import DifftapeWarning


def squared() -> tuple[dt.GradientTape, dt.Tensor, dt.Variable]:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = x * x
    return tape, y, x


def test_a_tape_that_never_recorded() -> None:
    with pytest.raises(RuntimeError, match="the tape never recorded anything"):
        dt.GradientTape().gradient(dt.constant(1.0), dt.constant(1.0))


@pytest.mark.parametrize("thing", [np.array(1.0), 3.0, "x", None])
def test_watching_what_is_no_tensor(thing: Any) -> None:
    kind = type(thing).__name__
    with dt.GradientTape() as tape:
        with pytest.raises(ValueError, match=f"of type '{kind}'.*difftape.constant"):
            tape.watch(thing)
        with pytest.raises(ValueError, match=r"at \['a'\]\[1\]"):
            tape.watch({"a": [dt.constant(1.0), thing]})


def test_watching_before_the_tape_is_entered() -> None:
    with pytest.raises(RuntimeError, match="watch: the tape is not recording"):
        dt.GradientTape().watch(dt.constant(1.0))


def test_a_tape_entered_in_itself() -> None:
    tape = dt.GradientTape()
    with tape, pytest.raises(ValueError, match="Tape is still recording, This can happen if you try to re-enter"), tape:
        pass
    x = dt.Variable(1.0)
    with tape:
        y = x * 2
    assert float(tape.gradient(y, x)) == 2.0


@pytest.mark.parametrize("was_entered", [False, True])
def test_stopping_or_resetting_what_does_not_record(was_entered: bool) -> None:
    tape = dt.GradientTape()
    if was_entered:
        with tape:
            pass
    with pytest.raises(ValueError, match="Tape is not recording"), tape.stop_recording():
        pass
    with pytest.raises(ValueError, match="Tape is not recording"):
        tape.reset()


def test_a_target_of_none() -> None:
    tape, _, x = squared()
    expected = "Argument `target` should be a list or nested structure of Tensors .* but received None"
    with pytest.raises(TypeError, match=expected):
        tape.gradient(None, x)
    with pytest.raises(TypeError, match=r"received None at target\[1\]"):
        tape.gradient([x, None], x)


@pytest.mark.parametrize("source", [None, [None]])
def test_a_source_of_none(source: Any) -> None:
    tape, y, _ = squared()
    with pytest.raises(TypeError, match=r"Argument `sources` .* received None"):
        tape.gradient(y, source)


def test_floats_as_source_or_target() -> None:
    tape, y, x = squared()
    with pytest.raises(TypeError, match=r"sources\[1\] is a float, not a Tensor or Variable"):
        tape.gradient(y, [x, 2.0])
    with pytest.raises(TypeError, match=r"target is a ndarray"):
        tape.gradient(np.ones(2), x)
    assert float(tape.gradient(y, x)) == 6.0  # a refused question does not spend the tape


def test_an_empty_target() -> None:
    tape, _, x = squared()
    with pytest.raises(ValueError, match=r"`target` is an empty nest"):
        tape.gradient([], x)


def test_output_gradients_of_the_wrong_length_or_shape() -> None:
    tape, y, x = squared()
    with pytest.raises(ValueError, match="output_gradients: expected 2, one for each target, found 1"):
        tape.gradient([y, y], x, output_gradients=[1.0])
    with pytest.raises(ValueError, match=r"output_gradients\[0\] has shape \(2,\), its target has shape \(\)"):
        tape.gradient(y, x, output_gradients=[np.ones(2)])


def test_shapes_that_do_not_match() -> None:
    a, b = dt.Variable(np.ones((2, 3))), dt.Variable(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"add: shapes \(2, 3\) and \(2, 2\) do not broadcast together"):
        a + b
    with pytest.raises(ValueError, match=r"matmul: shapes \(2, 3\) and \(2, 2\) do not match: 3 is not 2"):
        a @ b
    with pytest.raises(ValueError, match=r"reshape: shape \(2, 3\) has 6 elements, shape \(4, 2\) does not"):
        a.reshape(4, 2)
    with pytest.raises(ValueError, match=r"concatenate: arrays\[0\] has shape \(2, 3\) and arrays\[1\] has shape"):
        np.concatenate([a, b], axis=0)
    with pytest.raises(ValueError, match="axis 2 is out of bounds for 2 axes"):
        np.sum(a, axis=2)
    with pytest.raises(ValueError, match="inv: expected square matrices"):
        np.linalg.inv(a)
    with pytest.raises(ValueError, match="'j' is both 3 and 2 long"):
        np.einsum("ij,jk->ik", a, b)
    with pytest.raises(IndexError, match=r"shape \(2, 3\)"):
        a[5]


def test_what_is_no_number() -> None:
    with pytest.raises(TypeError, match="expected a number or an array, found NoneType"):
        dt.Variable(None)
    with pytest.raises(TypeError, match=r"initial_value: .*object"):
        dt.Variable(np.array([object()]))
    with pytest.raises(ValueError, match="not a rectangular array"):
        dt.constant([[1.0], [1.0, 2.0]])
    with pytest.raises(TypeError, match="mul: operand 2 has dtype object"):
        dt.constant(2.0) * np.array([object()])
    with pytest.raises(TypeError, match="add: operand 1 has dtype <U1"):
        dt.constant("a") + 1.0


def test_assigning_another_shape() -> None:
    v = dt.Variable([1.0, 2.0], name="w")
    with pytest.raises(ValueError, match=r"'w' has shape \(2,\), the value has shape \(3,\)"):
        v.assign([1.0, 2.0, 3.0])
    s = dt.Variable(1.0, name="s")
    with pytest.raises(ValueError, match=r"'s' has shape \(\), the value has shape \(2,\)"):
        s.assign([1.0, 2.0])


def test_a_part_cannot_be_assigned_to() -> None:
    x = dt.Variable([1.0, 2.0])
    with pytest.raises(TypeError, match="cannot be assigned to in part"):
        x[0] = 3.0
    a = np.zeros(2)
    with pytest.raises(TypeError, match=r"cannot be written into an array .* write a = a \+ x"):
        a += x


UNSUPPORTED: list[Any] = [
    lambda x: np.fft.fft(x),
    lambda x: np.convolve(x, x),
    lambda x: np.linalg.svd(x),
    lambda x: np.interp(x, x, x),
]


@pytest.mark.parametrize("call", UNSUPPORTED)
def test_a_function_without_a_rule_names_itself_and_the_way_out(call: Any) -> None:
    x = dt.Variable([1.0, 2.0])
    with dt.GradientTape(), pytest.raises(LookupError, match=r"numpy\.\S+ has no derivative rule") as caught:
        call(x)
    assert "custom_gradient" in str(caught.value)
    assert "test_tape_errors.py:" in str(caught.value)
    assert "supported" in str(caught.value)


def test_arguments_of_numpy_that_are_not_supported_are_named() -> None:
    x = dt.Variable([1.0, 2.0])
    with pytest.raises(TypeError, match=r"numpy.sum .*'initial'"):
        np.sum(x, initial=3.0)
    with pytest.raises(TypeError, match=r"numpy.exp: where= is not supported"):
        np.exp(x, where=np.array([True, False]))
    with pytest.raises(LookupError, match=r"add.at"):
        np.add.at(x, 0, 1.0)


def test_nan_inputs_flow() -> None:
    assert np.isnan(dt.grad(lambda x: np.sum(x * x))(np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_arithmetic_with_a_gradient_that_is_none_says_why() -> None:
    x, lonely = dt.Variable(3.0), dt.Variable(4.0, name="lonely")
    with dt.GradientTape() as tape:
        y = x * x
    g = tape.gradient(y, lonely)
    assert g is None
    with pytest.raises(TypeError, match=r"mul: operand 2 is None.*`lonely` was never read"):
        y * g
    with pytest.raises(TypeError, match=r"assign_sub: the delta is None.*`lonely` was never read"):
        lonely.assign_sub(g)
    with pytest.raises(TypeError, match="operand 1 is None"):
        np.add(g, y)


def test_transforms_say_what_they_need() -> None:
    with pytest.raises(ValueError, match=r"must return a single number, it returned shape \(2,\)"):
        dt.grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(TypeError, match="argument 0 is None"):
        dt.grad(lambda x: x)(None)
    with pytest.raises(TypeError, match=r"argument 0: the array has dtype object"):
        dt.grad(lambda x: x)(np.array([object()]))
    with pytest.raises(ValueError, match="there is no argument 2 among 1"):
        dt.grad(lambda x: x, argnums=2)(1.0)


def test_the_order_without_a_derivative_is_named() -> None:
    n = dt.Variable(1.0)
    with dt.GradientTape() as tape:
        y = dt.besselj(n, 2.0)
    with pytest.raises(ArithmeticError, match="besselj has no derivative by its first argument, an order"):
        tape.gradient(y, n)


def test_a_tape_belongs_to_its_thread() -> None:
    x = dt.Variable(3.0)
    seen: list[Any] = []

    def elsewhere() -> None:
        seen.append(x * x)
        with dt.GradientTape() as own:
            y = x**3
        seen.append(float(own.gradient(y, x)))

    with dt.GradientTape() as tape:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        z = x * 2
    assert tape.gradient([z, seen[0]], x).item() == 2.0
    assert seen[1] == 27.0


def test_many_threads_at_once() -> None:
    found: dict[int, list[float]] = {}

    def work(k: int) -> None:
        v = dt.Variable(float(k))
        results = []
        for _ in range(200):
            with dt.GradientTape() as tape:
                y = v * v * v
            results.append(float(tape.gradient(y, v)))
        found[k] = results

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == {k: [3.0 * k * k] * 200 for k in range(4)}


def test_the_warning_of_an_integer_names_the_mend() -> None:
    with dt.GradientTape() as tape, pytest.warns(DifftapeWarning, match="make it a float"):
        tape.watch(dt.constant(3))
