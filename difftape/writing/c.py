"""Expressions as C functions over <math.h>."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from ..graph import Step
from ..primitives import TABLE, Primitive
from ..table.arithmetic import neg, pow
from ..table.choice import both, either, negation, where
from .code import Language, coded
from .defining import defined
from .spelling import Part, called

_KEYWORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while main out
alignas alignof bool constexpr false nullptr static_assert thread_local true typeof and or not xor asm class delete new
NAN INFINITY HUGE_VAL HUGE_VALF HUGE_VALL MATH_ERRNO MATH_ERREXCEPT math_errhandling FP_NAN FP_INFINITE FP_ZERO
FP_SUBNORMAL FP_NORMAL isnan isinf isfinite isnormal signbit fpclassify linux unix"""
_RESERVED = frozenset((*_KEYWORDS.split(), *(p.libm for p in TABLE.values() if p.libm)))
_LOGIC = {both: " && ", either: " || "}


def to_c(expressions: Sequence[Sequence[Step]], variables: Sequence[str], name: str, doc: str) -> str:
    """A function of the variables that returns the expression, or writes several to its last parameter, `out`.

    Raises UsageError for what <math.h> does not have.

    >>> from difftape.parser import parse
    >>> print(to_c([parse("x**2/3").steps], ["x"], "f", "a third"), end="")
    #include <math.h>
    <BLANKLINE>
    /* a third */
    double f(double x)
    {
        return pow(x, 2.0)/3.0;
    }
    """
    code = coded(expressions, variables, _C)
    parameters = [f"double {parameter}" for parameter in code.parameters]
    lines = [f"    const double {temporary} = {text};" for temporary, text in code.statements]
    is_one = len(expressions) == 1
    if is_one:
        lines.append(f"    return {code.results[0]};")
    else:
        parameters.append(f"double out[{len(expressions)}]")
        lines += [f"    out[{k}] = {text};" for k, text in enumerate(code.results)]
    head = f"{'double' if is_one else 'void'} {name}({', '.join(parameters) or 'void'})"
    return "\n".join(["#include <math.h>", "", f"/* {doc} */", head, "{", *lines, "}"]) + "\n"


def _knows(primitive: Primitive) -> bool:
    return bool(primitive.symbol or primitive is where or primitive.libm or defined(primitive) is None)


def _parts(step: Step, steps: Sequence[Step]) -> Sequence[Part] | None:
    primitive = step[0]
    if primitive is where:
        return ["(", (step[1], 0, 0), " ? ", (step[2], 0, 0), " : ", (step[3], 0, 0), ")"]
    if primitive is negation:
        return ["!(", (step[1], 0, 0), ")"]
    if primitive is neg:
        if steps[step[1]][0] is neg:
            return ["-(", (step[1], 0, 0), ")"]  # --x is another operator
        return None
    if primitive is both:
        return ["(", (step[1], 0, both.left), _LOGIC[both], (step[2], both.right, 0), ")"]
    if primitive.symbol and primitive is not pow:
        return None
    if not primitive.libm:
        raise UsageError(
            f"C's <math.h> has no {primitive.name}",
            hint="-f python calls it from difftape",
            call="to_python() calls it from difftape",
        )
    return called(primitive.libm, step)


def _infix(primitive: Primitive) -> str:
    return _LOGIC.get(primitive) or (f" {primitive.symbol} " if primitive.left < 30 else primitive.symbol)


def _number(value: Any) -> str:
    return repr(value if value.__class__ is float else value.scalar())


_C = Language(_knows, _parts, _number, _infix, _RESERVED, is_ascii=True)
