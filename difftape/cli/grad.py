"""`difftape grad`: first or nth derivatives at points."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
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
    mixed = chosen["mixed"]
    if mixed and (chosen["wrt"] or context.get_parameter_source("order") is click.core.ParameterSource.COMMANDLINE):
        raise UsageError("--mixed says by what and how often: --wrt and --order have no part in it")

    def ask(expression: Any, at: dict[str, float]) -> Any:
        how = options.asked_of(chosen)
        if mixed:
            return expression.mixed_answer(at, mixed, **how)
        return expression.answer(at, wrt=chosen["wrt"], order=chosen["order"], **how)

    return answer_all(context, "grad", ask)


command = Command(
    "grad",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        *options.derivatives(),
        options.mixed(),
        *options.judged(),
        *options.formats(),
        *options.process(),
    ],
)
