"""Imports point down the layers, nothing heavy is imported at the top, and no text is ever executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "difftape"

# From the bottom up; a module may import its own layer and those before it.  A folder stands for all its files.
LAYERS = [
    {
        "errors",
        "extra",
        "deadline",
        "destination",
        "answer",
        "primitives",
        "evaluation",
        "numerals",
        "table",
        "uncollected",
    },
    {"operand", "backprop", "shapes", "table/arrays"},
    {
        "lexer",
        "grammar",
        "mistakes",
        "parser",
        "exact",
        "rationals",
        "extents",
        "printer",
        "graph",
        "node",
        "interpret",
        "rounding",
        "branches",
        "coefficients",
        "series",
        "multivariate",
        "tape",
    },
    {
        "check",
        "conditioning",
        "continuation",
        "witnesses",
        "ladder",
        "rulefree",
        "twoways",
        "testing",
        "comparison",
        "evalf",
        "judge",
        "symbolic",
        "diagnosis",
        "germ",
        "derivatives",
        "orders",
        "magnitudes",
        "partials",
        "curvature",
        "pairs",
        "directions",
        "replay",
        "certain",
        "certify",
        "engines",
        "formula",
    },
    {"report", "points", "writing"},
    {
        "allowed",
        "compiled",
        "point",
        "findings",
        "answering",
        "answers",
        "combining",
        "digitwise",
        "precise",
        "entries",
        "judging",
        "certifying",
        "enclosing",
        "questions",
        "expression",
        "mapping",
        "recorded",
        "seeing",
        "adjoints",
        "tracing",
        "drawing",
        "plotting",
        "page",
        "twofold",
        "lookup",
        "session",
    },
    {"cli"},
]
APART = {"series", "tape"}  # neither knows the other, though they stand in one layer
EVERYWHERE = {"__init__", "__main__"}  # what re-exports, and what starts the command line
ARRAYS = {"tape", "testing", "shapes", "table/arrays", "engines", "points", "mapping"}  # these hold arrays
HEAVY = {"numpy", "sympy", "mpmath", "llvmlite", "pyarrow", "matplotlib", "plotext", "dask", "flint", "scipy"}
NAMELESS = {"utils", "util", "core", "helpers", "helper", "base", "common", "misc"}
EXECUTES = {"eval", "exec", "sympify", "parse_expr", "lambdify"}
GENERATES = {"engines"}  # source generated from a graph, names in it being positions, may be compiled

MODULES = sorted(PACKAGE.rglob("*.py"))


def unit(path: Path) -> str:
    """The module, or the folder it is in, by which the layers know it."""
    return named(path.relative_to(PACKAGE).with_suffix("").parts)


def named(parts: Sequence[str]) -> str:
    """The unit of a dotted name, given in parts."""
    two = "/".join(parts[:2])
    return two if any(two in names for names in LAYERS) else parts[0]


def layer(name: str) -> int:
    """The number of a unit's layer, from the bottom."""
    return next(number for number, names in enumerate(LAYERS) if name in names)


def imported(tree: ast.AST, path: Path) -> Iterator[str]:
    """The units of difftape that a module imports anywhere in it, functions included."""
    package = list(path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            yield from (named(parts[1:]) if parts[1:] else "__init__" for parts in names if parts[0] == "difftape")
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".") if node.module else []
            if node.level:
                parts = package[: len(package) - node.level + 1] + parts
            elif parts[:1] == ["difftape"]:
                parts = parts[1:]
            else:
                continue
            yield from (named([*parts, alias.name]) for alias in node.names)


def upward(source: str, path: Path) -> list[str]:
    """The imports of a module that point up, or across where they must not."""
    here = unit(path)
    if here in EVERYWHERE:
        return []
    found = []
    for name in imported(ast.parse(source), path):
        if name in EVERYWHERE or name.startswith("__"):
            continue
        if layer(name) > layer(here) or ({name, here} == APART):
            found.append(f"{path.name} imports {name}")
    return found


def heavy(source: str, path: Path) -> list[str]:
    """The heavy libraries that a module imports when it is itself imported."""
    if unit(path) in ARRAYS or "arrays" in path.parts:
        return []
    found: list[str] = []
    statements: list[ast.stmt] = list(ast.parse(source).body)
    while statements:
        node = statements.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module or "")
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)):
            statements += node.body
    return [f"{path.name} imports {name} at its top" for name in found if name.split(".")[0] in HEAVY]


def executed(source: str, path: Path) -> list[str]:
    """The calls in a module by which text would be executed."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in EXECUTES and not (name == "exec" and unit(path) in GENERATES):
                found.append(f"{path.name}:{node.lineno} calls {name}")
    return found


@pytest.mark.parametrize("judge", [upward, heavy, executed])
def test_every_module_keeps_to_it(judge: object) -> None:
    found = [what for path in MODULES for what in judge(path.read_text(encoding="utf-8"), path)]  # type: ignore[operator]
    assert not found, "\n".join(found)


def test_every_module_has_a_layer_and_a_name_of_its_own() -> None:
    units = {unit(path) for path in MODULES} - EVERYWHERE
    assert units <= set().union(*LAYERS), units - set().union(*LAYERS)
    names = {path.stem for path in MODULES}
    assert not names & NAMELESS


def test_each_judge_sees_what_it_is_for() -> None:
    here = PACKAGE / "graph.py"
    assert upward("from .cli import main", here)
    assert upward("def f():\n    from difftape.check import check", here)
    assert upward("from . import expression", here)
    assert upward("from ..series import taylor", PACKAGE / "table" / "special.py")
    assert upward("from .tape import Tensor", PACKAGE / "series.py")
    assert upward("from .arrays import kind", PACKAGE / "table" / "special.py")
    assert not upward("from .primitives import TABLE", here)
    assert heavy("import numpy as np", here)
    assert heavy("try:\n    from sympy import Symbol\nexcept ImportError: pass", here)
    assert not heavy("def f():\n    import numpy", here)
    assert executed("def f(text):\n    return sympy.sympify(text)", here)
    assert executed("eval('1')", here)


def test_modules_are_read_in_one_sitting() -> None:
    long = {str(path.relative_to(PACKAGE)): n for path in MODULES if (n := path.read_text().count("\n")) > 400}
    assert not long
