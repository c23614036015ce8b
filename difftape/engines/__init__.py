"""Compiled engines: a graph of value and derivatives as a straight-line kernel, and what runs it.

`deriving` writes the graph, `simplifying` makes it a `kernel`, and `scalar`, `blocked` and `jit` each run one.
"""
