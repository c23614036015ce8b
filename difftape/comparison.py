"""One computed double beside the judge's number and the replayed tape's.

Rule and judge must meet in 40 digits.  Where they do not, it may be digits that cancelled: more precision decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

LEVELS = (60, 120, 240, 480)  # digits; the later ones only where the first leave a doubt
_ZERO = 400  # digits beyond which what keeps shrinking is 0: a double's smallest number has 324
PART = 40  # digits in which rules and sympy must meet
ATOL = 1e-12


class Finding:
    """What was found about one variable; see `Verdict`."""

    __slots__ = ("exact", "reason", "reference", "symbolic", "ulps", "verdict")

    def __init__(self, verdict: str, reference: str = "", ulps: float | None = None, reason: str = "") -> None:
        self.verdict = verdict
        self.reference = reference
        self.ulps = ulps
        self.reason = reason
        self.symbolic = ""
        self.exact: float | None = None


def judged(
    number: float,
    judge: Callable[[int], Any],
    tape: Callable[[int], Any],
    rtol: float,
    atol: float,
    reach: int = 0,
    who: str = "sympy",
) -> Finding:
    """One double beside the judge's number and the replayed tape's, each a function of the digits wanted.

    `reach` is how many more the judge may lose on the way (`magnitudes.py`); the tape's are right as they are.
    `who` is what the judge is called.
    """
    from mpmath import mp

    if not math.isfinite(number):
        return Finding("undecided", reason="the tape's number is not finite")
    outcome, truth = _settled(judge, tape, reach)
    if outcome == "unclear":
        return Finding(
            "undecided", reason=f"{who} and the tape do not settle on a number, even with {LEVELS[-1] + reach} digits"
        )
    reference = _digits(truth)
    with mp.workdps(80):
        error = abs(mp.mpf(number) - truth)
        nearest = rounded(truth)
        unit = math.ulp(nearest if nearest and math.isfinite(nearest) else number)
        ulps = float(f"{float(error / unit):.3g}") if math.isfinite(nearest) else None
        allowed = rtol * abs(truth) + (atol if not truth or atol > ATOL else 0)
        right = number == nearest or error <= allowed
    finding = Finding("agree" if right else "ill-conditioned", reference, ulps)
    if outcome == "part":
        finding.verdict = "differs"
        finding.reason = f"with 50 digits and more the tape's own derivative is another than {who}'s: a rule is wrong"
    elif not right:
        finding.exact = nearest
        finding.reason = "the double had lost digits, and is given with the right ones"
    return finding


def _settled(judge: Callable[[int], Any], tape: Callable[[int], Any], reach: int) -> tuple[str, Any]:
    """Whether judge and tape are the same number, and the judge's: ("same" | "part" | "unclear", number).

    They are said to part only when both are steady: the same in 45 digits with 60 digits as with 120, or 0.
    """
    from mpmath import mp

    before: tuple[Any, Any] | None = None
    for level in LEVELS:
        now = judge(level + reach), tape(level)
        if _meet(now, level):
            return "same", now[0]
        if before is not None:
            steady = [_steady(*pair, level) for pair in zip(before, now, strict=True)]
            if None not in steady:
                return "same" if _meet(steady, level) else "part", steady[0]
        before = now
    return "unclear", mp.zero


def _meet(pair: Sequence[Any], digits: int, wanted: int = PART) -> bool:
    """Whether two big floats are the same in the digits wanted."""
    from mpmath import mp

    with mp.workdps(digits + 10):
        return bool(abs(pair[0] - pair[1]) <= mp.mpf(10) ** -wanted * max(abs(pair[0]), abs(pair[1])))


def _steady(before: Any, now: Any, level: int) -> Any:
    """The number that was worked out with half as many digits and with all; None if it has not settled.

    One that shrinks as fast as the digits grow is what cancellation leaves of 0.
    """
    from mpmath import mp

    if not now or abs(now) <= abs(before) * mp.mpf(10) ** (-0.35 * level):
        return mp.zero if level > _ZERO else None
    return now if _meet((before, now), level, PART + 5) else None


def _digits(x: Any) -> str:
    """An mpf to 32 digits; nothing where even its exponent is astronomical."""
    from mpmath import mp

    if not x:
        return "0"
    return str(mp.nstr(x, 32, strip_zeros=False)) if abs(mp.mag(x)) < 100_000 else ""


def rounded(x: Any) -> float:
    """The double nearest to an mpf, also among the subnormal ones; an infinity beyond them.

    >>> from mpmath import mpf
    >>> rounded(mpf("1e-400")), rounded(mpf(1) / 4)
    (0.0, 0.25)
    """
    sign, mantissa, exponent, bits = x._mpf_
    if not mantissa:
        return float(x)
    if exponent + bits < -1100:
        return 0.0
    if exponent + bits > 1025:
        return -math.inf if sign else math.inf
    try:
        y = mantissa / (1 << -exponent) if exponent < 0 else float(mantissa << exponent)
    except OverflowError:
        y = math.inf
    return float(-y if sign else y)
