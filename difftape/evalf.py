"""Sympy expressions as big floats.

Sympy's own `evalf` of a whole tree doubles its work with every product inside a product.  So a tree is evaluated
from its leaves up, each node once: functions by sympy's `evalf`, sums, products and powers on big floats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .symbolic import Unknown

LARGEST_MAGNITUDE = 1 << 17  # bits before the point of an operand; sin(1e300) has 1000
_GUARD = 10  # digits


def evaluate(expression: Any, values: Mapping[Any, Any], digits: int) -> Any:
    """The expression as an mpf, its symbols at exact values, worked out with about `digits` digits.

    Digits that cancel are lost: ask with more of them to see how many are right.  Raises Unknown where there is
    no real number.
    """
    from mpmath import mp

    known: dict[int, Any] = {}
    stack = [expression]
    with mp.workdps(digits + _GUARD):
        while stack:
            node = stack[-1]
            if id(node) in known:
                stack.pop()
                continue
            if not _is_arithmetic(node):
                raise Unknown(f"sympy leaves a {type(node).__name__} unevaluated")
            operands = node.args
            missing = [x for x in operands if id(x) not in known]
            if missing:
                stack.extend(missing)
                continue
            try:
                known[id(node)] = _number(mp, node, [known[id(x)] for x in operands], values)
            except ZeroDivisionError:
                raise Unknown("sympy's derivative divides by zero there") from None
            except (ArithmeticError, ValueError, TypeError, NotImplementedError) as error:
                raise Unknown(f"sympy cannot evaluate {type(node).__name__} there ({type(error).__name__})") from None
            stack.pop()
        y = known[id(expression)]
        if isinstance(y, mp.mpc):
            if abs(y.imag) > abs(y.real) * mp.mpf(10) ** (-digits // 2):
                raise Unknown("sympy's value is not real")
            y = y.real
        return +y


def _is_arithmetic(node: Any) -> bool:
    """Whether a node is a number, a name, or a function of its operands (not a Derivative, Subs, Integral …)."""
    if node.is_Symbol or node.is_NumberSymbol or node.is_Number:
        return True
    return bool((node.is_Add or node.is_Mul or node.is_Pow or node.is_Function) and not node.is_Piecewise)


def _number(mp: Any, node: Any, operands: Sequence[Any], values: Mapping[Any, Any]) -> Any:
    """One node of a tree, its operands being big floats."""
    if node.is_Symbol:
        node = values[node]
        if not hasattr(node, "is_Rational"):
            return mp.mpf(node)
    if node.is_Rational:
        return mp.mpf(node.p) / node.q
    if node.is_Add:
        y = mp.fsum(operands)
    elif node.is_Mul:
        y = mp.fprod(operands)
    elif node.is_Pow:
        _bounded(mp, operands)
        base, exponent = operands
        y = mp.sqrt(base) if node.exp.is_Rational and node.exp.q == 2 and node.exp.p == 1 else base**exponent
    elif node.is_Function:
        _bounded(mp, operands)
        y = _called(mp, node, operands)
    else:
        y = _float(mp, node, node)
    if not mp.isfinite(y):
        raise Unknown("sympy's value is not finite")
    return y


def _called(mp: Any, node: Any, operands: Sequence[Any]) -> Any:
    """One function of sympy at big floats, by its own evalf."""
    import sympy

    def argument(x: Any, value: Any) -> Any:
        if x.is_Integer:
            return x
        if isinstance(value, mp.mpc):
            i = sympy.Float._new(value.imag._mpf_, mp.prec) * sympy.I
            return sympy.Float._new(value.real._mpf_, mp.prec) + i
        return sympy.Float._new(value._mpf_, mp.prec)

    return _float(mp, node.func(*[argument(x, v) for x, v in zip(node.args, operands, strict=True)]), node)


def _float(mp: Any, y: Any, node: Any) -> Any:
    if not y.is_Float:
        y = y.evalf(mp.dps)
    real, imaginary = y.as_real_imag()
    if not all(part.is_Float or part.is_Rational for part in (real, imaginary)):
        raise Unknown(f"sympy has no number for {type(node).__name__} there")
    parts = [mp.make_mpf(part._mpf_) if part.is_Float else mp.mpf(part.p) / part.q for part in (real, imaginary)]
    return mp.mpc(*parts) if parts[1] else parts[0]


def _bounded(mp: Any, operands: Sequence[Any]) -> None:
    """Raises Unknown before an operand so large that mpmath would not return."""
    for x in operands:
        if x and mp.mag(x) > LARGEST_MAGNITUDE:
            raise Unknown("a number on the way is too large to be evaluated")
