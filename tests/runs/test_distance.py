"""How far a decimal run ends up from the true one, against mpmath at 60 digits."""

from dataclasses import replace

import mpmath
import pytest
from calculator import calculators
from flint import arb, ctx, fmpq
from hypothesis import given, settings

from symlstm import LSTM, Network, SimpleRNN
from symlstm.errors import CellError
from symlstm.numbers.exact import rational

WEIGHTS = {"kernel": "1/2", "recurrent_kernel": "0.3", "bias": "0.1"}
INPUTS = [1, "-0.3", 2]


def unit():
    return LSTM(1).bind(**WEIGHTS)


def true_states():
    """The states of the layer above after each step, at mpmath's precision."""
    h = c = mpmath.mpf(0)
    for x in map(mpmath.mpf, INPUTS):
        z = x / 2 + mpmath.mpf("0.3") * h + mpmath.mpf("0.1")
        gate = 1 / (1 + mpmath.exp(-z))
        c = gate * c + gate * mpmath.tanh(z)
        h = gate * mpmath.tanh(c)
        yield h, c


@given(calculators)
@settings(max_examples=30)
def test_the_difference_is_enclosed_and_six_digits_of_it_are_proven(calculator):
    trace = unit().run(INPUTS, algebra="decimal", **calculator.options)
    distance = trace.distance()
    with mpmath.workdps(60):
        for step, states in enumerate(true_states(), start=1):
            for name, true in zip("hc", states, strict=True):
                rounded = trace[step][name]
                difference = true - mpmath.mpf(int(rounded.p)) / int(rounded.q)
                ball = distance[name][step - 1]
                assert encloses(ball, difference)
                assert ball.rel_accuracy_bits() >= 19
        most = max(abs(ball.mid()) for ball in distance.sequence_out.flat)
    assert fmpq_of(distance.most) >= 0.999999 * most
    assert fmpq_of(distance.most) <= 1.11 * most


def encloses(ball, true):
    """Whether a ball has a number in it, up to that number's own error of 60 digits."""
    with ctx.workprec(300):
        return ball.overlaps(arb(mpmath.nstr(true, 55)) + arb(0, 1e-54))


def fmpq_of(decimal):
    return arb(fmpq(*decimal.as_integer_ratio()))


def test_precision_rises_until_the_difference_is_known():
    """After 20 steps there are 48 digits before the point, and the difference is none of them."""
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=321, bias=0)
    trace = layer.run([1] + [0] * 19, algebra="decimal", decimals=2)
    assert trace.state_h == 321**19
    for ball in trace.distance()["h"]:
        assert ball.contains(0)
        assert ball.rad() < 1e-10


def test_states_have_the_shapes_of_the_trace():
    trace = unit().run(INPUTS, algebra="decimal", digits=4)
    distance = trace.distance()
    assert isinstance(distance.state_h, arb)
    assert str(distance.state_h) == str(distance["h"][-1]) == str(distance.sequence_out[-1])
    batch = unit().run([[[x] for x in INPUTS]] * 2, algebra="decimal", digits=4).distance()
    assert batch.state_c.shape == (2, 1)
    assert {str(ball) for ball in batch.state_c.flat} == {str(distance.state_c)}


def test_where_nothing_is_rounded_the_distance_is_zero():
    layer = SimpleRNN(1, activation=None).bind(kernel=2, recurrent_kernel=3, bias=1)
    distance = layer.run([1, 2], algebra="decimal", digits=9).distance()
    assert distance.most == 0
    assert repr(distance) == "Distance(outputs within 0 of the true ones)"


def test_a_value_that_is_rounded_away_is_far_by_all_of_it():
    layer = SimpleRNN(1, activation="sigmoid").bind(kernel=1, recurrent_kernel=0, bias=0)
    distance = layer.run([-(10**9)], algebra="decimal", decimals=4).distance()
    assert str(distance.most) == "1E-300000"


def test_networks_and_masks():
    layer = unit()
    above = LSTM(1, 2).bind(**WEIGHTS)
    network = Network([[layer, replace(layer, go_backwards=True)], [above]])
    given = {"inputs": [[[x] for x in INPUTS]], "mask": [[True, True, False]]}
    trace = network.run(**given, algebra="decimal", decimals=3)
    distance, true = trace.distance(), network.run(**given, algebra="ball")
    assert len(distance.layers) == 3
    for k, one in enumerate(distance.layers):
        with ctx.workprec(200):
            difference = true.layers[k].state_h.item() - rational(trace.layers[k].state_h.item())
            assert one.state_h.item().overlaps(difference)
    assert str(distance.state_h[2]) == str(distance.layers[2].state_h)
    assert distance.sequence_out.shape == (1, 3, 1)
    with pytest.raises(CellError, match="a network has no 'h'"):
        distance["h"]


@pytest.mark.parametrize("algebra", ["exact", "float", "ball"])
def test_other_runs_have_none(algebra):
    layer = SimpleRNN(1, activation=None).bind(kernel=2, recurrent_kernel=3, bias=1)
    with pytest.raises(CellError, match=f"this one is {algebra}; run the layer with"):
        layer.run([1], algebra=algebra).distance()
    with pytest.raises(CellError, match="this one is symbolic"):
        LSTM(1).unroll(2).distance()
