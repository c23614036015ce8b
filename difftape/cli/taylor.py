"""`difftape taylor`: Taylor coefficients at points."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from . import options
from .arguments import Command
from .asking import answer_all

_HELP = """The Taylor coefficients of EXPR in one variable, from order 0 to --order, checked by sympy.

The kth is the kth derivative divided by k!. With several variables --wrt says in which one.
"""
_ORDER = 5


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One series an expression and point."""
    by = chosen["wrt"]
    if by and len(by) > 1:
        raise UsageError("a Taylor series is in one variable", hint=f"write --wrt {by[0]}")

    def ask(expression: Any, at: dict[str, float]) -> Any:
        return expression.taylor_answer(at, by and by[0], chosen["order"], **options.asked_of(chosen))

    return answer_all(context, "taylor", ask)


command = Command(
    "taylor",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        options.wrt("In which variable, where there are several."),
        options.order(f"The last coefficient: 1 to 1000 ({_ORDER}).", _ORDER),
        *options.judged(),
        *options.formats(),
        *options.process(),
    ],
)
