"""What rounding does to a number, to first order, carried as an infinitesimal imaginary part of it.

Each operation is taken to round by 2**-54 of its result, with a random sign (Monte Carlo arithmetic, Parker 1997); the
effect is propagated by the same arithmetic (the complex step, Lyness and Moler 1967).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from .graph import Step
from .table.arithmetic import neg

_ROUNDING = 2.0**-54  # the mean size of one rounding, relative
_INFINITESIMAL = 2.0**-400
_LEAST = 2.0**-1022  # below, a double has fewer digits

# Signs without a pattern (the quadratic residues of a prime), the same in every run.
_RESIDUES = {k * k % 1021 for k in range(1, 1021)}
_NOISE = [complex(1.0, _INFINITESIMAL if k in _RESIDUES else -_INFINITESIMAL) for k in range(1021)]


def noise() -> Iterator[complex]:
    """The factors 1, each with the rounding of one operation in it."""
    return cycle(_NOISE)


def relative(c: complex) -> float:
    """The relative rounding error of a number that carries it as its imaginary part."""
    lost = abs(c.imag) / _INFINITESIMAL * _ROUNDING
    return lost / abs(c.real) if c.real else float("inf") if lost else 0.0


def rounded(steps: Sequence[Step], values: Sequence[float]) -> list[complex]:
    """The values with what rounding does to them as imaginary parts; leaves are exact."""
    draw = cycle(_NOISE).__next__
    found: list[complex] = []
    for place, step in enumerate(steps):
        y = values[place]
        if len(step) == 1:
            found.append(complex(y))
            continue
        lost = 0.0
        for operand, partial in zip(step[1:], step[0].partials, strict=True):
            inherited = found[operand].imag
            if inherited:
                if callable(partial):
                    try:
                        partial = partial(y, *[values[p] for p in step[1:]])
                    except (ValueError, OverflowError, ZeroDivisionError):
                        partial = 0
                lost += inherited * partial if partial is not None else 0.0
        found.append(complex(y, lost) if step[0] is neg else complex(y, lost + y * draw().imag))
    return found


def loss(steps: Sequence[Step], root: int, values: Sequence[float]) -> float:
    """The relative rounding error of a program's value; inf where something underflowed, or cancelled to 0.

    >>> from difftape.parser import parse
    >>> steps = parse("sqrt(x**2 + 1) - x").steps
    >>> loss(steps, 6, [1e8, 2.0, 1e16, 1.0, 1e16, 1e8, 0.0])
    inf
    """
    for step, y in zip(steps, values, strict=True):
        if abs(y) < _LEAST and len(step) > 1 and any(step[0].partials) and all(values[p] for p in step[1:]):
            return float("inf")
    return relative(rounded(steps, values)[root])
