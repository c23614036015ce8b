r"""LaTeX: an equation a number, `\frac{df}{dx} = 6.0`; several rows are a tabular."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..answer import Answer
from ..writing.naming import greek
from . import Layout, Row, numbers, shown

_MATRICES = {"hessian": "\\nabla^2 f", "jacobian": "J"}

_GREEK = frozenset(
    [
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
        *("xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta"),
        *("Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"),
    ]
)


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """The equation of a single row, or a tabular with a line a row."""
    if layout.is_single:
        for answer, _ in rows:
            yield from _matrix(answer, layout) if layout.kind in _MATRICES else _equations(answer, layout)
        return
    columns: list[str] = []
    width = 0
    for answer, varying in rows:
        cells = [*(answer.at.get(name) for name in varying), *numbers(answer, layout)]
        headings = [*map(symbol, varying), *_headings(answer.grad, layout)]
        if max(1, len(cells)) > width or (varying and headings != columns):
            if width:
                yield "\\end{tabular}\n"
            columns, width = headings, max(1, len(cells))
            yield f"\\begin{{tabular}}{{{'r' * width}}}\n"
            if varying:
                yield " & ".join(f"${heading}$" for heading in headings) + " \\\\ \\hline\n"
        yield (" & ".join(f"${numeral(cell)}$" for cell in cells) or "$\\mathrm{nan}$") + " \\\\\n"
    if width:
        yield "\\end{tabular}\n"


def symbol(name: str) -> str:
    r"""A variable's name in LaTeX.

    >>> symbol("theta_1"), symbol("θ"), symbol("x1"), symbol("speed")
    ('\\theta_{1}', '\\theta', 'x_{1}', '\\mathrm{speed}')
    """
    stem, _, index = name.partition("_")
    if not stem:
        return "\\mathrm{" + name.replace("_", "\\_") + "}"
    if not index and stem[-1].isdigit():
        index = stem[len(stem.rstrip("0123456789")) :]
        stem = stem[: len(stem) - len(index)]
    stem = greek(stem) or stem
    letter = stem if len(stem) == 1 else f"\\{stem}" if stem in _GREEK else f"\\mathrm{{{stem}}}"
    return letter + (f"_{{{index}}}".replace("_", "\\_").replace("\\_", "_", 1) if index else "")


def numeral(number: Any) -> str:
    r"""A number in LaTeX.

    >>> numeral(6.0), numeral(1.5e-7)
    ('6.0', '1.5 \\times 10^{-7}')
    """
    if isinstance(number, tuple):
        return " \\pm ".join(map(_power, number))
    text = shown(number)
    if text in ("inf", "-inf"):
        return text.replace("inf", "\\infty")
    if text == "nan":
        return "\\mathrm{nan}"
    return _power(text)


def _power(text: str) -> str:
    digits, _, power = text.partition("e")
    return f"{digits} \\times 10^{{{int(power)}}}" if power else digits


def _equations(answer: Answer, layout: Layout) -> Iterator[str]:
    for heading, cell in zip(_headings(answer.grad, layout), numbers(answer, layout), strict=True):
        yield f"\\[ {heading} = {numeral(cell)} \\]\n"


def _matrix(answer: Answer, layout: Layout) -> Iterator[str]:
    """The matrix of a Hessian or a Jacobian, after the value or the values."""
    from .headings import matrix

    if layout.with_value:
        values = [row.value for row in answer.rows] or [answer.value]
        f = "f" if len(values) == 1 else "\\mathbf{f}"
        yield f"\\[ {f} = {_array([[value] for value in values]) if len(values) > 1 else numeral(values[0])} \\]\n"
    found = matrix(answer, layout._replace(with_value=False)) or []
    yield f"\\[ {_MATRICES[layout.kind]} = {_array(found)} \\]\n"


def _array(rows: Iterable[Iterable[float | None]]) -> str:
    return "\\begin{pmatrix} " + " \\\\ ".join(" & ".join(map(numeral, row)) for row in rows) + " \\end{pmatrix}"


def _headings(names: Iterable[str], layout: Layout) -> list[str]:
    from .headings import columns

    by = list(names)
    return [c.tex(len(by) == 1 and "," not in by[0]) for c in columns(by, layout)]
