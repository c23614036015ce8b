"""A question for balls, and how it is answered: until the radius is small, or over all of a box.

A number that balls do not decide is left out of the answer, with the reason and the place in its stead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from .answer import Answer
from .certify import replay
from .certify.ball import Interval, Uncertain, ends, precision
from .certify.enclosure import between, enclosure
from .certify.ranges import enclosed
from .errors import DomainError
from .graph import Program

_RANGE_BITS = 128
_RANGE_DIGITS = 17

Balls = Mapping[str, Any]


class Query(NamedTuple):
    """A question for several numbers, each under its key.

    `ask`     the balls of some keys at a point, at flint's working precision
    `slopes`  for one key, how fast the number changes along some variables
    `label`   what a person calls it
    """

    program: Program
    at: Mapping[str, Any]
    order: int
    keys: Sequence[str]
    ask: Callable[[Mapping[str, Any], Sequence[str]], Balls]
    slopes: Callable[[Mapping[str, Any], str, Sequence[str]], Balls] | None
    label: Callable[[str], str]


def answered(query: Query, digits: int) -> Answer:
    """All numbers of a query; where not all can be had at once, each by itself."""
    value, failure = _value(query, digits)
    errors: dict[str, Any] = {}
    numbers: dict[str, Any] = {}
    if not query.keys and failure is not None:
        errors[""] = _error(query, "", failure)
    has_interval = any(x.__class__ is Interval for x in query.at.values())
    groups = [[key] for key in query.keys] if has_interval else [list(query.keys)] if query.keys else []
    while groups:
        keys = groups.pop(0)
        try:
            numbers.update(_numbers(query, keys, digits))
        except Uncertain as failure:
            if len(keys) > 1:
                groups = [[key] for key in keys] + groups
            else:
                numbers[keys[0]], errors[keys[0]] = None, _error(query, keys[0], failure)
    at: Any = {name: shown_at(x) for name, x in query.at.items()}
    statuses = {key: "undecided" if key in errors else "ok" for key in query.keys or ("",)}
    found: Any = {key: numbers[key] for key in query.keys}
    return Answer(query.program.text, at, query.order, value, found, statuses, errors=errors)


def _value(query: Query, digits: int) -> tuple[Any, Uncertain | None]:
    program = query.program

    def ask(at: Mapping[str, Any], keys: Sequence[str]) -> Balls:
        return {"": replay.value(program, at)}

    def slopes(at: Mapping[str, Any], key: str, along: Sequence[str]) -> Balls:
        return replay.gradient(program, at, along)

    try:
        return _numbers(query._replace(ask=ask, slopes=slopes), [""], digits)[""], None
    except Uncertain as failure:
        return None, failure


def _numbers(query: Query, keys: Sequence[str], digits: int) -> Balls:
    """The enclosures of some keys; raises Uncertain."""
    intervals = [name for name, x in query.at.items() if x.__class__ is Interval]
    if not intervals:
        found = replay.settled(lambda: query.ask(query.at, keys), digits)
        return {key: enclosure(x, digits) for key, x in found.items()}
    numbers = {}
    with precision(_RANGE_BITS):
        box = {name: ends(query.at[name]) for name in intervals}
        for key in keys:
            number = partial(_at, query, key)
            slopes = None if query.slopes is None else partial(_slopes_at, query, key, intervals)
            numbers[key] = between(*enclosed(number, slopes, box), _RANGE_DIGITS)
    return numbers


def _at(query: Query, key: str, moved: Mapping[str, Any]) -> Any:
    return query.ask({**query.at, **moved}, [key])[key]


def _slopes_at(query: Query, key: str, along: Sequence[str], moved: Mapping[str, Any]) -> Balls:
    assert query.slopes is not None
    return query.slopes({**query.at, **moved}, key, along)


def _error(query: Query, key: str, failure: Uncertain) -> DomainError:
    """Why there is no ball."""
    shown = [f"{name}={shown_at(x)}" for name, x in query.at.items()]
    place = ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")
    label = query.label(key) + ": " if key and len(query.program.variables) > 1 else ""
    return DomainError(
        f"{label}it cannot be certified here: {failure.reason}",
        status="undecided",
        span=None if failure.place is None else query.program.spans[failure.place],
        source=query.program.text,
        place=place,
        hint="without --certify difftape says what kind of point it is",
        call="without certify=True difftape says what kind of point it is",
    )


def shown_at(x: Any) -> str:
    """A coordinate as it may be given again."""
    return str(x.text)
