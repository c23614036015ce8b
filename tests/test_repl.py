"""`difftape repl` as a process: lines from a pipe, and a person at a real terminal."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest
from process import PROGRAM, environment, run
from terminal import Terminal

from difftape.cli import main
from difftape.cli.history import MOST, History

ENDLESS = "d1000/dx1000 exp(sin(x))*tan(x)"


def at_terminal(home: Path, *argv: str, **changed: str) -> Terminal:
    """A session of somebody whose home is a folder of the test's."""
    terminal = Terminal("repl", *argv, HOME=str(home), XDG_STATE_HOME="", **changed)
    terminal.until("^> ", is_pattern=True)
    return terminal


def test_a_pipe_gets_answers_and_nothing_else() -> None:
    done = run("repl", stdin="x = 3\nx**2\ngrad x**2*y\n\n# a comment\nd/dx x**3\n")
    assert (done.stdout, done.stderr, done.returncode) == ("9.0\n2*x*y\tx**2\n27.0\n", "", 0)


def test_a_failed_line_is_told_and_the_rest_goes_on() -> None:
    done = run("repl", stdin="2x\n1 + 1\ny = 2y\nx = 0\nabs(x)\ngrad abs(x)\n:foo\n3")
    assert done.stdout == "nan\n2.0\n0.0\nnan\n3.0\n"
    assert done.returncode == 1
    assert "parse error at line 1, column 1" in done.stderr and "domain error at line 6, x=0.0: kink" in done.stderr
    assert "usage error at line 7" in done.stderr


def test_what_an_empty_pipe_and_quit_are() -> None:
    assert run("repl").returncode == 0
    done = run("repl", stdin="1\n:quit\n2\n")
    assert (done.stdout, done.returncode) == ("1.0\n", 0)


def test_bytes_that_no_one_types() -> None:
    done = run("repl", stdin=b"\xef\xbb\xbf1 + 1\r\n\xff\n\0\n\x1b[31mx\n\xce\xb1 = 2\n\xce\xb1\xc2\xb2\n")
    assert done.stdout == "2.0\nnan\nnan\nnan\n4.0\n"
    assert done.returncode == 1
    assert "not UTF-8" in done.stderr and "U+001B" in done.stderr and "\x1b" not in done.stderr


def test_answers_leave_as_soon_as_they_are_known() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), text=True
    )
    with process:
        assert process.stdin is not None and process.stdout is not None
        for number in (1, 2):
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{number}.0\n"
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_a_broken_pipe_ends_it_silently() -> None:
    lines = "1\n" * 100_000
    command = f"'{PROGRAM[0]}' {' '.join(PROGRAM[1:])} repl | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], input=lines, capture_output=True, text=True, timeout=60, env=environment()
    )
    assert (done.stdout, done.stderr) == ("1.0\n141\n", "")


def test_a_full_disk_and_a_closed_stdout() -> None:
    for redirected in (">/dev/full", ">&-"):
        command = f"printf '1\\n2\\n' | '{PROGRAM[0]}' {' '.join(PROGRAM[1:])} repl {redirected}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, env=environment())
        assert done.returncode == 6 and "Traceback" not in done.stderr and done.stderr.startswith("difftape: i/o error")


def test_a_question_that_takes_too_long_is_a_limit() -> None:
    done = run("repl", "--no-check", "--timeout", "0.5", stdin=f"x = 0.5\n1\n{ENDLESS}\n")
    assert (done.stdout, done.returncode) == ("1.0\n", 5)


def test_options(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("x = 1/3\nx\n1/2 + 1/3 + 1/4\n"))
    assert main(["repl", "--digits", "20", "--max-nodes", "3"]) == 1
    said = capsys.readouterr()
    assert said.out == "0.33333333333333333333\nnan\n" and "limit error at line 3" in said.err


