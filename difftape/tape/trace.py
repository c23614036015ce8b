"""What a tape has recorded: steps in the format of a parsed graph, and the values that their rules will need.

A step is `(primitive, place, …)` and a leaf `(None,)`.  Where a rule needs no more than the shape of an array, a
`Ghost` stands for it.  A step that no derivative passes (stop_gradient, a comparison) is recorded too, as not
moving, and so are the steps after it: that is how `explain` finds the cut.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from ..primitives import Primitive
from .needs import needs
from .tensor import Tensor, Variable, is_differentiable, last_serial

LEAF = (None,)
_PACKAGE = __file__.rpartition("tape")[0]  # the folder difftape/, with its separator


class Ghost:
    """The shape and dtype of an array whose numbers no rule needs."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)


class Trace:
    """Steps in the order in which they ran, with the place of each tensor that is known."""

    __slots__ = (
        "__weakref__", "begun", "cuts", "departure", "has_maps", "left_at", "moving", "pauses", "places", "readings",
        "spent_at", "steps", "values", "variables", "watches_variables",
    )  # fmt: skip

    def __init__(self, watches_variables: bool = True) -> None:
        self.steps: list[tuple[Any, ...]] = []
        self.values: list[Any] = []
        self.moving: list[bool] = []
        self.places: dict[int, int] = {}
        self.variables: dict[int, Variable] = {}  # the watched ones, by serial
        self.readings: dict[int, list[int]] = {}  # the places at which a variable was read, by its serial
        self.cuts: dict[int, str] = {}  # where in the user's program a path was cut
        self.watches_variables = watches_variables
        self.has_maps = False  # whether some partial is a linear map, no number
        # For explanations: serials at which it began, paused, was left and was spent, and where a value left it.
        self.begun = last_serial()
        self.pauses: list[tuple[int, int]] = []
        self.left_at: int | None = None
        self.spent_at: int | None = None
        self.departure = ""

    def leaf(self, value: Any, is_moving: bool) -> int:
        """The place of a new leaf."""
        self.steps.append(LEAF)
        self.values.append(value)
        self.moving.append(is_moving)
        return len(self.steps) - 1

    def watch(self, x: Tensor) -> None:
        """Makes a tensor or variable a leaf that moves, if it is not on the trace yet."""
        if isinstance(x, Variable):
            self.variables.setdefault(x.serial, x)
            self._read(x)
        else:
            known = self.places.get(x.serial)
            if known is None or not self.moving[known]:
                self.places[x.serial] = self.leaf(_shown(x), True)

    def knows(self, x: Tensor) -> bool:
        """Whether the tensor is on the trace."""
        return x.serial in self.places

    def place(self, x: Tensor) -> int | None:
        """The place of a tensor, or of a variable as it is now."""
        return self._read(x) if isinstance(x, Variable) else self.places.get(x.serial)

    def known(self, x: Tensor) -> int | None:
        """The place of a tensor, or of a variable as it is now, if it has one."""
        return self.places.get(x.reading.serial if isinstance(x, Variable) else x.serial)

    def places_of(self, source: Tensor) -> list[int]:
        """The places of a source: one, or for a variable each that it was read at."""
        if isinstance(source, Variable):
            return self.readings.get(source.serial, [])
        place = self.places.get(source.serial)
        return [] if place is None else [place]

    def depart(self, x: Tensor) -> None:
        """Remembers that a tensor became a plain number or array here, if it is on the trace."""
        if isinstance(x, Variable) or self.known(x) is not None:
            self.departure = location()

    def record(self, primitive: Any, operands: tuple[Any, ...], result: Tensor, position: int) -> None:
        """Appends a step, if one of its operands is known here."""
        places, moving = self.places, self.moving
        found = flows = False
        step = [primitive]
        for x in operands:
            kind = x.__class__
            if kind is Tensor:
                p = places.get(x.serial)
            elif kind is float or kind is int:
                p = None
            else:
                p = self._read(x) if isinstance(x, Variable) else None
            if p is not None:
                found = True
                if not flows and moving[p]:
                    partial = primitive.partials[len(step) - 1]
                    flows = partial.__class__ is not int or partial != 0
            step.append(p)
        if not found:
            return
        steps, values = self.steps, self.values
        if None in step:
            for index, x in enumerate(operands, 1):
                if step[index] is None:
                    step[index] = len(steps)
                    steps.append(LEAF)
                    values.append(x.reading if isinstance(x, Variable) else x)
                    moving.append(False)
        place = places[result.serial] = len(steps)
        steps.append(tuple(step))
        values.append(result)
        moving.append(flows)
        if primitive.__class__ is not Primitive:
            self.has_maps = True
            self._keep_what_is_needed(step, operands, result, place, flows)
        elif result.primal.__class__ is not float:  # else no operand of an elementwise function is an array
            self._keep_what_is_needed(step, operands, result, place, flows)
        if not flows:
            self._note_cut(step, place)

    def _read(self, variable: Any) -> int | None:
        """The place of a variable's present reading, watched now if it is to be; None if it is not."""
        reading = variable.reading
        known = self.places.get(reading.serial)
        if known is None:
            serial = variable.serial
            if serial not in self.variables:
                if not (variable.trainable and self.watches_variables and is_differentiable(variable)):
                    return None
                self.variables[serial] = variable
            known = self.places[reading.serial] = self.leaf(_shown(reading), True)
            self.readings.setdefault(serial, []).append(known)
        return known

    def _keep_what_is_needed(
        self, step: list[Any], operands: tuple[Any, ...], result: Tensor, place: int, flows: bool
    ) -> None:
        """Keeps the arrays that the rules of a step need, and ghosts of the others."""
        values = self.values
        values[place] = _shown(result)
        if not flows:
            for p in step[1:]:
                if self.steps[p] is LEAF and not self.moving[p]:
                    values[p] = _shown(values[p])
            return
        wanted = needs(step[0], tuple([self.moving[p] for p in step[1:]]))
        if wanted[0]:
            values[place] = result
        for index, x in enumerate(operands, 1):
            p = step[index]
            if wanted[index]:
                values[p] = x.reading if x.__class__ is Variable else x
            elif self.steps[p] is LEAF and not self.moving[p]:
                values[p] = _shown(x)

    def _note_cut(self, step: list[Any], place: int) -> None:
        """Remembers where a path was cut: what flowed into the step does not flow out of it."""
        if any(self.moving[p] for p in step[1:]):
            self.cuts[place] = location()


def location() -> str:
    """The file and line of the user's program that is running."""
    frame = users_frame()
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"


def users_frame() -> FrameType:
    """The innermost frame that is neither difftape's nor NumPy's."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(_PACKAGE) or frame.f_globals.get("__name__", "").startswith("numpy")
    ):
        frame = frame.f_back
    return frame


def _shown(x: Any) -> Any:
    """A value by its shape alone, if it is an array."""
    value = x.primal if isinstance(x, Tensor) else x
    shape = getattr(value, "shape", None)
    return Ghost(shape, value.dtype) if shape else x
