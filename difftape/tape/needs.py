"""Which values the rules of a step need: read off the rules themselves, so that a tape can let go of the rest."""

from __future__ import annotations

from typing import Any

_known: dict[tuple[Any, tuple[bool, ...]], tuple[bool, ...]] = {}


def needs(primitive: Any, moving: tuple[bool, ...]) -> tuple[bool, ...]:
    """Whether the result, and each operand, is needed when these operands move.

    >>> from difftape.table.arithmetic import exp, mul
    >>> needs(exp, (True,)), needs(mul, (True, False))
    ((True, False), (False, False, True))
    """
    known = _known.get((primitive, moving))
    if known is None:
        wanted = [False] * (len(moving) + 1)
        for partial, moves in zip(primitive.partials, moving, strict=True):
            if moves and callable(partial):
                for index in read(partial, len(wanted)):
                    wanted[index] = True
        known = _known[primitive, moving] = tuple(wanted)
    return known


def read(rule: Any, width: int) -> set[int]:
    """The positions of the arguments that a rule reads."""
    said = getattr(rule, "needs", None)
    if said is not None:
        return {position for position in said if position < width}
    code = rule.__code__
    if code.co_flags & 0x04:  # it takes *operands
        return set(range(width))
    import dis

    names: set[str] = set(code.co_cellvars)
    for instruction in dis.get_instructions(code):
        if "LOAD_FAST" in instruction.opname:
            value = instruction.argval
            names.update(value if isinstance(value, tuple) else (value,))
    return {index for index, name in enumerate(code.co_varnames[: code.co_argcount]) if name in names}
