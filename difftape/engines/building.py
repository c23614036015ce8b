"""A program's questions as kernels: derive, simplify, and say where the results are not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Program
from ..primitives import Primitive
from ..uncollected import uncollected
from .deriving import Name, derived
from .guarding import guards
from .kernel import Kernel
from .simplifying import simplified


def kernel(
    program: Program,
    wrt: Sequence[str],
    order: int = 1,
    hessian: bool = False,
    guarded: bool = False,
    engine: str = "",
) -> tuple[Kernel, tuple[Name, ...]]:
    """The kernel of the value and the derivatives, and by what each of its results is differentiated.

    `guarded`: with what must be looked at in each row.  For the engine jit, functions that have vector code of their
    own stay whole.

    >>> from difftape.parser import parse
    >>> print(kernel(parse("x**2"), ["x"])[0])
    v0 = x
    v1 = 2.0
    v2 = v0 * v0
    v3 = v1 * v0
    f = v2
    df/dx = v3
    """
    whole = _has_vector_code if engine == "jit" else _never
    with uncollected():
        found = derived(program, wrt, order, hessian, guarded)
        results = list(found.results.values())
        steps, places = simplified(found.graph.steps, [*results, *found.ties, *found.dropped], True, whole)
    names = tuple(found.results)
    count = len(results), len(results) + len(found.ties)
    outputs, ties = places[: count[0]], [p for p in places[count[0] : count[1]] if len(steps[p]) > 1]
    dropped = [p for p in places[count[1] :] if steps[p][0].__class__ is not float]
    heads = tuple(map(head, names))
    if not guarded:
        return Kernel(program.variables, tuple(steps), tuple(outputs), heads), names
    steps, known = guards(steps, outputs, ties, dropped)
    return Kernel(program.variables, tuple(steps), tuple(outputs), heads, tuple(known.finite), tuple(known.ties)), names


def _has_vector_code(primitive: Primitive) -> bool:
    return primitive.llvm is not None or bool(primitive.libm)


def _never(primitive: Primitive) -> bool:
    return False


def head(name: Name) -> str:
    """What a result is called.

    >>> head(()), head(("x",)), head(("x", "x", "y"))
    ('f', 'df/dx', 'd3f/dxdxdy')
    """
    if not name:
        return "f"
    order = "" if len(name) == 1 else str(len(name))
    return f"d{order}f/" + "".join("d" + x for x in name)
