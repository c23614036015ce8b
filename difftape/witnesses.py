"""What each judge says of the numbers of one answer: first and higher derivatives, Hessians, Taylor coefficients.

sympy   its own derivative, evaluated with 50 digits and more (`check.py`)
tape    the tape's engines beside one another (`twoways.py`)
mpmath  the quotient of differences of the value, which no rule has a part in (`rulefree.py`)
arb     two balls that contain the derivative, by the rules and by Cauchy's formula without them (`certify/`)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .check import WORST, Entries, Tape, findings, why
from .comparison import Finding, judged
from .deadline import TimeUp, within
from .derivatives import ARITHMETIC
from .errors import DifftapeError
from .graph import Program
from .magnitudes import reach
from .symbolic import Unknown

Own = Callable[[str, int], Any]


class Question:
    """What the judges are asked: numbers of a program at a point, each a derivative by some variables in turn.

    `entries`   by the number's name, the variables that it is a derivative by
    `tape`      the numbers of these names, by the engine that gave the doubles, with so many digits
    `engine`    what that engine is called in `twoways.py`
    `divisors`  what a derivative is divided by: a Taylor coefficient is f⁽ᵏ⁾/k!
    `limits`    names of numbers that the diagnosis found as limits, with the side that the function lives on, or ""
    `limit`     the number of such a name, with so many digits
    `settled`   names of numbers that are conventions, which no judge knows
    """

    def __init__(
        self,
        program: Program,
        at: Mapping[str, float],
        numbers: Mapping[str, float],
        entries: Entries,
        tape: Tape,
        engine: str,
        *,
        divisors: Mapping[str, int] | None = None,
        limits: Mapping[str, str] | None = None,
        limit: Own | None = None,
        settled: Collection[str] = (),
        rtol: float = 1e-9,
        atol: float = 1e-12,
    ) -> None:
        self.program = program
        self.at = at
        self.numbers = numbers
        self.entries = entries
        self.tape = tape
        self.engine = engine
        self.divisors = divisors or {}
        self.limits = limits or {}
        self.limit = limit
        self.settled = settled
        self.rtol = rtol
        self.atol = atol

    @property
    def diagnosed(self) -> set[str]:
        """The names of numbers that the diagnosis gave."""
        return {*self.settled, *self.limits}

    def by_sympy(self, names: Sequence[str], timeout: float | None) -> dict[str, Finding]:
        """Sympy's findings."""
        how: Any = {"settled": self.diagnosed, "rtol": self.rtol, "atol": self.atol, "timeout": timeout}
        entries = {name: self.entries[name] for name in names}
        numbers = {name: self.numbers[name] for name in names}
        return findings(self.program, self.at, entries, numbers, self.tape, divisors=self.divisors, **how)

    def by_tape(self, name: str) -> Finding:
        """The finding of another of the tape's engines."""
        from .twoways import another

        if name in self.limits:
            raise Unknown("at such a point the derivative is a limit")
        other = another(self.program, self.at, self.entries[name], self.engine)
        finding = self._compared(name, other, self._own(name), 0, "another of its engines")
        if finding.verdict == "differs":
            finding.reason = "with 50 digits and more two of the tape's engines part: one of them is wrong"
        return finding

    def by_mpmath(self, name: str) -> Finding:
        """The finding of mpmath's quotient of differences."""
        from .rulefree import derivative, limit

        by = self.entries[name]
        if name not in self.limits:
            free = derivative(self.program, self.at, by)
            return self._compared(name, free, self._own(name), reach(self.program.steps, self.at, len(by)), "mpmath")
        if self.limit is None:
            raise Unknown("at such a point the derivative is a limit")
        known = self.limit
        sides = {"left": (-1,), "right": (1,)}.get(self.limits[name], (-1, 1))
        own = lambda digits: known(name, digits)
        said: list[Finding] = []
        failures: list[Exception] = []
        for side in sides:
            try:
                said.append(self._compared(name, limit(self.program, self.at, by, side), own, 0, "mpmath"))
            except (Unknown, *ARITHMETIC) as failure:  # it may be real on one side only
                failures.append(failure)
        if not said:
            raise failures[0]
        return max(said, key=lambda finding: WORST.index(finding.verdict))

    def by_arb(self, name: str) -> Finding:
        """The finding of the balls."""
        from .certify.judges import balls
        from .certify.judges import judged as by_balls

        by = self.entries[name]
        if len(set(by)) != 1 or self.divisors.get(name, 1) != 1:
            raise Unknown("Cauchy's formula is asked for derivatives by one variable")
        if name in self.limits:
            raise Unknown("at such a point the derivative is a limit")
        found = balls(self.program, self.at, by[:1], len(by))
        said = by_balls({by[0]: self.numbers[name]}, found, self.rtol, self.atol)
        reason = "" if said.verdict == "agree" else said.reason
        finding = Finding(said.verdict, said.reference.get(by[0], ""), said.ulps.get(by[0]), reason)
        finding.exact = said.exact.get(by[0])
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
                        raise Unknown("at such a point the derivative is a convention")
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

    def _own(self, name: str) -> Callable[[int], Any]:
        return lambda digits: self.tape((name,), digits)[name]

    def _compared(
        self, name: str, judge: Callable[[int], Any], own: Callable[[int], Any], far: int, who: str
    ) -> Finding:
        divisor = self.divisors.get(name, 1)

        def divided(digits: int) -> Any:
            from mpmath import mp

            with mp.workdps(digits + 10):
                return judge(digits) / divisor

        asked = judge if divisor == 1 else divided
        return judged(self.numbers[name], asked, own, self.rtol, self.atol, far, who)


ASKED: dict[str, Callable[[Question, Sequence[str], float | None], dict[str, Finding]]] = {
    "sympy": lambda question, names, timeout: question.by_sympy(names, timeout),
    "tape": lambda question, names, timeout: question.each("tape", names, question.by_tape, timeout),
    "mpmath": lambda question, names, timeout: question.each("mpmath", names, question.by_mpmath, timeout),
    "arb": lambda question, names, timeout: question.each("arb", names, question.by_arb, timeout),
}
