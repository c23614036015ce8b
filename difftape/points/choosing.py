"""Which columns of a header are wanted: by name, each there once, and nothing guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import UsageError
from ..mistakes import nearest

OTHERS = (";", "\t", ",", "|")  # what columns may be separated by
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


def separated_by(other: str, format: str) -> str:
    """The mend where the columns of a CSV or TSV text are separated by another sign than the format's.

    >>> separated_by(";", "csv")
    "the columns are separated by ';', and difftape reads ,: write the file with commas"
    """
    known = "tabs" if other == "\t" else f"'{other}'"
    mend = {"\t": "add --input-format tsv", ",": "add --input-format csv"}.get(other, "write the file with commas")
    return f"the columns are separated by {known}, and difftape reads {',' if format == 'csv' else 'a tab'}: {mend}"


def _mend(name: str, columns: Sequence[str], format: str) -> str:
    if len(columns) == 1 and format in ("csv", "tsv"):
        for other in OTHERS:
            if name in map(str.strip, columns[0].split(other)):
                return separated_by(other, format)
    listed = ", ".join(columns[:_SHOWN]) + (", …" if len(columns) > _SHOWN else "")
    near = nearest(name, columns)
    there = f"the columns are {listed}" if columns else "there are no columns"
    return f"{f'did you mean {near}? ' if near else ''}{there}; --columns {name}=COLUMN takes another one"
