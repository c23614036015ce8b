"""An expression explained: one HTML file, of itself, with the graph, the tape and the curve at a point."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from json import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from ..answer import Answer
from ..errors import DifftapeError, LimitError
from ..point import differentiated, located
from ..report import shown
from ..tracing import recorded
from ..writing.gradient_tape import to_gradient_tape
from . import written
from .live import Live, live
from .picture import picture
from .stops import Hard, Stops, stops

if TYPE_CHECKING:
    from ..expression import Expression

_MOST = 2000  # records of a page
_VARIABLES = 40
_ORDER = 2  # of the Taylor polynomial that is shown first
_NAMES = ("f", "g", "h", "F", "G", "H", "f_")
_NOTE = "A tape does not diagnose the point: what this prints here is a convention, infinite, nan, or an error."
_LONG = 40  # letters of a heading in large letters
_HEADING = 300  # letters of the expression in the heading


class Page(NamedTuple):
    """The page as text; `error` says why there is no derivative at the point, if there is none."""

    html: str
    answer: Answer
    error: DifftapeError | None = None

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<page of {len(self.html)} characters>"

    def _repr_html_(self) -> str:
        source = escape(self.html)
        return f'<iframe srcdoc="{source}" sandbox="allow-scripts" width="100%" height="900" title="difftape"></iframe>'


def explained(expression: Expression, at: Mapping[str, float], **asked: Any) -> Page:
    """The page of an expression at a point; what is asked besides is what `answer` takes.

    Raises LimitError beyond 2000 records or 40 variables, UsageError without a variable.

    >>> from difftape import parse
    >>> page = parse("x**2").explain({"x": 3}, check=False)
    >>> page.html.count("<html"), page.answer.grad
    (1, {'x': 6.0})
    """
    program, point = located(expression.program, at)
    names = differentiated(program, None)
    if len(recorded(program)) > _MOST:
        raise LimitError(f"a page of more than {_MOST} records", hint="difftape trace lists them")
    if len(names) > _VARIABLES:
        raise LimitError(f"a page of more than {_VARIABLES} variables", hint="put numbers in place of some of them")
    answer = expression.answer(point, **asked)
    if answer.error is not None and answer.error.hint.startswith("--"):
        answer.error.hint = ""  # options of grad
    found = live(program, names)
    sliders = stops(expression, program, point, found.steps, found.tabulated)
    html = _Composer(expression, point, answer, found, sliders).html()
    return Page(html, answer, answer.error)


class _Composer:
    """Puts the page together."""

    def __init__(
        self, expression: Expression, point: dict[str, float], answer: Answer, found: Live, sliders: list[Stops]
    ) -> None:
        self.expression = expression
        self.program = located(expression.program, point)[0]
        self.point = point
        self.answer = answer
        self.live = found
        self.sliders = sliders
        self.trace = expression.trace(point)
        self.records = self.trace.records
        self.name = next(name for name in (*_NAMES, "") if name not in point) or "value"
        self.rules = [_ruled(record, found.edges[k], self.records) for k, record in enumerate(self.records)]
        self.root = found.places.index(self.program.root)
        steps = found.steps
        self.tabulated = list(dict.fromkeys(steps[place][0].name for place in found.tabulated))

    def html(self) -> str:
        """The whole page."""
        from .. import __version__

        style = _read("page.css")
        script = _read("page.js").replace("__TAPE__", self.live.script, 1)
        hard = self._hard()
        value, grad = self._shown()
        variables = [s.name for s in self.sliders]
        text = self.program.text if len(self.program.text) <= _HEADING else self.program.text[:_HEADING] + "…"
        call = f"{self.name}({', '.join(variables)})"
        where = ", ".join(f"{name} = {x!r}" for name, x in self.point.items())
        status = hard.status if hard else ""
        parts = {
            "policy": _policy(style, script),
            "version": escape(__version__),
            "title": escape(f"{text} at {where}"[:200]),
            "style": style,
            "heading": written.heading(self.program, self.name, variables, text),
            "size": "set" if len(text) <= _LONG else "set long",
            "lead": f"{written.code(text)} at {written.code(where)}",
            "notice_hidden": "" if hard and hard.message else " hidden",
            "notice_status": "" if hard and f"{status}:" in hard.message else escape(status),
            "notice": escape(hard.message if hard else ""),
            "legend": escape(call),
            "readout": written.readout(self.name, variables, value, grad),
            "sliders": written.sliders(self.sliders),
            "order": str(self.live.order),
            "order_start": str(min(_ORDER, self.live.order)),
            "name": written.code(self.name),
            "steps": str(len(self.records) + sum(self.live.moves)),
            "sentence": "The numbers are those at the starting point.",
            "graph": picture(self.records, self.live.edges, self.root),
            "rows": written.rows(self.records, self.live.edges, self.rules),
            "check": written.verdict(self.answer, self.name),
            "code_note": f'<p class="hint">{_NOTE}</p>' if hard else "",
            "code": escape(to_gradient_tape(self.program, self.point, variables)),
            "made": written.made(__version__, self.tabulated, self.point),
            "data": _embedded(self._data(hard, value, grad)),
            "script": script,
        }
        return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _read("page.html"))

    def _hard(self) -> Hard | None:
        """What kind of point the starting point is, where the tape has no numbers or the answer no derivative."""
        answer = self.answer
        error = answer.error or self.trace.error
        if error is None:
            return None
        message = error.message if answer.error is not None else "; ".join(answer.notes)
        status = answer.status if answer.status != "ok" else "limit"
        return Hard(status, message or error.message, answer.value, dict(answer.grad))

    def _series(self) -> list[list[float]] | None:
        """The coefficients where the tape has none, but the function has, by their limits."""
        try:
            return [self.expression.taylor(stops.name, self.point, self.live.order) for stops in self.sliders]
        except DifftapeError:
            return None

    def _shown(self) -> tuple[str, list[str]]:
        """The value and the derivatives as `grad` prints them."""
        value = "none" if self.answer.value is None else shown(self.answer.value)
        grad = [self.answer.grad.get(stops.name) for stops in self.sliders]
        return value, ["none" if d is None else shown(d) for d in grad]

    def _data(self, hard: Hard | None, value: str, grad: Sequence[str]) -> dict[str, Any]:
        by_name = {record.name: k for k, record in enumerate(self.records) if record.name == record.operation}
        partials: list[float | None] = [None] * sum(e.partial >= 0 for edges in self.live.edges for e in edges)
        for rules, edges in zip(self.rules, self.live.edges, strict=True):
            for rule, edge in zip(rules, [e for e in edges if e.partial >= 0], strict=True):
                partials[edge.partial] = rule["partial"]
        return {
            "name": self.name,
            "variables": [
                {
                    "name": stops.name,
                    "record": by_name.get(stops.name, -1),
                    "numbers": stops.numbers,
                    "start": stops.start,
                    "hard": {k: None if x is None else x._asdict() for k, x in stops.hard.items()},
                    "table": stops.table,
                }
                for stops in self.sliders
            ],
            "records": [
                {
                    "name": record.name,
                    "operation": record.operation,
                    "words": record.words,
                    "rules": [{"by": rule["by"], "formula": rule["formula"]} for rule in self.rules[k]],
                    "edges": [[e.operand, e.partial, int(e.is_chosen)] for e in self.live.edges[k]],
                    "moves": self.live.moves[k],
                }
                for k, record in enumerate(self.records)
            ],
            "root": self.root,
            "tabulated": self.tabulated,
            "start": {
                "hard": hard and hard._asdict(),
                "series": self._series() if hard and self.answer.error is None else None,
                "value": self.answer.value,
                "grad": [self.answer.grad.get(stops.name) for stops in self.sliders],
                "shown": {"value": value, "grad": grad},
                "values": [record.value for record in self.records],
                "adjoints": [record.adjoint for record in self.records],
                "partials": partials,
            },
        }


def _ruled(record: Any, edges: Sequence[Any], records: Sequence[Any]) -> list[dict[str, Any]]:
    """The rule of each edge that has a partial, with its number at the point."""
    waiting = list(record.rules)
    found = []
    for edge in edges:
        if edge.partial < 0:
            continue
        by = records[edge.operand].name
        rule = next((rule for rule in waiting if rule.by == by), None)
        if rule is not None:
            waiting.remove(rule)
        found.append({"by": by, "formula": rule.formula if rule else "0", "partial": rule.partial if rule else 0.0})
    return found


def _read(name: str) -> str:
    """A file of the package."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may do: run its own script, use its own style, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_hashed(script)}'; style-src '{_hashed(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashed(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _embedded(data: Any) -> str:
    """JSON inside an element of script: nothing in it ends the element or the line."""
    text = dumps(data, separators=(",", ":"), allow_nan=False)  # ASCII only, so U+2028 is escaped
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