def test_a_person_has_a_prompt_tables_and_carets(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as terminal:
        assert "difftape" in terminal.seen and "Ctrl-D" in terminal.seen
        assert terminal.answer("x = 3") == ""
        assert terminal.answer("x**2*y") == "x**2*y\nno value for y"
        terminal.answer("y = 2")
        assert terminal.answer("grad x**2*y").startswith("df/dx  12.0\ndf/dy  9.0\nsympy agrees: d/dx = 2*x*y (0 ulp)")
        assert terminal.answer("2*sinn(x)").startswith(
            "difftape: parse error at column 3: unknown function 'sinn'\n  2*sinn(x)\n    ^^^^\n"
        )
        terminal.type("\x04")
        assert terminal.ended() == 0
        assert "\x1b" not in terminal.seen.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")


def test_ctrl_c_clears_the_line_and_stops_work_and_the_session_stays(tmp_path: Path) -> None:
    with at_terminal(tmp_path, "--no-check") as terminal:
        terminal.answer("x = 0.5")
        terminal.type("1 + 2")
        terminal.until("1 + 2")
        terminal.interrupt()
        for _ in range(2):
            terminal.type(ENDLESS + "\n")
            terminal.until(ENDLESS + "\n")
            time.sleep(0.3)
            began = time.monotonic()
            terminal.type("\x03")
            shown = terminal.until("^> ", is_pattern=True)
            assert time.monotonic() - began < 10  # a busy machine; 0.2 on an idle one
            assert shown.strip("\n^C") == "> "
        assert terminal.answer("x") == "0.5"
        terminal.interrupt()
        assert terminal.answer("d/dx x**2") == "1.0"
        terminal.type("\x04")
        assert terminal.ended() == 0


def test_ctrl_c_amid_the_import_of_sympy_leaves_it_whole(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as terminal:
        terminal.answer("x = 0.5")
        for wait in (0.02, 0.1, 0.2):
            terminal.type("grad sin(x)\n")
            terminal.until("grad sin(x)\n")
            time.sleep(wait)
            terminal.type("\x03")
            terminal.until("^> ", is_pattern=True)
        time.sleep(0.3)
        assert "sympy agrees" in terminal.answer("d/dx cos(x)")


def test_tab_completes(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as terminal:
        terminal.answer("velocity = 3")
        terminal.type("2*velo\t\n")
        assert "6.0" in terminal.until("^> ", is_pattern=True)
        terminal.type(":va\t\n")
        assert "velocity = 3" in terminal.until("^> ", is_pattern=True)
        terminal.type("airyaip\t0)\n")
        assert "-0.2588194037928068" in terminal.until("^> ", is_pattern=True)


def test_history_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    for _ in range(2):
        with at_terminal(tmp_path) as terminal:
            terminal.answer("1 + 1")
            terminal.answer("x = 3")
            terminal.answer("x = 3")
            terminal.type("\x04")
            assert terminal.ended() == 0
    path = tmp_path / ".local" / "state" / "difftape" / "history"
    assert path.read_text() == "1 + 1\nx = 3\n1 + 1\nx = 3\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with at_terminal(tmp_path) as terminal:
        terminal.type("\x10\x10\n")  # Ctrl-P: the line before
        assert "2.0" in terminal.until("^> ", is_pattern=True)


def test_a_history_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("a file in its way")
    with at_terminal(tmp_path) as terminal:
        assert terminal.answer("1 + 1") == "2.0"
        assert terminal.answer("2 + 1") == "3.0"
        terminal.type("\x04")
        assert terminal.ended() == 0
    history = History(None, str(tmp_path))  # a folder
    history.add("1")
    assert history.path is None


def test_a_long_history_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("".join(f"{k}\n" for k in range(3 * MOST)))

    class Lines(list[str]):
        add_history = list.append

    lines = Lines()
    History(lines, str(path)).add("x" * 20_000)
    assert lines == [str(k) for k in range(2 * MOST, 3 * MOST)] == path.read_text().split()
    assert os.listdir(tmp_path) == ["history"]


def test_answers_into_a_file_are_only_answers(tmp_path: Path) -> None:
    target = tmp_path / "answers"
    with target.open("w") as stream, Terminal("repl", stdout=stream, HOME=str(tmp_path)) as terminal:
        terminal.until("> ")
        terminal.type("1 + 1\ngrad x*y\n\x04")
        assert terminal.ended() == 0
    assert target.read_text() == "2.0\ny\tx\n"


def test_colour_is_for_errors_on_a_terminal(tmp_path: Path) -> None:
    with at_terminal(tmp_path, TERM="xterm") as terminal:
        assert "\x1b[31m" in terminal.answer("2x")
    assert "\x1b" not in run("repl", stdin="2x\n1\n").stderr
    assert "\x1b[31m" in run("repl", "--color", "always", stdin="2x\n").stderr


def test_signals_end_it_as_they_should(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == -signal.SIGTERM
    process = subprocess.Popen([*PROGRAM, "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
    with process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"1\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)  # from a pipe there is no one who would go on
        assert process.wait(timeout=30) == -signal.SIGINT
