"""A graph made cheaper without changing what it computes by more than the last places.

Constants are folded, signs moved out of products, small whole powers written as products, definitions written out,
and equal steps shared.  All but the powers and `x**1.5` round as before; `x**8` as three squares is within 4 ulp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import frexp, isfinite
from typing import Any

from ..graph import Graph, Step, reachable
from ..interpret import CONSTANTS
from ..node import Node
from ..primitives import Primitive
from ..table.arithmetic import add, div, mul, neg, pow, sqrt, square, sub
from ..table.choice import both, either, where

_POWER = 8  # whole powers up to this one are products
_COMMUTATIVE = frozenset((add, mul))
_PLAIN = frozenset((add, sub, mul, div))  # whose rules look only into numbers, signs, scales and choices


def simplified(
    steps: Sequence[Step],
    wanted: Sequence[int],
    in_full: bool = True,
    stays_whole: Callable[[Primitive], bool] = lambda primitive: False,
) -> tuple[list[Step], list[int]]:
    """The steps that the wanted places need, made cheaper, and where those are now.

    What is still to be differentiated is not written out `in_full`: a function's own rule is the accurate one.
    A function that `stays_whole` is not written out by its definition, for whoever runs it has its own.

    >>> from difftape.parser import parse
    >>> simplified(parse("x**2 + 2*3").steps, [5])
    ([('x',), (<primitive mul>, 0, 0), (6.0,), (<primitive add>, 1, 2)], [3])
    """

    def opens(primitive: Primitive) -> bool:
        return in_full and primitive.means is not None and not stays_whole(primitive)

    graph = Graph()
    needed = reachable(steps, wanted)
    uses = counted(steps, needed)
    found = [0] * len(steps)
    looked: list[bool] = []  # of each new step, whether a rule for what it is an operand of may look into it
    for place, step in enumerate(steps):
        if not needed[place]:
            continue
        if len(looked) < len(graph.steps):
            _extend(looked, graph.steps)
        primitive = step[0]
        if len(step) == 3 and primitive in _PLAIN:  # the most frequent case, written out
            _, a, b = step
            a, b = found[a], found[b]
            if a != b and not looked[a] and not looked[b]:
                is_turned = a > b and primitive in _COMMUTATIVE
                found[place] = graph.place((primitive, b, a) if is_turned else (primitive, a, b))
                continue
        elif len(step) == 1 and (primitive.__class__ is str or (primitive.__class__ is float and primitive >= 0)):
            found[place] = graph.place(step)
            continue
        places = [found[p] for p in step[1:]]
        if _is_final(primitive, places, looked, graph.steps, opens):
            if step[0] in _COMMUTATIVE and places[0] > places[1]:
                places.reverse()
            found[place] = graph.place((step[0], *places))
        else:
            is_shared = [uses[p] > 1 for p in step[1:]]
            found[place] = _written(step, [Node(graph, p) for p in places], is_shared, graph, in_full, opens).place
    places = [found[p] for p in wanted]
    return _plain(_divided(graph.steps, places) if in_full else graph.steps, places)


def _extend(looked: list[bool], steps: Sequence[Step]) -> None:
    for step in steps[len(looked) :]:
        head = step[0]
        is_looked = head.__class__ is float or head is neg or head is where or (head is mul and looked[step[1]])
        looked.append(is_looked)


def _is_final(primitive: Any, places: list[int], looked: list[bool], steps: Sequence[Step], opens: Any) -> bool:
    """Whether no rule can apply to a step: most steps."""
    if len(places) == 2:
        a, b = places
        if a == b:
            return primitive is mul and not looked[a]
        if not looked[a]:
            return primitive in _PLAIN and (not looked[b] or (primitive is mul and _is_factor(steps[b][0])))
        return primitive is mul and not looked[b] and _is_factor(steps[a][0])
    if len(places) != 1 or looked[places[0]] or primitive in _CHEAPER:
        return False
    return not opens(primitive)


def _is_factor(head: Any) -> bool:
    """Whether a step is a number that stays a factor as it is."""
    return head.__class__ is float and bool(head) and not _is_scale(head)


def counted(steps: Sequence[Step], needed: Sequence[bool]) -> list[int]:
    """How many of the needed steps use each."""
    uses = [0] * len(steps)
    for step, is_needed in zip(steps, needed, strict=True):
        if not is_needed or len(step) == 1:
            continue
        if len(step) == 3 and step[1] != step[2]:
            uses[step[1]] += 1
            uses[step[2]] += 1
        else:
            for p in set(step[1:]):
                uses[p] += 1
    return uses


def _written(
    step: Step, operands: list[Node], is_shared: Sequence[bool], graph: Graph, in_full: bool, opens: Any
) -> Node:
    """A step over operands of the new graph, in its cheapest form."""
    primitive = step[0]
    if len(step) == 1:
        leaf = CONSTANTS.get(primitive, primitive)
        return Node(graph, graph.leaf(leaf) if leaf.__class__ is float else graph.place((leaf,)))
    known = [x.value for x in operands]
    if None not in known:
        folded = _folded(primitive, known)
        if folded is not None:
            return Node(graph, graph.leaf(folded))
    if primitive is mul or primitive is div:
        (a, b), (a_shared, b_shared) = operands, is_shared
        found = (_product if primitive is mul else _quotient)(a, b, a_shared, b_shared)
    elif opens(primitive):
        found = primitive.means(*operands)
    else:
        rule = _CHEAPER.get(primitive) or (_IN_FULL.get(primitive) if in_full else None)
        found = rule(*operands) if rule is not None else None
    return _as_node(_applied(primitive, operands) if found is None else found, graph)


def _as_node(y: Any, graph: Graph) -> Node:
    return y if y.__class__ is Node else Node(graph, graph.leaf(float(y)))


def _applied(primitive: Any, operands: list[Node]) -> Any:
    """The primitive of the operands; a sum or product has them in one order, so that it is found again."""
    if primitive in _COMMUTATIVE and operands[0].place > operands[1].place:
        operands = operands[::-1]
    return operands[0].apply(primitive, tuple(operands))


def _folded(primitive: Any, numbers: list[Any]) -> float | None:
    """The value of a step of plain numbers, if it is a finite one; a condition is 1 or 0."""
    try:
        y = float(primitive.scalar(*numbers))
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return y if isfinite(y) else None


def _inside(x: Node) -> Node | None:
    """What x is the negative of."""
    step = x.graph.steps[x.place]
    return Node(x.graph, step[1]) if step[0] is neg else None


def _scaled(x: Node, is_shared: bool = False) -> tuple[float, Node | None]:
    """x as a number of the form ±2**k times the rest, which is None where x is that number itself.

    A product that others use too keeps its scale, unless that is a sign.
    """
    known = x.value
    if known is not None:
        return (known, None) if _is_scale(known) else (1.0, x)
    step = x.graph.steps[x.place]
    if step[0] is neg:
        scale, rest = _scaled(Node(x.graph, step[1]), is_shared)
        return -scale, rest
    if step[0] is mul and not is_shared:
        number = Node(x.graph, step[1]).value
        if number is not None and _is_scale(number):
            return number, Node(x.graph, step[2])
    return 1.0, x


def _is_scale(number: float) -> bool:
    """Whether a product with the number is exact, and nearly so where the rest is subnormal."""
    return abs(frexp(number)[0]) == 0.5 and 0.25 <= abs(number) <= 4.0


def _rescaled(scale: float, x: Any) -> Any:
    """scale times x, the scale in front."""
    if scale == 1:
        return x
    if x.__class__ is not Node:  # a product with 0
        return scale * x
    return -x if scale == -1 else x.apply(mul, (x.number(scale), x))


def _sum(a: Node, b: Node) -> Any:
    p, q = _inside(a), _inside(b)
    if q is not None:
        found = _difference(a, q)
        return a - q if found is None else found
    if p is not None:
        return b - p
    return _product(a.number(2.0), a) if a.place == b.place else None


def _difference(a: Node, b: Node) -> Any:
    p, q = _inside(a), _inside(b)
    if q is not None:
        return _applied(add, [a, q])
    return -_applied(add, [p, b]) if p is not None else None


def _product(a: Node, b: Node, a_shared: bool = False, b_shared: bool = False) -> Any:
    (p, u), (q, v) = _scaled(a, a_shared), _scaled(b, b_shared)
    if u is None or v is None:
        rest = u or v
        return None if rest is None else _rescaled(p * q, rest)
    return _rescaled(p * q, _applied(mul, [u, v]))


def _quotient(a: Node, b: Node, a_shared: bool = False, b_shared: bool = False) -> Any:
    (p, u), (q, v) = _scaled(a, a_shared), _scaled(b, b_shared)
    if u is None:  # ±2**k over b: one quotient
        return None if v is None or q == 1 else a.number(p / q) / v
    return _rescaled(p / q, u if v is None else u / v)


def _negative(a: Node) -> Any:
    step = a.graph.steps[a.place]
    if step[0] is sub:
        return Node(a.graph, step[2]) - Node(a.graph, step[1])
    return None


def _power(a: Node, p: Node) -> Any:
    number = p.value
    if number is None:
        return None
    if abs(number) <= _POWER and number == number // 1 and number:
        y = _whole_power(a, abs(int(number)))
        return y if number > 0 else 1 / y
    if number in (0.5, 1.5, -0.5):
        root = sqrt(a)
        return root if number == 0.5 else a * root if number > 0 else 1 / root
    return None


def _whole_power(a: Node, n: int) -> Any:
    y: Any = a
    for bit in bin(n)[3:]:
        y = y * y
        if bit == "1":
            y = y * a
    return y


def _both(a: Node, b: Node) -> Any:
    for known, other in ((a.value, b), (b.value, a)):
        if known is not None:
            return other if known else 0.0
    return None


def _either(a: Node, b: Node) -> Any:
    for known, other in ((a.value, b), (b.value, a)):
        if known is not None:
            return 1.0 if known else other
    return None


def _choice(condition: Node, a: Node, b: Node) -> Any:
    known = condition.value
    if known is not None:
        return a if known else b
    return a if a.place == b.place else None


_CHEAPER: dict[Any, Callable[..., Any]] = {
    add: _sum,
    sub: _difference,
    neg: _negative,
    square: lambda a: a * a,
    both: _both,
    either: _either,
    where: _choice,
}
_IN_FULL: dict[Any, Callable[..., Any]] = {pow: _power}


def _divided(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """The steps with a product by a reciprocal that nothing else needs as one quotient."""
    uses = counted(steps, reachable(steps, wanted))
    for p in wanted:
        uses[p] += 2
    found = list(steps)
    for place, step in enumerate(steps):
        if step[0] is not mul or step[1] == step[2]:
            continue
        for numerator, reciprocal in (step[1:], step[:0:-1]):
            other = steps[reciprocal]
            if uses[reciprocal] == 1 and other[0] is div and steps[other[1]] == (1.0,):
                found[place] = (div, numerator, other[2])
                break
    return found


def _plain(steps: Sequence[Step], wanted: Sequence[int]) -> tuple[list[Step], list[int]]:
    """The steps that are needed, with the negative of a number as a number."""
    steps = [(-steps[s[1]][0],) if s[0] is neg and steps[s[1]][0].__class__ is float else s for s in steps]
    needed = reachable(steps, wanted)
    places = [0] * len(steps)
    found: list[Step] = []
    for place, step in enumerate(steps):
        if needed[place]:
            places[place] = len(found)
            if len(step) == 3:
                primitive, a, b = step
                found.append((primitive, places[a], places[b]))
            else:
                found.append((step[0], *[places[p] for p in step[1:]]))
    return found, [places[p] for p in wanted]
