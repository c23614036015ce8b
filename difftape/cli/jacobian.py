"""`difftape jacobian`: the first derivatives of several expressions by the same variables, a row each."""

from __future__ import annotations

from typing import Any

import click

from ..questions import jacobian_answer
from . import options
from .arguments import Command
from .asking import answer_all

_HELP = """The first derivatives of each EXPR by the same variables, a row an expression, checked by sympy.

The expressions come from EXPR…, from -e, or from the lines of a file (-i) or of stdin, and are rows of one matrix:
all have the point that --at gives.
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One matrix a point."""

    def ask(expressions: Any, at: dict[str, float]) -> Any:
        return jacobian_answer([e.program for e in expressions], at, chosen["wrt"], **options.asked_of(chosen))

    return answer_all(context, "jacobian", ask)


command = Command(
    "jacobian",
    callback=run,
    help=_HELP,
    params=[
        *options.questions("[EXPR]..."),
        options.wrt(),
        *options.judged(),
        *options.formats(),
        *options.process(),
    ],
)
