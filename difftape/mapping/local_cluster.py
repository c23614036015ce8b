"""A Dask cluster on this machine, in a process of its own that ends when whoever started it does.

In a process of its own its log is nobody's noise, an interrupt does not reach it first, and its workers do not import
the program that asked for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

from ..errors import InputOutputError

_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    " from difftape.mapping.local_cluster import hold; hold(int(sys.argv[2]))"
)
_PATIENCE = 5.0  # seconds in which it must have ended


class LocalCluster:
    """A scheduler and so many workers, one thread each, on loopback; a context."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __enter__(self) -> LocalCluster:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps(sys.path), str(self.workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def address(self) -> str:
        """Where the scheduler is, as soon as there is one; to be asked once."""
        assert self.process.stdout is not None
        said: dict[str, str] = json.loads(self.process.stdout.readline() or b'{"error": "it ended at once"}')
        if "address" not in said:
            raise InputOutputError(f"a Dask cluster of {self.workers} processes does not start: {said['error']}")
        return said["address"]

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        if kind is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_PATIENCE)
        self._kill()

    def _kill(self) -> None:
        """Ends it and its workers."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def hold(workers: int) -> None:
    """What that process does: it says where the scheduler is, and waits for the end of its standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said = os.dup(1)
    os.dup2(2, 1)
    try:
        from distributed import LocalCluster as Cluster

        cluster = Cluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
        )
        answer = {"address": cluster.scheduler_address}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    os.write(said, json.dumps(answer).encode() + b"\n")
    os.close(said)
    while os.read(0, 4096):
        pass
    end = threading.Timer(_PATIENCE / 2, os.killpg, (os.getpgid(0), signal.SIGKILL))
    end.daemon = True
    end.start()
    if "address" in answer:
        cluster.close()
    os._exit(0)
