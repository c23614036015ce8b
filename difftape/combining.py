"""Expressions combined with each other and with numbers: the steps that result."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from .errors import UsageError
from .graph import Program, Step, combined, variable_places
from .lexer import normal
from .parser import parse
from .point import double, holding
from .printer import printed
from .table.choice import both, either, less, negation, where

CHOICE = "a choice is written in text: parse('where(u > 0, a, b)').subs({'u': …})"


def _program(x: Any, what: str = "what an expression is combined with") -> Program:
    known = getattr(x, "program", None)
    if isinstance(known, Program):
        return known
    number = double(what, x)
    if not isfinite(number):
        raise UsageError(f"{what} is {number}; it must be finite")
    return parse(repr(number))


def applied(primitive: Any, operands: tuple[Any, ...]) -> list[Step]:
    """The steps of a primitive applied to expressions and numbers."""
    if (primitive.tie is not None and primitive.left == less.left) or primitive in (both, either, negation, where):
        raise TypeError("expressions are not compared or chosen from; " + CHOICE)
    return _unmixed(*combined([_program(x) for x in operands], primitive))


def replaced(program: Program, replacements: Mapping[str, Any]) -> list[Step]:
    """The steps of a program with expressions and numbers in place of variables."""
    given = {normal(name): _program(x, f"the value of {name}") for name, x in replacements.items()}
    return _unmixed(*combined([holding(program, given)], replacements=given))


def _unmixed(steps: list[Step]) -> list[Step]:
    """The steps, unless they have a variable and a constant of one name, which no text can tell apart."""
    constants = {step[0].name for step in steps if len(step) == 1 and step[0].__class__ not in (float, str)}
    for name in variable_places(steps):
        if name in constants:
            raise UsageError(
                f"{name} would be a constant and a variable in one expression",
                hint=f"give the variable another name, or the constant a value: subs({{{name!r}: …}})",
            )
    return steps


def program_of(steps: list[Step], text: str | None = None) -> Program:
    """The program whose value is the last of the steps."""
    root = len(steps) - 1
    primitives = [step[0] for step in steps if len(step) > 1]
    return Program(
        printed(steps, root) if text is None else text,
        steps,
        root,
        variable_places(steps),
        any(p.tie is not None for p in primitives),
        where in primitives,
    )
