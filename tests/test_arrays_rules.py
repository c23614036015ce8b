"""Every array function against Taylor remainders to order 2, forward against reverse, and Jacobians against rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from array_cases import CASES

import difftape as dt
from difftape.testing import check_gradients


@pytest.mark.parametrize(("f", "args"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_derivatives_to_order_2(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_gradients(f, *args, order=2)


@pytest.mark.parametrize(("f", "args"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_value_is_numpys(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    np.testing.assert_allclose(np.asarray(f(*map(dt.constant, args))), f(*map(np.asarray, args)), rtol=1e-14)


@pytest.mark.parametrize(("f", "args"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_batched_sweep_is_all_rows(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    x = [dt.constant(a) for a in args]
    with dt.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(*x)
    found = tape.jacobian(y, x, unconnected_gradients="zero")
    for index in np.ndindex(y.shape):
        seed = np.zeros(y.shape)
        seed[index] = 1.0
        rows = tape.gradient(y, x, output_gradients=seed, unconnected_gradients="zero")
        for row, whole in zip(rows, found, strict=True):
            np.testing.assert_allclose(np.asarray(whole)[index], row, rtol=1e-12, atol=1e-13)
