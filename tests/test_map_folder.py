"""difftape map over folders and patterns: an output for each input, none lost, and a run that was stopped goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from process import PROGRAM, environment, run

from difftape.errors import DifftapeError, InputOutputError, UsageError
from difftape.mapping import folder, piece
from difftape.mapping.calling import map_rows
from difftape.mapping.ledger import NAME, Ledger, is_wanted
from difftape.mapping.listing import listed
from difftape.points.extras import has_pyarrow

TEXT = "log(y)*sin(x)"


def table(rows: int, seed: int) -> str:
    """A CSV of points, all of them good."""
    numbers = np.random.default_rng(seed).uniform(0.1, 2, (rows, 2)).tolist()
    return "x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in numbers)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of inputs, and what is none of them."""
    found = tmp_path / "data"
    (found / "deep" / "er").mkdir(parents=True)
    for k, name in enumerate(("a.csv", "b.csv", "deep/a.csv", "deep/er/c.csv")):
        (found / name).write_text(table(50 + k, k))
    (found / "d.jsonl").write_text('{"y": 1.5, "x": 2}\n{"x": 1, "y": 2}\n')
    for name in (".hidden.csv", "e.csv.partial", "e.csv.journal", "_SUCCESS", "deep/.part.csv"):
        (found / name).write_text("nothing")
    return found


def contents(path: Path) -> dict[str, bytes]:
    """All files below a folder, by name."""
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def mapped(data: Path, out: Path, **more: Any) -> Any:
    return map_rows(TEXT, str(data), str(out), jobs=1, **more)


def test_each_input_has_its_output_as_if_it_were_alone(data: Path, tmp_path: Path) -> None:
    answered = mapped(data, tmp_path / "out", with_value=True)
    assert answered.code == 0 and answered.summary.rows == 50 + 51 + 52 + 53 + 2 and not answered.notes
    found = contents(tmp_path / "out")
    assert set(found) == {"a.csv", "b.csv", "d.jsonl", "deep/a.csv", "deep/er/c.csv"}
    for name, given in found.items():
        alone = tmp_path / f"alone{Path(name).suffix}"
        map_rows(TEXT, str(data / name), str(alone), jobs=1, with_value=True)
        assert alone.read_bytes() == given


def test_a_pattern_means_what_it_matches(data: Path, tmp_path: Path) -> None:
    mapped(Path(f"{data}/**/?.csv"), tmp_path / "out", output_format="jsonl")
    assert set(contents(tmp_path / "out")) == {"a.jsonl", "b.jsonl", "deep/a.jsonl", "deep/er/c.jsonl"}
    mapped(Path(f"{data}/d*p/*.csv"), tmp_path / "one")
    assert set(contents(tmp_path / "one")) == {"deep/a.csv"}


def test_a_file_called_like_a_pattern_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a[1].csv").write_text("x,y\n1,2\n")
    assert mapped(tmp_path / "a[1].csv", tmp_path / "out.csv").summary.rows == 1
    assert (tmp_path / "out.csv").is_file()


@pytest.mark.skipif(not has_pyarrow(), reason="pyarrow is not installed")
def test_formats_may_be_mixed(data: Path, tmp_path: Path) -> None:
    mapped(data, tmp_path / "in.parquet")  # the name of the folder says the format of what is in it
    assert {Path(name).suffix for name in contents(tmp_path / "in.parquet")} == {".parquet"}
    (tmp_path / "in.parquet" / "z.csv").write_text(table(3, 0))
    mapped(Path(f"{tmp_path}/*.parquet"), tmp_path / "out")
    assert {Path(name).suffix for name in contents(tmp_path / "out")} == {".parquet", ".csv"}


def test_what_lies_beside_the_rows_is_said(data: Path, tmp_path: Path) -> None:
    (data / "README.md").write_text("about")
    assert mapped(data, tmp_path / "out").said() == ["left out, for their names say no format of rows: README.md"]


def test_the_folder_of_outputs_is_no_input(data: Path) -> None:
    mapped(data, data / "out")
    assert set(contents(data / "out")) == {"a.csv", "b.csv", "d.jsonl", "deep/a.csv", "deep/er/c.csv"}
    assert len(listed(str(data), str(data / "out")).inputs) == 5


def test_links_are_followed_once(data: Path) -> None:
    (data / "loop").symlink_to(data)
    (data / "deep" / "back").symlink_to(data / "deep")
    assert len(listed(str(data), "out").inputs) == 5


