"""An expression in MathML, as browsers set it: fractions, powers, roots, and functions by their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape
from typing import Any

from ..graph import Step
from ..primitives import Primitive
from ..printer import leaf
from ..table.arithmetic import cbrt, div, exp, mul, neg, pow, sqrt
from ..table.choice import abs
from .latex import signs_in_front
from .spelling import Part, spelled

_OPEN, _CLOSE = "<mo>(</mo>", "<mo>)</mo>"
_APPLIED, _TIMES = "<mo>&#x2061;</mo>", '<mo>&#x2062;</mo><mspace width="0.15em"></mspace>'  # invisible


def to_mathml(steps: Sequence[Step], root: int) -> str:
    """The expression at `root`, as a row of MathML without the element `math`.

    >>> from difftape.parser import parse
    >>> program = parse("x**2/sin(theta)")
    >>> print(to_mathml(program.steps, program.root).replace("><", "> <"))
    <mfrac> <mrow> <msup> <mrow> <mi>x</mi> </mrow> <mrow> <mn>2</mn> </mrow> </msup> </mrow> <mrow> <mi>sin</mi> \
<mo>&#x2061;</mo> <mo>(</mo> <mi>θ</mi> <mo>)</mo> </mrow> </mfrac>
    """
    steps, root = signs_in_front(steps, root)
    return spelled(steps, root, lambda place: _parts(steps, steps[place]), _leaf, _infix, (_OPEN, _CLOSE))


def name(text: str) -> str:
    """A variable: θ for theta, and what follows a low line lowered.

    >>> name("x_1")
    '<msub><mi>x</mi><mi>1</mi></msub>'
    """
    head, _, below = text.partition("_")
    if not head or not below:
        return f"<mi>{escape(_letter(text))}</mi>"
    return f"<msub><mi>{escape(_letter(head))}</mi><mi>{escape(_letter(below))}</mi></msub>"


def _letter(text: str) -> str:
    """A Greek letter for its English name."""
    case = "CAPITAL" if text[:1].isupper() else "SMALL"
    word = "LAMDA" if text.lower() == "lambda" else text.upper()
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {word}") if text.isascii() and len(text) > 1 else text
    except KeyError:
        return text


def _parts(steps: Sequence[Step], step: Step) -> Sequence[Part] | None:
    primitive = step[0]
    if primitive is div:
        return ["<mfrac><mrow>", (step[1], 0, 0), "</mrow><mrow>", (step[2], 0, 0), "</mrow></mfrac>"]
    if primitive is pow:
        base = steps[step[1]]
        is_closed = len(base) == 1 and "<mrow" not in _leaf(base[0])
        inner: list[Part] = [(step[1], 0, 0)] if is_closed else [_OPEN, (step[1], 0, 0), _CLOSE]
        return ["<msup><mrow>", *inner, "</mrow><mrow>", (step[2], 0, 0), "</mrow></msup>"]
    if primitive is exp:
        return ["<msup><mi>e</mi><mrow>", (step[1], 0, 0), "</mrow></msup>"]
    if primitive is sqrt:
        return ["<msqrt>", (step[1], 0, 0), "</msqrt>"]
    if primitive is cbrt:
        return ["<mroot><mrow>", (step[1], 0, 0), "</mrow><mn>3</mn></mroot>"]
    if primitive is abs:
        return ["<mo>|</mo>", (step[1], 0, 0), "<mo>|</mo>"]
    if primitive is mul:
        is_number = _leading(steps, step[2])[0].__class__ is float
        return [(step[1], 0, mul.left), "<mo>·</mo>" if is_number else _TIMES, (step[2], mul.right, 0)]
    if primitive.symbol:
        return None
    found: list[Part] = [f"<mi>{escape(primitive.name)}</mi>{_APPLIED}{_OPEN}"]
    for p in step[1:]:
        found += [(p, 0, 0), "<mo>,</mo>"]
    found[-1] = _CLOSE
    return found


def _leading(steps: Sequence[Step], place: int) -> Step:
    """The step that is written first."""
    step = steps[place]
    while step[0] in (mul, div, pow):
        step = steps[step[1]]
    return step


def _leaf(value: Any) -> str:
    if value.__class__ is str:
        return name(value)
    if value.__class__ is not float:
        return f"<mi>{escape(_letter(value.name))}</mi>"
    digits, _, power = leaf(value).partition("e")
    if not power:
        return f"<mn>{digits}</mn>"
    return f"<mrow><mn>{digits}</mn><mo>·</mo><msup><mn>10</mn><mn>{int(power)}</mn></msup></mrow>"


def _infix(primitive: Primitive) -> str:
    symbol = "−" if primitive.symbol == "-" else primitive.symbol
    form = ' form="prefix"' if primitive is neg else ""
    return f"<mo{form}>{escape(symbol)}</mo>"
