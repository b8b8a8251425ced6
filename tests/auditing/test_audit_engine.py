"""Many cases on executors that break, with functions of their own in real processes."""

from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import audited
import pytest

from symlstm.auditing.engine import AHEAD, results
from symlstm.auditing.pool import Borrowed, pool
from symlstm.errors import SymlstmError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(audited.FOLDER, str(tmp_path))


def computed(function, numbers, workplace):
    found = list(results(function, numbers, workplace))
    assert len(found) == len({task for task, _ in found})
    return dict(found)


def until_an_error(stream):
    """The tasks that a stream of results has, and the error with which it ends."""
    found = []
    try:
        for task, _ in stream:
            found.append(task)
    except SymlstmError as error:
        return found, str(error)
    pytest.fail("there was no error")


SQUARES = {number: number * number for number in range(20)}


def test_every_task_has_one_result():
    with pool(2, None, None) as workplace:
        assert computed(audited.square, range(20), workplace) == SQUARES
        assert computed(audited.square, [], workplace) == {}


def test_workers_that_die_are_replaced_and_lose_nothing(folder):
    with pool(2, None, None) as workplace:
        assert computed(audited.square_or_die_once, range(20), workplace) == SQUARES


def test_workers_that_die_again_and_again_are_an_error(folder):
    with pool(1, None, None) as workplace:
        found, error = until_an_error(results(audited.square_or_die, range(20), workplace))
    assert sorted(found) == [0, 1, 2]
    assert "the workers died 3 times in a row" in error


def test_what_a_task_raises_comes_through():
    with pool(1, None, None) as workplace, pytest.raises(ArithmeticError, match="three"):
        list(results(audited.square_or_fail, range(20), workplace))


def test_no_more_tasks_are_made_than_there_is_room_for():
    made, taken = [], []

    def tasks():
        for number in range(40):
            made.append(number)
            yield number

    with ThreadPoolExecutor(3) as executor:
        for task, _ in results(audited.square, tasks(), Borrowed(executor, 3)):
            taken.append(task)
            assert len(made) <= len(taken) + AHEAD * 3
    assert sorted(taken) == list(range(40))


def test_an_executor_of_ones_own_is_used_and_left_open():
    with ThreadPoolExecutor(2) as executor, pool(None, executor, None) as workplace:
        assert computed(audited.square, range(20), workplace) == SQUARES
        assert executor.submit(audited.square, 3).result() == 9


def test_an_executor_of_ones_own_that_breaks_is_an_error(folder):
    executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    with executor:
        found, error = until_an_error(
            results(audited.square_or_die, range(20), Borrowed(executor, 1))
        )
    assert sorted(found) == [0, 1, 2]
    assert error.startswith("the executor broke, or was shut down, before all cases were done")
    with pytest.raises(SymlstmError, match="or was shut down"):
        list(results(audited.square, range(3), Borrowed(executor)))


def test_a_cluster_that_cancels_what_it_was_given_is_an_error():
    class Cancelling:
        def submit(self, function, argument):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(SymlstmError, match="the executor broke"):
        list(results(audited.square, range(3), Borrowed(Cancelling())))


def test_what_was_submitted_is_cancelled_when_nobody_wants_more():
    with ThreadPoolExecutor(1) as executor:
        stream = results(audited.square, iter(range(10**9)), Borrowed(executor))
        next(stream)
        stream.close()


def test_one_place_to_compute_is_enough():
    with (
        pytest.raises(SymlstmError, match="workers and scheduler are given; give one of them"),
        pool(1, None, "tcp://127.0.0.1:1"),
    ):
        pass
    with pytest.raises(SymlstmError, match="workers is 0"), pool(0, None, None):
        pass
    with (
        pytest.raises(SymlstmError, match=r"executor is 3; give .* client.get_executor\(\)"),
        pool(None, 3, None),
    ):
        pass
