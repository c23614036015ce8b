"""Taylor series in several variables, cut to a box: every coefficient of x**i·y**j·… up to the exponents wanted.

The recurrence of `series.py` holds along each axis v by itself: y = f(x) has
k_v·y[k] = Σ_{j ≤ k, j_v > 0} j_v·x[j]·s[k-j], a truncated power series of several variables needing no derivative
of a derivative.  The same closed family of steps serves, filled multi-index by multi-index.  A step's coefficients
are 0 beyond its degree in each variable (x*y has degree 1 in both, exp(x*y) has none in z), and such products are
never formed.

The other way to one mixed partial, univariate sweeps along whole directions and a fixed combination of them
(Griewank, Utke and Walther, Math. Comp. 69, 2000), was measured beside it (`benchmarks/mixed.py`): it takes
½·Π(i_v + 1) sweeps, each of total order Σ i_v, whose sum cancels; this takes one, and nothing cancels but what does
in the function.  In the singular case, where only germs along lines are known, that way is taken (`directions.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product, repeat
from typing import Any

from .graph import Step
from .rounding import noise, relative, rounded
from .series import Family, family_in_doubles, in_mpf
from .table.arithmetic import add, div, mul, neg, square, sub

Degree = tuple[int, ...]
Fill = Callable[[int], None]
_DIRECT = frozenset((add, sub, neg, mul, div, square))


def coefficient(
    steps: Sequence[Step], root: int, at: Mapping[str, float], powers: Mapping[str, int]
) -> tuple[float, float]:
    """The Taylor coefficient of the product of the variables to these powers, and an estimate of its rounding.

    Raises ValueError, OverflowError or ZeroDivisionError where the program has no Taylor series.

    >>> from difftape.parser import parse
    >>> program = parse("exp(x*y)")
    >>> coefficient(program.steps, program.root, {"x": 0.0, "y": 1.0}, {"x": 2, "y": 1})[0]
    1.0
    """
    family = family_in_doubles(steps, root, at, powers, sum(powers.values()))
    box = _Box(family, powers, rounded(family.graph.steps, family.values), noise())
    found = box.filled()
    near = [relative(found[-1 - stride]) / 2 for stride in box.strides]
    return found[-1].real, max(relative(found[-1]), *near)


def coefficient_mp(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], powers: Mapping[str, int], digits: int
) -> Any:
    """The same coefficient on mpmath's numbers, with a working precision of `digits`."""
    import mpmath

    with mpmath.workdps(digits):
        family = Family(steps, root, powers, sum(powers.values()), in_mpf(at))
        return _Box(family, powers, family.values, repeat(mpmath.mpf(1))).filled()[-1]


def coefficients_of(family: Family, powers: Mapping[str, int], values: Sequence[Any], draw: Iterator[Any]) -> list[Any]:
    """The coefficients of a family's root for all exponents up to `powers`, from its values of any kind of number."""
    return _Box(family, powers, values, draw).filled()


