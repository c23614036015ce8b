"""Arrays by NumPy in blocks that stay in the cache: a kernel as a list of calls on buffers that are used again.

A block is computed in whole vectors, so that no result depends on where rows are divided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..evaluation import by_numpy
from ..graph import Step
from .kernel import Kernel, liveness
from .special import by_scipy

VECTOR = 64  # rows; a block is padded to a multiple of it
_CACHE = 3_000_000  # bytes that the arrays of a block may take
_LEAST, _MOST = 1024, 16384  # rows of a block

Array = Any


class Call(NamedTuple):
    """One step: a function, the slots of its operands, and the slot of its result."""

    function: Callable[..., Any]
    operands: tuple[int, ...]
    result: int
    fills: bool  # whether the function takes the array that it fills


class Check(NamedTuple):
    """A place that is looked at: a number that must be finite, or a condition that must not hold."""

    slot: int
    is_tie: bool


class Blocked:
    """A kernel on arrays.

    A slot is an input, a result, a buffer or a constant; `slots` says how many of each kind there are.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.inputs = len(kernel.inputs)
        self.results = len(kernel.outputs)
        self.constants: list[Any] = []
        self.plan: list[Call | Check] = []
        self.buffers: list[bool] = []  # of each, whether it holds conditions
        self.copied: list[tuple[int, int]] = []
        _Planning(self)
        taken = sum(1 if holds else 8 for holds in self.buffers) + 8 * (self.inputs + self.results)
        self.block = max(_LEAST, min(_MOST, _CACHE // taken // VECTOR * VECTOR))

    def run(
        self, columns: Sequence[Array], out: Sequence[Array], begin: int, end: int, doubts: Array | None = None
    ) -> bool:
        """Computes the rows from `begin` to `end` into `out`; the columns are contiguous doubles.

        Where `doubts`, an array of bytes, is given, it becomes 1 for each row that is not to be trusted; returns
        whether there is one.
        """
        buffers = [np.empty(self.block, bool if holds else float) for holds in self.buffers]
        doubtful = False
        with np.errstate(all="ignore"):
            for low in range(begin, end, self.block):
                high = min(low + self.block, end)
                n = high - low
                if n % VECTOR:
                    doubtful |= self._ragged(columns, out, low, high, doubts, buffers)
                    continue
                slots = [
                    *(c[low:high] for c in columns),
                    *(o[low:high] for o in out),
                    *(b[:n] for b in buffers),
                    *self.constants,
                ]
                doubtful |= self._block(slots, None if doubts is None else doubts[low:high])
        return doubtful

    def _ragged(
        self,
        columns: Sequence[Array],
        out: Sequence[Array],
        low: int,
        high: int,
        doubts: Array | None,
        buffers: Sequence[Array],
    ) -> bool:
        """A block that is no whole number of vectors: its last row is repeated up to one."""
        n = high - low
        size = -(-n // VECTOR) * VECTOR
        padded = [np.concatenate((c[low:high], np.full(size - n, c[high - 1]))) for c in columns]
        found = [np.empty(size) for _ in out]
        doubted = None if doubts is None else np.zeros(size, np.uint8)
        doubtful = self._block([*padded, *found, *(b[:size] for b in buffers), *self.constants], doubted)
        for target, source in zip(out, found, strict=True):
            target[low:high] = source[:n]
        if doubts is not None and doubted is not None:
            doubts[low:high] |= doubted[:n]
        return doubtful

    def _block(self, slots: list[Array], doubts: Array | None) -> bool:
        """One block; if something in it is doubtful, again, to see where."""
        is_suspect = self._quickly(slots, doubts is not None)
        if is_suspect and doubts is not None:
            self._carefully(slots, doubts)
        for target, source in self.copied:
            slots[target][...] = slots[source]
        return is_suspect

    def _quickly(self, slots: list[Array], looks: bool) -> bool:
        total, held = 0.0, False
        for call in self.plan:
            if isinstance(call, Call):
                function, operands, result, fills = call
                if fills:
                    function(*[slots[k] for k in operands], out=slots[result])
                else:
                    slots[result][...] = function(*[slots[k] for k in operands])
            elif looks and call.is_tie:
                held = held or bool(slots[call.slot].any())
            elif looks:
                total += np.add.reduce(slots[call.slot])
        return held or not np.isfinite(total)

    def _carefully(self, slots: list[Array], doubts: Array) -> None:
        for call in self.plan:
            if isinstance(call, Call):
                slots[call.result][...] = call.function(*[slots[k] for k in call.operands])
            else:
                doubts |= slots[call.slot] if call.is_tie else ~np.isfinite(slots[call.slot])


class _Planning:
    """Which step is computed where: results straight into their arrays, the others in buffers that are free again."""

    def __init__(self, target: Blocked) -> None:
        self.target = target
        kernel = target.kernel
        self.slots: dict[int, int] = {}
        self.free: dict[bool, list[int]] = {True: [], False: []}
        self.owned: dict[int, bool] = {}
        first: dict[int, int] = {}
        for k, place in enumerate(kernel.outputs):
            if place in first or len(kernel.steps[place]) == 1:
                continue
            first[place] = k
        looked = {**dict.fromkeys(kernel.finite, False), **dict.fromkeys(kernel.ties, True)}
        last = liveness(kernel)
        # constants have the last slots, whose numbers are known only when the buffers are
        self.numbers: dict[int, int] = {}
        for place, step in enumerate(kernel.steps):
            if len(step) == 1:
                self._leaf(place, step[0])
                if place in looked and step[0].__class__ is str:
                    target.plan.append(Check(self.slots[place], False))
                continue
            operands = tuple(self.slots[p] for p in step[1:])
            for p in {p for p in step[1:] if last[p] == place}:
                self._release(p)
            result = self._result(place, step, first)
            function, fills = _function(step)
            target.plan.append(Call(function, operands, result, fills))
            if place in looked:
                target.plan.append(Check(result, looked[place]))
            if last[place] == place:
                self._release(place)
        for k, place in enumerate(kernel.outputs):
            if first.get(place) != k:
                target.copied.append((target.inputs + k, self.slots[place]))
        self._settle()

    def _leaf(self, place: int, leaf: Any) -> None:
        if leaf.__class__ is str:
            self.slots[place] = self.target.kernel.inputs.index(leaf)
        else:
            self.slots[place] = -1 - len(self.target.constants)
            self.target.constants.append(np.float64(leaf))

    def _result(self, place: int, step: Step, first: dict[int, int]) -> int:
        if place in first:
            self.slots[place] = self.target.inputs + first[place]
            return self.slots[place]
        holds = step[0].is_condition
        if not self.free[holds]:
            self.free[holds].append(self.target.inputs + self.target.results + len(self.target.buffers))
            self.target.buffers.append(holds)
        self.slots[place] = self.free[holds].pop()
        self.owned[place] = holds
        return self.slots[place]

    def _release(self, place: int) -> None:
        if place in self.owned:
            self.free[self.owned.pop(place)].append(self.slots[place])

    def _settle(self) -> None:
        """Gives the constants, counted from -1 down, the slots behind the buffers."""
        target = self.target
        behind = target.inputs + target.results + len(target.buffers)

        def settled(slot: int) -> int:
            return slot if slot >= 0 else behind - 1 - slot

        for k, call in enumerate(target.plan):
            if isinstance(call, Call):
                target.plan[k] = call._replace(operands=tuple(map(settled, call.operands)))
        target.copied = [(t, settled(s)) for t, s in target.copied]


def _function(step: Step) -> tuple[Callable[..., Any], bool]:
    """The NumPy function of a step, and whether it takes the array to be filled as `out`."""
    primitive = step[0]
    function = by_scipy(primitive) or by_numpy(primitive)
    return function, isinstance(function, np.ufunc) and function.nin == len(step) - 1
