"""NPY, Parquet and Arrow in: every dtype and layout, and files that promise what they do not hold."""

from __future__ import annotations

import io
import math
import os
import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difftape.errors import InputOutputError, LimitError, UsageError
from difftape.points import columnar, npy
from difftape.points.extras import has_pyarrow
from difftape.points.rows import Chunk, opened

XY = {"x": "x", "y": "y"}
needs_pyarrow = pytest.mark.skipif(not has_pyarrow(), reason="pyarrow is not installed")


def chunks(path: Path, wanted: dict[str, str], kept: tuple[str, ...] = ()) -> list[Chunk]:
    """The parsed blocks, each parsed by a copy of the rows, as another process would."""
    opening = opened(str(path)).chosen(wanted, kept)
    return [pickle.loads(pickle.dumps(opening)).parsed(pickle.loads(pickle.dumps(b))) for b in opening.blocks()]


def through_a_pipe(tmp_path: Path, data: bytes, format: str, wanted: dict[str, str]) -> list[Chunk]:
    """The chunks of the same bytes from a named pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thread = threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True)
    thread.start()
    opening = opened(str(pipe), format).chosen(wanted)
    found = [pickle.loads(pickle.dumps(opening)).parsed(block) for block in opening.blocks()]
    thread.join(5)
    return found


def saved(tmp_path: Path, array: Any) -> Path:
    path = tmp_path / "points.npy"
    np.save(path, array)
    return path


NUMBERS = np.arange(20.0).reshape(10, 2)


@pytest.mark.parametrize("type", ["<f8", ">f8", "<f4", ">i4", "i8", "u1", "f2", "g", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_table_of_any_real_dtype(tmp_path: Path, type: str, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "BLOCK", 4)
    array = np.asarray(NUMBERS.astype(type), order=order)
    path = saved(tmp_path, array)
    for found in (
        chunks(path, {"x": "0", "y": "1"}),
        through_a_pipe(tmp_path, path.read_bytes(), "npy", {"x": "0", "y": "1"}),
    ):
        assert [chunk.size for chunk in found] == [4, 4, 2] and [chunk.first for chunk in found] == [0, 4, 8]
        for i, name in enumerate("xy"):
            assert (
                np.concatenate([chunk.columns[name] for chunk in found]).tolist() == array[:, i].astype(float).tolist()
            )


def test_the_fields_of_a_structured_array_are_columns(tmp_path: Path) -> None:
    array = np.array([(1.5, 2, "a"), (np.nan, 3, "b"), (2.5, 4, "c")], [("x", "<f8"), ("y", ">i2"), ("name", "U3")])
    (chunk,) = chunks(saved(tmp_path, array), XY, ("name", "y"))
    assert chunk.failures == {1: "x is nan"} and chunk.lines == {1: 0} and chunk.raw[1]["y"] == 3
    assert np.array_equal(chunk.columns["y"], [2, math.nan, 4], equal_nan=True)
    assert chunk.kept["name"].tolist() == ["a", "b", "c"] and chunk.kept["y"].dtype == np.dtype("=i2")


def test_a_plain_array_is_one_column_and_an_empty_one_has_no_rows(tmp_path: Path) -> None:
    (chunk,) = chunks(saved(tmp_path, np.array([1.0, np.inf])), {"x": "0"})
    assert chunk.failures == {1: "x is inf"} and chunk.columns["x"][0] == 1
    assert chunks(saved(tmp_path, np.zeros(0)), {"x": "0"}) == []


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_header(tmp_path: Path, version: tuple[int, int]) -> None:
    path = tmp_path / "points.npy"
    with path.open("wb") as file:
        np.lib.format.write_array(file, NUMBERS, version=version)
    (chunk,) = chunks(path, {"x": "1"})
    assert chunk.columns["x"].tolist() == NUMBERS[:, 1].tolist()


@pytest.mark.parametrize(
    "array, wanted, said",
    [
        (np.array([{}], object), "0", "pickle"),
        (np.array([(1, {})], [("x", "f8"), ("y", object)]), "x", "pickle"),
        (np.zeros(3, complex), "0", "not real numbers"),
        (np.array(["a"]), "0", "not real numbers"),
        (np.zeros(3, "M8[s]"), "0", "not real numbers"),
        (np.zeros(3, [("x", "f8", 2)]), "x", "not real numbers"),
        (np.zeros((2, 2, 2)), "0", "not rows"),
        (np.array(1.0), "0", "not rows"),
        (np.zeros((5, 0)), "0", "not rows"),
        (np.zeros((2, 2), [("x", "f8")]), "x", "not rows"),
        (NUMBERS, "2", "no column '2'"),
    ],
)
def test_arrays_that_are_no_rows_of_numbers(tmp_path: Path, array: Any, wanted: str, said: str) -> None:
    path = tmp_path / "points.npy"
    np.save(path, array, allow_pickle=True)
    with pytest.raises(UsageError, match=said):
        opened(str(path)).chosen({"x": wanted})


def header(text: str, data: bytes = b"") -> bytes:
    encoded = text.encode("latin-1").ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(encoded).to_bytes(2, "little") + encoded + data


GOOD = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }"


@pytest.mark.parametrize(
    "data, said",
    [
        (header(GOOD % "1000000000000,", bytes(8)), "truncated: its header promises 8000000000000 bytes"),
        (header(GOOD % "10**30,"), "header"),
        (header(GOOD % f"{10**30},"), "truncated"),
        (header(GOOD % "2,", bytes(24)), "goes on behind"),
        (header(GOOD % "-1,", bytes(8)), "header"),
        (header(GOOD % "True,", bytes(8)), "header"),
        (header("__import__('os').abort()"), "header"),
        (header("[" * 100), "header"),
        (header("{'descr': 'O', 'fortran_order': False, 'shape': (1,)}", bytes(8)), "pickle"),
        (header("{'descr': 'zz', 'fortran_order': False, 'shape': (1,)}", bytes(8)), "header"),
        (header("{'descr': '<f8', 'shape': (1,)}", bytes(8)), "header"),
        (header(GOOD % "1,", bytes(8))[:50], "truncated"),
        (b"\x93NUMPY\x01", "truncated"),
        (b"\x93NUMPY\x09\x00" + bytes(200), "version"),
        (b"x,y\n1,2\n", "not an NPY file"),
        (b"", "not an NPY file"),
    ],
)
def test_headers_that_lie(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "points.npy"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=said):
        opened(str(path))
    with pytest.raises(UsageError, match=said):
        through_a_pipe(tmp_path, data, "npy", {"x": "0"})


def test_a_huge_header_and_too_many_columns_are_limits(tmp_path: Path) -> None:
    path = tmp_path / "points.npy"
    path.write_bytes(b"\x93NUMPY\x02\x00" + (10**9).to_bytes(4, "little") + bytes(100))
    with pytest.raises(LimitError):
        opened(str(path))
    with pytest.raises(LimitError):
        opened(str(saved(tmp_path, np.zeros((1, 200000), np.uint8))))


def test_an_array_that_became_shorter(tmp_path: Path) -> None:
    path = saved(tmp_path, NUMBERS)
    opening = opened(str(path)).chosen({"x": "0"})
    os.truncate(path, 200)
    with pytest.raises(InputOutputError, match="became shorter"):
        [opening.parsed(block) for block in opening.blocks()]


def table(rows: int = 10) -> Any:
    import decimal

    import pyarrow as arrow

    numbers = [float(i) for i in range(rows)]
    return arrow.table(
        {
            "x": numbers,
            "y": arrow.array([None if i == 3 else i for i in range(rows)], arrow.int32()),
            "d": arrow.array([decimal.Decimal(i) / 10 for i in range(rows)], arrow.decimal128(20, 3)),
            "e": arrow.array(numbers, arrow.float32()).dictionary_encode(),
            "name": arrow.array([f"r{i}" for i in range(rows)]).dictionary_encode(),
            "nested": [[1]] * rows,
            "b": [True] * rows,
        }
    )


def written(path: Path, rows: int, group: int) -> Path:
    """A file of these rows with this many a row group, in the format of its suffix."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    if path.suffix == ".parquet":
        parquet.write_table(table(rows), path, row_group_size=group)
    else:
        kind = arrow.ipc.new_stream if path.suffix == ".ipc" else arrow.ipc.new_file
        with kind(path, table(rows).schema) as sink:
            sink.write_table(table(rows), max_chunksize=group)
    return path


