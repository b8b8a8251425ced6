"""Audits on a real Dask cluster of processes, with a worker killed in the middle."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import audited
import pytest
from audited import NumpyLSTM
from components import missing

import symlstm
from symlstm.auditing import run
from symlstm.errors import SymlstmError


@pytest.fixture(scope="module")
def cluster():
    """A cluster of processes that find this folder's modules, as our own workers do."""
    try:
        from distributed import LocalCluster
    except ImportError:
        missing("Dask")
    with LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
    ) as started:
        yield started


@pytest.fixture(scope="module")
def whole():
    with ThreadPoolExecutor(1) as executor:
        return symlstm.audit(NumpyLSTM(), cases=12, executor=executor)


def test_a_killed_worker_loses_nothing(cluster, whole, tmp_path, monkeypatch):
    """The worker that holds the first case is killed when the second result comes."""
    from distributed import Client

    monkeypatch.setattr(run, "measure", audited.measure_slowly)
    monkeypatch.setenv(audited.FOLDER, str(tmp_path))
    with Client(cluster) as client:
        before = client.run(os.getpid)

        class Killing(NumpyLSTM):
            ran = 0

            def run(self, *given):
                self.ran += 1
                if self.ran == 9:
                    os.kill(next(iter(before.values())), signal.SIGKILL)
                return super().run(*given)

        found = symlstm.audit(
            Killing(), cases=12, scheduler=cluster.scheduler_address, record=tmp_path / "a.json"
        )
        client.wait_for_workers(2)
        assert set(client.run(os.getpid).values()) != set(before.values())
    assert found.results == whole.results
    assert found.summary == whole.summary


def test_an_executor_of_a_client_is_one_like_any_other(cluster, whole):
    from distributed import Client

    with Client(cluster) as client:
        for _ in range(2):
            found = symlstm.audit(NumpyLSTM(), cases=12, executor=client.get_executor())
            assert found.results == whole.results


def test_a_case_that_kills_every_worker_is_an_error(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "measure", audited.measure_or_die)
    with pytest.raises(SymlstmError, match="the executor broke"):
        symlstm.audit(NumpyLSTM(), cases=4, scheduler=cluster.scheduler_address)


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_an_error():
    try:
        from dask import config
    except ImportError:
        missing("Dask")
    with (
        config.set({"distributed.comm.timeouts.connect": "200ms"}),
        pytest.raises(SymlstmError, match=r"there is no Dask scheduler at 'tcp://127.0.0.1:9'"),
    ):
        symlstm.audit(NumpyLSTM(), cases=1, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(SymlstmError, match="there is no Dask scheduler at 'nonsense://'"):
        symlstm.audit(NumpyLSTM(), cases=1, scheduler="nonsense://")
