"""Derivatives by no rule at all: quotients of differences of the value, with so many digits that what cancels is made
up for.

Neither the table's rules nor the reverse sweep nor the series have a part in them: only what each function is.
`derivative` is mpmath's own `diff`, at a point where the function is smooth; `limit` asks only next to the point, on
one side of it, and so also where the function is written as 0/0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from math import factorial, isfinite, prod
from typing import Any

from .branches import chosen
from .derivatives import ARITHMETIC, chosen_at
from .graph import Program, Step
from .interpret import bind, interpret
from .primitives import Primitive
from .symbolic import Unknown

MOST = 20  # order: each costs as many digits again
_DIGITS = 60  # with which comparisons are decided
_NODES = 64  # of a quotient of differences next to the point
_VAST = 60  # power of two
_CLOSEST = 340  # decimal places, of a step: a double's smallest number has 324
_LONGEST = 8000  # digits with which a value may be asked for


def derivative(program: Program, at: Mapping[str, float], by: Sequence[str]) -> Callable[[int], Any]:
    """The derivative by these variables in turn, as a function of the digits wanted.

    Raises Unknown where it is not to be had: at too high an order, or where a comparison is so close that rounding
    decides it.  The function raises what the value raises next to the point.

    >>> from difftape.parser import parse
    >>> float(derivative(parse("x**3*y"), {"x": 2.0, "y": 5.0}, ("x", "y"))(30))
    12.0
    """
    powers = _powers(by)
    steps, root = _left(program, at)
    steps = steps[: root + 1]

    def of(digits: int) -> Any:
        from mpmath import mp

        from .evaluation import foreign

        def value(here: Mapping[str, Any]) -> Any:
            return interpret(steps, bind(steps, here, mp.mpf), lambda primitive: foreign(primitive, mp.mpf))[root]

        def by_each(names: Sequence[str], here: Mapping[str, Any]) -> Any:
            if not names:
                return value(here)
            name, *others = names
            x = here[name]
            return mp.diff(lambda moved: by_each(others, {**here, name: moved}), x, powers[name], relative=bool(x))

        with mp.workdps(digits + 10):
            return by_each(list(powers), {name: mp.mpf(x) for name, x in at.items()})

    return of


def limit(program: Program, at: Mapping[str, float], by: Sequence[str], side: int) -> Callable[[int], Any]:
    """What the derivative by these variables in turn tends to from one side (-1 or 1), as a function of the digits.

    It is a divided difference at n + 1 places within 1e-70 or less of the point, for each variable.  Where the
    function has no value at them either, the other variables are moved, too, by much less.

    >>> from difftape.parser import parse
    >>> float(limit(parse("sin(3*x)/x"), {"x": 0.0}, (), 1)(30))
    3.0
    """
    powers = _powers(by)
    if prod(n + 1 for n in powers.values()) > _NODES:
        raise Unknown("mpmath is not asked for a limit of so many differences")

    def quotient(close: int) -> Any:
        try:
            return _quotient(program, at, powers, side, close, moves_all=False)
        except ARITHMETIC:
            return _quotient(program, at, powers, side, close, moves_all=True)

    def of(digits: int) -> Any:
        from mpmath import mp

        found = quotient(digits + 10)
        if found and mp.mag(found) < -digits and digits + 10 < _CLOSEST:
            nearer = quotient(_CLOSEST)
            if not nearer or mp.mag(nearer) - mp.mag(found) < 3 * (digits + 10 - _CLOSEST):
                return mp.zero  # it shrinks with the step, below all doubles
        return found

    return of


def _quotient(
    program: Program, at: Mapping[str, float], powers: Mapping[str, int], side: int, close: int, moves_all: bool
) -> Any:
    """The divided difference at 10^-close; `moves_all` when the variables that it is not by move as well."""
    from mpmath import mp

    order = sum(powers.values())
    wanted = (order + 1) * close
    with mp.workdps(2 * wanted + close):
        steps = {name: side * _scale(at[name]) * mp.mpf(10) ** -close for name in at}
        aside = {
            name: k * steps[name] * mp.mpf(10) ** -wanted for k, name in enumerate(at, 1) if moves_all or not powers
        }
        base = {name: mp.mpf(x) + (aside.get(name, 0) if name not in powers else 0) for name, x in at.items()}
        total = mp.zero
        for node in product(*(range(1, n + 2) for n in powers.values())):
            here = dict(base)
            weight = mp.one
            for (name, n), j in zip(powers.items(), node, strict=True):
                here[name] = base[name] + j * steps[name]
                weight *= factorial(n) / prod((j - m) * steps[name] for m in range(1, n + 2) if m != j)
            total += weight * _settled(partial(_value, program, here), wanted, close)
        return total


def _scale(x: float) -> Any:
    from mpmath import mp

    return min(mp.one, abs(mp.mpf(x))) if x else mp.one


def _settled(value: Callable[[int], Any], digits: int, close: int) -> Any:
    """A value to so many digits, 0 where it is that with as many as will be waited for; raises Unknown else."""
    from mpmath import mp

    level = digits + 2 * close
    before = value(level)
    while level < _LONGEST:
        level *= 2
        now = value(level)
        with mp.workdps(level):
            if now and abs(now - before) <= abs(now) * mp.mpf(10) ** -digits:
                return now
        before = now
    if before:
        raise Unknown("mpmath's digits do not settle next to the point")
    return before


def _value(program: Program, at: Mapping[str, Any], digits: int) -> Any:
    """The program's value, its choices made there."""
    from mpmath import mp

    from .evaluation import foreign

    def meaning(primitive: Primitive) -> Any:
        call = foreign(primitive, mp.mpf)

        def of(*operands: Any) -> Any:
            if len(operands) == 1 and mp.mag(operands[0]) > _VAST and _vanishes_or_overflows(primitive, operands[0]):
                raise Unknown(f"{primitive.name} is too large or too small next to the point")
            return call(*operands)

        return of

    with mp.workdps(digits):
        bindings = bind(program.steps, at, mp.mpf)
        steps: Sequence[Step] = program.steps
        root = program.root
        if program.has_choices:
            left = chosen(steps, root, bindings, meaning)
            steps, root = left.steps, left.root
        return interpret(steps[: root + 1], bindings, meaning)[root]


def _vanishes_or_overflows(primitive: Primitive, x: Any) -> bool:
    """Whether a function is 0 or exceeds every double at 2**60 on that side: mpmath would not return beyond."""
    try:
        return not isfinite(y := primitive.scalar(2.0**_VAST if x > 0 else -(2.0**_VAST))) or not y
    except ARITHMETIC:
        return True


def _powers(by: Sequence[str]) -> dict[str, int]:
    if len(by) > MOST:
        raise Unknown(f"mpmath is not asked for derivatives beyond order {MOST}")
    return dict(Counter(by))


def _left(program: Program, at: Mapping[str, float]) -> tuple[Sequence[Step], int]:
    """The steps that are left when every choice is made, in doubles and with 60 digits alike."""
    if not program.has_choices:
        return program.steps, program.root
    from mpmath import mp

    from .evaluation import foreign

    steps, root, _ = chosen_at(program, at)
    with mp.workdps(_DIGITS):
        exact = chosen(
            program.steps, program.root, bind(program.steps, at, mp.mpf), lambda primitive: foreign(primitive, mp.mpf)
        )
    if exact.root != root or exact.steps != steps:
        raise Unknown("a comparison is so close that rounding may decide it")
    return steps, root
