"""Expressions for programs that use difftape: every question of the command line is one call here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from . import seeing
from .allowed import ordered
from .answer import Answer
from .answers import Answers
from .derivatives import Singular, gradient, value
from .graph import Program, Step, postorder, variable_places
from .operand import Operand
from .parser import MAX_NODES
from .parser import parse as _parse
from .point import differentiated, located
from .printer import printed
from .table.choice import where

if TYPE_CHECKING:
    from .compiled import Compiled


class Expression(Answers, Operand):
    """A mathematical expression: differentiated at points, checked, combined with others.

    `text` is what was parsed; `str(e)` is printed from the graph and parses to the same expression.
    Two expressions are equal when they have the same structure.

    >>> e = parse("x**2 * sin(y)")
    >>> e.variables
    ('x', 'y')
    >>> e.gradient({"x": 3, "y": 0})
    {'x': 0.0, 'y': 9.0}
    """

    __slots__ = ("program",)

    def __init__(self, program: Program) -> None:
        self.program = program

    @property
    def text(self) -> str:
        """What was parsed."""
        return self.program.text

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables, in order of first appearance; a constant (pi) is not among them."""
        return self.program.variables

    @overload
    def value(self, at: Mapping[str, Any], digits: None = None) -> float: ...
    @overload
    def value(self, at: Mapping[str, Any], digits: int) -> str: ...
    def value(self, at: Mapping[str, Any], digits: int | None = None) -> Any:
        """The value at a point; where it is 0/0 and the like, its limit.

        With `digits`, here and in the other questions, numbers are texts of that many right digits.  The literals of
        the expression are exact then (0.1 is one tenth), and the values of the point: texts ('1/3', 'pi/3', '0.1'),
        Fractions, Decimals, ints, or floats, which are the binary numbers they are.

        Raises UsageError for a variable without a value, DomainError where there is no finite value.

        >>> parse("sin(x)/x").value({"x": 0})
        1.0
        >>> parse("0.1*x").value({"x": "pi"}, digits=30)
        '0.314159265358979323846264338328'
        """
        if digits is not None:
            exactly = self.value_answer(at, digits=digits)
            return _number(exactly.value, exactly)
        program, point = located(self.program, at)
        try:
            return value(program, point)
        except Singular:
            return _number(self.value_answer(at).value, self.value_answer(at))

    @overload
    def gradient(
        self, at: Mapping[str, Any], wrt: Sequence[str] | None = None, subgradient: bool = False, digits: None = None
    ) -> dict[str, float]: ...
    @overload
    def gradient(
        self, at: Mapping[str, Any], wrt: Sequence[str] | None = None, subgradient: bool = False, *, digits: int
    ) -> dict[str, str]: ...
    def gradient(
        self,
        at: Mapping[str, Any],
        wrt: Sequence[str] | None = None,
        subgradient: bool = False,
        digits: int | None = None,
    ) -> dict[str, Any]:
        """The first derivatives at a point, by the variables of `wrt` in that order (default: all).

        Raises UsageError for a variable without a value; where there is no finite derivative DomainError,
        KinkError with `left` and `right` at a kink (unless `subgradient`).

        >>> parse("abs(x)").gradient({"x": 0}, subgradient=True)
        {'x': 0.0}
        >>> parse("x**2").gradient({"x": "1/3"}, digits=20)
        {'x': '0.66666666666666666667'}
        """
        if digits is not None:
            exactly = self.answer(at, wrt=wrt, check=False, subgradient=subgradient, digits=digits)
            return {name: _number(d, exactly) for name, d in exactly.grad.items()}
        program, point = located(self.program, at, wrt)
        try:
            return gradient(program, point, differentiated(program, wrt))[1]
        except Singular:
            answer = self.answer(at, wrt=wrt, check=False, subgradient=subgradient)
            return {name: _number(d, answer) for name, d in answer.grad.items()}

    @overload
    def derivatives(self, name: str, at: Mapping[str, Any], order: int, digits: None = None) -> list[float]: ...
    @overload
    def derivatives(self, name: str, at: Mapping[str, Any], order: int, digits: int) -> list[str]: ...
    def derivatives(self, name: str, at: Mapping[str, Any], order: int, digits: int | None = None) -> list[Any]:
        """f, f', …, f⁽ⁿ⁾ by one variable at a point, all from one Taylor series.

        >>> parse("exp(2*x)").derivatives("x", {"x": 0}, 3)
        [1.0, 2.0, 4.0, 8.0]
        """
        order = ordered(order, 0)
        if digits is not None:
            from .precise import precise_derivatives

            return precise_derivatives(self.program, at, name, order, digits)
        program, point = located(self.program, at, (name,))
        name = differentiated(program, (name,))[0]
        from .findings import overflow
        from .orders import nth

        try:
            return nth(program, point, name, order)
        except Singular as singular:
            found = overflow(program) if singular.overflows else self.diagnose(at, name, order)
            if found.derivatives is None:
                raise self._error(program, point, name, found) from None
            return list(found.derivatives)

    @overload
    def taylor(self, name: str, at: Mapping[str, Any], order: int, digits: None = None) -> list[float]: ...
    @overload
    def taylor(self, name: str, at: Mapping[str, Any], order: int, digits: int) -> list[str]: ...
    def taylor(self, name: str, at: Mapping[str, Any], order: int, digits: int | None = None) -> list[Any]:
        """The Taylor coefficients c[0 … order] in one variable at a point: c[k] is the kth derivative by k!.

        >>> parse("1/(1 - x)").taylor("x", {"x": 0}, 4)
        [1.0, 1.0, 1.0, 1.0, 1.0]
        """
        answer = self.taylor_answer(at, name, order, check=False, digits=digits)
        return [_number(c, answer) for c in answer.grad.values()]

    @overload
    def mixed(
        self, by: Sequence[str], at: Mapping[str, Any], subgradient: bool = False, digits: None = None
    ) -> float: ...
    @overload
    def mixed(self, by: Sequence[str], at: Mapping[str, Any], subgradient: bool = False, *, digits: int) -> str: ...
    def mixed(
        self, by: Sequence[str], at: Mapping[str, Any], subgradient: bool = False, digits: int | None = None
    ) -> Any:
        """The derivative by these variables in turn; the same one may come again.

        >>> parse("x**3*y").mixed(["x", "x", "y"], {"x": 2, "y": 5})
        12.0
        """
        answer = self.mixed_answer(at, by, check=False, subgradient=subgradient, digits=digits)
        return _number(next(iter(answer.grad.values())), answer)

    @overload
    def hessian(
        self, at: Mapping[str, Any], wrt: Sequence[str] | None = None, subgradient: bool = False, digits: None = None
    ) -> dict[str, dict[str, float]]: ...
    @overload
    def hessian(
        self, at: Mapping[str, Any], wrt: Sequence[str] | None = None, subgradient: bool = False, *, digits: int
    ) -> dict[str, dict[str, str]]: ...
    def hessian(
        self,
        at: Mapping[str, Any],
        wrt: Sequence[str] | None = None,
        subgradient: bool = False,
        digits: int | None = None,
    ) -> dict[str, dict[str, Any]]:
        """All second derivatives at a point, by pairs of the variables of `wrt` (default: all).

        With more than 1000 variables a row keeps what is not 0 for all points, and gives 0.0 for the others.

        >>> parse("x**2*y").hessian({"x": 3, "y": 2})
        {'x': {'x': 4.0, 'y': 6.0}, 'y': {'x': 6.0, 'y': 0.0}}
        """
        return self._value_and_hessian(at, wrt, subgradient, digits)[1]

    def value_and_hessian(
        self, at: Mapping[str, float], wrt: Sequence[str] | None = None, subgradient: bool = False
    ) -> tuple[float, dict[str, dict[str, float]]]:
        """The value and all second derivatives at a point."""
        value, rows = self._value_and_hessian(at, wrt, subgradient)
        return self.value(at) if value is None else value, rows

    def _value_and_hessian(
        self, at: Mapping[str, Any], wrt: Sequence[str] | None, subgradient: bool, digits: int | None = None
    ) -> tuple[float | None, dict[str, dict[str, float]]]:
        from .entries import rows
        from .pairs import hessian

        if digits is None:
            program, point = located(self.program, at, wrt)
            names = differentiated(program, wrt)
            try:
                curved = hessian(program, point, names)
                return curved.value, rows(curved.pairs, names)
            except Singular:
                pass
        answer = self.hessian_answer(at, wrt, check=False, subgradient=subgradient, digits=digits)
        names = list(dict.fromkeys(key.partition(",")[0] for key in answer.grad))
        found = {tuple(key.split(",")): _number(d, answer) for key, d in answer.grad.items()}
        return answer.value, {a: {b: found[a, b] for b in names} for a in names}

    def compile(
        self,
        order: int = 1,
        wrt: Sequence[str] | None = None,
        *,
        hessian: bool = False,
        engine: str = "auto",
        threads: int | None = None,
    ) -> Compiled:
        """The value and the derivatives as a callable for one point or arrays of points.

        `engine` is scalar, blocked or jit (extra `jit`), or chosen by the number of rows; `threads` at most.

        >>> f = parse("exp(2*x)").compile(order=2)
        >>> f({"x": 0.0})
        {'x': [1.0, 2.0, 4.0]}
        """
        from .compiled import Compiled

        return Compiled(self.program, order, wrt, hessian, engine, threads)

    def map(self, source: str, target: str, **options: Any) -> Any:
        """The derivatives at every row of a file, written to another: all that `difftape map` does.

        The options are those of `difftape.mapping.calling.map_rows`; returned is how many rows there were, how many
        failed, and the first of these.

        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     points, grads = pathlib.Path(folder, "points.csv"), pathlib.Path(folder, "grads.csv")
        ...     _ = points.write_text("x\\n3\\n")
        ...     found = parse("x**2").map(str(points), str(grads))
        ...     print(grads.read_text(), end="")
        x,d_x,error
        3.0,6.0,
        >>> found.summary.rows
        1
        """
        from .mapping.calling import map_rows

        return map_rows(self.text, source, target, **options)

    diff = seeing.diff
    sheet = seeing.sheet
    trace = seeing.trace
    graph = seeing.graph
    plot = seeing.plot
    explain = seeing.explain
    to_latex = seeing.to_latex
    to_python = seeing.to_python
    to_c = seeing.to_c
    _repr_latex_ = seeing.repr_latex

    def subs(self, replacements: Mapping[str, Any]) -> Expression:
        """The expression with expressions or numbers in place of variables.

        >>> str(parse("x**2").subs({"x": parse("y + 1")}))
        '(y + 1)**2'
        """
        from .combining import replaced

        return from_steps(replaced(self.program, replacements))

    def apply(self, primitive: Any, operands: tuple[Any, ...]) -> Expression:
        """Expressions combine by operators and functions of the table; conditions are written in text."""
        from .combining import applied

        return from_steps(applied(primitive, operands))

    def to_sympy(self) -> Any:
        """The expression as sympy's, with real symbols of the same names."""
        from .symbolic import to_sympy

        return to_sympy(self.program.steps, self.program.root)

    def _error(self, program: Program, point: Mapping[str, float], name: str, found: Any) -> Exception:
        from .findings import domain_error

        what = f"d/d{name}" if len(program.variables) > 1 else ""
        return domain_error(program, point, what, found)

    def _structure(self) -> tuple[Step, ...]:
        return tuple(postorder(self.program.steps, self.program.root))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._structure() == other._structure()

    def __bool__(self) -> bool:
        from .combining import CHOICE

        raise TypeError("an expression has no truth value; " + CHOICE)

    def __hash__(self) -> int:
        return hash(self._structure())

    def __str__(self) -> str:
        return printed(self.program.steps, self.program.root)

    def __repr__(self) -> str:
        return f"<Expression {str(self)!r}>"

    def __reduce__(self) -> Any:
        return from_steps, (list(self._structure()), self.text)


def parse(text: str, variables: Collection[str] = (), max_nodes: int = MAX_NODES) -> Expression:
    """The expression that a text stands for.

    `variables` are constants of the language (pi, e, tau) to be taken as variables.  Raises ParseError with
    the place and a mend; LimitError for more than `max_nodes` nodes.

    >>> str(parse("2*x^2"))
    '2*x**2'
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression is a text, not a {type(text).__name__}")
    return Expression(_parse(text, variables, max_nodes))


def _number(number: Any, answer: Answer) -> Any:
    if number is None:
        raise answer.error
    return number


def from_steps(steps: list[Step], text: str | None = None) -> Expression:
    """The expression whose value is the last of the steps."""
    root = len(steps) - 1
    primitives = [step[0] for step in steps if len(step) > 1]
    has_ties = any(p.tie is not None for p in primitives)
    program = Program(
        printed(steps, root) if text is None else text,
        steps,
        root,
        variable_places(steps),
        has_ties,
        where in primitives,
    )
    return Expression(program)
