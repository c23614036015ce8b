"""`difftape value`: the value of an expression at points."""

from __future__ import annotations

from typing import Any

import click

from . import options
from .arguments import Command
from .asking import answer_all

_HELP = """The value of EXPR at a point or a grid of points.

Expressions come from EXPR, from -e, from the lines of a file (-i) or of stdin, which may give their own points:
EXPR @ NAME=VALUE, NAME=VALUE
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One value an expression and point."""

    def ask(expression: Any, at: dict[str, float]) -> Any:
        return expression.value_answer(at, **{name: chosen[name] for name in ("allow_nonfinite", "certify", "digits")})

    return answer_all(context, "value", ask)


command = Command(
    "value",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        options.allow_nonfinite(),
        options.digits(),
        options.certify(),
        *options.formats(),
        *options.process(),
    ],
)
