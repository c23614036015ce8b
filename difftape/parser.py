"""Tokens to a graph: operator precedence with two stacks, so that nothing limits how deep a text goes.

Binding powers come from the table.  An operator waits on the stack until one that binds less tightly
arrives; an opening bracket waits with power 0.  What goes wrong is explained in `mistakes.py`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from operator import length_hint
from typing import Any

from .errors import DifftapeError, LimitError
from .graph import Graph, Program
from .lexer import RESERVED, SIGNS, SUPERSCRIPTS, check_name, chunks, literal, normal, places
from .primitives import ALIASES, INFIX, PREFIX, TABLE, Primitive
from .table.arithmetic import pow
from .table.choice import where

MAX_NODES = 2_000_000
_LONG = 10_000  # characters

_COMPARISON = 10  # the left binding power of comparisons; arithmetic binds more tightly
_ARITHMETIC: dict[str, tuple[Any, int, int]] = {
    s: (p, p.left, p.right) for s, p in INFIX.items() if p.left > _COMPARISON
}
_ARITHMETIC[")"] = (None, 1, 0)  # closes what waits with power 0
_ARITHMETIC.update({sign: _ARITHMETIC[s] for sign, s in SIGNS.items()})
_CONDITIONS = {s: (p, p.left, p.right) for s, p in INFIX.items() if p.left <= _COMPARISON}
_PREFIX: dict[str, tuple[Any, int]] = {s: (p, p.right) for s, p in PREFIX.items()}
_PREFIX["−"] = _PREFIX["-"]
_WORDS = frozenset(s for s in (*INFIX, *PREFIX) if s.isalpha())
_POWER = (pow, pow.left, pow.right)


def _names(wanted: Callable[[Primitive], bool]) -> dict[str, Primitive]:
    """The entries that are wanted, by name and by alias."""
    found = {name: primitive for name, primitive in TABLE.items() if wanted(primitive)}
    return found | {alias: found[name] for alias, name in ALIASES.items() if name in found}


FUNCTIONS = _names(lambda primitive: primitive.is_called)
_CONSTANTS = _names(lambda primitive: primitive.arity == 0)
_REMARKABLE = frozenset(p for p in FUNCTIONS.values() if p is where or p.tie is not None)
_PLAIN_CALLS = {name + "(": primitive for name, primitive in FUNCTIONS.items() if primitive not in _REMARKABLE}
_CALLS = {name + "(": primitive for name, primitive in FUNCTIONS.items()}


def parse(text: str, variables: Collection[str] = (), max_nodes: int = MAX_NODES) -> Program:
    """The program a text stands for: exactly what was written, each distinct sub-expression once.

    `variables` are names to be taken as variables although the table has them as constants (pi, e, tau).
    Raises ParseError with the place and a mend, and LimitError past `max_nodes` nodes.

    >>> parse("x*y + x*y").variables
    ('x', 'y')
    """
    text = normal(text)
    reader = _Reader(text, frozenset(map(normal, variables)), max_nodes)
    collecting = gc.isenabled() and len(text) > _LONG
    if collecting:
        gc.disable()  # nothing here makes a cycle, and a long text makes millions of tuples
    try:
        root = reader.read()
    except DifftapeError as error:
        from .mistakes import located

        raise located(error, reader) from None
    finally:
        if collecting:
            gc.enable()
    ties, conditions = reader.has_ties, reader.has_conditions
    program = Program(text, reader.graph.steps, root, reader.names, ties or conditions, conditions)
    if reader.has_conditions:
        from .mistakes import check_conditions

        check_conditions(program)
    return program


def spans(program: Program) -> list[tuple[int, int]]:
    """Where in its text each step of a parsed program was first written, brackets of its own included."""
    reader = _Reader(program.text, frozenset(program.variables), len(program.steps) + 1)
    reader.track = list(places(program.text))
    reader.read()
    return [reader.spans.get(place, (0, len(program.text))) for place in range(len(program.steps))]


class _Reader:
    """The state of one reading: the graph so far, and what waits for its operands."""

    def __init__(self, text: str, variables: frozenset[str], max_nodes: int) -> None:
        self.text = text
        self.variables = variables
        self.max_nodes = max_nodes
        self.graph = Graph()
        self.names: dict[str, int] = {}
        self.known: dict[str, int] = {}  # tokens of leaves seen before
        self.operands: list[int] = []
        self.pending: list[Primitive | None] = []  # None: a bracket
        self.powers: list[int] = [-1]
        self.heights: list[int] = []  # how many operands there were when each open call began
        self.wants_operand = True
        self.has_conditions = False
        self.has_ties = False
        self.tokens: Iterator[str] = iter(())
        self.consumed = 0  # how many tokens there were up to the end of this chunk
        self.track: list[tuple[int, int]] = []
        self.spans: dict[int, tuple[int, int]] = {}
        self.extents: list[tuple[int, int]] = []  # of the operands, when tracking
        self.opened: list[int] = []

    def read(self) -> int:
        """Reads the whole text; returns the place of its value."""
        for tokens in chunks(self.text):
            self.tokens = iter(tokens)
            self.consumed += len(tokens)
            (self.slowly if self.track else self.chunk)(self.tokens)
            if len(self.graph.steps) > self.max_nodes:
                raise LimitError(
                    f"more than {self.max_nodes} nodes in the expression", hint="allow more with --max-nodes N"
                )
        if self.wants_operand:
            raise self.mistake("end")
        self.reduce(1)
        if len(self.powers) > 1:
            raise self.mistake("open")
        return self.operands[-1]

    def chunk(self, tokens: Iterator[str]) -> None:
        """Reads tokens: `slowly`, with what happens most written out."""
        operands, pending, powers, heights = self.operands, self.pending, self.powers, self.heights
        steps, places, known = self.graph.steps, self.graph.places, self.known
        wants_operand = self.wants_operand
        try:
            for token in tokens:
                if wants_operand:
                    if token in known:
                        operands.append(known[token])
                        wants_operand = False
                    elif token in _PLAIN_CALLS:
                        pending.append(_PLAIN_CALLS[token])
                        powers.append(0)
                        heights.append(len(operands))
                    elif token == "(":
                        pending.append(None)
                        powers.append(0)
                    else:
                        wants_operand = self.begin(token)
                    continue
                if token not in _ARITHMETIC:
                    wants_operand = self.go_on(token)
                    continue
                primitive, left, right = _ARITHMETIC[token]
                while powers[-1] >= left:
                    powers.pop()
                    first = pending.pop()
                    if first.left:  # type: ignore[union-attr]
                        b = operands.pop()
                        step: tuple[Any, ...] = (first, operands[-1], b)
                    else:
                        step = (first, operands[-1])
                    place = places.get(step)
                    if place is None:
                        place = places[step] = len(steps)
                        steps.append(step)
                    operands[-1] = place
                if right:
                    pending.append(primitive)
                    powers.append(right)
                    wants_operand = True
                elif not pending:
                    raise self.mistake("unopened")
                else:
                    powers.pop()
                    first = pending.pop()
                    if first is not None:
                        self.close(first)
        finally:
            self.wants_operand = wants_operand

    def slowly(self, tokens: Iterator[str]) -> None:
        """Reads tokens, marking where each operand was written."""
        for token in tokens:
            if self.wants_operand:
                self.wants_operand = self.begin(token)
            elif token not in _ARITHMETIC:
                self.wants_operand = self.go_on(token)
            else:
                primitive, left, right = _ARITHMETIC[token]
                self.reduce(left)
                if right:
                    self.pending.append(primitive)
                    self.powers.append(right)
                    self.wants_operand = True
                else:
                    self.powers.pop()
                    self.close(self.pending.pop())

    def reduce(self, left: int) -> None:
        """Applies the waiting operators that bind at least as tightly as `left`."""
        while self.powers[-1] >= left:
            self.powers.pop()
            primitive = self.pending.pop()
            assert primitive is not None
            width = 2 if primitive.left else 1
            step = (primitive, *self.operands[-width:])
            del self.operands[-width:]
            place = self.graph.place(step)
            self.operands.append(place)
            if self.track:
                self.join(primitive, place)

    def begin(self, token: str) -> bool:
        """A token where an operand should begin that is no leaf seen before; returns whether one is still wanted."""
        first = token[0]
        if token in self.known:
            place = self.known[token]
        elif first in ".0123456789":
            place = self.known[token] = self.graph.leaf(literal(token))
        elif token == "(":
            self.open(None)
            return True
        elif token in _CALLS:
            self.open(_CALLS[token])
            return True
        elif token in _PREFIX:
            primitive, power = _PREFIX[token]
            self.has_conditions |= power <= _COMPARISON
            self.pending.append(primitive)
            self.powers.append(power)
            if self.track:
                self.opened.append(self.extent()[0])
            return True
        elif token[-1] == "(":
            self.begin_call(token[:-1].rstrip())
            return True
        elif token == "+":
            return True
        elif token == ")":
            is_bare = self.powers[-1] == 0 and self.heights[-1:] == [len(self.operands)]
            raise self.mistake("empty", self.pending[-1] if is_bare else None)
        elif first in SUPERSCRIPTS or token in _WORDS or not (first.isalnum() or first == "_"):
            raise self.mistake("operand", token)
        else:
            place = self.name(token)
        self.operands.append(place)
        if self.track:
            self.mark(place, self.extent())
        return False

    def begin_call(self, name: str) -> None:
        """A name with a bracket that is not spelt as the table spells a function."""
        if name in _WORDS:  # not (…)
            self.begin(name)
            self.open(None)
            return
        check_name(name)
        primitive = FUNCTIONS.get(name)
        if primitive is None:
            raise self.mistake("function", name)
        self.open(primitive)

    def name(self, token: str) -> int:
        """The place of a variable or constant."""
        constant = _CONSTANTS.get(token)
        if constant is not None and token not in self.variables:
            place = self.graph.place((constant,))
        else:
            if len(token) > 3 or token in RESERVED or not token.isascii():
                check_name(token)
            place = self.names[token] = self.graph.place((token,))
        self.known[token] = place
        return place

    def remark(self, primitive: Primitive) -> None:
        """Notes that the program calls what can tie, or where."""
        if primitive is where:
            self.has_conditions = True
        else:
            self.has_ties = True

    def open(self, primitive: Primitive | None) -> None:
        if primitive in _REMARKABLE:
            self.remark(primitive)
        self.pending.append(primitive)
        self.powers.append(0)
        if primitive is not None:
            self.heights.append(len(self.operands))
        if self.track:
            self.opened.append(self.extent()[0])

    def go_on(self, token: str) -> bool:
        """A token after an operand that is no arithmetic operator; returns whether an operand is wanted next."""
        if token == ",":
            self.reduce(1)
            if not self.pending or self.pending[-1] is None:
                raise self.mistake("comma")
            return True
        infix = _CONDITIONS.get(token)
        if infix is not None:
            primitive, left, right = infix
            if left == _COMPARISON:
                self.reduce(left + 2)
                if self.powers[-1] == left + 1:
                    raise self.mistake("chain", token)
            self.reduce(left)
            self.has_conditions = True
            self.pending.append(primitive)
            self.powers.append(right)
            return True
        if token[-1] == "(" and token[:-1].rstrip() in _CONDITIONS:
            self.go_on(token[:-1].rstrip())
            self.open(None)
            return True
        if token[0] in SUPERSCRIPTS and all(c in SUPERSCRIPTS for c in token):
            self.reduce(pow.left)
            power = self.graph.leaf(float("".join(str(SUPERSCRIPTS.index(c)) for c in token)))
            place = self.graph.place((pow, self.operands[-1], power))
            self.operands[-1] = place
            if self.track:
                self.mark(place, (self.extents.pop()[0], self.extent()[1]))
            return False
        raise self.mistake("operator", token)

    def close(self, primitive: Primitive | None) -> None:
        """A closing bracket: ends a group (None) or a call."""
        before = len(self.graph.steps)
        if primitive is not None:
            operands, height = self.operands, self.heights.pop()
            given = len(operands) - height
            if given == primitive.arity:
                place = self.graph.place((primitive, *operands[height:]))
            else:
                place = self.spread(primitive, operands[height:])
            operands[height:] = (place,)
        if self.track:
            extent = (self.opened.pop(), self.extent()[1])
            if primitive is not None:
                del self.extents[height:]
                self.mark(place, extent)
                for written in range(before, place):  # log(x, 2) writes several
                    self.spans.setdefault(written, extent)
            else:
                self.extents[-1] = extent

    def spread(self, primitive: Primitive, operands: list[int]) -> int:
        """A call with another number of operands than the entry has: max of three, log with a base."""
        if primitive.spread is not None and len(operands) > 1:
            try:
                place: int = primitive.spread(*map(self.graph.node, operands)).place
                return place
            except TypeError:
                pass
        raise self.mistake("arguments", (primitive, len(operands)))

    def extent(self) -> tuple[int, int]:
        """Where the token being read begins and ends."""
        return self.track[self.index()]

    def mark(self, place: int, extent: tuple[int, int]) -> None:
        """Records where the operand now on the stack was written."""
        self.extents.append(extent)
        self.spans.setdefault(place, extent)

    def join(self, primitive: Primitive | None, place: int) -> None:
        """Records where the operator's result, now on the stack, was written."""
        end = self.extents.pop()[1]
        begin = self.extents.pop()[0] if primitive.left else self.opened.pop()  # type: ignore[union-attr]
        self.mark(place, (begin, end))

    def index(self) -> int:
        """The number of the token being read."""
        return self.consumed - length_hint(self.tokens) - 1

    def mistake(self, kind: str, found: Any = "") -> DifftapeError:
        from .mistakes import mistake

        return mistake(self, kind, found)
