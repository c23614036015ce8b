"""What can be wrong with the input or the output of `difftape map`: a clear error with its place, and nothing lost."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from map_runs import FORMULA, ended, here, points, small, started
from process import PROGRAM, environment, run

ROOT = Path(__file__).parent.parent
needs_pyarrow = pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed")


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def npy(header: str, data: bytes = b"") -> bytes:
    """An NPY file with any header."""
    text = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def test_one_bad_cell_in_a_thousand_rows(tmp_path: Path, capfd: Any) -> None:
    rows = ["n/a" if k == 15 else str(k) for k in range(1000)]
    source = written(tmp_path / "points.csv", "x\n" + "".join(row + "\n" for row in rows))
    found = here(capfd, ["x**2", source])
    assert found.code == 1 and "1 of 1000 rows failed (first: line 17)" in found.err
    assert f"{source}:17: x is 'n/a', not a number" in found.err
    assert len(found.table) == 1000
    assert found.table[15] == {"x": "n/a", "d_x": "", "error": "x is 'n/a', not a number"}
    assert all(row["error"] == "" for k, row in enumerate(found.table) if k != 15)


@pytest.mark.parametrize(
    "row, error",
    [
        ("1", "1 cell where the header has 2"),
        ("1,2,3", "3 cells where the header has 2"),
        ("1,", "y is missing"),
        ("nan,1", "x is nan"),
        ("-inf,1", "x is -inf"),
        ("1e999,1", "x is inf"),
        ("N/A,1", "x is 'N/A', not a number"),
        ("1_0,1", "x is '1_0', not a number"),
        ('"1,2', "a quote that is not closed"),
    ],
)
def test_a_bad_row_is_kept_and_told(tmp_path: Path, capfd: Any, row: str, error: str) -> None:
    source = written(tmp_path / "points.csv", f"x,y\n1,2\n{row}\n3,4\n")
    found = here(capfd, ["x*y", source])
    assert found.code == 1 and f"{source}:3: {error}" in found.err, found.err
    assert [bool(line["error"]) for line in found.table] == [False, True, False]
    assert found.table[1]["error"] == error


def test_all_rows_bad(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", "x\n" + "n/a\n" * 20)
    found = here(capfd, ["x**2", source])
    assert found.code == 1 and "20 of 20 rows failed (first: line 2)" in found.err
    assert len(found.table) == 20 and all(row["error"] for row in found.table)


def test_a_mark_of_utf8_and_windows_line_ends(tmp_path: Path, capfd: Any) -> None:
    plain = here(capfd, ["x*y", written(tmp_path / "a.csv", "x,y\n1,2\n3,4\n")])
    other = here(capfd, ["x*y", written(tmp_path / "b.csv", b"\xef\xbb\xbfx,y\r\n1,2\r\n\r\n3,4")])
    assert plain == other and plain.code == 0


def test_a_row_over_several_lines_is_named_by_its_first(tmp_path: Path, capfd: Any) -> None:
    source = written(tmp_path / "points.csv", 'x,note\n1,"a\nb"\n\n0,"c\nd"\n')
    found = here(capfd, ["1/x", source, "--keep"])
    assert found.code == 1 and "(first: line 5)" in found.err and f"{source}:5: pole: " in found.err


@pytest.mark.parametrize(
    "name, data, code, says",
    [
        ("a.csv", "", 2, "is empty"),
        ("a.csv", "y,z\n1,2\n", 2, "no column 'x'"),
        ("a.csv", "x;y\n1;2\n", 2, "separated by ';'"),
        ("a.csv", '"x";"y"\n1;2\n', 2, "separated by ';', and difftape reads ,: write the file with commas"),
        ("a.csv", '"x"\t"y"\n1\t2\n', 2, "separated by tabs, and difftape reads ,: add --input-format tsv"),
        ("a.tsv", '"x","y"\n1,2\n', 2, "separated by ',', and difftape reads a tab: add --input-format csv"),
        ("a.csv", '"x;y\n1;2\n', 2, "a quote in the header is not closed"),
        ("a.csv", '"x"y\n1;2\n', 2, "a quote in the header is not closed"),
        ("a.csv", "\xff\xfex".encode("latin-1"), 2, "UTF-16"),
        ("a.txt", "x\n1\n", 2, "--input-format"),
        ("a.csv.gz", "", 2, "gunzip"),
        ("a.npy", b"x\n1\n", 2, "not an NPY file"),
        (
            "a.npy",
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", bytes(8)),
            2,
            "truncated",
        ),
        ("a.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n"), 2, "pickle"),
        ("a.jsonl", "[" * 100_000 + "]" * 100_000 + "\n", 2, "a.jsonl:1"),
        ("a.csv", "x\n" + "1" * (17 << 20), 5, "longer than 16 MiB"),
    ],
)
def test_an_input_that_is_none(tmp_path: Path, capfd: Any, name: str, data: str | bytes, code: int, says: str) -> None:
    source, target = written(tmp_path / name, data), tmp_path / "out.csv"
    found = here(capfd, ["x**2", source, "-o", target])
    assert found.code == code and says in found.err, found.err
    assert len(found.err.encode()) < 4096
    assert not target.exists()
    assert here(capfd, ["x**2", tmp_path / "none.csv", "-o", target]).code == 2
    (tmp_path / "empty").mkdir()
    assert here(capfd, ["x**2", tmp_path / "empty", "-o", tmp_path / "out"]).code == 2


@needs_pyarrow
def test_a_truncated_parquet_file(tmp_path: Path, capfd: Any) -> None:
    whole, broken = tmp_path / "whole.parquet", tmp_path / "broken.parquet"
    assert here(capfd, [FORMULA, points(tmp_path / "points.csv", 100), "-o", whole]).code == 0
    written(broken, whole.read_bytes()[:-100])
    found = here(capfd, ["x*y", broken, "-o", tmp_path / "out.parquet"])
    assert found.code == 2 and "broken.parquet is not a whole Parquet file" in found.err
    written(broken, "x\n1\n")
    assert here(capfd, ["x*y", broken]).code == 2
    data = bytearray(whole.read_bytes())
    data[100:1000] = bytes(900)
    found = here(capfd, ["x*y", written(broken, bytes(data)), "-o", tmp_path / "out.parquet"])
    assert found.code in (2, 6) and "broken.parquet" in found.err and "internal" not in found.err
    assert not (tmp_path / "out.parquet").exists()


def test_without_pyarrow_the_message_installs_it(tmp_path: Path) -> None:
    source = written(tmp_path / "points.parquet", b"PAR1")
    script = (
        "import sys; sys.modules['pyarrow'] = None\nfrom difftape.cli import main\nraise SystemExit(main(sys.argv[1:]))"
    )
    csv = written(tmp_path / "points.csv", "x\n1\n")
    for argv in (["x", source], ["x", csv, "-o", tmp_path / "out.parquet"]):
        done = subprocess.run([sys.executable, "-c", script, "map", *map(str, argv)], capture_output=True, text=True)
        assert done.returncode == 2 and 'pip install "difftape[parquet]"' in done.stderr, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["points.csv", "points.parquet"]


@pytest.mark.parametrize("kind", ["same", "hard", "symbolic", "dotted"])
def test_the_input_is_not_overwritten(tmp_path: Path, capfd: Any, kind: str) -> None:
    source = points(tmp_path / "points.csv", 5)
    target = tmp_path / "out.csv"
    if kind == "hard":
        os.link(source, target)
    elif kind == "symbolic":
        target.symlink_to(source)
    else:
        target = source if kind == "same" else tmp_path / "." / ".." / tmp_path.name / "points.csv"
    before = source.read_bytes()
    for more in ([], ["--resume"]):
        found = here(capfd, [FORMULA, source, "-o", target, *more])
        assert found.code == 2 and "would be overwritten" in found.err
    assert source.read_bytes() == before and len(list(tmp_path.iterdir())) <= 2


def test_a_link_stays_a_link_and_a_file_keeps_its_permissions(tmp_path: Path, capfd: Any) -> None:
    source, real = points(tmp_path / "points.csv", 5), written(tmp_path / "real.csv", "old")
    real.chmod(0o640)
    (tmp_path / "link.csv").symlink_to(real)
    assert here(capfd, [FORMULA, source, "-o", tmp_path / "link.csv"]).code == 0
    assert (tmp_path / "link.csv").is_symlink() and real.read_text().startswith("x,y,z,")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_an_output_that_cannot_be(tmp_path: Path, capfd: Any) -> None:
    source = points(tmp_path / "points.csv", 5)
    (tmp_path / "folder").mkdir()
    found = here(capfd, [FORMULA, source, "-o", tmp_path / "folder"])
    assert found.code == 6 and str(tmp_path / "folder") in found.err
    found = here(capfd, [FORMULA, source, "-o", tmp_path / "none" / "out.csv"])
    assert found.code == 6 and "No such file or directory" in found.err
    found = here(capfd, [FORMULA, source, "-o", tmp_path / ("a" * 250 + ".csv")])
    assert found.code == 6 and "too long" in found.err
    found = here(capfd, [FORMULA, source, "-f", "npy"])
    assert found.code == 2 and "-o FILE" in found.err
    found = here(capfd, ["x*y*z", source, "-o", tmp_path / "out.npy", "--keep-column", "x", "--columns", "x=y"])
    assert found.code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "points.csv"]


def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    source, folder = points(tmp_path / "points.csv", 5), tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o555)
    target = folder / "out.csv"
    if os.access(folder, os.W_OK):  # the superuser may write everywhere but in what the kernel makes
        if not Path("/proc/self").exists():
            pytest.skip("no folder is read-only for this user")
        target = Path("/proc/out.csv")
    done = run("map", FORMULA, str(source), "-o", str(target))
    assert done.returncode == 6 and f"cannot write {target}" in done.stderr, done.stderr
    assert not list(folder.iterdir())


@pytest.mark.parametrize("format", ["csv", "npy", *(["parquet"] if find_spec("pyarrow") else [])])
def test_a_full_disk(tmp_path: Path, format: str) -> None:
    disk, source = tmp_path / "disk", points(tmp_path / "points.csv", 6000)
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        target = disk / f"out.{format}"
        target.write_text("old")
        for argv in ([*PROGRAM, "map", FORMULA, source], small(500, "map", FORMULA, source, "-j", 1)):
            done = subprocess.run(
                [*map(str, argv), "-o", str(target)], capture_output=True, text=True, env=environment(), cwd=ROOT
            )
            assert done.returncode == 6 and "No space left on device" in done.stderr, done.stderr
            assert target.read_text() == "old"
            assert [path.name for path in disk.iterdir()] == [target.name]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_output_stream_that_is_full_or_closed(tmp_path: Path) -> None:
    source = points(tmp_path / "points.csv", 50)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*PROGRAM, "map", FORMULA, source], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 6 and "No space left on device" in done.stderr
    done = run("map", FORMULA, str(source), "-o", "/dev/full")
    assert done.returncode == 6 and "cannot write /dev/full" in done.stderr
    assert run("map", FORMULA, str(source), "-o", "/dev/null").returncode == 0
    script = f"'{PROGRAM[0]}' {' '.join(PROGRAM[1:])} map '{FORMULA}' '{source}' >&-"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 6 and "standard output is closed" in done.stderr


def test_modules_in_the_folder_are_not_run(tmp_path: Path) -> None:
    source = points(tmp_path / "points.csv", 100)
    for name in ("json", "numpy", "pickle", "pyarrow", "click"):
        written(tmp_path / f"{name}.py", "raise SystemExit('run')")
    script = f"import sys; sys.path[:] = {[str(ROOT), *sys.path[1:]]!r}; sys.path = [p for p in sys.path if p]\n"
    script += "from tests import small_blocks; small_blocks.shrink(20)\nfrom difftape.cli import main\n"
    script += f"sys.exit(main(['map', {FORMULA!r}, 'points.csv', '-j', '2', '-o', 'out.csv']))"
    done = subprocess.run([sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_text().count("\n") == 101
    assert source.exists()


def test_an_input_that_grows_is_read_to_its_end(tmp_path: Path) -> None:
    source, target = points(tmp_path / "points.csv", 20_000), tmp_path / "out.csv"
    process = started(50, "map", FORMULA, source, "-o", target, "-j", 1)
    with source.open("a") as more:
        for _ in range(20):
            more.write("1,2,3\n")
            more.flush()
    found = ended(process)
    assert found.code == 0, found.err
    rows = target.read_text().count("\n") - 1
    assert 20_000 <= rows <= 20_020


def test_an_input_that_shrinks_is_an_error(tmp_path: Path, capfd: Any, monkeypatch: Any) -> None:
    source, target = tmp_path / "points.npy", tmp_path / "out.npy"
    np.save(source, np.zeros((100, 1)) + 2)
    from difftape.points.npy import Npy

    right = Npy.blocks

    def shrinking(self: Any, *where: Any) -> Any:
        os.truncate(source, 300)
        return right(self, *where)

    monkeypatch.setattr(Npy, "blocks", shrinking)
    found = here(capfd, ["x**2", source, "-o", target, "-j", 1])
    assert found.code == 6 and "became shorter" in found.err
    assert not target.exists()
