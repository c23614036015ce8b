"""Files of rows that nobody would save: right ones of each format, and what is left of them when pieces are changed."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from random_inputs import BAD_VALUES, STRANGE, VALUES, Call

CELLS = (*VALUES, *BAD_VALUES, "1e400", "+1", " 1 ", "1_0", "NA", "-", "1,5", "٣", '"', "1\x002", "x" * 300, "9" * 400)
COLUMNS = ("x", "y", "x", "z", "α", "", "d_x", "error", "x y", '"q"', "\x1b[1m", "x;y")
FORMULAS = ("x**2", "x*y", "log(x)/y", "abs(x)", "α*x", "where(x>0, x, y)", "gamma(x)", "sin(x", "3")
OPTIONS = (["--keep"], ["--with-value"], ["--order", "2"], ["--fail-fast"], ["--max-errors", "2"], ["--subgradient"],
           ["--columns", "x=z"], ["--columns", "x=0,y=1"], ["--keep-column", "z"], ["-f", "jsonl"], ["-f", "tsv"],
           ["--engine", "blocked"], ["--wrt", "x"], ["--max-nodes", "2"], ["--check-rows", "1"])  # fmt: skip
DTYPES = ("<f8", ">f8", "<f4", "<i8", "|u1", "|b1", "<c16", "<U3", "<M8[s]", "<f2")
HEADERS = ("'<f8'", "'|O'", "'f8,f8'", "[('x','<f8'),('y','<f8')]", "[('x','|O')]", "(1,)", "(-1,)", "(True,)", "()",
           "(99999999999999,)", "(2,2)", "True", "None", "'shape'", ":", "{", "}", "(", "[", "'", "'\\x'")  # fmt: skip
FILE = "FILE"  # in the words of a call: a file that holds what is its stdin


def call(draw: random.Random) -> Call:
    """A run of map over rows, from a file or from stdin."""
    kind = draw.choice(sorted(WRITERS))
    data = WRITERS[kind](draw)
    if draw.random() < 0.6:
        data = damaged(draw, data)
    given = kind if draw.random() < 0.95 else draw.choice(sorted(WRITERS))
    words = ["map", draw.choice(FORMULAS), draw.choice(("-", FILE)), "--input-format", given, "-j", "1"]
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        words += draw.choice(OPTIONS)
    return Call(words, data)


def damaged(draw: random.Random, data: bytes) -> bytes:
    """The bytes with some pieces left out, doubled or put in."""
    found = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4))):
        a = draw.randrange(len(found) + 1)
        kind = draw.randrange(7)
        if kind == 0:
            found[a : a + draw.choice((1, 3, 1000))] = b""
        elif kind == 1:
            found[a:a] = draw.randbytes(draw.randrange(1, 4))
        elif kind == 2:
            found[a : a + 1] = draw.choice((b"\r\n", b"\n", b"\r", b",", b'"', b";", b"\t", b"\0", b"{", b"]", b"\xff"))
        elif kind == 3:
            found[a : a + draw.randrange(4)] = draw.choice(STRANGE).encode("utf-8", "surrogatepass")
        elif kind == 4:
            found[a:a] = found[: draw.randrange(30)]
        elif kind == 5:
            found[a : a + draw.randrange(9)] = draw.choice(HEADERS).encode()
        else:
            found[0:0] = draw.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\n", b" ", b"\x93NUMPY"))
    return bytes(found)


def separated(draw: random.Random, between: str = ",") -> bytes:
    """CSV, its cells quoted now and then, its rows ragged now and then."""
    names = [draw.choice(COLUMNS) if draw.random() < 0.3 else "xyzα"[k] for k in range(draw.randrange(1, 4))]
    end = draw.choice(("\n", "\n", "\r\n"))
    rows = [names]
    for _ in range(draw.choice((0, 1, 3, 9))):
        width = len(names) if draw.random() < 0.9 else draw.randrange(5)
        rows.append([draw.choice(CELLS) if draw.random() < 0.3 else _number(draw) for _ in range(width)])
    quoted = lambda cell: '"' + cell.replace('"', '""') + '"' if draw.random() < 0.15 else cell
    return "".join(between.join(map(quoted, row)) + end for row in rows).encode("utf-8", "surrogatepass")


def lines(draw: random.Random) -> bytes:
    """JSONL."""
    rows: list[Any] = []
    for _ in range(draw.choice((0, 1, 3, 9))):
        values = [None, True, "1", [], {}, 10**400, float("nan"), float("inf"), -0.0, "\ud800", [[[]]]]
        row = {name: draw.choice(values) if draw.random() < 0.15 else float(_number(draw)) for name in "xyzα"}
        rows.append(row if draw.random() < 0.95 else draw.choice([[1], 3, "x", None]))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def array(draw: random.Random) -> bytes:
    """NPY."""
    stream = io.BytesIO()
    shape = draw.choice([(3,), (3, 2), (0,), (2, 3), (), (2, 2, 2), (3, 0)])
    dtype: Any = draw.choice(DTYPES)
    if draw.random() < 0.3 and len(shape) == 1:
        dtype = [("x", "<f8"), (draw.choice(("y", "α", "x y")), draw.choice(DTYPES))]
    order: Any = draw.choice("CF")
    version = draw.choice([(1, 0), (2, 0), (3, 0)]) if isinstance(dtype, str) else (3, 0)
    data = np.frombuffer(draw.randbytes(512), "u1")
    if draw.random() < 0.5:
        data = data % 2
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=int))
    if kind.names is None and kind.kind in "MUb":
        found = np.zeros(shape, kind)
    else:
        found = np.frombuffer(data.tobytes()[: size * kind.itemsize], kind).reshape(shape)
    np.lib.format.write_array(stream, np.asarray(found, order=order), version=version)
    return stream.getvalue()


def _number(draw: random.Random) -> str:
    return repr(round(draw.uniform(-2, 3), 3))


WRITERS: dict[str, Callable[[random.Random], bytes]] = {
    "csv": separated, "tsv": lambda draw: separated(draw, "\t"), "jsonl": lines, "npy": array,
}  # fmt: skip
