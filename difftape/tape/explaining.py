"""Why a gradient is None: what happened on the way from the source to the target, told as a sentence."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .sweep import connected
from .tensor import Tensor, Variable, is_differentiable
from .trace import Trace, users_frame

Names = dict[int, str]


def explanation(trace: Trace | None, targets: list[Tensor], source: Tensor, names: Names) -> str:
    """Why the source receives nothing from the targets, or that it does receive something."""
    x, y = _name(source, names, "the source"), _name(targets[0], names, "the target")
    if trace is None:
        return "the tape never recorded anything: compute the target inside `with tape:`"
    if not is_differentiable(source):
        return f"{x} has dtype {source.dtype}, by which nothing can be differentiated: make it a float"
    ends = [p for p in (trace.known(t) for t in targets if is_differentiable(t)) if p is not None]
    places = trace.places_of(source)
    if ends and any(connected(trace, ends, places, by_rules=True)):
        return f"the gradient of {y} by {x} is not None: a path leads from one to the other"
    if not places:
        return _unwatched(trace, source, x)
    cut = _cut(trace, [p for p in (trace.known(t) for t in targets) if p is not None], places)
    if cut:
        return cut
    whole = next((t for t in targets if not is_differentiable(t)), None)
    if whole is not None:
        return f"{y} has dtype {whole.dtype}, which has no derivative"
    if not ends:
        return _off_the_tape(trace, targets[0], x, y)
    return f"{y} does not depend on {x}: no operation on the way to it used {x}{_left(trace)}"


def later(trace: Trace | None, target: Any, source: Tensor) -> Callable[[], str]:
    """The explanation for when it is asked for, without keeping the trace or the values alive."""
    targets = [target] if isinstance(target, Tensor) else []
    held = [weakref.ref(x) for x in (trace, source, *targets) if x is not None]

    def sentence() -> str:
        alive = [ref() for ref in held]
        if any(x is None for x in alive) or len(alive) < 3:
            return "A gradient was None: tape.explain(target, source) says why."
        return f"A gradient was None: {explanation(alive[0], [alive[2]], alive[1], names_around())}."  # type: ignore[arg-type, list-item]

    return sentence


def names_around() -> Names:
    """The names that the user's function gives to tensors, by serial."""
    frame = users_frame()
    both = {**frame.f_globals, **frame.f_locals} if frame.f_locals is not frame.f_globals else frame.f_locals
    return {x.serial: name for name, x in list(both.items()) if isinstance(x, Tensor) and not name.startswith("_")}


def _name(x: Tensor, names: Names, otherwise: str) -> str:
    if x.serial in names:
        return f"`{names[x.serial]}`"
    if isinstance(x, Variable) and x.name != "Variable":
        return f"`{x.name}`"
    return otherwise


def _unwatched(trace: Trace, source: Tensor, x: str) -> str:
    argument = x.strip("`").replace("the source", "x")
    if isinstance(source, Variable):
        if source.serial in trace.variables:
            return f"{x} was watched, but never read while the tape recorded"
        if not source.trainable:
            return f"{x} is a variable with trainable=False and was never watched: call tape.watch({argument})"
        if not trace.watches_variables:
            return f"{x} was never watched (watch_accessed_variables=False): call tape.watch({argument})"
        return f"{x} was never read while the tape recorded{_left(trace)}"
    if source.serial > trace.begun:
        return f"{x} was not computed from anything that the tape watches{_left(trace)}"
    return f"{x} is a constant and was never watched: call tape.watch({argument})"


def _cut(trace: Trace, ends: list[int], sources: list[int]) -> str:
    """Where every path was cut, if there was one."""
    below = set(sources)
    for place in range(min(sources), len(trace.steps)):
        if any(p in below for p in trace.steps[place][1:]):
            below.add(place)
    above = set(ends)
    for place in range(max(ends, default=-1), -1, -1):
        if place in above:
            above.update(p for p in trace.steps[place][1:] if p is not None)
    for place, where in trace.cuts.items():
        if place in below and place in above:
            return _told(trace.steps[place][0].name, where)
    return ""


def _told(name: str, where: str) -> str:
    if name == "stop_gradient":
        return f"the path was cut by stop_gradient at {where}"
    if name.startswith(("astype", "arg")):
        return f"the path became an integer at {name}, {where}"
    return f"the path was cut by {name} at {where}: its derivative is zero wherever it has one"


def _off_the_tape(trace: Trace, target: Tensor, x: str, y: str) -> str:
    if target.serial < trace.begun:
        return f"{y} was computed before the tape was entered"
    if trace.spent_at is not None and target.serial > trace.spent_at:
        return (
            f"{y} was computed after tape.gradient was called inside a non-persistent tape, which stopped it: "
            "pass persistent=True, or call gradient after the `with` block"
        )
    for begin, end in trace.pauses:
        if begin < target.serial <= (end or target.serial):
            return f"{y} was computed while the tape was not recording (stop_recording)"
    if trace.left_at is not None and target.serial > trace.left_at:
        return f"{y} was computed after the tape was left"
    return f"{y} was not computed from anything that the tape watches, {x} included{_left(trace)}"


def _left(trace: Trace) -> str:
    """What became a plain number or array, off the tape, if something did."""
    return (
        f"; a value left the tape at {trace.departure}, where it became a plain array or number"
        if (trace.departure)
        else ""
    )
