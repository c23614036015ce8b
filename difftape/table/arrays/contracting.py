"""Products that sum: matmul, dot, outer, tensordot and einsum, each linear in every operand."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ...shapes import from_end, shape_of
from .kind import ArrayPrimitive, linear, numpy_function
from .shaping import broadcast_to, lifted, reshape, sum_to, transpose, turned

matrix_product: ArrayPrimitive = linear(
    "matmul",
    lambda a, b: np.matmul(a, b),
    lambda g, a, b: sum_to(matrix_product(g, turned(b)), shape_of(a)),
    lambda g, a, b: sum_to(matrix_product(turned(a), g), shape_of(b)),
    batch=lambda size, flags, a, b: matrix_product(*levelled(flags, a, b)),
    doc="the product of matrices, which the last two axes are",
)


def levelled(flags: tuple[bool, ...], *operands: Any) -> list[Any]:
    """Operands of which the flagged are batches, lifted so that the axes of all stand over one another."""
    ndim = max(len(shape_of(x)) - f for x, f in zip(operands, flags, strict=True))
    return [lifted(x, ndim + 1) if f else x for x, f in zip(operands, flags, strict=True)]


@numpy_function()
def matmul(x1: Any, x2: Any) -> Any:
    """The matrix product; a single axis is a row on the left, a column on the right."""
    a, b = shape_of(x1), shape_of(x2)
    if not a or not b:
        raise ValueError("matmul: an operand has no axes: use * for a product with a number")
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        raise ValueError(f"matmul: shapes {a} and {b} do not match: {a[-1]} is not {b[-2 if len(b) > 1 else 0]}")
    x1 = reshape(x1, (1, *a)) if len(a) == 1 else x1
    x2 = reshape(x2, (*b, 1)) if len(b) == 1 else x2
    y = matrix_product(x1, x2)
    if len(a) == 1 or len(b) == 1:
        own = shape_of(y)
        own = own[:-1] if len(b) == 1 else own
        y = reshape(y, (*own[: len(own) - (len(b) > 1) - 1], *own[len(own) - (len(b) > 1) :]) if len(a) == 1 else own)
    return y


@numpy_function()
def dot(a: Any, b: Any) -> Any:
    """NumPy's dot: the inner product of vectors, the matrix product, else a sum over a's last and b's last but one."""
    if not shape_of(a) or not shape_of(b):
        return a * b
    if len(shape_of(b)) <= 2 and (len(shape_of(a)) <= 2 or len(shape_of(b)) == 1):
        return matmul(a, b)
    return tensordot(a, b, ((-1,), (-2,)))


@numpy_function()
def inner(a: Any, b: Any) -> Any:
    """The sum of products over the last axes."""
    return tensordot(a, b, ((-1,), (-1,))) if shape_of(a) and shape_of(b) else a * b


@numpy_function()
def vdot(a: Any, b: Any) -> Any:
    """The inner product of all elements, of the conjugate of the first."""
    from .arranging import ravel
    from .shaping import conj

    return matmul(ravel(conj(a) if getattr(a, "dtype", np.dtype(float)).kind == "c" else a), ravel(b))


@numpy_function()
def outer(a: Any, b: Any) -> Any:
    """The product of each element of one with each of the other."""
    from .arranging import ravel

    return reshape(ravel(a), (-1 if not shape_of(a) else int(np.prod(shape_of(a))), 1)) * ravel(b)


