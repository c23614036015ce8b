"""A sample of the rows, as they were printed, before sympy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..answer import Answer
from ..answering import checked
from .question import VALUE, Question
from .sampling import Sampled


def verdicts(
    question: Question, sample: Sequence[Sampled], rtol: float, atol: float, timeout: float
) -> Iterator[tuple[Sampled, Answer]]:
    """Each sampled row with its answer judged."""
    program = question.expression().program
    names = [name for name in question.results if name != VALUE]
    for sampled in sorted(sample, key=lambda s: s.row):
        grad: dict[str, float | None] = {
            by: sampled.results[name] for by, name in zip(question.wrt, names, strict=True)
        }
        value = sampled.results.get(VALUE)
        answer = Answer(question.text, sampled.at, question.order, value, grad, dict.fromkeys(question.wrt, "ok"))
        yield sampled, checked(program, sampled.at, answer, rtol, atol, timeout)


def counted(found: Sequence[str]) -> str:
    """The verdicts and how often each came.

    >>> counted(["agree", "agree", "undecided"])
    '2 agree, 1 undecided'
    """
    return ", ".join(f"{n} {verdict}" for verdict, n in Counter(found).items())
