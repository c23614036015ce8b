"""Why a gradient is None: every way to lose one is named."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import difftape as dt


def here(offset: int = 0) -> str:
    """This file and the line of the caller, some lines away."""
    import sys

    return f"test_tape_explain.py:{sys._getframe(1).f_lineno + offset}"


def test_a_constant_that_was_never_watched() -> None:
    c = dt.constant(3.0)
    with dt.GradientTape() as tape:
        y = c * c
    assert tape.gradient(y, c) is None
    assert tape.explain(y, c) == "`c` is a constant and was never watched: call tape.watch(c)"


def test_a_variable_that_is_not_trainable() -> None:
    v = dt.Variable(3.0, trainable=False)
    with dt.GradientTape() as tape:
        y = v * v
    assert tape.explain(y, v) == "`v` is a variable with trainable=False and was never watched: call tape.watch(v)"


def test_variables_are_not_watched_on_this_tape() -> None:
    v = dt.Variable(3.0)
    with dt.GradientTape(watch_accessed_variables=False) as tape:
        y = v * v
    assert tape.explain(y, v) == "`v` was never watched (watch_accessed_variables=False): call tape.watch(v)"


def test_a_variable_that_was_never_read() -> None:
    v, w = dt.Variable(3.0), dt.Variable(4.0)
    with dt.GradientTape() as tape:
        y = v * v
    assert tape.explain(y, w) == "`w` was never read while the tape recorded"


def test_an_operation_that_did_not_use_it() -> None:
    v, w = dt.Variable(3.0), dt.Variable(4.0)
    with dt.GradientTape(persistent=True) as tape:
        y = v * v
        w * 2
    assert tape.explain(y, w) == "`y` does not depend on `w`: no operation on the way to it used `w`"


def test_a_path_cut_by_stop_gradient() -> None:
    x = dt.Variable([3.0, 1.0])
    with dt.GradientTape() as tape:
        z = dt.stop_gradient(x * x) * 2
        where = here(-1)
        y = np.sum(np.exp(z))
    assert tape.gradient(y, x) is None
    assert tape.explain(y, x) == f"the path was cut by stop_gradient at {where}"


@pytest.mark.parametrize(
    ("cast", "name"), [(lambda x: x.astype(int), "astype(int64)"), (lambda x: np.argmax(x), "argmax")]
)
def test_a_path_that_became_an_integer(cast: object, name: str) -> None:
    x = dt.Variable([3.0, 1.0])
    with dt.GradientTape() as tape:
        y = np.sum(cast(x) * 2.0)  # type: ignore[operator]
    sentence = tape.explain(y, x)
    assert sentence.startswith(f"the path became an integer at {name}, test_tape_explain.py:")


def test_a_path_through_a_step_function() -> None:
    x = dt.Variable(3.5)
    with dt.GradientTape() as tape:
        y = dt.floor(x) * 2.0
        where = here(-1)
    assert tape.explain(y, x) == f"the path was cut by floor at {where}: its derivative is zero wherever it has one"


def test_computed_before_the_tape() -> None:
    x = dt.Variable(3.0)
    y = x * x
    with dt.GradientTape() as tape:
        x * 2
    assert tape.explain(y, x) == "`y` was computed before the tape was entered"


def test_computed_after_the_tape() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        x * 2
    y = x * x
    assert tape.explain(y, x) == "`y` was computed after the tape was left"


def test_computed_while_recording_was_stopped() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        x * 2
        with tape.stop_recording():
            y = x * x
        x * 3
    assert tape.explain(y, x) == "`y` was computed while the tape was not recording (stop_recording)"


def test_a_gradient_inside_a_tape_that_is_not_persistent() -> None:
    x = dt.Variable(3.0)
    with dt.GradientTape() as tape:
        y = x * x
        tape.gradient(y, x)
        z = y * 2
    assert "after tape.gradient was called inside a non-persistent tape" in tape.explain(z, x)


def test_a_value_that_left_for_numpy() -> None:
    x = dt.Variable([3.0, 1.0])
    with dt.GradientTape() as tape:
        a = x.numpy()
        where = here(-1)
        y = dt.constant(a * 2.0)
    assert tape.explain(y, x).endswith(f"a value left the tape at {where}, where it became a plain array or number")


def test_an_integer_source_or_target() -> None:
    n, x = dt.Variable(3), dt.Variable(2.5)
    with dt.GradientTape() as tape:
        y = x > n
    assert "`n` has dtype int64" in tape.explain(y, n)
    assert "cut by greater" in tape.explain(y, x)


def test_a_gradient_that_is_not_none() -> None:
    x = dt.Variable(2.0)
    with dt.GradientTape() as tape:
        y = x * x
    assert "is not None" in tape.explain(y, x)


def test_an_inner_gradient_after_the_outer_tape_was_left() -> None:
    x = dt.Variable(2.0)
    with dt.GradientTape() as outer, dt.GradientTape() as inner:
        y = x**3
    dy = inner.gradient(y, x)
    assert outer.explain(dy, x) == "`dy` was computed after the tape was left"


def test_a_tape_that_never_recorded() -> None:
    x = dt.Variable(2.0)
    assert "never recorded" in dt.GradientTape().explain(x, x)


def test_an_explanation_to_come_keeps_nothing_alive() -> None:
    x, y = dt.Variable(np.ones(3)), dt.Variable(2.0)
    with dt.GradientTape() as tape:
        z = x * 2
    tape.gradient(z, y)
    held = [weakref.ref(x), weakref.ref(z), weakref.ref(tape)]
    del x, z, tape
    gc.collect()
    assert [ref() for ref in held] == [None, None, None]
    with pytest.raises(TypeError, match=r"tape.explain\(target, source\) says why"):
        y * None  # type: ignore[operator]
