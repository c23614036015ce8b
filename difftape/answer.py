"""What a question about an expression is answered with: plain data, which `report/` prints.

An `Answer` is about one expression at one point; a `Verdict` is what the judges said of it.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Verdict(NamedTuple):
    """What independent judges say of computed derivatives.

    `verdict`    agree, ill-conditioned, differs, undecided or skipped; of several variables the worst
    `reference`  by variable, the judge's number to 32 digits, as text
    `ulps`       by variable, how many units in the last place the tape's double is from it
    `symbolic`   by variable, the judge's derivative as a formula
    `verdicts`   by variable
    `reason`     why it is undecided, or what differs; empty when there is nothing to say
    `exact`      by variable, the right double where the tape's own was ill-conditioned
    `judges`     what each judge that was asked voted, of several variables its worst (`ladder.py`)
    `relative`   by variable, the relative error of the tape's double
    `condition`  by variable, how many times larger a relative error of the inputs is in the derivative
    """

    verdict: str
    judge: str = "sympy"
    reference: dict[str, str] = {}  # noqa: RUF012
    ulps: dict[str, float] = {}  # noqa: RUF012
    symbolic: dict[str, str] = {}  # noqa: RUF012
    verdicts: dict[str, str] = {}  # noqa: RUF012
    reason: str = ""
    exact: dict[str, float] = {}  # noqa: RUF012
    judges: dict[str, str] = {}  # noqa: RUF012
    relative: dict[str, float] = {}  # noqa: RUF012
    condition: dict[str, float] = {}  # noqa: RUF012


class Answer(NamedTuple):
    """The derivatives of one expression at one point, or why there are none.

    `grad`       by variable, in the order asked for: the derivative, or None where there is no such number; of other
                 questions by the entry's name: "x,y" of a Hessian or a mixed derivative, "1,x" in the first row of a
                 Jacobian, "0" the first Taylor coefficient; and so below
    `statuses`   by variable: ok, removable, kink, infinite, pole, jump, outside, undecided, overflow
    `sides`      by variable: "right" or "left" where the function lives on one side only
    `errors`     by variable: the error whose text says why there is no number
    `notes`      what a person should hear of although all is well (a limit was taken), a sentence each
    `rows`       of a Jacobian, each row's own answer
    `diagnosed`  the names whose numbers the diagnosis gave, right to the last digit
    `digits`     how many digits were asked for: then every number is text with so many, and the point is as given
    """

    text: str
    at: dict[str, Any]
    order: int
    value: Any
    grad: dict[str, Any]
    statuses: dict[str, str] = {}  # noqa: RUF012
    sides: dict[str, str] = {}  # noqa: RUF012
    errors: dict[str, Any] = {}  # noqa: RUF012
    notes: tuple[str, ...] = ()
    check: Verdict | None = None
    rows: tuple[Any, ...] = ()
    diagnosed: tuple[str, ...] = ()
    digits: int = 0

    @property
    def status(self) -> str:
        """The first status that is not ok."""
        return next((s for s in self.statuses.values() if s != "ok"), "ok")

    @property
    def error(self) -> Any:
        """The first error, or None."""
        return next(iter(self.errors.values()), None)
