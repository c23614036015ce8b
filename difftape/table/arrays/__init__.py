"""Primitives of arrays, in the manner of the table but no part of the text language."""
