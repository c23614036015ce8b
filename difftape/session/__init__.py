"""A session: lines in, text out, with names for numbers and formulas; `difftape repl` without a terminal.

A line is an expression, a definition `NAME = EXPRESSION`, `grad EXPR`, `d/dx EXPR`, or a command such as `:help`.
"""

from .dialogue import Reply, Session

__all__ = ["Reply", "Session"]
