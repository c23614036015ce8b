"""Which columns of a header are wanted: by name, each there once, and nothing guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import UsageError
from ..mistakes import nearest

_SHOWN = 20  # columns that a message lists


def choose(
    columns: Sequence[str], wanted: Mapping[str, str], kept: Iterable[str], place: str, format: str
) -> dict[str, int]:
    """The place of every wanted and every kept column; raises UsageError where one is not there, or there twice.

    >>> choose(["t", "x", "y"], {"x": "x", "time": "t"}, ["y"], "points.csv:1", "csv")
    {'x': 1, 't': 0, 'y': 2}
    """
    places: dict[str, int] = {}
    for name in (*wanted.values(), *kept):
        if name not in columns:
            raise UsageError(f"there is no column '{name}'", place=place, hint=_mend(name, columns, format))
        if columns.count(name) > 1:
            raise UsageError(
                f"{columns.count(name)} columns are called '{name}'", place=place, hint="give each column its own name"
            )
        places[name] = columns.index(name)
    return places


def _mend(name: str, columns: Sequence[str], format: str) -> str:
    if len(columns) == 1 and format in ("csv", "tsv"):
        separator = "," if format == "csv" else "a tab"
        for other, known in ((";", "';'"), ("\t", "tabs"), (",", "','"), ("|", "'|'")):
            if name in map(str.strip, columns[0].split(other)):
                mend = {"\t": "add --input-format tsv", ",": "add --input-format csv"}.get(
                    other, "write the file with commas"
                )
                return f"the columns are separated by {known}, and difftape reads {separator}: {mend}"
    listed = ", ".join(columns[:_SHOWN]) + (", …" if len(columns) > _SHOWN else "")
    near = nearest(name, columns)
    there = f"the columns are {listed}" if columns else "there are no columns"
    return f"{f'did you mean {near}? ' if near else ''}{there}; --columns {name}=COLUMN takes another one"
