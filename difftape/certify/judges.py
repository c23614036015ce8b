"""What balls say of computed derivatives at the exact binary value of the point.

Two balls are found for each number: by the tape's own rules (`replay.py`), and by Cauchy's formula without any
(`cauchy.py`).  Where they have no number in common a rule is wrong.  What they share is how the table's functions are
evaluated by Arb, and no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..answer import Verdict
from ..errors import DifftapeError, UsageError
from ..exact import exact_point
from ..graph import Program
from . import replay
from .ball import Uncertain
from .cauchy import derivative
from .enclosure import enclosure, fraction, rounded, ulps

DIGITS = 40
_WORST = ("agree", "ill-conditioned", "undecided", "differs")


class Balls(NamedTuple):
    """One derivative by the rules and by Cauchy's formula, each None where there is no ball; `why` not."""

    rules: Any
    free: Any
    why: str = ""

    @property
    def part(self) -> bool:
        """Whether the two have no number in common, which proves that one of them is wrong."""
        return self.rules is not None and self.free is not None and not self.rules.overlaps(self.free)

    @property
    def truth(self) -> Any:
        """The ball that is certain without the rules, or else the one with them."""
        return self.rules if self.free is None else self.free


def balls(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str], order: int = 1, digits: int = DIGITS
) -> dict[str, Balls]:
    """The balls of the derivatives of that order by each variable of `wrt`, at the exact values of the point.

    The literals of the program are taken as its leaves have them: as doubles, or exact in an exact program.

    >>> from difftape.parser import parse
    >>> found = balls(parse("x**3"), {"x": 2.0}, ["x"])["x"]
    >>> found.part, found.rules.contains(12), found.free.contains(12)
    (False, True, True)
    """
    point = exact_point(at)
    return {name: _balls(program, point, name, order, digits) for name in wrt}


def _balls(program: Program, at: Mapping[str, Any], name: str, order: int, digits: int) -> Balls:
    rules = free = None
    why = ""
    try:
        rules = replay.settled(lambda: _by_rules(program, at, name, order), digits)[name]
    except (Uncertain, DifftapeError) as error:
        why = _reason(error)
    try:
        free = derivative(program, at, name, order, digits)
    except (Uncertain, DifftapeError) as error:
        why = why or _reason(error)
    return Balls(rules, free, why)


def _by_rules(program: Program, at: Mapping[str, Any], name: str, order: int) -> dict[str, Any]:
    if order == 1:
        return replay.gradient(program, at, (name,))
    return {name: replay.derivative(program, at, name, order)}


def _reason(error: Exception) -> str:
    if isinstance(error, UsageError):
        return error.message
    return str(error)


def judged(
    numbers: Mapping[str, float], found: Mapping[str, Balls], rtol: float = 1e-9, atol: float = 1e-12
) -> Verdict:
    """The verdict on doubles beside their balls; see `Verdict`.

    agree: the double is within the tolerance, and "correctly rounded" if each is the one next to the truth.
    ill-conditioned: it is not, but rules and formula agree; `exact` has the right double.  differs: they part.
    undecided: Cauchy's formula has no ball, so that nothing independent of the rules is known.
    """
    verdicts, reasons, reference, distance, exact = {}, {}, {}, {}, {}
    for name, number in numbers.items():
        word, reason = _word(number, found[name], rtol, atol)
        verdicts[name], reasons[name] = word, reason
        truth = found[name].truth
        if truth is not None:
            near = rounded(truth)
            reference[name] = enclosure(truth, 31).mid
            distance[name] = 0.0 if truth.contains(number) else float(f"{ulps(number, truth):.3g}")
            if word == "ill-conditioned" and near is not None:
                exact[name] = near
    worst = max(verdicts.values(), key=_WORST.index, default="skipped")
    said = list(dict.fromkeys(reason for name, reason in reasons.items() if reason and verdicts[name] == worst))
    if worst == "agree" and all(number == rounded(found[name].truth) for name, number in numbers.items()):
        said = ["correctly rounded"]
    return Verdict(worst, "arb", reference, distance, {}, verdicts, "; ".join(said), exact)


def _word(number: float, known: Balls, rtol: float, atol: float) -> tuple[str, str]:
    """The verdict on one double, and why."""
    if known.part:
        return "differs", "the ball by the tape's own rules and the one by Cauchy's formula part: a rule is wrong"
    if known.truth is None:
        return "undecided", f"it cannot be certified here: {known.why}"
    if known.free is None:
        return "undecided", f"there is a ball by the tape's own rules only: {known.why}"
    near, mid = rounded(known.truth), fraction(known.truth.mid())
    error = abs(Fraction(number) - mid) if math.isfinite(number) else math.inf
    absolute = Fraction(atol) if not mid or atol > 1e-12 else 0
    if number == near or error <= Fraction(rtol) * abs(mid) + absolute:
        return "agree", ""
    return "ill-conditioned", "the double had lost digits, and is given with the right ones"
