"""Fuzzes the command line in this process, and says how many inputs there were and what was found.

python benchmarks/fuzz.py [--rows] [--inputs 2000000] [--minutes 60] [--seed N]

Lines of stdin, raw bytes and command lines; with --rows files and streams of rows, which `map` reads.  What was found
in the last long runs is in RESULTS.md.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

from fuzzing import campaign, rows_campaign, shown  # noqa: E402

ROUND = 20_000
STUCK = 600  # seconds without the end of a round that has no more than this many: where it is, is printed


def main() -> int:
    """Rounds of inputs, each with a seed of its own; the findings as they come."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--inputs", type=int, default=2_000_000)
    reader.add_argument("--minutes", type=float, default=60)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--rows", action="store_true")
    asked = reader.parse_args()
    run = rows_campaign if asked.rows else campaign
    began, done, found = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        while done < asked.inputs and time.monotonic() - began < asked.minutes * 60:
            faulthandler.dump_traceback_later(STUCK)
            left = asked.minutes * 60 - (time.monotonic() - began)
            more, findings = run(asked.seed, min(ROUND, asked.inputs - done), left)
            done, found, asked.seed = done + more, found + len(findings), asked.seed + 1
            for finding in findings:
                print(f"seed {asked.seed - 1}: {shown(finding)}")
            print(f"{done} inputs, {found} findings, {time.monotonic() - began:.0f} s", flush=True)
        faulthandler.cancel_dump_traceback_later()
        files = os.listdir(folder)
        os.chdir(PROJECT)
    print(f"{done} inputs, {found} findings, files written: {files or 'none'}")
    return 1 if found or files else 0


if __name__ == "__main__":
    sys.exit(main())
