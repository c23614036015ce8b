"""What `check` prints: a line a question (verdict, ulps, expression), and a count at the end; verdicts in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..answer import Answer, Verdict
from ..errors import escaped
from . import Layout, Row, shown


def write(rows: Iterable[Row], layout: Layout) -> Iterator[str]:
    """A line a row, with tabs, and then how many there were of each verdict."""
    counts: dict[str, int] = {}
    for answer, varying in rows:
        word = verdict(answer)
        counts[word] = counts.get(word, 0) + 1
        ulps = max(answer.check.ulps.values(), default=None) if answer.check is not None else None
        where = ", ".join(f"{name}={shown(answer.at[name])}" for name in varying if name in answer.at)
        line = "\t".join((word, shown(ulps), escaped(answer.text.replace("\n", " "), 1_000_000)))
        yield f"{line} @ {where}\n" if where else f"{line}\n"
    each = ", ".join(f"{number} {word}" for word, number in counts.items())
    if counts:
        yield f"{sum(counts.values())} checked: {each}\n"


def verdict(answer: Answer) -> str:
    """The judges' word, or the status where there is no number to judge."""
    if answer.error is not None:
        return answer.status
    return answer.check.verdict if answer.check is not None else "skipped"


def agreement(verdict: Verdict, order: int) -> str:
    """What the judge found, by variable.

    >>> agreement(Verdict("agree", symbolic={"x": "2*x"}, ulps={"x": 0.0}), 1)
    'sympy agrees: d/dx = 2*x (0 ulp)'
    """
    from .headings import column

    found = (
        f"{column(key, order).formula()} = {text[:200]}{'…' * (len(text) > 200)} ({verdict.ulps.get(key, 0):.3g} ulp)"
        for key, text in (verdict.symbolic or verdict.reference).items()
    )
    return f"{verdict.judge} agrees: " + ", ".join(found)


def votes(verdict: Verdict) -> str:
    """How each judge voted, and how exact the double is.

    >>> votes(Verdict("agree", judges={"sympy": "agree"}, relative={"x": 0.0}, condition={"x": 2.0}))
    'votes: sympy agree; relative error x 0; condition x 2'
    """
    parts = [", ".join(f"{judge} {word}" for judge, word in verdict.judges.items())]
    for what, numbers in (("relative error", verdict.relative), ("condition", verdict.condition)):
        if numbers:
            parts.append(f"{what} " + ", ".join(f"{name} {x:.3g}" for name, x in list(numbers.items())[:8]))
    return "votes: " + "; ".join(parts)
