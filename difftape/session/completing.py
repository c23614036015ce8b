"""What a word of a line may become: names of the session, functions, constants, commands."""

from __future__ import annotations

from collections.abc import Iterable

from ..grammar import CONSTANTS, FUNCTIONS
from .statements import GRADIENT

DELIMITERS = " \t\n()*/+-^=<>!,;×·⋅÷−"


def completions(names: Iterable[str], line: str, begin: int) -> list[str]:
    """The completions of the word that begins at a place of the line, in order; a function keeps its bracket open.

    >>> completions(["cost"], "2*cos", 2)
    ['cos(', 'cosh(', 'cost']
    >>> completions([], ":tr", 0), completions([], ":functions arct", 11)
    ([':trace'], ['arctan', 'arctan2', 'arctanh'])
    """
    from .commands import COMMANDS

    word, before = line[begin:], line[:begin].strip()
    if not before and word.startswith(":"):
        return sorted(f":{name}" for name in COMMANDS if name.startswith(word[1:]))
    if before == ":functions":
        return sorted(name for name in {*FUNCTIONS, *CONSTANTS} if name.startswith(word))
    if before == ":forget":
        return sorted(name for name in names if name.startswith(word))
    known = {*names, *CONSTANTS, *(f"{name}(" for name in FUNCTIONS)}
    if not before:
        known.add(GRADIENT)
        known.update(f":{name}" for name in COMMANDS if not word)
    return sorted(name for name in known if name.startswith(word))
