"""Rows out: numbers as repr writes them, and what every format says of rows that failed, read by another reader."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difftape.errors import UsageError
from difftape.points import decimals
from difftape.points.extras import has_pyarrow
from difftape.points.rows import opened
from difftape.points.written import Result, Shape, Writer, writer
from difftape.points.written import columnar as written_columnar

needs_pyarrow = pytest.mark.skipif(not has_pyarrow(), reason="pyarrow is not installed")
NAN = math.nan
SHAPE = Shape(("x", "y", "d_x"))
KEPT = Shape(("id", "x", "y", "d_x"), ("id",))


def result(size: int = 4, kept: bool = False) -> Result:
    """Rows of which the second has a bad cell, and the third no derivative."""
    numbers = {
        "x": np.array([1.5, NAN, -0.0, 1e22])[:size],
        "y": np.array([2.0, NAN, 3.0, 4.0])[:size],
        "d_x": np.array([0.1, NAN, NAN, -1e-5])[:size],
    }
    errors = {1: "x is 'n/a, \"b\"', not a number"} | ({2: "pole: 1/x at x=0.0"} if size > 2 else {})
    ids = ["a,b", 'say "hi"', "two\nlines", ""]
    return Result(size, numbers, {"id": ids[:size]} if kept else {}, errors, {1: {"x": 'n/a, "b"', "y": "2"}})


def whole(format: str, shape: Shape, *results: Result) -> bytes:
    made: Writer = writer(format)
    return made.head(shape) + b"".join(made.body(shape, one) for one in results)


def texts_of(numbers: Any) -> list[str]:
    return [repr(number + 0.0) for number in numbers.tolist()]


def test_numbers_are_written_as_repr_writes_them() -> None:
    random = np.random.default_rng(5)
    bits = random.integers(0, 1 << 64, 60000, np.uint64, endpoint=False)
    bits[::7] &= np.uint64(0xFFFFFFFFFFFFFFFF ^ 0xFFFFFFFFFF)  # short fractions
    several = [
        bits.view(np.float64),
        random.standard_normal(30000),
        np.round(random.standard_normal(10000) * 1000, 2),
        random.integers(0, 1 << 62, 10000) / 1.0,
        np.ldexp(1.0, np.arange(-1074, 1024)),
        np.nextafter(np.ldexp(1.0, np.arange(-1000, 1000)), 0),
        10.0 ** np.arange(-320, 309),
        np.array([0.0, -0.0, NAN, math.inf, -math.inf, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]),
        np.array([1e22, 1e23, 9007199254740993.0, 2.0**63, 1e16, 1e15, 0.0001, 0.00001, 123456789012345680.0]),
    ]
    for numbers in several:
        assert decimals.texts(numbers) == texts_of(numbers)
        assert decimals.texts(-numbers[::2]) == texts_of(-numbers[::2])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.floats(), max_size=5))
def test_any_doubles_are_written_as_repr_writes_them(numbers: list[float]) -> None:
    assert decimals.texts(np.array(numbers, float)) == texts_of(np.array(numbers, float))


def test_a_power_of_ten_that_is_off_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    high, low = decimals._powers_of_ten()
    monkeypatch.setattr(decimals, "_powers_of_ten", lambda: (high + np.uint64(1 << 12), low))
    numbers = np.random.default_rng(5).standard_normal(1000)
    assert decimals.texts(numbers) != texts_of(numbers)


def test_rows_of_more_than_a_piece_are_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decimals, "_PIECE", 7)
    numbers = np.arange(100.0)
    assert decimals.texts(numbers) == texts_of(numbers)


@pytest.mark.parametrize("format, separator", [("csv", ","), ("tsv", "\t")])
def test_separated_text(format: str, separator: str) -> None:
    def read(shape: Shape, one: Result) -> list[list[str]]:
        return list(csv.reader(io.StringIO(whole(format, shape, one).decode(), newline=""), delimiter=separator))

    assert read(SHAPE, result()) == [
        ["x", "y", "d_x", "error"],
        ["1.5", "2.0", "0.1", ""],
        ['n/a, "b"', "2", "", "x is 'n/a, \"b\"', not a number"],
        ["0.0", "3.0", "", "pole: 1/x at x=0.0"],
        ["1e+22", "4.0", "-1e-05", ""],
    ]
    rows = read(KEPT, result(kept=True))
    assert [row[0] for row in rows] == ["id", "a,b", 'say "hi"', "two\nlines", ""]
    assert [row[1:] for row in rows] == read(SHAPE, result())


def test_jsonl() -> None:
    for shape, one in ((SHAPE, result()), (KEPT, result(kept=True))):
        rows = [json.loads(line, parse_constant=pytest.fail) for line in whole("jsonl", shape, one).splitlines()]
        assert [tuple(row) for row in rows] == [(*shape.columns, "error")] * 4
        assert rows[0] | {"id": 0} == {"x": 1.5, "y": 2.0, "d_x": 0.1, "error": None, "id": 0}
        assert (rows[1]["x"], rows[1]["y"], rows[1]["d_x"]) == ('n/a, "b"', "2", None)
        assert rows[1]["error"].startswith("x is 'n/a") and rows[2]["d_x"] is None and rows[2]["y"] == 3
    assert [row["id"] for row in rows] == ["a,b", 'say "hi"', "two\nlines", ""]


def test_json_has_no_nan_even_where_nothing_failed() -> None:
    one = Result(2, {"x": np.array([NAN, math.inf])}, {"k": [{"a": [NAN]}, -math.inf]}, {})
    for shape in (Shape(("x",)), Shape(("k", "x"), ("k",))):
        rows = [json.loads(line, parse_constant=pytest.fail) for line in whole("jsonl", shape, one).splitlines()]
        assert [row["x"] for row in rows] == [None, None]
    assert [row["k"] for row in rows] == [{"a": [None]}, None]


def test_bytes_that_were_not_utf8_are_written_as_they_were() -> None:
    one = Result(1, {"x": np.array([NAN])}, {"id": ["\udcffé"]}, {0: "byte 0xff is not UTF-8"}, {0: {"x": "\udcfe"}})
    shape = Shape(("id", "x"), ("id",))
    assert b"\xff\xc3\xa9,\xfe," in whole("csv", shape, one)
    assert json.loads(whole("jsonl", shape, one))["id"] == "\udcffé"
    one = one._replace(kept={"id": ["\ud800"]})
    assert whole("csv", shape, one).decode()


def test_names_are_quoted_and_percent_signs_mean_nothing() -> None:
    shape = Shape(("k", 'a,"%s"'), ("k",))
    one = Result(1, {'a,"%s"': np.array([1.0])}, {"k": ["%d"]}, {})
    assert whole("csv", shape, one) == b'k,"a,""%s""",error\n%d,1.0,\n'
    assert json.loads(whole("jsonl", shape, one)) == {"k": "%d", 'a,"%s"': 1.0, "error": None}


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl", "npy"])
def test_a_block_without_rows_is_nothing(format: str) -> None:
    assert writer(format).body(SHAPE, Result(0, {name: np.zeros(0) for name in SHAPE.columns}, {}, {})) == b""


