"""Bad input ends in its exit class, with its words, without a traceback; and no text of it is ever executed."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import bad_inputs
import pytest

CODES = {"ok": 0, "usage": 2, "parse": 3, "domain": 4, "limit": 5}
CASES = {case["id"]: case for case in bad_inputs.cases()}
HEAVY = [name for name, case in CASES.items() if len(bad_inputs.given(case)) > 50_000]
ROOT = Path(bad_inputs.__file__).parent.parent
LIGHT = [name for name in CASES if name not in HEAVY]


def limited() -> None:
    """One GiB for the whole process."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def outcomes(names: list[str]) -> dict[str, Any]:
    """What came of the cases, run one after another in a process that has 1 GiB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bad_inputs", *names],
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=limited,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {outcome["id"]: outcome for outcome in found}


@pytest.fixture(scope="module")
def light() -> dict[str, Any]:
    return outcomes(LIGHT)


def judge(case: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is wrong with an outcome."""
    wrong = []
    if found["code"] != CODES[case["outcome"]]:
        wrong.append(f"exit {found['code']}, not {CODES[case['outcome']]}")
    if case.get("says", "").lower() not in found["err"].lower():
        wrong.append(f"stderr does not say {case['says']!r}")
    if "prints" in case and found["out"] != case["prints"] + "\n":
        wrong.append(f"stdout is {found['out']!r}, not {case['prints']!r}")
    if found["did"]:
        wrong.append(f"did {found['did']}")
    if found["said"] >= 4096:
        wrong.append(f"{found['said']} bytes on stderr")
    if "Traceback" in found["err"] or "\x1b" in found["err"] or "Warning" in found["err"]:
        wrong.append("a traceback, an escape sequence or a warning on stderr")
    if case["outcome"] == "ok" and not found["out"]:
        wrong.append("no answer")
    if case["outcome"] != "ok" and found["out"] and "--json" not in case["argv"]:
        wrong.append(f"an answer all the same: {found['out'][:100]!r}")
    if "underlines" in case.get("note", "") and "^" not in found["err"]:
        wrong.append("nothing is underlined")
    return [f"{w} (stderr: {found['err'][:300]})" for w in wrong]


@pytest.mark.parametrize("name", LIGHT)
def test_bad_input_is_met_as_the_contract_says(name: str, light: dict[str, Any]) -> None:
    assert not judge(CASES[name], light[name])


def test_the_object_of_a_pole_is_json_without_nan(light: dict[str, Any]) -> None:
    found = json.loads(light["dom-042"]["out"], parse_constant=lambda word: pytest.fail(word))
    assert found["status"] == "pole"
    assert found["grad"] is None
    assert "message" in found


def test_the_judge_sees_what_is_wrong() -> None:
    good = {"code": 0, "out": "6.0\n", "err": "", "did": [], "said": 0}
    case = {"outcome": "ok", "prints": "6.0", "argv": []}
    assert not judge(case, good)
    for change in ({"code": 1}, {"out": "6.1\n"}, {"err": "\x1b[1m"}, {"did": ["compile x"]}, {"said": 5000}):
        assert judge(case, {**good, **change})


def test_the_audit_hook_sees_code_that_is_made_of_text() -> None:
    script = (
        "import sys, tests.bad_inputs as b; sys.addaudithook(b.hook); b._is_watching = True\n"
        "eval('1 + x', {'x': 2}); open('/dev/null', 'w'); exec('y = 2'); compile('123', '<digits>', 'eval')\n"
        "b._is_watching = False; print(len(b.suspicious), b.suspicious)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("4 "), done.stdout + done.stderr
