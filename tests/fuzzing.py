"""Runs inputs at random through `difftape.cli.main` in this process, and says of each what did not hold.

What must hold: an exit code of the contract, no traceback, at most 4 KiB of plain text on stderr for a question, an
answer that parses (numbers, or JSON without NaN), a line of it for every line asked, no file, no more than so many
seconds of the processor, and the same again when asked again.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import random_inputs
import random_rows
from random_inputs import Call

from difftape.cli import main

NUMBERS = ("grad", "value", "hessian", "jacobian", "taylor")  # commands whose plain answer is numbers
_BALL = re.compile(r"\[(\S+) ± (\S+)\]")  # what --certify prints
CODES = {0, 1, 2, 3, 4, 5, 6}
STDERR_LIMIT = 4096
SECONDS = 30.0  # of the processor, for one input; a question of its own is told to stop after 20
_ENDLESS = "no end"  # such an input is not made smaller, for each try takes as long
BATCH = 200  # lines of stdin in one run
_FEW = 100  # tries to make a finding smaller


class Hang(BaseException):
    """An input took too long; no `except Exception` swallows it."""


class Outcome(NamedTuple):
    """What came of a call: exit code (None: it was cut off), the two streams, and the seconds it took."""

    code: int | None
    out: str
    err: str
    seconds: float = 0.0


class Finding(NamedTuple):
    """A call that did what it must not, made as small as was found out quickly."""

    call: Call
    what: str


def run(call: Call, seconds: float = SECONDS) -> Outcome:
    """The outcome of a call in this process, cut off after so many seconds of the processor."""

    def ring(*_: Any) -> None:
        raise Hang

    if random_rows.FILE in call.argv:
        with tempfile.NamedTemporaryFile() as file:
            file.write(call.stdin)
            file.flush()
            argv = [file.name if word == random_rows.FILE else word for word in call.argv]
            code, out, err, took = run(Call(argv), seconds)
            return Outcome(code, out, err.replace(file.name, random_rows.FILE), took)
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdin, signal.signal(signal.SIGVTALRM, ring)
    sys.stdin = io.TextIOWrapper(io.BytesIO(call.stdin), encoding="utf-8")
    began = time.process_time()
    code: int | None = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.1)
            try:
                code = main(call.argv)
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except Hang:
        pass
    finally:
        sys.stdin = before[0]
        signal.signal(signal.SIGVTALRM, before[1])
    return Outcome(code, out.getvalue(), err.getvalue(), time.process_time() - began)


def wrong(call: Call, found: Outcome) -> str:
    """What is wrong with an outcome, or nothing."""
    if found.code is None:
        return f"{_ENDLESS} after {found.seconds:.1f} seconds"
    if found.code not in CODES:
        return f"exit {found.code}: {found.err[:300]}"
    if "Traceback" in found.err or "Warning" in found.err:
        return f"a traceback or a warning: {found.err[:300]}"
    if "\x1b" in found.err and not any("color" in word for word in call.argv):
        return "an escape sequence on stderr"
    questions = 1 + call.stdin.count(b"\n") + sum(word.startswith(("-e", "--e")) for word in call.argv)
    points = 10 if any(":" in word for word in call.argv) or b":" in call.stdin else 2
    if len(found.err.encode("utf-8", "surrogatepass")) > STDERR_LIMIT * questions * points:
        return f"{len(found.err)} characters on stderr"
    try:
        found.out.encode()
    except UnicodeEncodeError:
        return "stdout cannot be encoded"
    asks = call.argv[0] not in ("map", "repl")  # of no rows, and of a session that asks nothing, there is no answer
    if found.code == 0 and not found.out and "-h" not in call.argv and asks:
        return "exit 0 without an answer"
    if found.code and not found.err and not ("check" in call.argv[:1] and found.out):
        return f"exit {found.code} without a word"
    return unreadable(call.argv, found.out) if found.code < 2 or found.out else ""


def unreadable(argv: Sequence[str], out: str) -> str:
    """What keeps a program from reading stdout in the format that it is in, or nothing."""
    if argv[:1] == ["functions"] or "help" in "".join(argv) or "-h" in argv or not out:
        return ""
    form = format_of(argv)
    try:
        if form == "json":
            json.loads(out, parse_constant=_refuse)
        elif form == "jsonl":
            for line in out.splitlines():
                json.loads(line, parse_constant=_refuse)
        elif form in ("csv", "tsv"):
            rows = list(csv.reader(io.StringIO(out), delimiter="," if form == "csv" else "\t"))
            if len({len(row) for row in rows}) > 1:
                return f"rows of different widths: {out[:200]}"
        elif form == "plain" and argv[0] in NUMBERS:
            for cell in _BALL.sub(r"\1 \2", out).split():
                float(cell)
    except ValueError as error:
        return f"{form} that does not parse ({error}): {out[:200]}"
    return ""


def format_of(argv: Sequence[str]) -> str:
    """The format that the last word about it chooses."""
    form = "plain" if argv[0] != "map" else "" if "csv" not in argv else "csv"
    for word, after in zip(argv, [*argv[1:], ""], strict=True):
        if word in random_inputs.FORMATS:
            form = word[2:]
        elif word in ("-f", "--format"):
            form = after
    return form


def _refuse(word: str) -> None:
    raise ValueError(f"{word} in JSON")


def has_clock(call: Call, found: Outcome) -> bool:
    """Whether a clock may have had a part in the outcome: judges have so many seconds, and so have slow functions."""
    said = [word for word in call.argv if word in ("--check", "--no-check")]
    is_checked = call.argv[:1] == ["check"] or "--check" in said[-1:] or ("--check-timeout" in call.argv and not said)
    return is_checked or any(
        words in found.err + found.out for words in ("did not answer", "takes too long", "seconds of")
    )


def judged(call: Call, twice: bool = False) -> str:
    """What is wrong when a call is run, or nothing; `twice` asks again and compares."""
    return observed(call, twice)[1]


def observed(call: Call, twice: bool = False) -> tuple[Outcome, str]:
    """What came of a call, and what is wrong with it."""
    found = run(call)
    said = wrong(call, found)
    if not said and twice and not has_clock(call, found):
        again = run(call)
        if not has_clock(call, again) and found[:3] != again[:3]:
            said = f"not the same again: {found[:3]} and {again[:3]}"[:1000]
    return found, said


def asked(lines: Sequence[bytes]) -> int:
    """How many of the lines ask something; a `#` begins a comment, and bytes that are no UTF-8 are an error."""
    count = 0
    for number, raw in enumerate(lines):
        try:
            text = raw.decode("utf-8-sig" if number == 0 else "utf-8")
        except UnicodeDecodeError:
            count += 1
        else:
            count += bool(text.partition("#")[0].strip())
    return count


def judged_lines(argv: Sequence[str], lines: Sequence[bytes], twice: bool = False) -> Iterator[Finding]:
    """The findings among lines of stdin that are asked in one run; if there is any, each is asked alone."""
    call = Call(list(argv), b"".join(line + b"\n" for line in lines))
    found, said = observed(call, twice)
    if not said and format_of(argv) == "plain" and argv[0] != "check":  # which ends with a line of counts
        count, answered = asked(lines), found.out.count("\n")
        has_grid = any(line.count(b":") > 1 for line in lines)
        if answered < count or (answered > count and not has_grid):
            said = f"{count} lines asked and {answered} answered"
    if not said:
        return
    alone = [Call(list(argv), line + b"\n") for line in lines]
    guilty = [(c, what) for c in alone if (what := judged(c, twice) if asked([c.stdin[:-1]]) else "")]
    if not guilty and not said.startswith(_ENDLESS):  # together they may take long, each for itself in time
        guilty = [(call, said)]
    for one, what in guilty:
        yield Finding(one, what)


def smaller(finding: Finding, judge: Callable[[Call], str] = judged) -> Finding:
    """The finding with as much of its words and stdin left out as can be without losing it."""
    call, what = finding
    tries = _FEW

    def parts(text: Any) -> Iterator[Any]:
        size = max(1, len(text) // 2)
        while size:
            for begin in range(0, len(text), size):
                yield text[:begin] + text[begin + size :]
            size //= 2

    def candidates() -> Iterator[Call]:
        for words in parts(call.argv[1:]):
            yield Call([*call.argv[:1], *words], call.stdin)
        for place, word in enumerate(call.argv[1:], 1):
            for text in parts(word):
                yield Call([*call.argv[:place], text, *call.argv[place + 1 :]], call.stdin)
        for stdin in parts(call.stdin):
            yield Call(call.argv, stdin)

    is_smaller = True
    while is_smaller and tries:
        is_smaller = False
        for candidate in candidates():
            if not tries:
                break
            tries -= 1
            said = judge(candidate)
            if said and said.split(":")[0] == what.split(":")[0]:
                call, what, is_smaller = candidate, said, True
                break
    return Finding(call, what)


FORMS = (
    *(["value"], ["value", "--jsonl"]) * 4,
    *(["grad", "--no-check"], ["taylor", "--no-check", "--wrt", "x", "--order", "4"]) * 3,
    ["grad", "--no-check", "--jsonl"],
    ["grad", "--no-check", "--order", "3", "--allow-nonfinite"],
    ["grad", "--no-check", "--subgradient", "--with-value", "--json"],
)
HARD = (
    ["grad"],
    ["check"],
    ["hessian"],
    ["taylor", "--wrt", "x"],
    ["hessian", "--no-check"],
    ["grad", "--mixed", "x,y"],
)


def campaign(seed: int, inputs: int, seconds: float = float("inf")) -> tuple[int, list[Finding]]:
    """How many inputs were run, and the findings: mostly lines, one in forty a command line, few with the check."""
    draw = random.Random(seed)
    findings: list[Finding] = []
    done, began = 0, time.monotonic()
    os.environ.pop("DIFFTAPE_GRAD_FORMAT", None)
    while done < inputs and time.monotonic() - began < seconds:
        form = draw.choice(FORMS)
        findings += judged_lines(form, random_inputs.lines(draw, BATCH), twice=draw.random() < 0.1)
        done += BATCH
        for _ in range(BATCH // 40):
            call = random_inputs.command_line(draw)
            said = judged(call, twice=draw.random() < 0.2)
            findings += [Finding(call, said)] if said else []
            done += 1
        if draw.random() < 0.3:
            findings += judged_lines(draw.choice(HARD), [random_inputs.line_of(draw, True).encode()])
            done += 1
    return done, [f if f.what.startswith(_ENDLESS) else smaller(f) for f in findings]


def rows_campaign(seed: int, inputs: int, seconds: float = float("inf")) -> tuple[int, list[Finding]]:
    """The same of files of rows, which map reads."""
    draw = random.Random(seed)
    findings: list[Finding] = []
    done, began = 0, time.monotonic()
    while done < inputs and time.monotonic() - began < seconds:
        call = random_rows.call(draw)
        said = judged(call, twice=draw.random() < 0.1)
        findings += [Finding(call, said)] if said else []
        done += 1
    return done, [smaller(f) for f in findings]


def written(folder: str) -> list[str]:
    """The files in a folder that was empty."""
    return sorted(os.listdir(folder))


def shown(finding: Finding) -> str:
    """A finding as a row of the cases, and what is wrong."""
    row: dict[str, Any] = {"argv": finding.call.argv}
    if finding.call.stdin:
        row["stdin"] = finding.call.stdin.decode("utf-8", "backslashreplace")
    return f"{json.dumps(row)}\n    {re.sub(r'[^ -~]', '?', finding.what)[:600]}"
