"""What a shell completes: commands, options, choices, the names of functions, files; by click's own scripts."""

from __future__ import annotations

from typing import Any

import click

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "difftape"


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """A file: the shell knows them."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def rows(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """A file of rows, behind the expression."""
    return files(ctx, param, incomplete) if ctx.params.get("words") else []


def function_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """The functions and constants that begin so, with what they are.

    >>> [item.value for item in function_names(None, None, "arcta")]
    ['arctan', 'arctan2', 'arctanh']
    """
    from click.shell_completion import CompletionItem

    from ..grammar import CONSTANTS, FUNCTIONS

    known = {**FUNCTIONS, **CONSTANTS}
    names = sorted(name for name in known if name.startswith(incomplete))
    return [CompletionItem(name, help=known[name].doc) for name in names]


def script(shell: str, variable: str) -> str:
    """What is sourced in a shell; `variable` is the environment's name by which it asks back."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise ValueError(f"no completion for {shell}")
    asking = found(click.Command(PROGRAM), {}, PROGRAM, variable)
    return asking.source_template % asking.source_vars()


def completed(command: click.Command, instruction: str) -> int:
    """Answers a shell that asks what a word may become (bash_complete); what cannot be understood has no answer."""
    from click.shell_completion import shell_complete

    from ..errors import DifftapeError
    from .process import COMPLETE

    try:
        return shell_complete(command, {}, PROGRAM, COMPLETE, instruction)
    except (DifftapeError, click.ClickException):
        return 0