class _Box:
    """The coefficients of a family's steps, for all exponents up to `shape`; the last variable runs fastest.

    Each step's coefficients are one flat list: multi-indices add as their places in it do.
    """

    def __init__(self, family: Family, powers: Mapping[str, int], values: Sequence[Any], draw: Iterator[Any]) -> None:
        self.family = family
        self.values = values
        self.draw = draw.__next__
        self.names = tuple(powers)
        self.shape = tuple(powers.values())
        self.strides = _strides(self.shape)
        self.indices = list(product(*(range(n + 1) for n in self.shape)))
        self.zero = values[family.root] * 0
        self.lists: dict[int, list[Any]] = {}
        self.degrees: dict[int, Degree] = {}
        self.fills: list[list[Fill]] = [[] for _ in self.indices]
        self.known: dict[Any, list[tuple[int, int]]] = {}
        for place in family.places:
            self.lists[place] = self._blank(values[place])
        for place in family.places:
            self._prepare(place, family.graph.steps[place])

    def filled(self) -> list[Any]:
        """The root's coefficients, a flat list."""
        for k, fills in enumerate(self.fills):
            for fill in fills:
                fill(k)
        found = self.lists.get(self.family.root)
        return self._blank(self.values[self.family.root]) if found is None else found

    def _blank(self, value: Any) -> list[Any]:
        return [value] + [self.zero] * (len(self.indices) - 1)

    def _prepare(self, place: int, step: Step) -> None:
        """Finds a step's degree, and has its coefficients filled where they are needed and can be other than 0."""
        if len(step) == 1:
            axis = self.names.index(step[0])
            self.lists[place][self.strides[axis]] = self.values[place] * 0 + 1
            self.degrees[place] = tuple(int(v == axis) for v in range(len(self.shape)))
            return
        self.degrees[place], fill = self._step(place, step)
        self._schedule(self.degrees[place], self.family.needs[place], fill)

    def _schedule(self, degree: Degree, need: int, fill: Fill) -> None:
        for k in self._places(degree):
            if 0 < sum(self.indices[k]) <= need:
                self.fills[k].append(fill)

    def _step(self, place: int, step: Step) -> tuple[Degree, Fill]:
        """The degree of a step, and the function that sets its coefficient at a place of the list."""
        primitive, out, draw = step[0], self.lists[place], self.draw
        if primitive not in _DIRECT:
            return self._power(place, step) if self.family.is_product(step) else self._integral(place, step)
        a, b = self.lists.get(step[1]), self.lists.get(step[-1])
        none = (0,) * len(self.shape)
        degree_a, degree_b = (self.degrees.get(p, none) for p in (step[1], step[-1]))
        if primitive is square:
            return self._product(out, a, degree_a, a, degree_a)
        if primitive is neg:
            return self._scaled(out, a, degree_a, -1)
        if primitive is add or primitive is sub:
            sign = 1 if primitive is add else -1
            if a is None or b is None:
                return self._scaled(out, a or b, degree_b if a is None else degree_a, 1 if b is None else sign)
            either = tuple(map(max, degree_a, degree_b))
            if sign > 0:
                return either, lambda k: out.__setitem__(k, (a[k] + b[k]) * draw())
            return either, lambda k: out.__setitem__(k, (a[k] - b[k]) * draw())
        if primitive is div and b is not None:
            return self._quotient(out, a, degree_a, b, degree_b)
        if a is None or b is None:
            factor = self.values[step[1] if a is None else step[2]]
            return self._scaled(
                out, a or b, degree_b if a is None else degree_a, 1 / factor if primitive is div else factor
            )
        return self._product(out, a, degree_a, b, degree_b)

    def _scaled(self, out: list[Any], a: Any, degree: Degree, factor: Any) -> tuple[Degree, Fill]:
        draw = self.draw
        if factor == 1 or factor == -1:
            return degree, lambda k: out.__setitem__(k, a[k] * factor)
        return degree, lambda k: out.__setitem__(k, a[k] * factor * draw())

    def _product(self, out: list[Any], a: Any, degree_a: Degree, b: Any, degree_b: Degree) -> tuple[Degree, Fill]:
        draw = self.draw

        def fill(k: int) -> None:
            out[k] = sum([a[j] * b[k - j] for j, _ in self._terms(k, degree_a, degree_b)]) * draw()

        return tuple(map(min, self.shape, map(sum, zip(degree_a, degree_b, strict=True)))), fill

    def _quotient(self, out: list[Any], a: Any, degree_a: Degree, b: Any, degree_b: Degree) -> tuple[Degree, Fill]:
        draw, divisor = self.draw, b[0]
        degree = tuple(n if e else d for n, d, e in zip(self.shape, degree_a, degree_b, strict=True))

        def fill(k: int) -> None:
            known = sum([b[j] * out[k - j] for j, _ in self._terms(k, degree_b, degree) if j])
            out[k] = ((a[k] if a is not None else self.zero) - known) / divisor * draw()

        return degree, fill

    def _integral(self, place: int, step: Step) -> tuple[Degree, Fill]:
        """A function's series from its slopes', along the last axis on which the multi-index is not 0."""
        out, draw = self.lists[place], self.draw
        degree = (0,) * len(self.shape)
        parts: list[tuple[Any, ...]] = []
        for operand, slope, sign in self.family.slopes.get(place, ()):
            x, reach = self.lists[operand], self.degrees[operand]
            if not self.family.moving[slope]:
                degree = tuple(map(max, degree, reach))
                parts.append((x, reach, None, self.values[slope] * sign))
                continue
            # the slope's own degree may be found only later: it depends on no variable that the operands do not have
            degree = self._endless(degree, step)
            parts.append((x, reach, self.lists[slope], sign))
        bound = self._endless((0,) * len(self.shape), step)

        def fill(k: int) -> None:
            axis = max(v for v, n in enumerate(self.indices[k]) if n)
            total: Any = 0
            for x, reach, s, factor in parts:
                if s is None:
                    total += self.indices[k][axis] * x[k] * factor
                else:
                    total += sum([n * x[j] * s[k - j] for j, n in self._terms(k, reach, bound, axis)]) * factor
            out[k] = total / self.indices[k][axis] * draw()

        return degree, fill

    def _endless(self, degree: Degree, step: Step) -> Degree:
        """The degree of what is no polynomial of its operands."""
        none = (0,) * len(self.shape)
        for operand in step[1:]:
            reach = self.degrees.get(operand, none)
            degree = tuple(n if r else d for n, d, r in zip(self.shape, degree, reach, strict=True))
        return degree

    def _power(self, place: int, step: Step) -> tuple[Degree, Fill]:
        """A whole power as products, by repeated squaring."""
        p, need = self.family.whole(self.family.values[step[2]]) or 0, self.family.needs[place]
        a, degree = self.lists[step[1]], self.degrees[step[1]]
        if p == 0 or p > max(64, need):
            return (0,) * len(self.shape), lambda k: None
        power, reached = a, degree
        for bit in bin(p)[3:]:
            for other, more in ((power, reached), (a, degree))[: 1 + int(bit)]:
                result = self._blank(power[0] * other[0] * self.draw())
                reached, fill = self._product(result, power, reached, other, more)
                self._schedule(reached, need, fill)
                power = result
        return self._scaled(self.lists[place], power, reached, 1)

    def _terms(self, k: int, degree_a: Degree, degree_b: Degree, axis: int = -1) -> list[tuple[int, int]]:
        """The places j with j ≤ degree_a and k-j ≤ degree_b, with j's exponent on an axis, if one is given, above 0."""
        key = k, degree_a, degree_b, axis
        found = self.known.get(key)
        if found is None:
            found = [(0, 0)]
            for v, n in enumerate(self.indices[k]):
                low, high = max(0, n - degree_b[v], int(v == axis)), min(n, degree_a[v])
                stride = self.strides[v]
                found = [(j + e * stride, e if v == axis else w) for j, w in found for e in range(low, high + 1)]
            self.known[key] = found
        return found

    def _places(self, degree: Degree) -> list[int]:
        """The places of all multi-indices up to a degree."""
        found = [0]
        for stride, n in zip(self.strides, degree, strict=True):
            found = [j + e * stride for j in found for e in range(n + 1)]
        return found


def _strides(shape: Sequence[int]) -> list[int]:
    found, stride = [], 1
    for n in reversed(shape):
        found.append(stride)
        stride *= n + 1
    return found[::-1]
