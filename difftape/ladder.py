"""The judges of a derivative one after another, and the verdict that their votes make.

The judges are sympy, the tape itself, mpmath and arb (`witnesses.py`); all but the tape know nothing of its rules.  The
ladder asks sympy and the tape, and then one after another of the others while nothing independent is known of a
number, or a judge convicts it: no judge is believed alone against another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from time import monotonic

from .answer import Verdict
from .check import WORST, summed
from .comparison import Finding
from .continuation import tended
from .deadline import TimeUp, within
from .errors import DifftapeError, UsageError
from .graph import Program
from .replay import replay
from .witnesses import ASKED, Question

Votes = dict[str, dict[str, Finding]]
_PART = 0.25  # of the time limit is for each judge after the first, however long that took
_QUICK = ("sympy", "mpmath", "tape")
JUDGES = tuple(ASKED)


def named(judges: Sequence[str]) -> tuple[str, ...]:
    """The judges of these names, each once; raises UsageError for another name, or for arb without python-flint.

    >>> named(["mpmath", "sympy", "mpmath"])
    ('mpmath', 'sympy')
    """
    for judge in judges:
        if judge not in ASKED:
            raise UsageError(f"there is no judge called {judge!r}", hint=f"the judges are {', '.join(JUDGES)}")
    if "arb" in judges:
        from .certify.ball import library

        library()
    return tuple(dict.fromkeys(judges))


def verdict(
    program: Program,
    at: Mapping[str, float],
    numbers: Mapping[str, float],
    order: int = 1,
    *,
    judges: Sequence[str] | None = (),
    limits: Mapping[str, str] | None = None,
    settled: Collection[str] = (),
    rtol: float = 1e-9,
    atol: float = 1e-12,
    timeout: float | None = 5.0,
) -> Verdict:
    """What the judges say of derivatives of that order in doubles, by variable; `judges` as in `heard`.

    `limits` and `settled` are the variables by which they are limits, or conventions (`witnesses.py`).

    >>> from difftape.parser import parse
    >>> verdict(parse("zeta(x)"), {"x": 3.0}, {"x": -0.19812624288563685}, judges=["sympy", "mpmath"]).judges
    {'sympy': 'undecided', 'mpmath': 'agree'}
    """
    question = Question(
        program,
        at,
        numbers,
        {name: (name,) * order for name in numbers},
        lambda asked, digits: replay(program, at, asked, order, digits),
        "sweep" if order == 1 else "series",
        limits=limits,
        limit=lambda name, digits: tended(program, at, (name,) * order, digits),
        settled=settled,
        rtol=rtol,
        atol=atol,
    )
    until = None if timeout is None else monotonic() + timeout
    said = heard(question, judges, timeout)
    if judges is None:
        return said
    return said._replace(condition=_condition(question, order, _left(until, _PART * (timeout or 0))))


def heard(question: Question, judges: Sequence[str] | None, timeout: float | None) -> Verdict:
    """The verdict of judges on a question.

    `judges` are asked all of them; with none, the ladder; with None, sympy, mpmath where that is undecided, and the
    tape itself where both are: their votes are reported only where sympy's alone did not count.
    """
    until = None if timeout is None else monotonic() + timeout
    names, votes = list(question.numbers), dict[str, dict[str, Finding]]()
    for judge in judges or (_QUICK if judges is None else _ladder()):
        is_for_all = judges or judge == "sympy" or (judge == "tape" and judges is not None)
        asked = names if is_for_all else _open(names, votes, judges is not None)
        left = _left(until, _PART * timeout if timeout is not None and votes else 0.0)
        if asked and (not votes or left is None or left > 0):
            votes[judge] = ASKED[judge](question, asked, left)
    found, by = {}, {}
    for name in names:
        found[name], by[name] = counted({judge: vote[name] for judge, vote in votes.items() if name in vote})
    said = summed(names, found, ", ".join(dict.fromkeys(by.values())))
    if judges is None and set(by.values()) <= {"sympy"}:
        return said
    worst = {judge: max((f.verdict for f in vote.values()), key=WORST.index) for judge, vote in votes.items()}
    return said._replace(judges=worst, relative=_relative(question.numbers, said.reference))


def _left(until: float | None, least: float) -> float | None:
    """How many seconds there are, never fewer than the least."""
    return None if until is None else max(until - monotonic(), least)


def _ladder() -> tuple[str, ...]:
    """The judges that there are."""
    try:
        return named(JUDGES)
    except DifftapeError:
        return tuple(judge for judge in JUDGES if judge != "arb")


def _open(names: Sequence[str], votes: Votes, doubts: bool) -> list[str]:
    """The names of which nothing independent is known, or, if convictions are doubted, one judge's conviction."""

    def is_open(name: str) -> bool:
        words = [vote[name].verdict for judge, vote in votes.items() if judge != "tape" and name in vote]
        known = [word for word in words if word != "undecided"]
        return not known or (doubts and "differs" in known and known.count("differs") < 2)

    return [name for name in names if is_open(name)]


def counted(votes: Mapping[str, Finding]) -> tuple[Finding, str]:
    """The finding that the votes on one number make, and whose it is.

    Of the judges that know none of the tape's rules the majority counts; as many against as for it is undecided.
    The tape alone convicts itself, but acquits only where no other was asked.

    >>> counted({"sympy": Finding("undecided"), "tape": Finding("agree"), "mpmath": Finding("agree")})[1]
    'mpmath'
    """
    others = {judge: vote for judge, vote in votes.items() if judge != "tape"}
    against = [judge for judge, vote in others.items() if vote.verdict == "differs"]
    for_it = [judge for judge, vote in others.items() if vote.verdict in ("agree", "ill-conditioned")]
    tape = votes.get("tape")
    if against and len(against) == len(for_it):
        said = ", ".join(f"{judge} says {votes[judge].verdict}" for judge in (*for_it, *against))
        return Finding("undecided", reason=f"the judges part: {said}"), against[0]
    if len(against) > len(for_it):
        judge = against[0]
    elif tape is not None and (tape.verdict == "differs" or not others):
        judge = "tape"
    else:
        judge = (for_it or list(others))[0]
    finding = votes[judge]
    if judge != "sympy" and "sympy" in votes:
        finding.symbolic = votes["sympy"].symbolic
    return finding, judge


def _relative(numbers: Mapping[str, float], reference: Mapping[str, str]) -> dict[str, float]:
    """The relative errors of the doubles, to three digits; inf beside a truth of 0."""
    from mpmath import mp

    found = {}
    with mp.workdps(40):
        for name, text in reference.items():
            truth = mp.mpf(text)
            error = abs(numbers[name] - truth)
            found[name] = float(mp.nstr(error / abs(truth), 3)) if truth else float("inf") if error else 0.0
    return found


def _condition(question: Question, order: int, timeout: float | None) -> dict[str, float]:
    from mpmath import mp

    from .conditioning import condition

    found: dict[str, float] = {}
    names = [name for name in question.numbers if name not in question.diagnosed]
    precision = mp.prec
    try:
        within(timeout, lambda: condition(question.program, question.at, names, order, found))
    except (Exception, TimeUp):
        pass  # what is not to be had is left out
    finally:
        mp.prec = precision
    return found
