"""The process: exit codes, signals, streams, and every failure as a message."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from ..errors import DifftapeError, InputOutputError, LimitError, UsageError
from . import colour
from .output import CLOSED, discard
from .voice import Voice

BUG = 70
INTERRUPTED = 130
PIPE_CLOSED = 141
COMPLETE = "_DIFFTAPE_COMPLETE"  # by which a shell asks what a word may become


def program() -> NoReturn:
    """The installed command `difftape`: ends the process with the exit code of `main`, or by a real signal."""
    import signal

    for descriptor in (0, 1, 2):
        _occupy(descriptor)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = main()
    gc.freeze()  # the process ends: there is no use in a last search through all of sympy for cycles
    raise SystemExit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line in this process and returns its exit code.

    >>> main(["value", "1/4"])
    0.25
    0
    """
    words = list(sys.argv[1:] if argv is None else argv)
    voice = Voice(_color(words))
    try:
        code = _run(words, voice)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except DifftapeError as error:
        voice.error(error)
        if isinstance(error, InputOutputError):
            _silence()
        return error.exit_code
    except BrokenPipeError:
        _silence()
        return PIPE_CLOSED
    except OSError as error:
        voice.error(InputOutputError(f"cannot write standard output: {error.strerror or error}"))
        _silence()
        return InputOutputError.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except MemoryError:
        voice.error(LimitError("out of memory"))
        return LimitError.exit_code
    except Exception as error:
        return bug(error, voice.debug or "--debug" in words)
    finally:
        discard()


def _run(words: list[str], voice: Voice) -> int:
    from .commands import EXAMPLES, difftape

    completing = os.environ.get(COMPLETE)
    if completing:
        from .completing import completed

        return completed(difftape, completing)
    if not words:
        usage = f"usage: difftape COMMAND …\n\n{EXAMPLES}\n'difftape --help' lists the commands."
        if sys.stderr is not None:
            sys.stderr.write(usage + "\n")
        return UsageError.exit_code
    try:
        with difftape.make_context("difftape", words, obj=voice) as context:
            code = difftape.invoke(context)
            return code if isinstance(code, int) else 0
    except click.exceptions.Exit as leave:
        if sys.stdout is None:
            raise InputOutputError(CLOSED) from None
        return leave.exit_code
    except click.NoSuchOption as error:
        raise _no_option(error) from None
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "difftape"
        message = error.format_message().replace("\n\t", " ")  # how click lists the choices of an argument
        raise UsageError(
            message[:1].lower() + message[1:].rstrip("."), hint=f"'{path} --help' lists what there is"
        ) from None
    except click.ClickException as error:
        raise UsageError(error.format_message()) from None


def _no_option(error: click.NoSuchOption) -> UsageError:
    """The error for an option that does not exist; only a near name is suggested."""
    from difflib import get_close_matches

    known = [name for parameter in error.ctx.command.params for name in parameter.opts] if error.ctx is not None else []
    near = get_close_matches(error.option_name[:40], known, 1, 0.7)
    path = error.ctx.command_path if error.ctx is not None else "difftape"
    hint = f"did you mean {near[0]}? ('{path} --help' lists all)" if near else f"'{path} --help' lists the options"
    return UsageError(f"no such option: {error.option_name}", hint=hint)


def _color(words: Sequence[str]) -> str | None:
    """What --color says, looked up before click has read the options, for it may be them that are wrong."""
    choice = None
    for place, word in enumerate(words):
        if word.startswith("--color="):
            choice = word.partition("=")[2]
        elif word == "--color" and place + 1 < len(words):
            choice = words[place + 1]
    return choice if choice in colour.CHOICES else None


def bug(error: Exception, debug: bool) -> int:
    """Says that this is our mistake, in one line; the traceback is shown when it is asked for."""
    from ..errors import escaped

    if debug:
        import traceback

        traceback.print_exc()
    what = escaped(f"{type(error).__name__}: {error}".replace("\n", " "), 1000)
    if sys.stderr is not None:
        hint = "" if debug else "; add --debug to see the traceback"
        sys.stderr.write(f"difftape: internal error: {what} (a bug in difftape{hint})\n")
    return BUG


def _silence() -> None:
    """Sends what is still buffered for stdout nowhere, so that the interpreter does not complain at its end."""
    try:
        if sys.stdout is sys.__stdout__ and sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass  # there is nothing to silence


def _occupy(descriptor: int) -> None:
    """Keeps a closed standard descriptor from being given to the next file that is opened."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)
