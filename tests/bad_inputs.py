"""Runs bad inputs of `data/bad_inputs.jsonl` in this process, and reports what came out and what was executed.

`python -m tests.bad_inputs ID …` prints one JSON line an input.  While it answers, an audit hook keeps what is compiled
or executed that no file on the disk holds, every file opened for writing, every socket and every new process.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import json
import os
import pkgutil
import sys
from pathlib import Path
from typing import Any

import difftape
from difftape.cli import main

CASES = Path(__file__).parent / "data" / "bad_inputs.jsonl"
_FORBIDDEN = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.", "pickle.find_class")

suspicious: list[str] = []
_is_watching = False


def cases() -> list[dict[str, Any]]:
    """The rows: `argv`, perhaps `stdin`, the exit class, what stderr `says` and what stdout `prints`."""
    with open(CASES, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def expanded(text: Any) -> str:
    """A text of the cases: a string, a list of parts, or {"text": …, "times": n}."""
    if isinstance(text, list):
        return "".join(map(expanded, text))
    if isinstance(text, dict):
        return str(text["text"]) * int(text["times"])
    return str(text)


def given(case: dict[str, Any]) -> bytes:
    """What the case has on its standard input."""
    if "stdin_base64" in case:
        return base64.b64decode(case["stdin_base64"])
    return expanded(case.get("stdin", "")).encode()


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Keeps what a case must not do."""
    if not _is_watching:
        return
    if event == "compile":
        source, filename = arguments
        if source is not None and not os.path.exists(os.fsdecode(filename)):
            text = source.decode(errors="replace") if isinstance(source, bytes) else str(source)
            if any(not character.isdigit() for character in text):
                suspicious.append(f"compile {text[:200]}")
    elif event == "exec":
        code = arguments[0]
        if not os.path.exists(code.co_filename) and not code.co_filename.startswith("<frozen "):
            suspicious.append(f"exec {code.co_filename} {code.co_names[:10]} {code.co_consts[:10]}")
    elif event == "open":
        path, mode, flags = arguments
        is_written = any(letter in (mode or "") for letter in "wax+") or (flags or 0) & (os.O_WRONLY | os.O_RDWR)
        if is_written and path != os.devnull:
            suspicious.append(f"open {path} {mode}")
    elif event.startswith(_FORBIDDEN):
        suspicious.append(event)


def run(argv: list[str], stdin: bytes = b"") -> dict[str, Any]:
    """The exit code and the output of the command line in this process, and what it did that it must not."""
    global _is_watching
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    suspicious.clear()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            _is_watching = True
            try:
                code = main(argv)
            finally:
                _is_watching = False
    finally:
        sys.stdin = before
    return {"code": code, "out": out.getvalue(), "err": err.getvalue(), "did": list(suspicious)}


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    wanted = sys.argv[1:]
    by_id = {case["id"]: case for case in cases()}
    sys.addaudithook(hook)
    # What is generated when modules are imported (named tuples) is no concern of ours.
    for module in pkgutil.walk_packages(difftape.__path__, "difftape."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    run(["grad", "sin(x)*erfc(y)", "--at", "x=3,y=2"])
    run(["grad", "sinn(x)", "--at", "x=3", "--json"])
    run(["map", "x**2", "-", "--input-format", "parquet"])
    for name in wanted:
        case = by_id[name]
        found = run([expanded(word) for word in case["argv"]], given(case))
        found["out"], found["size"] = found["out"][:2000], len(found["out"])
        found["err"], found["said"] = found["err"][:8000], len(found["err"].encode())
        print(json.dumps({"id": name, **found}), flush=True)
