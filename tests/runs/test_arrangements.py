"""Layouts of outputs: each is undone, and what fits none is not."""

import numpy as np
import pytest

from symlstm.runs.arrangements import ARRANGEMENTS, LAST, OVER_TIME, Output

RNG = np.random.default_rng(0)
OUT = RNG.normal(size=(2, 3, 4, 5))  # (directions, batch, T, units)
STATE = RNG.normal(size=(2, 2, 3, 5))  # (levels, directions, batch, units)
FORWARD, BACKWARD = OUT

BY_HAND = {
    "batch-time-swapped": np.concatenate([FORWARD, BACKWARD], axis=-1).transpose(1, 0, 2),
    "reshape-for-transpose": np.concatenate([FORWARD, BACKWARD], axis=-1)
    .transpose(1, 0, 2)
    .reshape(3, 4, 10),
    "time-units-swapped": np.concatenate([FORWARD, BACKWARD], axis=-1).transpose(0, 2, 1),
    "axes-reversed": np.concatenate([FORWARD, BACKWARD], axis=-1).T,
    "directions-swapped": np.concatenate([BACKWARD, FORWARD], axis=-1),
    "reverse-output-order": np.concatenate([FORWARD, BACKWARD[:, ::-1]], axis=-1),
    "directions-swapped-and-reversed": np.concatenate([BACKWARD[:, ::-1], FORWARD], axis=-1),
    "time-reversed": np.concatenate([FORWARD, BACKWARD], axis=-1)[:, ::-1],
    "directions-in-front": OUT,
    "directions-in-front-time-major": OUT.swapaxes(1, 2),
    "directions-as-onnx": OUT.transpose(2, 0, 1, 3),
    "directions-before-units": OUT.transpose(1, 2, 0, 3),
    "directions-before-units-time-major": OUT.transpose(2, 1, 0, 3),
    "directions-interleaved": np.stack([FORWARD, BACKWARD], axis=-1).reshape(3, 4, 10),
    "forward-alone": FORWARD,
    "backward-alone": BACKWARD,
    "backward-alone-reversed": BACKWARD[:, ::-1],
    "forward-twice": np.concatenate([FORWARD, FORWARD], axis=-1),
    "last-step-alone": np.concatenate([FORWARD, BACKWARD], axis=-1)[:, -1],
    "last-of-each-direction": np.concatenate([FORWARD[:, -1], BACKWARD[:, 0]], axis=-1),
}
STATES_BY_HAND = {
    "reshape-for-transpose": STATE.reshape(4, 3, 5)
    .reshape(3, 20)
    .reshape(3, 4, 5)
    .transpose(1, 0, 2),
    "axes-reversed": STATE.transpose(0, 1, 3, 2).reshape(20, 3),
    "directions-swapped": STATE[:, ::-1].reshape(4, 3, 5),
    "forward-alone": STATE[:, 0],
    "backward-alone": STATE[:, 1],
    "forward-twice": STATE[:, [0, 0]].reshape(4, 3, 5),
    "batch-first-state": STATE.reshape(4, 3, 5).transpose(1, 0, 2),
    "directions-before-levels": STATE.transpose(1, 0, 2, 3).reshape(4, 3, 5),
    "last-level-alone": STATE[1],
    "h-c-swapped": STATE.reshape(4, 3, 5),
}


def records():
    for numbers, axes, by_hand in ((OUT, OVER_TIME, BY_HAND), (STATE, LAST, STATES_BY_HAND)):
        for name, given in by_hand.items():
            yield name, given, Output(numbers, axes, (False, True))


@pytest.mark.parametrize(("name", "given", "output"), [*records()])
def test_a_layout_is_as_it_is_by_hand_and_undone(name, given, output):
    record = next(one for one in ARRANGEMENTS if one.name == name)
    np.testing.assert_array_equal(record.done(output), given)
    np.testing.assert_array_equal(record.undone(given, output), output.numbers)
    other = Output(output.numbers * 0, output.axes, output.backwards)
    again = record.done(Output(record.undone(given, other), output.axes, output.backwards))
    np.testing.assert_array_equal(again, given)
    assert record.undone(given[..., :-1], output) is None


def test_each_record_is_tested():
    names = [one.name for one in ARRANGEMENTS]
    assert len({*names}) == len(names)
    assert {*names} == {*BY_HAND, *STATES_BY_HAND}


def test_what_was_given_twice_has_to_be_the_same():
    twice = next(one for one in ARRANGEMENTS if one.name == "forward-twice")
    assert (
        twice.undone(np.concatenate([FORWARD, BACKWARD], axis=-1), Output(OUT, OVER_TIME)) is None
    )
    both = Output(OUT, OVER_TIME, (False, True))
    assert twice.undone(np.concatenate([FORWARD, BACKWARD], axis=-1), both) is None
