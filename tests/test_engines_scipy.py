"""scipy's functions, where an entry has one: within 6 ulp of mpmath over the whole domain, and not used outside."""

from __future__ import annotations

import math
import random

import mpmath
import numpy as np
import pytest

import difftape.table  # noqa: F401  (fills TABLE)
from difftape.engines.special import by_scipy
from difftape.evaluation import by_mpmath, by_numpy
from difftape.primitives import TABLE, Primitive

pytest.importorskip("scipy")
ULPS = 6
BY_SCIPY = [primitive for primitive in TABLE.values() if primitive.scipy is not None]


def spread(interval: tuple[float, float], count: int, source: random.Random) -> list[float]:
    """Numbers all over an open interval: evenly, about 0, and close to its ends."""
    low, high = max(interval[0], -740.0), min(interval[1], 740.0)
    found = [source.uniform(low, high) for _ in range(count)]
    found += [source.uniform(max(low, -4.0), min(high, 4.0)) for _ in range(count)]
    close = [10 ** source.uniform(-12, 0) for _ in range(count)]
    found += [low + d for d in close if low > -740] + [high - d for d in close if high < 740]
    return [x for x in found + close + [-d for d in close] if low < x < high]


def worst(primitive: Primitive) -> float:
    """The greatest distance from mpmath in ulps."""
    source = random.Random(primitive.name)
    columns = [spread(interval, 60, source) for interval in primitive.domain]
    if primitive.partials[0] is None:
        columns[0] = [float(source.randrange(0, 5)) for _ in columns[-1]]
    run = by_scipy(primitive)
    assert run is not None
    found = 0.0
    with np.errstate(all="ignore"):
        values = run(*map(np.array, columns)).tolist()
    for point, got in zip(zip(*columns, strict=True), values, strict=True):
        with mpmath.workdps(40):
            truth = by_mpmath(primitive)(*map(mpmath.mpf, point))
            if 1e-300 < abs(truth) < 1e308:
                found = max(found, float(abs(got - truth)) / math.ulp(float(truth)))
    return found


@pytest.mark.parametrize("primitive", BY_SCIPY, ids=lambda p: p.name)
def test_scipy_is_as_accurate_as_stated(primitive: Primitive) -> None:
    assert worst(primitive) <= ULPS


def test_a_less_accurate_function_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in (
        ("lgamma", "gammaln"),
        ("lambertw", lambda sp, x: sp.lambertw(x).real),
        ("Chi", lambda sp, x: sp.shichi(x)[1]),
    ):
        monkeypatch.setattr(TABLE[name], "scipy", wrong)
        assert worst(TABLE[name]) > ULPS, name


def test_outside_its_domain_a_function_is_what_it_is_without_scipy() -> None:
    x = np.array([-2.5, -1.0, 0.0, -0.0, 0.3, np.nan, np.inf, 300.0, 1.0])
    for name in ("gamma", "digamma", "zeta", "erf"):
        run, alone = by_scipy(TABLE[name]), by_numpy(TABLE[name])
        assert run is not None
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(run(x), alone(x), rtol=1e-14)
    order = by_scipy(TABLE["polygamma"])
    assert order is not None
    with np.errstate(all="ignore"):
        assert np.isnan(order(np.array([1.5, -1.0]), np.array([2.0, 2.0]))).all()
