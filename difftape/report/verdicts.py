"""What `check` prints: a line a question (verdict, ulps, expression), and a count at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..answer import Answer
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
