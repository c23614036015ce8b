"""Digits beside the judge's: every one must be the same.

The judge is sympy, as in `check.py`: its own derivative, at the exact point, evaluated with more digits until they no
longer change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .answer import Verdict
from .check import NODES_PER_SECOND, form_of, load, summed, why
from .comparison import Finding
from .deadline import TimeUp, within
from .evalf import evaluate
from .exact import Exact
from .graph import Program, reachable
from .magnitudes import reach
from .numerals import numeral
from .symbolic import Unknown

_LEVELS = 5  # how often the precision is doubled
_ZERO = 400  # digits beyond which what keeps shrinking is 0


def verdict(
    program: Program,
    at: Mapping[str, Exact],
    entries: Mapping[str, Sequence[str]],
    numbers: Mapping[str, Any],
    divisors: Mapping[str, int],
    digits: int,
    timeout: float | None,
) -> Verdict:
    """What sympy says of numbers that are right to so many digits, by the derivative that each entry is.

    agree: the same in all of them; differs; undecided: sympy has no number there, or not in time.  `ulps` are units of
    the last digit.
    """
    load()
    from mpmath import mp

    names = [key for key in entries if numbers.get(key) is not None and mp.isfinite(numbers[key])]
    found: dict[str, Finding] = {}
    nodes = sum(reachable(program.steps, [program.root]))
    reason = f"sympy did not answer within {timeout:g} s" if timeout is not None else ""
    if timeout is not None and nodes > timeout * NODES_PER_SECOND:
        reason = f"{nodes} operations are too many for sympy in the time limit"
    else:
        precision = mp.prec
        try:
            within(timeout, lambda: _find(program, at, entries, names, numbers, divisors, digits, found))
        except TimeUp:
            pass
        finally:
            mp.prec = precision
    for name in names:
        found.setdefault(name, Finding("undecided", reason=reason))
    if not names:
        return Verdict("skipped", reason="there is no number to check")
    return summed(names, found)


def _find(
    program: Program,
    at: Mapping[str, Exact],
    entries: Mapping[str, Sequence[str]],
    names: Sequence[str],
    numbers: Mapping[str, Any],
    divisors: Mapping[str, int],
    digits: int,
    found: dict[str, Finding],
) -> None:
    """Fills `found`, entry by entry, so that what is known when the time is up is kept."""
    try:
        form = form_of(program, at)
        values = form.point(at)
    except Exception as error:
        for name in names:
            found[name] = Finding("undecided", reason=why(error))
        return
    for name in names:
        try:
            derivative = form.derivative(entries[name])
            far = reach(program.steps, at, len(entries[name]))
            truth = _settled(derivative, values, divisors.get(name, 1), digits, far)
            found[name] = compared(numbers[name], truth, digits)
            found[name].symbolic = form.shown(derivative)
        except Exception as error:
            found[name] = Finding("undecided", reason=why(error))


def compared(number: Any, truth: Any, digits: int) -> Finding:
    """The finding on a number beside the truth.

    >>> from mpmath import mpf
    >>> compared(mpf(2), mpf(2), 5).verdict, compared(mpf("2.0001"), mpf(2), 5).verdict
    ('agree', 'differs')
    """
    from mpmath import mp

    ours, theirs = numeral(number, digits), numeral(truth, digits)
    if ours == theirs:
        return Finding("agree", theirs, 0.0)
    with mp.workdps(digits + 30):
        unit = mp.mpf(10) ** (mp.floor(mp.log10(abs(truth))) + 1 - digits) if truth else mp.mpf(10) ** -digits
        ulps = float(abs(number - truth) / unit)
    return Finding("differs", theirs, ulps, f"the digits are not sympy's: a rule is wrong ({digits} were compared)")


def _settled(derivative: Any, values: Mapping[Any, Any], divisor: int, digits: int, far: int) -> Any:
    """Sympy's number when more digits no longer change it; raises Unknown where they always do."""
    from mpmath import mp

    level = digits + far + 30
    before = evaluate(derivative, values, level)
    for _ in range(_LEVELS):
        level = 2 * level
        now = evaluate(derivative, values, level)
        with mp.workdps(level):
            if now == before or abs(now - before) <= abs(now) * mp.mpf(10) ** -(digits + 25):
                return now / divisor
            if level > _ZERO and abs(now) <= abs(before) * mp.mpf(10) ** (-level // 5):
                return mp.mpf(0)
        before = now
    raise Unknown("sympy's digits do not settle")
