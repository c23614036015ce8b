"""What the judges say of every derivative in the case files: the table of README's section on accuracy.

python benchmarks/verdicts.py [--timeout S] [FILE ...]

A row is a formula at a point, its verdict the worst of its variables' (of a row with an order, that of the highest
derivative up to the fifth).  No rule of difftape is known to be wrong, so a "differs" is a false one; it is listed, and
so is what no judge decided.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from measuring import table

import difftape
from difftape.errors import DifftapeError

DATA = Path(__file__).parent.parent / "tests" / "data"
FILES = ["feynman", "sr", "ode", "ad", "cas", "optim", "nist", "rubi", "rubi_special", "nth_exact", "nth_decimal"]
WORDS = ("agree", "ill-conditioned", "undecided", "differs")
ORDER = 5
MOST = 12  # variables of a row that are asked about


def asked(row: dict[str, Any], timeout: float) -> Any:
    """The answer to a row, with the verdict of the ladder."""
    names = [row["by"]] if "by" in row else list(row["grad"])[:MOST]
    order = ORDER if "by" in row else 1
    expression = difftape.parse(row["expr"])
    return expression.answer(row["at"], wrt=names, order=order, check_timeout=timeout, judges=())


def judged(file: str, timeout: float) -> list[str]:
    """One line of the table; what is not decided, or convicted, is said on stderr."""
    counts: Counter[str] = Counter()
    votes: Counter[str] = Counter()
    begin = time.perf_counter()
    for line in (DATA / f"{file}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not row.get("grad") and "by" not in row:
            continue
        counts["rows"] += 1
        try:
            found = asked(row, timeout).check
        except DifftapeError as error:
            print(row["id"], error, file=sys.stderr)
            continue
        counts[found.verdict] += 1
        votes.update(found.judge.split(", ") if found.verdict in WORDS[:2] else [])
        if found.verdict in WORDS[2:]:
            print(row["id"], found.verdict, found.judges, found.reason[:150], file=sys.stderr, flush=True)
    spent = time.perf_counter() - begin
    numbers = [counts["rows"], *(counts[word] for word in WORDS), counts["skipped"]]
    return [file, *map(str, numbers), ", ".join(f"{judge} {n}" for judge, n in votes.items()), f"{spent:.0f}"]


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("files", nargs="*", default=FILES)
    options.add_argument("--timeout", type=float, default=5.0)
    given = options.parse_args()
    heading = ["file", "rows", *WORDS, "no number", "decided by", "s"]
    table(heading, [judged(file, given.timeout) for file in given.files])
