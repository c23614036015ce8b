"""Primitives as LLVM's instructions on vectors: each row of a vector by itself, in the order as written.

What a primitive is there, its entry says: an instruction (`llvm`), a definition by other primitives, or a function of
the C library (`libm`).  No instruction may be reordered or fused, so that a row's result does not depend on its place.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import UnsupportedError
from ..operand import Operand
from .vector_math import address, vector_name

# For LLVM's instructions that do not take numbers and give a number: which operands are claims, whether the result is.
_CLAIMS = {"fcmp": ((), True), "and": ((0, 1), True), "or": ((0, 1), True), "select": ((0,), False)}

_WHOLE = 1.5 * 2.0**52 + 1023.0  # a whole number added to it stands in its last bits, with the bias of an exponent


class Lanes(NamedTuple):
    """How many rows a vector holds, whether a product and a sum are one instruction, and whether libmvec is asked."""

    width: int = 1
    fused: bool = False
    vector_math: bool = True

    @property
    def number(self) -> str:
        """LLVM's type of a vector of numbers."""
        return self.of("double")

    @property
    def claim(self) -> str:
        """LLVM's type of a vector of truth values."""
        return self.of("i1")

    def of(self, element: str) -> str:
        """LLVM's type of a vector of these."""
        return element if self.width == 1 else f"<{self.width} x {element}>"

    def intrinsic(self, name: str) -> str:
        """The full name of one of LLVM's own functions."""
        return f"{name}.f64" if self.width == 1 else f"{name}.v{self.width}f64"


class Value(Operand):
    """A number or a claim for each row of a vector, as the text by which LLVM knows it."""

    __slots__ = ("is_claim", "text", "writer")

    def __init__(self, writer: Writer, text: str, is_claim: bool = False) -> None:
        self.writer = writer
        self.text = text
        self.is_claim = is_claim

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Value:
        """The primitive applied to operands, at least one of which is a value."""
        return self.writer.applied(primitive, operands)

    def number(self, value: float) -> Value:
        """A plain number, the same in each row."""
        return self.writer.literal(value)

    @property
    def is_fused(self) -> bool:
        """Whether a product and a sum are one instruction."""
        return self.writer.lanes.fused

    def instruct(self, meaning: str, *operands: Any) -> Value:
        """One of LLVM's instructions on this value and others."""
        return self.writer.instruction(meaning, [self, *map(self.writer.value, operands)])

    def bounded(self, low: float, high: float) -> Value:
        """The value, or the bound that it is beyond; what is not a number stays so."""
        writer = self.writer
        below = self.instruct("fcmp olt", low)
        raised = writer.instruction("select", [below, writer.literal(low), self])
        above = raised.instruct("fcmp ogt", high)
        return writer.instruction("select", [above, writer.literal(high), raised])

    def power_of_two(self) -> Value:
        """2 to this whole number, from -1022 to 1023: its last bits, moved to where a double has its exponent."""
        return self.writer.power_of_two(self)


