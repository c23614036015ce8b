"""What is found of several numbers, each under its name: the number, or the diagnosis that stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from .answer import Answer, Verdict
from .errors import DomainError, KinkError
from .graph import Program

if TYPE_CHECKING:
    from .diagnosis import Diagnosis


class Findings:
    """The numbers of one answer as they are found, with their statuses, sides, errors and notes."""

    def __init__(self, program: Program, at: Mapping[str, Any], allow_nonfinite: bool = False) -> None:
        self.program = program
        self.at = at
        self.allow_nonfinite = allow_nonfinite
        self.numbers: dict[str, float | None] = {}
        self.statuses: dict[str, str] = {}
        self.sides: dict[str, str] = {}
        self.errors: dict[str, DomainError] = {}
        self.notes: list[str] = []
        self.by_diagnosis: list[str] = []

    def put(self, key: str, number: float) -> None:
        """A plain number."""
        self.numbers[key], self.statuses[key] = number, "ok"

    def diagnosed(
        self,
        key: str,
        what: str,
        known: Diagnosis,
        number: float | None,
        subgradient: Callable[[], float | None] | None = None,
    ) -> None:
        """A number at a hard point, or why there is none; `what` is what a person calls it (d/dx).

        `subgradient` gives what is printed at a kink, if that is wanted.
        """
        if number is None and known.status == "kink":
            number = subgradient() if subgradient is not None else None
        elif number is None and self.allow_nonfinite and known.status != "undecided":
            number = nan if known.limit is None else known.limit
        self.numbers[key], self.statuses[key] = number, known.status
        self.by_diagnosis.append(key)
        if known.side:
            self.sides[key] = known.side
        if number is None:
            label = what if len(self.program.variables) > 1 else ""
            error = self.errors[key] = domain_error(self.program, self.at, label, known)
            if subgradient is not None:
                error.hint = error.call = "the functions' own conventions give no finite number there either"
        elif known.status != "ok" or known.side:
            self.notes.append(note(what, known))

    def same(self, key: str, other: str) -> None:
        """What is under the other name, for it is the same number."""
        self.numbers[key], self.statuses[key] = self.numbers[other], self.statuses[other]
        if other in self.by_diagnosis:
            self.by_diagnosis.append(key)
        if other in self.sides:
            self.sides[key] = self.sides[other]
        if other in self.errors:
            self.errors[key] = self.errors[other]

    def answer(self, order: int, value: float | None) -> Answer:
        """All that was found."""
        notes = tuple(dict.fromkeys(self.notes))
        text, at = self.program.text, dict(self.at)
        found = Answer(text, at, order, value, self.numbers, self.statuses, self.sides, self.errors, notes)
        return found._replace(diagnosed=tuple(self.by_diagnosis))


def note(what: str, known: Diagnosis) -> str:
    """What a person should hear of a number that is not a plain derivative."""
    if known.status == "kink":
        return f"{what}: {known.reason}; printed is the subgradient by convention"
    if known.status == "removable":
        return f"{what}: removable: {known.reason}"
    if known.side and known.status == "ok":
        return f"{what}: one-sided: the function lives on the {known.side} side only"
    return f"{what}: {known.reason}"


def domain_error(program: Program, at: Mapping[str, Any], what: str, known: Diagnosis) -> DomainError:
    """The error that says what a diagnosis found, with the point and the place in the text."""
    hint = call = ""
    if known.status == "kink":
        hint = "--subgradient takes each function's own convention there"
        call = hint.replace("--subgradient", "subgradient=True")
    elif known.status == "infinite" and known.limit is not None:
        hint = f"--allow-nonfinite prints {known.limit}"
        call = f"answer(…, allow_nonfinite=True) has {known.limit}"
    shown = list(at.items())
    place = ", ".join(f"{n}={x!r}" for n, x in shown[:8]) + (", …" if len(shown) > 8 else "")
    kind = KinkError if known.status == "kink" else DomainError
    return kind(
        f"{what}: {known.reason}" if what else known.reason,
        status=known.status,
        left=known.left,
        right=known.right,
        limit=known.limit,
        span=None if known.place is None else program.spans[known.place],
        source=program.text,
        hint=hint,
        place=place,
        call=call,
    )


def written(by: Mapping[str, int]) -> str:
    """How a derivative is written.

    >>> written({"x": 1}), written({"x": 2, "y": 1})
    ('d/dx', 'd3/dx2dy')
    """
    order = sum(by.values())
    n = "" if order == 1 else str(order)
    return f"d{n}/" + "".join(f"d{name}{'' if k == 1 else k}" for name, k in by.items())


def judged(program: Program, answer: Answer, verdict: Verdict) -> Answer:
    """The answer with a verdict: the right double where one was ill-conditioned, or that it exceeds a double."""
    exact = {key: x for key, x in verdict.exact.items() if key not in answer.diagnosed}
    answer = answer._replace(check=verdict, grad={**answer.grad, **exact})
    for key in [key for key, x in exact.items() if not isfinite(x)]:
        error = domain_error(program, answer.at, key if len(exact) > 1 else "", overflow(program))
        answer.grad[key] = None
        answer = answer._replace(statuses={**answer.statuses, key: "overflow"}, errors={**answer.errors, key: error})
    return answer


def limits(answer: Answer) -> dict[str, str]:
    """The numbers that the diagnosis found as limits, with the side that the function lives on, or ""."""
    return {
        key: answer.sides.get(key, "") for key in answer.diagnosed if answer.statuses.get(key) in ("ok", "removable")
    }


def overflow(program: Program) -> Diagnosis:
    """The diagnosis of a number that is known and exceeds a double."""
    from .diagnosis import Diagnosis

    return Diagnosis("overflow", place=program.root, reason="overflow: the true value exceeds the largest double")
