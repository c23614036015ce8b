"""What a run has done so far, a JSON line for each block, so that one that was killed goes on behind the last of them.

Each line holds how far input and output had come and the running CRC-32 of the output; a line is believed only if the
part file has those bytes, so that no order of writes to the disk needs to be forced.  Lines that name a process say who
has the journal now.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from ..errors import UsageError

_PIECE = 1 << 20
_START = b'{"difftape": 1'  # how the first line begins, and every line that is no mark


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


class Journal(NamedTuple):
    """What is read of a journal: the run's identity, if it had begun, and its marks, each with where its line ends."""

    identity: dict[str, Any] | None = None
    marks: tuple[tuple[int, Mark], ...] = ()
    process: int | None = None


def opening(identity: dict[str, Any]) -> bytes:
    """The first line: what the run is."""
    return json.dumps({"difftape": 1, **identity}).encode() + b"\n"


def holder(process: int) -> bytes:
    """The line of a process that has taken the journal."""
    return json.dumps({"difftape": 1, "process": process}).encode() + b"\n"


def entry(mark: Mark) -> bytes:
    """The line of a place that was reached."""
    return json.dumps(mark).encode() + b"\n"


def is_journal(data: bytes) -> bool:
    """Whether a file that begins so may be a journal, if only the beginning of one.

    >>> is_journal(b""), is_journal(opening({"order": 1})), is_journal(b"x,y\\n1,2\\n")
    (True, True, False)
    """
    return _START.startswith(data[: len(_START)])


def read(data: bytes) -> Journal:
    """What a journal says, without lines that are not whole.

    >>> whole = opening({"expression": "x"}) + entry(Mark(rows=2, out=10)) + holder(77)
    >>> found = read(whole + b"[3, ")
    >>> found.marks[0][1].rows, found.process
    (2, 77)
    """
    identity, process, end = None, None, 0
    marks: list[tuple[int, Mark]] = []
    for line in data.split(b"\n")[:-1]:
        end += len(line) + 1
        try:
            known = json.loads(line) if line else None
            if isinstance(known, dict):
                process = known.get("process", process)
                identity = known if "expression" in known else identity
            elif known is not None:
                mark = Mark(*known)
                marks.append((end, mark if mark.first is None else mark._replace(first=(*mark.first,))))
        except (ValueError, TypeError):
            continue
    return Journal(identity, tuple(marks), process)


def last_whole(marks: tuple[tuple[int, Mark], ...], part: str) -> tuple[int, Mark] | None:
    """The last of the marks up to which the part file has the bytes that were written."""
    found, crc, place = None, 0, 0
    try:
        with open(part, "rb") as stream:
            for end, mark in marks:
                while place < mark.out:
                    piece = stream.read(min(_PIECE, mark.out - place))
                    if not piece:
                        return found
                    crc, place = zlib.crc32(piece, crc), place + len(piece)
                if place != mark.out or crc != mark.crc:
                    return found
                found = end, mark
    except FileNotFoundError:
        return None
    return found


def refuse_other(now: dict[str, Any], then: dict[str, Any], target: str) -> None:
    """Raises UsageError where an unfinished run is not the one that would go on."""
    for name, value in now.items():
        if then.get(name) != value:
            shown = f" (it was {then.get(name)!r}, and is {value!r})" if name in _SHOWN else ""
            raise UsageError(
                f"the earlier run of {target} was another: {_SAID.get(name, name)} differs{shown}",
                hint="leave out --resume to begin anew",
            )


_SHOWN = ("expression", "wrt", "order", "columns", "format", "engine", "kept", "with_value")
_SAID = {
    "hash": "the hash of the input",
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
