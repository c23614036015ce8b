"""difftape map on a Dask cluster: the same bytes as one process, whoever dies on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from process import PROGRAM, environment, run
from test_map_folder import contents, table

pytest.importorskip("distributed", reason="distributed is not installed")

from difftape.errors import InputOutputError, UsageError
from difftape.mapping import journal
from difftape.mapping.calling import map_rows
from difftape.mapping.ledger import NAME
from difftape.points.extras import has_pyarrow

TEXT = "log(y)*sin(x)"
ROWS = 140_000
HERE = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def until(is_so: Callable[[], Any], seconds: float = 40) -> Any:
    """What `is_so` says, when it is no longer nothing."""
    end = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.005)
    return found


def is_alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Processes:
    """A scheduler and two workers, each a process of its own that nothing starts again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--no-dashboard")
        self.workers = [self.worker(), self.worker()]
        self.address = json.loads(until(self._text))["address"]

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")

    def _start(self, kind: str, *more: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", *more]
        words += ["--scheduler-file", str(self.known)]
        return subprocess.Popen(words, env=environment(**HERE), cwd=self.folder, **QUIET)

    def _text(self) -> str:
        try:
            text = self.known.read_text()
            return text if text.endswith("}") else ""
        except OSError:
            return ""

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    found = Processes(tmp_path_factory.mktemp("scheduler"))
    yield found
    found.end()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five inputs, two of them of some length."""
    found = tmp_path_factory.mktemp("data")
    (found / "deep").mkdir()
    for k, name in enumerate(("a.csv", "b.csv", "c.csv", "d.csv", "deep/e.csv")):
        (found / name).write_text(table(ROWS if k < 2 else 100, k))
    with (found / "d.csv").open("a") as file:
        file.write("1,oops\n1,-1\n")
    return found


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert map_rows(TEXT, str(data), str(out), jobs=1).summary.failed == 2
    return contents(out)


def worker_at(out: Path, name: str) -> int:
    """The process that answers an input, as soon as it has answered a part of it."""

    def found() -> int:
        try:
            known = journal.read((out / f"{name}.journal").read_bytes())
        except OSError:
            return 0
        return known.process or 0 if len(known.marks) > 1 else 0

    return until(found)


def test_a_cluster_gives_the_bytes_of_one_process(
    data: Path, whole: dict[str, bytes], processes: Processes, tmp_path: Path
) -> None:
    answered = map_rows(TEXT, str(data), str(tmp_path / "out"), scheduler=processes.address)
    assert contents(tmp_path / "out") == whole
    assert answered.code == 1 and answered.summary.rows == 2 * ROWS + 302
    assert f"{data}/d.csv:102: y is 'oops'" in "\n".join(answered.said())


@pytest.mark.skipif(not has_pyarrow(), reason="pyarrow is not installed")
def test_parquet_on_a_cluster(data: Path, processes: Processes, tmp_path: Path) -> None:
    small = f"{data}/[cd].csv"
    for name, more in (("here", {}), ("there", {"scheduler": processes.address})):
        map_rows(TEXT, small, str(tmp_path / name), output_format="parquet", **more)
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
    assert set(contents(tmp_path / "here")) == {"c.parquet", "d.parquet"}


def test_failures_are_counted_on_a_cluster(data: Path, processes: Processes, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped = map_rows(TEXT, str(data), str(out), scheduler=processes.address, max_errors=0)
    assert stopped.code == 4 and stopped.summary.failed == 1 and not (out / "d.csv").exists()
    assert map_rows(TEXT, str(data), str(out), jobs=1, resume=True).summary.failed == 2


def test_an_error_in_one_file_names_it(data: Path, processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(table(3, 1))
    (tmp_path / "out" / "a.csv.partial").mkdir(parents=True)
    (tmp_path / "out" / NAME).touch()
    done = run("map", TEXT, "in", "-o", "out", "--resume", "--scheduler", processes.address, cwd=tmp_path)
    assert done.returncode == 6 and "cannot write out/a.csv: " in done.stderr and not done.stdout


def test_a_killed_worker_costs_its_task_only(
    data: Path, whole: dict[str, bytes], processes: Processes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = [*PROGRAM, "map", TEXT, str(data), "-o", str(out), "--scheduler", processes.address]
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        killed = worker_at(out, "a.csv")
        assert killed in {worker.pid for worker in processes.workers}
        os.kill(killed, signal.SIGKILL)
        assert not (out / "a.csv").exists()
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1 and contents(out) == whole
    said = stderr.decode().splitlines()
    assert not stdout and len(said) == 3 and said[0].endswith(" rows had been done before")  # by the one who died
    processes.workers = [worker for worker in processes.workers if worker.poll() is None] + [processes.worker()]


def test_a_killed_worker_of_our_own_cluster_costs_its_task_only(
    data: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = [*PROGRAM, "map", TEXT, str(data / "[a-c].csv"), "-o", str(out), "--workers", "2"]
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        killed = worker_at(out, "a.csv")
        assert killed != process.pid
        os.kill(killed, signal.SIGSTOP)  # so that it is not done before it is killed
        assert not (out / "a.csv").exists() and process.poll() is None
        os.kill(killed, signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (0, b"")
    assert stderr.decode().endswith(" rows had been done before\n") and stderr.count(b"\n") == 1  # by who was killed
    assert contents(out) == {name: whole[name] for name in ("a.csv", "b.csv", "c.csv")}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_client_that_ends_leaves_nothing_behind_and_goes_on(
    data: Path, whole: dict[str, bytes], tmp_path: Path, number: int
) -> None:
    out = tmp_path / "out"
    words = [*PROGRAM, "map", TEXT, str(data), "-o", str(out), "--workers", "2"]
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        worker = worker_at(out, "a.csv")
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == -number and not stdout and b"Traceback" not in stderr
    assert (out / NAME).exists() and not (out / "a.csv").exists()
    until(lambda: not is_alive(worker), 20)
    was_finished = (out / "a.csv").exists()  # by a worker that was quicker than the news
    assert map_rows(TEXT, str(data), str(out), jobs=1, resume=True).summary.reused > 0 or was_finished
    assert contents(out) == whole


def test_tasks_on_a_cluster_end_when_nobody_waits(
    data: Path, whole: dict[str, bytes], processes: Processes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = [*PROGRAM, "map", TEXT, str(data), "-o", str(out), "--scheduler", processes.address]
    with subprocess.Popen(words, env=environment(), **QUIET) as process:
        worker_at(out, "a.csv")
        process.kill()
    answered = map_rows(TEXT, str(data), str(out), scheduler=processes.address, resume=True)
    assert contents(out) == whole and answered.summary.failed == 2


def test_a_scheduler_that_cannot_be_reached(data: Path, tmp_path: Path) -> None:
    for address, kind in (("tcp://127.0.0.1:1", InputOutputError), ("nonsense", UsageError)):
        with pytest.raises(kind, match="address" if kind is UsageError else "cannot reach the Dask scheduler"):
            map_rows(TEXT, str(data), str(tmp_path / "out"), scheduler=address)
    assert not (tmp_path / "out").exists()


def test_a_cluster_is_for_several_files(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is for several files"):
        map_rows(TEXT, str(data / "a.csv"), str(tmp_path / "out.csv"), workers=2)
    with pytest.raises(UsageError, match="give one of them"):
        map_rows(TEXT, str(data), str(tmp_path / "out"), workers=2, scheduler="tcp://127.0.0.1:1")


def test_without_the_extra_the_line_that_installs_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r'pip install "difftape\[dask\]"'):
        map_rows(TEXT, str(data), str(tmp_path / "out"), workers=2)
