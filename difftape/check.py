"""The same derivatives from an independent judge, and how far ours are from them.

The judge is sympy: its own derivative of the expression, evaluated at the exact binary value of the point.
Two things are compared with it.  The *rules*: the tape replayed on big floats must meet sympy in 40 digits,
whatever the tolerance.  The *double*: it must be within the tolerance, else it is ill-conditioned, and the right
double is given with the verdict.  Where sympy has no answer in time the verdict is "undecided", never "agree".
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from .answer import Verdict
from .comparison import ATOL, Finding, judged, rounded
from .deadline import TimeUp, within
from .evalf import evaluate
from .graph import Program, reachable
from .judge import Form, form_near
from .magnitudes import reach
from .symbolic import Unknown
from .uncollected import uncollected

NODES_PER_SECOND = 10_000  # sympy converts and differentiates no more than this
WORST = ("agree", "ill-conditioned", "undecided", "differs")
_REPLAYED = 20_000  # more operations than this are not replayed without a judge
_KEPT = 16  # programs in mind

_forms: list[tuple[Sequence[Any], int, Form]] = []
_slow: list[tuple[Sequence[Any], int, tuple[str, ...], float]] = []

Replay = Callable[[Program, Mapping[str, float], Sequence[str], int, int], Mapping[str, Any]]
Entries = Mapping[str, Sequence[str]]
Tape = Callable[[Sequence[str], int], Mapping[str, Any]]


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
    settled: Collection[str] = (),
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
    if replay is None:
        from .replay import replay as replayed_tape

        replay = replayed_tape
    replays = replay
    entries = {name: (name,) * order for name in wrt if name in numbers}
    tape = lambda names, digits: replays(program, at, names, order, digits)
    return check_entries(program, at, entries, numbers, tape, settled=settled, rtol=rtol, atol=atol, timeout=timeout)


def check_entries(
    program: Program,
    at: Mapping[str, float],
    entries: Entries,
    numbers: Mapping[str, float],
    tape: Tape,
    *,
    divisors: Mapping[str, int] | None = None,
    settled: Collection[str] = (),
    rtol: float = 1e-9,
    atol: float = ATOL,
    timeout: float | None = 5.0,
) -> Verdict:
    """The same of any derivatives: an entry's name and the variables that it is differentiated by, one after another.

    `tape` gives the entries of these names with so many digits.  An entry with a divisor is that part of the
    derivative: a Taylor coefficient is f⁽ᵏ⁾/k!.  `settled` are names whose numbers are known to be right.

    >>> from difftape.pairs import replay_hessian
    >>> from difftape.parser import parse
    >>> program, at = parse("x**2*y"), {"x": 3.0, "y": 1.0}
    >>> tape = lambda names, digits: {"x,y": replay_hessian(program, at, ["x", "y"], digits)["x", "y"]}
    >>> check_entries(program, at, {"x,y": ["x", "y"]}, {"x,y": 6.0}, tape).symbolic
    {'x,y': '2*x'}
    """
    how: Any = {"divisors": divisors, "settled": settled, "rtol": rtol, "atol": atol, "timeout": timeout}
    found = findings(program, at, entries, numbers, tape, **how)
    return summed(list(found), found)


def findings(
    program: Program,
    at: Mapping[str, float],
    entries: Entries,
    numbers: Mapping[str, float],
    tape: Tape,
    *,
    divisors: Mapping[str, int] | None = None,
    settled: Collection[str] = (),
    rtol: float = 1e-9,
    atol: float = ATOL,
    timeout: float | None = 5.0,
) -> dict[str, Finding]:
    """The same, entry by entry."""
    load()  # outside the time limit: an import must not be cut in two
    from mpmath import mp

    names = [name for name in entries if name in numbers]
    found: dict[str, Finding] = {}
    nodes = sum(reachable(program.steps, [program.root]))
    reason = f"sympy did not answer within {timeout:g} s" if timeout is not None else ""
    if timeout is not None and nodes > timeout * NODES_PER_SECOND:
        reason = f"{nodes} operations are too many for sympy in the time limit"
    else:
        asked = {name: entries[name] for name in names if not _was_slow(program, entries[name], timeout)}
        precision, began = mp.prec, time.monotonic()
        try:
            if asked:
                within(timeout, lambda: _find(program, at, asked, numbers, divisors or {}, rtol, atol, tape, found))
        except TimeUp:
            if timeout is not None and not found and time.monotonic() - began > 0.9 * timeout:
                _slow.append((program.steps, program.root, tuple(next(iter(asked.values()))), timeout))
                del _slow[:-_KEPT]
        finally:
            mp.prec = precision
    for name in names:
        if name not in found:
            found[name] = Finding("undecided", reason=reason)
    if nodes <= _REPLAYED:
        _mend({n: x for n, x in numbers.items() if n not in settled}, rtol, tape, found, timeout)
    return {name: found[name] for name in names}


def _mend(
    numbers: Mapping[str, float], rtol: float, tape: Tape, found: Mapping[str, Finding], timeout: float | None
) -> None:
    """Gives the right double where sympy was undecided and the tape's own, replayed with more digits, had lost some."""
    from mpmath import mpf

    names = [name for name in numbers if found[name].verdict == "undecided"]
    if not names:
        return
    try:
        truths = within(timeout, lambda: tape(names, 20))
    except (ArithmeticError, ValueError, TimeUp):
        return
    for name in names:
        nearest = rounded(mpf(truths[name]))
        if nearest != numbers[name] and abs(truths[name] - numbers[name]) > rtol * abs(truths[name]):
            found[name].exact = nearest
            found[name].reason += "; the double had lost digits, and is given as the tape replayed with more has it"


