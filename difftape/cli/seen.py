"""What the commands that show an expression have in common: diff, trace and graph."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from ..errors import UsageError
from ..points.grids import combinations
from .options import chosen_format
from .questions import Question, Source, asked, is_same_file
from .voice import Voice

_PICTURES = (".png", ".pdf", ".gif", ".jpg", ".jpeg", ".webp", ".ps", ".eps", ".svg")


def prepared(context: click.Context) -> Voice:
    """The voice of the run, as the options want it; raises UsageError where the output would overwrite the input."""
    options, voice = context.params, context.obj
    voice.color, voice.debug = options["color"], options["debug"]
    voice.level = options["verbose"] - options["quiet"]
    if is_same_file(options["source"], options["output"]):
        raise UsageError(f"{options['output']} is read and would be overwritten", hint="give -o another file")
    return voice  # type: ignore[no-any-return]


def format_for(context: click.Context, suffixes: Mapping[str, str], otherwise: str) -> str:
    """The format that was asked for, else the one that the suffix of -o stands for, else the other one."""
    suffix = os.path.splitext(context.params["output"] or "")[1].lower()
    found = chosen_format(context, suffixes.get(suffix, ""))
    if not found and suffix in _PICTURES:
        raise UsageError(
            f"{context.info_name} writes no {suffix[1:].upper()}",
            hint=f"give -o one of {', '.join(suffixes) or '.html'}, or say what it shall be with -f",
        )
    return found or otherwise


def single(context: click.Context, what: str) -> tuple[Any, dict[str, float] | None]:
    """The one expression that is shown, and the point, if there is one; `what` shows one at a time."""
    found = asked_once(asked(context.params), what)
    if not found.at and (found.expression.variables or not context.params["at"]):  # type: ignore[union-attr]
        return found.expression, None
    points = list(zip(range(2), combinations(found.at), strict=False))
    if len(points) > 1:
        raise UsageError(f"{what} has one point, not a grid", hint="give each variable one value")
    return found.expression, points[0][1]


def asked_once(source: Source, what: str) -> Question:
    """The only question of a source."""
    questions = list(zip(range(2), source.questions, strict=False))
    if len(questions) > 1:
        raise UsageError(f"{what} shows one expression at a time", hint="run it once for each")
    question = questions[0][1]
    if question.error is not None:
        raise question.error
    return question
