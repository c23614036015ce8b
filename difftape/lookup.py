"""What is known of an entry of the table, for people: its rules as formulas, its example worked out, its hard points.

Nothing here is a second list: it is read off the entry, or computed from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .errors import DifftapeError, UsageError
from .expression import Expression, parse
from .graph import Graph
from .node import Node
from .primitives import ALIASES, INFIX, PREFIX, TABLE, Primitive
from .printer import printed
from .report.reference import Facts, domain, operands, signature

_LIBRARIES = ("numpy", "scipy", "sympy", "mpmath", "libm")
_DIGITS = 15  # with which a hard point is looked at that no double is, such as pi/2
_FAR = 5.0  # from 0, the end of a plot
_FIRST = 40  # characters of a word that are looked up


def named(name: str) -> Primitive:
    """The entry called `name`, by its name, an alias or its sign; raises UsageError with the nearest name.

    >>> named("ln").name, named("**").name
    ('log', 'pow')
    """
    known = TABLE.get(ALIASES.get(name, name)) or INFIX.get(name) or PREFIX.get(name)
    if known is None:
        from .mistakes import nearest

        near = nearest(name)
        hint = f"did you mean '{near}'?" if near else "all functions: difftape functions"
        raise UsageError(f"unknown function '{name[:_FIRST]}'", hint=hint)
    return known


def found(word: str) -> list[Primitive]:
    """The entries that have every part of a text in their name, aliases, description, rules or names elsewhere.

    Those that have it in their name or an alias come first; capitals do not count.

    >>> [p.name for p in found("arct")], found("integral sine")[0].name
    (['atan', 'atan2', 'atanh'], 'Si')
    """
    parts = word.lower().split()
    if not parts:
        raise UsageError("nothing to search for", hint="write a word, such as difftape functions --search inverse")
    ranked: list[tuple[int, Primitive]] = []
    for primitive in TABLE.values():
        names = " ".join((primitive.name, primitive.symbol, *primitive.aliases)).lower()
        text = " ".join((names, *_described(primitive))).lower()
        if all(part in text for part in parts):
            ranked.append((0 if all(part in names for part in parts) else 1, primitive))
    if not ranked:
        from .mistakes import nearest

        near = nearest(word.strip())
        raise UsageError(
            f"no function has '{word[:_FIRST]}' in what is known of it",
            hint=f"did you mean '{near}'?" if near else "all functions: difftape functions",
        )
    return [primitive for _, primitive in sorted(ranked, key=lambda pair: pair[0])]


def facts(primitive: Primitive, in_full: bool = True) -> Facts:
    """What is known of an entry; unless `in_full` without its hard points.

    >>> facts(named("sqrt"))[5:8]
    ({'x': '1/sqrt(x)/2'}, 'sqrt(9)', 3.0)
    >>> facts(named("abs")).hard
    {'x = 0': 'kink: the derivative is -1.0 from the left and 1.0 from the right'}
    """
    return Facts(
        primitive.name,
        signature(primitive),
        primitive.doc,
        domain(primitive),
        primitive.aliases,
        rules(primitive),
        primitive.example,
        parse(primitive.example).value({}) if primitive.example else None,
        elsewhere(primitive),
        hard_points(primitive) if in_full else {},
        latex(primitive),
    )


def record(primitive: Primitive, in_full: bool = True) -> dict[str, Any]:
    """What is known of an entry as JSON's kinds of value; unless `in_full` without the hard points, which take time."""
    known = facts(primitive, in_full)._asdict()
    if not in_full:
        del known["hard"]
    return {**known, "aliases": list(primitive.aliases)}


def rules(primitive: Primitive) -> dict[str, str | None]:
    """The partial derivatives by each operand, as formulas in the operands.

    >>> rules(TABLE["tan"]), rules(TABLE["besselj"])["n"] is None
    ({'x': '1 + tan(x)*tan(x)'}, True)
    """
    names = operands(primitive)
    graph = Graph()
    nodes = [Node(graph, graph.place((name,))) for name in names]
    y = Node(graph, graph.place((primitive, *(node.place for node in nodes))))
    said: dict[str, str | None] = {}
    for name, rule in zip(names, primitive.partials, strict=True):
        slope = rule(y, *nodes) if callable(rule) else rule
        if slope is None:
            said[name] = None
            continue
        place = slope.place if isinstance(slope, Node) else graph.leaf(float(slope))
        said[name] = printed(graph.steps, place)
    return said


def elsewhere(primitive: Primitive) -> dict[str, str]:
    """What the entry is called in other libraries, where it is a function of theirs.

    >>> elsewhere(TABLE["asin"])["numpy"], elsewhere(TABLE["gamma"])["libm"]
    ('arcsin', 'tgamma')
    """
    names = {library: getattr(primitive, library) for library in _LIBRARIES}
    return {library: name for library, name in names.items() if isinstance(name, str) and name}


def hard_points(primitive: Primitive) -> dict[str, str]:
    """What difftape's diagnosis says of the points that the entry names."""
    if not primitive.hard:
        return {}
    call, names = written(primitive), operands(primitive)
    by = [name for name, rule in zip(names, primitive.partials, strict=True) if rule is not None]
    said = {}
    for point in primitive.hard:
        at = dict(zip(names, point if isinstance(point, tuple) else (point,), strict=True))
        numbers = {name: parse(value).value({}) for name, value in at.items()}
        is_double = all((2 * x).is_integer() for x in numbers.values())
        where: dict[str, Any] = numbers if is_double else at
        answer = call.answer(where, wrt=by, check=False, digits=None if is_double else _DIGITS)
        shown = ", ".join(f"{name} = {value}" for name, value in at.items())
        what = answer.error.message if answer.error is not None else answer.status
        said[shown] = what.removeprefix(f"d/d{by[0]}: ") if len(by) == 1 else what
    return said


def written(primitive: Primitive) -> Expression:
    """The entry applied to variables called as its rules call them."""
    from .expression import from_steps

    names = operands(primitive)
    return from_steps([*((name,) for name in names), (primitive, *range(len(names)))])


def latex(primitive: Primitive) -> str:
    r"""How the entry is typeset.

    >>> latex(TABLE["besselj"])
    'J_{n}\\left(x\\right)'
    """
    return written(primitive).to_latex()


def _described(primitive: Primitive) -> Iterable[str]:
    yield primitive.doc
    yield from elsewhere(primitive).values()
    try:
        yield from (rule for rule in rules(primitive).values() if rule)
    except DifftapeError:
        pass


def picture(primitive: Primitive) -> Any:
    """The entry drawn over a range, and its first derivative (`Expression.plot`)."""
    call, names = written(primitive), operands(primitive)
    plot = getattr(call, "plot", None)
    if plot is None or not 0 < primitive.arity < 3 or primitive.is_condition:
        raise UsageError(f"{primitive.name} is not plotted", hint="functions of one or two numbers are")
    at: dict[str, Any] = {}
    for name, (low, high), rule in zip(names, primitive.domain, primitive.partials, strict=True):
        whole = primitive.smooth is not None
        at[name] = 1.0 if rule is None else (-_FAR if whole else max(low, -_FAR), _FAR if whole else min(high, _FAR))
    return plot(at)
