"""What a run has done so far, a JSON line for each block, so that one that was killed goes on behind the last of them.

Each line holds how far input and output had come and the running CRC-32 of the output; a line is believed only if the
part file has those bytes, so that no order of writes to the disk needs to be forced.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from ..errors import UsageError

_PIECE = 1 << 20


class Mark(NamedTuple):
    """A place between two blocks, where a run can go on.

    `rows` are done, `at` and `line` say where in the input the next begins, `out` and `crc` what the output is so far;
    `failed` of the rows have failed, `first` being (row, line, what is wrong).
    """

    rows: int = 0
    at: int | None = None
    line: int | None = None
    out: int = 0
    crc: int = 0
    failed: int = 0
    first: tuple[int, int, str] | None = None


def opening(identity: dict[str, Any]) -> bytes:
    """The first line: what the run is."""
    return json.dumps({"difftape": 1, **identity}, sort_keys=True).encode() + b"\n"


def entry(mark: Mark) -> bytes:
    """The line of a place that was reached."""
    return json.dumps(mark).encode() + b"\n"


def read(data: bytes) -> tuple[dict[str, Any], list[Mark]] | None:
    """The identity and the marks of a journal; None where not even its first line is whole.

    >>> read(opening({"expression": "x"}) + entry(Mark(rows=2, out=10)) + b"[3, ")[1][0].rows
    2
    """
    lines = data.split(b"\n")[:-1]
    try:
        identity: dict[str, Any] = json.loads(lines[0])
    except (IndexError, ValueError):
        return None
    marks = []
    for line in lines[1:]:
        try:
            mark = Mark(*json.loads(line))
            marks.append(mark if mark.first is None else mark._replace(first=(*mark.first,)))
        except (ValueError, TypeError):
            break
    return identity, marks


def last_whole(marks: list[Mark], part: str) -> Mark | None:
    """The last of the marks up to which the part file has the bytes that were written."""
    found, crc, place = None, 0, 0
    try:
        with open(part, "rb") as stream:
            for mark in marks:
                while place < mark.out:
                    piece = stream.read(min(_PIECE, mark.out - place))
                    if not piece:
                        return found
                    crc, place = zlib.crc32(piece, crc), place + len(piece)
                if crc != mark.crc:
                    return found
                found = mark
    except FileNotFoundError:
        return None
    return found


def refuse_other(now: dict[str, Any], then: dict[str, Any], target: str) -> None:
    """Raises UsageError where an unfinished run is not the one that would go on."""
    for name, value in now.items():
        if then.get(name) != value:
            shown = f" (it was {then.get(name)!r}, is {value!r})" if name in _SHOWN else ""
            raise UsageError(
                f"the unfinished run of {target} cannot go on: {_SAID.get(name, name)} differs{shown}",
                hint="leave out --resume to begin anew",
            )


_SHOWN = ("expression", "wrt", "order", "columns", "format", "engine", "kept", "with_value")
_SAID = {
    "hash": "the input, by its hash,",
    "input": "the input's name",
    "format": "the output format",
    "kept": "--keep",
    "wrt": "--wrt",
    "with_value": "--with-value",
    "columns": "--columns",
    "version": "the version of difftape",
    "engine": "--engine",
    "expression": "the expression",
    "order": "--order",
    "subgradient": "--subgradient",
}
