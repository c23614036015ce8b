"""The derivatives of an expression, each under its name, and that sheet as text, LaTeX, code or plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..formula.differentiating import Name, formulas
from ..formula.sharing import shared, written_out
from ..graph import Program, Step
from ..printer import printed
from ..report.headings import Column

FORMATS = ("text", "latex", "python", "numpy", "c", "json")


class Sheet(NamedTuple):
    """The steps of each derivative of a program; `kind` is "gradient", "mixed" or "hessian"."""

    program: Program
    kind: str
    order: int
    entries: dict[Name, list[Step]]

    @property
    def width(self) -> int:
        """How many derivatives a row has, where there are rows: those of a Hessian."""
        return round(len(self.entries) ** 0.5) if self.kind == "hessian" else 0


def sheet(program: Program, by: Sequence[str], order: int = 1, kind: str = "gradient") -> Sheet:
    """The derivatives of that order by each of the variables, by all of them in turn ("mixed"), or all second ones.

    >>> from difftape.parser import parse
    >>> [text(found) for found in (sheet(parse("x**2*y"), ["x", "y"]), sheet(parse("x**2*y"), ["x", "y"], 2, "mixed"))]
    [['2*x*y', 'x**2'], ['2*x']]
    """
    if kind == "mixed":
        return Sheet(program, kind, len(by), formulas(program, [tuple(by)]))
    if kind == "hessian":
        half = formulas(program, [(a, b) for k, a in enumerate(by) for b in by[k:]])
        return Sheet(program, kind, 2, {(a, b): half.get((a, b)) or half[b, a] for a in by for b in by})
    return Sheet(program, kind, order, formulas(program, [(name,) * order for name in by]))


def text(found: Sheet) -> list[str]:
    """The formulas in our language."""
    written_out(found.entries.values())
    return [_printed(steps) for steps in found.entries.values()]


def text_where(found: Sheet, print: Callable[[list[Step]], str] | None = None) -> tuple[list[str], dict[str, str]]:
    """The formulas with names for what occurs more than once, and what those stand for.

    >>> from difftape.parser import parse
    >>> text_where(sheet(parse("sin(x**2)*exp(-x)"), ["x"]))
    (['2*x*t1*cos(x**2) - sin(x**2)*t1'], {'t1': 'exp(-x)'})
    """
    print = print or _printed
    known = shared(list(found.entries.values()), found.program.variables)
    written_out([*(steps for _, steps in known.definitions), *known.results])
    return [print(steps) for steps in known.results], {name: print(steps) for name, steps in known.definitions}


def latex(found: Sheet, where: bool = False) -> tuple[list[str], dict[str, str]]:
    """The formulas in LaTeX, and what the names in them stand for."""
    from .latex import to_latex

    def tex(steps: list[Step]) -> str:
        return to_latex(steps, len(steps) - 1)

    if where:
        return text_where(found, tex)
    written_out(found.entries.values())
    return [tex(steps) for steps in found.entries.values()], {}


def code(found: Sheet, language: str) -> str:
    """A function that computes all of them: python, numpy or c."""
    name = {"hessian": "hessian", "gradient": "gradient"}[found.kind] if len(found.entries) > 1 else "derivative"
    said = printed_short(found)
    expressions, variables = list(found.entries.values()), found.program.variables
    if language == "c":
        from .c import to_c

        return to_c(expressions, variables, name, said)
    from .python import to_python

    return to_python(expressions, variables, name, said, language == "numpy", found.width)


def printed_short(found: Sheet) -> str:
    """What the function is: `df/dx of x**2`."""
    what = ", ".join(word(name) for name in list(found.entries)[:4]) + (", …" if len(found.entries) > 4 else "")
    steps, root = found.program.steps, found.program.root
    expression = printed(steps, root) if len(steps) < 100 else ""
    return f"{what} of f = {expression}" if 0 < len(expression) < 200 else what


def word(name: Name) -> str:
    """What a derivative is called: d2f/dxdy."""
    return Column(name).word()


def record(found: Sheet, where: bool = False) -> dict[str, Any]:
    """The sheet as JSON's kinds of value."""
    formulas, names = text_where(found) if where else (text(found), {})
    by_name = dict(zip(found.entries, formulas, strict=True))
    data: dict[str, Any] = {"schema": "difftape.diff/1", "expr": found.program.text, "order": found.order}
    if found.kind == "mixed":
        ((name, formula),) = by_name.items()
        data["mixed"] = {"by": list(name), "derivative": formula}
    elif found.kind == "hessian":
        rows: dict[str, dict[str, str]] = {}
        for (a, b), formula in by_name.items():
            rows.setdefault(a, {})[b] = formula
        data["hessian"] = rows
    else:
        data["diff"] = {name[0]: formula for name, formula in by_name.items()}
    return {**data, "where": names} if where else data


def by_sympy(found: Sheet, as_latex: bool = False, seconds: float = 5.0) -> list[str]:
    """Sympy's own derivatives, simplified by it; empty where it has none, or none in time.

    >>> from difftape.parser import parse
    >>> by_sympy(sheet(parse("sin(x)**2 + cos(x)**2 + x"), ["x"]))
    ['1']
    """
    import sympy

    from ..deadline import TimeUp, within
    from ..symbolic import to_sympy

    symbols = {name: sympy.Symbol(name, real=True) for name in found.program.variables}

    def simplified(name: Name) -> str:
        whole = to_sympy(found.program.steps, found.program.root)
        whole = whole.xreplace({sympy.Symbol(x): symbol for x, symbol in symbols.items()})
        d = sympy.simplify(sympy.diff(whole, *[symbols[x] for x in name]))
        return str(sympy.latex(d) if as_latex else d)

    results = []
    for name in found.entries:
        try:
            results.append(within(seconds, partial(simplified, name)))
        except (TimeUp, Exception):  # sympy fails in many ways
            results.append("")
    return results


def _printed(steps: list[Step]) -> str:
    return printed(steps, len(steps) - 1)
