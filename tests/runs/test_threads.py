"""Runs in several threads, and at any precision outside: to the last bit those of one thread."""

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from flint import ctx
from parts import parts

from symlstm import LSTM, Network, SimpleRNN, hand_calculation
from symlstm.algebras import ball, endpoints
from symlstm.errors import PrecisionError
from symlstm.numbers.arrays import interval

INPUTS = np.random.default_rng(1).normal(size=(2, 3, 2))


@cache
def layer(activation="tanh", units=2, seed=0):
    rng = np.random.default_rng(seed)
    kernel, recurrent = (rng.normal(size=(n, 4 * units)) for n in (2, units))
    cell = LSTM(units, 2, activation=activation)
    return cell.bind(kernel=kernel, recurrent_kernel=recurrent, bias="1/3")


@cache
def network():
    both = [layer(units=1), replace(layer(units=1, seed=3), go_backwards=True)]
    return Network([both, [layer("softplus", units=1), layer(units=1)]])


@cache
def boxed():
    kernel = interval(np.ones((2, 8), dtype=int), 3)
    return LSTM(2, 2, activation="mish").bind(kernel=kernel, recurrent_kernel="1/7", bias="0.1")


def values(dtype, activation="tanh"):
    reference = layer(activation).reference(INPUTS, dtype=dtype)
    return [reference.sequence_out, reference.state_c, reference["z_i"]]


def slopes(dtype):
    gradients = layer().reference(INPUTS, dtype=dtype).backward(grad_sequence="1/7")
    return [gradients.kernel, gradients.inputs, gradients.initial_state]


def balls(digits, activation="tanh"):
    return layer(activation).run(INPUTS, algebra="ball", digits=digits)


def carried():
    jacobian = balls(20).state_jacobian("h")
    return [jacobian[2], jacobian.alone(), jacobian.total(), jacobian.through_others()]


def pages():
    gradients = balls(9).backward(grad_state_h="0.1")
    return hand_calculation(gradients, "latex", state_jacobian="c")


def held():
    """Initial states that a mask holds to the end, so that a gradient comes to them from there."""
    mask = [[False, False, False], [True, False, True]]
    run = layer().run(INPUTS, initial_state=["1/3", "0.1"], mask=mask, algebra="ball", digits=9)
    return [run, run.backward(grad_state_h="1/3", grad_state_c="0.1")]


def checks():
    run = balls(12)
    return [run.check(), run.backward().check(), layer().run(INPUTS, algebra="float").check()]


def of_a_network():
    run, reference = (
        network().run(INPUTS[:1], algebra="ball", digits=9),
        network().reference(INPUTS),
    )
    gradients = run.backward(grad_sequence="1/3")
    return [run, gradients, gradients.inputs, reference.sequence_out, reference.backward().inputs]


def of_intervals():
    run = boxed().run(INPUTS[0], algebra="ball", digits=9)
    return [run, run.backward(), hand_calculation(run, "markdown")]


def undecided():
    """What no precision decides, that of the threads beside it either."""
    cell = LSTM(1, 3, use_bias=False).bind(kernel=1, recurrent_kernel=0)
    with pytest.raises(PrecisionError, match="nearest to the last c is not decided, not at 5632"):
        _ = cell.reference([["0.1", "0.2", "-0.3"]], initial_state=[0, 2 + 2.0**-23]).state_c


def others():
    cell = SimpleRNN(2, 2, activation="relu").bind(kernel="1/3", recurrent_kernel=1, bias=0)
    exact, floats = cell.run(INPUTS), cell.run(INPUTS, algebra="float")
    return [exact, exact.backward(), floats, floats.backward()]


TASKS = {
    "float64": lambda: values("float64"),
    "float16": lambda: values("float16", "gelu"),
    "slopes in float32": lambda: slopes("float32"),
    "slopes in float64": lambda: slopes("float64"),
    "10 digits": lambda: balls(10, "elu"),
    "300 digits": lambda: balls(300),
    "backward": lambda: balls(40, "squareplus(b=1/9)").backward(grad_sequence="1/3"),
    "Jacobian": carried,
    "page": pages,
    "checks": checks,
    "network": of_a_network,
    "mask": held,
    "intervals": of_intervals,
    "undecided": undecided,
    "exact and float": others,
}


@cache
def alone(name):
    return parts(TASKS[name]())


@pytest.fixture
def eager_threads():
    """Threads that take turns a hundred times as often as they usually do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.slow
@pytest.mark.usefixtures("eager_threads")
def test_threads_beside_one_another_compute_what_one_alone_does():
    known = {name: alone(name) for name in TASKS}
    wrong = []

    def work(seed):
        names = random.Random(seed).sample(list(TASKS), 2 * len(TASKS) // 3)
        for name in names:
            try:
                found = parts(TASKS[name]())
            except Exception as error:  # a thread's error is nobody's
                found = error
            if found != known[name]:
                wrong.append((name, found if isinstance(found, Exception) else "other bits"))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert ctx.prec == 53


@pytest.mark.usefixtures("eager_threads")
def test_threads_may_ask_one_reference():
    """A third of a number stands between two floats, which takes three attempts to know."""
    cell = SimpleRNN(2, 2, activation="linear", use_bias=False)
    between = [[3 + 3 * 2.0**-24, 1], [1, 2]]

    def reference():
        thirds = cell.bind(kernel=[["1/3", 1], [0, "1/3"]], recurrent_kernel=0)
        return thirds.reference(between)

    def ask(one):
        return parts([one.state_h, one.sequence_out, one["h"], one.backward().kernel])

    known = ask(reference())
    for _ in range(5):
        shared = reference()
        with ThreadPoolExecutor(4) as threads:
            assert all(found == known for found in threads.map(ask, [shared] * 8))


@pytest.mark.parametrize("bits", [2, 4000])
@pytest.mark.parametrize("name", TASKS)
def test_no_result_depends_on_the_precision_outside(name, bits, monkeypatch):
    known = alone(name)
    monkeypatch.setattr(ctx, "prec", bits)
    for kept in (endpoints.enclosure, ball._ones):
        kept.cache_clear()
    found = parts(TASKS[name]())
    assert ctx.prec == bits
    assert found == known


def test_an_error_leaves_the_precision_as_it_was():
    undecided()
    kinked = LSTM(1, 3, activation="relu", use_bias=False).bind(kernel=1, recurrent_kernel=0)
    with pytest.raises(PrecisionError):
        kinked.run([["0.1", "0.2", "-0.3"]], algebra="ball").backward()
    assert ctx.prec == 53
