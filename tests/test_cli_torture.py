"""`-o FILE` when the disk fails: for every k, the kth call that opens, writes, flushes or renames is refused.

Whatever fails, the old file stays as it was or the new one is whole, no temporary file is left, and the exit code is 6.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from difftape.cli import main, output

ARGV = ["grad", "x**2", "--at", "x=0:1:3", "--no-check", "-o"]
ANSWER = "0.0\t0.0\n0.5\t1.0\n1.0\t2.0\n"
CALLS = ("open", "write", "close", "fsync", "rename", "chmod", "stat")


class Disk:
    """The calls made on files, the kth of which fails."""

    def __init__(self, fails: int) -> None:
        self.fails = fails
        self.made: list[str] = []

    def call(self, name: str, work: Any) -> Any:
        """Does the work, or fails in its place."""
        self.made.append(name)
        if len(self.made) == self.fails:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return work()


class File(io.FileIO):
    """A file on such a disk."""

    disk: Disk

    def write(self, data: Any) -> int:
        return int(self.disk.call("write", lambda: io.FileIO.write(self, data)))

    def close(self) -> None:
        if self.closed:
            return
        try:
            self.disk.call("close", lambda: None)
        finally:
            io.FileIO.close(self)


class Calls:
    """The `os` of the module that writes, over such a disk; what is not a call on files is Python's own."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def __getattr__(self, name: str) -> Any:
        known = getattr(os, name)
        called = {"open": "open", "fsync": "fsync", "replace": "rename", "chmod": "chmod", "stat": "stat"}.get(name)
        if called is None:
            return known
        return lambda *operands: self.disk.call(called, lambda: known(*operands))


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that puts a disk in the place of the real one."""

    def use(fails: int) -> Disk:
        disk = Disk(fails)
        kind = type("File", (File,), {"disk": disk})

        def opened(place: Any, mode: str, encoding: str) -> Any:
            raw = disk.call("open", lambda: kind(place, "w"))
            return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding)

        monkeypatch.setattr(output, "os", Calls(disk))
        monkeypatch.setattr(output, "open", opened, raising=False)
        return disk

    yield use


def calls_made(disks: Any, folder: Path, old: bool) -> list[str]:
    """The calls of a run in which nothing fails."""
    disk = disks(0)
    target = folder / "whole"
    if old:
        target.write_text("old\n")
    assert main([*ARGV, str(target)]) == 0
    assert target.read_text() == ANSWER
    target.unlink()
    return list(disk.made)


@pytest.mark.parametrize("old", [False, True])
def test_whichever_call_fails_nothing_is_lost_and_nothing_is_left(
    old: bool, tmp_path: Path, disks: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made = calls_made(disks, tmp_path, old)
    assert {"open", "write", "fsync", "rename"} <= set(made)
    capsys.readouterr()
    for k in range(1, len(made) + 1):
        target = tmp_path / f"out{k}"
        if old:
            target.write_text("old\n")
        disk = disks(k)
        code = main([*ARGV, str(target)])
        where = (k, disk.made)
        assert code == 6, where
        assert capsys.readouterr().err == f"difftape: i/o error: cannot write {target}: No space left on device\n", (
            where
        )
        left = {path.name: path.read_text() for path in tmp_path.iterdir()}
        assert left == ({target.name: "old\n"} if old else {}), where
        if old:
            target.unlink()


def test_the_torture_sees_a_file_that_is_written_in_place(tmp_path: Path, disks: Any) -> None:
    """A writer that does without the temporary file loses the old one when a write fails."""
    target = tmp_path / "out"
    target.write_text("old\n")
    disks(2)
    with pytest.raises(OSError), output.open(target, "w", encoding="utf-8") as stream:  # type: ignore[attr-defined]
        stream.write(ANSWER)
        stream.flush()
    assert target.read_text() != "old\n"
