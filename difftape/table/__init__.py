"""The table of primitives, with every rule of difftape: arithmetic, elementary and special functions."""

from . import arithmetic, bessel, elementary, special

__all__ = ["arithmetic", "bessel", "elementary", "special"]
