"""Bad inputs and hostile surroundings, met by the program as it is installed: each case is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bad_inputs
import pytest
from process import PROGRAM, environment, run
from test_cli_bad_inputs import CASES, HEAVY, LIGHT, judge, limited

SECONDS = 30  # for any input
ASKED = [
    ("grad", "sin(x)*y**2", "--at", "x=0.5,y=3", "--json"),
    ("grad", "exp(x)/x", "--at", "x=0:1:5", "--order", "3", "--csv", "--no-check"),
    ("grad", "abs(x)", "--at", "x=0"),
    ("check", "x**3+gamma(x)", "--at", "x=1.5"),
    ("functions", "--json"),
]


def outcome(name: str, folder: Path) -> dict[str, Any]:
    """What came of a case in an empty folder that is also its home."""
    case = CASES[name]
    argv = [bad_inputs.expanded(word) for word in case["argv"]]
    home = environment(HOME=str(folder))
    done = run(*argv, stdin=bad_inputs.given(case), cwd=folder, env=home, preexec_fn=limited, timeout=SECONDS)
    found = {"code": done.returncode, "out": done.stdout, "err": done.stderr, "did": []}
    return {**found, "said": len(done.stderr.encode())}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("empty")
    possible = [name for name in LIGHT if not any("\0" in bad_inputs.expanded(word) for word in CASES[name]["argv"])]
    with ThreadPoolExecutor(os.cpu_count()) as several:
        found = dict(zip(possible, several.map(lambda name: outcome(name, folder), possible), strict=True))
    yield found
    assert not list(folder.iterdir()), "a file was written"


def test_the_installed_program_meets_every_bad_input_as_the_contract_says(outcomes: dict[str, Any]) -> None:
    wrong = {name: said for name, found in outcomes.items() if (said := judge(CASES[name], found))}
    assert not wrong
    assert len(outcomes) > 150


@pytest.mark.parametrize("name", HEAVY)
def test_huge_input_stays_within_a_gibibyte_and_thirty_seconds(name: str, tmp_path: Path) -> None:
    assert not judge(CASES[name], outcome(name, tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("argv", ASKED, ids=lambda argv: argv[0])
def test_surroundings_change_no_byte(argv: tuple[str, ...]) -> None:
    """Seeds of hashing, optimisation, strict warnings, no home, no environment, another program beside it."""
    plain = run(*argv)
    assert plain.returncode in (0, 1, 4)
    python = [sys.executable, "-W", "error", "-X", "dev", "-m", "difftape"]
    root = str(Path(bad_inputs.__file__).parent.parent)
    ways: list[tuple[list[str], dict[str, str]]] = [
        (PROGRAM, environment(PYTHONHASHSEED="0")),
        (PROGRAM, environment(PYTHONHASHSEED="4242", PYTHONOPTIMIZE="2")),
        (PROGRAM, environment(HOME="/nonexistent", TMPDIR="/nonexistent", LC_ALL="POSIX")),
        (PROGRAM, {name: value for name, value in environment().items() if name == "PYTHONPATH"}),
        ([sys.executable, "-O", "-m", "difftape"], environment(PYTHONPATH=root)),
        (python, environment(PYTHONPATH=root)),
    ]
    running = [
        subprocess.Popen([*program, *argv], stdin=subprocess.DEVNULL, stdout=-1, stderr=-1, env=env)
        for program, env in ways
    ]  # all at the same time
    for process, (program, env) in zip(running, ways, strict=True):
        out, err = process.communicate(timeout=120)
        found = (process.returncode, out.decode(), err.decode())
        assert found == (plain.returncode, plain.stdout, plain.stderr), (program, env)


def test_two_runs_onto_one_file_leave_one_whole_answer(tmp_path: Path) -> None:
    target = tmp_path / "out"
    argv = [*PROGRAM, "grad", "x**2", "--at", "x=0:1:20000", "--no-check", "-o", str(target)]
    several = [subprocess.Popen(argv, env=environment(), stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in several]
    assert ([process.returncode for process in several], said) == ([0, 0], [b"", b""])
    assert target.read_text() == run(*argv[len(PROGRAM) : -2]).stdout
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into any folder")
def test_a_read_only_folder_is_said_before_any_work(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    done = run("grad", "x**2", "--at", "x=3", "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (6, "")
    assert "Permission denied" in done.stderr


@pytest.mark.parametrize("target", ["/proc/difftape", "/dev/full", "/nonexistent/out", "/", "/dev/null/out"])
def test_a_place_that_cannot_be_written_is_6_and_is_named(target: str) -> None:
    if not os.path.exists("/proc"):
        pytest.skip("no /proc here")
    done = run("grad", "x**2", "--at", "x=3", "--no-check", "-o", target)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith(f"difftape: i/o error: cannot write {target}: ")


@pytest.mark.parametrize("path", ["/", "/proc/self/mem", "/nonexistent", "a\nb"])
def test_a_file_that_cannot_be_read_is_an_error_of_one_line(path: str) -> None:
    done = run("grad", "-i", path, "--at", "x=3", "--no-check")
    assert done.returncode in (2, 6)
    assert done.stdout == ""
    assert done.stderr.startswith("difftape: ")


def test_a_stale_temporary_file_is_no_hindrance(tmp_path: Path) -> None:
    """In a container a process killed before may have had the same number."""
    target = tmp_path / "out"
    script = (
        "import os, sys, pathlib\n"
        f"pathlib.Path({str(tmp_path)!r}, f'.out.{{os.getpid()}}.part').write_text('old')\n"
        "from difftape.cli import main\n"
        f"sys.exit(main(['grad', 'x**2', '--at', 'x=3', '--no-check', '-o', {str(target)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_text() == "6.0\n"


def test_a_name_as_long_as_the_disk_allows_is_a_name(tmp_path: Path) -> None:
    """In bytes a name is at most 255; the temporary file's is made of its beginning."""
    target = tmp_path / ("α" * 127)
    done = run("grad", "x**2", "--at", "x=3", "--no-check", "-o", str(target))
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_text() == "6.0\n"
