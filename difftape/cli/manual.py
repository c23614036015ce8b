"""The manual page difftape(1), read off the commands: `python -m difftape.cli.manual > difftape/cli/difftape.1`.

It is written in the macros of man(7), in ASCII.  The committed page is installed with the wheel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from textwrap import wrap

import click

from .. import errors
from .commands import COMMANDS, EXAMPLES, difftape

_WIDTH = 70  # characters of a line before signs are escaped
_ELSE = {
    0: "Every number asked for was printed, and no judge disagreed.",
    1: "The check differs, or some of several lines or rows failed.",
    70: "A bug in difftape.",
    130: "Interrupted; 141: the reader of a pipe went away; 143: terminated.",
}
_ENVIRONMENT = {
    "DIFFTAPE_COMMAND_OPTION": "The default of an option: DIFFTAPE_GRAD_ORDER=2. Never of EXPR, --at, -e, -i, -o.",
    "NO_COLOR, FORCE_COLOR, TERM": "Colour on a terminal; --color beats them.",
    "XDG_STATE_HOME": "Where the lines of repl are kept, in difftape/history (by default ~/.local/state).",
}


def page() -> str:
    """The source of the manual page."""
    from .. import __version__

    return "\n".join([f'.TH DIFFTAPE 1 "" "difftape {__version__}" "User Commands"', *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    yield from (".SH NAME", "difftape \\- " + escaped(_sentence(difftape.help or "")))
    yield from (".SH SYNOPSIS", ".B difftape", ".I COMMAND", "[\\fIOPTION\\fR ...] [\\fIARGUMENT\\fR ...]")
    yield ".SH DESCRIPTION"
    yield from _text(
        "An expression is what you would type: + - * / ** ^, 2*x, sqrt(x), where(x > 0, a, b), pi. stdout is only the "
        "answer; what else is to be said goes to stderr. 'difftape functions' lists the functions of the language."
    )
    yield ".SH COMMANDS"
    for name, says in COMMANDS.items():
        yield from (".TP", f".B {escaped(name)}", *_text(says[:1].upper() + says[1:] + "."))
    for name in COMMANDS:
        yield from _section(name, import_module("." + name, __package__).command)
    yield ".SH EXIT STATUS"
    for code, meaning in sorted(_exits().items()):
        yield from (".TP", f".B {code}", *_text(meaning))
    yield ".SH ENVIRONMENT"
    for variable, meaning in _ENVIRONMENT.items():
        yield from (".TP", f".B {escaped(variable)}", *_text(meaning))
    yield from (".SH EXAMPLES", ".nf", *map(escaped, map(str.strip, EXAMPLES.strip().splitlines())), ".fi")


def _section(name: str, command: click.Command) -> Iterator[str]:
    yield f".SH {escaped(name.upper())}"
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    shown = " ".join(escaped(p.metavar or (p.name or "").upper()) for p in arguments)
    yield f".B difftape {escaped(name)}"
    yield f"[\\fIOPTION\\fR ...] {shown}".rstrip()
    for paragraph in (command.help or "").strip().split("\n\n"):
        yield from (".PP", *_text(paragraph))
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            yield from (".TP", _spelt(option), *_text(option.help or ""))


def _spelt(option: click.Option) -> str:
    """How an option is written: its names in bold, and what its value is called."""
    names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return names
    kind = option.type
    value = option.metavar or ("|".join(kind.choices) if isinstance(kind, click.Choice) else "N")
    return f"{names} \\fI{escaped(value)}\\fR"


def _exits() -> dict[int, str]:
    """What each exit code means: those of the errors say it themselves."""
    found = dict(_ELSE)
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.DifftapeError) and kind.exit_code > 1:
            found.setdefault(kind.exit_code, " ".join((kind.__doc__ or "").split("\n\n")[0].split()))
    return found


def _text(text: str) -> list[str]:
    """A paragraph as lines, a sentence beginning a line."""
    sentences = re.split(r"(?<=[.:]) +(?=[A-Z'])", " ".join(text.split()))
    return [escaped(line) for sentence in sentences for line in wrap(sentence, _WIDTH, break_on_hyphens=False)]


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return text[:1].lower() + text[1:]


def escaped(text: str) -> str:
    r"""The text with nothing in it that is a request, a break or a character beyond ASCII.

    >>> print(escaped(".5 - a\\b…"))
    \&.5 \- a\eb\[u2026]
    """
    text = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
    text = re.sub("[^\\x00-\\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", text)
    return "\\&" + text if text[:1] in (".", "\\") and not text.startswith("\\-") else text


if __name__ == "__main__":
    print(page(), end="")
