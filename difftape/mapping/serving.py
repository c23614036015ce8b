"""Worker processes: each reads blocks from its standard input and answers with bytes, and ends when its input does.

A worker that outlives whoever started it would be a ghost: the end of a pipe is what no signal can take away.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from ..errors import InputOutputError

_START = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from difftape.mapping.serving import serve; serve()"
_AHEAD = 2  # blocks a worker that wait for it
_PIECE = 1 << 20
_MEND = "if memory was short, use fewer: -j 1"

Work = Callable[[Any], Any]


class Crew:
    """Worker processes that each call `make()` once, and then what it returns with one item after the other.

    `make` and the items are pickled.  Results come in the order of the items.
    """

    def __init__(self, make: Callable[[], Work], count: int) -> None:
        self.make = make
        self.processes: list[subprocess.Popen[bytes]] = []
        self.idle: SimpleQueue[tuple[subprocess.Popen[bytes], bool]] = SimpleQueue()
        self.threads = ThreadPoolExecutor(count, "difftape worker", _without_pipe_signal)
        try:
            for _ in range(count):
                self.processes.append(_started())
        except OSError as error:
            self.close()
            raise InputOutputError(f"cannot start a worker process: {error.strerror or error}", hint=_MEND) from None
        for process in self.processes:
            self.idle.put((process, True))

    def results(self, items: Iterable[Any]) -> Iterator[Any]:
        """The result of each item, in order; only as many items are taken as are soon worked on."""
        waiting: deque[Future[Any]] = deque()
        for item in items:
            waiting.append(self.threads.submit(self._asked, item))
            if len(waiting) > _AHEAD * len(self.processes):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """Ends the workers."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for process in self.processes:
            process.kill()
        self.threads.shutdown(wait=True)  # nobody reads from the pipes any more
        for process in self.processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _asked(self, item: Any) -> Any:
        process, is_new = self.idle.get()
        assert process.stdin is not None and process.stdout is not None
        try:
            if is_new:
                _send(process.stdin.fileno(), self.make)
            _send(process.stdin.fileno(), item)
            kind, found = _received(process.stdout.fileno())
        except (OSError, EOFError, pickle.UnpicklingError):
            self.idle.put((process, False))  # whoever waits for it is told the same
            raise InputOutputError("a worker process ended before its work was done", hint=_MEND) from None
        self.idle.put((process, False))
        if kind == "error":
            raise found
        return found


def _started() -> subprocess.Popen[bytes]:
    """A process that serves, in a session of its own, for no Ctrl-C is meant for it."""
    command = [sys.executable, "-I", "-c", _START, json.dumps(sys.path)]  # -I: what is in this folder is no module
    pipe = subprocess.PIPE
    return subprocess.Popen(command, bufsize=0, stdin=pipe, stdout=pipe, start_new_session=True)


def _without_pipe_signal() -> None:
    """In this thread, writing to a process that has ended is an error, not the end of this one."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


def serve() -> None:
    """What a worker process does."""
    sys.meta_path.insert(0, WithoutPandas())
    source, target = 0, os.dup(1)
    os.dup2(2, 1)  # what a library prints must not meet the answers
    try:
        make, work = _received(source), None
        while True:
            item = _received(source)
            try:
                work = work or make()
                answer = ("result", work(item))
            except Exception as error:
                answer = ("error", _sendable(error))
            _send(target, answer)
    except (EOFError, BrokenPipeError):
        os._exit(0)


class WithoutPandas:
    """An importer by which there is no pandas: pyarrow would load it wherever it is, which takes half a second."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _sendable(error: Exception) -> Exception:
    """The error, or one of another kind that says the same, if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _send(descriptor: int, what: Any) -> None:
    data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    for piece in (len(data).to_bytes(8, "little"), data):
        view = memoryview(piece)
        while view:
            view = view[os.write(descriptor, view) :]


def _received(descriptor: int) -> Any:
    return pickle.loads(_read(descriptor, int.from_bytes(_read(descriptor, 8), "little")))


def _read(descriptor: int, size: int) -> bytearray:
    """So many bytes; raises EOFError where there are fewer."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(descriptor, [view[:_PIECE]])
        if not count:
            raise EOFError
        view = view[count:]
    return data
