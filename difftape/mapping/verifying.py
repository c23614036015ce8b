"""A sample of the rows, as they were printed, before sympy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..answer import Answer, Verdict
from ..answering import checked
from .question import VALUE, Question
from .sampling import Sampled


def verdicts(
    question: Question, sample: Sequence[Sampled], rtol: float, atol: float, timeout: float
) -> Iterator[tuple[Sampled, Answer]]:
    """Each sampled row with its answer judged."""
    program = question.expression().program
    names = _names(question)
    for sampled in sorted(sample, key=lambda s: s.row):
        grad: dict[str, float | None] = {
            by: sampled.results[name] for by, name in zip(question.wrt, names, strict=True)
        }
        value = sampled.results.get(VALUE)
        answer = Answer(question.text, sampled.at, question.order, value, grad, dict.fromkeys(question.wrt, "ok"))
        judged = checked(program, sampled.at, answer, rtol, atol, timeout)
        verdict = judged.check
        if verdict is not None and verdict.verdict == "ill-conditioned":
            judged = judged._replace(check=_of_kernel(question, sampled, verdict, rtol, atol))
        yield sampled, judged


def _of_kernel(question: Question, sampled: Sampled, verdict: Verdict, rtol: float, atol: float) -> Verdict:
    """The verdict on a number that a compiled kernel gave: where the tape's own double is right, so must it be."""
    tape = question.expression().answer(sampled.at, wrt=question.wrt, order=question.order, check=False)
    for name, exact in verdict.exact.items():
        double = tape.grad.get(name)
        if double is not None and abs(double - exact) <= max(rtol * abs(exact), atol):
            why = f"d/d{name}: {sampled.results[dict(zip(question.wrt, _names(question), strict=True))[name]]!r}"
            return verdict._replace(verdict="differs", reason=f"{why} was written, and {exact!r} is right")
    return verdict


def _names(question: Question) -> list[str]:
    """The columns of the derivatives."""
    return [name for name in question.results if name != VALUE]


def counted(found: Sequence[str]) -> str:
    """The verdicts and how often each came.

    >>> counted(["agree", "agree", "undecided"])
    '2 agree, 1 undecided'
    """
    return ", ".join(f"{n} {verdict}" for verdict, n in Counter(found).items())
