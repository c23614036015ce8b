"""What is asked of every row, as plain data that can be sent, stored and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..errors import UsageError
from ..expression import Expression, parse
from ..grammar import CONSTANTS
from ..lexer import normal
from ..point import differentiated

VALUE = "value"


class Question(NamedTuple):
    """An expression, its derivatives, and where its variables are found.

    `columns`   by variable, the column that holds it
    `kept`      other columns that are written out again
    `order`     the order of the derivatives by each variable of `wrt`
    """

    text: str
    names: tuple[str, ...]  # constants of the language that are variables here
    wrt: tuple[str, ...]
    order: int
    with_value: bool
    columns: dict[str, str]
    kept: tuple[str, ...]
    engine: str
    subgradient: bool
    max_nodes: int | None = None

    def expression(self) -> Expression:
        """The expression that is asked about."""
        return _parsed(self.text, self.names, self.max_nodes)

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the columns of results."""
        mark = "d" if self.order == 1 else f"d{self.order}"
        return (*((VALUE,) if self.with_value else ()), *(f"{mark}_{name}" for name in self.wrt))


def asked(
    text: str,
    header: Sequence[str],
    *,
    wrt: Sequence[str] | None = None,
    order: int = 1,
    with_value: bool = False,
    columns: Mapping[str, str] | None = None,
    kept: Sequence[str] = (),
    keeps_all: bool = False,
    engine: str = "auto",
    subgradient: bool = False,
    max_nodes: int | None = None,
) -> Question:
    """The question that a text is, of rows with this header; `columns` renames, {variable: column}.

    A constant of the language that has a column is a variable.  Columns that are only numbered are taken in the order
    of the variables.  Raises UsageError for what the rows do not have, ParseError.

    >>> asked("x*y", ["y", "x", "id"]).columns
    {'x': 'x', 'y': 'y'}
    """
    columns = {normal(name): column for name, column in (columns or {}).items()}
    known = {normal(name) for name in (*columns, *header, *(wrt or ()))}
    names = tuple(name for name in CONSTANTS if name in known)
    e = _parsed(text, names, max_nodes)
    for name in columns:
        if name not in e.variables:
            raise UsageError(f"no expression has the variable {name}", hint=_variables(e))
    found = _found(e.variables, header, columns)
    by = tuple(differentiated(e.program, wrt))
    taken = set(found.values())
    if keeps_all:
        kept = [name for name in header if name not in taken]
    kept = tuple(name for name in dict.fromkeys(kept) if found.get(name) != name)
    question = Question(
        text,
        tuple(n for n in names if n in e.variables),
        by,
        order,
        with_value,
        found,
        kept,
        engine,
        subgradient,
        max_nodes,
    )
    results = (*question.results, "error")
    for name in (*results, *found):
        if name in kept:
            mend = f"leave {name} out: --keep-column names the columns to keep"
            raise UsageError(f"the output would have two columns {name}", hint=mend)
        if name in found and name in results:
            mend = f"call the variable otherwise: --columns NAME={found[name]}"
            raise UsageError(f"the output would have two columns {name}", hint=mend)
    return question


@lru_cache(4)
def _parsed(text: str, names: tuple[str, ...], max_nodes: int | None) -> Expression:
    return parse(text, names) if max_nodes is None else parse(text, names, max_nodes)


def _found(variables: Sequence[str], header: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """The column of each variable."""
    composed = {normal(name): name for name in header}  # names with accents have several spellings
    found = {name: columns.get(name) or (name if name in header else composed.get(name, name)) for name in variables}
    is_numbered = list(header) == [str(k) for k in range(len(header))]
    if is_numbered and not columns and not any(name in header for name in variables):
        if len(variables) != len(header):
            raise UsageError(
                f"{len(header)} columns without names, and {len(variables)} variables: {', '.join(variables)}",
                hint=f"say which is which: --columns {variables[0] if variables else 'x'}=0",
            )
        return dict(zip(variables, header, strict=True))
    return found


def _variables(e: Expression) -> str:
    return f"there is {', '.join(e.variables[:10])}" if e.variables else "there are no variables"
