"""Subexpressions that occur more than once, by names of their own: t1, t2 …"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from ..errors import LimitError
from ..graph import Graph, Step, postorder
from ..table.arithmetic import div, neg, pow
from .tidying import always

MOST_WRITTEN = 2_000_000  # operations of a text


class Shared(NamedTuple):
    """Names with the steps of what they stand for, each by those before it, and the steps of the results."""

    definitions: list[tuple[str, list[Step]]]
    results: list[list[Step]]


def together(expressions: Iterable[Sequence[Step]]) -> tuple[list[Step], list[int]]:
    """Several expressions in one list of steps, and the place of each."""
    graph = Graph()
    roots = []
    for steps in expressions:
        places: list[int] = []
        for step in steps:
            places.append(graph.place((step[0], *[places[p] for p in step[1:]])))
        roots.append(places[-1])
    return graph.steps, roots


def shared(
    expressions: Sequence[Sequence[Step]], taken: Collection[str] = (), stem: str = "t", is_total: bool = False
) -> Shared:
    """The expressions with names for what occurs more than once; no name is one of those `taken`.

    Named is only what is needed at every point, for a branch that is not taken may have no value; where everything
    has one, if only nan, it `is_total`, and that does not matter.

    >>> from difftape.parser import parse
    >>> from difftape.printer import printed
    >>> (definition,), (result,) = shared([parse("sin(x)*exp(sin(x))").steps])
    >>> definition
    ('t1', [('x',), (<primitive sin>, 0)])
    >>> printed(result, len(result) - 1)
    't1*exp(t1)'
    """
    steps, roots = together(expressions)
    uses = [0] * len(steps)
    for step in steps:
        for p in step[1:]:
            uses[p] += 1
    for root in roots:
        uses[root] += 1
    needed = range(len(steps)) if is_total else set(always(steps, roots))
    names = _names(steps, taken, stem)
    found, definitions = list(steps), []
    now = list(range(len(steps)))
    for place, step in enumerate(steps):
        found[place] = (step[0], *[now[p] for p in step[1:]])
        if uses[place] > 1 and place in needed and _is_worth_a_name(steps, step):
            definitions.append((next(names), place))
            now[place] = len(found)
            found.append((definitions[-1][0],))
    return Shared(
        [(name, postorder(found, place)) for name, place in definitions],
        [postorder(found, now[root]) for root in roots],
    )


def written_out(expressions: Iterable[Sequence[Step]]) -> int:
    """How many operations a text of the expressions has; raises LimitError beyond two millions.

    >>> from difftape.parser import parse
    >>> written_out([parse("sin(x) + sin(x)").steps])
    5
    """
    total = 0
    for steps in expressions:
        lengths: list[int] = []
        for step in steps:
            lengths.append(min(1 + sum(lengths[p] for p in step[1:]), MOST_WRITTEN + 1))
        total += lengths[-1]
    if total > MOST_WRITTEN:
        raise LimitError(
            f"the formula has more than {MOST_WRITTEN} operations when it is written out",
            hint="--where writes what occurs more than once only once",
            call="to_python() and to_c() write what occurs more than once only once",
        )
    return total


def _names(steps: Sequence[Step], taken: Collection[str], stem: str) -> Iterator[str]:
    """t1, t2 … that are not taken, and no variable's name."""
    used = {*taken, *(step[0] for step in steps if len(step) == 1 and step[0].__class__ is str)}
    k = 0
    while True:
        k += 1
        if f"{stem}{k}" not in used:
            yield f"{stem}{k}"


def _is_worth_a_name(steps: Sequence[Step], step: Step) -> bool:
    """Whether it is more than a leaf, a number or a power of a leaf, and no condition."""
    if len(step) == 1 or step[0].is_condition:
        return False
    operands = [steps[p] for p in step[1:]]
    if step[0] is pow or step[0] is neg or step[0] is div:
        return any(len(x) > 1 and not _is_number(steps, x) for x in operands)
    return True


def _is_number(steps: Sequence[Step], step: Step) -> bool:
    return step[0].__class__ is float or (step[0] is neg and steps[step[1]][0].__class__ is float)
