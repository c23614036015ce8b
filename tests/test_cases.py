"""Expressions of public suites against numbers computed at 120 digits: values, gradients, nth derivatives, refusals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from reference import DERIVATIVES, ORDERS, is_ill, is_right, listing, rows

import difftape
from difftape.errors import DomainError, ParseError
from difftape.graph import Program
from difftape.parser import parse
from difftape.printer import printed


def complaints(row: dict[str, Any]) -> list[str]:
    """What is wrong with the answer to one row: empty when value and gradient are right.

    Where a row is ill-conditioned (or nobody has measured it), wrong digits must be called ill-conditioned by the
    check; of a row with many variables two are asked, for sympy's sake.
    """
    error = row.get("error", 0.0)
    forgiven = 0.0 if is_ill(row) else error
    may_be_ill = is_ill(row) or "error" not in row
    expression = difftape.parse(row["expr"])
    reference = row.get("grad", {})
    if reference:
        answer = expression.answer(row["at"], wrt=list(reference), check=False)
    else:
        answer = expression.value_answer(row["at"])
    wrong = [name for name, truth in reference.items() if not is_right(answer.grad[name], truth, forgiven)]
    found = [f"d/d{name} {answer.grad[name]} is not {reference[name]} ({answer.statuses[name]})" for name in wrong]
    if not is_right(answer.value, row["value"], error):
        found.append(f"value {answer.value} is not {row['value']}")
    if found and wrong and may_be_ill:
        checked = expression.answer(row["at"], wrt=wrong[:2], check_timeout=60.0).check
        if checked is not None and set(checked.verdicts.values()) == {"ill-conditioned"}:
            return []
        found.append(f"the check says {checked}")
    return [f"{row['id']}: {what}: {row['expr'][:200]} @ {row['at']}" for what in found]


@pytest.mark.parametrize("file", DERIVATIVES)
def test_values_and_gradients_are_right(file: str) -> None:
    wrong = [complaint for row in rows(file) for complaint in complaints(row)]
    assert not wrong, listing(wrong)


def test_a_wrong_reference_is_noticed() -> None:
    row = {"id": "broken", "expr": "x**2", "at": {"x": 3.0}, "value": 9.0, "grad": {"x": 6.0}, "error": 0.0}
    assert not complaints(row)
    assert complaints({**row, "grad": {"x": 6.0001}})
    assert complaints({**row, "value": 9.0001})


@pytest.mark.parametrize("file", ["cas", "rubi", "rubi_special"])
def test_the_published_derivative_has_the_value_of_ours(file: str) -> None:
    """The derivative that the suite prints is an expression too, and its value is the slope."""
    wrong = []
    for row in rows(file):
        at = {**row["at"], **row.get("also", {})}
        text = row["derivative"]
        expression = difftape.parse(text)
        names = {step[0] for step in parse(text, at).steps if len(step) == 1}
        answer = expression.value_answer({name: x for name, x in at.items() if name in names})
        if not is_right(answer.value, row["slope"], max(row.get("error", 0.0), 1e-11)):
            wrong.append(f"{row['id']}: {text[:200]} @ {at}: {answer.value} is not {row['slope']} {answer.error or ''}")
    assert not wrong, listing(wrong)


@pytest.mark.parametrize("file", ["feynman", "sr", "ode", "ad"])
def test_low_orders_are_right(file: str) -> None:
    """The rows that state derivatives of orders 0 … 6."""
    wrong = []
    for row in rows(file):
        if "nth" not in row or is_ill(row):
            continue
        ((name, _),) = row["at"].items()
        got = difftape.parse(row["expr"]).derivatives(name, row["at"], len(row["nth"]) - 1)
        for order, (g, truth) in enumerate(zip(got, row["nth"], strict=True)):
            if not is_right(g, truth, row.get("error", 0.0)):
                wrong.append(f"{row['id']}: order {order} of {row['expr']} @ {row['at']}: {g} is not {truth}")
    assert not wrong, listing(wrong)


def is_right_order(got: float | None, truth: Fraction, order: int) -> bool:
    """1e-12 relative, 1e-9 from order 40; where the truth is 0, 1e-12·n!, what the coefficient's rounding becomes."""
    if got is None:
        return False
    if not truth:
        return abs(got) <= 1e-12 * math.factorial(order)
    tolerance = Fraction(1, 10**9) if order >= 40 else Fraction(1, 10**12)
    return math.isfinite(got) and abs(Fraction(got) - truth) <= tolerance * abs(truth)


