"""What is there only with an extra: a library, or the line that installs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import UsageError


def needed(module: str, purpose: str, library: str, extra: str) -> Any:
    """A module of a library; raises UsageError, with the line that installs it, where it is not there.

    >>> needed("matplotlib.nothing", "a picture", "matplotlib", "plot")
    Traceback (most recent call last):
    difftape.errors.UsageError: usage error: a picture needs matplotlib, which is not installed
    pip install "difftape[plot]"
    """
    try:
        return import_module(module)
    except ImportError:
        raise UsageError(
            f"{purpose} needs {library}, which is not installed", hint=f'pip install "difftape[{extra}]"'
        ) from None
