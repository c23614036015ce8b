"""Errors as a session says them: mends are what can be typed here, not options of a command line."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DifftapeError, ParseError, UsageError
from ..expression import Expression
from ..grammar import FUNCTIONS

_MENDS = {
    "--digits": "more digits: :digits 30",
    "--at": "values are given before: x = 3",
    "-e": "one expression a line",
    "--max-nodes": "difftape repl --max-nodes N allows more",
    "difftape functions": "all functions: :functions",
}


def in_session(error: DifftapeError) -> DifftapeError:
    """The error, with a mend that belongs to a session, or none.

    >>> in_session(UsageError("too much", hint="--subgradient takes …")).hint
    ''
    >>> in_session(UsageError("a ;", hint="one at a time: give each with -e")).hint
    'one expression a line'
    """
    hint = error.hint
    words = hint.replace(",", " ").replace(")", " ").split()
    if "difftape functions" in hint:
        error.hint = hint.replace("difftape functions", ":functions")
    elif any(word.startswith("--") or word == "-e" for word in words):
        error.hint = next((mend for option, mend in _MENDS.items() if option in words), "")
    error.call = ""
    return error


def unvalued(expression: Expression, names: Sequence[str]) -> DifftapeError:
    """The error for names without a value where one is needed; a function's name is the worse mistake."""
    program = expression.program
    for name in names:
        if name in FUNCTIONS:
            return ParseError(
                f"{name} is a function: write {name}(…)",
                span=program.spans[program.places[name]],
                source=program.text,
                hint=f"or give it a value as a variable: {name} = VALUE",
            )
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return UsageError(
        f"no value for {shown}", hint="give " + ("it one" if len(names) == 1 else "them some") + f": {names[0]} = VALUE"
    )
