"""The command line: options in, answers out; it computes nothing."""

from .process import main, program

__all__ = ["main", "program"]