@numpy_function()
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes."""
    left, right = shape_of(a), shape_of(b)
    if isinstance(axes, (int, np.integer)):
        axes = (tuple(range(-axes, 0)), tuple(range(axes)))
    here = [k + len(left) for k in from_end(axes[0], len(left))]
    there = [k + len(right) for k in from_end(axes[1], len(right))]
    if [left[k] for k in here] != [right[k] for k in there]:
        raise ValueError(f"tensordot: shapes {left} and {right} do not match along axes {axes}")
    rest_a = [k for k in range(len(left)) if k not in here]
    rest_b = [k for k in range(len(right)) if k not in there]
    n = int(np.prod([left[k] for k in here]))
    rows = reshape(transpose(a, (*rest_a, *here)), (int(np.prod([left[k] for k in rest_a])), n))
    columns = reshape(transpose(b, (*there, *rest_b)), (n, int(np.prod([right[k] for k in rest_b]))))
    return reshape(matrix_product(rows, columns), (*[left[k] for k in rest_a], *[right[k] for k in rest_b]))


@cache
def contraction(inputs: tuple[str, ...], output: str) -> ArrayPrimitive:
    """The primitive that einsum is for these letters; no operand has a letter twice."""

    def pull_of(position: int) -> Any:
        own = inputs[position]
        others = inputs[:position] + inputs[position + 1 :]
        known = set(output).union(*others)
        present = "".join(c for c in own if c in known)

        def pull(g: Any, *operands: Any) -> Any:
            rest = operands[:position] + operands[position + 1 :]
            y = contraction((output, *others), present)(g, *rest)
            if present == own:
                return y
            shape = shape_of(operands[position])
            y = reshape(y, tuple(n if c in known else 1 for c, n in zip(own, shape, strict=True)))
            return broadcast_to(y, shape)

        return pull

    def batch(size: int, flags: tuple[bool, ...], *operands: Any) -> Any:
        new = next(c for c in _LETTERS if c not in output and not any(c in own for own in inputs))
        return contraction(tuple(new + own if f else own for own, f in zip(inputs, flags, strict=True)), new + output)(
            *operands
        )

    subscripts = f"{','.join(inputs)}->{output}"
    optimize = len(inputs) > 1
    return linear(
        "einsum",
        lambda *operands: np.einsum(subscripts, *operands, optimize=optimize),
        *[pull_of(k) for k in range(len(inputs))],
        batch=batch,
        doc="Einstein's summation",
    )


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@numpy_function()
def einsum(subscripts: Any, *operands: Any, optimize: Any = True) -> Any:
    """The sum of products that subscripts such as "ij,jk->ik" say."""
    if not isinstance(subscripts, str):
        raise TypeError("einsum: write the subscripts as text, e.g. einsum('ij,jk->ik', a, b)")
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        raise ValueError(f"einsum: {subscripts!r} names {len(inputs)} operands, {len(operands)} are given")
    spare = "".join(c for c in _LETTERS if c not in text)
    widths = [len(shape_of(x)) - len(own.replace("...", "")) for own, x in zip(inputs, operands, strict=True)]
    dots = max([w for w, own in zip(widths, inputs, strict=True) if "..." in own], default=0)
    inputs = [own.replace("...", spare[dots - w : dots]) for own, w in zip(inputs, widths, strict=True)]
    if not arrow:
        letters = "".join(inputs)
        right = spare[:dots] + "".join(sorted(c for c in set(letters) - set(spare[:dots]) if letters.count(c) == 1))
    right = right.replace("...", spare[:dots])
    pairs = [_distinct(own, x) for own, x in zip(inputs, operands, strict=True)]
    sizes: dict[str, int] = {}
    for own, x in pairs:
        for c, n in zip(own, shape_of(x), strict=True):
            if n != 1 and sizes.setdefault(c, n) != n:
                raise ValueError(f"einsum: {subscripts!r}: {c!r} is both {sizes[c]} and {n} long")
    pairs = [_without_ones(own, x, sizes) for own, x in pairs]
    present = set("".join(own for own, _ in pairs))
    y = contraction(tuple(own for own, _ in pairs), "".join(c for c in right if c in present))(*[x for _, x in pairs])
    return reshape(y, tuple(sizes.get(c, 1) for c in right))


def _distinct(own: str, x: Any) -> tuple[str, Any]:
    """An operand of which a letter stands twice, by its diagonal."""
    from .indexing import diagonal

    for c in dict.fromkeys(own):
        while own.count(c) > 1:
            first, second = [k for k, d in enumerate(own) if d == c][:2]
            x = diagonal(x, 0, first, second)
            own = own[:first] + own[first + 1 : second] + own[second + 1 :] + c
    return own, x


def _without_ones(own: str, x: Any, sizes: dict[str, int]) -> tuple[str, Any]:
    """An operand without those axes of length 1 that stand for longer ones, or for nothing."""
    shape = shape_of(x)
    if len(own) != len(shape):
        raise ValueError(f"einsum: an operand has shape {shape}, its subscripts are {own!r}")
    kept = [k for k, n in enumerate(shape) if n != 1]
    return "".join(own[k] for k in kept), reshape(x, tuple(shape[k] for k in kept))
