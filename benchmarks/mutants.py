"""Mutation testing: of small changes put into a module one at a time, which does no test see?

python benchmarks/mutants.py MODULE.py TESTS… [--then TESTS…] [--minutes 15] [--seed 0]

A change is + for -, * for /, < for <=, `and` for `or`, a condition turned round, a sign left out, a number one more.
Each is tried in a process of its own; in a file of the table only the tests of the changed entry are run, with those
that are given.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.machinery
import os
import random
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent
SECONDS = 120  # of the processor, for the tests of one change
SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """The node with one small change."""
    new: Any = copy.deepcopy(node)
    if isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in SWAPPED:
        new.op = SWAPPED[type(node.op)]()
        yield new
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        new.ops[0] = SWAPPED[type(node.ops[0])]()
        yield new
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        new.test = ast.UnaryOp(ast.Not(), new.test)
        yield new
    elif isinstance(node, ast.UnaryOp):
        yield new.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value + 1)


def mutants(source: str) -> list[tuple[int, str, str]]:
    """Line, change and source of every mutant."""
    found = []
    places = [n for n in ast.walk(ast.parse(source)) if hasattr(n, "lineno")]
    for number, node in enumerate(places):
        for new in changed(node):
            tree = ast.parse(source)
            old: Any = [n for n in ast.walk(tree) if hasattr(n, "lineno")][number]
            _Put(old, ast.copy_location(new, old)).visit(tree)
            what = f"{ast.unparse(node).splitlines()[0]}  ->  {ast.unparse(new).splitlines()[0]}"
            found.append((node.lineno, what, ast.unparse(ast.fix_missing_locations(tree))))  # type: ignore[attr-defined]
    return found


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def outcome(path: Path, source: str, tests: list[str]) -> str:
    """What the tests say with that source in the place of the module: survived, killed, or too long (killed, too)."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # a changed program may signal its whole group
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        plain = importlib.machinery.SourceFileLoader.get_code

        def get_code(self: Any, name: str) -> Any:
            return compile(source, self.path, "exec") if Path(self.path) == path else plain(self, name)

        importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
        import pytest

        os._exit(int(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *tests])))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code in (4, 5):
        raise SystemExit(f"pytest ran no tests (exit {code}): {tests}")
    return "survived" if code == 0 else "killed" if code > 0 else f"signal {-code}"


def entry(source: str, line: int) -> str:
    """The name of the table's entry that a line is in."""
    begun = re.findall(r'(?:function|operator)\(\s*"(\w+)"', "\n".join(source.splitlines()[:line]))
    return begun[-1] if begun else ""


def chosen(tests: list[str], path: Path, source: str, line: int) -> list[str]:
    """The tests for a line: in a file of the table, of those in test_table.py only the ones that name the entry."""
    name = entry(source, line) if "table" in path.parts else ""
    return [*tests, "-k", f"{name} or not primitive"] if name else tests


def main() -> None:
    """Tries mutants in random order until all are tried or the time is up."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("module", type=Path)
    reader.add_argument("tests", nargs="+")
    reader.add_argument("--then", nargs="*", default=[], help="tests for what survives the first ones")
    reader.add_argument("--minutes", type=float, default=15)
    reader.add_argument("--seed", type=int, default=0)
    asked = reader.parse_args()
    path = asked.module.resolve()
    os.chdir(PROJECT)
    sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]
    import numpy  # noqa: F401
    import scipy.special  # noqa: F401
    import sympy  # noqa: F401

    source = path.read_text(encoding="utf-8")
    every = mutants(source)
    random.Random(asked.seed).shuffle(every)
    began, tried, survived = time.monotonic(), 0, 0
    sound: set[tuple[str, ...]] = set()  # tests that the unchanged module passes
    for line, what, text in every:
        if time.monotonic() - began > asked.minutes * 60:
            break
        tests = chosen(asked.tests, path, source, line)
        for each in (tests, asked.then):
            if each and tuple(each) not in sound:
                if (said := outcome(path, source, each)) != "survived":
                    raise SystemExit(f"the unchanged module is {said} by {each}")
                sound.add(tuple(each))
        tried += 1
        has_passed = outcome(path, text, tests) == "survived"
        if has_passed and (not asked.then or outcome(path, text, asked.then) == "survived"):
            survived += 1
            print(f"{path.name}:{line}: {what}", flush=True)
    print(f"{path.name}: {tried} of {len(every)} mutants tried, {survived} survived, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
