"""`difftape map` answers every row, in every format, by every engine, with any number of processes."""

from __future__ import annotations

import csv
import io
import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from map_runs import FORMULA, ended, here, points, started

import difftape as dt
from difftape.mapping.calling import map_rows

ENGINES = ["scalar", "blocked", *(["jit"] if find_spec("llvmlite") else [])]
FORMATS = ["csv", "tsv", "jsonl", "npy", *(["parquet", "arrow"] if find_spec("pyarrow") else [])]


DAMAGE = [b",", b'"', b"\n", b"\r", b"x", b"\xff", b" ", b"nan", b"1e999", b"", b"\0", b";"]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return points(tmp_path / "points.csv", 300)


def test_every_row_is_what_grad_says(source: Path, capfd: Any) -> None:
    found = here(capfd, [FORMULA, source, "--with-value"])
    e = dt.parse(FORMULA)
    assert (found.code, found.err) == (0, "")
    assert len(found.table) == 300
    for row in found.table:
        at = {name: float(row[name]) for name in "xyz"}
        assert float(row["value"]) == pytest.approx(e.value(at), rel=1e-14)
        for name, slope in e.gradient(at).items():  # another order of the same operations: some ulps
            assert float(row[f"d_{name}"]) == pytest.approx(slope, rel=1e-12, abs=1e-14)
        assert row["error"] == ""


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree(source: Path, capfd: Any, engine: str) -> None:
    of = {name: here(capfd, [FORMULA, source, "--engine", name, "--with-value"]).table for name in ("blocked", engine)}
    for one, other in zip(*of.values(), strict=True) if len(of) > 1 else ():
        for name in ("value", "d_x", "d_y", "d_z"):  # vector functions are right to 4 ulps, cancellation adds some
            assert float(one[name]) == pytest.approx(float(other[name]), rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_two_processes_write_the_same_bytes(tmp_path: Path, source: Path, engine: str) -> None:
    formats = [f for f in FORMATS if f not in ("tsv", "arrow")] if engine == "blocked" else ["csv"]
    for format in formats:
        for jobs in (1, 2):
            target = tmp_path / f"{jobs}.{format}"
            assert ended(started(40, "map", FORMULA, source, "-o", target, "-j", jobs, "--engine", engine)).code == 0
        assert (tmp_path / f"1.{format}").read_bytes() == (tmp_path / f"2.{format}").read_bytes(), format


def test_blocks_make_no_difference(tmp_path: Path, source: Path, capfd: Any) -> None:
    big = here(capfd, [FORMULA, source, "-j", 1]).out
    for size in (1, 7, 64):
        assert ended(started(size, "map", FORMULA, source, "-j", 1)).out == big


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("format", FORMATS)
def test_no_row_and_one_row(tmp_path: Path, capfd: Any, rows: int, format: str) -> None:
    source = written(tmp_path / "points.csv", "x\n" + "3\n" * rows)
    target = tmp_path / f"out.{format}"
    assert here(capfd, ["x**2", source, "-o", target]) == (0, "", "")
    assert target.stat().st_size > 0 or (format, rows) == ("jsonl", 0)
    if format == "npy":
        assert np.load(target)["d_x"].tolist() == [6.0] * rows
    elif format in ("parquet", "arrow"):
        again = here(capfd, ["d_x", target])
        assert [row["d_x"] for row in again.table] == ["6.0"] * rows or again.table[0]["d_d_x"] == "1.0"


def test_what_map_writes_map_reads(tmp_path: Path, source: Path, capfd: Any) -> None:
    plain = here(capfd, [FORMULA, source, "-j", 1]).table
    for format in FORMATS:
        target = tmp_path / f"out.{format}"
        assert here(capfd, [FORMULA, source, "-o", target]).code == 0
        again = here(capfd, [FORMULA, target, "--csv"]).table
        assert again == plain, format


def test_options_of_derivatives(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", "id,y,x\na,2,3\n")

    def lines(*more: object) -> list[str]:
        found = here(capfd, [*more[:1], source, *more[1:]])
        assert found.code == 0, found.err
        return found.out.splitlines()

    assert lines("x**3*y") == ["x,y,d_x,d_y,error", "3.0,2.0,54.0,27.0,"]
    assert lines("x**3*y", "--wrt", "y") == ["x,y,d_y,error", "3.0,2.0,27.0,"]
    assert lines("x**3*y", "-n", "2") == ["x,y,d2_x,d2_y,error", "3.0,2.0,36.0,0.0,"]
    assert lines("x**3*y", "-n", "3", "--wrt", "x", "--with-value") == ["x,y,value,d3_x,error", "3.0,2.0,54.0,12.0,"]
    assert lines("x**3*y", "--wrt", "x", "--keep") == ["x,y,d_x,id,error", "3.0,2.0,54.0,a,"]
    assert lines("x**3", "--keep-column", "y", "--keep-column", "x") == ["x,d_x,y,error", "3.0,27.0,2,"]
    assert lines("q**2", "--columns", "q=y") == ["q,d_q,error", "2.0,4.0,"]
    assert lines("x*y", "--columns", "x=y", "--columns", "y=x") == ["x,y,d_x,d_y,error", "2.0,3.0,3.0,2.0,"]
    assert lines("-x**2") == ["x,d_x,error", "3.0,-6.0,"]
    assert lines("-x**2", "--jsonl") == ['{"x": 3.0, "d_x": -6.0, "error": null}']


def test_constants_are_variables_where_columns_are_called_so(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", "e,pi,x\n2,3,5\n")
    assert here(capfd, ["e*pi*x", source]).out == "e,pi,x,d_e,d_pi,d_x,error\n2.0,3.0,5.0,15.0,10.0,6.0,\n"
    other = written(tmp_path / "other.csv", "x\n5\n")
    assert here(capfd, ["tau*x", other]).out == f"x,d_x,error\n5.0,{math.tau!r},\n"
    assert here(capfd, ["e*x", other, "--columns", "e=x"]).out == "e,x,d_e,d_x,error\n5.0,5.0,5.0,5.0,\n"


def test_unusual_names(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", "\ufeffα,lambda,время,gamma,e\u0301\r\n2,3,5,7,11\r\n")
    found = here(capfd, ["α*lambda*время*gamma*\u00e9", source])
    assert found.code == 0, found.err
    assert found.out.splitlines()[1] == "2.0,3.0,5.0,7.0,11.0,1155.0,770.0,462.0,330.0,210.0,"
    found = here(capfd, ["x", written(tmp_path / "no.csv", "y\n1\n")])
    assert found.code == 2 and "no column 'x'" in found.err
    found = here(capfd, ["x", written(tmp_path / "no.csv", "x,x\n1,2\n")])
    assert found.code == 2 and "2 columns are called 'x'" in found.err


@pytest.mark.parametrize(
    "text, header, more, says",
    [
        ("2*3", "x", [], "no variables"),
        ("x", "x,error", ["--keep"], "two columns error"),
        ("x", "x,d_x", ["--keep"], "two columns d_x"),
        ("d_x*x", "x,d_x", [], "two columns d_x"),
        ("x", "x,a", ["--columns", "x=a", "--keep"], "two columns x"),
        ("x", "x", ["--columns", "y=x"], "no expression has the variable y"),
        ("x", "x", ["--columns", "x=b"], "no column 'b'"),
        ("x", "x", ["--columns", "x=x,x=x"], "given twice"),
        ("x", "x", ["--wrt", "y"], "y to differentiate by"),
        ("x", "x", ["--keep-column", "b"], "no column 'b'"),
        ("x", "x", ["--max-errors", "0"], "whole number"),
        ("x", "x", ["--engine", "gpu"], "engine"),
    ],
)
def test_what_cannot_be_asked(tmp_path: Path, capfd: Any, text: str, header: str, more: list[str], says: str) -> None:
    source = written(tmp_path / "points.csv", header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    found = here(capfd, [text, source, *more, "-o", tmp_path / "out.csv"])
    assert found.code == 2 and says in found.err, found.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["points.csv"]


def test_an_expression_that_is_none_ends_in_its_own_class(source: Path, capfd: Any) -> None:
    assert here(capfd, ["2 x", source]).code == 3
    assert here(capfd, ["x*y*z", source, "--max-nodes", "2"]).code == 5
    assert here(capfd, ["x*y*z", source, "-n", "1001"]).code == 5
    assert here(capfd, ["x", source, "y"]).code == 2
    assert here(capfd, []).code == 2


def test_an_expression_beyond_the_usual_limit_when_asked(tmp_path: Path, source: Path, monkeypatch: Any) -> None:
    text = "+".join(["x"] * 50)
    monkeypatch.setattr("difftape.expression.parse.__defaults__", ((), 20))
    found = map_rows(text, str(source), str(tmp_path / "out.csv"), max_nodes=1000)
    assert found.summary.rows == 300


def test_hard_points_are_told_and_removable_ones_answered(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", "x\n0\n-0.0\n2\n")
    for text, status in (("abs(x)", "kink"), ("sqrt(x)", "infinite"), ("1/x", "pole"), ("log(x)", "pole")):
        found = here(capfd, [text, source])
        assert found.code == 1 and "2 of 3 rows failed (first: line 2)" in found.err
        first, second, third = found.table
        assert first["d_x"] == second["d_x"] == "" and third["d_x"] and third["error"] == ""
        assert first["error"].startswith(f"{status}: ") and second["error"].startswith(f"{status}: "), first
    assert [row["d_x"] for row in here(capfd, ["sin(x)/x", source]).table[:2]] == ["0.0", "0.0"]
    assert here(capfd, ["sin(x)/x", source, "--with-value"]).table[0]["value"] == "1.0"
    assert here(capfd, ["abs(x)", source, "--subgradient"]).table[0] == {"x": "0.0", "d_x": "0.0", "error": ""}
    half = here(capfd, ["abs(x)*y", written(tmp_path / "two.csv", "x,y\n0,3\n")]).table[0]
    assert (half["d_x"], half["d_y"]) == ("", "0.0") and half["error"].startswith("kink: d/dx: ")


@pytest.mark.parametrize("engine", ENGINES)
def test_no_number_is_silently_missing(tmp_path: Path, capfd: Any, engine: str) -> None:
    rows = ["0", "-0.0", "1", "-1", "1e308", "-1e308", "5e-324", "1e-320", "710", "-745.2", "0.5"]
    source = written(tmp_path / "points.csv", "x\n" + "".join(row + "\n" for row in rows))
    for text in ("exp(x)", "x**0.5", "log(x)*x", "abs(x)", "max(x, 0)", "x**x", "1/x - 1/x", "tan(x)", "floor(x)",
                 "where(x > 0, sqrt(x), x)", "gamma(x)", "x*1e308*10"):  # fmt: skip
        found = here(capfd, [text, source, "--with-value", "--engine", engine if text != "gamma(x)" else "blocked"])
        for row in found.table:
            numbers = [row["value"], row["d_x"]]
            assert bool(row["error"]) == ("" in numbers), (text, row)
            assert all(math.isfinite(float(number)) for number in numbers if number), (text, row)
        assert found.code == (1 if any(row["error"] for row in found.table) else 0)


def test_rows_are_checked_by_sympy(source: Path, capfd: Any, monkeypatch: Any) -> None:
    found = here(capfd, [FORMULA, source, "--check-rows", "5"])
    assert found.code == 0 and "check of 5 rows: 5 agree" in found.err
    assert "check of 300 rows" not in found.err
    from difftape.engines import blocked

    right = blocked.Blocked.run

    def wrong(self: Any, columns: Any, out: Any, begin: int, end: int, doubts: Any = None) -> Any:
        found = right(self, columns, out, begin, end, doubts)
        out[-1][begin:end] *= 1.001
        return found

    monkeypatch.setattr(blocked.Blocked, "run", wrong)
    found = here(capfd, [FORMULA, source, "--check-rows", "5", "--engine", "blocked"])
    assert found.code == 1 and "5 differs" in found.err, found.err


def test_too_many_failures(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", "x\n" + "".join(f"{'n/a' if k % 2 else k + 1}\n" for k in range(40)))
    target = tmp_path / "out.csv"
    found = here(capfd, ["x**2", source, "--fail-fast"])
    assert found.code == 4 and found.out == "x,d_x,error\n1.0,2.0,\n"
    assert "1 of 2 rows failed (first: line 3); stopped there" in found.err
    found = here(capfd, ["x**2", source, "--max-errors", "10"])
    assert found.code == 4 and "11 of 22 rows failed" in found.err and found.out.count("\n") == 22
    assert here(capfd, ["x**2", source, "--max-errors", "20", "-o", target]).code == 1
    assert target.exists()


def test_a_timeout_ends_it(tmp_path: Path, capfd: Any) -> None:
    run = ended(started(5, "map", "x**2", "/dev/zero", "--input-format", "csv", "--timeout", "0.3"))
    assert run.code == 5 and ("--timeout" in run.err or "longer than" in run.err)
    source = points(tmp_path / "points.csv", 60_000)
    run = ended(started(5, "map", FORMULA, source, "-o", tmp_path / "out.csv", "--timeout", "0.8", "-j", 1))
    assert run.code == 5 and "--resume" in run.err and not (tmp_path / "out.csv").exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), max_size=12),
    damage=st.lists(st.tuples(st.integers(0, 400), st.sampled_from(DAMAGE)), max_size=4),
    ends=st.sampled_from(["\n", "\r\n"]),
    jobs=st.sampled_from([1, 2]),
)
def test_rows_in_are_rows_out_whatever_is_in_them(
    tmp_path: Path, rows: list[tuple[float, float]], damage: list[tuple[int, bytes]], ends: str, jobs: int
) -> None:
    head = f"x,y{ends}".encode()
    body = "".join(f"{x!r},{y!r}{ends}" for x, y in rows).encode()
    for place, what in damage:
        place %= len(body) + 1
        body = body[:place] + what + body[place + 1 :]
    source, target = tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_bytes(head + body)
    if b'"' in body:
        return  # a quoted cell may hold line ends: tests of rows count those
    found = map_rows("x*y", str(source), str(target), jobs=jobs)
    lines = [line for line in body.split(b"\n") if line not in (b"", b"\r")]
    assert found.summary.rows == len(lines)
    table = target.read_bytes().decode("utf-8", "surrogateescape")
    records = list(csv.reader(io.StringIO(table, newline="")))
    assert len(records) == 1 + len(lines)
    assert all(len(record) == 5 for record in records)
    assert found.summary.failed == sum(record[-1] != "" for record in records[1:])
    assert found.code == (1 if found.summary.failed else 0)


def test_json_lines_in_and_out(tmp_path: Path, capfd: Any) -> None:
    source = written(
        tmp_path / "points.jsonl", '{"x": 3, "n": "a"}\n\n{"n": 1, "x": "no"}\n{"x": null}\n[1]\n{"x": 4}\n'
    )
    found = here(capfd, ["x**2", source, "--keep"])
    rows = [json.loads(line) for line in found.out.splitlines()]
    assert found.code == 1 and [row["d_x"] for row in rows] == [6.0, None, None, None, 8.0]
    assert "3 of 5 rows failed (first: line 3)" in found.err and f"{source}:3: " in found.err
    assert [row["n"] for row in rows] == ["a", 1, None, None, None]


def test_other_processes_help_where_blocks_without_text_are_slow(tmp_path: Path, monkeypatch: Any) -> None:
    from difftape.mapping import conveying, running, serving
    from difftape.points import npy, rows

    for module in (npy, rows, running):
        monkeypatch.setattr(module, "BLOCK", 10)
    source = tmp_path / "points.npy"
    np.save(source, np.linspace(1, 2, 45)[:, None])
    crews = []
    started = serving.Crew.__init__

    def counted(self: Any, *given: Any) -> None:
        crews.append(self)
        started(self, *given)

    monkeypatch.setattr(serving.Crew, "__init__", counted)
    map_rows("x**2", str(source), str(tmp_path / "alone.npy"), jobs=2)
    assert not crews
    monkeypatch.setattr(conveying, "_SLOW", 0.0)
    map_rows("x**2", str(source), str(tmp_path / "helped.npy"), jobs=2)
    assert len(crews) == 1
    assert (tmp_path / "alone.npy").read_bytes() == (tmp_path / "helped.npy").read_bytes()
