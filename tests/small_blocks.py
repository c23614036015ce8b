"""`difftape` with blocks of a few rows, so that a short file is a long run; with a torture chamber for what it writes.

`python -m tests.small_blocks SIZE WORD …` is `difftape WORD …`; with `chamber` a run is ended or failed at each call by
which it changes the disk, and finished by another.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from difftape.mapping import running, serving
from difftape.points import cutting, npy, rows

CHANGING = ("open", "write", "ftruncate", "fchmod", "chmod", "fsync", "replace", "unlink")
WAYS = ("die", "die after", "die half-way", "EIO", "ENOSPC")


def shrink(size: int) -> None:
    """Makes blocks of so many rows."""
    from difftape.points import columnar

    for module in (running, cutting, npy, rows, columnar):
        module.BLOCK = size  # type: ignore[attr-defined]
    cutting._ENOUGH = 64 * size


@contextlib.contextmanager
def tortured(place: int, way: str) -> Iterator[list[str]]:
    """Lets the call number `place` that changes the disk go wrong; gives the names of the calls so far."""
    real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CHANGING}
    seen: list[str] = []

    def wrong(name: str) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            seen.append(name)
            if len(seen) - 1 != place:
                return real[name](*given, **more)
            if way.startswith("E"):
                number = getattr(errno, way)
                raise OSError(number, os.strerror(number))
            if way == "die half-way" and name == "write":
                given = (given[0], bytes(given[1])[: len(given[1]) // 2])
            if way != "die":
                real[name](*given, **more)
            return os.kill(os.getpid(), signal.SIGKILL)

        return call

    try:
        for name in CHANGING:
            setattr(os, name, wrong(name))
        yield seen
    finally:
        for name, call in real.items():
            setattr(os, name, call)


def forked(work: Callable[[], object]) -> int:
    """The exit code of a child process that does some work, or minus the signal that ended it."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        code = 99
        try:
            code = int(work())  # type: ignore[call-overload]
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def chamber(argv: list[str], target: Path, old: bytes | None, ways: list[str]) -> list[dict[str, Any]]:
    """What came of a run that was tortured at every place, and of the one that was to finish it."""
    from difftape.cli import main

    def run(*more: str) -> int:
        return forked(lambda: main([*argv, "-o", str(target), *more]))

    for name in ("calling", "answering", "solving"):  # imported once, for all children
        importlib.import_module(f"difftape.mapping.{name}")
    for name in ("points.written.separated", "points.written.jsonl", "points.written.npy", "engines.blocked", "cli.map",
                 "points.separated", "cli.commands", "cli.showing", "engines.scalar"):  # fmt: skip
        importlib.import_module(f"difftape.{name}")
    if find_spec("pyarrow"):
        sys.meta_path.insert(0, serving.WithoutPandas())
        importlib.import_module("pyarrow.parquet")
    assert run() == 0
    whole = target.read_bytes()
    found = []
    for way in ways:
        for place in range(10_000):
            clear(target, old)

            def hurt(place: int = place, way: str = way) -> int:
                with tortured(place, way) as seen:
                    code = main([*argv, "-o", str(target)])
                return code if len(seen) > place else 77

            first = forked(hurt)
            if first == 77:
                break
            left = target.read_bytes() if target.exists() else None
            is_kept = beside(target)
            resumed = run("--resume")
            found.append({
                "way": way, "place": place, "first": first, "resumed": resumed,
                "is_old": left == old, "is_new": left == whole, "beside": is_kept, "after": beside(target),
                "is_whole": target.exists() and target.read_bytes() == whole,
            })  # fmt: skip
    return found


def beside(target: Path) -> list[str]:
    """The endings of the files beside a target that are not there for good."""
    return sorted(path.name.removeprefix(target.name) for path in target.parent.glob(target.name + ".*"))


def clear(target: Path, old: bytes | None) -> None:
    for path in target.parent.glob(target.name + "*"):
        path.unlink()
    if old is not None:
        target.write_bytes(old)


if __name__ == "__main__":
    shrink(int(sys.argv[1]))
    if sys.argv[2] == "chamber":
        old = None if sys.argv[4] == "-" else sys.argv[4].encode()
        print(json.dumps(chamber(sys.argv[6:], Path(sys.argv[3]), old, sys.argv[5].split(","))))
    else:
        sys.argv[1:] = sys.argv[2:]
        from difftape.cli import program

        program()
