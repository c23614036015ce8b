"""A sheet of formulas as text: a line each, with its name for a person; code and LaTeX; one line of several sheets."""

from __future__ import annotations

from json import dumps

from ..errors import DifftapeError
from ..writing.sheet import Sheet, by_sympy, code, latex, record, text, text_where, word
from .headings import Column


def written(found: Sheet, format: str, where: bool = False, beside: bool = False, named: bool = False) -> str:
    """The sheet in a format.

    `where` names what occurs more than once, `beside` adds sympy's formula, `named` says which is which.

    >>> from difftape.parser import parse
    >>> from difftape.writing.sheet import sheet
    >>> print(written(sheet(parse("x*y"), ["x", "y"]), "text", named=True), end="")
    df/dx  y
    df/dy  x
    """
    if format in ("python", "numpy", "c"):
        return code(found, format)
    if format in ("json", "jsonl"):
        return dumps(data(found, where, beside), ensure_ascii=False) + "\n"
    if format == "latex":
        return _latex(found, where, beside)
    formulas, names = text_where(found) if where else (text(found), {})
    lines = _rows(formulas, 0 if named or beside else found.width)
    if beside:
        lines = [f"{line}\t{other or 'sympy has none'}" for line, other in zip(lines, by_sympy(found), strict=True)]
    if named:
        words = [word(name) for name in found.entries]
        width = max(map(len, words))
        lines = [f"{w.ljust(width)}  {line}" for w, line in zip(words, lines, strict=True)]
    lines += [f"{'where' if not k else '     '} {name} = {formula}" for k, (name, formula) in enumerate(names.items())]
    return "\n".join(lines) + "\n"


def line(found: Sheet, format: str, where: bool = False, beside: bool = False) -> str:
    """The sheet as one line of many.

    >>> from difftape.parser import parse
    >>> from difftape.writing.sheet import sheet
    >>> line(sheet(parse("x*y"), ["x", "y"]), "text")
    'y\\tx\\n'
    """
    if format in ("json", "jsonl"):
        return written(found, format, where, beside)
    formulas, names = (latex(found, where)) if format == "latex" else text_where(found) if where else (text(found), {})
    said = [", ".join(f"{name} = {formula}" for name, formula in names.items())] if names else []
    others = by_sympy(found, format == "latex") if beside else []
    return "\t".join([*formulas, *others, *(f"where {x}" for x in said)]) + "\n"


def data(found: Sheet, where: bool = False, beside: bool = False) -> dict[str, object]:
    """The sheet as JSON's kinds of value."""
    return {**record(found, where), **({"sympy": _by_sympy(found)} if beside else {})}


def failure(expression: str, error: DifftapeError) -> dict[str, object]:
    """What stands in the place of a sheet that cannot be written."""
    span = {} if error.span is None else {"span": list(error.span)}
    return {"schema": "difftape.diff/1", "expr": expression, "status": error.status, "message": error.message, **span}


def _by_sympy(found: Sheet) -> dict[str, str | None]:
    return {",".join(name): text or None for name, text in zip(found.entries, by_sympy(found), strict=True)}


def _rows(formulas: list[str], width: int) -> list[str]:
    """A line each, or a line a row of a Hessian."""
    return ["\t".join(formulas[k : k + width]) for k in range(0, len(formulas), width)] if width else formulas


def _latex(found: Sheet, where: bool, beside: bool) -> str:
    formulas, names = latex(found, where)
    if found.width:
        rows = " \\\\ ".join(" & ".join(formulas[k : k + found.width]) for k in range(0, len(formulas), found.width))
        lines = [f"\\[ \\nabla^2 f = \\begin{{pmatrix}} {rows} \\end{{pmatrix}} \\]"]
    else:
        is_alone = len(found.program.variables) == 1
        heads = [Column(name).tex(is_alone) for name in found.entries]
        others = by_sympy(found, as_latex=True) if beside else [""] * len(heads)
        lines = [
            f"\\[ {head} = {formula}{f' = {other}' if other else ''} \\]"
            for head, formula, other in zip(heads, formulas, others, strict=True)
        ]
    if names:
        from .latex import symbol

        lines += [f"\\[ {symbol(name)} = {formula} \\]" for name, formula in names.items()]
    return "\n".join(lines) + "\n"
