"""Rules of the user's own: custom_gradient and stop_gradient.

A call with a rule of its own is a step like any other; its primitive is made for the call.  A function with
several results is one step whose value is a `Bundle`, and one more step for each result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..shapes import shape_of
from ..table.arrays import shaping
from ..table.arrays.kind import ArrayPrimitive, LinearMap
from . import present
from .batched import Batch
from .gradient_tape import GradientTape
from .nests import leaves, rebuilt
from .tensor import Tensor, Variable, constant


class Bundle:
    """The results of a function that has several, or their cotangents, of which some may be None."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __add__(self, other: Bundle) -> Bundle:
        return Bundle(
            [b if a is None else a if b is None else a + b for a, b in zip(self.items, other.items, strict=True)]
        )


class Reads:
    """A recorder that notes the trainable variables that are read."""

    def __init__(self) -> None:
        self.variables: dict[int, Variable] = {}

    def record(self, primitive: Any, operands: tuple[Any, ...], result: Tensor, position: int) -> None:
        """Notes the variables among the operands."""
        for x in operands:
            if isinstance(x, Variable) and x.trainable:
                self.variables.setdefault(x.serial, x)

    def knows(self, x: Tensor) -> bool:
        """It follows nothing."""
        return False

    def depart(self, x: Tensor) -> None:
        """It follows nothing."""


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the derivative that it says itself: it returns its value and a function of cotangents.

    >>> @custom_gradient
    ... def clipped(x):
    ...     return x, lambda dy: 0.5 * dy
    >>> v = Variable(2.0)
    >>> with GradientTape() as tape:
    ...     y = clipped(v)
    >>> tape.gradient(y, v)
    <Tensor 0.5>
    """

    @wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        watching = Reads()
        with present.Recording([*present.here.recorders, watching]):
            answer = f(*args, **kwargs)
        if not isinstance(answer, tuple) or len(answer) != 2 or not callable(answer[1]):
            raise ValueError(
                f"custom_gradient: {named(f)} must return a pair, its value and a function of the cotangents; "
                f"it returned {type(answer).__name__}"
            )
        value, rule = answer
        operands = [x for _, x in leaves(list(args))]
        known = {x.serial for x in operands if isinstance(x, Variable)}
        variables = [v for v in watching.variables.values() if v.serial not in known]
        return applied(value, rule, operands, variables, "custom_gradient function")

    return call


def applied(value: Any, rule: Callable[..., Any], operands: list[Any], variables: list[Variable], name: str) -> Any:
    """The value as new tensors that depend on the operands by the given rule only."""
    if variables and not _takes_variables(rule):
        raise TypeError(
            "custom_gradient: the function reads variables that are no arguments "
            f"({', '.join(repr(v) for v in variables)}), so its gradient function must take a keyword "
            "`variables` and return a pair: gradients of the arguments, and of the variables"
        )
    outputs = [x if isinstance(x, Tensor) else constant(x) for _, x in leaves(value)]
    if not outputs:
        raise ValueError(f"{name}: the value is empty")
    places = [k for k, x in enumerate(operands) if isinstance(x, Tensor)]
    sources: list[Tensor] = [operands[k] for k in places] + list(variables)
    if not sources:
        return rebuilt(value, iter(outputs))
    width = len(operands)

    def pull(g: Any) -> list[Any]:
        dys = g.items if isinstance(g, Bundle) else [g]
        is_plain = not any(isinstance(dy, Tensor) for dy in dys)
        dys = [
            _zeros_like(y) if dy is None else dy if isinstance(dy, Tensor) else Tensor(dy)
            for dy, y in zip(dys, shapes, strict=True)
        ]
        found = _answered(rule, dys, width, variables, name)
        wanted = [found[k] for k in places] + found[width:]
        for k, (x, shape) in enumerate(zip(wanted, inputs, strict=True)):
            if x is not None and not _sums_to(shape_of(x), shape):
                raise ValueError(f"InvalidBackprop: {name} gradient {k} has shape {shape_of(x)}, its input {shape}")
        return [x.primal if is_plain and isinstance(x, Tensor) else x for x in wanted]

    shapes = [_Shape(y) for y in outputs]
    inputs = [x.shape for x in sources]
    results = _recorded(outputs, sources, pull, name)
    return rebuilt(value, iter(results))


def _sums_to(wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    """Whether an array of the first shape can be summed to the second, or is a plain number to repeat."""
    if not wide:
        return True
    ends = zip(wide[::-1], narrow[::-1], strict=False)
    return len(wide) >= len(narrow) and all(n in (m, 1) for m, n in ends)


class _Shape:
    """What a zero cotangent of an output is made by, when the output is gone."""

    __slots__ = ("dtype", "shape")

    def __init__(self, y: Tensor) -> None:
        self.shape = y.shape
        self.dtype = y.dtype


def _zeros_like(y: _Shape) -> Tensor:
    return constant(0.0) if not y.shape else Tensor(np.zeros(y.shape, y.dtype))


def _answered(rule: Any, dys: list[Any], width: int, variables: list[Variable], name: str) -> list[Any]:
    """The gradients that a rule returns, one for each operand and variable."""
    if variables:
        answer, more = rule(*dys, variables=variables)
        extra = list(more) if isinstance(more, (list, tuple)) else [more]
    else:
        answer, extra = rule(*dys), []
    found = [x for _, x in leaves(answer)] if answer is not None else [None] * width
    if len(found) != width:
        few = " (InvalidBackprop: too few gradients)" if len(found) < width else ""
        raise ValueError(f"{name} expected to return {width} gradients, but returned {len(found)} instead.{few}")
    if len(extra) != len(variables):
        raise ValueError(f"{name} expected to return {len(variables)} variable gradients, but returned {len(extra)}.")
    return found + extra


def _recorded(outputs: list[Tensor], sources: list[Tensor], pull: Callable[[Any], list[Any]], name: str) -> list[Any]:
    """New tensors for the outputs, recorded as one call on the sources."""
    is_single = len(outputs) == 1
    last: list[Any] = [None, None]

    def pull_of(index: int) -> Callable[[Any], Any]:
        def one(g: Any) -> Any:
            if g.__class__ is Batch:
                return _by_members(lambda member: one(member), g)
            if last[0] is not g:
                last[:] = g, pull(g)
            found = last[1][index]
            if index == len(sources) - 1:
                last[:] = None, None
            return found

        return one

    def push_of(index: int) -> Callable[[Any], Any] | None:
        return None if is_single else lambda t: _transposed_bundle(pull_of(index), t, outputs_shapes)

    outputs_shapes = [_Shape(y) for y in outputs]
    partials = tuple(_partial(pull_of(k), push_of(k)) for k in range(len(sources)))
    primitive = ArrayPrimitive(name, lambda *_: None, partials, None, "a call with a rule of its own")
    if is_single:
        return [_told(primitive, tuple(sources), Tensor(outputs[0].primal))]
    bundle = _told(primitive, tuple(sources), Tensor(Bundle([y.primal for y in outputs])))
    return [_told(_item(k, len(outputs)), (bundle,), Tensor(y.primal)) for k, y in enumerate(outputs)]


def _partial(pull: Any, push: Any) -> Any:
    """A rule whose map is known beforehand: it looks neither at the result nor at the operands."""

    def rule(y: Any, *operands: Any) -> LinearMap:
        return LinearMap(pull, push, makes=False)

    rule.needs = ()  # type: ignore[attr-defined]
    rule.may_cut = True  # type: ignore[attr-defined]  # it may answer None
    return rule


def _item(index: int, count: int) -> ArrayPrimitive:
    """The primitive that takes one result out of a bundle."""
    rule = _partial(lambda g: Bundle([g if k == index else None for k in range(count)]), lambda t: t.items[index])
    return ArrayPrimitive("item", lambda bundle: bundle.items[index], (rule,), None, "one result of several")


def _told(primitive: ArrayPrimitive, operands: tuple[Any, ...], result: Tensor) -> Tensor:
    for position, recorder in enumerate(present.here.recorders):
        recorder.record(primitive, operands, result, position)
    return result


def _by_members(pull: Callable[[Any], Any], g: Batch) -> Any:
    """The pull of every member of a batch, one after the other."""
    from ..table.arrays.joining import stack

    found = [pull(g.stacked[k]) for k in range(g.size)]
    return None if found[0] is None else Batch(stack(found))


def _transposed_bundle(pull: Callable[[Any], Any], t: Tensor, shapes: list[_Shape]) -> Bundle:
    """The tangents of all results for a tangent of one operand: the transpose of the pull."""
    gs = [_zeros_like(y) for y in shapes]
    with GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(gs)
        y = pull(Bundle(list(gs)))
    if not isinstance(y, Tensor):
        return Bundle([_zeros_like(s) for s in shapes])
    return Bundle(tape.gradient(y, gs, output_gradients=t, unconnected_gradients="zero"))


def stop_gradient(x: Any) -> Any:
    """The value, or nest of values, through which no derivative passes.

    >>> v = Variable(2.0)
    >>> with GradientTape() as tape:
    ...     y = v * stop_gradient(v)
    >>> tape.gradient(y, v)
    <Tensor 2.0>
    """
    return rebuilt(x, (shaping.stop_gradient(item) if isinstance(item, Tensor) else item for _, item in leaves(x)))


def _takes_variables(rule: Any) -> bool:
    parameters = inspect.signature(rule).parameters.values()
    return any(p.name == "variables" or p.kind is p.VAR_KEYWORD for p in parameters)


def named(f: Any) -> str:
    """What the user calls a function."""
    return getattr(f, "__name__", repr(f))
