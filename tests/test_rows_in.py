"""CSV, TSV and JSONL in: every kind of bad cell and bad line costs its own row, and parsing by pyarrow is the same."""

from __future__ import annotations

import math
import os
import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difftape.errors import DifftapeError, InputOutputError, LimitError, UsageError
from difftape.points import cutting, quoting, rows, separated
from difftape.points.extras import has_pyarrow
from difftape.points.rows import Chunk, opened

ARROWS = [False, True] if has_pyarrow() else [False]
XY = {"x": "x", "y": "y"}


def chunks(path: Path | str, wanted: dict[str, str] = XY, kept: tuple[str, ...] = (), **how: Any) -> list[Chunk]:
    """The parsed blocks, each parsed by a copy of the rows, as another process would."""
    opening = opened(str(path), **how).chosen(wanted, kept)
    return [pickle.loads(pickle.dumps(opening)).parsed(pickle.loads(pickle.dumps(b))) for b in opening.blocks()]


def read(path: Path, text: str | bytes, wanted: dict[str, str] = XY, kept: tuple[str, ...] = (), **how: Any) -> Chunk:
    """The only block of a file with this text, the same however it is parsed."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = [chunks(path, wanted, kept, arrow=arrow, **how) for arrow in ARROWS]
    assert all(len(one) == 1 for one in found)
    for other in found[1:]:
        assert same(found[0][0], other[0])
    return found[0][0]


def same(a: Chunk, b: Chunk) -> bool:
    """Whether two chunks hold the same, nan being itself."""
    return (
        a._replace(columns={}) == b._replace(columns={})
        and a.columns.keys() == b.columns.keys()
        and all(np.array_equal(a.columns[name], b.columns[name], equal_nan=True) for name in a.columns)
    )


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "points.csv"


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    return tmp_path / "points.jsonl"


@pytest.mark.parametrize(
    "cell, number",
    [
        ("1.5", 1.5),
        (" 1.5 ", 1.5),
        ("+1", 1),
        ("1e5", 1e5),
        (".5", 0.5),
        ("5.", 5),
        ("-0", 0),
        ("1e-400", 0),
        ("\t2", 2),
    ],
)
def test_a_cell_is_what_float_takes(csv: Path, cell: str, number: float) -> None:
    chunk = read(csv, f"x,y\n{cell},2\n")
    assert chunk.columns["x"].tolist() == [number] and not chunk.failures


@pytest.mark.parametrize(
    "cell, why",
    [
        ("n/a", "x is 'n/a', not a number"),
        ("", "x is missing"),
        ("  ", "x is missing"),
        ("1_000", "x is '1_000', not a number"),
        ("0x10", "x is '0x10', not a number"),
        ("1e999", "x is inf"),
        ("-inf", "x is -inf"),
        ("NaN", "x is nan"),
        ("nan(1)", "x is 'nan(1)', not a number"),
        ("١", "x is '١', not a number"),
        ("1\x00", "x is '1U+0000', not a number"),
        ("1,5", "3 cells where the header has 2"),
        ('"1', "a quote that is not closed"),
        ('"1"2', "a quote that is not closed"),
        ("1\r", "a carriage return within the line"),
        ('5"', "x is '5\"', not a number"),
    ],
)
def test_a_bad_cell_costs_its_row_only(csv: Path, cell: str, why: str) -> None:
    chunk = read(csv, f"x,y\n1,2\n{cell},7\n3,4\n", kept=("y",))
    assert chunk.size == 3
    assert chunk.failures == {1: why} and chunk.lines == {1: 3}
    assert np.array_equal(chunk.columns["x"], [1, math.nan, 3], equal_nan=True)
    assert chunk.raw[1]["x"].startswith(cell[:1])
    assert chunk.kept["y"][::2] == ["2", "4"]


def test_a_row_that_is_not_utf8_fails_and_stands_as_it_was(csv: Path) -> None:
    chunk = read(csv, b"x,name,y\n1,a,2\n3,\xff,4\n5,\xc3\xa9,6\n", kept=("name",))
    assert chunk.failures == {1: "byte 0xff is not UTF-8"}
    assert chunk.kept["name"] == ["a", "\udcff", "é"]
    assert chunk.raw == {1: {"x": "3", "y": "4"}}


def test_ragged_rows_are_counted_and_shown(csv: Path) -> None:
    chunk = read(csv, "x,y\n1\n1,2\n1,2,3\n", kept=("y",))
    assert chunk.failures == {0: "1 cell where the header has 2", 2: "3 cells where the header has 2"}
    assert chunk.raw == {0: {"x": "1", "y": ""}, 2: {"x": "1", "y": "2"}}
    assert chunk.kept["y"] == ["", "2", "2"]


def test_quoted_cells_hold_separators_and_line_ends(csv: Path) -> None:
    text = 'name,x,y\n"a, b",1,2\n"two\nlines","3",4\n"say ""hi""",5,6\n\nplain,bad,8\n'
    chunk = read(csv, text, kept=("name",))
    assert chunk.kept["name"] == ["a, b", "two\nlines", 'say "hi"', "plain"]
    assert chunk.columns["x"][:3].tolist() == [1, 3, 5]
    assert chunk.lines == {3: 7}


