"""Pieces of a run answered on a Dask cluster, one that is there or one on this machine.

A task is one piece, as plain data.  A worker that dies costs its task, which another does again from where the part
file's journal ends.
"""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import Any

from ..errors import DifftapeError, InputOutputError, UsageError
from .local_cluster import LocalCluster
from .piece import answered

_REACHED = 5  # seconds in which a scheduler must answer
_STARTED = 30  # the same of one that we have started
_EMPTY = 60.0  # seconds that a cluster may be without workers
_AHEAD = 2  # tasks a thread that are with the scheduler
_FAILED: list[
    Exception
] = []  # keeps clients that were not finished from being taken apart, which takes long and is loud
_NOISY = ("distributed", "tornado", "asyncio")


class Cluster:
    """The scheduler at an address, or a new one with so many workers; a context."""

    def __init__(self, address: str | None, workers: int | None) -> None:
        if address is not None and workers is not None:
            raise UsageError("--workers starts a cluster here, --scheduler names one that is there: give one of them")
        self.address, self.workers = address, workers
        self.stack = ExitStack()
        self.empty_since: float | None = None

    def __enter__(self) -> Cluster:
        if find_spec("distributed") is None:
            raise UsageError("a cluster needs Dask, which is not installed", hint='pip install "difftape[dask]"')
        with self.stack as stack:
            local = None if self.workers is None else stack.enter_context(LocalCluster(self.workers))
            stack.enter_context(_silence())
            if local is not None:
                self.address = local.address()
            self.client = _client(str(self.address), _REACHED if local is None else _STARTED)
            stack.callback(self._close)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *raised: Any) -> None:
        self.stack.__exit__(*raised)

    def outcomes(self, pieces: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """What became of each piece, as it is known; few more are taken than there are threads."""
        arrived: SimpleQueue[Any] = SimpleQueue()
        pending: dict[Any, dict[str, Any]] = {}
        try:
            while True:
                while len(pending) < self._room() and (piece := next(pieces, None)) is not None:
                    future = self._sent(piece)
                    pending[future] = piece
                    future.add_done_callback(arrived.put)
                if not pending:
                    return
                future = self._next(arrived)
                yield self._taken(future, pending.pop(future))
        finally:
            with contextlib.suppress(Exception):
                self.client.cancel(list(pending))

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self.client.close(timeout=2)

    def _sent(self, piece: dict[str, Any]) -> Any:
        key = f"difftape-{piece['run'][1]}-{piece['number']}"
        return self.client.submit(answered, piece, key=key, pure=False)

    def _room(self) -> int:
        """How many tasks there may be."""
        return max(4, _AHEAD * self._threads())

    def _threads(self) -> int:
        try:
            return sum(self.client.nthreads().values())
        except (OSError, RuntimeError):
            raise self._lost() from None

    def _next(self, arrived: SimpleQueue[Any]) -> Any:
        """The next task that is done."""
        while True:
            try:
                return arrived.get(timeout=1.0)
            except Empty:
                pass
            if self._threads():
                self.empty_since = None
            elif self.empty_since is None:
                self.empty_since = time.monotonic()
            elif time.monotonic() - self.empty_since > _EMPTY:
                raise InputOutputError(
                    f"the Dask cluster at {self.address} has had no workers for {_EMPTY:g} s",
                    hint="start some (dask worker ADDRESS), then add --resume",
                )

    def _taken(self, future: Any, piece: dict[str, Any]) -> dict[str, Any]:
        """What a task has answered, or what was in its way as an error of ours."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            answer: dict[str, Any] = future.result()
            return answer
        except DifftapeError:
            raise
        except KilledWorker:
            raise InputOutputError(
                f"the workers that answered {piece['path']} died, one after the other",
                hint="look into their logs for the reason (memory?), then add --resume",
            ) from None
        except (CancelledError, CommClosedError):
            raise self._lost() from None
        except Exception as error:
            if _is_stranger(error):
                raise UsageError(
                    f"the Dask cluster at {self.address} cannot load difftape: {_innermost(error)}",
                    hint='install the same difftape for scheduler and workers: pip install "difftape[dask]"',
                ) from None
            raise

    def _lost(self) -> InputOutputError:
        return InputOutputError(
            f"the connection to the Dask scheduler at {self.address} was lost", hint="add --resume to go on"
        )


def _client(address: str, patience: float) -> Any:
    """A client of the scheduler at an address; raises InputOutputError where none answers in time."""
    from distributed import Client

    try:
        _reach(address, patience)
        return Client(address, timeout=patience, set_as_default=False)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise UsageError(
            f"{address} is no address of a scheduler: {error}", hint="--scheduler tcp://HOST:8786"
        ) from None
    except (OSError, RuntimeError, MemoryError) as error:
        why = " ".join(str(error).split())[:200]
        if not why or isinstance(error, MemoryError):  # no length of a message, but nonsense that was read as one
            why = "what is there does not answer as one"
        raise InputOutputError(f"cannot reach the Dask scheduler at {address} ({why})") from None


def _reach(address: str, patience: float) -> None:
    """Raises an error where nobody at an address speaks as Dask does; a client that fails would not end in peace."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from distributed.comm.core import connect

    async def reach() -> None:
        connecting = connect(address, timeout=patience)  # type: ignore[no-untyped-call]
        comm = await asyncio.wait_for(connecting, patience + 1)
        await comm.close()

    with ThreadPoolExecutor(1) as threads:  # the caller's own thread may have a loop that is running
        threads.submit(lambda: asyncio.run(reach())).result()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Dask's log and warnings are not for the user, to whom all is said in our words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import distributed  # noqa: F401  (which arranges its loggers)
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _NOISY]
    levels = {name: logging.getLogger(name).level for name in (*_NOISY, *names)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in levels:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _innermost(error: BaseException) -> str:
    last = list(_causes(error))[-1]
    return " ".join(f"{type(last).__name__}: {last}".split())[:300]


def _is_stranger(error: BaseException) -> bool:
    """Whether a process of the cluster did not know what it was sent."""
    return any(isinstance(e, ImportError | AttributeError) or "eserializ" in str(e) for e in _causes(error))
