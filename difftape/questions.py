"""Questions about programs at points, from names and values as the user gives them to an answer with its verdict.

With `digits` they are answered by `precise.py`, at the exact point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import entries
from .allowed import tolerated
from .answer import Answer
from .errors import UsageError
from .graph import Program, freed
from .lexer import normal
from .point import differentiated, located


def mixed_answer(
    program: Program,
    at: Mapping[str, float],
    by: Sequence[str],
    *,
    check: bool = True,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    check_timeout: float = 5.0,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    certify: bool = False,
    digits: int | None = None,
) -> Answer:
    """The derivative by these variables in turn."""
    if certify:
        from . import certifying

        return certifying.mixed_answer(program, at, by, digits)
    if digits is not None:
        from .precise import precise_answer

        return precise_answer(
            "mixed",
            program,
            at,
            by,
            digits,
            check=check,
            check_timeout=check_timeout,
            subgradient=subgradient,
            allow_nonfinite=allow_nonfinite,
        )
    program, point = located(program, at, by)
    by = named(program, by)
    answer = entries.mixed_answer(program, point, by, subgradient=subgradient, allow_nonfinite=allow_nonfinite)
    if not check:
        return answer
    from .judging import checked_mixed

    return checked_mixed(program, point, answer, rtol, atol, check_timeout)


def hessian_answer(
    program: Program,
    at: Mapping[str, float],
    wrt: Sequence[str] | None = None,
    *,
    check: bool = True,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    check_timeout: float = 5.0,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    certify: bool = False,
    digits: int | None = None,
) -> Answer:
    """All second derivatives."""
    if certify:
        from . import certifying

        return certifying.hessian_answer(program, at, wrt, digits)
    if digits is not None:
        from .precise import precise_answer

        return precise_answer(
            "hessian",
            program,
            at,
            wrt,
            digits,
            check=check,
            check_timeout=check_timeout,
            subgradient=subgradient,
            allow_nonfinite=allow_nonfinite,
        )
    program, point = located(program, at, wrt)
    by = differentiated(program, wrt)
    answer = entries.hessian_answer(program, point, by, subgradient=subgradient, allow_nonfinite=allow_nonfinite)
    if not check:
        return answer
    from .judging import checked_hessian

    return checked_hessian(program, point, by, answer, rtol, atol, check_timeout)


def taylor_answer(
    program: Program,
    at: Mapping[str, float],
    by: str | None,
    order: int,
    *,
    check: bool = True,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    check_timeout: float = 5.0,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    certify: bool = False,
    digits: int | None = None,
) -> Answer:
    """The Taylor coefficients in one variable, which may be left out where there is no other."""
    if certify:
        from . import certifying

        return certifying.taylor_answer(program, at, by, order, digits)
    wrt = None if by is None else (by,)
    if digits is not None:
        from .precise import precise_answer

        return precise_answer(
            "taylor",
            program,
            at,
            wrt,
            digits,
            order=order,
            check=check,
            check_timeout=check_timeout,
            subgradient=subgradient,
            allow_nonfinite=allow_nonfinite,
        )
    program, point = located(program, at, wrt)
    name = one(differentiated(program, wrt))
    answer = entries.taylor_answer(
        program, point, name, order, subgradient=subgradient, allow_nonfinite=allow_nonfinite
    )
    if not check:
        return answer
    from .judging import checked_taylor

    return checked_taylor(program, point, name, answer, rtol, atol, check_timeout)


def jacobian_answer(
    programs: Sequence[Program],
    at: Mapping[str, float],
    wrt: Sequence[str] | None = None,
    *,
    check: bool = True,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    check_timeout: float = 5.0,
    subgradient: bool = False,
    allow_nonfinite: bool = False,
    certify: bool = False,
    digits: int | None = None,
) -> Answer:
    """The first derivatives of several programs, a row each; each has some of the variables."""
    if certify:
        from . import certifying

        return certifying.jacobian_answer(programs, at, wrt, digits)
    tolerated(rtol, atol)
    if digits is not None:
        from .precise import precise_jacobian

        return precise_jacobian(
            programs,
            at,
            wrt,
            digits,
            check=check,
            check_timeout=check_timeout,
            subgradient=subgradient,
            allow_nonfinite=allow_nonfinite,
        )
    programs, point, by = shared(programs, at, wrt)
    answer = entries.jacobian_answer(programs, point, by, subgradient=subgradient, allow_nonfinite=allow_nonfinite)
    if not check:
        return answer
    from .judging import checked_jacobian

    return checked_jacobian(programs, point, answer, rtol, atol, check_timeout)


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