@needs_pyarrow
@pytest.mark.parametrize("name", ["p.parquet", "p.arrow", "p.ipc"])
@pytest.mark.parametrize("group", [3, 4, 100])
def test_blocks_do_not_follow_row_groups(
    tmp_path: Path, name: str, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "BLOCK", 4)
    path = written(tmp_path / name, 10, group)
    wanted = {"x": "x", "y": "y", "d": "d", "e": "e", "b": "b"}
    found = chunks(path, wanted, ("name",))
    assert [(chunk.first, chunk.size) for chunk in found] == [(0, 4), (4, 4), (8, 2)]
    assert [chunk.failures for chunk in found] == [{3: "y is missing"}, {}, {}]
    assert found[1].columns["d"].tolist() == [0.4, 0.5, 0.6, 0.7] and found[1].columns["e"].tolist() == [4, 5, 6, 7]
    assert found[0].raw[3]["x"] == 3 and found[0].raw[3]["y"] is None and math.isnan(found[0].columns["x"][3])
    assert found[2].kept["name"].to_pylist() == ["r8", "r9"] and found[2].columns["b"].tolist() == [1, 1]
    opening = opened(str(path)).chosen(wanted, ("name",))
    for chunk in found[1:]:
        later = opening.parsed(next(opening.blocks(chunk.first, chunk.first)))
        assert later.first == chunk.first and later.columns["x"].tolist() == chunk.columns["x"].tolist()
    (piped,) = [c for c in through_a_pipe(tmp_path, path.read_bytes(), opening.format, {"x": "x"}) if c.first == 8]
    assert piped.columns["x"].tolist() == [8, 9]