@pytest.mark.parametrize("file", ORDERS)
def test_nth_derivatives_are_right(file: str) -> None:
    wrong = []
    for row in rows(file):
        truths = [Fraction(text) for text in row.get("exact") or row["decimal"]]
        expression = difftape.parse(row["expr"])
        if "removable" in row["id"]:  # 0/0 as written: each order on its own, and the value is a limit
            answers = [expression.answer(row["at"], order=n, check=False) for n in range(1, len(truths))]
            got = [float(truths[0]), *(answer.grad[row["by"]] for answer in answers)]
        else:
            got = expression.derivatives(row["by"], row["at"], len(truths) - 1)
        for order, (g, truth) in enumerate(zip(got, truths, strict=True)):
            if not is_right_order(g, truth, order):
                wrong.append(f"{row['id']}: order {order} of {row['expr']} @ {row['at']}: {g} is not {float(truth)}")
    assert not wrong, listing(wrong)


def test_what_a_double_cannot_hold_is_an_overflow() -> None:
    """120!·1000**121 is about 1e561."""
    answer = difftape.parse("1/x").answer({"x": 1e-3}, order=120, check=False)
    assert answer.status == "overflow"
    assert answer.grad["x"] is None


@pytest.mark.parametrize("file", ["feynman", "sr", "ode", "ad", "optim", "nist"])
def test_hessians_are_right(file: str) -> None:
    """In the sorted order of the names; entries that are 0 beside larger ones may keep their rounding."""
    wrong = []
    for row in rows(file):
        if "hess" in row and not is_ill(row):
            names = sorted(row["at"])
            got = difftape.Expression(parse(row["expr"], row["at"])).hessian(row["at"], names)
            wrong += wrong_entries(row, names, got)
    assert not wrong, listing(wrong)


def wrong_entries(row: dict[str, Any], names: list[str], got: dict[str, dict[str, float]]) -> list[str]:
    """The entries of a Hessian that are not those of the row."""
    scale = max(abs(h) for line in row["hess"] for h in line)
    error = max(row.get("error", 0.0), 1e-11)
    return [
        f"{row['id']}: d2/d{a}d{b} of {row['expr'][:200]} @ {row['at']}: {got[a][b]} is not {truth}"
        for a, line in zip(names, row["hess"], strict=True)
        for b, truth in zip(names, line, strict=True)
        if not is_right(got[a][b], truth, error) and abs(got[a][b] - truth) > 1e-14 * scale
    ]


def test_a_wrong_hessian_is_noticed() -> None:
    row = {"id": "broken", "expr": "x*y", "at": {"x": 3.0, "y": 2.0}, "hess": [[0.0, 1.0], [1.0, 0.0]]}
    got = difftape.parse("x*y").hessian(row["at"])  # type: ignore[arg-type]
    assert not wrong_entries(row, ["x", "y"], got)
    assert len(wrong_entries({**row, "hess": [[0.0, 1.0], [1.0001, 0.0]]}, ["x", "y"], got)) == 1


@pytest.mark.parametrize("file", ["feynman", "sr", "ode", "ad"])
def test_mixed_derivatives_are_those_of_the_hessians(file: str) -> None:
    """Another engine, and one question an entry."""
    wrong = []
    for row in rows(file):
        if "hess" in row and not is_ill(row):
            names = sorted(row["at"])
            expression = difftape.Expression(parse(row["expr"], row["at"]))
            got = {a: {b: expression.mixed([a, b], row["at"]) for b in names} for a in names}
            wrong += wrong_entries(row, names, got)
    assert not wrong, listing(wrong)


