"""Memory for time: a function of which a tape keeps the arguments, and computes the rest again for the gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from . import present
from .custom import Reads, applied, named
from .gradient_tape import GradientTape
from .nests import leaves
from .tensor import Tensor, Variable, constant, is_differentiable


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of which a tape keeps the arguments only: it is computed again for the gradient.

    >>> v = Variable(2.0)
    >>> with GradientTape() as tape:
    ...     y = checkpoint(lambda x: x * x * x)(v)
    >>> tape.gradient(y, v)
    <Tensor 12.0>
    """

    @wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        watching = Reads()
        with present.Recording([watching]):
            value = f(*args, **kwargs)
        operands = [x for _, x in leaves(list(args))]
        known = {x.serial for x in operands if isinstance(x, Variable)}
        read = [v for v in watching.variables.values() if v.serial not in known]
        inputs = [x for x in operands if isinstance(x, Tensor) and is_differentiable(x)]

        def rule(*dys: Any, variables: Any = ()) -> Any:
            with GradientTape(watch_accessed_variables=False) as tape:
                tape.watch([*inputs, *read])
                again = f(*args, **kwargs)
            targets = [x if isinstance(x, Tensor) else constant(x) for _, x in leaves(again)]
            found = tape.gradient(targets, [*inputs, *read], output_gradients=list(dys))
            by = dict(zip([x.serial for x in inputs], found, strict=False))
            first = [by.get(x.serial) if isinstance(x, Tensor) else None for x in operands]
            return (first, found[len(inputs) :]) if read else first

        return applied(value, rule, operands, read, f"checkpoint of {named(f)}")

    return call


recompute_grad = checkpoint
