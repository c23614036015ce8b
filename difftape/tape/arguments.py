"""What a tape is asked: targets, sources and output gradients, checked and flattened, and what it answers with."""

from __future__ import annotations

from typing import Any

from .nests import leaves
from .tensor import PLAIN, Tensor, constant

NONE, ZERO = "none", "zero"


def check_unconnected(name: Any) -> None:
    if name not in (NONE, ZERO):
        raise ValueError(f"Unknown value for unconnected_gradients: {name!r}; it is 'none' or 'zero'")


def tensors(nest: Any, argument: str) -> list[Tensor]:
    """The tensors of a nest, in order; raises TypeError naming the one that is none."""
    if isinstance(nest, Tensor):
        return [nest]
    if is_flat(nest):
        return nest[:]  # type: ignore[no-any-return]
    found = []
    for path, x in leaves(nest):
        if isinstance(x, Tensor):
            found.append(x)
        elif x is None:
            raise TypeError(
                f"Argument `{argument}` should be a list or nested structure of Tensors or Variables to be "
                f"differentiated, but received None{' at ' + argument + path if path else ''}."
            )
        else:
            raise TypeError(
                f"Argument `{argument}`: {argument}{path} is a {type(x).__name__}, not a Tensor or Variable; a plain "
                "number leaves no trace on a tape: make it a difftape.Variable, or a constant and watch it"
            )
    if not found and argument == "target":
        raise ValueError("Argument `target` is an empty nest: there is nothing to differentiate")
    return found


def is_flat(nest: Any) -> bool:
    """Whether this is a list of tensors, the commonest nest, with one at least."""
    return nest.__class__ is list and bool(nest) and all([isinstance(x, Tensor) for x in nest])  # noqa: C419


def seeds(given: Any, targets: list[Tensor]) -> list[Any]:
    """The cotangent of each target: what was given, or ones."""
    if given is None:
        return [ones(t) for t in targets]
    found = [x for _, x in leaves(given)]
    if len(targets) == 1 and len(found) != 1 and not any(isinstance(x, Tensor) for x in found):
        found = [constant(given)]  # a list of numbers for one target is an array
    if len(found) != len(targets):
        raise ValueError(f"output_gradients: expected {len(targets)}, one for each target, found {len(found)}")
    return [_seed(x, t, k) for k, (x, t) in enumerate(zip(found, targets, strict=True))]


def _seed(given: Any, target: Tensor, position: int) -> Any:
    if given is None:
        return ones(target)
    x = given if isinstance(given, Tensor) else constant(given)
    if x.shape != target.shape:
        raise ValueError(
            f"output_gradients[{position}] has shape {x.shape}, its target has shape {target.shape}: make them equal"
        )
    if x.primal.__class__ in (int, bool):
        return Tensor(float(x.primal))
    return x


def ones(x: Tensor) -> Tensor:
    if x.primal.__class__ in PLAIN:
        return Tensor(1.0)
    import numpy as np

    return Tensor(np.ones_like(x.primal)) if x.shape else Tensor(x.primal.dtype.type(1))


def zeros(x: Tensor) -> Tensor:
    """Zeros of the shape and dtype of a tensor."""
    if x.primal.__class__ in PLAIN:
        return Tensor(0.0)
    import numpy as np

    return Tensor(np.zeros_like(x.primal)) if x.shape else Tensor(x.primal.dtype.type(0))


def zeros_of(shape: tuple[int, ...], x: Tensor) -> Tensor:
    """Zeros of a shape, in the dtype of a tensor."""
    if not shape:
        return zeros(x)
    import numpy as np

    return Tensor(np.zeros(shape, x.dtype))


def own(total: Any) -> Any:
    """A cotangent as a tensor holds it, in an array of its own (a broadcast view is written out)."""
    if total.__class__ is float:
        return total
    flags = getattr(total, "flags", None)
    if flags is not None and flags.writeable and total.ndim:
        return total
    from .kinds import settled

    total = settled(total)
    return total.copy() if getattr(total, "ndim", 0) else total
