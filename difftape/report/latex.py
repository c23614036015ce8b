r"""LaTeX: an equation a number, `\frac{df}{dx} = 6.0`; several rows are a tabular."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import Layout, Row, numbers, shown

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
            for heading, cell in zip(_headings(answer.grad, layout), numbers(answer, layout), strict=True):
                yield f"\\[ {heading} = {numeral(cell)} \\]\n"
        return
    is_begun = False
    for answer, varying in rows:
        cells = [*(answer.at.get(name) for name in varying), *numbers(answer, layout)]
        if not is_begun:
            is_begun = True
            headings = [*map(symbol, varying), *_headings(answer.grad, layout)]
            yield f"\\begin{{tabular}}{{{'r' * max(1, len(cells))}}}\n"
            if varying:
                yield " & ".join(f"${heading}$" for heading in headings) + " \\\\ \\hline\n"
        yield (" & ".join(f"${numeral(cell)}$" for cell in cells) or "$\\mathrm{nan}$") + " \\\\\n"
    if is_begun:
        yield "\\end{tabular}\n"


def symbol(name: str) -> str:
    r"""A variable's name in LaTeX.

    >>> symbol("theta_1"), symbol("speed")
    ('\\theta_{1}', '\\mathrm{speed}')
    """
    stem, _, index = name.partition("_")
    if not stem:
        return "\\mathrm{" + name.replace("_", "\\_") + "}"
    letter = stem if len(stem) == 1 else f"\\{stem}" if stem in _GREEK else f"\\mathrm{{{stem}}}"
    return letter + (f"_{{{index}}}".replace("_", "\\_").replace("\\_", "_", 1) if index else "")


def numeral(number: float | None) -> str:
    r"""A number in LaTeX.

    >>> numeral(6.0), numeral(1.5e-7)
    ('6.0', '1.5 \\times 10^{-7}')
    """
    text = shown(number)
    if text in ("inf", "-inf"):
        return text.replace("inf", "\\infty")
    if text == "nan":
        return "\\mathrm{nan}"
    digits, _, power = text.partition("e")
    return f"{digits} \\times 10^{{{int(power)}}}" if power else digits


def _headings(names: Iterable[str], layout: Layout) -> list[str]:
    by = list(names)
    d = "d" if len(by) == 1 else "\\partial"
    space = "" if d == "d" else " "
    n = "" if layout.order == 1 else f"^{{{layout.order}}}"
    return [
        *(["f"] if layout.has_value else []),
        *(f"\\frac{{{d}{n}{space}f}}{{{d}{space}{symbol(name)}{n}}}" for name in by),
    ]
