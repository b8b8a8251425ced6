"""Stateful runs, one after the other, against one run of all steps."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from symlstm import LSTM, Network
from symlstm.errors import CellError, NotExactError, ShapeError

CELL = LSTM(units=1)
STEPS = ["0.5", -1, "1/3", 2, 0]


@pytest.fixture
def layer():
    return CELL.bind(kernel="0.7", recurrent_kernel="0.3", bias="0.1")


@pytest.fixture
def network(layer):
    other = CELL.bind(kernel="-0.4", recurrent_kernel="0.9", bias=0)
    return Network([[layer], [other], [layer]])


@pytest.fixture(params=["layer", "network"])
def either(request):
    return request.getfixturevalue(request.param)


def final(trace):
    return np.ravel([trace.state_h, trace.state_c])


def test_balls_go_on_from_the_true_states(either):
    whole = either.run(STEPS, algebra="ball")
    for step in STEPS:
        last = either.run([step], algebra="ball", stateful=True)
    for ball, true in zip(final(last), final(whole), strict=True):
        assert ball.overlaps(true)
        assert ball.rel_accuracy_bits() > 99
    assert last.check().agrees


def test_a_thousand_runs_decide_as_many_digits_as_one(layer):
    rows = np.random.default_rng(3).integers(-2, 3, 1000).tolist()
    for row in rows:
        last = layer.run([row], algebra="ball", stateful=True, digits=10)
    more = layer.run([1], algebra="ball", stateful=True, digits=60)
    assert last.state_c.rel_accuracy_bits() >= 33
    assert more.state_c.rel_accuracy_bits() >= 199
    assert more.state_c.overlaps(layer.run([*rows, 1], algebra="ball").state_c)


def test_references_go_on_and_cost_nothing_until_they_are_asked(either):
    whole = either.reference(STEPS, dtype="float64")
    pieces = [either.reference([step], dtype="float64", stateful=True) for step in STEPS]
    assert (final(pieces[-1]) == final(whole)).all()
    assert (
        np.ravel([one.sequence_out for one in pieces]).tolist()
        == np.ravel(whole.sequence_out).tolist()
    )
    either.reset_state()
    assert (final(either.reference(STEPS[:1], stateful=True)) == final(pieces[0]).astype("f")).all()


def test_runs_in_different_algebras_go_on_from_each_other(either):
    either.run(STEPS[:3], algebra="ball", stateful=True)
    floats = either.run(STEPS[3:4], algebra="float", stateful=True)
    np.testing.assert_allclose(final(floats), final(either.run(STEPS[:4], algebra="float")))
    either.run(STEPS[3:4], algebra="ball", stateful=True, initial_state=[0, 0])
    decimals = either.run(STEPS[4:], algebra="decimal", digits=4, stateful=True)
    assert decimals.distance().most < 1e-3
    either.reset_state()
    assert (
        final(either.run([0], algebra="float", stateful=True)).tolist()
        == final(either.run([0], algebra="float")).tolist()
    )


def test_exact_runs_of_a_network_are_kept_exactly():
    cell = LSTM(1, activation="softsign", recurrent_activation="hard_sigmoid")
    one = cell.bind(kernel=1, recurrent_kernel="1/2", bias=0)
    network = Network([[one, replace(one, go_backwards=True)]])
    first = network.run([1, 2], stateful=True)
    again = network.run([3], stateful=True)
    told = network.run([3], initial_state=[first.state_h, first.state_c])
    assert (final(again) == final(told)).all()
    # The exact algebra goes on from a rational cell's balls, too: they are states of the same run.
    network.reset_state()
    network.run([1, 2], stateful=True, algebra="ball")
    assert (final(network.run([3], stateful=True)) == final(again)).all()


def test_exact_runs_do_not_go_on_where_there_are_no_exact_values(layer):
    layer.run([1], algebra="ball", stateful=True)
    with pytest.raises(NotExactError, match="use algebra='ball'"):
        layer.run([1], stateful=True)


def test_a_batch_goes_on_sequence_by_sequence(either):
    inputs = np.arange(6).reshape(2, 3, 1)
    whole = either.run(inputs, algebra="ball")
    either.run(inputs[:, :2], algebra="ball", stateful=True)
    with pytest.raises(ShapeError, match="3 sequences, and the states kept are those of 2"):
        either.run(np.ones((3, 1, 1), int), algebra="ball", stateful=True)
    last = either.run(inputs[:, 2:], algebra="ball", stateful=True)
    assert all(map(lambda a, b: a.overlaps(b), final(last), final(whole)))
    none = either.run(inputs[:, 2:], algebra="ball", stateful=True, sequence_lens=[1, 0])
    assert (np.reshape(none.state_h, (-1, 2, 1))[:, 1] == 0).all()


def test_copies_go_on_by_themselves_however_many_runs_there_were(either):
    for _ in range(400):
        either.reference([1], stateful=True)
    copies = [pickle.loads(pickle.dumps(either)), copy.deepcopy(either), copy.copy(either)]
    true = final(either.reference([2], stateful=True))
    for one in copies:
        assert (final(one.reference([2], stateful=True)) == true).all()


def test_intervals_stay_in_the_states(layer):
    layer.run(["1 ± 0.1"], algebra="ball", stateful=True)
    wide = layer.run([1], algebra="ball", stateful=True)
    layer.run([1], algebra="ball", stateful=True)
    assert wide.state_h.rad() > 1e-3
    for refused in (lambda: layer.reference([1], stateful=True), wide.check):
        with pytest.raises(NotExactError, match="interval"):
            refused()


def test_gradients_of_a_run_stop_where_it_started(either):
    first = either.run(STEPS[:2], algebra="ball", stateful=True)
    gradients = either.run(STEPS[2:], algebra="ball", stateful=True).backward()
    told = either.run(
        STEPS[2:], algebra="ball", initial_state=[first.state_h, first.state_c]
    ).backward()
    for ours, theirs in zip(np.ravel(gradients.inputs), np.ravel(told.inputs), strict=True):
        assert ours.overlaps(theirs)


def test_what_is_no_truth_value_is_refused(either):
    for run in (either.run, either.reference):
        with pytest.raises(CellError, match="stateful is 1; give True or False"):
            run([1], stateful=1)
