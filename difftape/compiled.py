"""Expressions compiled for many points: one call gives the value and all derivatives, of floats or of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

from .allowed import ordered
from .engines.building import kernel
from .engines.choosing import FEW, MANY, built, chosen
from .engines.kernel import Kernel
from .engines.nesting import filled, nested, paired, rendered
from .engines.scalar import Source, compiled
from .errors import UsageError
from .graph import Program, freed
from .lexer import normal
from .point import differentiated
from .table.choice import where

_JIT_ROWS = 200_000  # rows of one call from which machine code pays, for there will be other calls


class Compiled:
    """An expression's value and derivatives as a callable: `f(at)`, or `f(at, out)` to fill what an earlier call gave.

    `at` gives each variable a number or an array; arrays are broadcast.  Of order 1 the result is the value and a
    mapping of first derivatives; of order 0 the value; of order n a list [f, f', …] for each variable; with `hessian`
    the value and rows of second derivatives.  At one point it is what `Expression.gradient` gives: a limit where that
    is the derivative, DomainError where there is none.  In arrays ties take each function's own convention, and inf and
    nan flow, as on a tape; `doubtful(at)` says where.  `program` is what is run.

    >>> from difftape.expression import parse
    >>> f = parse("x**2*y").compile()
    >>> f({"x": 3.0, "y": 2.0})
    (18.0, {'x': 12.0, 'y': 9.0})
    """

    def __init__(
        self, program: Program, order: int, wrt: Sequence[str] | None, hessian: bool, engine: str, threads: int | None
    ) -> None:
        self.source = freed(program, [normal(name) for name in wrt or ()])
        self.wrt = tuple(differentiated(self.source, wrt) if self.source.variables or wrt else ())
        self.order = ordered(order, 0)
        self.hessian = hessian
        if hessian and order not in (1, 2):
            raise UsageError(f"a Hessian is of order 2, not {order}")
        self.engine = engine
        self.threads = _counted(threads)
        self.program, self.names = kernel(self.source, self.wrt, self.order, hessian)
        chosen(engine, 0, self.program)
        self._one: Callable[[Mapping[str, Any], Any], Any] = self._first
        self._arrays: Any = None
        self._pool: Any = None

    def __call__(self, at: Mapping[str, Any], out: Any = None) -> Any:
        """The value and the derivatives at a point, or at arrays of points."""
        return self._one(at, out)

    def __reduce__(self) -> Any:
        return Compiled, (self.source, self.order, self.wrt, self.hessian, self.engine, self.threads)

    def __repr__(self) -> str:
        return f"<compiled {self.source.text!r} by {', '.join(self.wrt)}>"

    def doubtful(self, at: Mapping[str, Any]) -> Any:
        """Where the numbers of arrays are not to be trusted: a tie, or something that is not finite on the way.

        >>> import numpy as np
        >>> from difftape.expression import parse
        >>> parse("abs(x)").compile().doubtful({"x": np.array([-1.0, 0.0])})
        array([False,  True])
        """
        import numpy as np

        columns, shape = self._columns(at)
        guarded, _ = kernel(self.source, self.wrt, self.order, self.hessian, guarded=True)
        rows = len(columns[0]) if columns else 1
        doubts = np.zeros(rows, np.uint8)
        out = [np.empty(rows) for _ in guarded.outputs]
        built("blocked", guarded).run(columns, out, 0, rows, doubts)
        return doubts.astype(bool).reshape(shape)

    def _first(self, at: Mapping[str, Any], out: Any) -> Any:
        """The first point of all: only now is the function for one point generated."""
        if out is not None or not isinstance(at, Mapping) or _has_arrays(at):
            return self._general(at, out)
        self._one = self._at_one_point()
        return self._one(at, out)

    def _at_one_point(self) -> Callable[[Mapping[str, Any], Any], Any]:
        """The generated function for a dict of floats; all else goes on to `_general`."""
        guarded, names = kernel(self.source, self.wrt, self.order, self.hessian, guarded=True)
        inputs = [f"x{k}" for k in range(len(guarded.inputs))]
        source = Source(guarded, inputs)
        keys = {name: f"n{k}" for k, name in enumerate(dict.fromkeys((*guarded.inputs, *self.wrt)))}
        results = dict(zip(names, (source.texts[p] for p in guarded.outputs), strict=True))
        known = {key: name for name, key in keys.items()}
        text = rendered(self._nested(results), keys)
        lines = _point_lines(guarded, source, keys, text)
        return compiled("one", "at, out=None", lines, {**source.names, **known, "general": self._general, "inf": inf})

    def _nested(self, results: Mapping[tuple[str, ...], Any]) -> Any:
        return nested(results, self.wrt, self.order, self.hessian)

    def _general(self, at: Mapping[str, Any], out: Any) -> Any:
        """Numbers of any kind, arrays, hard points, and what is refused."""
        if not isinstance(at, Mapping):
            raise TypeError(f"a point is a mapping of names to numbers or arrays, not a {type(at).__name__}")
        if out is None and not _has_arrays(at):
            return self._hard(at)
        return self._of_arrays(at, out)

    def _hard(self, at: Mapping[str, Any]) -> Any:
        """The answer at one point by the expression's own methods, which know limits and say what is wrong."""
        from .expression import Expression

        e = Expression(self.source)
        results: dict[tuple[str, ...], Any] = {(): e.value(at)}
        if self.hessian:
            results[()], rows = e.value_and_hessian(at, self.wrt)
            results.update({(a, b): rows[a][b] for a in self.wrt for b in self.wrt})
        if self.hessian or self.order == 1:
            results.update({(name,): d for name, d in (e.gradient(at, self.wrt) if self.wrt else {}).items()})
        elif self.order > 1:
            for name in self.wrt:
                results.update({(name,) * k: d for k, d in enumerate(e.derivatives(name, at, self.order))})
        return self._nested(results)

    def _of_arrays(self, at: Mapping[str, Any], out: Any) -> Any:
        import numpy as np

        from .engines.threads import divided

        columns, shape = self._columns(at)
        rows = len(columns[0]) if columns else 1
        given: list[tuple[int, Any]] = []
        if out is None:
            targets = self._lent(rows)
        else:
            given = list(paired(self._nested({name: k for k, name in enumerate(self.names)}), out))
            targets = filled(given, shape, len(self.names))
            columns = [c.copy() if any(np.may_share_memory(c, x) for x in targets) else c for c in columns]
        engine = self._runner(rows)
        divided(lambda begin, end: engine.run(columns, targets, begin, end), rows, self.threads)
        if out is None:
            shaped = [x if x.shape == shape else x.reshape(shape) for x in targets]
            return self._nested(dict(zip(self.names, shaped, strict=True)))
        for k, x in given:
            if not np.may_share_memory(x, targets[k]):  # a second place for the same result
                x[...] = targets[k].reshape(shape)
        return out

    def _columns(self, at: Mapping[str, Any]) -> tuple[list[Any], tuple[int, ...]]:
        """Each input as a contiguous array of doubles, and the shape that they have in common."""
        import numpy as np

        given = {normal(name): x for name, x in at.items()}
        for name in self.program.inputs:
            if name not in given:
                raise UsageError(f"no value for {name}", call=f"at={{{name!r}: …}} gives one")
        for name in given:
            if name not in self.program.inputs:
                raise UsageError(f"no expression has the variable {name}")
        arrays = [_doubles(name, given[name]) for name in self.program.inputs]
        try:
            shape = np.broadcast_shapes(*(x.shape for x in arrays))
        except ValueError:
            shapes = ", ".join(f"{name} {x.shape}" for name, x in zip(self.program.inputs, arrays, strict=True))
            raise ValueError(f"arrays of these shapes do not fit together: {shapes}") from None
        return [np.ascontiguousarray(np.broadcast_to(x, shape)).reshape(-1) for x in arrays], shape

    def _lent(self, rows: int) -> list[Any]:
        """A flat array of the pool for each result."""
        if self._pool is None:
            from .engines.pool import Pool

            self._pool = Pool()
        return [self._pool.array(rows) for _ in self.names]

    def _runner(self, rows: int) -> Any:
        """The engine, chosen when the first arrays are met."""
        if self._arrays is None:
            many = MANY if self.engine == "auto" and rows >= _JIT_ROWS else FEW + 1
            name = chosen(self.engine, many, self.program)
            self._arrays = built("blocked" if name == "scalar" else name, self.program)
        return self._arrays


def _point_lines(guarded: Kernel, source: Source, keys: Mapping[str, str], result: str) -> list[str]:
    """The body of the function for one point: anything unusual is left to `general`."""
    inputs = [f"x{k}" for k in range(len(guarded.inputs))]
    shown = {step[0] for step in guarded.steps}  # what is not finite comes out of these, unless in a branch
    hidden = [x for x, name in zip(inputs, guarded.inputs, strict=True) if where in shown or name not in shown]
    looked = dict.fromkeys([*hidden, *[source.texts[p] for p in guarded.finite]])
    sound = [f"-inf < {' + '.join(looked)} < inf"] if looked else []
    sound += [f"not {source.texts[p]}" for p in guarded.ties]
    usual = [f"len(at) == {len(inputs)}", "out is None", *(f"{x}.__class__ is float" for x in inputs)]
    return [
        "try:",
        *(f"    {x} = at[{keys[name]}]" for x, name in zip(inputs, guarded.inputs, strict=True)),
        f"    if {' and '.join(usual)}:",
        *(f"        {line}" for line in source.lines),
        f"        if {' and '.join(sound) or 'True'}:",
        f"            return {result}",
        "except (KeyError, TypeError, ValueError, ArithmeticError):",
        "    pass",
        "return general(at, out)",
    ]


def _has_arrays(at: Mapping[str, Any]) -> bool:
    return any(getattr(x, "ndim", 0) or isinstance(x, (list, tuple)) for x in at.values())


def _counted(threads: int | None) -> int | None:
    """A number of threads, or None for as many as there are processors."""
    if threads is None:
        return None
    if not isinstance(threads, int) or isinstance(threads, bool):
        raise TypeError(f"a number of threads is a whole number, not a {type(threads).__name__}")
    if threads < 1:
        raise UsageError(f"{threads} threads: there is at least one")
    return threads


def _doubles(name: str, x: Any) -> Any:
    """What is given for a variable as an array of doubles; raises TypeError for what is no real number."""
    import numpy as np

    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"the values of {name} are real numbers, not {array.dtype}")
    return array.astype(np.float64, copy=False)
