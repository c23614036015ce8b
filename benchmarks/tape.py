"""The tape beside its peers, as ratios of times taken in one run: `python benchmarks/tape.py [name …]`.

Peers (torch, autograd, tensorflow) that are not installed are skipped and named.  Every peer's answer is
compared with ours before anything is timed.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import difftape as dt

GOALS = {
    ("normal density", "torch"): 1 / 2,
    ("normal density", "autograd"): 1 / 4,
    ("normal density", "tensorflow"): 1 / 20,
    ("MLP 784-128-10", "by hand"): 1.25,
    ("MLP 784-128-10", "autograd"): 1.0,
    ("Rosenbrock 10**6", "autograd"): 1 / 2,
    ("Rosenbrock 10**6", "torch"): 1.0,
    ("jacobian 100 -> 100", "one row at a time"): 1 / 5,
    ("hessian of Rosenbrock 200", "autograd"): 1 / 5,
}


def seconds(calls: dict[str, Callable[[], Any]], rounds: int = 7, least: float = 0.02) -> dict[str, float]:
    """The least time of each call over some rounds in which they take turns."""
    counts = {}
    for name, call in calls.items():
        call()
        begin = time.perf_counter()
        call()
        counts[name] = max(1, int(least / max(1e-7, time.perf_counter() - begin)))
    best = dict.fromkeys(calls, math.inf)
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            for _ in range(counts[name]):
                call()
            best[name] = min(best[name], (time.perf_counter() - begin) / counts[name])
    return best


def compared(title: str, calls: dict[str, Callable[[], Any]], tolerance: float = 1e-9) -> None:
    """Prints our time, and its ratio to that of every peer, beside the goal."""
    ours = flat(calls["difftape"]())
    for name, call in calls.items():
        np.testing.assert_allclose(flat(call()), ours, rtol=tolerance, atol=tolerance, err_msg=f"{title}: {name}")
    times = seconds(calls)
    print(f"{title}: {1e6 * times['difftape']:.1f} us")
    for name in calls:
        if name != "difftape":
            ratio, goal = times["difftape"] / times[name], GOALS.get((title, name))
            verdict = "" if goal is None else f"   goal {goal:.3g}: {'reached' if ratio <= goal else 'MISSED'}"
            print(f"    {ratio:8.3f} x {name} ({1e6 * times[name]:.1f} us){verdict}")


def flat(answer: Any) -> Any:
    """All numbers of an answer in a row."""
    parts = answer if isinstance(answer, (list, tuple)) else [answer]
    return np.concatenate([flat(p) if isinstance(p, (list, tuple)) else np.ravel(np.asarray(p)) for p in parts])


def peer(name: str) -> Any:
    """The module of a peer, or None."""
    try:
        return __import__(name)
    except ImportError:
        print(f"(skipped: {name} is not installed)")
        return None


torch, autograd, tensorflow = peer("torch"), peer("autograd"), peer("tensorflow")
if autograd:
    import autograd.numpy as anp


def density(m: Any, theta: Any, sigma: Any) -> Any:
    return m.exp(-((theta / sigma) ** 2) / 2) / (math.sqrt(2 * math.pi) * sigma)


def normal_density() -> None:
    def ours() -> Any:
        x, y = dt.Variable(1.3), dt.Variable(2.1)
        with dt.GradientTape() as tape:
            v = density(dt, x, y)
        return v, tape.gradient(v, [x, y])

    calls: dict[str, Callable[[], Any]] = {"difftape": ours}
    if torch:

        def by_torch() -> Any:
            x = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
            y = torch.tensor(2.1, dtype=torch.float64, requires_grad=True)
            v = density(torch, x, y)
            return v.detach(), torch.autograd.grad(v, (x, y))

        calls["torch"] = by_torch
    if autograd:
        g = autograd.value_and_grad(lambda t: density(anp, t[0], t[1]))
        calls["autograd"] = lambda: g((1.3, 2.1))
    if tensorflow:

        def by_tensorflow() -> Any:
            x = tensorflow.Variable(1.3, dtype=tensorflow.float64)
            y = tensorflow.Variable(2.1, dtype=tensorflow.float64)
            with tensorflow.GradientTape() as tape:
                v = density(tensorflow, x, y)
            return v, tape.gradient(v, [x, y])

        calls["tensorflow"] = by_tensorflow
    compared("normal density", calls)


def mlp() -> None:
    r = np.random.default_rng(0)
    x, labels = r.normal(size=(256, 784)), r.integers(0, 10, 256)
    w1, b1, w2, b2 = r.normal(size=(784, 128)) / 28, np.zeros(128), r.normal(size=(128, 10)) / 11, np.zeros(10)
    one_hot = np.eye(10)[labels]

    def by_hand() -> Any:
        z = x @ w1 + b1
        h = np.maximum(z, 0.0)
        logits = h @ w2 + b2
        top = logits - logits.max(axis=1, keepdims=True)
        e = np.exp(top)
        total = e.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total)[:, 0] - top[np.arange(256), labels])
        g = (e / total - one_hot) / 256
        dh = (g @ w2.T) * (z > 0)
        return loss, [x.T @ dh, dh.sum(axis=0), h.T @ g, g.sum(axis=0)]

    variables = [dt.Variable(p) for p in (w1, b1, w2, b2)]

    def ours() -> Any:
        with dt.GradientTape() as tape:
            h = np.maximum(x @ variables[0] + variables[1], 0.0)
            loss = np.mean(dt.softmax_cross_entropy(h @ variables[2] + variables[3], labels))
        return loss, tape.gradient(loss, variables)

    calls: dict[str, Callable[[], Any]] = {"difftape": ours, "by hand": by_hand}
    if autograd:

        def loss_of(p: Any) -> Any:
            h = anp.maximum(anp.dot(x, p[0]) + p[1], 0.0)
            logits = anp.dot(h, p[2]) + p[3]
            top = logits - anp.max(logits, axis=1, keepdims=True)
            return anp.mean(anp.log(anp.sum(anp.exp(top), axis=1)) - top[anp.arange(256), labels])

        g = autograd.value_and_grad(loss_of)
        calls["autograd"] = lambda: g([w1, b1, w2, b2])
    compared("MLP 784-128-10", calls)


def rosenbrock(x: Any) -> Any:
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def large_rosenbrock() -> None:
    x = np.random.default_rng(0).normal(size=10**6)
    v = dt.Variable(x)

    def ours() -> Any:
        with dt.GradientTape() as tape:
            y = rosenbrock(v)
        return y, tape.gradient(y, v)

    def by_hand() -> Any:
        a, b = x[:-1], x[1:]
        d, e = b - a * a, 1.0 - a
        g = np.empty_like(x)
        g[:-1] = -400.0 * a * d - 2.0 * e
        g[-1] = 0.0
        g[1:] += 200.0 * d
        return 100.0 * np.dot(d, d) + np.dot(e, e), g

    calls: dict[str, Callable[[], Any]] = {"difftape": ours, "by hand": by_hand}
    if torch:
        t = torch.tensor(x, requires_grad=True)

        def by_torch() -> Any:
            y = rosenbrock(t)
            return y.detach(), torch.autograd.grad(y, t)

        calls["torch"] = by_torch
    if autograd:
        g = autograd.value_and_grad(rosenbrock_of_autograd)
        calls["autograd"] = lambda: g(x)
    compared("Rosenbrock 10**6", calls)


def rosenbrock_of_autograd(x: Any) -> Any:
    return anp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def jacobian() -> None:
    r = np.random.default_rng(0)
    w1, w2, x = r.normal(size=(100, 100)) / 10, r.normal(size=(100, 100)) / 10, dt.Variable(r.normal(size=100))

    def recorded() -> tuple[Any, Any]:
        with dt.GradientTape(persistent=True) as tape:
            y = np.tanh(np.sin(np.tanh(x @ w1) @ w2) * x)
        return tape, y

    def batched() -> Any:
        tape, y = recorded()
        return tape.jacobian(y, x)

    def rows() -> Any:
        tape, y = recorded()
        return np.stack([np.asarray(tape.gradient(y, x, output_gradients=row)) for row in np.eye(100)])

    compared("jacobian 100 -> 100", {"difftape": batched, "one row at a time": rows})


def hessian() -> None:
    x = np.random.default_rng(0).normal(size=200)
    h = dt.hessian(rosenbrock)
    calls: dict[str, Callable[[], Any]] = {"difftape": lambda: h(x)}
    if autograd:
        by_autograd = autograd.hessian(rosenbrock_of_autograd)
        calls["autograd"] = lambda: by_autograd(x)
    if torch:
        t = torch.tensor(x)
        calls["torch"] = lambda: torch.autograd.functional.hessian(rosenbrock, t)
    compared("hessian of Rosenbrock 200", calls)


ALL = {"density": normal_density, "mlp": mlp, "rosenbrock": large_rosenbrock, "jacobian": jacobian, "hessian": hessian}

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        ALL[name]()
