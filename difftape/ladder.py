"""The judges of a derivative one after another, and the verdict that their votes make.

sympy   its own derivative, evaluated with 50 digits and more (`check.py`)
tape    the tape's engines beside one another: the reverse sweep and the Taylor series (`twoways.py`)
mpmath  the quotient of differences of the value, which no rule has a part in (`rulefree.py`)
arb     two balls that contain the derivative, by the rules and by Cauchy's formula without them (`certify/`)

All but the tape know nothing of its rules.  The ladder asks sympy and the tape, and then one after another of the
others while nothing independent is known of a number, or a judge convicts it: no judge is believed alone against
another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from time import monotonic
from typing import Any

from .answer import Verdict
from .check import WORST, findings, summed, why
from .comparison import Finding, judged
from .deadline import TimeUp, within
from .errors import DifftapeError, UsageError
from .graph import Program
from .magnitudes import reach
from .replay import replay
from .symbolic import Unknown

Votes = dict[str, dict[str, Finding]]
_PART = 0.25  # of the time limit is for each judge after the first, however long that took


class Question:
    """What the judges are asked: a program's derivatives of one order at a point, in doubles, and how exactly."""

    def __init__(
        self,
        program: Program,
        at: Mapping[str, float],
        numbers: Mapping[str, float],
        order: int,
        settled: Collection[str],
        rtol: float,
        atol: float,
    ) -> None:
        self.program = program
        self.at = at
        self.numbers = numbers
        self.order = order
        self.settled = settled
        self.rtol = rtol
        self.atol = atol

    def by_sympy(self, names: Sequence[str], timeout: float | None) -> dict[str, Finding]:
        """Sympy's findings."""
        entries = {name: (name,) * self.order for name in names}
        tape = lambda asked, digits: replay(self.program, self.at, asked, self.order, digits)
        how: Any = {"settled": self.settled, "rtol": self.rtol, "atol": self.atol, "timeout": timeout}
        return findings(self.program, self.at, entries, {n: self.numbers[n] for n in names}, tape, **how)

    def by_tape(self, name: str) -> Finding:
        """The finding of the tape's two engines."""
        from .twoways import ways

        own, other = ways(self.program, self.at, name, self.order)
        finding = judged(self.numbers[name], other, own, self.rtol, self.atol, who="another of its engines")
        if finding.verdict == "differs":
            finding.reason = "with 50 digits and more two of the tape's engines part: one of them is wrong"
        return finding

    def by_mpmath(self, name: str) -> Finding:
        """The finding of mpmath's quotient of differences."""
        from .rulefree import derivative

        free = derivative(self.program, self.at, name, self.order)
        own = lambda digits: replay(self.program, self.at, (name,), self.order, digits)[name]
        far = reach(self.program.steps, self.at, self.order)
        return judged(self.numbers[name], free, own, self.rtol, self.atol, far, "mpmath")

    def by_arb(self, name: str) -> Finding:
        """The finding of the balls."""
        from .certify.judges import balls
        from .certify.judges import judged as by_balls

        found = balls(self.program, self.at, (name,), self.order)
        said = by_balls({name: self.numbers[name]}, found, self.rtol, self.atol)
        reason = "" if said.verdict == "agree" else said.reason
        finding = Finding(said.verdict, said.reference.get(name, ""), said.ulps.get(name), reason)
        finding.exact = said.exact.get(name)
        return finding

    def each(
        self, judge: str, names: Sequence[str], finding: Callable[[str], Finding], timeout: float | None
    ) -> dict[str, Finding]:
        """The findings of a judge that is asked about one number at a time, as far as it comes in the time."""
        from mpmath import mp

        found: dict[str, Finding] = {}

        def ask() -> None:
            for name in names:
                try:
                    if name in self.settled:
                        raise Unknown("at such a point the derivative is a limit, or a convention")
                    found[name] = finding(name)
                except Exception as error:
                    reason = str(error) if isinstance(error, DifftapeError) else why(error)
                    found[name] = Finding("undecided", reason=reason.replace("sympy", judge))

        precision = mp.prec
        try:
            within(timeout, ask)
        except TimeUp:
            pass
        finally:
            mp.prec = precision
        late = f"{judge} did not answer within {timeout:.3g} s" if timeout is not None else ""
        return {name: found.get(name) or Finding("undecided", reason=late) for name in names}


_ASKED: dict[str, Callable[[Question, Sequence[str], float | None], dict[str, Finding]]] = {
    "sympy": lambda question, names, timeout: question.by_sympy(names, timeout),
    "tape": lambda question, names, timeout: question.each("tape", names, question.by_tape, timeout),
    "mpmath": lambda question, names, timeout: question.each("mpmath", names, question.by_mpmath, timeout),
    "arb": lambda question, names, timeout: question.each("arb", names, question.by_arb, timeout),
}
JUDGES = tuple(_ASKED)


def named(judges: Sequence[str]) -> tuple[str, ...]:
    """The judges of these names, each once; raises UsageError for another name, or for arb without python-flint.

    >>> named(["mpmath", "sympy", "mpmath"])
    ('mpmath', 'sympy')
    """
    for judge in judges:
        if judge not in _ASKED:
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
    settled: Collection[str] = (),
    rtol: float = 1e-9,
    atol: float = 1e-12,
    timeout: float | None = 5.0,
) -> Verdict:
    """What the judges say of derivatives of that order in doubles, by variable.

    `judges` are asked all of them; with none, the ladder; with None, sympy, and mpmath where that is undecided and
    time is left: the votes are reported only if mpmath's counted, and no condition.

    >>> from difftape.parser import parse
    >>> verdict(parse("zeta(x)"), {"x": 3.0}, {"x": -0.19812624288563685}, judges=["sympy", "mpmath"]).judges
    {'sympy': 'undecided', 'mpmath': 'agree'}
    """
    question = Question(program, at, numbers, order, settled, rtol, atol)
    until = None if timeout is None else monotonic() + timeout
    names, votes = list(numbers), dict[str, dict[str, Finding]]()
    for judge in judges or (("sympy", "mpmath") if judges is None else _ladder()):
        asked = names if judges or judge in ("sympy", "tape") else _open(names, votes, judges is not None)
        left = _left(until, 0.0 if timeout is None or judges is None else _PART * timeout)
        if asked and (not votes or left is None or left > 0):
            votes[judge] = _ASKED[judge](question, asked, left)
    found, by = {}, {}
    for name in names:
        found[name], by[name] = counted({judge: vote[name] for judge, vote in votes.items() if name in vote})
    said = summed(names, found, ", ".join(dict.fromkeys(by.values())))
    if judges is None and "mpmath" not in by.values():
        return said
    worst = {judge: max((f.verdict for f in vote.values()), key=WORST.index) for judge, vote in votes.items()}
    said = said._replace(judges=worst, relative=_relative(numbers, said.reference))
    return (
        said if judges is None else said._replace(condition=_condition(question, _left(until, _PART * (timeout or 0))))
    )


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


def _condition(question: Question, timeout: float | None) -> dict[str, float]:
    from mpmath import mp

    from .conditioning import condition

    found: dict[str, float] = {}
    names = [name for name in question.numbers if name not in question.settled]
    precision = mp.prec
    try:
        within(timeout, lambda: condition(question.program, question.at, names, question.order, found))
    except (Exception, TimeUp):
        pass  # what is not to be had is left out
    finally:
        mp.prec = precision
    return found
