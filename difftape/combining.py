"""Expressions combined with one another and with numbers, as steps."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from .errors import UsageError
from .graph import Program, Step, combined, variable_places
from .lexer import normal
from .parser import parse
from .point import double, holding
from .table.choice import both, either, less, negation, where

CHOICE = "a choice is written in text: parse('where(u > 0, a, b)').subs({'u': …})"


def program_of(x: Any, what: str = "what an expression is combined with") -> Program:
    """The program of an expression, or of a number."""
    program = getattr(x, "program", None)
    if isinstance(program, Program):
        return program
    number = double(what, x)
    if not isfinite(number):
        raise UsageError(f"{what} is {number}; it must be finite")
    return parse(repr(number))


def applied(primitive: Any, operands: tuple[Any, ...]) -> list[Step]:
    """The steps of a primitive applied to expressions and numbers."""
    if (primitive.tie is not None and primitive.left == less.left) or primitive in (both, either, negation, where):
        raise TypeError("expressions are not compared or chosen from; " + CHOICE)
    return _unmixed(*combined([program_of(x) for x in operands], primitive))


def replaced(program: Program, replacements: Mapping[str, Any]) -> list[Step]:
    """The steps of a program with expressions and numbers in place of variables."""
    given = {normal(name): program_of(x, f"the value of {name}") for name, x in replacements.items()}
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