def test_identities_hold() -> None:
    wrong = []
    for row in rows("parser_identities"):
        for side, truth in (("left", row["value"]), ("right", row["value_right"])):
            names = {step[0] for step in parse(row[side], row["at"]).steps if len(step) == 1}
            at = {name: x for name, x in row["at"].items() if name in names}
            answer = difftape.parse(row[side]).value_answer(at)
            if not is_right(answer.value, truth, 1e-14):
                wrong.append(f"{row['id']}: {row[side]} @ {at}: {answer.value} is not {truth} {answer.error or ''}")
    assert not wrong, listing(wrong)


def test_precedence_is_that_of_double_star() -> None:
    for row in rows("parser_conventions"):
        value = difftape.parse(row["expr"]).value({})
        assert is_right(value, row["value"]), row
        assert not is_right(value, row["elsewhere"]), row


def outcome(text: str) -> str:
    """parse, domain or ok: what becomes of a text with every variable at 1/2."""
    try:
        expression = difftape.parse(text)
        expression.value(dict.fromkeys(expression.variables, 0.5))
    except ParseError as error:
        assert error.span is not None or "(" in text or not text.strip(), (text, error)
        return "parse"
    except DomainError:
        return "domain"
    return "ok"


def test_what_others_refuse_is_refused_or_ordinary_here() -> None:
    wrong = [
        f"{r['id']}: {r['expr']!r} is {got}, not {r['outcome']}"
        for r in rows("parser_errors")
        if (got := outcome(r["expr"])) != r["outcome"]
    ]
    assert not wrong, listing(wrong)


def test_extras_of_other_syntaxes_are_refused_with_a_mend() -> None:
    wrong = []
    for row in rows("parser_syntax_extras"):
        try:
            parse(row["expr"])
        except ParseError as error:
            if not error.hint:
                wrong.append(f"{row['id']}: {row['expr']!r} ({row['kind']}) has no hint: {error.message}")
        else:
            wrong.append(f"{row['id']}: {row['expr']!r} ({row['kind']}) is accepted")
    assert not wrong, listing(wrong)


def texts() -> list[tuple[str, dict[str, float]]]:
    """Every expression of the data that is legal here, with the names that are variables in it."""
    found = [(row["expr"], row["at"]) for name in (*DERIVATIVES, *ORDERS) for row in rows(name)]
    found += [(row[side], row["at"]) for row in rows("parser_identities") for side in ("left", "right")]
    found += [
        (row["derivative"], {**row["at"], **row.get("also", {})}) for name in ("cas", "rubi") for row in rows(name)
    ]
    return found


def identity(program: Program, known: dict[tuple[Any, ...], int]) -> int:
    """A number for the expression, the same for the same graph whatever the order of its steps."""
    numbers: list[int] = []
    for step in program.steps:
        numbers.append(known.setdefault((step[0], *[numbers[p] for p in step[1:]]), len(known)))
    return numbers[program.root]


def test_printing_is_parsing_backwards() -> None:
    """Printing a graph and parsing that gives the same graph, and the same text again."""
    wrong = []
    for text, names in texts():
        known: dict[tuple[Any, ...], int] = {}
        program = parse(text, names)
        again = parse(printed(program.steps, program.root), names)
        if identity(again, known) != identity(program, known) or printed(again.steps, again.root) != again.text:
            wrong.append(f"{text[:200]} became {again.text[:200]}")
    assert not wrong, listing(wrong)


def test_a_wrong_bracket_is_noticed() -> None:
    known: dict[tuple[Any, ...], int] = {}
    assert identity(parse("(a - b) - c"), known) == identity(parse("a - b - c"), known)
    assert identity(parse("a - (b - c)"), known) != identity(parse("a - b - c"), known)
