"""`difftape completion`: the script by which a shell completes commands, options, functions and files."""

from __future__ import annotations

from typing import Any

import click

from . import options
from .arguments import Command
from .completing import SHELLS, files, script
from .output import Output

_HELP = """The script by which SHELL (bash, zsh or fish) completes difftape's commands, options, functions and files.

bash: echo 'eval "$(difftape completion bash)"' >> ~/.bashrc; zsh: the same into ~/.zshrc, after compinit; fish:
difftape completion fish > ~/.config/fish/completions/difftape.fish
"""


@click.pass_context
def run(context: click.Context, /, shell: str, output: str | None, **_: Any) -> int:
    """The script."""
    from .process import COMPLETE

    context.obj.color, context.obj.debug = context.params["color"], context.params["debug"]
    with Output(output) as target:
        target.write(script(shell, COMPLETE) + "\n")
        target.keep()
    return 0


command = Command(
    "completion",
    callback=run,
    help=_HELP,
    params=[
        click.Argument(["shell"], type=click.Choice(SHELLS)),
        click.Option(
            ["-o", "--output"],
            metavar="FILE",
            allow_from_autoenv=False,
            shell_complete=files,
            help="Write the script to a file, whole or not at all.",
        ),
        *options.process(),
    ],
)
