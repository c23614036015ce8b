"""Whether a stream is given colour: --color beats NO_COLOR beats FORCE_COLOR beats TERM=dumb beats the terminal."""

from __future__ import annotations

import os
from typing import Any

CHOICES = ("auto", "always", "never")


def wanted(stream: Any, choice: str | None) -> bool:
    """Whether text written to the stream is coloured; `choice` is what --color says, if it says anything."""
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: Any) -> bool:
    """Whether the stream is open and a person looks at it."""
    try:
        return stream is not None and bool(stream.isatty())
    except (ValueError, AttributeError):
        return False
