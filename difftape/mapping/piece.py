"""One input of several, answered in this process or on another machine: plain data in, plain data out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..errors import DifftapeError, LimitError, UsageError
from .conveying import Limits, Summary
from .holding import Busy
from .journal import Mark
from .ledger import is_wanted
from .places import hash_of
from .running import Run

_PATIENCE = 120.0  # seconds until the lock of a machine that died must be gone
_INTERVAL = 1.0  # seconds between two looks at whether the run is still wanted
ANEW = "delete the folder, or give -o another, to begin anew"


class Piece(NamedTuple):
    """What a process must know to answer one input.

    `most` failures are allowed; `known` is the hash of an input whose output is finished; `run` are the journal and the
    token of a run on other machines.
    """

    number: int
    path: str
    target: str
    format: str
    input_format: str | None
    text: str
    asking: dict[str, Any]
    jobs: int
    most: int | None
    check_rows: int
    known: str | None
    version: str
    modules: dict[str, bool]
    run: tuple[str, str] | None = None


class Outcome(NamedTuple):
    """How it went: a summary, none where the output had been finished before, or an error."""

    number: int
    summary: Summary | None = None
    error: DifftapeError | None = None


class _UnwantedError(Exception):
    """Nobody waits for the answer."""


def answered(plain: dict[str, Any], notice: Callable[[Mark], None] | None = None) -> dict[str, Any]:
    """What became of a piece; both as plain data, for who answers may be of another version than who asks."""
    unfit = misfit(plain["version"], plain["modules"])
    if unfit is not None:
        return {"number": plain["number"], "error": unfit}
    piece = Piece(**plain)
    try:
        return Outcome(piece.number, _summary(piece, notice))._asdict()
    except DifftapeError as error:
        if error.hint.startswith("leave out --resume"):
            error.hint = ANEW
        return Outcome(piece.number, error=error)._asdict()
    except MemoryError:
        return Outcome(piece.number, error=LimitError("out of memory"))._asdict()
    except _UnwantedError:
        return Outcome(piece.number)._asdict()


def misfit(version: str, modules: dict[str, bool]) -> UsageError | None:
    """Why this process could not give the bytes that are asked for: another version, an extra that is not there.

    >>> print(misfit("0.0.1", {}).message)
    the worker has difftape 0.1.0, and 0.0.1 asks
    """
    from .. import __version__

    if version != __version__:
        return UsageError(
            f"the worker has difftape {__version__}, and {version} asks", hint="install the same version everywhere"
        )
    for name, is_there in modules.items():
        if (find_spec(name) is not None) != is_there:
            extra = {"pyarrow": "parquet", "llvmlite": "jit"}[name]
            mend = f'install the same extras everywhere: pip install "difftape[{extra}]"'
            if name == "llvmlite":
                mend += ", or name an engine that both have: --engine blocked"
            lacks = "lacks" if is_there else "has"
            other = "which is needed" if is_there else "which the process that asks does not have"
            return UsageError(f"the worker {lacks} {name}, {other}", hint=mend)
    return None


def _summary(piece: Piece, notice: Callable[[Mark], None] | None) -> Summary | None:
    if piece.known is not None:
        if hash_of(piece.path) != piece.known:
            raise UsageError(f"the earlier run was another: {piece.path} differs, by its hash", hint=ANEW)
        if os.path.isfile(piece.target):
            return None
    run = Run(piece.path, piece.text, input_format=piece.input_format, **piece.asking)
    limits = Limits(piece.jobs, piece.most, piece.check_rows)
    watched = notice or _Watch(piece.run)
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            summary = run.to_file(piece.target, piece.format, limits, watched, resume=True)
            if summary.was_complete:  # finished by one who died before he could say so: what he had to say is lost
                summary = run.to_file(piece.target, piece.format, limits, watched)
            return summary
        except Busy:
            if time.monotonic() > until:
                raise
            watched(Mark())
            time.sleep(0.2)


class _Watch:
    """Gives up as soon as nobody waits for the answer any more."""

    def __init__(self, run: tuple[str, str] | None) -> None:
        self.run = run
        self.due = 0.0

    def __call__(self, mark: Mark) -> None:
        if self.run is not None and time.monotonic() >= self.due:
            if not is_wanted(*self.run):
                raise _UnwantedError
            self.due = time.monotonic() + _INTERVAL
