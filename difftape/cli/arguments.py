"""Arguments that begin with a dash and are expressions all the same: `-x**2` is one, `-n` is not.

A token with one dash is an expression if it holds any of `* / + ^ (` or does not begin with a known short
option.  Such a token is given to click behind a mark that no real argument can hold, and the mark is taken off
again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

MARK = "\0"
_OPERATORS = frozenset("*/+^(")


class Command(click.Command):
    """A command of difftape: expressions may begin with a dash; help is never read from docstrings."""

    def __init__(self, name: str, params: list[click.Parameter], **known: Any) -> None:
        settings = {"max_content_width": 100}
        super().__init__(
            name, params=[*params, help_option()], context_settings=settings, add_help_option=False, **known
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, marked(args, self.get_params(ctx)))


def help_option() -> click.Option:
    """-h and --help; click's own option looks for translations of its text on the disk, at every start."""
    return click.Option(
        ["-h", "--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        allow_from_autoenv=False,
        callback=_print_help,
        help="Show this help.",
    )


def _print_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        say(ctx.get_help())
        ctx.exit()


def say(text: str) -> None:
    """Writes to stdout, unless it is closed, which is said later; not every click knows such a stdout."""
    if sys.stdout is not None:
        sys.stdout.write(text + "\n")


def marked(words: Sequence[str], parameters: Iterable[click.Parameter]) -> list[str]:
    """The words, with a mark before each that is an expression although it begins with a dash.

    Of an option that is given again only the last is left: click would take its place to be that of the first.

    >>> option = click.Option(["-n", "--order"])
    >>> marked(["-x**2", "-n", "2", "-n2", "-n", "3"], [option])
    ['\\x00-x**2', '-n2', '-n', '3']
    """
    takes_value: dict[str, bool] = {}
    single: dict[str, click.Option] = {}
    for parameter in parameters:
        if isinstance(parameter, click.Option):
            for name in (*parameter.opts, *parameter.secondary_opts):
                takes_value[name] = not (parameter.is_flag or parameter.count)
                if not (parameter.multiple or parameter.count):
                    single[name] = parameter
    out: list[list[str]] = []
    known: dict[click.Option, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if word == "--":
            out.append([word, *rest])
        elif is_expression(word, takes_value):
            out.append([MARK + word])
        else:
            more = next(([value] for value in rest), []) if _wants_more(word, takes_value) else []
            out.append([word, *more])
            option = single.get(word)
            if option is not None:
                known.get(option, []).clear()
                known[option] = out[-1]
    return [word for piece in out for word in piece]


def is_expression(word: str, options: Iterable[str]) -> bool:
    """Whether a word that begins with one dash is an expression."""
    if len(word) < 2 or word[0] != "-" or word[1] == "-":
        return False
    return not _OPERATORS.isdisjoint(word) or word[:2] not in options


def _wants_more(word: str, takes_value: dict[str, bool]) -> bool:
    """Whether the next word is the value of the option that this one is."""
    if word.startswith("--"):
        return takes_value.get(word, False)
    if word[:1] != "-":
        return False
    for place in range(1, len(word)):
        if takes_value.get("-" + word[place], False):
            return place == len(word) - 1
    return False


def unmarked(words: Iterable[str]) -> tuple[str, ...]:
    """The words as they were typed."""
    return tuple(word.removeprefix(MARK) for word in words)
