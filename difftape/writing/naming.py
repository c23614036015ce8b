"""The user's names in languages that allow fewer: keywords, names in use, letters that are not ASCII."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable


def renamed(names: Iterable[str], reserved: Collection[str], is_ascii: bool = False) -> dict[str, str]:
    """For each name one that is allowed, none twice; the name itself where it can be.

    >>> renamed(["x", "lambda", "θ"], {"lambda"}, is_ascii=True)
    {'x': 'x', 'lambda': 'lambda_', 'θ': 'theta'}
    """
    wanted = list(names)
    plain = {name for name in wanted if _as_is(name, reserved, is_ascii)}
    found: dict[str, str] = {}
    used = set(plain)
    for name in wanted:
        if name in plain:
            found[name] = name
            continue
        new = latin(name) if is_ascii else unicodedata.normalize("NFKC", name)
        if not new.isidentifier():
            new = latin(name)
        while new in used or new in reserved:
            new += "_"
        found[name] = new
        used.add(new)
    return found


def _as_is(name: str, reserved: Collection[str], is_ascii: bool) -> bool:
    if name in reserved or name.startswith("_"):
        return False
    return name.isascii() if is_ascii else name.isidentifier() and unicodedata.normalize("NFKC", name) == name


def latin(name: str) -> str:
    """The name in ASCII letters: a Greek letter by its name, any other by its number.

    >>> latin("Δt"), latin("λ_1"), latin("время")[:6]
    ('Deltat', 'lambda_1', 'u0432u')
    """
    found = "".join(c if c.isascii() else greek(c) or f"u{ord(c):04x}" for c in name)
    return found if found[:1].isalpha() else "v" + found


def greek(letter: str) -> str:
    """The name of a single Greek letter, capitalised for a capital; empty for anything else.

    >>> greek("θ"), greek("Ω"), greek("x")
    ('theta', 'Omega', '')
    """
    words = unicodedata.name(letter, "").split() if len(letter) == 1 else []
    if len(words) < 4 or words[0] != "GREEK" or words[2] != "LETTER" or len(words) > 4:
        return ""
    word = "lambda" if words[3] == "LAMDA" else words[3].lower()
    return word.capitalize() if words[1] == "CAPITAL" else word
