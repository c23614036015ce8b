"""How far a run over rows is, for a person at a terminal."""

from __future__ import annotations

import os
import sys
from typing import Any

from .colour import is_terminal
from .progress import Progress


class Showing:
    """A context that shows marks of a run as they come, and takes them away at the end."""

    def __init__(self, source: str, is_quiet: bool) -> None:
        self.progress = Progress(0, is_terminal(sys.stderr) and not is_quiet)
        try:
            self.size = os.path.getsize(source) if os.path.isfile(source) else 0
        except OSError:
            self.size = 0

    def __enter__(self) -> Showing:
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.clear()

    def mark(self, mark: Any) -> None:
        """Shows the rows that are done, and their part of a file of text."""
        is_text = self.size and mark.line
        share = f", {100 * mark.at // self.size} %" if is_text else ""
        self.progress.show(f"{mark.rows} rows{share}")
