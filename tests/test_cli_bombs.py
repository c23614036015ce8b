"""Small to write and enormous to answer: it ends with an answer, a domain error or a limit, in 1 GiB and 30 seconds."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from process import PROGRAM, environment
from test_cli_bad_inputs import limited

from difftape.cli import asking, main
from difftape.cli.patience import Patience
from difftape.errors import LimitError

SECONDS = 30


class Bomb(NamedTuple):
    """A command line, its stdin, and the exit codes that are right."""

    argv: list[str]
    stdin: str = ""
    codes: tuple[int, ...] = (5,)


def named(count: int, text: str = "a{0}", between: str = "+") -> str:
    """A text for each of so many variables, put together."""
    return between.join(text.format(k, k + 1) for k in range(count))


QUICK = {
    "a tower of powers": Bomb(["value", "9**9**9**9"], codes=(4,)),
    "a tower of exponentials": Bomb(["grad", "exp(exp(exp(exp(exp(x)))))", "--at", "x=1"], codes=(4,)),
    "a tower as a point": Bomb(["grad", "x", "--at", "x=9**9**9**9"], codes=(2,)),
    "a power of a billion, order 50": Bomb(["grad", "(1+x)**1e9", "--at", "x=1e-9", "--order", "50"], codes=(4,)),
    "gamma of a huge number": Bomb(["grad", "gamma(x)", "--at", "x=1e300"], codes=(4,)),
    "polygamma of a huge order": Bomb(["grad", "polygamma(1e9, x)", "--at", "x=2"], codes=(4, 5)),
    "zeta's derivative of a huge order": Bomb(["grad", "zetaderiv(1e9, x)", "--at", "x=2"]),
    "a Bessel function of a huge order": Bomb(
        ["grad", "besselj(1e9, x)", "--at", "x=3", "--no-check"], codes=(0, 4, 5)
    ),
    "the sine of a huge number, order 1000": Bomb(["grad", "sin(x)", "--at", "x=1e308", "--order", "1000"], codes=(0,)),
    "an order beyond all": Bomb(["grad", "x", "--at", "x=1", "--order", "9" * 30]),
    "a grid of ten thousand million points": Bomb(["grad", "x*y", "--at", "x=0:1:100000,y=0:1:100000"]),
    "a grid of 1e300 points": Bomb(["grad", "x", "--at", "x=0:1:1e300"]),
    "a name without end": Bomb(["grad", "a" * 1001, "--at", "x=1"]),
    "a literal without end": Bomb(["grad", "--at", "x=1", "--fail-fast"], "0." + "1" * 200_000 + "*x"),
    "three million brackets": Bomb(["grad", "--at", "x=1", "--fail-fast"], "(" * 3_000_000, codes=(3,)),
    "three million signs": Bomb(["grad", "--at", "x=1", "--fail-fast"], "-" * 3_000_000 + "x", codes=(5,)),
    "twenty thousand choices in each other": Bomb(
        ["grad", "--at", "x=1", "--no-check"], "where(x>0,x+" * 20_000 + "x" + ",1)" * 20_000, codes=(0,)
    ),
    "a maximum of ten thousand": Bomb(["grad", f"max({','.join(['x', 'y'] * 5000)})", "--at", "x=1,y=2"], codes=(0,)),
    "a hundred thousand values": Bomb(["grad"], "x @ " + "x=1," * 100_000, codes=(1,)),
    "brackets in a value": Bomb(["grad", "--no-check"], "x @ x=" + "(" * 100_000 + "1" + ")" * 100_000, codes=(0,)),
    "a mixed derivative by forty variables": Bomb(
        ["grad", f"exp({named(40, 'a{0}', '*')})", "--mixed", named(40, between=","), "--at", named(40, "a{0}=1", ",")]
    ),
    "a mixed derivative of order 2000": Bomb(
        ["grad", "exp(x*y)", "--mixed", ",".join(["x", "y"] * 1000), "--at", "x=1,y=1"]
    ),
}
SLOW = {
    "an exponential tower, order 200": ["grad", "exp(exp(exp(exp(exp(x)))))", "--at", "x=0.1", "--order", "200"],
    "a tower of variables, order 1000": ["grad", "x**x**x", "--at", "x=1.1", "--order", "1000", "--no-check"],
    "zeta, order 300": ["taylor", "zeta(x)", "--at", "x=3", "--order", "300", "--no-check"],
    "a Hessian of three thousand variables": [
        "hessian", f"({named(3000)})**2", "--at", named(3000, "a{0}=1", ","), "--no-check",
    ],
}  # fmt: skip


def met(bomb: Bomb) -> tuple[int, str]:
    """Exit code and stderr of a process that has 1 GiB and 30 seconds of the processor."""

    def limits() -> None:
        limited()
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))

    done = subprocess.run(
        [*PROGRAM, *bomb.argv],
        input=bomb.stdin.encode(),
        capture_output=True,
        timeout=20 * SECONDS,
        preexec_fn=limits,
        env=environment(),
    )
    return done.returncode, done.stderr.decode()


def judged(bombs: dict[str, Bomb]) -> dict[str, tuple[int, str]]:
    """The bombs that were met in another way than they should be."""
    with ThreadPoolExecutor(2) as several:
        found = dict(zip(bombs, several.map(met, bombs.values()), strict=True))
    return {
        name: (code, said[:500])
        for name, (code, said) in found.items()
        if code not in bombs[name].codes or len(said.encode()) > 4096 or "Traceback" in said
    }


def test_bombs_end_in_a_gibibyte_and_thirty_seconds() -> None:
    assert not judged(QUICK)


@pytest.mark.long
def test_bombs_that_would_work_for_hours_are_told_to_stop() -> None:
    assert not judged({name: Bomb(argv) for name, argv in SLOW.items()})


@pytest.mark.parametrize("argv", SLOW.values(), ids=list(SLOW))
def test_work_without_end_is_a_limit_that_says_how_to_allow_more(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asking, "SECONDS", 0.2)
    assert main(argv) == 5
    assert capsys.readouterr() == (
        "",
        "difftape: limit error: no answer within 0.2 seconds of work on one question\n"
        "--timeout S gives more: S seconds for the whole run\n",
    )


def test_patience_is_for_one_question_and_leaves_nothing_behind() -> None:
    import signal
    import time

    before = signal.getsignal(signal.SIGPROF)

    def work(seconds: float) -> str:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass
        return "done"

    with Patience(0.4) as patience:
        assert [patience.asked(lambda: work(0.15)) for _ in range(5)] == ["done"] * 5
        work(0.6)
        for _ in range(2):
            with pytest.raises(LimitError):
                patience.asked(lambda: work(9.0))
        assert patience.asked(lambda: work(0.01)) == "done"
    with Patience(None) as patience:
        assert patience.asked(lambda: work(0.1)) == "done"
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_lines_and_grids_may_take_as_long_as_they_like(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clock rings at every point, all in all more often than for one question."""
    rung: list[Patience] = []
    asked = Patience.asked

    def rings(self: Patience, work: Callable[[], Any]) -> Any:
        def rung_at() -> Any:
            rung.append(self)
            self._ring()
            return work()

        return asked(self, rung_at)

    monkeypatch.setattr(Patience, "asked", rings)
    assert main(["grad", "x**2", "--at", "x=0:1:30", "--no-check"]) == 0
    assert (
        main(["grad", *(word for k in range(30) for word in ("-e", f"x**{k + 2}")), "--at", "x=1", "--no-check"]) == 0
    )
    assert (len(rung), capsys.readouterr().out.count("\n")) == (60, 60)


def test_who_waits_longer_for_judges_waits_longer_for_the_question() -> None:
    assert Patience(20.0).seconds == Patience(20.0, 1.0).seconds == 20.0
    assert Patience(20.0, 60.0).seconds == 20.0 + 5 * 55
    assert Patience(20.0, 1e300).seconds is None
    assert Patience(None, 60.0).seconds is None


def test_a_map_is_never_told_to_stop() -> None:
    """Nor are the engines that answer rows."""
    script = "import sys; from difftape.cli import main; main(['map', 'x', '-']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], input="x\n1\n", capture_output=True, text=True)
    assert "difftape.cli.map" in done.stdout.split()
    assert "difftape.cli.patience" not in done.stdout.split()


def test_the_judge_of_bombs_sees_one_that_is_not_met() -> None:
    assert judged({"a plain question": Bomb(["value", "1"])})
