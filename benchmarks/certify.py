"""Balls over all case files: how small they are, whether they round to the reference, and what the ball judge says.

python benchmarks/certify.py [FILE ...]
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

from measuring import table

import difftape
from difftape.certify import judges, replay
from difftape.certify.ball import point_of
from difftape.certify.enclosure import enclosure, rounded
from difftape.parser import parse

DATA = Path(__file__).parent.parent / "tests" / "data"
FILES = ["feynman", "sr", "ode", "ad", "cas", "optim", "nist", "rubi", "rubi_special"]
DIGITS = 40
MOST = 20  # variables of a row that the ball judge is asked about


def small(ball: Any) -> bool:
    """Whether the decimals that are printed are within 1e-40 of the number, or of 0 by 400 places."""
    found = enclosure(ball, DIGITS)
    rad = Fraction(found.rad)
    return rad <= abs(Fraction(found.mid)) / 10**DIGITS or rad < Fraction(10) ** -400


def measured(file: str) -> list[str]:
    """One line of the table."""
    counts: Counter[str] = Counter()
    spent = judging = 0.0
    for line in (DATA / f"{file}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        program = parse(row["expr"], row["at"])
        at = {name: x for name, x in row["at"].items() if name in program.variables}
        truth = {name: d for name, d in row.get("grad", {}).items() if name in at}
        if not truth:
            continue
        counts["rows"] += 1
        point, names = point_of(at), list(truth)
        begin = time.perf_counter()
        found = replay.settled(lambda p=program, at=point, names=names: replay.gradient(p, at, names), DIGITS)
        spent += time.perf_counter() - begin
        counts["small"] += all(map(small, found.values()))
        counts["equal"] += all(rounded(found[name]) == d for name, d in truth.items())
        doubles = difftape.parse(row["expr"]).answer(row["at"], wrt=names[:MOST], check=False).grad
        begin = time.perf_counter()
        balls = judges.balls(program, at, names[:MOST])
        judging += time.perf_counter() - begin
        counts["free"] += all(b.free is not None for b in balls.values())
        counts[judges.judged({name: d for name, d in doubles.items() if d is not None}, balls).verdict] += 1
    words = ("rows", "small", "equal", "free", "agree", "ill-conditioned", "undecided", "differs")
    return [file, *(str(counts[word]) for word in words), f"{spent:.2f}", f"{judging:.2f}"]


if __name__ == "__main__":
    heading = ["file", "rows", "<= 1e-40", "= reference", "by Cauchy too", "agree", "ill-conditioned", "undecided"]
    table([*heading, "differs", "gradient s", "judge s"], [measured(file) for file in sys.argv[1:] or FILES])
