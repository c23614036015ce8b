"""The options that mean the same wherever they occur, each written once."""

from __future__ import annotations

import math
from typing import Any

import click

from ..errors import LimitError, UsageError
from ..parser import MAX_NODES
from ..points.values import named
from ..report import FORMATS
from .arguments import unmarked
from .colour import CHOICES
from .completing import files

ORDER_LIMIT = 1000
DIGITS_LIMIT = 10_000


class Positive(click.ParamType):  # type: ignore[type-arg]
    """A finite number above 0, or from 0."""

    name = "number"

    def __init__(self, from_zero: bool = False) -> None:
        self.from_zero = from_zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            self.fail(f"'{value}' is not a number", param, ctx)
        if not math.isfinite(number) or number < 0 or (number == 0 and not self.from_zero):
            self.fail(f"{value} is not a finite number {'from' if self.from_zero else 'above'} 0", param, ctx)
        return number


class Whole(click.ParamType):  # type: ignore[type-arg]
    """A whole number from 1; beyond `limit` it is not a mistake but too much."""

    name = "whole number"

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        digits = str(value).strip().replace("_", "").removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and digits.strip("0")):
            self.fail(f"{value} is not a whole number from 1", param, ctx)
        digits = digits.lstrip("0")
        option = param.opts[-1] if param is not None else ""
        if len(digits) > 18 or (self.limit is not None and int(digits) > self.limit):
            raise LimitError(f"{option} {digits[:30]}: the limit is {self.limit or 10**18}")
        return int(digits)


