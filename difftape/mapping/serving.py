"""Worker processes: each reads blocks from its standard input and answers with bytes, and ends when its input does.

A worker that outlives whoever started it would be a ghost: the end of a pipe is what no signal can take away.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from ..errors import InputOutputError

_START = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from difftape.mapping.serving import serve; serve()"
_AHEAD = 2  # blocks a worker that wait for it

Work = Callable[[Any], Any]


class Crew:
    """Worker processes that each call `make()` once, and then what it returns with one item after the other.

    `make` and the items are pickled.  Results come in the order of the items.
    """

    def __init__(self, make: Callable[[], Work], count: int) -> None:
        from concurrent.futures import ThreadPoolExecutor
        from queue import SimpleQueue

        self.count = count
        self.processes = [self._started(make) for _ in range(count)]
        self.idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in self.processes:
            self.idle.put(process)
        self.threads = ThreadPoolExecutor(count, thread_name_prefix="difftape worker")

    def results(self, items: Iterable[Any]) -> Iterator[Any]:
        """The result of each item, in order; only as many items are taken as are soon worked on."""
        from collections import deque

        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(self.threads.submit(self._asked, item))
            if len(waiting) > _AHEAD * self.count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """Ends the workers."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for process in self.processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:
                    pass  # it has ended, which is what is wanted

    def _started(self, make: Callable[[], Work]) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-I",
            "-c",
            _START,
            json.dumps(sys.path),
        ]
        pipe = subprocess.PIPE
        # With -I nothing in this folder is a module; in a session of its own no Ctrl-C reaches it: who started it will end it.
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)
        _sent(process.stdin, make)
        return process

    def _asked(self, item: Any) -> Any:
        process = self.idle.get()
        try:
            _sent(process.stdin, item)
            kind, found = _received(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise InputOutputError(
                "a worker process ended before its work was done", hint="if memory was short, use fewer: -j 1"
            ) from None
        self.idle.put(process)
        if kind == "error":
            raise found
        return found


def serve() -> None:
    """What a worker process does."""
    import os

    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not meet the answers
    try:
        work = _received(source)()
        while True:
            item = _received(source)
            try:
                answer = ("result", work(item))
            except Exception as error:
                answer = ("error", _sendable(error))
            _sent(target, answer)
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _sendable(error: Exception) -> Exception:
    """The error, or one of another kind that says the same, if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _sent(stream: IO[bytes] | None, what: Any) -> None:
    assert stream is not None
    data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def _received(stream: IO[bytes] | None) -> Any:
    assert stream is not None
    size = stream.read(8)
    if len(size) < 8:
        raise EOFError
    data = stream.read(int.from_bytes(size, "little"))
    return pickle.loads(data)
