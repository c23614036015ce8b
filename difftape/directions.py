"""What a mixed derivative is at a hard point, by two ways that need germs of one variable only.

*In turn*: the sweep over nodes writes the derivative by all variables but one, and a germ decides the last.  Right by
definition where nothing ties; where more than one variable can be the last, they must agree.

*Along lines*: x0 + k·t makes a function of t, and where f is smooth a mixed derivative is a fixed combination of
derivatives along lines, Σ_{b ≤ k ≤ b+i} (-1)^{d-|k-b|} Π C(i_v, k_v-b_v) · d^d/dt^d f(x0 + k·t) / d! with d = |i|
(Griewank, Utke and Walther 2000; Kan 2008).  No k_v is 0, for sin(x)*sin(y)/(x*y) at 0 has no value on the axes.  It
is smooth to order d only if these derivatives are a polynomial of degree d in the direction, which is tried on a line
of directions through all quadrants: |x|·|y| passes along each line, and not this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, factorial, isclose, isfinite
from typing import Any

from .backprop import pull_back
from .diagnosis import Diagnosis, diagnose
from .exact import fraction_of
from .graph import Graph, Step, copied, moving, variable_places
from .node import Node
from .table.arithmetic import add, mul, pow

_TIME = "t"
_SWEEPS = 4  # derivatives of derivatives written out at most
_ROUNDING = 2.0**-48
_POLYNOMIAL = 1e-8  # how far a divided difference of rounded numbers may be from 0, beside them


def diagnose_mixed(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], powers: Mapping[str, int], digits: int = 0
) -> Diagnosis:
    """What kind of point this is for a mixed derivative; where there is one, it is the last of `derivatives`.

    `digits` as in `diagnose`.

    >>> from difftape.parser import parse
    >>> program = parse("sin(x*y)/x")
    >>> diagnose_mixed(program.steps, program.root, {"x": 0.0, "y": 2.0}, {"x": 2, "y": 1}).derivatives[-1]
    -4.0
    """
    whole = near(steps, root, at, powers, digits)
    if whole.derivatives is None:
        return whole
    found = [in_turn(steps, root, at, powers, last, digits) for last in powers]
    ends = [(d, d.derivatives[-1]) for d in found if d is not None and d.derivatives is not None]
    if not ends:
        return along_lines(steps, root, at, powers, digits)
    number = ends[0][1]
    if all(isclose(number, other, rel_tol=1e-9, abs_tol=1e-300) for _, other in ends):
        chosen = next((d for d, _ in ends if d.status != "ok" or d.side), ends[0][0])
        if chosen.status == "removable":  # what is derived first has no value here: the lines must know one
            lines = along_lines(steps, root, at, powers, digits)
            if lines.derivatives is None and lines.status != "outside":
                return lines
        return chosen._replace(value=whole.value)
    several = " and ".join(repr(x) for x in dict.fromkeys(float(x) for _, x in ends))
    return Diagnosis("undecided", whole.value, reason=f"undecided: by the order of the variables it is {several}")


def near(steps: Sequence[Step], root: int, at: Mapping[str, Any], names: Iterable[str], digits: int = 0) -> Diagnosis:
    """What kind of point this is for the value, from a line on which all of the variables move."""
    return along(steps, root, at, {name: k + 1 for k, name in enumerate(names)}, 0, digits)


def in_turn(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], powers: Mapping[str, int], last: str, digits: int = 0
) -> Diagnosis | None:
    """What kind of point this is for the last variable, the derivative by the others being written out."""
    flags = moving(steps, [name for name in powers if name != last])
    ties = (
        step[0].tie for step, moves in zip(steps, flags, strict=True) if moves and len(step) > 1 and step[0] is not pow
    )
    if sum(powers.values()) - powers[last] > _SWEEPS or any(ties):
        return None
    before = len(steps)
    for name, order in powers.items():
        for _ in range(order if name != last else 0):
            steps, root = written(steps, root, name)
    found = diagnose(steps, root, at, last, powers[last], digits)
    return found._replace(place=found.place if found.place is not None and found.place < before else None)


def written(steps: Sequence[Step], root: int, name: str) -> tuple[list[Step], int]:
    """The steps of a derivative, after those of the function, and the place of its value."""
    graph = Graph(steps)
    cotangents: list[Any] = [None] * (root + 1)
    cotangents[root] = 1.0
    pull_back(steps, [Node(graph, p) for p in range(root + 1)], cotangents, moving(steps, (name,)))
    place = variable_places(steps).get(name, root + 1)
    found = cotangents[place] if place <= root else None
    if found.__class__ is not Node:
        found = Node(graph, graph.leaf(found or 0.0))
    return graph.steps, found.place


def along_lines(
    steps: Sequence[Step], root: int, at: Mapping[str, Any], powers: Mapping[str, int], digits: int = 0
) -> Diagnosis:
    """The mixed derivative as a combination of derivatives along lines, or the first of these that is none."""
    names, order = tuple(powers), sum(powers.values())
    total, size = Fraction(0), Fraction(0)
    seen: list[Diagnosis] = []
    for k in product(*(range(1, n + 2) for n in powers.values())):
        found = along(steps, root, at, dict(zip(names, k, strict=True)), order, digits)
        if found.derivatives is None:
            return _aside(found, names, k)
        seen.append(found)
        weight = (-1) ** (order + len(names) - sum(k))
        for n, e in zip(powers.values(), k, strict=True):
            weight *= comb(n, e - 1)
        term = weight * _fraction(found.derivatives[order]) / factorial(order)
        total, size = total + term, size + abs(term)
    if not _is_polynomial(steps, root, at, names, order):
        reason = f"undecided: along straight lines derivative {order} is not that of a smooth function"
        return Diagnosis("undecided", seen[0].value, reason=reason)
    rounding = Fraction(1, 10**digits) if digits else Fraction(_ROUNDING)
    number = _double(total) if abs(total) > size * rounding else 0.0
    worst = next((d for d in seen if d.status != "ok"), next((d for d in seen if d.side), seen[0]))
    if digits:
        from mpmath import mp

        with mp.workdps(digits + 10):
            right = mp.mpf(total.numerator) / total.denominator if abs(total) > size * rounding else mp.mpf(0)
        return worst._replace(left=None, right=None, limit=number, derivatives=[right], side=_side(seen))
    if not isfinite(number):
        return Diagnosis("overflow", worst.value, reason="overflow: the true value exceeds the largest double")
    return worst._replace(left=None, right=None, limit=number, derivatives=[number], side=_side(seen))


def along(
    steps: Sequence[Step],
    root: int,
    at: Mapping[str, Any],
    direction: Mapping[str, float],
    order: int,
    digits: int = 0,
    exponents: Mapping[str, int] | None = None,
) -> Diagnosis:
    """What kind of point this is for the function on a straight line through it; x = x0 + c·tᵏ with an exponent k."""
    graph = Graph()
    places: list[int] = []
    origins: dict[int, int] = {}
    for place, step in enumerate(steps):
        if len(step) == 1 and step[0].__class__ is str:
            value = at[step[0]]
            new = copied(graph, value.program, {}) if hasattr(value, "program") else graph.leaf(value)
            speed = direction.get(step[0], 0)
            if speed:
                time = graph.place((_TIME,))
                for _ in range((exponents or {}).get(step[0], 1) - 1):
                    time = graph.place((mul, time, graph.place((_TIME,))))
                motion = graph.place((mul, graph.leaf(float(speed)), time))
                new = graph.place((add, new, motion))
        else:
            new = graph.place((step[0], *[places[p] for p in step[1:]]))
        places.append(new)
        origins.setdefault(new, place)
    found = diagnose(graph.steps, places[root], {_TIME: 0.0}, _TIME, order, digits)
    return found._replace(place=origins.get(found.place) if found.place is not None else None)


def _aside(found: Diagnosis, names: Sequence[str], direction: Sequence[int]) -> Diagnosis:
    """A diagnosis along a line as one of a mixed derivative: its sides are those of the line, and it says so."""
    moving = [(name, k) for name, k in zip(names, direction, strict=True) if k]
    line = " + ".join(name if k == 1 else f"{k}*{name}" for name, k in moving)
    return found._replace(left=None, right=None, limit=None, reason=f"{found.reason} (on a line along {line})")


def _is_polynomial(steps: Sequence[Step], root: int, at: Mapping[str, float], names: Sequence[str], order: int) -> bool:
    """Whether the derivatives of each order k along the directions 2·s - (1, 3, 5 …) are a polynomial of degree k in s.

    Directions that leave the domain say nothing; those of large s do not leave a domain to the right of the point.
    """
    table: list[tuple[int, list[Fraction]]] = []
    for s in range(len(names) + order + 2):
        found = along(steps, root, at, {name: 2 * s - 2 * v - 1 for v, name in enumerate(names)}, order)
        if found.derivatives is not None:
            table.append((s, [_fraction(d) for d in found.derivatives]))
        elif found.status != "outside":
            return False
    return all(_is_of_degree([(s, d[k]) for s, d in table], k) for k in range(1, order + 1))


def _is_of_degree(table: Sequence[tuple[int, Fraction]], degree: int) -> bool:
    """Whether all divided differences of the next degree vanish."""
    for start in range(len(table) - degree - 1):
        window = table[start : start + degree + 2]
        terms: list[Fraction] = []
        for s, d in window:
            weight = Fraction(1)
            for other, _ in window:
                weight *= s - other if other != s else 1
            terms.append(d / weight)
        if abs(sum(terms, Fraction(0))) > Fraction(_POLYNOMIAL) * sum(map(abs, terms), Fraction(0)):
            return False
    return True


def _side(seen: Sequence[Diagnosis]) -> str:
    sides = {d.side for d in seen}
    return sides.pop() if len(sides) == 1 else ""


def _fraction(x: Any) -> Fraction:
    """A double or one of mpmath's numbers, without error."""
    return fraction_of(x) if hasattr(x, "_mpf_") else Fraction(x)


def _double(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return float("inf")
