"""How many digits a derivative loses by the problem itself, however it is computed: its condition number.

Of d = dⁿf/dxⁿ it is Σ |v · ∂d/∂v| / |d| over all variables v: coordinates that are off by a relative 1e-16 put d off
by up to so many times that.  Its decimal logarithm is the number of digits that the problem loses.  It says nothing
of digits that cancel on the way at a point that is taken for exact: these the verdict ill-conditioned is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from .graph import Program
from .pairs import replay_hessian
from .partials import replay_mixed

MOST = 12  # variables
_DIGITS = 15


def condition(
    program: Program, at: Mapping[str, float], by: Sequence[str], order: int, found: dict[str, float]
) -> None:
    """Fills `found` with the condition number of the derivative of that order by each variable.

    Leaves out what is not to be had; inf where the derivative is 0 and moves.

    >>> from difftape.parser import parse
    >>> found = {}
    >>> condition(parse("x**3"), {"x": 2.0}, ["x"], 1, found)
    >>> found
    {'x': 2.0}
    """
    from .replay import replay

    names = [name for name in program.variables if name in at]
    if len(names) > MOST:
        return
    truth = replay(program, at, by, order, _DIGITS)
    pairs = replay_hessian(program, at, names, _DIGITS) if order == 1 else {}

    def slope(name: str, along: str) -> Any:
        if order == 1:
            return pairs.get((name, along), pairs.get((along, name), 0))
        return replay_mixed(program, at, (name,) * order + (along,), _DIGITS)

    for name in by:
        moved = sum(abs(at[along] * slope(name, along)) for along in names)
        found[name] = float(f"{float(moved / abs(truth[name])):.3g}") if truth[name] else inf if moved else 0.0
