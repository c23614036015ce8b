"""Germs: what a function is just to one side of a point, as a sum of c·t^a·log(1/t)^b for t → 0⁺.

The one way that decides what happens where a derivative is not simply there: interpret the program once for each side
of the point and once at the point, and compare (`diagnosis.py`).
"""

from .action import act, shown
from .expansion import ENDLESS, Germ, Lens, Trouble, sign_of, steady

__all__ = ["ENDLESS", "Germ", "Lens", "Trouble", "act", "shown", "sign_of", "steady"]