@needs_pyarrow
def test_decimals_are_the_nearest_doubles(tmp_path: Path) -> None:
    import decimal

    import pyarrow as arrow
    import pyarrow.parquet as parquet

    texts = ["123456789.123456789", "0.100000000", "987654321.000000001"]
    path = tmp_path / "p.parquet"
    parquet.write_table(
        arrow.table({"x": arrow.array(list(map(decimal.Decimal, texts)), arrow.decimal128(18, 9))}), path
    )
    (chunk,) = chunks(path, {"x": "x"})
    assert chunk.columns["x"].tolist() == list(map(float, texts))


@needs_pyarrow
def test_columns_that_are_no_numbers(tmp_path: Path) -> None:
    opening = opened(str(written(tmp_path / "p.parquet", 5, 5)))
    assert opening.columns == ("x", "y", "d", "e", "name", "nested", "b")
    with pytest.raises(UsageError, match="holds text"):
        opening.chosen({"x": "name"})
    with pytest.raises(UsageError, match="nested"):
        opening.chosen({"x": "nested"})
    with pytest.raises(UsageError, match="nested"):
        opening.chosen({"x": "x"}, ("nested",))
    with pytest.raises(UsageError, match="no column 'z'"):
        opening.chosen({"z": "z"})


@needs_pyarrow
@pytest.mark.parametrize("name", ["p.parquet", "p.arrow"])
def test_a_file_that_is_not_whole(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, 1000, 100)
    whole = path.read_bytes()
    kind = "Parquet" if path.suffix == ".parquet" else "Arrow"
    for data in (b"x\n1\n", b"", whole[: len(whole) // 2], whole[:-3]):
        path.write_bytes(data)
        with pytest.raises(UsageError, match=f"not a whole {kind}"):
            opened(str(path))


@needs_pyarrow
def test_a_damaged_page_is_an_error_of_reading(tmp_path: Path) -> None:
    path = written(tmp_path / "p.parquet", 1000, 100)
    data = bytearray(path.read_bytes())
    opening = opened(str(path)).chosen({"x": "x"})
    data[4:3000] = os.urandom(2996)
    path.write_bytes(data)
    with pytest.raises(InputOutputError, match="from row 1 on"):
        list(opening.blocks())


@needs_pyarrow
def test_an_expression_without_variables_still_has_rows(tmp_path: Path) -> None:
    for name in ("p.parquet", "p.arrow"):
        (chunk,) = chunks(written(tmp_path / name, 5, 2), {})
        assert chunk.size == 5
    path = tmp_path / "p.csv"
    path.write_text("x\n1\n2\n")
    (chunk,) = chunks(path, {})
    assert chunk.size == 2


def test_without_pyarrow_parquet_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    path = tmp_path / "p.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="Parquet") as caught:
        opened(str(path))
    assert caught.value.hint == 'pip install "difftape[parquet]"'


def test_an_array_read_in_the_wrong_order_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.asfortranarray(NUMBERS))
    path = tmp_path / "points.npy"
    path.write_bytes(buffer.getvalue().replace(b"'fortran_order': True", b"'fortran_order': 0   "))
    (chunk,) = chunks(path, {"x": "0"})
    assert chunk.columns["x"].tolist() != NUMBERS[:, 0].tolist()
