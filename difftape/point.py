"""A point for an expression: which names have which values, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from .errors import ParseError, UsageError
from .grammar import FUNCTIONS
from .graph import Program, freed
from .lexer import normal


def located(
    program: Program, at: Mapping[str, float], wrt: Sequence[str] | None = None
) -> tuple[Program, dict[str, float]]:
    """The program and the value of each of its variables; a constant named in `at` or `wrt` becomes a variable.

    Raises UsageError for a value that is missing, left over or not finite, TypeError for what is no number.
    """
    if at.__class__ is not dict and not isinstance(at, Mapping):
        raise TypeError(f"a point is a mapping of names to numbers, not a {type(at).__name__}")
    if wrt.__class__ is str:
        raise TypeError(f"variables to differentiate by are a list of names, not the str {wrt!r}")
    point: dict[str, float] = {}
    for name in program.variables:
        x = at.get(name)
        if x.__class__ is not float:
            if x is None:
                break
            x = double(f"the value of {name}", x)
        point[name] = x
    if len(point) == len(program.variables) == len(at) and wrt is None and isfinite(sum(point.values())):
        return program, point
    return _located(program, at, wrt)


def _located(program: Program, at: Mapping[str, float], wrt: Sequence[str] | None) -> tuple[Program, dict[str, float]]:
    given = {_name(name): x for name, x in at.items()}
    program = holding(freed(program, map(_name, wrt or ())), given)
    point = {}
    for name in program.variables:
        if name not in given:
            raise _missing(program, name, given)
        x = double(f"the value of {name}", given[name])
        if not isfinite(x):
            raise UsageError(f"the value of {name} is {x}; it must be finite")
        point[name] = x
    return program, point


def holding(program: Program, names: Iterable[str]) -> Program:
    """The program with the constants among the names as variables; raises UsageError for a name that it lacks."""
    program = freed(program, names)
    for name in names:
        if name not in program.variables:
            if name in FUNCTIONS:
                raise UsageError(f"{name} is a function, not a variable", hint="give the variable another name")
            raise UsageError(f"no expression has the variable {name}", hint=_has(program))
    return program


def double(what: str, x: Any) -> float:
    """A number of any kind as a double; raises TypeError for what is none, UsageError for one too large."""
    if not isinstance(x, (str, bytes, bytearray)):
        try:
            return float(x)
        except OverflowError:
            raise UsageError(f"{what} is too large for a float64 (at most 1.8e308)") from None
        except TypeError:
            pass
    raise TypeError(f"{what} is a number, not a {type(x).__name__}")


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a name is a str, not a {type(name).__name__}")
    return normal(name)


def _missing(program: Program, name: str, given: Mapping[str, float]) -> Exception:
    if name in FUNCTIONS:
        place = next(i for i, step in enumerate(program.steps) if step == (name,))
        return ParseError(
            f"{name} is a function: write {name}(…)",
            span=program.spans[place],
            source=program.text,
            hint=f"or give it a value as a variable: --at {name}=VALUE",
            call=f"or give it a value as a variable: at={{{name!r}: …}}",
        )
    others = [n for n in program.variables if n not in given and n not in FUNCTIONS]
    shown = ", ".join(others[:10]) + (f" and {len(others) - 10} more" if len(others) > 10 else "")
    return UsageError(
        f"no value for {shown}",
        hint="add --at " + ",".join(f"{n}=VALUE" for n in others[:10]),
        call="at={" + ", ".join(f"{n!r}: …" for n in others[:10]) + "} gives one",
    )


def _has(program: Program) -> str:
    names = program.variables
    if not names:
        return "the expression has no variables"
    shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
    return f"variables of the expression: {shown}"


def differentiated(program: Program, wrt: Sequence[str] | None) -> list[str]:
    """The variables to differentiate by, in order; default: all.

    Raises UsageError where there are none, or one that the program does not have, or one named twice.
    """
    if wrt is None:
        if not program.variables:
            raise UsageError(
                "the expression has no variables to differentiate by",
                hint="difftape value prints its value",
                call="value(at) is its value",
            )
        return list(program.variables)
    names = [normal(name) for name in wrt]
    for name in names:
        if name not in program.variables:
            raise UsageError(f"no expression has the variable {name} to differentiate by", hint=_has(program))
    if len(set(names)) < len(names):
        raise UsageError(f"{next(n for n in names if names.count(n) > 1)} is named twice in wrt")
    return names
