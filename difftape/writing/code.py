"""A function in another language: its parameters, its intermediate results, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from ..formula.sharing import shared, written_out
from ..graph import Step
from ..primitives import Primitive
from .defining import within
from .naming import renamed
from .spelling import Part, spelled


class Code(NamedTuple):
    """A function as text by parts; `used` are the primitives that it calls."""

    parameters: list[str]
    statements: list[tuple[str, str]]
    results: list[str]
    used: dict[Primitive, None]


class Language(NamedTuple):
    """How a language writes what is not a plain operator between its operands.

    `knows`     whether it has the function
    `parts`     the pieces of a step, given the step and the steps around it; None for a plain operator
    `leaf`      a number, or a constant of the table
    `reserved`  what no parameter may be called
    `is_total`  whether a function without a value gives nan, and no error
    """

    knows: Callable[[Primitive], bool]
    parts: Callable[[Step, Sequence[Step]], Sequence[Part] | None]
    leaf: Callable[[Any], str]
    infix: Callable[[Primitive], str]
    reserved: Collection[str]
    is_ascii: bool = False
    is_total: bool = False


def coded(expressions: Sequence[Sequence[Step]], variables: Sequence[str], language: Language) -> Code:
    """The expressions as the results of one function of the variables."""
    known = [within(steps, language.knows) for steps in expressions]
    names = renamed(variables, language.reserved, language.is_ascii)
    found = shared(known, {*variables, *names.values(), *language.reserved}, is_total=language.is_total)
    written_out([*(steps for _, steps in found.definitions), *found.results])
    used: dict[Primitive, None] = {}

    def leaf(value: Any) -> str:
        return names.get(value, value) if value.__class__ is str else language.leaf(value)

    def text(steps: list[Step]) -> str:
        used.update(dict.fromkeys(step[0] for step in steps if step[0].__class__ is Primitive))
        return spelled(steps, len(steps) - 1, lambda place: language.parts(steps[place], steps), leaf, language.infix)

    statements = [(name, text(steps)) for name, steps in found.definitions]
    return Code(list(names.values()), statements, [text(steps) for steps in found.results], used)
