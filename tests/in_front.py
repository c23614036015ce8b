"""Faults put in front of the real program: Python runs a file of ours before it, in the same process.

`sitecustomize` is Python's own hook for what is to be done first; the program behind it is as it is installed.
"""

from __future__ import annotations

import os
from pathlib import Path

from process import environment

# The program kills itself, by WHAT, in place of the write number AT to a file, or in the midst of it.
STOPPED = """
import os, stat
_write, _seen = os.write, 0
def write(descriptor, data):
    global _seen
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        _seen += 1
        if _seen == int(os.environ["AT"]):
            done = _write(descriptor, bytes(data)[:len(data) // 2]) if os.environ["HALF"] else 0
            os.kill(os.getpid(), int(os.environ["WHAT"]))
            return done
    return _write(descriptor, data)
os.write = write
"""

# Python finds no package of this name, as if it were not installed.
WITHOUT = """
import sys
from importlib.machinery import PathFinder
class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == {name!r} else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""

# The clock on the wall jumps by a day at every look, to and fro.
JUMPING = """
import time
_time, _looks = time.time, 0
def now():
    global _looks
    _looks += 1
    return _time() + (86400 if _looks % 2 else -86400)
time.time, time.time_ns = now, lambda: int(now() * 1e9)
"""

# The first write to a file finds that the input has grown.
GROWING = """
import os
_write = os.write
def write(descriptor, data):
    os.write = _write
    with open(os.environ["GROWS"], "a") as more:
        more.write("7,8,9\\n" * 3)
    return _write(descriptor, data)
os.write = write
"""


def faulty(folder: Path, script: str, **changed: str) -> dict[str, str]:
    """An environment in which the script runs before the program."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(script)
    known = os.environ.get("PYTHONPATH")
    return environment(PYTHONPATH=os.pathsep.join([str(folder), *([known] if known else [])]), **changed)
