"""`difftape hessian`: all second derivatives at points."""

from __future__ import annotations

from typing import Any

import click

from . import options
from .arguments import Command
from .asking import answer_all

_HELP = """All second derivatives of EXPR, at a point or a grid of points, checked by sympy.

In a pipe a single matrix is a line a row, with tabs; of a grid or of several expressions each has one line.
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One matrix an expression and point."""

    def ask(expression: Any, at: dict[str, float]) -> Any:
        return expression.hessian_answer(at, chosen["wrt"], **options.asked_of(chosen))

    return answer_all(context, "hessian", ask)


command = Command(
    "hessian",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        options.wrt(),
        *options.judged(),
        *options.formats(),
        *options.process(),
    ],
)
