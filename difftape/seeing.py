"""What can be seen of an expression: derivatives as formulas, its text in other languages, its tape, graph and plot.

These are methods of `Expression`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .allowed import ordered
from .errors import UsageError
from .graph import freed
from .point import differentiated

if TYPE_CHECKING:
    from .drawing import Drawing
    from .expression import Expression
    from .page import Page
    from .plotting import Plot
    from .tracing import Trace
    from .writing.sheet import Sheet


def diff(self: Expression, by: str | Sequence[str] | None = None, order: int = 1) -> Expression:
    """The derivative by a variable, of any order, as an expression; by several in turn, a mixed one.

    `by` may be left out with one variable.

    >>> from difftape import parse
    >>> str(parse("x**2*sin(y)").diff("x")), str(parse("x**2*sin(y)").diff(["x", "x", "y"]))
    ('2*x*sin(y)', '2*cos(y)')
    >>> str(parse("exp(2*x)").diff(order=3))
    '8*exp(2*x)'
    """
    from .expression import from_steps
    from .formula.sharing import written_out

    if by is None:
        by, *others = differentiated(self.program, None)
        if others:
            raise UsageError(f"there are several variables: diff({by!r}) differentiates by one of them")
    found = sheet(self, by if not isinstance(by, str) else [by], order, is_mixed=not isinstance(by, str))
    (steps,) = found.entries.values()
    written_out([steps])
    return from_steps(steps)


def sheet(
    self: Expression,
    wrt: Sequence[str] | None = None,
    order: int = 1,
    *,
    is_mixed: bool = False,
    is_hessian: bool = False,
) -> Sheet:
    """All that `difftape diff` prints: derivatives by each variable of `wrt`, by all in turn, or all second ones."""
    from .writing import sheet as sheets

    program = freed(self.program, wrt or ())
    order = ordered(order)
    if is_mixed and wrt is not None:
        known = differentiated(program, list(dict.fromkeys(wrt)))
        ordered(len(wrt) * order)
        names = dict(zip(dict.fromkeys(wrt), known, strict=True))
        return sheets.sheet(program, [names[name] for name in wrt] * order, kind="mixed")
    kind = "hessian" if is_hessian else "gradient"
    return sheets.sheet(program, differentiated(program, wrt), order, kind)


def trace(
    self: Expression, at: Mapping[str, float] | None = None, wrt: Sequence[str] | None = None, order: int = 0
) -> Trace:
    """The tape: for each operation its rule, and at a point its value, its adjoint and its Taylor coefficients.

    >>> from difftape import parse
    >>> for row in parse("x*sin(x)").trace({"x": 0.0}):
    ...     print(row.name, row.operation, row.value, row.adjoint, [(rule.by, rule.formula) for rule in row.rules])
    x x 0.0 0.0 []
    v1 sin(x) 0.0 0.0 [('x', 'cos(x)')]
    v2 x*v1 0.0 1.0 [('x', 'v1'), ('v1', 'x')]
    """
    from .tracing import traced

    return traced(self, at, wrt, order)


def graph(
    self: Expression, at: Mapping[str, float] | None = None, *, gradient: bool = False, wrt: Sequence[str] | None = None
) -> Drawing:
    """The graph of the expression, or of its gradient, to be drawn; with values and adjoints at a point.

    >>> from difftape import parse
    >>> print(parse("x*2").graph().mermaid(), end="")
    flowchart LR
      n0(["x"])
      n1(["2"])
      n2["*"]
      n3(["f"])
      n0 --> n2
      n1 --> n2
      n2 --> n3
    """
    from .drawing import drawn

    return drawn(self, at, gradient, wrt)


def plot(self: Expression, at: Mapping[str, Any], order: int = 1, wrt: Sequence[str] | None = None) -> Plot:
    """The function and its derivatives up to an order, over the one or two variables that `at` gives a range.

    A range is (start, stop) or (start, stop, count).  What is not smooth is a gap or a mark, as the diagnosis says.

    >>> from difftape import parse
    >>> picture = parse("a/(x**2 - 2)").plot({"x": (-2, 2), "a": 3})
    >>> [(mark.x, mark.status) for mark in picture.marks]
    [(-1.4142135623730951, 'pole'), (1.4142135623730951, 'pole')]
    """
    from .plotting import plotted

    return plotted(self.program, at, order, wrt)


def explain(
    self: Expression,
    at: Mapping[str, float],
    *,
    check: bool = True,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    check_timeout: float = 5.0,
) -> Page:
    """One HTML file, of itself, that explains the derivatives at a point: curve, graph, tape, check and code.

    >>> from difftape import parse
    >>> page = parse("sin(x)*x**2").explain({"x": 1}, check=False)
    >>> str(page).startswith("<!DOCTYPE html>"), page.error
    (True, None)
    """
    from .page import explained

    return explained(self, at, check=check, rtol=rtol, atol=atol, check_timeout=check_timeout)


def to_latex(self: Expression) -> str:
    r"""The expression in LaTeX (with amsmath).

    >>> from difftape import parse
    >>> parse("x**2*sin(theta)").to_latex()
    'x^{2} \\sin\\left(\\theta\\right)'
    """
    from .writing.latex import to_latex as tex

    return tex(self.program.steps, self.program.root)


def to_python(self: Expression, name: str = "f", numpy: bool = False) -> str:
    """A Python function of the variables, by `math` or by NumPy.

    >>> from difftape import parse
    >>> print(parse("x*exp(-x)").to_python(numpy=True), end="")
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        \"""x*exp(-x)\"""
        return x*np.exp(-x)
    """
    from .writing.python import to_python as python

    return python([self._structure()], self.variables, name, _said(self), numpy)


def to_c(self: Expression, name: str = "f") -> str:
    """A C function of the variables, over <math.h>; raises UsageError for what that does not have.

    >>> from difftape import parse
    >>> print(parse("x**2").to_c(), end="")
    #include <math.h>
    <BLANKLINE>
    /* x**2 */
    double f(double x)
    {
        return pow(x, 2.0);
    }
    """
    from .writing.c import to_c as c

    return c([self._structure()], self.variables, name, _said(self))


def repr_latex(self: Expression) -> str:
    """The expression as a notebook shows it."""
    return f"$\\displaystyle {to_latex(self)}$"


def _said(expression: Any) -> str:
    text = str(expression) if len(expression.program.steps) < 100 else ""
    return text if 0 < len(text) < 200 else "written by difftape"
