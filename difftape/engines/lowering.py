"""A kernel as the text of an LLVM module: a loop over whole vectors of rows, and in it the steps.

A long kernel is cut into parts, a function each, because a compiler's time grows faster than a function's length;
what one part makes and a later one needs goes through a workspace.  A vector of doubts goes through all steps: it is
0, plus 0 times each value that must be finite, so that it is not a number just where one of them is not finite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, NamedTuple

from ..errors import UnsupportedError
from .instructions import Lanes, Value, Writer
from .kernel import Kernel

PART = 300  # steps of a part

_COLUMNS = "ptr %columns, ptr %results"
_PASSED = f"{_COLUMNS}, ptr %work, i64 %row"
_LOOP = """\
define i32 @rows({columns}, ptr %doubts, ptr %work, i64 %begin, i64 %end) nounwind {{
entry:
{pointers}
  br label %head
head:
  %row = phi i64 [ %begin, %entry ], [ %next, %last ]
  %any = phi i32 [ 0, %entry ], [ %found, %last ]
  %more = icmp slt i64 %row, %end
  br i1 %more, label %steps, label %done
steps:
{steps}
  %odd = fcmp uno {number} {doubt}, {doubt}
  %bits = bitcast {claim} %odd to i{width}
  %doubtful = icmp ne i{width} %bits, 0
  br i1 %doubtful, label %mark, label %last
mark:
  %unasked = icmp eq ptr %doubts, null
  br i1 %unasked, label %last, label %store
store:
  %place = getelementptr i8, ptr %doubts, i64 %row
  %before = load {bytes}, ptr %place, align 1
  %new = zext {claim} %odd to {bytes}
  %after = or {bytes} %before, %new
  store {bytes} %after, ptr %place, align 1
  br label %last
last:
  %found = phi i32 [ %any, %steps ], [ 1, %mark ], [ 1, %store ]
  %next = add i64 %row, {width}
  br label %head
done:
  ret i32 %any
}}
"""
_PART = """\
define internal {number} @part{k}({columns}, ptr %work, i64 %row, {number} %doubt) nounwind {{
{pointers}
{steps}
  ret {number} {doubt}
}}
"""


class Module(NamedTuple):
    """The text of a module, the C functions that it calls, and how many vectors its workspace holds."""

    text: str
    calls: tuple[str, ...]
    workspace: int


def unsupported(kernel: Kernel) -> list[str]:
    """The names of the primitives in a kernel that have no meaning in machine code here."""
    found = []
    used: list[Any] = kernel.primitives
    for primitive in used:
        try:
            Writer(Lanes()).applied(primitive, [0.5] * primitive.arity)
        except UnsupportedError:
            found.append(primitive.name)
    return found


def lowered(kernel: Kernel, lanes: Lanes, length: int = PART) -> Module:
    """The kernel's module, cut into parts where it is longer than `length` steps."""
    total = len(kernel.steps)
    slots = _slots(kernel, length)
    declared: dict[str, str] = {}
    zero = Writer(lanes).literal(0.0).text
    known = {"columns": _COLUMNS, "number": lanes.number, "claim": lanes.claim, "bytes": lanes.of("i8")}
    functions: list[str] = []
    if total <= length:
        only = _Part(kernel, Writer(lanes, declared), slots, zero)
        only.write_steps(range(total))
        pointers, steps, doubt = only.pointers, only.writer.lines, only.doubt
    else:
        pointers, steps, doubt = [], [], zero
        for k, begin in enumerate(range(0, total, length)):
            part = _Part(kernel, Writer(lanes, declared, is_outlined=True), slots, "%doubt")
            part.write_steps(range(begin, min(begin + length, total)))
            written = {"pointers": "\n".join(part.pointers), "steps": "\n".join(part.writer.lines)}
            functions.append(_PART.format(k=k, doubt=part.doubt, **written, **known))
            steps.append(f"  %d{k} = call {lanes.number} @part{k}({_PASSED}, {lanes.number} {doubt})")
            doubt = f"%d{k}"
    written = {"pointers": "\n".join(pointers), "steps": "\n".join(steps)}
    functions.append(_LOOP.format(doubt=doubt, width=lanes.width, **written, **known))
    calls = tuple(k for k, text in declared.items() if text.startswith("declare") and not k.startswith("llvm."))
    return Module("\n".join([*declared.values(), *functions]), calls, max(slots.values(), default=-1) + 1)


