"""The same recording with more digits: replayed on mpmath's numbers until the digits no longer change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial
from typing import Any

from .backprop import pull_back
from .derivatives import chosen_at
from .graph import Program, Step, moving, variable_places
from .interpret import bind, interpret
from .magnitudes import reach


def replay(
    program: Program,
    at: Mapping[str, Any],
    wrt: Sequence[str],
    order: int = 1,
    digits: int = 50,
    far: int | None = None,
) -> dict[str, Any]:
    """The derivatives of that order by each variable on mpmath numbers, right to `digits` digits.

    The same recording as in doubles, with guard digits added until two precisions agree.  `far` is how many may
    cancel on the way, where that is known better than by the doubles (`magnitudes.py`).
    """
    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        floats = {name: float(x) for name, x in at.items()}
        steps, root, _ = chosen_at(program, floats)
    far = reach(steps, at, order) if far is None else far
    if order == 1:
        numbers = settled(lambda dps: _gradient_mp(steps, root, at, wrt, dps)[1:], digits, far)
        return dict(zip(wrt, numbers, strict=True))
    return {
        name: settled(lambda dps: [_nth_mp(steps, root, at, name, order, dps)], digits, far)[0]  # noqa: B023
        for name in wrt
    }


def replay_value(program: Program, at: Mapping[str, Any], digits: int = 50, far: int | None = None) -> Any:
    """The value on mpmath numbers, right to `digits` digits."""
    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, {name: float(x) for name, x in at.items()})
    far = reach(steps, at) if far is None else far
    return settled(lambda dps: [_values_mp(steps, at, dps)[root]], digits, far)[0]


def replay_coefficients(
    program: Program, at: Mapping[str, Any], by: str, order: int, digits: int = 50, far: int | None = None
) -> list[Any]:
    """The Taylor coefficients 0 … order by one variable on mpmath numbers, right to `digits` digits."""
    from .series import taylor_mp

    steps: Sequence[Step] = program.steps
    root = program.root
    if program.has_choices:
        steps, root, _ = chosen_at(program, {name: float(x) for name, x in at.items()})
    far = reach(steps, at, order) if far is None else far
    return settled(lambda dps: taylor_mp(steps, root, at, by, order, dps), digits, far)


def _nth_mp(steps: Sequence[Step], root: int, at: Mapping[str, Any], by: str, order: int, digits: int) -> Any:
    import mpmath

    from .series import taylor_mp

    with mpmath.workdps(digits):
        return taylor_mp(steps, root, at, by, order, digits)[order] * factorial(order)


def replay_gradient(
    program: Program, at: Mapping[str, Any], wrt: Sequence[str], digits: int, far: int, known: Sequence[Any] = ()
) -> tuple[Any, dict[str, Any]]:
    """The value and the first derivatives of a program without choices, right to `digits` digits.

    `known` are the fractions that steps are known to be, else None.
    """
    steps, root = program.steps, program.root
    first, *numbers = settled(lambda dps: _gradient_mp(steps, root, at, wrt, dps, known), digits, far)
    return first, dict(zip(wrt, numbers, strict=True))


def _gradient_mp(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], wrt: Sequence[str], digits: int, known: Sequence[Any] = ()
) -> list[Any]:
    import mpmath

    with mpmath.workdps(digits):
        values = _values_mp(steps, at, digits)
        for place, fraction in enumerate(known):
            if fraction is not None and fraction.__class__ is not bool:
                values[place] = mpmath.mpf(fraction.numerator) / fraction.denominator
        cotangents: list[Any] = [None] * (root + 1)
        cotangents[root] = mpmath.mpf(1)
        pull_back(steps, values, cotangents, moving(steps, wrt))
        places = variable_places(steps)
        found = [cotangents[places[name]] if places.get(name, len(steps)) <= root else None for name in wrt]
        return [values[root], *[mpmath.mpf(0) if d is None else mpmath.mpf(d) for d in found]]


def _values_mp(steps: Sequence[Step], at: Mapping[str, Any], digits: int) -> list[Any]:
    import mpmath

    from .evaluation import foreign

    with mpmath.workdps(digits):
        return interpret(steps, bind(steps, at, mpmath.mpf), lambda primitive: foreign(primitive, mpmath.mpf))


def settled(compute: Callable[[int], list[Any]], digits: int, reach: int = 0) -> list[Any]:
    """What `compute(precision)` returns when more precision no longer changes its first `digits` digits.

    `reach` is how many digits may cancel on the way (`magnitudes.py`).  A number that shrinks with every digit
    added, beyond what a double can hold, is 0.  Raises ValueError where it does not settle by 1600 digits more.
    """
    import mpmath

    guard = 15
    before = compute(digits + guard + reach)
    found: list[Any] = [None] * len(before)
    while guard < 1600:
        guard = 2 * guard + 40
        precision = digits + guard + reach
        now = compute(precision)
        with mpmath.workdps(precision):
            found = [_steady(x, a, b, digits, guard) for x, a, b in zip(found, before, now, strict=True)]
        if all(x is not None for x in found):
            return found
        before = now
    raise ValueError("the digits do not settle")


def _steady(known: Any, before: Any, now: Any, digits: int, guard: int) -> Any:
    """The number, if it has settled between two precisions; None if it has not."""
    from mpmath import mpf

    change = abs(before - now)
    if now and change <= abs(now) * mpf(10) ** -digits:
        return now if known is None else known
    if guard > 340 and abs(now) <= abs(before) * mpf(10) ** (-guard // 5):
        return mpf(0)
    return None
