"""Functions of functions, for those who know JAX or autograd: grad, value_and_grad, jacobian, hessian, hvp, jvp, vjp.

The arguments may be floats, arrays, tensors, or nests of them.  The answers are plain floats and arrays, unless
somebody is recording or an argument is a tensor: then they are tensors, and can be differentiated again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

from ..errors import DifftapeWarning
from . import present
from .arguments import zeros
from .forward import ForwardAccumulator
from .gradient_tape import GradientTape
from .nests import leaves, rebuilt
from .tensor import Tensor, constant, plain

Argnums = int | tuple[int, ...]


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """The function that gives f's value, a single number, and its gradient.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def call(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        is_open, inputs, chosen = _inputs(args, argnums)
        with GradientTape() as tape:
            tape.watch(chosen)
            y = _value(f, inputs, kwargs)
        if y.shape:
            raise ValueError(
                f"grad: the function must return a single number, it returned shape {y.shape}: "
                "sum it, or use difftape.jacobian"
            )
        g = tape.gradient(y, chosen)
        _note_departure(tape, y, chosen, g)
        g = rebuilt(
            chosen, (zeros(x) if d is None else d for (_, x), (_, d) in zip(leaves(chosen), leaves(g), strict=True))
        )
        return _closed(y, is_open), _closed(_picked(g, argnums), is_open)

    return wraps(f)(call) if hasattr(f, "__name__") else call


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that is the gradient of f.

    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    def call(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return wraps(f)(call) if hasattr(f, "__name__") else call


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that is the Jacobian of f, of shape (*result, *argument).

    >>> jacobian(lambda x: x * x)(3.0)
    6.0
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        is_open, inputs, chosen = _inputs(args, argnums)
        with GradientTape() as tape:
            tape.watch(chosen)
            y = _output(f, inputs, kwargs)
        return _closed(_picked_rows(tape.jacobian(y, chosen, unconnected_gradients="zero"), y, argnums), is_open)

    return call


def hessian(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that is the matrix of second derivatives of f, in one batched sweep over its gradient.

    >>> hessian(lambda x: x**3)(2.0)
    12.0
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """The Hessian of f times a vector, forward over reverse: at the cost of a few gradients.

    >>> hvp(lambda x: x**3, 2.0, 1.0)
    12.0
    """
    is_open, x, t = _paired(primals, tangents)
    with ForwardAccumulator(x, t) as acc:
        with GradientTape() as tape:
            tape.watch(x)
            y = _value(f, _spread(x), {})
        g = tape.gradient(y, x, unconnected_gradients="zero")
    return _closed(acc.jvp(g, unconnected_gradients="zero"), is_open)


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of f, and its derivative along the tangents; a tuple of primals is several arguments.

    >>> jvp(lambda x: x * x, 3.0, 1.0)
    (9.0, 6.0)
    """
    is_open, x, t = _paired(primals, tangents)
    with ForwardAccumulator(x, t) as acc:
        y = _output(f, _spread(x), {})
    return _closed(y, is_open), _closed(acc.jvp(y, unconnected_gradients="zero"), is_open)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of f, and the function that pulls a cotangent of it back to the arguments, as often as it is called.

    >>> y, pull = vjp(lambda x: x * x, 3.0)
    >>> y, pull(2.0)
    (9.0, (12.0,))
    """
    is_open, inputs, _ = _inputs(primals, tuple(range(len(primals))))
    with GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        y = _output(f, inputs, {})

    def pull(cotangent: Any = None) -> Any:
        given = None if cotangent is None else cotangent
        found = tape.gradient(y, tuple(inputs), output_gradients=given, unconnected_gradients="zero")
        return _closed(found, is_open or _has_tensor(given))

    return _closed(y, is_open), pull


def _inputs(args: tuple[Any, ...], argnums: Argnums) -> tuple[bool, list[Any], list[Any]]:
    """Whether answers stay tensors, the arguments with the chosen ones as tensors, and those."""
    is_open = _has_tensor(args)
    inputs = list(args)
    for k in argnums if isinstance(argnums, tuple) else (argnums,):
        if not -len(args) <= k < len(args):
            raise ValueError(f"argnums: there is no argument {k} among {len(args)}")
        inputs[k] = rebuilt(args[k], (_tensor(x, f"argument {k}{path}") for path, x in leaves(args[k])))
    return is_open, inputs, [inputs[k] for k in (argnums if isinstance(argnums, tuple) else (argnums,))]


def _tensor(x: Any, what: str) -> Tensor:
    """A float or array as a tensor of its own, a tensor as it is."""
    if isinstance(x, Tensor):
        from ..table.arrays.shaping import identity

        return identity(x)  # type: ignore[no-any-return]
    if isinstance(x, bool) or x is None or isinstance(x, str):
        raise TypeError(f"{what} is {x!r}: expected a float or an array of floats")
    t = Tensor(float(x)) if isinstance(x, int) else Tensor(plain(x, None, what))
    kind = getattr(t.primal, "dtype", None)
    if kind is not None and kind.kind in "iu":
        return constant(t.primal, dtype=float)
    if kind is not None and kind.kind not in "fc":
        raise TypeError(f"{what} has dtype {kind}: expected a float or an array of floats")
    return t


def _paired(primals: Any, tangents: Any) -> tuple[bool, Any, Any]:
    is_open = _has_tensor(primals) or _has_tensor(tangents)
    x = rebuilt(primals, (_tensor(p, f"primals{path}") for path, p in leaves(primals)))
    t = rebuilt(tangents, (_tensor(p, f"tangents{path}") for path, p in leaves(tangents)))
    return is_open, x, t


def _spread(x: Any) -> list[Any]:
    return list(x) if isinstance(x, tuple) else [x]


def _has_tensor(nest: Any) -> bool:
    return bool(present.here.recorders) or any(isinstance(x, Tensor) for _, x in leaves(nest))


def _output(f: Callable[..., Any], inputs: list[Any], kwargs: dict[str, Any]) -> Any:
    y = f(*inputs, **kwargs)
    if y is None:
        raise ValueError(
            "Cannot differentiate a function that returns None; did you forget to return a value from "
            f"{getattr(f, '__name__', 'it')}?"
        )
    return rebuilt(y, (x if isinstance(x, Tensor) else constant(x) for _, x in leaves(y)))


def _value(f: Callable[..., Any], inputs: list[Any], kwargs: dict[str, Any]) -> Tensor:
    y = _output(f, inputs, kwargs)
    if not isinstance(y, Tensor):
        raise ValueError(f"grad: the function must return a single number, it returned a {type(y).__name__}")
    return y


def _note_departure(tape: GradientTape, y: Tensor, chosen: list[Any], g: list[Any]) -> None:
    """Warns if nothing came back, and a value became a plain number or array on the way."""
    trace = tape._trace
    if trace is None or not trace.departure or any(d is not None for _, d in leaves(g)):
        return
    warnings.warn(
        f"the gradient is zero because the result was not computed from the arguments: a value left the tape at "
        f"{trace.departure}, where it became a plain array or number (math.sin(x), np.array([x]) and float(x) do "
        "that; difftape.sin(x) and difftape.stack([x]) do not)",
        DifftapeWarning,
        stacklevel=3,
    )


def _picked(found: list[Any], argnums: Argnums) -> Any:
    return tuple(found) if isinstance(argnums, tuple) else found[0]


def _picked_rows(rows: Any, y: Any, argnums: Argnums) -> Any:
    """The Jacobians of each result, by the one argument or by a tuple of them."""
    if isinstance(y, Tensor):
        return _picked(rows, argnums)
    if isinstance(y, dict):
        return {key: _picked_rows(rows[key], y[key], argnums) for key in y}
    return type(y)([_picked_rows(row, part, argnums) for row, part in zip(rows, y, strict=True)])


def _closed(nest: Any, is_open: bool) -> Any:
    """Plain numbers and arrays, unless the answers are to stay tensors."""
    if is_open:
        return nest
    return rebuilt(nest, (x.primal if isinstance(x, Tensor) else x for _, x in leaves(nest)))
