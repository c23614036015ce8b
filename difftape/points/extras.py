"""What is there only with an extra: pyarrow."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from ..extra import needed


def has_pyarrow() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def pyarrow(module: str, purpose: str) -> Any:
    """A module of pyarrow; raises UsageError, with the line that installs it, where it is not there.

    >>> pyarrow("pyarrow.nothing", "Parquet")
    Traceback (most recent call last):
    difftape.errors.UsageError: usage error: Parquet needs pyarrow, which is not installed
    pip install "difftape[parquet]"
    """
    return needed(module, purpose, "pyarrow", "parquet")