def choose(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Settles the format: the last word on the command line wins, and any of them beats the environment."""
    if not value:
        return
    source = click.core.ParameterSource.COMMANDLINE
    is_typed = param.name is not None and ctx.get_parameter_source(param.name) is source
    if is_typed or "difftape.format" not in ctx.meta:
        ctx.meta["difftape.format"] = value if isinstance(value, str) else param.name


def chosen_format(ctx: click.Context, otherwise: str) -> str:
    """The format that was asked for, or the other one."""
    found: str = ctx.meta.get("difftape.format", otherwise)
    return found


def questions(metavar: str = "[EXPR]") -> list[click.Parameter]:
    """Where expressions come from, and at which points they are asked about."""
    return [
        click.Argument(["expressions"], nargs=-1, metavar=metavar, callback=lambda ctx, param, value: unmarked(value)),
        _kept(["-e", "--expr", "also"], multiple=True, metavar="EXPR", help="An expression; may be repeated."),
        _kept(
            ["-i", "--input", "source"],
            multiple=True,
            metavar="FILE",
            callback=_one_file,
            shell_complete=files,
            help="Expressions from a file: EXPR @ NAME=VALUE, … a line.",
        ),
        _kept(
            ["--at", "at"],
            multiple=True,
            metavar="NAME=VALUE",
            help="The point: x=3,y=pi/2. START:STOP:COUNT is a grid. May be repeated.",
        ),
        click.Option(["--fail-fast"], is_flag=True, help="Stop at the first line that fails, with its exit code."),
        click.Option(["--timeout"], type=Positive(), metavar="S", help="Seconds for the run (default: 20 a question)."),
        max_nodes(),
    ]


def max_nodes() -> click.Option:
    """How large an expression may be."""
    return click.Option(["--max-nodes"], type=Whole(), default=MAX_NODES, help=f"Largest expression ({MAX_NODES}).")


def derivatives() -> list[click.Parameter]:
    """What is differentiated, how often, and by what."""
    return [wrt(), order("Which derivative: 1 to 1000.")]


def wrt(help: str = "What to differentiate by, in this order.") -> click.Option:
    """By which variables."""
    return click.Option(
        ["--wrt"],
        metavar="NAME[,NAME]",
        callback=lambda ctx, param, value: None if value is None else named(value, "--wrt"),
        help=help,
    )


def order(help: str, default: int | None = 1) -> click.Option:
    """How often."""
    return click.Option(["-n", "--order"], type=Whole(ORDER_LIMIT), default=default, help=help)


def mixed() -> click.Option:
    """One derivative by several variables in turn."""
    return click.Option(
        ["--mixed"],
        metavar="NAME,NAME…",
        callback=lambda ctx, param, value: None if value is None else named(value, "--mixed", repeated=True),
        help="The one derivative by these in turn: x,x,y.",
    )


def judged() -> list[click.Parameter]:
    """Whether and how the judges are asked, and what is printed at hard points, before the derivatives."""
    return [
        click.Option(["--check/--no-check"], default=True, help="Whether sympy must agree (it is asked by default)."),
        *tolerances(),
        click.Option(["--subgradient"], is_flag=True, help="At a kink, print what the rules give at their ties."),
        allow_nonfinite(),
        digits(),
        certify(),
        click.Option(["--with-value"], is_flag=True, help="Print the value before the derivatives."),
    ]


def asked_of(chosen: dict[str, Any]) -> dict[str, Any]:
    """Those options as an answer takes them."""
    if chosen["certify"] and (chosen["subgradient"] or chosen["allow_nonfinite"]):
        name = "--subgradient" if chosen["subgradient"] else "--allow-nonfinite"
        raise UsageError(f"{name} has no part in --certify: what it prints is no derivative", hint="leave out one")
    names = ("check", "rtol", "atol", "check_timeout", "subgradient", "allow_nonfinite", "certify", "digits")
    return {name: chosen[name] for name in names}


def certify(
    help: str = "Print balls that provably contain the true numbers; x=[0.9,1.1] in --at is an interval.",
) -> click.Option:
    """Whether balls are asked for."""
    return click.Option(["--certify"], is_flag=True, help=help)


def judges() -> click.Option:
    """Which judges are asked."""
    return click.Option(
        ["--judges"],
        metavar="NAME[,NAME]",
        callback=lambda ctx, param, value: () if value is None else named(value, "--judges"),
        help="Which judges are asked: sympy, tape, mpmath, arb.",
    )


def digits() -> click.Option:
    """How many digits, instead of a double's."""
    return click.Option(
        ["--digits"],
        type=Whole(DIGITS_LIMIT),
        metavar="N",
        help=f"N significant digits (to {DIGITS_LIMIT}); the point and literals are exact then.",
    )


def tolerances() -> list[click.Parameter]:
    """How the judges are asked."""
    return [
        click.Option(["--check-timeout"], type=Positive(), default=5.0, help="Seconds for the judges of a question."),
        click.Option(["--rtol"], type=Positive(True), default=1e-9, help="Relative error that passes (1e-9)."),
        click.Option(["--atol"], type=Positive(True), default=1e-12, help="Absolute error that passes (1e-12)."),
    ]


def allow_nonfinite() -> click.Option:
    """Whether a limit that is not finite is an answer."""
    return click.Option(["--allow-nonfinite"], is_flag=True, help="Print the one-sided limit inf or -inf, and nan.")


def formats(*names: str) -> list[click.Parameter]:
    """In which format the answer is written, and where."""
    names = names or tuple(FORMATS)
    short = [name for name in ("json", "jsonl", "csv", "tsv") if name in names]
    return [
        click.Option(
            ["-f", "--format"],
            type=click.Choice(names),
            expose_value=False,
            callback=choose,
            help="How the answer is written.",
        ),
        *(
            click.Option(
                ["--" + name], is_flag=True, expose_value=False, callback=choose, help=f"The same as -f {name}."
            )
            for name in short
        ),
        _kept(
            ["-o", "--output"],
            metavar="FILE",
            shell_complete=files,
            help="Write the answer to a file, whole or not at all.",
        ),
    ]


def process() -> list[click.Parameter]:
    """How the run behaves."""
    return [
        click.Option(["-q", "--quiet"], is_flag=True, help="No notes on stderr, only errors."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Say what the check found, also in a pipe."),
        click.Option(["--color"], type=click.Choice(CHOICES), default=None, help="Colour, never inside numbers."),
        click.Option(["--debug"], is_flag=True, help="Show the traceback of an internal error."),
    ]


def _one_file(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> str | None:
    """The file that expressions come from; one of several would be left out in silence."""
    if len(value) > 1:
        raise UsageError(
            f"-i is given {len(value)} times: expressions come from one file",
            hint="read several from stdin: cat FILE1 FILE2 | difftape …",
        )
    return value[0] if value else None


def _kept(declarations: list[str], **known: Any) -> click.Option:
    """An option that no environment variable sets: an answer must not depend on a forgotten one."""
    return click.Option(declarations, allow_from_autoenv=False, **known)
