"""Derivatives as formulas that a person reads: differentiated, tidied, shared subexpressions named."""