def test_npy(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(whole("npy", SHAPE, result(), result(2)))
    assert writer("npy").finish(str(part), 6) == str(part)
    array = np.load(part)
    assert array.dtype.names == ("x", "y", "d_x", "error") and len(array) == 6
    assert array["error"].tolist() == [b"", b"input", b"pole", b"", b"", b"input"]
    assert array["y"].tolist() == [2, 2, 3, 4, 2, 2] and np.isnan(array["x"][1])
    assert not np.signbit(array["x"][2])
    assert len(writer("npy").head(SHAPE)) % 64 == 0
    assert [c.size for c in map(opened(str(part), "npy").parsed, opened(str(part), "npy").blocks())] == [6]
    for names in (("é",), tuple(f"column{i}" for i in range(9000))):
        part.write_bytes(writer("npy").head(Shape(names)))
        assert len(np.load(writer("npy").finish(str(part), 0), max_header_size=10**6)) == 0
    with pytest.raises(UsageError, match="not a column such as id"):
        writer("npy").head(KEPT)


def parts(tmp_path: Path, format: str, bounds: list[int], rows: int = 50) -> Path:
    """A part file of rows appended in batches that end at these numbers."""
    import pyarrow as arrow

    x = np.arange(float(rows))
    shape = Shape(("id", "x"), ("id",), {"id": arrow.int64()})
    made = writer(format)
    path = tmp_path / f"part{len(bounds)}"
    data = made.head(shape)
    for start, end in zip([0, *bounds], [*bounds, rows], strict=True):
        ids = arrow.array(range(start, end))
        data += made.body(shape, Result(end - start, {"x": x[start:end]}, {"id": ids}, {}))
    path.write_bytes(data)
    return path


@needs_pyarrow
def test_arrow_and_parquet(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    for format, reader in (("arrow", lambda p: arrow.ipc.open_file(p).read_all()), ("parquet", parquet.read_table)):
        part = tmp_path / f"part-{format}"
        part.write_bytes(whole(format, KEPT, result(kept=True), result(2, kept=True)))
        found = reader(writer(format).finish(str(part), 6))
        assert found.column_names == ["id", "x", "y", "d_x", "error"]
        assert found["x"].to_pylist() == [1.5, None, 0.0, 1e22, 1.5, None]
        assert found["y"].to_pylist() == [2, 2, 3, 4, 2, 2] and found["d_x"].to_pylist()[2] is None
        assert found["error"].to_pylist()[2:4] == ["pole: 1/x at x=0.0", None]
        assert found["id"].to_pylist()[:3] == ["a,b", 'say "hi"', "two\nlines"]
    stream = whole("arrow", SHAPE, result()) + writer("arrow").tail
    assert arrow.ipc.open_stream(stream).read_all().num_rows == 4


@needs_pyarrow
@pytest.mark.parametrize("format", ["arrow", "parquet"])
def test_the_file_does_not_depend_on_the_batches(tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written_columnar, "GROUP", 16)
    made = []
    for bounds in ([], [16, 32], [1, 2, 17, 33], list(range(1, 50))):
        finished = writer(format).finish(str(parts(tmp_path, format, bounds)), 50)
        made.append(Path(finished).read_bytes())
    assert len(set(made)) == 1
    monkeypatch.setattr(written_columnar, "GROUP", 20)
    other = writer(format).finish(str(parts(tmp_path, format, [5] * 1)), 50)
    assert Path(other).read_bytes() not in made


@needs_pyarrow
def test_a_part_without_rows_is_a_file_without_rows(tmp_path: Path) -> None:
    import pyarrow.parquet as parquet

    part = tmp_path / "part"
    part.write_bytes(writer("parquet").head(SHAPE))
    assert parquet.read_table(writer("parquet").finish(str(part), 0)).num_rows == 0


@needs_pyarrow
def test_kept_values_of_every_kind_are_text(tmp_path: Path) -> None:
    import datetime
    import decimal

    import pyarrow as arrow
    import pyarrow.parquet as parquet

    columns = {
        "t": arrow.array([datetime.datetime(2020, 1, 2), None], arrow.timestamp("ns")),
        "d": arrow.array([decimal.Decimal("1.50"), None]),
        "b": arrow.array([True, None]),
        "f": arrow.array([-0.0, math.nan]),
        "i": arrow.array([2**60, None]),
        "s": arrow.array(["a,b", None]).dictionary_encode(),
    }
    path = tmp_path / "p.parquet"
    parquet.write_table(arrow.table({"x": [1.0, 2.0], **columns}), path)
    opening = opened(str(path)).chosen({"x": "x"}, tuple(columns))
    (chunk,) = map(opening.parsed, opening.blocks())
    shape = Shape((*columns, "x"), tuple(columns), opening.types)
    one = Result(2, chunk.columns, chunk.kept, {})
    assert whole("csv", shape, one).decode().splitlines()[1:] == [
        '2020-01-02 00:00:00.000000000,1.50,true,0.0,1152921504606846976,"a,b",1.0,',
        ",,,nan,,,2.0,",
    ]
    assert json.loads(whole("jsonl", shape, one).splitlines()[1])["f"] is None
    part = tmp_path / "part"
    part.write_bytes(whole("parquet", shape, one))
    kept = parquet.read_table(writer("parquet").finish(str(part), 2))
    assert kept["t"].type == arrow.timestamp("ns") and kept["d"].to_pylist() == [decimal.Decimal("1.50"), None]


def test_an_unknown_format() -> None:
    with pytest.raises(UsageError, match="unknown output format 'xls'"):
        writer("xls")