class Writer:
    """The instructions of one function as they are written, and the functions they call with their declarations."""

    def __init__(self, lanes: Lanes, declared: dict[str, str] | None = None, is_outlined: bool = False) -> None:
        self.lanes = lanes
        self.is_outlined = is_outlined
        self.lines: list[str] = []
        self.declared: dict[str, str] = {} if declared is None else declared
        self._known: dict[str, str] = {}
        self._literals: dict[bytes, Value] = {}

    def literal(self, value: float) -> Value:
        """A plain number or truth value, the same in each row."""
        if isinstance(value, bool):
            return Value(self, self._repeated("i1", "true" if value else "false"), True)
        bits = struct.pack(">d", value)
        known = self._literals.get(bits)
        if known is None:
            known = self._literals[bits] = Value(self, self._repeated("double", "0x" + bits.hex().upper()))
        return known

    def write(self, instruction: str) -> str:
        """The name of an instruction's result; the same instruction is written once."""
        name = self._known.get(instruction)
        if name is None:
            name = self._known[instruction] = f"%t{len(self._known)}"
            self.lines.append(f"  {name} = {instruction}")
        return name

    def applied(self, primitive: Any, operands: Sequence[Any]) -> Value:
        """A primitive applied to values and plain numbers; raises UnsupportedError where it has no such meaning."""
        values = [self.value(x) for x in operands]
        if isinstance(primitive.llvm, str):
            return self.instruction(primitive.llvm, values)
        if primitive.arity == 0:
            return self.literal(primitive.scalar())
        found = self._defined(primitive, values) if primitive.llvm else None
        if found is None:
            if primitive.libm and address(primitive.libm):
                return self.called(primitive.libm, values)
            if not primitive.means:
                raise UnsupportedError(f"{primitive.name} cannot be compiled to machine code")
            found = primitive.means(*values)
        return self.value(found)

    def _defined(self, primitive: Any, values: Sequence[Value]) -> Any:
        """What the definition by instructions gives: written here, or once in a function that is called."""
        if not self.is_outlined or not (primitive.libm or primitive.means):
            return primitive.llvm(*values)
        symbol = f"own_{primitive.name}"
        if symbol not in self.declared:
            inside = Writer(self.lanes, self.declared)
            names = [f"%x{k}" for k in range(len(values))]
            found = primitive.llvm(*[Value(inside, name) for name in names])
            if found is None:
                return None
            number, given = self.lanes.number, ", ".join(f"{self.lanes.number} {name}" for name in names)
            body = [*inside.lines, f"  ret {self._typed(found)}"]
            self.declared[symbol] = "\n".join([f"define internal {number} @{symbol}({given}) nounwind {{", *body, "}"])
        return self._call(symbol, [self.as_number(x) for x in values])

    def value(self, x: Any) -> Value:
        """A value as it is, a plain number as a literal."""
        return x if isinstance(x, Value) else self.literal(x)

    def instruction(self, meaning: str, values: Sequence[Value]) -> Value:
        """One of LLVM's instructions, or of its own functions ("llvm.sqrt")."""
        if meaning.startswith("llvm."):
            return self._call(self.lanes.intrinsic(meaning), [self.as_number(x) for x in values])
        claims, is_claim = _CLAIMS.get(meaning.split()[0], ((), False))
        if meaning == "select":
            is_claim = values[1].is_claim and values[2].is_claim
            claims = (0, 1, 2) if is_claim else claims
        operands = [self.as_claim(x) if p in claims else self.as_number(x) for p, x in enumerate(values)]
        if meaning == "select":
            listed = ", ".join(map(self._typed, operands))
        else:
            listed = f"{self._type(operands[0])} {', '.join(x.text for x in operands)}"
        return Value(self, self.write(f"{meaning} {listed}"), is_claim)

    def called(self, name: str, values: Sequence[Value]) -> Value:
        """A function of the C library: on vectors where it has one, else one row after the other."""
        width = self.lanes.width
        operands = [self.as_number(x) for x in values]
        vector = vector_name(name, len(operands), width) if self.lanes.vector_math else ""
        if vector or width == 1:
            return self._call(vector or name, operands)
        self._declare(name, "double", len(operands))
        result = "poison"
        for lane in range(width):
            single = [self.write(f"extractelement {self._typed(x)}, i32 {lane}") for x in operands]
            found = self.write(f"call double @{name}({', '.join(f'double {x}' for x in single)})")
            result = self.write(f"insertelement {self.lanes.number} {result}, double {found}, i32 {lane}")
        return Value(self, result)

    def sum_with_product(self, a: Value, b: Value, c: Value) -> Value:
        """a b + c, rounded once or twice."""
        if self.lanes.fused:
            return self.instruction("llvm.fma", [a, b, c])
        return self.instruction("fadd", [self.instruction("fmul", [a, b]), c])

    def power_of_two(self, value: Value) -> Value:
        """2 to a whole number: see `Value.power_of_two`."""
        number, bits = self.lanes.number, self.lanes.of("i64")
        whole = self.write(f"bitcast {self._typed(self.instruction('fadd', [value, self.literal(_WHOLE)]))} to {bits}")
        moved = self.write(f"shl {bits} {whole}, {self._repeated('i64', '52')}")
        return Value(self, self.write(f"bitcast {bits} {moved} to {number}"))

    def as_number(self, value: Value) -> Value:
        """A claim as 1 or 0; a number as it is."""
        return self.instruction("select", [value, *map(self.literal, (1.0, 0.0))]) if value.is_claim else value

    def as_claim(self, value: Value) -> Value:
        """A number as the claim that it is not 0; a claim as it is."""
        return value if value.is_claim else self.instruction("fcmp une", [value, self.literal(0.0)])

    def _call(self, symbol: str, operands: Sequence[Value]) -> Value:
        self._declare(symbol, self.lanes.number, len(operands))
        return Value(self, self.write(f"call {self.lanes.number} @{symbol}({', '.join(map(self._typed, operands))})"))

    def _declare(self, symbol: str, kind: str, arity: int) -> None:
        if symbol not in self.declared:
            self.declared[symbol] = f"declare {kind} @{symbol}({', '.join([kind] * arity)}) nounwind"

    def _type(self, value: Value) -> str:
        return self.lanes.claim if value.is_claim else self.lanes.number

    def _typed(self, value: Value) -> str:
        return f"{self._type(value)} {value.text}"

    def _repeated(self, element: str, text: str) -> str:
        width = self.lanes.width
        return text if width == 1 else f"splat ({element} {text})"
