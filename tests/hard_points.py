"""Hard points with their truths, told by hand or composed by exact rational series, and the judge of a diagnosis.

A `Point` says the status, and the derivative of the order asked for from the left and from the right (None where that
side does not exist, or nothing is claimed).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from difftape.diagnosis import Diagnosis, diagnose
from difftape.parser import parse

inf = math.inf
pi = math.pi
LENGTH = 10  # coefficients of each composed series


class Point(NamedTuple):
    text: str
    at: float
    order: int
    status: str
    left: float | None
    right: float | None


def asked(point: Point) -> Diagnosis:
    """The diagnosis of a point in x."""
    program = parse(point.text)
    return diagnose(program.steps, program.root, {"x": point.at}, "x", point.order)


def agree(got: float | None, wanted: float | None) -> bool:
    """Whether two one-sided derivatives are the same to 1e-13."""
    if got is None or wanted is None:
        return got is wanted
    return got == wanted or math.isclose(got, wanted, rel_tol=1e-13)


def complaint(point: Point, found: Diagnosis | None = None) -> str:
    """What is wrong with the diagnosis of a point; empty if nothing is."""
    found = found or asked(point)
    where = f"{point.text} at {point.at}, order {point.order}"
    if found.status != point.status:
        return f"{where}: {found.status}, not {point.status} ({found.reason})"
    if not agree(found.left, point.left) or not agree(found.right, point.right):
        return f"{where}: {found.left} and {found.right}, not {point.left} and {point.right}"
    if point.status in ("ok", "removable"):
        wanted = point.right if point.left is None else point.left
        if found.derivatives is None or not agree(found.derivatives[point.order], wanted) or found.limit is None:
            return f"{where}: derivatives {found.derivatives}, limit {found.limit}"
    elif found.derivatives is not None or not found.reason:
        return f"{where}: no reason, or derivatives at a {point.status}"
    return ""


# --- told by hand: the published table, row by row, then others ---

TABLE = [
    Point("sqrt(x)", 0, 1, "infinite", None, inf),
    Point("abs(x)", 0, 1, "kink", -1, 1),
    Point("where(x > 0, sqrt(x), 0)", -1, 1, "ok", 0, 0),
    Point("where(x > 0, sqrt(x), 0)", -1, 2, "ok", 0, 0),
    Point("where(x > 0, sqrt(x), 0)", 0, 1, "infinite", 0, inf),
    Point("x**0.0", 0, 1, "ok", 0, 0),
    Point("x**1", 0, 2, "ok", 0, 0),
    Point("x*log(x)", 0, 1, "infinite", None, -inf),
    Point("sin(x)/x", 0, 1, "removable", 0, 0),
    Point("sin(x)/x", 0, 2, "removable", -1 / 3, -1 / 3),
    Point("x**x", 0, 1, "infinite", None, -inf),
    Point("(-2)**x", 2, 1, "outside", None, None),
    Point("log(x)", -1, 1, "outside", None, None),
    Point("log(1 + exp(x))", 800, 1, "ok", 1, 1),
    Point("floor(x)", 2, 1, "jump", 0, 0),
    Point("sqrt(x**2)", 0, 1, "kink", -1, 1),
    Point("abs(x)**3", 0, 2, "ok", 0, 0),
    Point("abs(x)**3", 0, 3, "kink", -6, 6),
    Point("max(x, -x)", 0, 1, "kink", -1, 1),
    Point("min(x, 2*x)", 0, 1, "kink", 2, 1),
    Point("(1 - cos(x))/x**2", 0, 0, "removable", 0.5, 0.5),
    Point("(1 - cos(x))/x**2", 0, 1, "removable", 0, 0),
    Point("(1 - cos(x))/x**2", 0, 2, "removable", -1 / 12, -1 / 12),
    Point("x/abs(x)", 0, 1, "jump", 0, 0),
    Point("1/x", 0, 1, "pole", -inf, -inf),
    Point("tan(x)", pi / 2, 1, "ok", 2.6670937881135712e32, 2.6670937881135712e32),
    Point("log(x)", 0, 1, "pole", None, inf),
    Point("(x - 1)**0.5", 1, 1, "infinite", None, inf),
    Point("x**1.5", 0, 1, "ok", None, 0),
    Point("x**1.5", 0, 2, "infinite", None, inf),
    Point("x*sin(1/x)", 0, 1, "undecided", None, None),
    Point("log(-log(x))", 0, 1, "undecided", None, None),
    Point("exp(1/x)*exp(-1/x)", 0, 1, "undecided", None, None),
]

OTHERS = [
    Point("sin(x)", 0.5, 1, "ok", math.cos(0.5), math.cos(0.5)),
    Point("sqrt(x)", 0, 0, "ok", None, 0),
    Point("sqrt(x)", 0, 2, "infinite", None, -inf),
    Point("sqrt(-x)", 0, 1, "infinite", -inf, None),
    Point("-sqrt(x)", 0, 1, "infinite", None, -inf),
    Point("sqrt(x)**2", 0, 1, "ok", None, 1),
    Point("cbrt(x)", 0, 1, "infinite", inf, inf),
    Point("cbrt(x)**3", 0, 1, "ok", 1, 1),
    Point("cbrt(x**2)", 0, 1, "infinite", -inf, inf),
    Point("x**(1/3)", 0, 1, "infinite", None, inf),
    Point("(x**2)**1.5", 0, 2, "ok", 0, 0),
    Point("(x**2)**1.5", 0, 3, "kink", -6, 6),
    Point("abs(x)", 0, 2, "kink", 0, 0),
    Point("abs(sin(x))", pi, 1, "ok", -1, -1),
    Point("abs(sin(pi*x))", 1, 1, "kink", -pi, pi),
    Point("abs(x - 1) + abs(x + 1)", 1, 1, "kink", 0, 2),
    Point("x*abs(x)", 0, 1, "ok", 0, 0),
    Point("x*abs(x)", 0, 2, "kink", -2, 2),
    Point("abs(x)*sin(x)*exp(x)", 0, 1, "ok", 0, 0),
    Point("abs(x**3)", 0, 3, "kink", -6, 6),
    Point("sqrt(1 - cos(x))", 0, 1, "kink", -math.sqrt(0.5), math.sqrt(0.5)),
    Point("hypot(x, x)", 0, 1, "kink", -math.sqrt(2), math.sqrt(2)),
    Point("hypot(x, 1)", 0, 2, "ok", 1, 1),
    Point("max(x, x**2)", 1, 1, "kink", 1, 2),
    Point("max(x, x)", 3, 1, "ok", 1, 1),
    Point("min(abs(x), x**2)", 0, 1, "ok", 0, 0),
    Point("max(0, x)**2", 0, 1, "ok", 0, 0),
    Point("max(0, x)**2", 0, 2, "kink", 0, 2),
    Point("relu(x)", 0, 1, "kink", 0, 1),
    Point("sign(x)", 0, 1, "jump", 0, 0),
    Point("sign(x)**2", 0, 1, "jump", 0, 0),
    Point("x*sign(x)", 0, 1, "kink", -1, 1),
    Point("floor(x)*x", 0, 1, "kink", -1, 0),
    Point("ceil(x) - floor(x)", 0, 0, "jump", 1, 1),
    Point("floor(sin(x))", pi / 2, 1, "ok", 0, 0),
    Point("where(x == 0, 1, sin(x)/x)", 0, 2, "ok", -1 / 3, -1 / 3),
    Point("where(x == 0, 5, sin(x)/x)", 0, 1, "jump", 0, 0),
    Point("where(x > 0 and 1/x > 2, x, -x)", 0, 1, "kink", -1, 1),
    Point("where(not x <= 0 or x < -1, x**2, 0)", 0, 1, "ok", 0, 0),
    Point("where(not x <= 0 or x < -1, x**2, 0)", 0, 2, "kink", 0, 2),
    Point("where(x > 0, x, log(x - 1))", 2, 1, "ok", 1, 1),
    Point("where(x < 0, 0, exp(-1/x))", 0, 3, "removable", 0, 0),
    Point("x/(exp(x) - 1)", 0, 1, "removable", -0.5, -0.5),
    Point("x/(exp(x) - 1)", 0, 12, "removable", -691 / 2730, -691 / 2730),
    Point("log(1 + x)/x", 0, 3, "removable", -1.5, -1.5),
    Point("(exp(x) - 1 - x)/x**2", 0, 1, "removable", 1 / 6, 1 / 6),
    Point("(1 + x)**(1/x)", 0, 1, "removable", -math.e / 2, -math.e / 2),
    Point("coth(x) - 1/x", 0, 1, "removable", 1 / 3, 1 / 3),
    Point("1/sin(x) - 1/x", 0, 1, "removable", 1 / 6, 1 / 6),
    Point("sin(pi*x)/(x - 1)", 1, 0, "removable", -pi, -pi),
    Point("(x**2 - 4)/(x - 2)", 2, 1, "removable", 1, 1),
    Point("1/(1/x)", 0, 1, "removable", 1, 1),
    Point("exp(-1/x**2)", 0, 5, "removable", 0, 0),
    Point("exp(-1/x**2)/x**9", 0, 2, "removable", 0, 0),
    Point("besselj(1, x)/x", 0, 2, "removable", -1 / 8, -1 / 8),
    Point("x*gamma(x)", 0, 1, "removable", -0.5772156649015329, -0.5772156649015329),
    Point("gamma(x)/gamma(2*x)", 0, 0, "removable", 2, 2),
    Point("digamma(x) + 1/x", 0, 0, "removable", -0.5772156649015329, -0.5772156649015329),
    Point("(zeta(x) - 1/(x - 1))*x", 1, 0, "removable", 0.5772156649015329, 0.5772156649015329),
    Point("Ei(x) - log(abs(x))", 0, 1, "removable", 1, 1),
    Point("x**2*log(abs(x))", 0, 1, "removable", 0, 0),
    Point("x**2*log(x)", 0, 1, "ok", None, 0),
    Point("x**2*log(x)", 0, 2, "infinite", None, -inf),
    Point("x/log(x)", 0, 1, "ok", None, 0),
    Point("1/log(x)", 0, 1, "infinite", None, -inf),
    Point("x**(1/log(x))", 0, 1, "ok", None, 0),
    Point("x**pi*x**(4 - pi)", 0, 4, "ok", None, 24),
    Point("x**0.1*x**0.9", 0, 1, "ok", None, 1),
    Point("sqrt(x)*sqrt(-x)", 0, 1, "outside", None, None),
    Point("sqrt(-x**2)", 0, 1, "outside", None, None),
    Point("sqrt(-x**2)", 1e-200, 1, "outside", None, None),
    Point("1/(x - x)", 3, 1, "outside", None, None),
    Point("asin(x)", 1, 1, "infinite", inf, None),
    Point("acos(x)", -1, 1, "infinite", None, -inf),
    Point("acosh(x)", 1, 1, "infinite", None, inf),
    Point("asin(1 - x**2)", 0, 1, "kink", math.sqrt(2), -math.sqrt(2)),
    Point("acosh(1 + x**2)", 0, 1, "kink", -math.sqrt(2), math.sqrt(2)),
    Point("atanh(x)", 1, 1, "pole", inf, None),
    Point("erfinv(x)", -1, 1, "pole", None, inf),
    Point("asin(x)", 2, 1, "outside", None, None),
    Point("gamma(x)", -1, 1, "pole", inf, inf),
    Point("lgamma(x)", -2, 1, "pole", inf, -inf),
    Point("1/x**2", 0, 1, "pole", inf, -inf),
    Point("exp(1/x)", 0, 1, "pole", 0, -inf),
    Point("1/(1 + exp(1/x))", 0, 1, "jump", 0, 0),
    Point("tanh(1/x)", 0, 1, "jump", 0, 0),
    Point("atan(1/x)", 0, 1, "jump", -1, -1),
    Point("acot(x)", 0, 1, "jump", -1, -1),
    Point("x*atan(1/x)", 0, 1, "kink", -pi / 2, pi / 2),
    Point("atan2(x, -1)", 0, 1, "jump", -1, -1),
    Point("atan2(x, 1)", 0, 1, "ok", 1, 1),
    Point("erf(1/x)", 0, 1, "jump", 0, 0),
    Point("softplus(1/x)*x", 0, 1, "jump", 0, 0),
    Point("0**x", 0, 1, "jump", None, 0),
    Point("exp(x)", 1000, 1, "overflow", inf, inf),
    Point("10**400*x", 1, 1, "overflow", inf, inf),
    Point("9**9**9**9*x", 1, 1, "overflow", None, None),
    Point("x**x**x**x", 9, 1, "overflow", None, None),
    Point("exp(exp(exp(x)))", 10, 1, "overflow", None, None),
    Point("exp(-exp(exp(x)))", 10, 1, "ok", 0, 0),
    Point("1/(sin(x)**2 + cos(x)**2 - 1)", 0.5, 1, "undecided", None, None),
    Point("floor(1/x)", 0, 1, "undecided", None, None),
    Point("lambertw(x)/x", 0, 1, "removable", -1, -1),
    Point("tan(pi/2 + x)*x", 0, 2, "removable", 2 / 3, 2 / 3),
    Point("(x + 1e-100) - x", 1, 1, "ok", 0, 0),
]


# --- composed: each side a rational power series in s = x - x0, and what stands at the point itself ---

Series = list[Fraction]
HOLE = None  # the point itself is 0/0 as written


class Piece(NamedTuple):
    """A text with the series it stands for left and right of the point, and its value there or HOLE."""

    text: str
    left: Series
    right: Series
    here: Fraction | None


def _add(a: Series, b: Series) -> Series:
    return [x + y for x, y in zip(a, b, strict=False)]


def _mul(a: Series, b: Series) -> Series:
    n = min(len(a), len(b))
    return [sum((a[i] * b[k - i] for i in range(k + 1)), Fraction(0)) for k in range(n)]


def _div(a: Series, b: Series) -> Series | None:
    """The quotient, of which the leading zeros of b cost the last terms; None where it is no power series."""
    lead = next((i for i, c in enumerate(b) if c), None)
    if lead is None or any(a[:lead]):
        return None
    a, b, found = a[lead:], b[lead:], []
    for k in range(min(len(a), len(b))):
        found.append((a[k] - sum((b[i] * found[k - i] for i in range(1, k + 1)), Fraction(0))) / b[0])
    return found


def _of(coefficients: Callable[[int], Fraction], u: Series) -> Series:
    """A function's series composed with one that has no constant term."""
    found, power = [Fraction(0)] * len(u), [Fraction(1)] + [Fraction(0)] * (len(u) - 1)
    for k in range(len(u)):
        found = _add(found, [coefficients(k) * c for c in power])
        power = _mul(power, u)
    return found


