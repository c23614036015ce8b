"""Recording, watching and identity: what a tape sees, and whose gradient is whose."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest

import difftape as dt


def values(nest: Any) -> Any:
    """A list of gradients as plain numbers, None staying None."""
    return [None if g is None else g.tolist() for g in nest]


def watched(*numbers: Any) -> tuple[dt.GradientTape, list[dt.Tensor]]:
    """A persistent tape, not entered, and constants for it to watch."""
    return dt.GradientTape(persistent=True), [dt.constant(x) for x in numbers]


def test_a_source_that_is_the_target() -> None:
    tape, (x,) = watched(3.0)
    with tape:
        tape.watch(x)
        y = x
    assert values([tape.gradient(y, x)]) == [1.0]


def test_identity_and_reading_are_new_nodes_of_slope_one() -> None:
    v = dt.Variable(3.0)
    with dt.GradientTape(persistent=True) as tape:
        y, z = v.read_value(), v.value()
    assert values([tape.gradient(y, v), tape.gradient(z, v)]) == [1.0, 1.0]
    assert y is not z


def test_no_operation_is_merged_with_its_operand() -> None:
    x = dt.constant(3.0)
    same = [dt.constant(x), x + 0, x - 0, x * 1]
    with dt.GradientTape() as tape:
        tape.watch([x, same])
        loss = 2.0 * x
        for y in same:
            loss = loss + 3.0 * y
    assert values(tape.gradient(loss, [x, *same])) == [2.0, 3.0, 3.0, 3.0, 3.0]


def test_a_matrix_by_itself() -> None:
    tape, (a,) = watched(np.full((2, 2), 0.5))
    with tape:
        tape.watch(a)
    assert tape.gradient(a, a).tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert tape.gradient([a, a], a).tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_one_of_several_targets_is_the_source() -> None:
    tape, (x, y) = watched(2.0, 5.0)
    with tape:
        tape.watch([x, y])
        square, z = x * x, y * y
    assert values([tape.gradient([x, square], x)]) == [5.0]
    assert values([tape.gradient([y, y], y)]) == [2.0]
    assert values(tape.gradient([x, y, z], [x, y])) == [1.0, 11.0]


def test_two_targets() -> None:
    tape, (x, y) = watched(2.0, 3.0)
    with tape:
        tape.watch([x, y])
        a, b = 2 * x, 3 * y
    assert values(tape.gradient([a, b], [x, y])) == [2.0, 3.0]


def test_output_gradients() -> None:
    tape, (x, y) = watched(3.0, 2.0)
    with tape:
        tape.watch([x, y])
        loss, same = x * y, x + 0
    assert values(tape.gradient([loss, x], [x], output_gradients=[1.0, 2.0])) == [4.0]
    assert values([tape.gradient(same, x, output_gradients=2.0)]) == [2.0]
    v = dt.Variable([1.0, 2.0])
    with dt.GradientTape(persistent=True) as tape:
        y = v * 3
    for given in ([1.0, 2.0], np.array([1, 2]), [dt.constant([1.0, 2.0])]):
        assert tape.gradient(y, v, output_gradients=given).tolist() == [3.0, 6.0]


def test_stopped_recording() -> None:
    tape, (x,) = watched(2.0)
    with tape:
        tape.watch(x)
        x2 = x * 2
        with tape.stop_recording():
            y = x2 * x2
        z = x2 * x2
    assert tape.gradient(y, x2) is None
    assert tape.gradient(y, x) is None
    assert values([tape.gradient(z, x2), tape.gradient(z, x)]) == [8.0, 16.0]


def test_reset_forgets_records_and_watches() -> None:
    v = dt.Variable(1.0)
    with dt.GradientTape() as tape:
        y = v * v
        tape.reset()
        y = v * v
    assert values([tape.gradient(y, v)]) == [2.0]
    x = dt.constant(1.0)
    with dt.GradientTape() as tape:
        tape.watch(x)
        tape.reset()
        y = x * x
    assert tape.gradient(y, x) is None


def test_pythons_max_chooses_one() -> None:
    x = [dt.Variable(2.0), dt.Variable(3.0), dt.Variable(5.0)]
    with dt.GradientTape() as tape:
        y = max(x)
    assert values(tape.gradient(y, x)) == [None, None, 1.0]


@pytest.mark.parametrize("explicitly", [False, True])
def test_watched_variables(explicitly: bool) -> None:
    v = dt.Variable(0.0)
    with dt.GradientTape(watch_accessed_variables=not explicitly) as tape:
        for _ in range(2):
            assert tape.watched_variables() == ()
            if explicitly:
                tape.watch(v)
            v + 1
            assert tape.watched_variables() == (v,)
            tape.reset()
        v + 1
    assert tape.watched_variables() == (() if explicitly else (v,))


def test_selectively_watched_variables() -> None:
    x1, x2 = dt.Variable(1.0), dt.Variable(1.0)
    with dt.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x2)
        z = x1**2 + x2**3
    assert tape.watched_variables()[0] is x2 and len(tape.watched_variables()) == 1
    assert values(tape.gradient(z, [x1, x2])) == [None, 3.0]


def test_watching_is_local_to_a_tape() -> None:
    x1, x2 = dt.Variable(2.0, trainable=False), dt.Variable(2.0, trainable=False)
    with dt.GradientTape() as outer:
        outer.watch(x1)
        with dt.GradientTape() as inner:
            inner.watch([x1, x2])
            y = x1**3
            z = x2**3
        dy, dz = inner.gradient([y, z], [x1, x2])
        second, other = outer.gradient([dy, dz], [x1, x2])
    assert values([dy, dz, second, other]) == [12.0, 12.0, 12.0, None]


def test_watched_variables_after_a_gradient_and_a_new_tape() -> None:
    x, z = dt.Variable(1.0), dt.Variable(2.0)
    with dt.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    assert tape.watched_variables()[0] is x
    with tape:
        z * z
    assert [v is z for v in tape.watched_variables()] == [True]


def test_watched_variables_come_in_the_order_of_their_making() -> None:
    a, b, c = dt.Variable(1.0), dt.Variable(2.0), dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = c * a + b
    assert [v is w for v, w in zip(tape.watched_variables(), (a, b, c), strict=True)] == [True] * 3
    assert values(tape.gradient(y, list(tape.watched_variables()))) == [3.0, 1.0, 1.0]


def test_equal_constants_are_different_sources() -> None:
    tape, (x1, x2) = watched(3.0, 3.0)
    with tape:
        tape.watch(x1)
        y = x1 + x2
    assert values([tape.gradient(y, x1)]) == [1.0]
    assert tape.gradient(y, x2) is None


def test_variables_and_constants_agree() -> None:
    v, c = dt.Variable([1.0, 2.0]), dt.constant([1.0, 2.0])
    found = []
    for x in (v, c):
        with dt.GradientTape() as tape:
            tape.watch(x)
            y = np.sum(np.exp(x) * x)
        found.append(tape.gradient(y, x).tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize("x", [1.0, np.array([[1.0]]), [[1.0]]])
def test_the_same_value_for_several_arguments(x: Any) -> None:
    one = np.ones(np.shape(x)).tolist()
    assert [np.asarray(g).tolist() for g in dt.grad(lambda a, b: (a * b).sum() if np.shape(x) else a * b, (0, 1))(
        np.asarray(x) if np.shape(x) else x, np.asarray(x) if np.shape(x) else x
    )] == [one, one]  # fmt: skip


def test_a_repeated_source() -> None:
    tape, (x, y) = watched(3.0, 5.0)
    with tape:
        tape.watch([x, y])
        z = 2 * x
        u, w = x * x + y * x, x * y
    assert values(tape.gradient(z, [x, x])) == [2.0, 2.0]
    assert values(tape.gradient(u, [x, x])) == [11.0, 11.0]
    assert values(tape.gradient(w, [y, u])) == [3.0, None]
    assert tape.gradient(z, []) == []


def test_the_sources_keep_their_nest() -> None:
    tape, (x1, x2, x3) = watched(1.0, 2.0, 3.0)
    with tape:
        tape.watch((x1, x2, x3))
        y = x1 + 2 * x2 + 3 * x3

    def plain(nest: Any) -> Any:
        if isinstance(nest, dict):
            return {key: plain(x) for key, x in nest.items()}
        return type(nest)(map(plain, nest)) if isinstance(nest, (list, tuple)) else float(nest)

    assert plain(tape.gradient(y, x1)) == 1.0
    assert plain(tape.gradient(y, (x1,))) == (1.0,)
    assert plain(tape.gradient(y, (x1, x2))) == (1.0, 2.0)
    assert plain(tape.gradient(y, [(x1, x2), (x2, x3)])) == [(1.0, 2.0), (2.0, 3.0)]
    assert plain(tape.gradient(y, (x1, x2, [x1, x3]))) == (1.0, 2.0, [1.0, 3.0])
    assert plain(tape.gradient(y, [x1, {"x2": x2, "x3": x3}])) == [1.0, {"x2": 2.0, "x3": 3.0}]


def test_an_unrelated_variable_gives_none() -> None:
    x, y = dt.Variable(3.0), dt.Variable(4.0)
    with dt.GradientTape() as tape:
        z = x * x
    assert tape.gradient(z, y) is None


def test_a_tape_entered_again_goes_on() -> None:
    tape = dt.GradientTape()
    x = dt.constant(2.0)
    with tape:
        tape.watch(x)
        y = x * x
    with tape:
        z = y
    assert values([tape.gradient(z, x)]) == [4.0]


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.filterwarnings("ignore::difftape.DifftapeWarning")
def test_a_gradient_inside_the_tape(persistent: bool) -> None:
    x = dt.constant(1.0)
    with dt.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        y = x * x
        g = tape.gradient(y, x)
    assert values([g]) == [2.0]


def test_assigning_inside_a_tape_leaves_the_value_that_was_read() -> None:
    v = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = v * v
        v.assign(10.0)
        z = y + 2 * v
    assert values([tape.gradient(z, v), z]) == [8.0, 29.0]


def test_rebinding_a_name_makes_a_tensor() -> None:
    x = v = dt.Variable(2.0)
    with dt.GradientTape() as tape:
        x = x + 1
        y = x * x
    assert values(tape.gradient(y, [v, x])) == [6.0, 6.0]
    assert not isinstance(x, dt.Variable)


def test_a_copy_has_an_identity_of_its_own() -> None:
    v = dt.Variable([1.0, 2.0], name="w")
    twin, again = copy.deepcopy(v), pickle.loads(pickle.dumps(v))
    with dt.GradientTape() as tape:
        y = np.sum(v * twin) + np.sum(again)
    assert [g.tolist() for g in tape.gradient(y, [v, twin, again])] == [[1.0, 2.0], [1.0, 2.0], [1.0, 1.0]]
    assert (twin.name, again.trainable) == ("w", True)


def test_a_reset_tape_keeps_its_place_among_the_others() -> None:
    x = dt.constant(2.0)
    with dt.GradientTape() as outer, dt.ForwardAccumulator(x, 1.0) as acc:
        outer.reset()
        outer.watch(x)
        y = x**3
    assert float(outer.gradient(acc.jvp(y), x)) == 12.0


def test_nests_of_every_kind_are_watched() -> None:
    @dataclasses.dataclass
    class Layer:
        w: Any
        b: Any

    layer = Layer(dt.constant(2.0), {"b": (dt.constant(3.0),)})
    with dt.GradientTape() as tape:
        tape.watch(layer)
        y = layer.w * layer.b["b"][0]
    g = tape.gradient(y, layer)
    assert (type(g), float(g.w), float(g.b["b"][0])) == (Layer, 3.0, 2.0)
