"""Where cases are computed: processes of our own, a Dask cluster, or any executor."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any, Protocol

from symlstm.errors import SymlstmError
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.optional import require


class BrokenPoolError(Exception):
    """Workers died, and what had been submitted is lost."""


class Pool(Protocol):
    """Something that computes, and that may break and be mended."""

    size: int

    def submit(self, function: Callable[..., Any], argument: Any) -> Future[Any]:
        """Submit a call; raises `BrokenPoolError` when the pool is broken."""

    def mend(self) -> None:
        """Make a broken pool work again, or raise `SymlstmError` if that cannot be."""


class Processes:
    """Worker processes of our own, replaced when one of them dies.

    They import the running script again only if what they get is defined in it (``script``).
    """

    def __init__(self, workers: int, *, script: bool = False) -> None:
        self.size = workers
        self._context = SpawnContext() if script else _Apart()
        self._start()

    def submit(self, function: Callable[..., Any], argument: Any) -> Future[Any]:
        """Submit a call."""
        try:
            return self._executor.submit(function, argument)
        except BrokenProcessPool as error:
            raise BrokenPoolError from error

    def mend(self) -> None:
        """Start again, with new workers."""
        self.stop()
        self._start()

    def stop(self) -> None:
        """End the workers at once, whatever they are doing."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._alive.close()

    def _start(self) -> None:
        """Start workers that live as long as this process holds its end of a pipe open."""
        theirs, self._alive = self._context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(
            self.size, mp_context=self._context, initializer=_follow, initargs=(theirs,)
        )


class _WorkerApart(SpawnProcess):
    """A process that does not import the script again that starts it, with PyTorch or Keras."""

    def start(self) -> None:
        """Start it while nothing is known as the script."""
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = script


class _Apart(SpawnContext):
    """Processes that are started anew, apart from the script."""

    Process = _WorkerApart


def _follow(parent: Connection) -> None:
    """End this worker when its parent ends or says so, and not when someone presses Ctrl-C.

    Ctrl-C reaches all processes of a terminal, and it is the parent's to deal with.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        parent.poll(None)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class Borrowed:
    """An executor that a user gives: used, and left as it is."""

    def __init__(self, executor: Executor, size: int = 64) -> None:
        self.size = size  # executors do not say theirs; what is too much waits
        self._executor = executor

    def submit(self, function: Callable[..., Any], argument: Any) -> Future[Any]:
        """Submit a call."""
        try:
            return self._executor.submit(function, argument)
        except RuntimeError as error:  # broken, or shut down
            raise BrokenPoolError from error

    def mend(self) -> None:
        """Raise, since a user's executor is not ours to start again."""
        raise SymlstmError(
            "the executor broke, or was shut down, before all cases were done; those that were are "
            "in the record, if there is one: go on from it with another executor",
            argument="executor",
        )


CONNECTING = 5
"""How many seconds a Dask scheduler has to answer."""
PATIENCE = 30
"""How many seconds a Dask cluster has to come by a worker."""


def is_broken(error: BaseException) -> bool:
    """Whether an error says that workers died, and not that a case went wrong."""
    from_dask = type(error).__module__.partition(".")[0] == "distributed"
    return from_dask or isinstance(error, BrokenProcessPool | BrokenPoolError | CancelledError)


@contextmanager
def pool(
    workers: int | None,
    executor: Executor | None,
    scheduler: str | None,
    *,
    script: bool = False,
) -> Iterator[Pool]:
    """Yield what to compute with: an executor, a Dask cluster's scheduler, or our own processes.

    ``script`` says that what they get is defined in the running script.
    """
    given = {"workers": workers, "executor": executor, "scheduler": scheduler}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        message = f"{' and '.join(named)} are given; give one of them"
        raise SymlstmError(message, argument=named[1])
    if executor is not None:
        if not isinstance(executor, Executor):
            message = (
                f"executor is {executor!r}; give one of concurrent.futures, or that of a Dask "
                "client: client.get_executor()"
            )
            raise SymlstmError(message, argument="executor")
        yield Borrowed(executor)
    elif scheduler is not None:
        with _dask(scheduler) as cluster:
            yield cluster
    else:
        asked = (os.cpu_count() or 1) if workers is None else workers
        count = whole_number(asked, argument="workers")
        afford("workers", count, what=f"workers is {written(count)}", argument="workers")
        processes = Processes(count, script=script)
        try:
            yield processes
        finally:
            processes.stop()


@contextmanager
def _dask(address: str) -> Iterator[Pool]:
    distributed = require("distributed", "dask")
    try:
        client = distributed.Client(address, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        message = f"there is no Dask scheduler at {address!r}: {error}"
        raise SymlstmError(message, argument="scheduler") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            message = f"the Dask scheduler at {address!r} has no workers; start some"
            raise SymlstmError(message, argument="scheduler") from error
        yield Borrowed(client.get_executor(pure=False))