def test_a_quote_that_is_never_closed_costs_its_own_line(csv: Path) -> None:
    chunk = read(csv, 'name,x,y\na,1,2\n"b,3,4\nc,5,6\n', kept=("name",))
    assert chunk.failures == {1: "a quote that is not closed"} and chunk.columns["x"][2] == 5


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n", "\ufeff\r\n"])
def test_line_ends_a_byte_order_mark_and_blank_lines_do_not_matter(csv: Path, end: str, last: bool, start: str) -> None:
    text = start + end.join(["x, y ", "", "1,2", "", "", "3,oops", ""])
    chunk = read(csv, text if last else text.removesuffix(end), kept=("y",))
    assert chunk.columns["x"][0] == 1 and chunk.kept["y"] == ["2", "oops"]
    assert chunk.failures == {1: "y is 'oops', not a number"}
    assert chunk.lines == {1: text[: text.index("oops")].count("\n") + 1}


def test_one_column_needs_no_separator(csv: Path) -> None:
    chunk = read(csv, "x\n1\n\n2\nnope\n", {"x": "x"})
    assert chunk.size == 3 and chunk.failures == {2: "x is 'nope', not a number"} and chunk.lines == {2: 5}


def test_tabs_separate_tsv(tmp_path: Path) -> None:
    chunk = read(tmp_path / "p.tsv", 'x\ty\tname\n1\t2\ta,b\n3\t4\t"c\td"\n', kept=("name",))
    assert chunk.kept["name"] == ["a,b", "c\td"] and chunk.columns["y"].tolist() == [2, 4]


@pytest.mark.parametrize(
    "text, said, hint",
    [
        ("", "points.csv is empty", "the first line is the header"),
        ("\n\n", "points.csv is empty", "header"),
        ("a,b\n1,2\n", "there is no column 'x'", "the columns are a, b"),
        ("X,y\n1,2\n", "there is no column 'x'", "did you mean X?"),
        ("x,y,x\n1,2,3\n", "2 columns are called 'x'", "own name"),
        ("x;y\n1;2\n", "there is no column 'x'", "separated by ';'"),
        ("x\ty\n1\t2\n", "there is no column 'x'", "--input-format tsv"),
        ("x,y\r1,2\r", "carriage return", "tr '"),
        ('"x,y\n1,2\n', "quote in the header is not closed", ""),
        (b"x,\xff\n1,2\n", "not UTF-8", ""),
        ("x,y\n1,2\n".encode("utf-16"), "UTF-16", "iconv"),
    ],
)
def test_a_bad_header_is_refused(csv: Path, text: str | bytes, said: str, hint: str) -> None:
    csv.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        opened(str(csv)).chosen(XY)
    assert said in caught.value.message and hint in caught.value.hint
    assert caught.value.place in ("", f"{csv}:1")


def test_a_header_alone_has_no_rows(csv: Path) -> None:
    csv.write_text("x,y\n")
    assert chunks(csv) == []


@pytest.mark.parametrize("name, kind, said", [
    ("missing.csv", UsageError, "no such file"), (".", UsageError, "format"), ("a.csv.gz", UsageError, "compressed"),
    ("a.docx", UsageError, "does not say its format"), ("a\0.csv", UsageError, "no such file"),
])  # fmt: skip
def test_what_cannot_be_opened(tmp_path: Path, name: str, kind: type[DifftapeError], said: str) -> None:
    with pytest.raises(kind, match=said):
        opened(f"{tmp_path}/{name}")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        opened(str(tmp_path), "csv")


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_an_unreadable_file(csv: Path) -> None:
    csv.touch(0)
    with pytest.raises(InputOutputError):
        opened(str(csv))


