"""What tokens mean: the table's operators, functions and constants by the text that stands for them.

An entry is (primitive, left, right): the left binding power is 0 for what begins an operand, the right one is
0 for a bracket that waits to be closed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .lexer import SIGNS
from .primitives import ALIASES, INFIX, PREFIX, TABLE, Primitive
from .table.choice import where

Entry = tuple[Any, ...]

COMPARISON = 10  # the left binding power of comparisons; logic binds less tightly, arithmetic more
BOTTOM: Entry = (None, 0, -1)
BRACKET: Entry = (None, 0, 0)

INFIXES: dict[str, Entry] = {s: (p, p.left, p.right) for s, p in INFIX.items()}
ARITHMETIC: dict[str, Entry] = {s: entry for s, entry in INFIXES.items() if entry[1] > COMPARISON}
ARITHMETIC.update({sign: ARITHMETIC[s] for sign, s in SIGNS.items()})
ARITHMETIC[")"] = (None, 1, 0)
CONDITIONS = {s: entry for s, entry in INFIXES.items() if entry[1] <= COMPARISON}
PREFIXES: dict[str, Entry] = {s: (p, 0, p.right) for s, p in PREFIX.items()}
PREFIXES["−"] = PREFIXES["-"]
WORDS = frozenset(s for s in (*INFIX, *PREFIX) if s.isalpha())


def _names(wanted: Callable[[Primitive], bool]) -> dict[str, Primitive]:
    """The entries that are wanted, by name and by alias."""
    found = {name: primitive for name, primitive in TABLE.items() if wanted(primitive)}
    return found | {alias: found[name] for alias, name in ALIASES.items() if name in found}


FUNCTIONS = _names(lambda primitive: primitive.is_called)
CONSTANTS = _names(lambda primitive: primitive.arity == 0)
CALLS: dict[str, Entry] = {name + "(": (primitive, 0, 0) for name, primitive in FUNCTIONS.items()}
PLAIN_CALLS = {token: e for token, e in CALLS.items() if e[0].tie is None and e[0] is not where}
