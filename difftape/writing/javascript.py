"""Expressions as JavaScript functions over Math, which raises nothing: what has no value is NaN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import UsageError
from ..graph import Step
from ..primitives import Primitive
from ..printer import leaf
from ..table.arithmetic import exp2, neg, pow
from ..table.choice import both, either, equal, negation, not_equal, where
from .code import Language, coded
from .defining import defined
from .spelling import Part, called

# The functions of numbers that JavaScript's Math has (ECMA-262), whether or not we do.
_FUNCTIONS = """abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 floor hypot log log10 log1p log2
max min sign sin sinh sqrt tan tanh"""
_MATH = frozenset(_FUNCTIONS.split())
_KEYWORDS = """arguments as async await break case catch class const continue debugger default delete do else enum eval
export extends false finally for from function get if implements import in instanceof interface let new null of package
private protected public return set static super switch this throw true try typeof undefined var void while with yield
Math NaN Infinity globalThis window document self top name"""
_SYMBOLS = {both: " && ", either: " || ", equal: " === ", not_equal: " !== "}


class Lines(NamedTuple):
    """The results of expressions as JavaScript, and what is computed before them, each by a name."""

    statements: list[tuple[str, str]]
    results: list[str]

    def __str__(self) -> str:
        """The statements as text."""
        return f"const {','.join(f'{name}={text}' for name, text in self.statements)};" if self.statements else ""


def to_javascript(expressions: Sequence[Sequence[Step]], variables: Sequence[str], name: str, doc: str) -> str:
    """A function of the variables that returns the expression, or an array of several.

    Raises UsageError for what Math does not have.

    >>> from difftape.parser import parse
    >>> print(to_javascript([parse("sin(x)**2/2").steps], ["x"], "f", "half a square"), end="")
    /** half a square */
    function f(x) {
      return Math.pow(Math.sin(x), 2)/2;
    }
    """
    code = coded(expressions, variables, _JAVASCRIPT)
    lines = [f"  const {temporary} = {text};" for temporary, text in code.statements]
    result = code.results[0] if len(code.results) == 1 else f"[{', '.join(code.results)}]"
    head = f"function {name}({', '.join(code.parameters)}) {{"
    said = doc.replace("*/", "* /")
    return "\n".join([f"/** {said} */", head, *lines, f"  return {result};", "}"]) + "\n"


def lines(expressions: Sequence[Sequence[Step]], names: Mapping[str, Any]) -> Lines:
    """The expressions in variables of these names, which are names in JavaScript, too.

    >>> from difftape.parser import parse
    >>> found = lines([parse("exp(v0)*exp(v0)").steps], {"v0": 0})
    >>> str(found), found.results
    ('const t1=Math.exp(v0);', ['t1*t1'])
    """
    code = coded(expressions, list(names), _JAVASCRIPT)
    return Lines(code.statements, code.results)


def is_known(primitive: Primitive) -> bool:
    """Whether JavaScript has the function, or can compute it by others.

    >>> from difftape.primitives import TABLE
    >>> [is_known(TABLE[name]) for name in ("sin", "sech", "exp2", "erf")]
    [True, True, True, False]
    """
    return _is_own(primitive) or defined(primitive) is not None


def _is_own(primitive: Primitive) -> bool:
    return bool(primitive.symbol or primitive is where or primitive is exp2 or _by_math(primitive))


def _by_math(primitive: Primitive) -> str:
    """What Math calls the function; empty where it has none."""
    return next((f"Math.{name}" for name in (primitive.libm, primitive.name) if name in _MATH), "")


def _stays(primitive: Primitive) -> bool:
    return _is_own(primitive) or defined(primitive) is None


def _parts(step: Step, steps: Sequence[Step]) -> Sequence[Part] | None:
    primitive = step[0]
    if primitive is where:
        return ["(", (step[1], 0, 0), " ? ", (step[2], 0, 0), " : ", (step[3], 0, 0), ")"]
    if primitive is negation:
        return ["!(", (step[1], 0, 0), ")"]
    if primitive is neg:
        return ["-(", (step[1], 0, 0), ")"] if steps[step[1]][0] is neg else None  # --x is another operator
    if primitive is both:
        return ["(", (step[1], 0, both.left), _SYMBOLS[both], (step[2], both.right, 0), ")"]
    if primitive is pow:
        return called("Math.pow", step)  # -x ** 2 is an error of syntax
    if primitive is exp2:
        return ["Math.pow(2, ", (step[1], 0, 0), ")"]
    if primitive.symbol:
        return None
    if not _by_math(primitive):
        raise UsageError(
            f"JavaScript's Math has no {primitive.name}",
            hint="-f python calls it from difftape",
            call="to_python() calls it from difftape",
        )
    return called(_by_math(primitive), step)


def _infix(primitive: Primitive) -> str:
    spaced = primitive is not neg and primitive.left < 30  # a - -b, for a--b is another operator
    return _SYMBOLS.get(primitive) or (f" {primitive.symbol} " if spaced else primitive.symbol)


def _number(value: Any) -> str:
    return leaf(value if value.__class__ is float else value.scalar())


_JAVASCRIPT = Language(_stays, _parts, _number, _infix, frozenset(_KEYWORDS.split()), is_ascii=True, is_total=True)
