"""A trace as a table, Markdown, HTML, CSV or JSON: a row a record."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from json import dumps
from typing import Any

from . import shown

FORMATS = ("plain", "table", "markdown", "json", "jsonl", "csv", "tsv", "html")


def written(trace: Any, format: str) -> str:
    """The trace in a format; plain is a line a record, its cells separated by tabs.

    >>> from difftape import parse
    >>> print(written(parse("x*y").trace(), "plain"), end="")
    x	x
    y	y
    v1	x*y	dv1/dx = y; dv1/dy = x
    """
    if format == "json":
        return dumps(data(trace), ensure_ascii=False) + "\n"
    if format == "jsonl":
        return "".join(dumps(record(row), ensure_ascii=False) + "\n" for row in trace)
    heading, rows = cells(trace)
    if format == "markdown":
        return _markdown(heading, rows)
    if format == "html":
        return _html(trace, heading, rows)
    if format in ("csv", "tsv"):
        return _separated([heading, *rows], "," if format == "csv" else "\t")
    if format == "table":
        widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
        table = [heading, *rows]
        return "".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() + "\n" for row in table)
    return "".join("\t".join(row).rstrip("\t") + "\n" for row in rows)


def cells(trace: Any) -> tuple[list[str], list[list[str]]]:
    """The headings, and the cells of each row; numbers only where there is a point."""
    with_point = trace.at is not None
    heading = ["name", "operation", *(("value", "adjoint") if with_point else ()), "rule"]
    heading += ["partial"] if with_point else []
    heading += [f"c{k}" for k in range(trace.order + 1)] if trace.order else []
    rows = []
    for row in trace:
        said = "; ".join(f"d{row.name}/d{rule.by} = {rule.formula}" for rule in row.rules)
        line = [row.name, row.operation]
        line += [_number(row.value), _number(row.adjoint)] if with_point else []
        line.append(said)
        line += ["; ".join(_number(rule.partial) for rule in row.rules)] if with_point else []
        if trace.order:
            line += [_number(c) for c in row.coefficients] or [""] * (trace.order + 1)
        rows.append(line)
    return heading, rows


def record(row: Any) -> dict[str, Any]:
    """A record as JSON's kinds of value."""
    found = {**row._asdict(), "rules": [rule._asdict() for rule in row.rules]}
    found["coefficients"] = list(row.coefficients)
    return found


def data(trace: Any) -> dict[str, Any]:
    """The trace as JSON's kinds of value."""
    found: dict[str, Any] = {"schema": "difftape.trace/1", "expr": trace.text, "at": trace.at}
    if trace.order:
        found["order"] = trace.order
    found["records"] = [record(row) for row in trace]
    found["status"] = "ok" if trace.error is None else trace.error.status
    if trace.error is not None:
        found.update(failed=trace.failed, message=trace.error.message)
    return found


def _number(x: Any) -> str:
    return "" if x is None else str(x).lower() if x.__class__ is bool else shown(x)


def _separated(rows: Sequence[Sequence[str]], separator: str) -> str:
    """Rows with quotes around what holds the separator."""
    if separator == "\t":
        return "".join("\t".join(row) + "\n" for row in rows)
    quoted = ([f'"{c}"' if "," in c else c for c in row] for row in rows)  # no cell holds quotes or newlines
    return "".join(",".join(row) + "\n" for row in quoted)


def _markdown(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * len(heading)
    lines = [heading, rule, *([f"`{c}`" if c and k != 0 else c for k, c in enumerate(row)] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _html(trace: Any, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in heading)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    why = f"<p>{escape(trace.error.message)}</p>" if trace.error is not None else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{why}"
