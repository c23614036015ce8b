"""A check of derivatives that needs no step to be chosen: for rules of one's own, and for those of difftape.

If D is the derivative of f along u, then f(x + hu) - f(x - hu) - 2hD falls like h**3.  If D is wrong it falls like
h, however small the error: the term in h is found by extrapolating difference quotients of a ladder of steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .tape import ForwardAccumulator, GradientTape, Tensor, constant
from .tape.nests import leaves, rebuilt

LADDER = tuple(2.0**-k for k in range(4, 22))
TOLERANCE = 1e-5  # of the sum of the absolute products; the extrapolation is good to 1e-9 of it or better


class GradientError(AssertionError):
    """A derivative that is not that of the function."""


def check_gradients(f: Callable[..., Any], *args: Any, order: int = 2, seed: int = 0) -> None:
    """Raises GradientError if the derivatives of f at these arguments, up to an order, are wrong.

    Checked are the reverse sweep against the function, and forward mode against the reverse sweep.  The
    arguments are floats, arrays, tensors or nests of them; f should be smooth near them.

    >>> check_gradients(lambda x: x * np.sin(x), 1.3)
    """
    random = np.random.default_rng(seed)
    x = [rebuilt(arg, (_leaf(item) for _, item in leaves(arg))) for arg in args]
    g: Callable[..., Any] = f
    for k in range(1, order + 1):
        y = _flat(g(*_tensors(x)))
        weights = [random.uniform(0.5, 1.5, np.shape(item)) * random.choice((-1, 1), np.shape(item)) for item in y]
        phi = _weighted(g, weights)
        _check_first(phi, x, random, k)
        g = _gradient_of(phi, len(x))


def _check_first(phi: Callable[..., Tensor], x: list[Any], random: np.random.Generator, order: int) -> None:
    """Checks the first derivatives of a function with one number for a result."""
    flat = [item for _, item in leaves(x)]
    reverse = [np.asarray(g) for g in _flat(_gradient_of(phi, len(x))(*_tensors(x)))]
    for g, (path, item) in zip(reverse, leaves(x), strict=True):
        if g.shape != np.shape(item):
            raise GradientError(f"{_where(path, order)}: the gradient has shape {g.shape}, not {np.shape(item)}")
    for _ in range(2):
        u = [
            random.uniform(0.5, 1.5, g.shape) * np.where(g == 0, random.choice((-1.0, 1.0), g.shape), np.sign(g))
            for g in reverse
        ]
        if _disagreement(phi, x, flat, u, reverse) is None:
            continue
        path, parts = _blamed(phi, x, flat, u, reverse)
        what = _disagreement(phi, x, flat, parts, reverse) or _disagreement(phi, x, flat, u, reverse)
        raise GradientError(f"{_where(path, order)}: {what}")


def _disagreement(phi: Any, x: list[Any], flat: list[Any], u: list[Any], reverse: list[Any]) -> str | None:
    """What is wrong along the direction u, or None."""
    products = [g * d for g, d in zip(reverse, u, strict=True)]
    claimed = float(sum(np.sum(p) for p in products))
    size = float(sum(np.sum(np.abs(p)) for p in products))
    pushed = _pushed(phi, x, u)
    value = abs(float(phi(*_tensors(x))))
    if not math.isfinite(claimed):
        return f"the reverse sweep gives {claimed}"
    if not abs(pushed - claimed) <= 1e-8 * max(size, abs(pushed)) + 1e-13 * value:
        return f"forward mode gives {pushed:.12g}, the reverse sweep {claimed:.12g} (relative {_gap(pushed, claimed)})"

    def along(h: float) -> float:
        moved = [item + h * d for item, d in zip(flat, u, strict=True)]
        return float(phi(*_tensors(rebuilt(x, iter(moved)))))

    slope, error, remainders = _extrapolated(along, claimed)
    if not math.isfinite(slope):
        return "the function is not finite beside the point"
    if abs(slope - claimed) > TOLERANCE * max(size, abs(slope)) + 30 * error:
        return (
            f"the reverse sweep gives {claimed:.12g} where the function changes by {slope:.12g} "
            f"(relative {_gap(slope, claimed)}); the Taylor remainder falls like h**{_fall(remainders):.2f}, not h**3"
        )
    return None


def _extrapolated(along: Callable[[float], float], claimed: float) -> tuple[float, float, list[float]]:
    """The derivative at 0 by Ridders' extrapolation, how far it can be off, and the remainders of the claim."""
    best, error = math.nan, math.inf
    before: list[float] = []
    remainders: list[float] = []
    with np.errstate(all="ignore"):
        for h in LADDER:
            ahead, behind = along(h), along(-h)
            quotient = (ahead - behind) / (2 * h)
            if not math.isfinite(quotient):
                before = []
                continue
            remainders.append(abs(quotient - claimed) * h)
            noise = 4e-16 * max(abs(ahead), abs(behind)) / h
            row = [quotient]
            for k, old in enumerate(before, 1):
                row.append(row[-1] + (row[-1] - old) / (4.0**k - 1))
                gap = max(abs(row[k] - row[k - 1]), abs(row[k] - old)) + noise
                if gap < error:
                    best, error = row[k], gap
            before = row
    return best, error, remainders


