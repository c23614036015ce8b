"""Expressions as text for others to read: LaTeX, Python, C, and our own language with named subexpressions."""
