"""Softmax and the losses of classification, written so that large numbers do not overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...shapes import from_end, shape_of
from ..arithmetic import exp
from ..elementary import softplus
from .indexing import index
from .kind import numpy_function, plain
from .reducing import greatest, logsumexp, mean, sum_along
from .shaping import stop_gradient, sum_over


@numpy_function()
def softmax(x: Any, axis: Any = -1) -> Any:
    """Positive numbers that sum to 1, in proportion to exp(x).

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    axes = from_end(axis, len(shape_of(x)))
    weight = exp(x - greatest(stop_gradient(x), axes, True))
    return weight / sum_over(weight, axes, True)


@numpy_function()
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of softmax."""
    return x - logsumexp(x, axis, keepdims=True)


@numpy_function()
def softmax_cross_entropy(logits: Any, labels: Any, axis: int = -1) -> Any:
    """For each row, -log(softmax) of its label: a whole number, or a row of probabilities.

    >>> softmax_cross_entropy(np.zeros((1, 2)), np.array([1]))
    array([0.69314718])
    """
    (axis,) = from_end(axis, len(shape_of(logits)))
    kind = getattr(getattr(plain(labels), "dtype", None), "kind", "f")
    if kind not in "iu":
        return sum_along(labels * (logsumexp(logits, axis, keepdims=True) - logits), axis)
    own = np.asarray(plain(labels))
    steps = list(np.indices(own.shape, sparse=True)) if own.ndim > 1 else [np.arange(n) for n in own.shape]
    steps.insert(own.ndim + 1 + axis, own)
    chosen = index(logits, tuple(steps))
    return logsumexp(logits, axis) - chosen


@numpy_function()
def sigmoid_cross_entropy(logits: Any, labels: Any) -> Any:
    """-labels*log(p) - (1 - labels)*log(1 - p), p being sigmoid(logits), without overflow."""
    return softplus(logits) - logits * labels


@numpy_function()
def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """The mean of the squared differences."""
    distance = predictions - targets
    return mean(distance * distance)
