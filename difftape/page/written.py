"""The parts of the page that are the same for every reader: headings, rows, sliders, the verdict, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..answer import Answer, Verdict
from ..graph import Program
from ..printer import leaf
from ..report import shown
from ..writing.mathml import name as letter
from ..writing.mathml import to_mathml
from .live import Edge
from .stops import Stops

_SET = 60  # steps of an expression that is typeset
_MARKS = {"agree": "✓", "differs": "✗"}
_SAID = {
    "agree": "{judge} agrees.",
    "ill-conditioned": "Ill-conditioned: the double had lost digits, and is given with the right ones.",
    "differs": "{judge} differs.",
    "undecided": "Undecided.",
}


def code(text: str) -> str:
    """Text as code."""
    return f"<code>{escape(text)}</code>"


def heading(program: Program, name: str, variables: Sequence[str], text: str) -> str:
    """The function as mathematics, a long one as it was typed."""
    call = f"{name}({', '.join(variables)})"
    if len(program.steps) > _SET:
        return f'<span class="lhs">{escape(call)} = </span>{escape(text)}'
    inside = "<mo>,</mo>".join(map(letter, variables))
    left = f'<mrow class="lhs">{letter(name)}<mo>(</mo>{inside}<mo>)</mo><mo>=</mo></mrow>'
    formula = to_mathml(program.steps, program.root)
    return f'<math displaystyle="true" aria-label="{escape(call)} = {escape(text)}">{left}<mrow>{formula}</mrow></math>'


def readout(name: str, variables: Sequence[str], value: str, grad: Sequence[str]) -> str:
    """The value and the derivatives, each by an id of its own."""
    rows = [("value", name, value, "shown-value")]
    rows += [
        ("adjoint", f"d{name}/d{v}", d, f"shown-d{k}") for k, (v, d) in enumerate(zip(variables, grad, strict=True))
    ]
    return "".join(
        f'<div><dt>{escape(what)}</dt><dd class="{kind}" id="{id}">{escape(number)}</dd></div>'
        for kind, what, number, id in rows
    )


def sliders(found: Sequence[Stops]) -> str:
    """A slider for each variable; where there are several, the choice of the one that is plotted."""
    parts = []
    for k, stops in enumerate(found):
        name, number = escape(stops.name), stops.numbers[stops.start]
        choice = ""
        if len(found) > 1:
            checked = " checked" if k == 0 else ""
            choice = (
                f'<span class="along"><input type="radio" name="along" id="along{k}"{checked}>'
                f'<label for="along{k}">plot along <span class="num">{name}</span></label></span>'
            )
        parts.append(
            f'<div class="slider"><div class="row"><label for="x{k}"><span class="num">{name}</span> = '
            f'<span class="stop" id="now{k}">{number!r}</span></label>{choice}</div>'
            f'<input type="range" id="x{k}" min="0" max="{len(stops.numbers) - 1}" value="{stops.start}" step="1" '
            f'aria-valuetext="{name} = {number!r}"></div>'
        )
    return "".join(parts)


def rows(records: Sequence[Any], edges: Sequence[Sequence[Edge]], rules: Sequence[Sequence[Any]]) -> str:
    """A row a record."""
    parts = []
    for k, record in enumerate(records):
        slopes = [edge.partial for edge in edges[k] if edge.partial >= 0]
        said = "".join(
            f'<span class="rule">∂{escape(record.name)}/∂{escape(rule["by"])} = {escape(rule["formula"])}'
            f'<span class="partial" id="p{slope}">{_equals(rule)}</span></span>'
            for slope, rule in zip(slopes, rules[k], strict=True)
        )
        name = escape(record.name)
        operation = "" if record.name == record.operation else escape(record.operation)
        parts.append(
            f'<tr id="r{k}"><th scope="row"><button type="button" aria-label="Go to record {name}">{name}</button></th>'
            f'<td class="operation">{operation}<span class="words">{escape(record.words)}</span></td>'
            f'<td class="value" id="rv{k}">{_number(record.value)}</td>'
            f'<td class="adjoint" id="ra{k}">{_number(record.adjoint)}</td><td>{said}</td></tr>'
        )
    return "".join(parts)


def _number(x: Any) -> str:
    return "" if x is None else str(x).lower() if x.__class__ is bool else shown(x)


def _equals(rule: Mapping[str, Any]) -> str:
    """The number of a rule, unless the rule is that number."""
    partial = rule["partial"]
    return "" if partial is None or rule["formula"] == leaf(partial) else f" = {shown(partial)}"


def verdict(answer: Answer, name: str) -> str:
    """What the judge said of each derivative."""
    check = answer.check
    if check is None:
        return "<p>Nobody was asked: the check was left out.</p>"
    if check.verdict == "skipped":
        return "<p>There is no derivative here that a judge could be asked about.</p>"
    judge = check.judge or "sympy"
    said = _SAID.get(check.verdict, check.verdict).format(judge=judge)
    mark = _MARKS.get(check.verdict, "•")
    reason = f" {escape(check.reason)}." if check.reason else ""
    head = f'<p class="verdict {escape(check.verdict)}"><span class="mark">{mark}</span>{escape(said)}{reason}</p>'
    return head + f'<dl class="judged">{"".join(_judged(check, name, v, d) for v, d in answer.grad.items())}</dl>'


def _judged(check: Verdict, name: str, variable: str, d: float | None) -> str:
    symbolic = check.symbolic.get(variable, "")
    formula = f" = {symbolic}" if symbolic else ""
    details = [f"difftape {shown(d)}"] if d is not None else []
    if variable in check.reference:
        details.append(f"{check.judge or 'sympy'} {check.reference[variable]}")
    if variable in check.ulps:
        details.append(f"{check.ulps[variable]:.3g} ulp apart")
    return f"<dt>d{escape(name)}/d{escape(variable)}{escape(formula)}</dt><dd>{escape(' · '.join(details))}</dd>"


def made(version: str, tabulated: Sequence[str], at: Mapping[str, float]) -> str:
    """What the page's numbers are."""
    where = ", ".join(f"{name} = {x!r}" for name, x in at.items())
    said = [
        f"Written by difftape {version}. The numbers at the starting point ({where}) are difftape's own, to the last",
        "digit. Elsewhere they are computed here, by JavaScript that difftape generated from the same tape and the",
        "same derivative rules; they may differ from difftape's in the last places. The page loads nothing and sends",
        "nothing.",
    ]
    if tabulated:
        said += [
            f"JavaScript has no {', '.join(tabulated)}: their values are difftape's, tabulated at the stops of the",
            "sliders, with the other variables where they start. Moving one slider therefore returns the others.",
        ]
    return escape(" ".join(said))
