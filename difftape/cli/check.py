"""`difftape check`: the derivative against independent judges, a line a question and a count."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from . import options
from .arguments import Command
from .asking import answer_all

_HELP = """Whether independent judges agree with the derivatives of EXPR: the verdict, how many ulps it is off, EXPR.

Asked are sympy and the tape's own engines beside one another; then mpmath's quotient of differences, and balls (where
python-flint is installed), while nothing is decided. -v says how each voted.

The last line counts the verdicts: agree, ill-conditioned, differs, undecided. Exit code 1 if any differs. 'difftape
check -i examples.txt' checks a file of lines EXPR @ NAME=VALUE, NAME=VALUE
"""


@click.pass_context
def run(context: click.Context, /, **chosen: Any) -> int:
    """One verdict an expression and point."""

    def ask(expression: Any, at: dict[str, float]) -> Any:
        judges = chosen["judges"]
        if chosen["certify"] and judges:
            judges = (*judges, "arb")
        elif chosen["certify"]:
            if chosen["digits"] is not None:
                raise UsageError("--digits has no part in check --certify: the point is the doubles' own")
            from ..certifying import check_answer

            how = {name: chosen[name] for name in ("wrt", "order", "rtol", "atol")}
            return check_answer(expression.program, at, **how)
        return expression.answer(
            at,
            wrt=chosen["wrt"],
            order=chosen["order"],
            rtol=chosen["rtol"],
            atol=chosen["atol"],
            check_timeout=chosen["check_timeout"],
            digits=chosen["digits"],
            judges=judges,
        )

    return answer_all(context, "check", ask)


command = Command(
    "check",
    callback=run,
    help=_HELP,
    params=[
        *options.questions(),
        *options.derivatives(),
        *options.tolerances(),
        options.judges(),
        options.certify("Compare with balls that contain the truth, found by Cauchy's formula, in place of sympy."),
        options.digits(),
        *options.formats("plain", "json", "jsonl"),
        *options.process(),
    ],
)