@pytest.mark.parametrize("name, text, said", [
    ("f.csv", "x,z\n1,2\n", "there is no column 'y'"),
    ("f.csv", "", "f.csv"),
    ("f.csv.gz", "?", "is compressed"),
    ("a.jsonl", '{"x": 1, "y": 1}', "a.csv and a.jsonl would both be answered in a.csv"),
])  # fmt: skip
def test_what_is_wrong_with_one_file_is_said_before_any_is_answered(
    data: Path, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (data / name).write_text(text)
    with pytest.raises(UsageError) as caught:
        mapped(data, tmp_path / "out", output_format="csv")
    assert said in str(caught.value) and not (tmp_path / "out").exists()


def test_files_that_would_have_other_results(data: Path, tmp_path: Path) -> None:
    (data / "e.csv").write_text("x,y,e\n1,2,3\n")
    with pytest.raises(UsageError, match=r"e.csv has other results than a.csv: d_x, d_y, d_e and d_x, d_y"):
        map_rows("x*y*e", str(data), str(tmp_path / "out"))


def test_there_must_be_files_and_a_folder_for_them(data: Path, tmp_path: Path) -> None:
    for source, said in ((f"{data}/*.tsv", "no file matches"), (tmp_path / "none", "without files of rows")):
        (tmp_path / "none").mkdir(exist_ok=True)
        with pytest.raises(UsageError, match=said):
            mapped(Path(source), tmp_path / "out")
    with pytest.raises(UsageError, match="need a folder to write to"):
        map_rows(TEXT, str(data))
    with pytest.raises(UsageError, match="is read and would be written to"):
        mapped(data, data)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputOutputError, match="a folder is needed"):
        mapped(data, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_holds_something_is_left_alone(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_text("mine")
    for resume in (False, True):
        with pytest.raises(UsageError):
            mapped(data, out, resume=resume)
    assert contents(out) == {"a.csv": b"mine"}


def spoiled(data: Path) -> None:
    for name in ("b.csv", "deep/a.csv"):
        lines = (data / name).read_text().splitlines()
        lines[3:6] = ["1,oops", "1,-1", "1"]
        (data / name).write_text("\n".join(lines) + "\n")


def test_failures_are_counted_over_all_files(data: Path, tmp_path: Path) -> None:
    spoiled(data)
    answered = mapped(data, tmp_path / "out")
    assert answered.code == 1 and answered.summary.failed == 6
    assert f"{data}/b.csv:4: y is 'oops', not a number" in "\n".join(answered.said())
    stopped = mapped(data, tmp_path / "fast", max_errors=4)
    assert stopped.code == 4 and set(contents(tmp_path / "fast")) >= {"a.csv", "b.csv", "d.jsonl", NAME}
    assert "deep/a.csv" not in contents(tmp_path / "fast")
    again = mapped(data, tmp_path / "fast", max_errors=4, resume=True)
    assert again.code == 4 and again.summary.rows == stopped.summary.rows
    assert mapped(data, tmp_path / "fast", resume=True).summary.failed == 6
    assert contents(tmp_path / "fast") == contents(tmp_path / "out")
    assert mapped(data, tmp_path / "first", max_errors=0).code == 4


class _StoppedError(Exception):
    pass


def test_a_run_stopped_anywhere_goes_on(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled(data)
    whole = mapped(data, tmp_path / "whole")
    real = os.replace
    for moment in range(1, 40):
        out, left = tmp_path / f"out{moment}", [moment]

        def tick(*_: Any, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise _StoppedError

        def replaced(*names: str, tick: Any = tick) -> None:
            tick()
            real(*names)
            tick()

        monkeypatch.setattr(os, "replace", replaced)
        try:
            mapped(data, out, notice=tick)
        except _StoppedError:
            monkeypatch.setattr(os, "replace", real)
            answered = mapped(data, out, resume=True)
            assert answered.summary.rows == whole.summary.rows and answered.summary.failed == whole.summary.failed
            assert answered.summary.first == whole.summary.first and answered.failing == whole.failing
            assert contents(out) == contents(tmp_path / "whole")
        else:
            break
    assert moment > 15


def test_a_killed_run_goes_on(data: Path, tmp_path: Path) -> None:
    for k in range(3):
        (data / f"large{k}.csv").write_text(table(100_000, k))
    out = tmp_path / "out"
    words = [*PROGRAM, "map", TEXT, str(data), "-o", str(out), "-j", "1"]
    with subprocess.Popen(words, env=environment(), stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while not (out / "large0.csv").exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        process.kill()
    assert (out / NAME).exists()
    refused = run(*words[len(PROGRAM) :])
    assert refused.returncode == 2 and "holds an unfinished run" in refused.stderr
    done = run(*words[len(PROGRAM) :], "--resume")
    assert done.returncode == 0 and "files had been done before" in done.stderr and not done.stdout
    mapped(data, tmp_path / "whole")
    assert contents(out) == contents(tmp_path / "whole")
    again = run(*words[len(PROGRAM) :], "--resume")
    assert again.returncode == 0 and "nothing is computed" in again.stderr


@pytest.fixture
def unfinished(data: Path, tmp_path: Path) -> Path:
    """A folder in which one output is finished."""
    with pytest.raises(_StoppedError):

        def notice(mark: Any) -> None:
            if mark.rows > 50:
                raise _StoppedError

        mapped(data, tmp_path / "out", notice=notice)
    return tmp_path / "out"


@pytest.mark.parametrize("change, said", [
    (lambda data: (data / "new.csv").write_text(table(1, 1)), "the files differ: new.csv came"),
    (lambda data: (data / "a.csv").unlink(), "the files differ: a.csv went"),
    (lambda data: (data / "a.csv").write_text(table(50, 9)), "a.csv differs, by its hash"),
])  # fmt: skip
def test_other_inputs_are_refused(data: Path, unfinished: Path, change: Any, said: str) -> None:
    change(data)
    with pytest.raises(UsageError, match=said) as caught:
        mapped(data, unfinished, resume=True)
    assert "delete the folder" in caught.value.hint


@pytest.mark.parametrize("question", [
    {"with_value": True}, {"order": 2}, {"wrt": ["y"]}, {"engine": "blocked"}, {"keep": ["x"]},
    {"output_format": "tsv"},
])  # fmt: skip
def test_another_question_is_refused(data: Path, unfinished: Path, question: Any) -> None:
    with pytest.raises(UsageError, match="was another"):
        mapped(data, unfinished, resume=True, **question)
    with pytest.raises(UsageError, match="was another"):
        map_rows("x*y", str(data), str(unfinished), resume=True)


def test_an_output_that_went_is_made_again(data: Path, unfinished: Path, tmp_path: Path) -> None:
    (unfinished / "a.csv").unlink()
    mapped(data, unfinished, resume=True)
    mapped(data, tmp_path / "whole")
    assert contents(unfinished) == contents(tmp_path / "whole")


def test_a_damaged_journal_is_said(data: Path, unfinished: Path) -> None:
    journal = unfinished / NAME
    journal.write_bytes(journal.read_bytes() + b"]\n")
    with pytest.raises(InputOutputError, match="is damaged"):
        mapped(data, unfinished, resume=True)


def test_one_run_at_a_time(data: Path, unfinished: Path) -> None:
    with Ledger(str(unfinished)) as ledger:
        with pytest.raises(InputOutputError, match="another run is writing it"):
            mapped(data, unfinished, resume=True)
        ledger.begin({}, False)
        assert is_wanted(ledger.path, ledger.token) and not is_wanted(ledger.path, "another")
    assert not is_wanted(ledger.path, ledger.token) and not is_wanted(ledger.path + "?", ledger.token)


def test_a_sample_of_all_files_is_checked(data: Path, tmp_path: Path) -> None:
    answered = mapped(data, tmp_path / "out", check_rows=8)
    assert len(answered.checked) == 8 and {verdict for _, verdict, _ in answered.checked} == {"agree"}
    assert len({why.split(":")[0] for _, _, why in answered.checked}) > 1


def test_a_worker_of_another_kind_is_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain: list[dict[str, Any]] = []

    def perform(pieces: Any) -> Any:
        plain.extend(pieces)
        yield from ()

    run = folder.FolderRun(str(data), str(tmp_path / "out"), TEXT, None, "parquet", asking())
    with pytest.raises(InputOutputError, match="was not answered"):
        run.to_folder(folder.Limits(), lambda mark: None, perform=perform)
    assert plain == json.loads(json.dumps(plain)) or all(type(v) in PLAIN for p in plain for v in p.values())
    assert "0.0.0" in piece.answered({**plain[0], "version": "0.0.0"})["error"].message
    monkeypatch.setattr(piece, "find_spec", lambda name: None)
    error = piece.answered(plain[0])["error"]
    assert isinstance(error, DifftapeError) and "pip install" in error.hint
    assert not contents(tmp_path / "out").get("a.parquet")


PLAIN = (int, str, dict, bool, tuple, type(None))


def asking() -> dict[str, Any]:
    return {"wrt": None, "order": 1, "with_value": False, "columns": None, "engine": "auto", "kept": (),
            "keeps_all": False, "subgradient": False, "max_nodes": None}  # fmt: skip


def has_begun(part: Path) -> bool:
    return part.exists() and part.stat().st_size > 0


def test_an_interrupted_run_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    (data / "large.csv").write_text(table(300_000, 1))
    out = tmp_path / "out"
    words = [*PROGRAM, "map", TEXT, str(data), "-o", str(out), "-j", "1"]
    with subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 30
        while not has_begun(out / "large.csv.partial") and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == -signal.SIGINT and b"--resume goes on" in said and b"Traceback" not in said
