"""The command line as a process of its own: the installed program, or `python -m difftape` where there is none."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

_INSTALLED = Path(sys.executable).parent / "difftape"
IS_INSTALLED = _INSTALLED.exists()
PROGRAM = [str(_INSTALLED)] if IS_INSTALLED else [sys.executable, "-m", "difftape"]
_COLOUR = ("NO_COLOR", "FORCE_COLOR", "TERM", "PYTHONOPTIMIZE", "PYTHONIOENCODING")


def environment(**changed: str) -> dict[str, str]:
    """This process's environment without what changes colours, and with `changed`."""
    return {**{name: value for name, value in os.environ.items() if name not in _COLOUR}, **changed}


def run(*argv: str, stdin: str | bytes = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end, its output in pipes, decoded as UTF-8."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    how = {"env": environment(), "timeout": 60, **more}
    done = subprocess.run([*PROGRAM, *argv], input=data, capture_output=True, **how)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def on_terminal(*argv: str, **changed: str) -> str:
    """What a person at a terminal sees, stdout and stderr together."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [*PROGRAM, *argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(**{"TERM": "xterm", **changed}),
        )
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            seen += piece
        process.wait(timeout=60)
    finally:
        os.close(ours)
    return seen.decode().replace("\r\n", "\n")
