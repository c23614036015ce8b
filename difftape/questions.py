"""Questions about programs at points, from names and values as the user gives them to an answer with its verdict.

With `digits` they are answered by `precise.py`, at the exact point.  The options of each are the fields of `Asking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import entries
from .allowed import tolerated
from .answer import Answer
from .errors import UsageError
from .graph import Program, freed
from .lexer import normal
from .point import differentiated, located


class Asking(NamedTuple):
    """How a question is asked; each field is an option of the command line (`--no-check`, `--rtol` …)."""

    check: bool = True
    rtol: float = 1e-9
    atol: float = 1e-12
    check_timeout: float = 5.0
    subgradient: bool = False
    allow_nonfinite: bool = False
    certify: bool = False
    digits: int | None = None

    def at_ties(self) -> dict[str, Any]:
        """What is to be done where there is no derivative."""
        return {"subgradient": self.subgradient, "allow_nonfinite": self.allow_nonfinite}

    def precisely(self) -> dict[str, Any]:
        """The options that matter where digits are asked for."""
        return {"check": self.check, "check_timeout": self.check_timeout, **self.at_ties()}

    def tolerances(self) -> tuple[float, float, float]:
        """The options of the check."""
        return self.rtol, self.atol, self.check_timeout


def mixed_answer(program: Program, at: Mapping[str, float], by: Sequence[str], **options: Any) -> Answer:
    """The derivative by these variables in turn."""
    how = Asking(**options)
    if how.certify:
        from . import certifying

        return certifying.mixed_answer(program, at, by, how.digits)
    if how.digits is not None:
        from .precise import precise_answer

        return precise_answer("mixed", program, at, by, how.digits, **how.precisely())
    program, point = located(program, at, by)
    by = named(program, by)
    answer = entries.mixed_answer(program, point, by, **how.at_ties())
    if not how.check:
        return answer
    from .judging import checked_mixed

    return checked_mixed(program, point, answer, *how.tolerances())


def hessian_answer(
    program: Program, at: Mapping[str, float], wrt: Sequence[str] | None = None, **options: Any
) -> Answer:
    """All second derivatives."""
    how = Asking(**options)
    if how.certify:
        from . import certifying

        return certifying.hessian_answer(program, at, wrt, how.digits)
    if how.digits is not None:
        from .precise import precise_answer

        return precise_answer("hessian", program, at, wrt, how.digits, **how.precisely())
    program, point = located(program, at, wrt)
    by = differentiated(program, wrt)
    answer = entries.hessian_answer(program, point, by, **how.at_ties())
    if not how.check:
        return answer
    from .judging import checked_hessian

    return checked_hessian(program, point, by, answer, *how.tolerances())


def taylor_answer(program: Program, at: Mapping[str, float], by: str | None, order: int, **options: Any) -> Answer:
    """The Taylor coefficients in one variable, which may be left out where there is no other."""
    how = Asking(**options)
    if how.certify:
        from . import certifying

        return certifying.taylor_answer(program, at, by, order, how.digits)
    wrt = None if by is None else (by,)
    if how.digits is not None:
        from .precise import precise_answer

        return precise_answer("taylor", program, at, wrt, how.digits, order=order, **how.precisely())
    program, point = located(program, at, wrt)
    name = one(differentiated(program, wrt))
    answer = entries.taylor_answer(program, point, name, order, **how.at_ties())
    if not how.check:
        return answer
    from .judging import checked_taylor

    return checked_taylor(program, point, name, answer, *how.tolerances())


def jacobian_answer(
    programs: Sequence[Program], at: Mapping[str, float], wrt: Sequence[str] | None = None, **options: Any
) -> Answer:
    """The first derivatives of several programs, a row each; each has some of the variables."""
    how = Asking(**options)
    if how.certify:
        from . import certifying

        return certifying.jacobian_answer(programs, at, wrt, how.digits)
    tolerated(how.rtol, how.atol)
    if how.digits is not None:
        from .precise import precise_jacobian

        return precise_jacobian(programs, at, wrt, how.digits, **how.precisely())
    programs, point, by = shared(programs, at, wrt)
    answer = entries.jacobian_answer(programs, point, by, **how.at_ties())
    if not how.check:
        return answer
    from .judging import checked_jacobian

    return checked_jacobian(programs, point, answer, *how.tolerances())


def named(program: Program, by: Sequence[str]) -> list[str]:
    """The variables of a mixed derivative; raises UsageError for none, or one that the program does not have."""
    names = [normal(name) for name in by]
    if not names:
        raise UsageError("a mixed derivative is by one variable at least")
    differentiated(program, list(dict.fromkeys(names)))
    return names


def one(names: Sequence[str]) -> str:
    """The only name; raises UsageError where there are several."""
    if len(names) > 1:
        few = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        raise UsageError(
            f"a Taylor series is in one variable, and there are {few}",
            hint=f"add --wrt {names[0]}",
            call=f"name it: {names[0]!r}",
        )
    return names[0]


def shared(
    programs: Sequence[Program], at: Mapping[str, float], wrt: Sequence[str] | None
) -> tuple[list[Program], dict[str, float], list[str]]:
    """Programs at one point: with constants that it names as variables, the point, and what to differentiate by."""
    given = {normal(name): x for name, x in at.items()}
    free = [freed(program, [*given, *map(normal, wrt or ())]) for program in programs]
    names = list(dict.fromkeys(name for program in free for name in program.variables))
    union = Program("", [(name,) for name in names], 0, {name: k for k, name in enumerate(names)}, False, False)
    if set(given) - set(names):
        located(union, given)  # raises
    point: dict[str, float] = {}
    for program in free:
        point.update(located(program, {name: given[name] for name in program.variables if name in given})[1])
    return free, {name: point[name] for name in names}, differentiated(union, wrt)
