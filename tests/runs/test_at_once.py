"""Float64 for all steps and sequences at once: the values are those of one after the other."""

import pickle
from dataclasses import replace

import numpy as np
import own_cells
import pytest
from every_cell import every_cell
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, Dense, SimpleRNN
from symlstm.algebras.floating import FloatAlgebra
from symlstm.errors import CellError
from symlstm.gradients.gradients import backward
from symlstm.runs import at_once
from symlstm.runs.batch import Batch

CELLS = [
    *every_cell(3, 2),
    *(kind(3, 2) for kind in own_cells.EVERY if kind not in (own_cells.Highway, own_cells.Alone)),
    Dense(3, 2),
    SimpleRNN(3, 2, activation="linear", use_bias=False),
]
BATCH, STEPS = 3, 4


class Stacking(FloatAlgebra):
    """Float64 as the interpreter runs it, of stacked equations."""

    at_once = False
    stacks = True


class OneByOne(Stacking):
    """The same equation by equation."""

    stacks = False


def drawn(cell, rng, **options):
    weights = {
        name: rng.normal(size=weight.shape if weight in cell.matrices else weight.shape[:1]) / 2
        for name, weight in cell.weights.items()
    }
    inputs = rng.normal(size=(BATCH, STEPS, 2))
    return cell.bind(**weights).given(inputs, None, options.get("mask"), options.get("lengths"))


def assert_alike(left, right):
    for one, other in zip(left.histories, right.histories, strict=True):
        assert one.keys() == other.keys()
        for step, values in other.items():
            assert one[step].keys() == values.keys()
            for name, value in values.items():
                np.testing.assert_allclose(one[step][name], value, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_forward_and_backward_are_those_of_one_after_the_other(cell):
    numbers = drawn(cell, np.random.default_rng(1))
    left, right = numbers.run(FloatAlgebra()), numbers.run(OneByOne())
    assert isinstance(left.histories, Batch)
    assert_alike(left, right)
    assert_alike(numbers.run(Stacking()), right)
    seeds = {cell.output.name: np.full((BATCH, STEPS, cell.output_dim), fmpq(1, 3))}
    true = backward(right, seeds).adjoints
    for one in (left, replace(right, algebra=Stacking())):
        assert_alike(backward(one, seeds).adjoints, true)


@given(st.lists(st.lists(st.booleans(), min_size=STEPS, max_size=STEPS), min_size=3, max_size=3))
@settings(max_examples=25)
def test_masked_steps_stay_apart(mask):
    numbers = drawn(LSTM(3, 2), np.random.default_rng(2), mask=np.array(mask))
    left, right = numbers.run(FloatAlgebra()), numbers.run(OneByOne())
    assert_alike(left, right)
    seeds = {"h": np.full((BATCH, STEPS, 3), fmpq(1, 3))}
    assert_alike(backward(left, seeds).adjoints, backward(right, seeds).adjoints)


def test_lengths_of_zero_are_run_beside_others():
    numbers = drawn(LSTM(3, 2), np.random.default_rng(3), lengths=[0, 4, 0])
    assert_alike(numbers.run(FloatAlgebra()), numbers.run(OneByOne()))


def test_values_are_read_the_same_before_and_after_they_are_taken_apart():
    trace = drawn(LSTM(3, 2), np.random.default_rng(4)).run(FloatAlgebra())
    over_time, last = trace["c"], trace[STEPS].c
    apart = [
        [history[step]["c"][:, 0] for step in range(1, STEPS + 1)] for history in trace.histories
    ]
    assert np.array_equal(over_time, apart)
    assert np.array_equal(last, over_time[:, -1])
    assert np.array_equal(trace["c"], over_time)
    assert np.array_equal(pickle.loads(pickle.dumps(trace))["c"], over_time)


def test_what_no_step_waits_for_is_computed_when_it_is_asked_for():
    trace = drawn(LSTM(3, 2), np.random.default_rng(6)).run(FloatAlgebra())
    adjoints = trace.backward().adjoints
    later = adjoints.histories.over_time
    assert "x_bar" not in adjoints.histories.at(1, "h_bar")
    by_inputs = adjoints["x_bar"]
    assert "x_bar" not in adjoints.histories.at(1, "h_bar")
    assert later.has("x_bar")
    assert not later.has("stack 1")
    with pytest.raises(CellError, match="no 'stack 1'"):
        adjoints["stack 1"]
    for history, rows in zip(adjoints.histories, by_inputs, strict=True):
        for step, row in enumerate(rows, start=1):
            assert np.array_equal(history[step]["x_bar"][:, 0], row)


def test_what_was_interrupted_is_computed_when_it_is_asked_for_again(monkeypatch):
    trace = drawn(LSTM(3, 2), np.random.default_rng(9)).run(FloatAlgebra())
    gradients, others = trace.backward(), trace.backward()
    monkeypatch.setattr(at_once, "_step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        gradients.initial_state  # noqa: B018 (asked for, it is computed)
    monkeypatch.undo()
    for one, other in zip(gradients.initial_state, others.initial_state, strict=True):
        assert np.array_equal(one, other)


def interrupt(*_):
    raise KeyboardInterrupt


def test_products_do_not_underflow_where_they_come_to_numbers():
    """As where known factors were multiplied first, which are as small as 1e-300 together."""
    layer = LSTM(1).bind(kernel=0, recurrent_kernel=0, bias={"i": 0, "f": 100, "c": 0, "o": -400})
    gradients = layer.run([1, 1], initial_state=[0, 340], algebra="ball").backward(
        grad_state_h=10**200
    )
    assert gradients.check().agrees


def test_a_pass_over_gradients_takes_nothing_from_them_that_it_computes():
    trace = drawn(LSTM(3, 2), np.random.default_rng(7)).run(FloatAlgebra())
    seeds = {"h": np.random.default_rng(8).normal(size=(BATCH, STEPS, 3))}
    again, once = (backward(one, seeds).adjoints for one in (trace.backward().adjoints, trace))
    for one, other in zip(again.histories, once.histories, strict=True):
        for step, values in other.items():
            assert all(np.array_equal(one[step][name], values[name]) for name in values)


def test_floats_are_taken_as_they_are_when_the_run_begins():
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=0, bias=0)
    inputs = np.array([0.1, -0.0])
    trace = layer.run(inputs, algebra="float")
    inputs[:] = 7
    assert trace.sequence_out.tolist() == [0.1, 0.0]
    assert not np.signbit(trace.sequence_out).any()
    assert trace.given.inputs[0, 0, 0] == fmpq(*(0.1).as_integer_ratio())
    assert layer.run(np.float32([0.1])).state_h == layer.run([float(np.float32(0.1))]).state_h


@pytest.mark.parametrize("mask", [None, [[True, False, True, False]] * BATCH])
@pytest.mark.parametrize("seed", [0.1, "1/3", np.full((BATCH, STEPS, 3), 0.1)], ids=type)
def test_seeds_are_the_numbers_that_they_were(seed, mask):
    numbers = drawn(LSTM(3, 2), np.random.default_rng(5), mask=mask)
    traces = [numbers.run(algebra) for algebra in (FloatAlgebra(), OneByOne())]
    for others in ({}, {"seeds": {"h": {1: "1/3"}}}):
        left, right = (trace.backward(grad_sequence=seed, **others) for trace in traces)
        assert np.array_equal(left.incoming["h"], right.incoming["h"])
        assert_alike(left.adjoints, right.adjoints)
