"""Merged outputs against what NumPy computes of the layers' own, and gradients against SymPy's."""

from dataclasses import replace

import numpy as np
import pytest
from sympy import Rational

from symlstm import LSTM, Network
from symlstm.errors import CellError

CELL = LSTM(2, 2, activation="linear", recurrent_activation="linear")
INPUTS = [[[1, 2], [0, -1], [3, 1]], [[1, 0], [2, 2], [0, 0]]]
EXPECTED = {
    "concat": lambda a, b: np.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
    None: lambda a, b: np.stack([a, b]),
}


@pytest.fixture
def pair():
    one = CELL.bind(kernel="1/2", recurrent_kernel="1/3", bias=1)
    other = CELL.bind(kernel="-1/5", recurrent_kernel=1, bias=0)
    return one, replace(other, go_backwards=True)


@pytest.mark.parametrize("merge", EXPECTED)
@pytest.mark.parametrize("algebra", ["exact", "float", "ball"])
def test_outputs_are_merged_as_they_are_named(pair, merge, algebra):
    network = Network([pair], merge=merge)
    trace = network.run(INPUTS, algebra=algebra)
    forward, backward = pair[0].run(INPUTS), pair[1].run(INPUTS)
    true = EXPECTED[merge](forward.sequence_out, backward.sequence_out[:, ::-1])
    assert trace.sequence_out.shape == true.shape
    assert network.output_dim == true.shape[-1]
    difference = abs(trace.sequence_out.astype(float) - true.astype(float))
    assert difference.max() <= 1e-12 * abs(true.astype(float)).max()
    if algebra == "exact":
        assert (trace.sequence_out == true).all()
    floats = network.reference(INPUTS, dtype="float64").sequence_out
    np.testing.assert_allclose(floats, true.astype(float), rtol=1e-16)


@pytest.mark.parametrize("merge", EXPECTED)
def test_gradients_go_back_through_a_merge(pair, merge):
    network = Network([pair], merge=merge)
    seed = np.random.default_rng(2).integers(-3, 4, network.run(INPUTS).sequence_out.shape)
    gradients = network.run(INPUTS).backward(grad_sequence=seed)
    step = Rational(1, 10**12)

    def loss(inputs):
        return (network.run(inputs).sequence_out * seed).sum()

    moved = np.array(INPUTS, dtype=object)
    moved[0, 1, 0] += step
    back = np.array(INPUTS, dtype=object)
    back[0, 1, 0] -= step
    slope = (loss(moved) - loss(back)) / (2 * step)
    assert abs(slope - gradients.inputs[0, 1, 0]) < Rational(1, 10**15)
    balls = network.run(INPUTS, algebra="ball").backward(grad_sequence=seed)
    assert abs(balls.inputs[0, 1, 0] - float(gradients.inputs[0, 1, 0])) < 1e-6


def test_levels_are_given_what_is_merged(pair):
    network = Network([pair, pair], merge="sum")
    below = Network([pair], merge="sum").run(INPUTS)
    above = Network([pair], merge="sum").run(below.sequence_out)
    assert (network.run(INPUTS).sequence_out == above.sequence_out).all()
    assert network.run(INPUTS).check().agrees


def test_a_decimal_run_rounds_what_it_merges(pair):
    trace = Network([pair], merge="ave").run(INPUTS, algebra="decimal", digits=3)
    assert all(number * 10**6 % 1 == 0 for number in trace.sequence_out.flat)
    assert all(len(str(abs(number.p)).strip("0")) < 9 for number in trace.sequence_out.flat)
    assert trace.distance().most > 0


def test_other_merges_are_refused(pair):
    with pytest.raises(CellError, match="merge is 'add'; known: concat, sum, mul, ave, None"):
        Network([pair], merge="add")
    with pytest.raises(CellError, match="merge=None leaves the outputs apart"):
        Network([pair, pair], merge=None)