def test_a_line_longer_than_the_limit(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LINE_LIMIT", 1000)
    csv.write_text("x,y\n1,2\n1," + "0" * 2000 + "\n")
    with pytest.raises(LimitError) as caught:
        chunks(csv)
    assert caught.value.place == f"{csv}:3"
    csv.write_text("x,y\n1,2\n1," + "0" * 2000)
    with pytest.raises(LimitError):
        chunks(csv)


def test_a_quote_open_beyond_the_limit_costs_its_line(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LINE_LIMIT", 1000)
    monkeypatch.setattr(quoting, "LINE_LIMIT", 1000)
    monkeypatch.setattr(cutting, "_ENOUGH", 64)
    csv.write_text('x,y\n1,2\n"3,4\n' + "5,6\n" * 500 + '7,8"\n')
    found = chunks(csv, kept=("x",))
    failures = [why for chunk in found for why in chunk.failures.values()]
    assert sum(chunk.size for chunk in found) == 503
    assert failures == ["a quote that is not closed", "y is '8\"', not a number"]


PECULIAR = [
    *(
        "",
        "nan",
        "inf",
        "Infinity",
        "1e5",
        "1.",
        ".5",
        "+1",
        "-",
        "e",
        "1e",
        "0x1p3",
        "1d5",
        "1f",
        "TRUE",
        "null",
        "NA",
    ),
    *("1e-400", '"1"', '"a,b"', '"a\n\nb"', '"a\r\nb"', '"a""b"', '""', '"a\rb"', '"a"b', '"', '""1', '"1" ', ' "1"'),
]
CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(alphabet='0123456789.eE+-_ "\r\n\tabnif,;x\x00é١', max_size=6),
    st.sampled_from(PECULIAR),
)


@pytest.mark.skipif(not has_pyarrow(), reason="pyarrow is not installed")
@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_pyarrow_reads_what_is_read_without_it(tmp_path_factory: pytest.TempPathFactory, table: Any, end: str) -> None:
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(("a,b" + end + "".join(",".join(row) + end for row in table)).encode())
    found = [chunks(path, {"a": "a"}, ("b",), arrow=arrow) for arrow in ARROWS]
    assert len(found[0]) == len(found[1]) and all(map(same, *found))


def test_a_wrong_number_of_pyarrow_would_be_seen(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> tuple[dict[str, Any], dict[str, list[str]]]:
        return {"x": np.array([1.0]), "y": np.array([2.0000000001])}, {}

    monkeypatch.setattr("difftape.points.arrow_text.columns", wrong)
    with pytest.raises(AssertionError):
        csv.write_text("x,y\n1,2\n")
        one, other = (chunks(csv, arrow=arrow)[0] for arrow in (False, True))
        assert same(one, other)


def test_blocks_are_the_same_wherever_reading_begins(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "BLOCK", 7)
    lines = [f'{i},"{i}\n{i}"\n' if i % 5 == 0 else f"{i},{i}\n\n" for i in range(40)]
    csv.write_text("x,y\n" + "".join(lines))
    opening = opened(str(csv)).chosen(XY)
    whole = list(opening.blocks())
    assert [block.size for block in whole] == [7, 7, 7, 7, 7, 5]
    for i, block in enumerate(whole[:-1]):
        for line in (block.line + block.data.count(b"\n"), None):
            assert list(opening.blocks(block.first + block.size, block.end, line)) == whole[i + 1 :]
    for enough in (8, 64):
        monkeypatch.setattr(cutting, "_ENOUGH", enough)
        assert list(opening.blocks()) == whole
    assert [chunk.columns["y"][-1] for chunk in map(opening.parsed, whole)][1] == 13


def test_a_block_of_long_rows_ends_early(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "BLOCK_BYTES", 100)
    csv.write_text("x,y\n" + "1,2\n" * 100)
    assert [block.size for block in opened(str(csv)).blocks()] == [25, 25, 25, 25]


def test_parts_of_a_block_are_joined(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separated, "_STROKE", 20)
    csv.write_text("x,y\n" + "1,2\n" * 20 + "1,oops\n" + "1,2\n" * 20)
    (chunk,) = chunks(csv, kept=("x",), arrow=False)
    assert list(chunk.failures) == [20] and chunk.lines == {20: 22} and chunk.kept["x"] == ["1"] * 41


def test_a_file_that_became_shorter(csv: Path) -> None:
    csv.write_text("x,y\n" + "1,2\n" * 10)
    opening = opened(str(csv)).chosen(XY)
    csv.write_text("x,y\n1,2\n")
    with pytest.raises(InputOutputError, match="became shorter"):
        list(opening.blocks())


def test_a_file_that_grew_is_read_to_its_end(csv: Path) -> None:
    csv.write_text("x,y\n1,2\n")
    opening = opened(str(csv)).chosen(XY)
    with csv.open("a") as file:
        file.write("3,4\n")
    assert [block.size for block in opening.blocks()] == [2]


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[Path, Any]]:
    """A named pipe, and a function that writes pieces into it, each when the one before has been taken."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threads = []

    def feed(*pieces: str, gate: threading.Semaphore | None = None) -> None:
        def run() -> None:
            with path.open("w") as file:
                for piece in pieces:
                    if gate:
                        gate.acquire(timeout=5)
                    file.write(piece)
                    file.flush()

        threads.append(thread := threading.Thread(target=run, daemon=True))
        thread.start()

    yield path, feed
    for thread in threads:
        thread.join(5)


def test_rows_of_a_pipe_come_as_they_are_written(pipe: tuple[Path, Any]) -> None:
    path, feed = pipe
    gate = threading.Semaphore(1)
    feed("x,y\n1,2\n3", ",4\n", "5,6\n\n7,", "8", gate=gate)
    opening = opened(str(path), "csv").chosen(XY)
    seen = []
    for block in opening.blocks():
        seen += opening.parsed(block).columns["x"].tolist()
        gate.release()
        if len(seen) == 1:
            time.sleep(0.02)
    assert seen == [1, 3, 5, 7]


def test_jsonl_of_a_pipe_gives_its_first_row_too(pipe: tuple[Path, Any]) -> None:
    path, feed = pipe
    feed('\ufeff{"x": 1, "y": 2}\n{"x": 3, "y": 4}')
    (chunk, *more) = chunks_of_stream(path, "jsonl")
    assert np.concatenate([c.columns["x"] for c in (chunk, *more)]).tolist() == [1, 3]


def chunks_of_stream(path: Path, format: str) -> list[Chunk]:
    opening = opened(str(path), format).chosen(XY)
    return [opening.parsed(block) for block in opening.blocks()]


@pytest.mark.parametrize(
    "cell, why",
    [
        ("null", "x is missing"),
        ('"3"', "x is '3', not a number"),
        ("true", "x is true, not a number"),
        ("[1]", "x is an array, not a number"),
        ("NaN", "x is nan"),
        ("1e999", "x is inf"),
        ("1" + "0" * 400, "x is inf"),
        ("-1" + "0" * 5000, "x is -inf"),
        ("01", "not JSON: expecting ',' delimiter at column 8"),
        ('1, "x": 2', "the key 'x' is there twice"),
        ("[" * 300 + "]" * 300, "not a row: JSON nested more than 200 deep"),
        ("[" * 100000, "not a row: JSON nested more than 200 deep"),
    ],
)
def test_a_bad_json_cell_costs_its_row_only(jsonl: Path, cell: str, why: str) -> None:
    chunk = read(jsonl, f'{{"x": 1, "y": 2}}\n\n{{"x": {cell}, "y": 7}}\n{{"y": 4, "x": 3}}', kept=("y",))
    assert chunk.failures == {1: why} and chunk.lines == {1: 3} and chunk.kept["y"][::2] == [2, 4]
    assert np.array_equal(chunk.columns["x"], [1, math.nan, 3], equal_nan=True)


@pytest.mark.parametrize("line", ["[1, 2]", "3", "nonsense", '{"y": 1}', "{}", '{"x": 1, "y": "\udcff"}'])
def test_a_json_line_that_is_no_row(jsonl: Path, line: str) -> None:
    text = f'{{"x": 1, "y": 2}}\n{line}\n{{"x": 3, "y": 4, "z": 5}}\n'.encode("utf-8", "surrogateescape")
    chunk = read(jsonl, text)
    assert list(chunk.failures) == [1] and chunk.columns["y"][[0, 2]].tolist() == [2, 4]


@pytest.mark.parametrize("text", ["[" * 100000 + "]" * 100000 + "\n", "[1]\n", "x,y\n1,2\n", '{"y": 1}\n'])
def test_the_first_json_line_is_the_header(jsonl: Path, text: str) -> None:
    jsonl.write_text(text)
    with pytest.raises(UsageError) as caught:
        opened(str(jsonl)).chosen(XY)
    assert caught.value.place == f"{jsonl}:1"


def test_big_integers_are_the_nearest_doubles(jsonl: Path) -> None:
    chunk = read(jsonl, '{"x": 9007199254740993, "y": 123456789012345678901234567890}\n')
    assert chunk.columns["x"][0] == float(9007199254740993) and chunk.columns["y"][0] == 1.2345678901234568e29


def test_formats_are_known_by_their_suffix() -> None:
    assert rows.format_of("A.CSV") == "csv" and rows.format_of("-") == "csv" and rows.format_of("p.pq") == "parquet"


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet='"",,\n\n\r1a\x00', max_size=40), st.booleans())
def test_quotes_are_found_at_a_stroke_as_they_are_one_by_one(text: str, is_all: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast = quoting.rows_with_quotes(",")(text.encode(), is_all)
        cells = separated.with_quotes(text.encode(), 1, ",", 2, [0, 1])
        patch.setattr(quoting, "quoted", lambda *_: None)
        slow = quoting.rows_with_quotes(",")(text.encode(), is_all)
        slow_cells = separated._row_by_row(text.encode(), 1, ",", 2, [0, 1], quoting.rows_with_quotes(","))
    assert [list(bound) for bound in fast[:2]] == [list(bound) for bound in slow[:2]] and fast[2] == slow[2]
    assert cells is None or cells == slow_cells
