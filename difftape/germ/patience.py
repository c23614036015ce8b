"""Asking mpmath, which may take very long far from 0 or where a function is hard to compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import LimitError
from . import digits
from .digits import Number
from .expansion import Lens, Trouble

_STRANGE = 30  # beyond 2**30, or below its inverse, mpmath may not return
_PATIENCE = 0.5  # seconds that it gets there
_FEW = 60  # bits for which it is enough; of many digits each takes its time
_ENDLESS = 1e9
_LONG_PATIENCE = 5.0  # seconds for what NumPy does not have either


def patiently(lens: Lens, primitive: Any, values: Sequence[Number], work: Callable[[], Any]) -> Any:
    """What mpmath answers, if it does so in time; of numbers out of all proportion, soon."""
    strange = any(v[0] and abs(digits.magnitude(v)) > _STRANGE for v in values)
    from ..deadline import TimeUp, within

    try:
        if not strange and primitive.numpy is not None:
            return work()
        if lens.is_for_doubles:
            patience = _PATIENCE if strange else _LONG_PATIENCE
        else:
            patience = _PATIENCE * lens.bits / _FEW if strange else _ENDLESS
        return within(0 if lens.tired else patience, work)
    except LimitError as error:
        raise Trouble("undecided", error.message) from None
    except TimeUp:
        lens.tired = True
        raise Trouble("undecided", f"{primitive.name} of such a number takes too long") from None
