"""Questions that are asked of Python functions, which give a function, and of expressions, which give numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .expression import Expression, parse
from .recorded import recorded

By = Sequence[int | str]


def hessian(what: Any, *where: Any, **options: Any) -> Any:
    """All second derivatives: of a Python function as a function, of an expression at a point as rows.

    >>> hessian(lambda x: x**3)(2.0)
    12.0
    >>> hessian(parse("x**2*y"), {"x": 3, "y": 2})
    {'x': {'x': 4.0, 'y': 6.0}, 'y': {'x': 6.0, 'y': 0.0}}
    """
    if is_expression(what):
        return expression(what).hessian(*where, **options)
    from .tape import transforms

    return transforms.hessian(what, *where, **options)


def jacobian(what: Any, *where: Any, **options: Any) -> Any:
    """First derivatives of all results: of a Python function as a function, of expressions at a point, a row each.

    >>> jacobian(lambda x: x * x)(3.0)
    6.0
    >>> jacobian([parse("x*y"), parse("x + y")], {"x": 3, "y": 2})
    [{'x': 2.0, 'y': 3.0}, {'x': 1.0, 'y': 1.0}]
    """
    if callable(what) and not is_expression(what):
        from .tape import transforms

        return transforms.jacobian(what, *where, **options)
    return _rows([what] if is_expression(what) else list(what), *where, **options)


def _rows(
    what: Sequence[Any],
    at: Mapping[str, Any],
    wrt: Sequence[str] | None = None,
    subgradient: bool = False,
    digits: int | None = None,
) -> list[dict[str, Any]]:
    from .questions import jacobian_answer

    programs = [expression(e).program for e in what]
    answer = jacobian_answer(programs, at, wrt, check=False, subgradient=subgradient, digits=digits)
    if answer.error is not None:
        raise answer.error
    return [dict(row.grad) for row in answer.rows]


def taylor(what: Any, *where: Any, **options: Any) -> Any:
    """The Taylor coefficients to an order: of a Python function by one argument, of an expression by one variable.

    >>> import difftape as dt
    >>> taylor(lambda x: dt.exp(2 * x), 3)(0.0)
    [1.0, 2.0, 2.0, 1.3333333333333333]
    >>> taylor(parse("exp(2*x)"), "x", {"x": 0}, 2)
    [1.0, 2.0, 2.0]
    """
    return expression(what).taylor(*where, **options) if is_expression(what) else _series(what, *where, **options)


def _series(f: Callable[..., Any], order: int, argnum: int | str = 0) -> Callable[..., list[float]]:
    """The function that gives f's Taylor coefficients by one argument."""

    def call(*args: Any) -> list[float]:
        names = _names(args)
        e = recorded(f, names, args)
        name, at = names[_argument(f, argnum, args)], _kept(e, names, args)
        return e.taylor(name, at, order) if name in e.variables else [e.value(at), *[0.0] * order]

    return call


def mixed(what: Any, by: By, *where: Any, **options: Any) -> Any:
    """The derivative by these in turn: of a Python function by arguments (numbers or names), of an expression.

    >>> mixed(lambda x, y: x**3 * y, [0, 0, 1])(2.0, 5.0)
    12.0
    >>> mixed(parse("x**3*y"), ["x", "x", "y"], {"x": 2, "y": 5})
    12.0
    """
    if is_expression(what):
        names: Any = by
        return expression(what).mixed(names, *where, **options)

    def call(*args: Any) -> Any:
        names = _names(args)
        e = recorded(what, names, args)
        wanted = [names[_argument(what, k, args)] for k in by]
        if not set(wanted) <= set(e.variables):
            return 0.0
        return e.mixed(wanted, _kept(e, names, args))

    return call


def is_expression(what: Any) -> bool:
    """Whether it is an expression, or a text that stands for one."""
    return isinstance(what, (Expression, str))


def expression(what: Any) -> Expression:
    """The expression that it is, or that it stands for."""
    if isinstance(what, Expression):
        return what
    if isinstance(what, str):
        return parse(what)
    raise TypeError(f"an expression or a Python function is expected, not {type(what).__name__}")


def _names(args: Sequence[Any]) -> list[str]:
    return [f"x{k}" for k in range(len(args))]


def _argument(f: Callable[..., Any], k: int | str, args: Sequence[Any]) -> int:
    """The place of an argument that is given by its place or its name."""
    if isinstance(k, str):
        names = list(inspect.signature(f).parameters)
        if k not in names:
            raise ValueError(f"there is no argument {k} among {', '.join(names)}")
        k = names.index(k)
    if not -len(args) <= k < len(args):
        raise ValueError(f"there is no argument {k} among {len(args)}")
    return k % len(args)


def _kept(e: Expression, names: Sequence[str], args: Sequence[Any]) -> dict[str, float]:
    return {name: float(x) for name, x in zip(names, args, strict=True) if name in e.variables}
