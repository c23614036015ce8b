"""Where between two doubles something changes: bisection for all at once, and then a number with as many bits as asked.

Bisection goes by the order of doubles, so that 64 halvings lead from any two to neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..evaluation import foreign
from ..graph import Step, postorder
from ..interpret import bind, interpret

_HALVINGS = 65
_FIRST = 200  # bits with which a crossing is looked for
_SECANTS = 40
_TURNS = 3000
_WIDTHS = (0, 8, 1 << 12)  # units in the last place by which rounding may have misplaced it


class Brackets(NamedTuple):
    """Arrays: below and above each place where something changes; they are equal where it is met exactly."""

    low: Any
    high: Any


def narrowed(low: Any, high: Any, side: Callable[[Any, Any, Any], Any]) -> Brackets:
    """Neighbouring doubles between which the change is.

    `side(middle, low, high)` says, element by element, 1 where it is above the middle, -1 below, 0 at it.

    >>> import numpy as np
    >>> found = narrowed(np.array([0.0]), np.array([3.0]), lambda x, low, high: np.sign(2.0 - x * x))
    >>> float(found.low[0]), float(found.high[0])
    (1.414213562373095, 1.4142135623730951)
    """
    import numpy as np

    low, high = np.array(low), np.array(high)
    for _ in range(_HALVINGS):
        a, b = ordinal(low), ordinal(high)
        middle = unordinal((a >> 1) + (b >> 1) + (a & b & 1))
        open_ = b - a > 1
        if not open_.any():
            break
        found = np.where(open_, side(middle, low, high), 2)
        low = np.where((found == 1) | (found == 0), middle, low)
        high = np.where((found == -1) | (found == 0), middle, high)
    return Brackets(low, high)


def ordinal(x: Any) -> Any:
    """Whole numbers in the order of doubles, neighbours for neighbours."""
    import numpy as np

    bits = np.asarray(x, float).view(np.int64)
    return np.where(bits < 0, np.iinfo(np.int64).min - bits, bits)


def unordinal(n: Any) -> Any:
    """The doubles of such whole numbers."""
    import numpy as np

    bits = np.where(n < 0, np.iinfo(np.int64).min - n, n)
    return np.ascontiguousarray(bits).view(np.float64)


class Crossing:
    """A number of a point, to any number of bits: where a step of a program, as a variable moves, changes its class.

    The class of a step function is its value, of anything else the sign.  It is taken for an exact number (`exact.py`)
    by whoever asks mpmath for it.

    >>> from difftape.parser import parse
    >>> program = parse("x**2 - 2")
    >>> root = Crossing(program.steps, program.root, {}, "x", 1.414213562373095, 1.4142135623730951, False)
    >>> from mpmath import mp
    >>> with mp.workdps(30): root.is_located(), mp.nstr(mp.mpf(root), 28)
    (True, '1.414213562373095048801688724')
    """

    fraction = None

    def __init__(
        self, steps: Sequence[Step], place: int, at: Mapping[str, Any], by: str, low: float, high: float, is_step: bool
    ) -> None:
        self.steps = postorder(steps, place)
        self.at, self.by, self.is_step = at, by, is_step
        self.near = low
        self.low: Any = low
        self.high: Any = high
        self.bits = 0

    def is_located(self) -> bool:
        """Whether the class changes between the doubles, or near them; then both ends are big floats."""
        from mpmath import mp

        low, high = self.low, self.high
        width = abs(high - low) or abs(low) * 2.0**-52 or 5e-324
        with mp.workprec(_FIRST):
            for wide in _WIDTHS:
                self.low, self.high = mp.mpf(low) - wide * width, mp.mpf(high) + wide * width
                try:
                    below, above = self._class(self._value(self.low)), self._class(self._value(self.high))
                except (ArithmeticError, ValueError, TypeError):
                    return False
                if below != above:
                    return bool(below == below and above == above)
        return False

    def is_zero(self, x: float) -> bool:
        """Whether the step is 0 at a double, or has no value there."""
        from mpmath import mp

        with mp.workprec(_FIRST):
            try:
                return not self._value(mp.mpf(x))
            except (ArithmeticError, ValueError, TypeError):
                return True

    def _value(self, x: Any) -> Any:
        """The step's value; raises TypeError where that is not real."""
        from mpmath import mp

        bindings = bind(self.steps, {**self.at, self.by: x}, mp.mpf)
        y = interpret(self.steps, bindings, lambda primitive: foreign(primitive, mp.mpf))[-1]
        if isinstance(y, mp.mpc):
            raise TypeError("not real")
        return y

    def _class(self, y: Any) -> Any:
        from mpmath import mp

        return y if self.is_step or isinstance(y, bool) else mp.sign(y)

    def _refine(self, bits: int) -> None:
        """Makes the bracket as narrow: by secants where they find it, else by halves."""
        from mpmath import mp

        with mp.workprec(2 * bits + 60):
            if not self.is_step:
                self._narrow(self._root(bits), bits)
            first = self._class(self._value(self.low))
            for _ in range(_TURNS):
                if self.high - self.low <= abs(self.high) * mp.mpf(2) ** -bits:
                    break
                middle = (self.low + self.high) / 2
                now = self._class(self._tried(middle))
                if not self.is_step and not now:
                    self.low = self.high = middle
                elif now == first:
                    self.low = middle
                else:
                    self.high = middle
        self.bits = bits

    def _tried(self, x: Any) -> Any:
        """The value, and 0 exactly at a pole."""
        try:
            return self._value(x)
        except (ValueError, ZeroDivisionError):
            return 0

    def _root(self, bits: int) -> Any:
        """Where secants find a zero of the value, or of its inverse at a pole; None where they do not."""
        from mpmath import mp

        x, y = self.low, self.high
        a, b = self._tried(x), self._tried(y)
        is_pole = bool(abs(a) > 1 and abs(b) > 1)
        a, b = (1 / a, 1 / b) if is_pole else (a, b)
        for _ in range(_SECANTS):
            if a == b:
                return None
            x, y, a = y, y - b * (y - x) / (b - a), b
            if not self.low <= y <= self.high:
                return None
            b = self._tried(y)
            if not b or abs(y - x) <= abs(y) * mp.mpf(2) ** -(bits + 4):
                return y
            b = 1 / b if is_pole else b
        return None

    def _narrow(self, x: Any, bits: int) -> None:
        """Takes the numbers on either side of x for the ends, if the class changes between them."""
        from mpmath import mp

        if x is None:
            return
        width = abs(x) * mp.mpf(2) ** -(bits + 2)
        below, above = self._class(self._tried(x - width)), self._class(self._tried(x + width))
        if below == self._class(self._tried(self.low)) and above != below:
            self.low, self.high = x - width, x + width

    def __float__(self) -> float:
        """The double below it, where what vanishes at it does not."""
        return self.near

    def _mpmath_(self, precision: int, rounding: str) -> Any:
        from mpmath import mp

        if self.bits < precision + 10:
            self._refine(precision + 10)
        with mp.workprec(precision):
            return +((self.low + self.high) / 2)
