"""The questions of the command line, each answered in full: numbers, statuses, errors, notes, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .allowed import ordered, tolerated
from .answer import Answer, Verdict
from .errors import UsageError
from .graph import Program
from .point import differentiated, located


class Answers:
    """What has a program and answers questions about it."""

    __slots__ = ()
    program: Program

    def mixed_answer(self, at: Mapping[str, float], by: Sequence[str], **options: Any) -> Answer:
        """All that `difftape grad --mixed` prints of one point; the options are those of `answer`."""
        from .questions import mixed_answer

        tolerated(**options)
        return mixed_answer(self.program, at, by, **options)

    def hessian_answer(self, at: Mapping[str, float], wrt: Sequence[str] | None = None, **options: Any) -> Answer:
        """All that `difftape hessian` prints of one point; the options are those of `answer`."""
        from .questions import hessian_answer

        tolerated(**options)
        return hessian_answer(self.program, at, wrt, **options)

    def taylor_answer(self, at: Mapping[str, float], name: str | None, order: int, **options: Any) -> Answer:
        """All that `difftape taylor` prints of one point; the options are those of `answer`."""
        from .questions import taylor_answer

        tolerated(**options)
        return taylor_answer(self.program, at, name, ordered(order, 0), **options)

    def check(
        self,
        at: Mapping[str, float],
        order: int = 1,
        wrt: Sequence[str] | None = None,
        *,
        rtol: float = 1e-9,
        atol: float = 1e-12,
        timeout: float = 5.0,
        certify: bool = False,
        judges: Sequence[str] = (),
    ) -> Verdict:
        """What independent judges say of the derivatives at a point: verdict, votes, ulps, reference, symbolic form.

        `judges` are some of sympy, tape, mpmath and arb, all of which are asked; without, sympy and the tape, and the
        others as long as these do not decide.  `certify` asks only the balls.

        >>> from difftape.expression import parse
        >>> parse("x**2").check({"x": 3}).verdict
        'agree'
        """
        if certify:
            from .certifying import check_answer

            answer = check_answer(self.program, at, wrt, order, rtol, atol)
        else:
            answer = self.answer(at, wrt=wrt, order=order, rtol=rtol, atol=atol, check_timeout=timeout, judges=judges)
        if answer.check is None:
            raise answer.error
        return answer.check

    def diagnose(self, at: Mapping[str, float], wrt: str | None = None, order: int = 1) -> Any:
        """What kind of point this is for the derivative of that order: status, left, right, limit, reason, span.

        `wrt` may be left out with one variable.

        >>> from difftape.expression import parse
        >>> parse("abs(x)").diagnose({"x": 0})[:4]
        ('kink', 0.0, -1.0, 1.0)
        >>> parse("1 + abs(x)").diagnose({"x": 0}).span
        (4, 10)
        """
        from .continuation import hard_point

        by = None if wrt is None else (wrt,)
        program, point = located(self.program, at, by)
        name, *others = differentiated(program, by)
        if others:
            raise UsageError(f"there are several variables: wrt says by which one, such as {name!r}")
        found = hard_point(program, point, name, ordered(order, 0))
        return found if found.place is None else found._replace(span=program.spans[found.place])

    def answer(
        self,
        at: Mapping[str, float],
        *,
        wrt: Sequence[str] | None = None,
        order: int = 1,
        check: bool = True,
        rtol: float = 1e-9,
        atol: float = 1e-12,
        check_timeout: float = 5.0,
        subgradient: bool = False,
        allow_nonfinite: bool = False,
        certify: bool = False,
        digits: int | None = None,
        judges: Sequence[str] | None = None,
    ) -> Answer:
        """All that `difftape grad` prints of one point: numbers, statuses, errors, notes, the verdict.

        With `certify` each number is an `Enclosure` of the true one, over all of a pair of numbers as coordinate.
        `judges` as in `check`; by default sympy, and mpmath where that is undecided.
        Never raises for what the point is; UsageError for values that are missing or left over.
        """
        if certify:
            from .certifying import derivative_answer as certified

            return certified(self.program, at, wrt, order, digits)
        from .answering import derivative_answer

        order = ordered(order)
        tolerated(rtol, atol)
        if judges:
            from .ladder import named

            judges = named(judges)
            if digits is not None:
                raise UsageError("judges are chosen for doubles: digits are compared with sympy's")
        if digits is not None:
            from .precise import precise_answer

            how: Any = {"check": check, "check_timeout": check_timeout, "subgradient": subgradient}
            return precise_answer(
                "grad", self.program, at, wrt, digits, order=order, allow_nonfinite=allow_nonfinite, **how
            )
        program, point = located(self.program, at, wrt)
        answer = derivative_answer(
            program,
            point,
            differentiated(program, wrt),
            order,
            subgradient=subgradient,
            allow_nonfinite=allow_nonfinite,
        )
        if not check:
            return answer
        from .answering import checked

        return checked(program, point, answer, rtol, atol, check_timeout, judges)

    def value_answer(
        self, at: Mapping[str, Any], *, allow_nonfinite: bool = False, certify: bool = False, digits: int | None = None
    ) -> Answer:
        """All that `difftape value` prints of one point; `certify` and `digits` as in `answer`."""
        if certify:
            from .certifying import value_answer as certified

            return certified(self.program, at, digits)
        if digits is not None:
            from .precise import precise_answer

            return precise_answer("value", self.program, at, None, digits, allow_nonfinite=allow_nonfinite)
        from .answering import value_answer

        program, point = located(self.program, at)
        return value_answer(program, point, allow_nonfinite=allow_nonfinite)
