"""Expressions as Python functions to paste, by `math` for numbers or by NumPy for arrays.

A function that neither has is called from difftape itself.
"""

from __future__ import annotations

import builtins
import keyword
import math
from collections.abc import Sequence
from typing import Any

from ..graph import Step
from ..primitives import Primitive
from ..printer import leaf
from ..table.arithmetic import neg, pow
from ..table.choice import where
from .code import Language, coded
from .defining import defined
from .spelling import Part, called

_RESERVED = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "math", "np", "dt", "__debug__"))


def to_python(
    expressions: Sequence[Sequence[Step]],
    variables: Sequence[str],
    name: str,
    doc: str,
    numpy: bool = False,
    width: int = 0,
) -> str:
    """A function of the variables that returns the expression, a tuple of several, or rows of `width`.

    >>> from difftape.parser import parse
    >>> print(to_python([parse("sin(lambda)**2/2").steps], ["lambda"], "f", "half a square"), end="")
    import math
    <BLANKLINE>
    <BLANKLINE>
    def f(lambda_):
        \"""half a square\"""
        return math.sin(lambda_)**2/2
    """
    code = coded(expressions, variables, _ARRAYS if numpy else _NUMBERS)
    results = code.results
    if numpy:
        results = [_of_shape(text, steps, code.parameters) for text, steps in zip(results, expressions, strict=True)]
    lines = [f"    {temporary} = {text}" for temporary, text in code.statements]
    lines.append("    return " + _tuple(results, width))
    body = "\n".join([f"def {name}({', '.join(code.parameters)}):", f'    """{doc}"""', *lines])
    imports = [
        line
        for line, prefix in (("import math", "math."), ("import numpy as np", "np."), ("import difftape as dt", "dt."))
        if any(prefix in text for text in lines)
    ]
    return "\n".join([*imports, *([""] * 2 if imports else []), body]) + "\n"


def _tuple(results: Sequence[str], width: int) -> str:
    if width:
        rows = [results[k : k + width] for k in range(0, len(results), width)]
        return (
            "(" + ", ".join(f"({', '.join(row)}{',' * (len(row) == 1)})" for row in rows) + "," * (len(rows) == 1) + ")"
        )
    return results[0] if len(results) == 1 else f"({', '.join(results)})"


def _of_shape(text: str, steps: Sequence[Step], parameters: Sequence[str]) -> str:
    """The text, in the shape of the parameters where it is the same for all of them."""
    if not parameters or any(step[0].__class__ is str for step in steps):
        return text
    return f"np.full(np.shape({' + '.join(parameters)}), {text})"


def _by_math(primitive: Primitive) -> str:
    """What Python calls the function of numbers; empty where it has none."""
    own = getattr(primitive.scalar, "__name__", "")
    if own and getattr(math, own, None) is primitive.scalar:
        return f"math.{own}"
    if primitive.libm and hasattr(math, primitive.libm):
        return f"math.{primitive.libm}"
    return primitive.name if callable(getattr(builtins, primitive.name, None)) else ""


def _by_numpy(primitive: Primitive) -> str:
    """What NumPy calls the function of arrays; empty where it has none."""
    import numpy

    named = primitive.numpy
    return f"np.{named}" if isinstance(named, str) and hasattr(numpy, named) else ""


def _knows_numbers(primitive: Primitive) -> bool:
    return bool(primitive.symbol or primitive is where or _by_math(primitive) or defined(primitive) is None)


def _knows_arrays(primitive: Primitive) -> bool:
    if primitive.symbol or _by_numpy(primitive) or callable(primitive.numpy):
        return True
    return primitive.means is None


def _of_numbers(step: Step, steps: Sequence[Step]) -> Sequence[Part] | None:
    primitive = step[0]
    if primitive is where:
        return ["(", (step[2], 0, 0), " if ", (step[1], 0, 0), " else ", (step[3], 0, 0), ")"]
    if primitive is pow and not _is_whole(steps, step[2]):
        return called("math.pow", step)  # ** of a negative number may be complex
    if primitive.symbol:
        return None
    return called(_by_math(primitive) or f"dt.{primitive.name}", step)


def _of_arrays(step: Step, steps: Sequence[Step]) -> Sequence[Part] | None:
    primitive = step[0]
    if primitive is pow and steps[step[2]][0] is neg:
        return called("np.float_power", step)  # ** of whole numbers has no negative exponents
    if primitive.symbol and not primitive.symbol.isalpha():
        return None
    return called(_by_numpy(primitive) or f"dt.{primitive.name}", step)


def _is_whole(steps: Sequence[Step], place: int) -> bool:
    step = steps[place]
    value = steps[step[1]][0] if step[0] is neg else step[0]
    return value.__class__ is float and value.is_integer()


def _infix(primitive: Primitive) -> str:
    return f" {primitive.symbol} " if primitive.left < 30 and primitive is not neg else primitive.symbol


def _number(value: Any) -> str:
    return leaf(value) if value.__class__ is float else f"math.{value.name}"


def _array_number(value: Any) -> str:
    if value.__class__ is float:
        return leaf(value)
    return f"np.{value.name}" if value.name in ("pi", "e") else repr(value.scalar())


_NUMBERS = Language(_knows_numbers, _of_numbers, _number, _infix, _RESERVED)
_ARRAYS = Language(_knows_arrays, _of_arrays, _array_number, _infix, _RESERVED)