def _odd(k: int, c: Fraction) -> Fraction:
    return c * (-1) ** (k // 2) if k % 2 else Fraction(0)


def _binomial(k: int) -> Fraction:
    found = Fraction(1)
    for i in range(k):
        found *= (Fraction(1, 2) - i) / (i + 1)
    return found


FUNCTIONS: dict[str, Callable[[int], Fraction]] = {
    "sin({})": lambda k: _odd(k, Fraction(1, math.factorial(k))),
    "cos({})": lambda k: _odd(k + 1, Fraction(-1, math.factorial(k))) * -1,
    "exp({})": lambda k: Fraction(1, math.factorial(k)),
    "atan({})": lambda k: _odd(k, Fraction(1, max(k, 1))),
    "log(1 + {})": lambda k: Fraction((-1) ** (k + 1), k) if k else Fraction(0),
    "sqrt(1 + {})": _binomial,
    "1/(2 - {})": lambda k: Fraction(1, 2 ** (k + 1)),
    "sinh({})": lambda k: Fraction(k % 2, math.factorial(k)),
    "log1p({})": lambda k: Fraction((-1) ** (k + 1), k) if k else Fraction(0),
    "expm1({})": lambda k: Fraction(int(k > 0), math.factorial(k)),
}


def _sign(series: Series, left: bool) -> int:
    """The sign just beside the point."""
    k = next((i for i, c in enumerate(series) if c), None)
    if k is None:
        return 0
    return (1 if series[k] > 0 else -1) * (-1 if left and k % 2 else 1)


def _constant(piece: Piece) -> Fraction | None:
    """The value that both sides and the point share, or None."""
    ends = {piece.left[0], piece.right[0], piece.right[0] if piece.here is HOLE else piece.here}
    return ends.pop() if len(ends) == 1 else None


def _shown(c: Fraction) -> str:
    text = str(c.numerator) if c.denominator == 1 else f"{c.numerator}/{c.denominator}"
    return f"({text})" if c < 0 or c.denominator > 1 else text


class Composer:
    """Random compositions about one point x0."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.x0 = Fraction(self.random.choice((0, 0, 1, -2, Fraction(1, 2))))

    def base(self) -> Piece:
        """A multiple of s, or a polynomial in it."""
        x0, c = self.x0, Fraction(self.random.choice((1, 1, -1, 2, -3)))
        s = "x" if x0 == 0 else f"(x - {_shown(x0)})"
        series = [Fraction(0)] * LENGTH
        series[1] = c
        if self.random.random() < 0.4:
            series[2] = Fraction(1)
            return Piece(f"({_shown(c)}*{s} + {s}**2)", series, series, Fraction(0))
        return Piece(f"{_shown(c)}*{s}" if c != 1 else s, series, series, Fraction(0))

    def smooth(self, u: Piece) -> Piece | None:
        """A function of a piece, from which its value was taken."""
        c = _constant(u)
        if c is None:
            return None
        form = self.random.choice(list(FUNCTIONS))
        inner = f"({u.text} - {_shown(c)})" if c else f"({u.text})"
        sides = [_of(FUNCTIONS[form], [Fraction(0), *side[1:]]) for side in (u.left, u.right)]
        return Piece(form.format(inner), *sides, None if u.here is HOLE else FUNCTIONS[form](0))

    def kinked(self, u: Piece) -> Piece | None:
        """abs, sqrt of a square, relu, or a where that turns at the point."""
        form = self.random.choice(
            ("abs({0})", "sqrt(({0})**2)", "relu({0})", "max({0}, 0)", "where({0} < 0, -({0}), 0)")
        )
        signs = _sign(u.left, True), _sign(u.right, False)
        if 0 in signs or u.here is HOLE:
            return None
        positive = {"abs": (1, -1), "sqr": (1, -1), "rel": (1, 0), "max": (1, 0), "whe": (0, -1)}[form[:3]]
        sides = [[c * (positive[0] if sign > 0 else positive[1]) for c in side]
                 for side, sign in zip((u.left, u.right), signs, strict=True)]  # fmt: skip
        here = u.here * (positive[0] if u.here > 0 else positive[1])
        return Piece(form.format(u.text), *sides, here)

    def jumped(self, u: Piece) -> Piece | None:
        """sign, floor or ceil of a piece that is zero at the point."""
        signs = _sign(u.left, True), _sign(u.right, False)
        if 0 in signs or u.here != 0 or u.left[0] or u.right[0]:
            return None
        form, values = self.random.choice(
            (("sign({})", (-1, 1)), ("floor({})", (-1, 0)), ("ceil({})", (0, 1)))
        )  # fmt: skip
        sides = [[Fraction(values[sign > 0])] + [Fraction(0)] * (LENGTH - 1) for sign in signs]
        return Piece(form.format(u.text), *sides, Fraction(0))

    def joined(self, u: Piece, v: Piece) -> Piece | None:
        """A sum, a difference, a product, or a quotient of two pieces."""
        holes = u.here is HOLE or v.here is HOLE
        kind = self.random.choice("+-*//")
        text = f"({u.text}) {kind} ({v.text})"
        if kind == "/":
            left, right = _div(u.left, v.left), _div(u.right, v.right)
            if left is None or right is None:
                return None
            return Piece(text, left, right, HOLE if holes or not v.here else u.here / v.here)  # type: ignore[operator]
        if kind == "*":
            return Piece(text, _mul(u.left, v.left), _mul(u.right, v.right), HOLE if holes else u.here * v.here)  # type: ignore[operator]
        sign = 1 if kind == "+" else -1
        there = [[sign * c for c in side] for side in (v.left, v.right)]
        return Piece(text, _add(u.left, there[0]), _add(u.right, there[1]), HOLE if holes else u.here + sign * v.here)  # type: ignore[operator]

    def piece(self, depth: int) -> Piece:
        """A random piece; what cannot be composed is composed anew."""
        if depth == 0:
            return self.base()
        while True:
            kind = self.random.random()
            u = self.piece(depth - 1)
            if kind < 0.35:
                found = self.smooth(u)
            elif kind < 0.55:
                found = self.kinked(u)
            elif kind < 0.6:
                found = self.jumped(u)
            else:
                found = self.joined(u, self.piece(self.random.randrange(depth)))
            if found is not None and min(len(found.left), len(found.right)) >= 5:
                return found

    def point(self) -> Point:
        """A composed hard point with its truth, some with an infinite end added."""
        piece, order = self.piece(self.random.choice((1, 2, 3, 3))), self.random.choice((1, 1, 1, 2, 3, 4))
        status, left, right = truth(piece, order)
        text = piece.text
        s = "x" if self.x0 == 0 else f"(x - {_shown(self.x0)})"
        ending = self.random.random()
        if status != "jump" and ending < 0.25:
            form, status, (left, right) = self.random.choice(_endings(order, status))
            text = f"{text} + {form.format(s)}"
        return Point(text, float(self.x0), order, status, left, right)


def truth(piece: Piece, order: int) -> tuple[str, float | None, float | None]:
    """The status of a piece, and the derivatives of that order on both sides."""
    ends = [float(side[order] * math.factorial(order)) for side in (piece.left, piece.right)]
    if piece.left[0] != piece.right[0] or piece.here not in (HOLE, piece.left[0]):
        return "jump", ends[0], ends[1]
    if piece.left[: order + 1] != piece.right[: order + 1]:
        return "kink", ends[0], ends[1]
    return "removable" if piece.here is HOLE else "ok", ends[0], ends[1]


def _endings(order: int, status: str) -> list[tuple[str, str, tuple[float | None, float | None]]]:
    """What is added to a continuous piece: a pole, an infinite slope, an end of the domain."""
    even = -inf if order % 2 == 0 else inf  # the sign of the derivatives of log and sqrt of t
    infinite = "kink" if status == "kink" and order > 1 else "infinite"
    endings: list[tuple[str, str, tuple[float | None, float | None]]] = [
        ("1/{}", "pole", (-inf, -inf if order % 2 else inf)),
        ("log(abs({}))", "pole", (-inf, even)),
        ("log({})", "pole", (None, even)),
        ("sqrt(-1 - abs({}))", "outside", (None, None)),
        ("sqrt({})", "infinite", (None, even)),
    ]
    if infinite == "infinite":
        endings.append(("sqrt(abs({}))", "infinite", (-inf, even)))
    return endings


def composed(count: int, seed: int = 1) -> Iterator[Point]:
    """That many composed hard points, the same for the same seed."""
    for i in range(count):
        yield Composer(seed * 1_000_003 + i).point()


__all__ = ["OTHERS", "TABLE", "Point", "agree", "asked", "complaint", "composed"]
