"""The same derivatives from an independent judge, and how far ours are from them.

The judge is sympy: its own derivative of the expression, evaluated at the exact binary value of the point.
Two things are compared with it.  The *rules*: the tape replayed on big floats must meet sympy in 40 digits,
whatever the tolerance.  The *double*: it must be within the tolerance, else it is ill-conditioned, and the right
double is given with the verdict.  Where sympy has no answer in time the verdict is "undecided", never "agree".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from .answer import Verdict
from .deadline import TimeUp, within
from .evalf import evaluate
from .graph import Program, reachable
from .judge import Form, form_near
from .symbolic import Unknown

LEVELS = (60, 120, 240)  # digits; the later ones only where the first leave a doubt
PART = 40  # digits in which rules and sympy must meet
ATOL = 1e-12
NODES_PER_SECOND = 10_000  # sympy converts and differentiates no more than this
_WORST = ("agree", "ill-conditioned", "undecided", "differs")
_KEPT = 16

_forms: list[tuple[Sequence[Any], int, Form]] = []

Replay = Callable[[Program, Mapping[str, float], Sequence[str], int, int], Mapping[str, Any]]


def check(
    program: Program,
    at: Mapping[str, float],
    wrt: Sequence[str],
    order: int,
    numbers: Mapping[str, float],
    *,
    rtol: float = 1e-9,
    atol: float = ATOL,
    timeout: float | None = 5.0,
    replay: Replay | None = None,
) -> Verdict:
    """What sympy says of `numbers`, the derivatives of that order by each variable of `wrt` at the point.

    agree: within rtol·|truth|, or the nearest double to the truth.  ill-conditioned: not so, but the tape replayed
    with more digits agrees with sympy; `exact` has the right double.  differs: the replayed tape and sympy part in
    40 digits, so a rule is wrong.  undecided: sympy has no real number there, or not within `timeout` seconds.

    Derivatives of physical formulas may be 1e-34, so an absolute tolerance would pass any number at all: `atol` is
    used only where the truth is 0.  One that is set above its default of 1e-12 is added to the tolerance everywhere.

    >>> from difftape.parser import parse
    >>> check(parse("x**2"), {"x": 3.0}, ["x"], 1, {"x": 6.0}).verdict
    'agree'
    """
    import sympy  # noqa: F401  (outside the time limit: an import must not be cut in two)
    from mpmath import mp

    if replay is None:
        from . import replay as replaying

        replay = replaying.replay
    names = [name for name in wrt if name in numbers]
    found: dict[str, Finding] = {}
    nodes = sum(reachable(program.steps, [program.root]))
    if timeout is not None and nodes > timeout * NODES_PER_SECOND:
        reason = f"{nodes} operations are too many for sympy in the time limit"
    else:
        reason = f"sympy did not answer within {timeout:g} s" if timeout is not None else ""
        precision = mp.prec
        try:
            within(timeout, lambda: _find(program, at, names, order, numbers, rtol, atol, replay, found))
        except TimeUp:
            pass
        finally:
            mp.prec = precision
    for name in names:
        if name not in found:
            found[name] = Finding("undecided", reason=reason)
    return _verdict(names, found)


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


def _verdict(names: Sequence[str], found: Mapping[str, Finding]) -> Verdict:
    reasons: dict[str, list[str]] = {}
    for name in names:
        if found[name].reason:
            reasons.setdefault(found[name].reason, []).append(name)
    texts = [r if len(names) == 1 or len(who) == len(names) else f"{', '.join(who)}: {r}" for r, who in reasons.items()]
    return Verdict(
        max((found[n].verdict for n in names), key=_WORST.index, default="skipped"),
        "sympy",
        {n: found[n].reference for n in names if found[n].reference},
        {n: u for n in names if (u := found[n].ulps) is not None},
        {n: found[n].symbolic for n in names if found[n].symbolic},
        {n: found[n].verdict for n in names},
        "; ".join(texts),
        {n: x for n in names if (x := found[n].exact) is not None},
    )


def _find(
    program: Program,
    at: Mapping[str, float],
    names: Sequence[str],
    order: int,
    numbers: Mapping[str, float],
    rtol: float,
    atol: float,
    replay: Replay,
    found: dict[str, Finding],
) -> None:
    """Fills `found`, variable by variable, so that what is known when the time is up is kept."""
    try:
        form = _form(program, at)
        values = form.point(at)
    except Exception as error:
        for name in names:
            found[name] = Finding("undecided", reason=_why(error))
        return
    replayed: dict[int, Mapping[str, Any]] = {}

    def tape(name: str, digits: int) -> Any:
        if digits not in replayed:
            try:
                replayed[digits] = replay(program, at, names, order, digits)
            except (ArithmeticError, ValueError) as error:
                raise Unknown(f"the tape cannot be replayed with {digits} digits ({_first_line(error)})") from None
        return replayed[digits][name]

    for name in names:
        symbolic = ""
        try:
            derivative = form.derivative(name, order)
            judge = partial(evaluate, derivative, values)
            finding = _judged(numbers[name], judge, partial(tape, name), rtol, atol)
            if finding.verdict == "differs" and form.is_close(values):
                finding = Finding("undecided", reason="a comparison is so close that rounding may decide it")
            symbolic = form.shown(derivative)
        except Exception as error:
            finding = Finding("undecided", reason=_why(error))
        finding.symbolic = symbolic
        found[name] = finding


def _judged(
    number: float, judge: Callable[[int], Any], tape: Callable[[int], Any], rtol: float, atol: float
) -> Finding:
    """One double beside the judge's number and the replayed tape's, each a function of the digits wanted."""
    from mpmath import mp

    if not math.isfinite(number):
        return Finding("undecided", reason="the tape's number is not finite")
    outcome, truth = _settled(judge, tape)
    if outcome == "unclear":
        return Finding("undecided", reason="sympy and the tape do not settle on a number, even with 240 digits")
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
        finding.reason = "with 50 digits and more the tape's own derivative is another than sympy's: a rule is wrong"
    elif not right:
        finding.exact = nearest
    return finding


def _settled(judge: Callable[[int], Any], tape: Callable[[int], Any]) -> tuple[str, Any]:
    """Whether judge and tape are the same number, and the judge's: ("same" | "part" | "unclear", number).

    They are said to part only when both are steady: the same in 45 digits with 60 digits as with 120, or 0.
    """
    from mpmath import mp

    before: tuple[Any, Any] | None = None
    for digits in LEVELS:
        now = judge(digits), tape(digits)
        if _meet(now, digits):
            return "same", now[0]
        if before is not None:
            steady = [_steady(*pair, digits) for pair in zip(before, now, strict=True)]
            if None not in steady:
                return "same" if _meet(steady, digits) else "part", steady[0]
        before = now
    return "unclear", mp.zero


def _meet(pair: Sequence[Any], digits: int, wanted: int = PART) -> bool:
    """Whether two big floats are the same in the digits wanted."""
    from mpmath import mp

    with mp.workdps(digits + 10):
        return bool(abs(pair[0] - pair[1]) <= mp.mpf(10) ** -wanted * max(abs(pair[0]), abs(pair[1])))


def _steady(before: Any, now: Any, digits: int) -> Any:
    """The number that was worked out with half as many digits and with all; None if it has not settled.

    One that shrinks as fast as the digits grow is what cancellation leaves of 0.
    """
    from mpmath import mp

    if not now or abs(now) <= abs(before) * mp.mpf(10) ** (-0.35 * digits):
        return mp.zero
    return now if _meet((before, now), digits, PART + 5) else None


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


def _form(program: Program, at: Mapping[str, float]) -> Form:
    """The program in sympy near the point, made once for all points where its choices come out alike."""
    for k, (steps, root, form) in enumerate(_forms):
        if root == program.root and (steps is program.steps or steps == program.steps) and form.still_holds(at):
            _forms.append(_forms.pop(k))
            return form
    form = form_near(program.steps, program.root, at)
    _forms.append((program.steps, program.root, form))
    if len(_forms) > _KEPT:
        del _forms[0]
    return form


def _why(error: Exception) -> str:
    if isinstance(error, Unknown):
        return str(error)
    if isinstance(error, RecursionError):
        return "the expression is too deep for sympy"
    if isinstance(error, MemoryError):
        return "the expression is too large for sympy"
    return f"sympy failed ({_first_line(error)})"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:100]}"
