"""Tokens to a graph: operator precedence with two stacks, so that nothing limits how deep a text goes.

Binding powers come from the table (`grammar.py`).  An operator waits on its stack until one that binds less
tightly arrives; an opening bracket waits with power 0.  What goes wrong is explained in `mistakes.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import nullcontext
from operator import length_hint
from typing import Any

from .errors import DifftapeError, LimitError
from .extents import Extents
from .grammar import (
    ARITHMETIC,
    BOTTOM,
    BRACKET,
    CALLS,
    COMPARISON,
    CONDITIONS,
    CONSTANTS,
    FUNCTIONS,
    PLAIN_CALLS,
    PREFIXES,
    WORDS,
    Entry,
)
from .graph import Graph, Program
from .lexer import RESERVED, SUPERSCRIPTS, check_name, chunks, literal, normal, places
from .node import Node
from .primitives import Primitive
from .table.arithmetic import pow
from .table.choice import where
from .uncollected import uncollected

MAX_NODES = 2_000_000
_LONG = 10_000  # characters


def parse(text: str, variables: Collection[str] = (), max_nodes: int = MAX_NODES, is_exact: bool = False) -> Program:
    """The program a text stands for: exactly what was written, each distinct sub-expression once.

    `variables` are names to be taken as variables although the table has them as constants (pi, e, tau).
    `is_exact` reads 0.1 as one tenth and not as the double next to it (`exact.py`).
    Raises ParseError with the place and a mend, and LimitError past `max_nodes` nodes.

    >>> parse("x*y + x*y").variables
    ('x', 'y')
    """
    text = normal(text)
    reader = Reader(text, frozenset(map(normal, variables)), max_nodes, is_exact)
    try:
        with uncollected() if len(text) > _LONG else nullcontext():  # a long text makes millions of tuples
            root = reader.read()
    except DifftapeError as error:
        from .mistakes import located

        raise located(error, reader) from None
    conditional = reader.has_conditions
    program = Program(text, reader.graph.steps, root, reader.names, reader.has_ties or conditional, conditional)
    if is_exact:
        program.exactly = program
    if conditional:
        from .mistakes import check_conditions

        check_conditions(program)
    return program


def spans(program: Program) -> list[tuple[int, int]]:
    """Where in its text each step of a parsed program was first written, brackets of its own included."""
    is_exact = program.exactly is program
    reader = Reader(program.text, frozenset(program.variables), len(program.steps) + 1, is_exact)
    reader.extents = Extents(places(program.text), reader.index)
    reader.read()
    return [reader.extents.spans.get(place, (0, len(program.text))) for place in range(len(program.steps))]


class Reader:
    """The state of one reading: the graph so far, and what waits for its operands."""

    def __init__(self, text: str, variables: frozenset[str], max_nodes: int, is_exact: bool = False) -> None:
        self.text = text
        self.is_exact = is_exact
        self.variables = variables
        self.max_nodes = max_nodes
        self.graph = Graph()
        self.names: dict[str, int] = {}
        self.known: dict[str, Any] = {}  # tokens that begin an operand: a leaf's place, a plain call's entry
        self.operands: list[int] = []
        self.waiting: list[Entry] = [BOTTOM]  # a call's entry has a fourth part: how many commas there were
        self.wants_operand = True
        self.has_conditions = False
        self.has_ties = False
        self.extents: Extents | None = None
        self.tokens: Iterator[str] = iter(())
        self.consumed = 0  # how many tokens there were up to the end of this chunk

    def read(self) -> int:
        """Reads the whole text; returns the place of its value."""
        for tokens in chunks(self.text):
            self.tokens = iter(tokens)
            self.consumed += len(tokens)
            if self.extents is None:
                self.quickly(self.tokens)
            else:
                self.slowly(self.tokens)
            self.limit()
        if self.wants_operand:
            raise self.mistake("end")
        self.reduce(1)
        self.limit()
        if len(self.waiting) > 1:
            raise self.mistake("open")
        return self.operands[-1]

    def limit(self) -> None:
        """Raises LimitError for a graph that has grown too large."""
        if len(self.graph.steps) > self.max_nodes:
            raise LimitError(
                f"more than {self.max_nodes} nodes in the expression",
                hint="allow more with --max-nodes N",
                call="allow more with max_nodes=N",
            )

    def slowly(self, tokens: Iterator[str]) -> None:
        """Reads tokens one way or another."""
        for token in tokens:
            if self.wants_operand:
                self.wants_operand = self.begin(token)
            elif token not in ARITHMETIC:
                self.wants_operand = self.go_on(token)
            else:
                entry = ARITHMETIC[token]
                self.reduce(entry[1])
                self.wants_operand = entry[2] > 0
                if self.wants_operand:
                    self.waiting.append(entry)
                else:
                    self.close()

    def quickly(self, tokens: Iterator[str]) -> None:
        """What `slowly` does, with the most frequent cases written out."""
        operands, waiting, known = self.operands, self.waiting, self.known
        steps, places = self.graph.steps, self.graph.places
        wants_operand = self.wants_operand
        try:
            for token in tokens:
                if wants_operand:
                    found = known.get(token)
                    if found.__class__ is int:
                        operands.append(found)
                        wants_operand = False
                    elif found is not None:
                        waiting.append(found)
                    else:
                        wants_operand = self.begin(token)
                    continue
                if token not in ARITHMETIC:
                    wants_operand = self.go_on(token)
                    continue
                entry = ARITHMETIC[token]
                _, left, right = entry
                top = waiting[-1]
                while top[2] >= left:
                    waiting.pop()
                    if top[1]:
                        b = operands.pop()
                        step: tuple[Any, ...] = (top[0], operands[-1], b)
                    else:
                        step = (top[0], operands[-1])
                    place = places.get(step)
                    if place is None:
                        place = places[step] = len(steps)
                        steps.append(step)
                    operands[-1] = place
                    top = waiting[-1]
                if right:
                    waiting.append(entry)
                    wants_operand = True
                elif len(top) == 3 and top[0] is not None and top[0].arity == 1:
                    waiting.pop()
                    step = (top[0], operands[-1])
                    place = places.get(step)
                    if place is None:
                        place = places[step] = len(steps)
                        steps.append(step)
                    operands[-1] = place
                else:
                    self.close()
        finally:
            self.wants_operand = wants_operand

    def reduce(self, left: int) -> None:
        """Applies the waiting operators that bind at least as tightly as `left`."""
        while self.waiting[-1][2] >= left:
            primitive, is_infix, _ = self.waiting.pop()
            width = 2 if is_infix else 1
            place = self.graph.place((primitive, *self.operands[-width:]))
            self.operands[-width:] = (place,)
            if self.extents is not None:
                self.extents.join(place, is_infix > 0)

    def begin(self, token: str) -> bool:
        """A token where an operand should begin; returns whether one is still wanted."""
        first = token[0]
        known = self.known.get(token)
        if known.__class__ is int:
            place = known
        elif first in ".0123456789":
            place = self.known[token] = self.number(token)
        elif token == "(":
            return self.open(self.known.setdefault(token, BRACKET))
        elif token in PLAIN_CALLS:
            return self.open(self.known.setdefault(token, PLAIN_CALLS[token]))
        elif token in CALLS:
            return self.open(CALLS[token])
        elif token in PREFIXES:
            return self.open(PREFIXES[token])
        elif token[-1] == "(":
            return self.begin_call(token[:-1].rstrip())
        elif token == "+":
            return True
        elif token == ")":
            bare = self.waiting[-1]
            raise self.mistake("empty", bare[0] if len(bare) == 3 and bare[2] == 0 else None)
        elif first in SUPERSCRIPTS or token in WORDS or not (first.isalnum() or first == "_"):
            raise self.mistake("operand", token)
        else:
            place = self.name(token)
        self.operands.append(place)
        if self.extents is not None:
            self.extents.leaf(place)
        return False

    def begin_call(self, name: str) -> bool:
        """A name with a bracket that is not spelt as the table spells a function."""
        if name in WORDS:  # not (…)
            self.begin(name)
            return self.open(BRACKET)
        check_name(name)
        if name not in FUNCTIONS:
            raise self.mistake("function", name)
        return self.open(CALLS[name + "("])

    def number(self, token: str) -> int:
        """The place of a literal's value."""
        value = literal(token)
        if not self.is_exact:
            return self.graph.leaf(value)
        from .rationals import literal_fraction, written

        return written(self.graph, literal_fraction(token))

    def name(self, token: str) -> int:
        """The place of a variable or constant."""
        constant = CONSTANTS.get(token)
        name = token if constant is None else constant.name
        if constant is not None and name not in self.variables:
            place = self.graph.place((constant,))
        else:
            if len(token) > 3 or token.lower() in RESERVED or not token.isascii():
                check_name(token)
            place = self.names[name] = self.graph.place((name,))
        self.known[token] = place
        return place

    def open(self, entry: Entry) -> bool:
        """A bracket, call or prefix operator waits for its operand."""
        primitive = entry[0]
        if primitive is not None:
            self.has_ties |= primitive.tie is not None
            self.has_conditions |= primitive is where or 0 < entry[2] <= COMPARISON
        self.waiting.append(entry)
        if self.extents is not None:
            self.extents.open()
        return True

    def go_on(self, token: str) -> bool:
        """A token after an operand that is no arithmetic operator; returns whether an operand is wanted next."""
        if token == ",":
            self.reduce(1)
            call = self.waiting[-1]
            if call[0] is None:
                raise self.mistake("comma")
            self.waiting[-1] = (*call[:3], (call[3] if len(call) > 3 else 0) + 1)
            return True
        if token in CONDITIONS:
            entry = CONDITIONS[token]
            if entry[1] == COMPARISON:
                self.reduce(COMPARISON + 2)
                if self.waiting[-1][1] == COMPARISON:
                    raise self.mistake("chain", token)
            self.reduce(entry[1])
            self.has_conditions = True
            self.waiting.append(entry)
            return True
        if token[-1] == "(" and token[:-1].rstrip() in CONDITIONS:  # and (…)
            self.go_on(token[:-1].rstrip())
            return self.open(BRACKET)
        if not all(c in SUPERSCRIPTS for c in token):
            raise self.mistake("operator", token)
        self.reduce(pow.left)
        power = self.number("".join(str(SUPERSCRIPTS.index(c)) for c in token))
        place = self.operands[-1] = self.graph.place((pow, self.operands[-1], power))
        if self.extents is not None:
            self.extents.power(place)
        return False

    def close(self) -> None:
        """A closing bracket: ends a group or a call."""
        entry = self.waiting.pop()
        primitive = entry[0]
        before, count = len(self.graph.steps), 0
        if primitive is not None:
            count = 1 if len(entry) == 3 else entry[3] + 1
            if count == primitive.arity:
                place = self.graph.place((primitive, *self.operands[-count:]))
            else:
                place = self.spread(primitive, self.operands[-count:])
            self.operands[-count:] = (place,)
        elif entry is BOTTOM:
            self.waiting.append(BOTTOM)
            raise self.mistake("unopened")
        if self.extents is not None:
            self.extents.close(count, range(before, len(self.graph.steps)))

    def spread(self, primitive: Primitive, operands: list[int]) -> int:
        """A call with another number of operands than the entry has: max of three, log with a base."""
        if primitive.spread is not None and len(operands) > 1:
            try:
                place: int = primitive.spread(*[Node(self.graph, p) for p in operands]).place
                return place
            except TypeError:
                pass
        raise self.mistake("arguments", (primitive, len(operands)))

    def index(self) -> int:
        """The number of the token being read."""
        return self.consumed - length_hint(self.tokens) - 1

    def mistake(self, kind: str, found: Any = "") -> DifftapeError:
        from .mistakes import mistake

        return mistake(self, kind, found)
