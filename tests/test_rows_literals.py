"""The literals in the header of an NPY file are Python's own, and nothing else is read."""

from __future__ import annotations

import ast
import io
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difftape.cli import main
from difftape.points.literals import literal

LITERALS = st.recursive(
    st.text() | st.integers(-(10**30), 10**30) | st.booleans(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(LITERALS)
def test_what_python_writes_is_read(value: object) -> None:
    assert literal(repr(value)) == literal(f" {value!a}\n") == value


@given(st.text(alphabet="'\"()[]{}:,1-L \\xTrueFalse", max_size=20))
def test_what_is_read_is_a_literal_of_python(text: str) -> None:
    try:
        found = literal(text)
    except ValueError:
        return
    assert "L" in text or text.strip().lstrip("-").startswith("0") or found == ast.literal_eval(text.strip())


@pytest.mark.parametrize("text", ["", "(", "(" * 100, "{'a'}", "{1: 2}", "1 2", "--1", "None", "a", r"'\q'", "1.5",
                                  "(,)", "[1 2]", "__import__('os')", "'a' 'b'", "{**{}}"])  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        literal(text)


@pytest.mark.parametrize("kind", ["<f8", ">i2", [("it's", "<f8"), ("µ", "u1"), (("a title", "y"), "<f4", (2,))]])
def test_headers_of_numpy(kind: object) -> None:
    stream = io.BytesIO()
    dtype = np.dtype(kind)  # type: ignore[call-overload]
    np.lib.format.write_array(stream, np.zeros(3, dtype), version=(3, 0))
    header = stream.getvalue()[12:].split(b"\n")[0].decode()
    assert np.lib.format.descr_to_dtype(literal(header)["descr"]) == dtype


@pytest.mark.parametrize("stream", [io.StringIO("x\n3\n"), io.TextIOWrapper(io.BytesIO(b"x\n3\n"))])
def test_rows_come_from_whatever_is_in_the_place_of_standard_input(
    stream: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["map", "x**2", "-"]) == 0
    assert capsys.readouterr().out == "x,d_x,error\n3.0,6.0,\n"
