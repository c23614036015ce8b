"""The commands by name; each is a file of its own, imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from ..errors import UsageError
from .arguments import help_option, say

COMMANDS = {
    "grad": "first, nth or mixed derivatives at points",
    "value": "the value alone",
    "hessian": "all second derivatives",
    "jacobian": "first derivatives of several expressions, a row each",
    "taylor": "Taylor coefficients",
    "diff": "the derivative as an expression",
    "trace": "the tape, a row an operation",
    "graph": "the graph: DOT, Mermaid, SVG or JSON",
    "plot": "function and derivatives over a range: terminal, PNG, SVG, PDF",
    "explain": "one HTML page: curve, graph, tape, check and code",
    "check": "the derivative against independent judges",
    "map": "the derivatives at every row of a file",
    "repl": "a session: definitions, questions, derivatives, a line each",
    "functions": "the functions of the language; functions NAME: one of them",
    "completion": "the script by which a shell completes these commands",
}

EXAMPLES = """\
  difftape grad "x**2" --at x=3
  difftape grad "4.9 * time ** 2" --at time=0 --order 2
"""


class Commands(click.Group):
    """The group of all commands, none of which is imported before it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module("." + cmd_name, __package__).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] not in COMMANDS:
            raise unknown(args[0])
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if len(first) > 1 and first[0] == "-" and first not in ("-h", "-V") and first[:2] != "--":
            raise unknown(first)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        known = [CompletionItem(name, help=says) for name, says in COMMANDS.items() if name.startswith(incomplete)]
        return known + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\nExamples:\n{EXAMPLES}\n'difftape COMMAND --help' tells more.\n")


def unknown(word: str) -> UsageError:
    """The error for a word that is no command: no abbreviations, and no guessing that it is an expression."""
    from difflib import get_close_matches

    every = ", ".join(COMMANDS)
    for near in get_close_matches(word[:40].lower(), COMMANDS, 1):
        return UsageError(f"unknown command '{word}'", hint=f"did you mean '{near}'? (all commands: {every})")
    if word.isidentifier():
        return UsageError(f"unknown command '{word}'", hint=f"all commands: {every}")
    return UsageError(
        f"unknown command '{word}'", hint=f'an expression stands behind a command: difftape grad "{word}"'
    )


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from .. import __version__

        say(f"difftape {__version__}")
        ctx.exit()


difftape = Commands(
    name="difftape",
    help="Derivatives of expressions, of any order, checked by sympy.",
    params=[
        click.Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            allow_from_autoenv=False,
            callback=_print_version,
            help="Show the version.",
        ),
        help_option(),
    ],
    add_help_option=False,
    context_settings={"auto_envvar_prefix": "DIFFTAPE"},
)