def _was_slow(program: Program, by: Sequence[str], timeout: float | None) -> bool:
    """Whether this derivative has already taken all of such a time limit, at another point."""
    return timeout is not None and any(
        (slow_by, root) == (tuple(by), program.root)
        and timeout <= limit
        and (steps is program.steps or steps == program.steps)
        for steps, root, slow_by, limit in _slow
    )


def load() -> None:
    """Imports sympy, without the garbage collector, which finds nothing and takes a tenth of the time."""
    if "sympy" not in sys.modules:
        with uncollected():
            import sympy  # noqa: F401


def summed(names: Sequence[str], found: Mapping[str, Finding], judge: str = "sympy") -> Verdict:
    """One verdict of what was found about each name, by the judge, or the judges, of that name."""
    reasons: dict[str, list[str]] = {}
    for name in names:
        if found[name].reason:
            reasons.setdefault(found[name].reason, []).append(name)
    texts = [r if len(who) == len(names) else f"{_listed(who)}: {r}" for r, who in reasons.items()]
    return Verdict(
        max((found[n].verdict for n in names), key=WORST.index, default="skipped"),
        judge,
        {n: found[n].reference for n in names if found[n].reference},
        {n: u for n in names if (u := found[n].ulps) is not None},
        {n: found[n].symbolic for n in names if found[n].symbolic},
        {n: found[n].verdict for n in names},
        "; ".join(texts),
        {n: x for n in names if (x := found[n].exact) is not None},
    )


def joined(verdicts: Mapping[str, Verdict]) -> Verdict:
    """One verdict of several, by row: an entry is called "1,x".

    >>> joined({"1": Verdict("agree", ulps={"x": 0.0}), "2": Verdict("undecided", reason="no")}).reason
    'row 2: no'
    """

    def all_of(field: str) -> dict[str, Any]:
        return {f"{k},{name}": x for k, verdict in verdicts.items() for name, x in getattr(verdict, field).items()}

    asked = [verdict.verdict for verdict in verdicts.values() if verdict.verdict != "skipped"]
    return Verdict(
        max(asked, key=WORST.index, default="skipped"),
        ", ".join(dict.fromkeys(v.judge for v in verdicts.values() if v.verdict != "skipped")) or "sympy",
        all_of("reference"),
        all_of("ulps"),
        all_of("symbolic"),
        all_of("verdicts"),
        "; ".join(f"row {k}: {verdict.reason}" for k, verdict in verdicts.items() if verdict.reason),
        all_of("exact"),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])} and {len(names) - 4} more"


def _find(
    program: Program,
    at: Mapping[str, float],
    entries: Entries,
    numbers: Mapping[str, float],
    divisors: Mapping[str, int],
    rtol: float,
    atol: float,
    tape: Tape,
    found: dict[str, Finding],
) -> None:
    """Fills `found`, entry by entry, so that what is known when the time is up is kept."""
    try:
        form = form_of(program, at)
        values = form.point(at)
    except Exception as error:
        for name in entries:
            found[name] = Finding("undecided", reason=why(error))
        return
    replayed: dict[int, Mapping[str, Any]] = {}

    def replay(name: str, digits: int) -> Any:
        if digits not in replayed:
            try:
                replayed[digits] = tape(list(entries), digits)
            except (ArithmeticError, ValueError) as error:
                raise Unknown(f"the tape cannot be replayed with {digits} digits ({_first_line(error)})") from None
        return replayed[digits][name]

    for name, by in entries.items():
        try:
            derivative = form.derivative(by)
            judge = partial(_part, derivative, values, divisors.get(name, 1))
            far = reach(program.steps, at, len(by))
            finding = judged(numbers[name], judge, partial(replay, name), rtol, atol, far)
            if finding.verdict == "differs" and form.is_close(values):
                finding = Finding("undecided", reason="a comparison is so close that rounding may decide it")
            found[name] = finding
            finding.symbolic = form.shown(derivative)
        except Exception as error:
            found.setdefault(name, Finding("undecided", reason=why(error)))


def _part(derivative: Any, values: Mapping[Any, Any], divisor: int, digits: int) -> Any:
    """The derivative's number, divided."""
    from mpmath import mp

    number = evaluate(derivative, values, digits)
    if divisor == 1:
        return number
    with mp.workdps(digits + 10):
        return number / divisor


def form_of(program: Program, at: Mapping[str, Any]) -> Form:
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


def why(error: Exception) -> str:
    """Why sympy has no answer, in a few words."""
    if isinstance(error, Unknown):
        return str(error)
    if isinstance(error, RecursionError):
        return "the expression is too deep for sympy"
    if isinstance(error, MemoryError):
        return "the expression is too large for sympy"
    return f"sympy failed ({_first_line(error)})"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:100]}"
