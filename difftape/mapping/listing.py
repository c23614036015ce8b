"""Which files a folder or a pattern means, and what the output of each is called."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..errors import UsageError
from ..points.rows import FORMATS, format_of

_MAGIC = "*?["
_OURS = (".partial", ".journal")
_SHOWN = 5  # names of files that a message shows


class Input(NamedTuple):
    """A file of rows: its name within the folder, and its path."""

    name: str
    path: str


class Listing(NamedTuple):
    """The files of rows, by name, and the names of those that were left out because theirs say no format."""

    inputs: list[Input]
    others: list[str]


def is_several(source: str) -> bool:
    """Whether an input is a folder or a pattern of names; a file that is called like a pattern is a file.

    >>> is_several("data/*.csv"), is_several("-")
    (True, False)
    """
    return os.path.isdir(source) or (any(c in source for c in _MAGIC) and not os.path.lexists(source))


def listed(source: str, target: str, input_format: str | None = None) -> Listing:
    """The files that a folder, with all folders in it, or a pattern means.

    Hidden files, part files and journals are none of them, nor is what lies in `target`.  In a folder a file needs a
    name that says its format, unless `input_format` does.  Raises UsageError where there is none.
    """
    is_folder = os.path.isdir(source)
    base = source if is_folder else _fixed(source)
    avoided = _avoided(base, target)
    found: dict[str, Input] = {}
    others = []
    for path in sorted(_walked(source, avoided) if is_folder else _matching(source, avoided)):
        name = os.path.relpath(path, base or ".").replace(os.sep, "/")
        if name.endswith(_OURS):
            continue
        if name.startswith("../"):
            raise UsageError(f"{path} is outside of {base or 'this folder'}", hint="write the pattern without '..'")
        if input_format is None and is_folder and _is_other(path):
            others.append(name)
            continue
        if input_format is None:
            format_of(path)
        found[name] = Input(name, path)
    if not found:
        where = f"{source} is a folder without files of rows" if is_folder else f"no file matches {source}"
        raise UsageError(where, hint=f"files of rows are called {' '.join('*' + suffix for suffix in FORMATS)}")
    return Listing(list(found.values()), [name for name in others if not os.path.basename(name).startswith("_")])


def outputs(inputs: Sequence[Input], formats: Sequence[str]) -> list[str]:
    """The name of each input's output within the folder of outputs, in the format that stands beside it.

    >>> outputs([Input("a.pq", "a.pq"), Input("b/c.csv", "b/c.csv")], ["parquet", "jsonl"])
    ['a.pq', 'b/c.jsonl']
    """
    taken: dict[str, str] = {}
    for (name, _), format in zip(inputs, formats, strict=True):
        stem, suffix = os.path.splitext(name)
        known = FORMATS.get(suffix.lower())
        output = name if known == format else (stem if known else name) + _SUFFIXES[format]
        if output in taken:
            raise UsageError(
                f"{taken[output]} and {name} would both be answered in {output}",
                hint='map them one after the other, each with a pattern in quotes: "data/*.csv"',
            )
        taken[output] = name
    return list(taken)


def shown(names: Sequence[str]) -> str:
    """Some names, for a message.

    >>> shown(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 more'
    """
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


_SUFFIXES = {format: suffix for suffix, format in reversed(FORMATS.items())}  # the first suffix of each


def _is_other(path: str) -> bool:
    """Whether a name says no format; one that says it is compressed is an error, for rows would be lost."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in (".gz", ".bz2", ".xz", ".zst"):
        format_of(path)
    return suffix not in FORMATS


def _fixed(pattern: str) -> str:
    """The folder in which a pattern begins."""
    parts = pattern.split(os.sep)
    first = next(k for k, part in enumerate(parts) if any(c in part for c in _MAGIC))
    return os.sep.join(parts[:first]) or (os.sep if pattern.startswith(os.sep) else "")


def _avoided(base: str, target: str) -> str:
    """The real path of the folder of outputs, or nothing where that holds the inputs themselves."""
    real, inside = os.path.realpath(target), os.path.realpath(base or ".")
    if real == inside:
        raise UsageError(f"{target} is read and would be written to", hint="give -o another folder")
    return "" if inside.startswith(real + os.sep) else real


def _walked(folder: str, avoided: str) -> Iterator[str]:
    """All files below a folder, those behind links too, each folder once."""
    seen = {os.path.realpath(folder)}
    for here, folders, files in os.walk(folder, followlinks=True, onerror=_unreadable):
        kept = []
        for name in sorted(folders):
            real = os.path.realpath(os.path.join(here, name))
            if not name.startswith(".") and real not in seen and real != avoided:
                seen.add(real)
                kept.append(name)
        folders[:] = kept
        yield from (os.path.join(here, name) for name in files if not name.startswith("."))


def _matching(pattern: str, avoided: str) -> Iterator[str]:
    """All files that match; a folder that is called like a file of rows means what is in it."""
    import glob

    for path in glob.glob(pattern, recursive=True):
        real = os.path.realpath(path)
        if avoided and (real == avoided or real.startswith(avoided + os.sep)):
            continue
        if not os.path.isdir(path):
            yield path
        elif os.path.splitext(path.rstrip(os.sep))[1].lower() in FORMATS:
            yield from _walked(path, avoided)


def _unreadable(error: OSError) -> None:
    from ..errors import InputOutputError

    raise InputOutputError(f"cannot read {error.filename}: {error.strerror or error}")
