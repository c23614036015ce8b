"""Fifty digits in process: difftape beside sympy's `diff` and `evalf`, at exact points, text in, digits out.

    python benchmarks/digits.py

Sympy gets the tree ready made, node by node, so that its parser has no part in it; its caches are emptied before each
repetition, for a second derivative of the same formula would only be looked up.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from measuring import median, shown, table

import difftape
from difftape.deadline import TimeUp, within
from difftape.exact import exact, exact_program
from difftape.symbolic import to_sympy

FORMULAS = [
    ("exp(-theta**2/2)/sqrt(2*pi)", "theta", "5/4"),
    ("x**2*sin(3*x)*exp(-x/2)", "x", "7/3"),
    ("sqrt(1 + x**2)/log(2 + cos(x))", "x", "1/3"),
    ("(x**3 - 2*x + 1)/(x**2 + 1) + atan(x)", "x", "2/7"),
    ("x/(exp(x) - 1)", "x", "0.1"),
    ("tanh(x)*erf(x)", "x", "pi/3"),
]
HIGH = 20
DIGITS = 50
LONGEST = 15.0  # seconds that sympy gets


def by_sympy(expression: Any, name: str, value: Any, order: int) -> Any:
    """Sympy's derivative, in digits."""
    import sympy
    from sympy.core.cache import clear_cache

    clear_cache()
    return expression.diff(sympy.Symbol(name), order).evalf(DIGITS, subs={sympy.Symbol(name): value})


def main() -> None:
    """Prints medians, and their ratios."""
    import sympy

    rows = []
    for text, name, at in FORMULAS:
        made = exact_program(difftape.parse(text).program)
        expression = to_sympy(made.steps, made.root)
        value = to_sympy(*_constant(at))
        cells = [text]
        for order in (1, HIGH):

            def ours(text: str = text, name: str = name, at: str = at, order: int = order) -> Any:
                return difftape.parse(text).answer({name: at}, order=order, check=False, digits=DIGITS).grad[name]

            def theirs(e: Any = expression, name: str = name, value: Any = value, order: int = order) -> Any:
                return by_sympy(e, name, value, order)

            number = sympy.Float(ours(), DIGITS)
            mine = median(ours, 15)
            cells.append(shown(mine))
            try:
                begin = perf_counter()
                found = within(LONGEST, theirs)
                peer = perf_counter() - begin
            except TimeUp:
                cells += [f"over {LONGEST:g} s", f"< {mine / LONGEST:.4f}", ""]
                continue
            if peer < 1:
                peer = median(theirs, 9)
            same = abs(number / found - 1) < sympy.Float(10) ** (5 - DIGITS)
            cells += [shown(peer), f"{mine / peer:.3f}", "same digits" if same else "OTHER DIGITS"]
        rows.append(cells)
    high = f"order {HIGH}"
    table(["formula", "order 1", "sympy", "ratio", "", high, "sympy", "ratio", ""], rows)


def _constant(text: str) -> tuple[Any, int]:
    program = exact(text).program
    return program.steps, program.root


if __name__ == "__main__":
    main()