def _fall(remainders: list[float]) -> float:
    """The exponent with which the remainders fall, over the middle rungs."""
    few = [r for r in remainders[5:12] if r > 0]
    return math.log2(few[0] / few[-1]) / (len(few) - 1) if len(few) > 1 else math.nan


def _blamed(phi: Any, x: list[Any], flat: list[Any], u: list[Any], reverse: list[Any]) -> tuple[str, list[Any]]:
    """The path to an argument, and an element of it, along which alone something is wrong: found by halves."""
    for k, (path, _) in enumerate(leaves(x)):
        alone = [d if j == k else 0 * d for j, d in enumerate(u)]
        if _disagreement(phi, x, flat, alone, reverse) is None:
            continue
        if not np.shape(u[k]):
            return path, alone
        places = list(np.ndindex(u[k].shape))
        while len(places) > 1:
            half = [0 * d for d in alone]
            for index in places[: len(places) // 2]:
                half[k][index] = u[k][index]
            is_here = _disagreement(phi, x, flat, half, reverse) is not None
            places = places[: len(places) // 2] if is_here else places[len(places) // 2 :]
        one = [0 * d for d in alone]
        one[k][places[0]] = u[k][places[0]]
        if _disagreement(phi, x, flat, one, reverse) is not None:
            return f"{path}, element {list(places[0])}", one
        return path, alone
    return "", u


def _where(path: str, order: int) -> str:
    argument = f"argument {path[1 : path.index(']')]}{path[path.index(']') + 1 :]}" if path else "all arguments"
    return f"order {order}, {argument}"


def _gap(a: float, b: float) -> str:
    return f"{abs(a - b) / max(abs(a), abs(b), 1e-300):.1e}"


def _leaf(item: Any) -> Any:
    return np.asarray(item.primal if isinstance(item, Tensor) else item, dtype=float)


def _tensors(x: list[Any]) -> list[Any]:
    return [rebuilt(arg, (constant(item) for _, item in leaves(arg))) for arg in x]


def _flat(y: Any) -> list[Any]:
    return [item for _, item in leaves(y)]


def _weighted(f: Callable[..., Any], weights: list[Any]) -> Callable[..., Tensor]:
    """The sum of the results of f, weighted."""

    def phi(*x: Any) -> Any:
        total: Any = 0.0
        for w, y in zip(weights, _flat(f(*x)), strict=True):
            total = total + (w * y).sum() if np.shape(w) else total + float(w) * y
        return total if isinstance(total, Tensor) else constant(total)

    return phi


def _gradient_of(phi: Callable[..., Tensor], count: int) -> Callable[..., list[Any]]:
    def gradient(*x: Any) -> list[Any]:
        with GradientTape() as tape:
            tape.watch(x)
            y = phi(*x)
        found: list[Any] = tape.gradient(y, list(x), unconnected_gradients="zero")
        return found

    return gradient


def _pushed(phi: Callable[..., Tensor], x: list[Any], u: list[Any]) -> float:
    """The derivative along u by forward mode."""
    primals = _tensors(x)
    with ForwardAccumulator(primals, [constant(d) for d in u]) as acc:
        y = phi(*primals)
    return float(acc.jvp(y, unconnected_gradients="zero"))


def compute_gradient(f: Callable[..., Any], x: list[Any], delta: float = 1 / 1024) -> tuple[list[Any], list[Any]]:
    """The Jacobians of f by each argument, by the tape and by central differences of step `delta`.

    >>> compute_gradient(lambda x: x * x, [3.0])
    ([array([[6.]])], [array([[6.]])])
    """
    primals = [constant(_leaf(item)) for item in x]
    with GradientTape() as tape:
        tape.watch(primals)
        y = f(*primals)
    size = int(np.prod(y.shape))
    theory = [
        np.reshape(np.asarray(j), (size, -1)) for j in tape.jacobian(y, primals, unconnected_gradients="zero")
    ]  # fmt: skip
    numbers = []
    for k, item in enumerate(primals):
        own = np.asarray(item.primal, dtype=float)
        columns = []
        for index in np.ndindex(own.shape):
            ends = []
            for step in (delta, -delta):
                moved = own.copy()
                moved[index] += step
                args = [constant(moved) if j == k else p for j, p in enumerate(primals)]
                ends.append(np.ravel(np.asarray(f(*args))))
            columns.append((ends[0] - ends[1]) / (2 * delta))
        numbers.append(np.stack(columns, axis=1) if columns else np.zeros((size, 0)))
    return theory, numbers
