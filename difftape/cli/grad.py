"""`difftape grad`: first or nth derivatives at points."""

from __future__ import annotations

from typing import Any

import click

from . import options
from .arguments import Command
from .asking import answer_all

_HELP = """The derivative of EXPR by each of its variables, at a point or a grid of points, checked by sympy.

Expressions come from EXPR, from -e, from the lines of a file (-i) or of stdin, which may give their own points:
EXPR @ NAME=VALUE, NAME=VALUE
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One answer an expression and point."""

    def ask(expression: Any, at: dict[str, float]) -> Any:
        return expression.answer(
            at,
            wrt=chosen["wrt"],
            order=chosen["order"],
            check=chosen["check"],
            rtol=chosen["rtol"],
            atol=chosen["atol"],
            check_timeout=chosen["check_timeout"],
            subgradient=chosen["subgradient"],
            allow_nonfinite=chosen["allow_nonfinite"],
        )

    return answer_all(context, "grad", ask)


command = Command(
    "grad",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        *options.derivatives(),
        click.Option(["--check/--no-check"], default=True, help="Whether sympy must agree (it is asked by default)."),
        *options.tolerances(),
        click.Option(["--subgradient"], is_flag=True, help="At a kink, print what the rules give at their ties."),
        options.allow_nonfinite(),
        click.Option(["--with-value"], is_flag=True, help="Print the value before the derivatives."),
        *options.formats(),
        *options.process(),
    ],
)