class _Part:
    """The steps of one function: pointers to columns at its head, instructions, and the name of the doubts so far."""

    def __init__(self, kernel: Kernel, writer: Writer, slots: Mapping[int, int], doubt: str) -> None:
        self.kernel = kernel
        self.writer = writer
        self.slots = slots
        self.doubt = doubt
        self.pointers: list[str] = []
        self._values: dict[int, Value] = {}
        self._columns = {name: position for position, name in enumerate(kernel.inputs)}

    def write_steps(self, places: range) -> None:
        """Writes the steps at these places, and stores what are results or is needed later."""
        kernel, writer = self.kernel, self.writer
        finite = set(_within(places, kernel.finite)).union(_within(places, kernel.outputs))
        ties = set(_within(places, kernel.ties))
        results: dict[int, list[int]] = {}
        for position, place in enumerate(kernel.outputs):
            if place in finite:
                results.setdefault(place, []).append(position)
        for place in places:
            step = kernel.steps[place]
            if len(step) > 1:
                self._values[place] = writer.applied(step[0], [self.value(p) for p in step[1:]])
            elif place not in finite:
                continue
            value = self.value(place)
            if place in ties:
                nowhere = writer.literal(nan)
                self.doubt = writer.instruction("select", [value, nowhere, Value(writer, self.doubt)]).text
            if place in finite and not value.is_claim:
                self.doubt = writer.sum_with_product(value, writer.literal(0.0), Value(writer, self.doubt)).text
            for position in results.get(place, ()):
                self._store(value, self._pointer("results", position), "%row")
            if place in self.slots:
                self._store(value, "%work", self._slot(place))

    def value(self, place: int) -> Value:
        """What a step of this part, or of an earlier one, gives."""
        known = self._values.get(place)
        if known is None:
            step = self.kernel.steps[place]
            if len(step) > 1:
                known = self._load("%work", self._slot(place))
            elif step[0].__class__ is str:
                known = self._load(self._pointer("columns", self._columns[step[0]]), "%row")
            else:
                known = self.writer.literal(step[0]) if step[0].__class__ is float else self.writer.applied(step[0], ())
            self._values[place] = known
        return known

    def _slot(self, place: int) -> str:
        return str(self.slots[place] * self.writer.lanes.width)

    def _pointer(self, table: str, position: int) -> str:
        name = f"%{table[0]}{position}"
        self.pointers.append(f"  {name}.at = getelementptr ptr, ptr %{table}, i64 {position}")
        self.pointers.append(f"  {name} = load ptr, ptr {name}.at")
        return name

    def _load(self, column: str, offset: str) -> Value:
        at = self.writer.write(f"getelementptr double, ptr {column}, i64 {offset}")
        return Value(self.writer, self.writer.write(f"load {self.writer.lanes.number}, ptr {at}, align 8"))

    def _store(self, value: Value, column: str, offset: str) -> None:
        number = self.writer.as_number(value)
        at = self.writer.write(f"getelementptr double, ptr {column}, i64 {offset}")
        self.writer.lines.append(f"  store {self.writer.lanes.number} {number.text}, ptr {at}, align 8")


def _within(places: range, wanted: Sequence[int]) -> list[int]:
    return [place for place in wanted if place in places]


def _slots(kernel: Kernel, length: int) -> dict[int, int]:
    """For each step that a later part needs, where in the workspace it is kept until the last of them has run."""
    last: dict[int, int] = {}
    for place, step in enumerate(kernel.steps):
        for operand in step[1:]:
            if place // length > operand // length and len(kernel.steps[operand]) > 1:
                last[operand] = place // length
    ends: dict[int, list[int]] = {}
    slots: dict[int, int] = {}
    free: list[int] = []
    used, part = 0, 0
    for place in sorted(last):
        while part < place // length:
            free += ends.pop(part, [])
            part += 1
        if not free:
            free.append(used)
            used += 1
        slots[place] = free.pop()
        ends.setdefault(last[place], []).append(slots[place])
    return slots
