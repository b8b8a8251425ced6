"""Cells against steps written by hand: in fractions, at 60 digits, and by PyTorch's autograd."""

from dataclasses import fields
from fractions import Fraction
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import steps
from components import required
from oracles import FRACTION_ACTIVATIONS

from symlstm import (
    LSTM,
    LSTM1997,
    MGU,
    UGRNN,
    CoupledLSTM,
    FlaxMGU,
    HaikuGRU,
    IndRNN,
    MinGRU,
    MinLSTM,
    PeepholeLSTM,
    SimpleRNN,
    TensorFlowLSTM,
)
from symlstm.errors import CellError, NumberError

CLIPPED = {"peepholes": True, "proj_size": 2, "cell_clip": 0.5, "proj_clip": "1/3"}
LITE = {"peepholes": True, "cifg": True, "proj_size": 1, "projection_bias": True}
CASES = {
    "LSTM1997": (LSTM1997, {}, steps.lstm_1997),
    "coupled": (CoupledLSTM, {}, steps.forget_is_one_minus_input),
    "coupled i": (CoupledLSTM, {"coupled": "i"}, steps.input_is_one_minus_forget),
    "LSTM": (LSTM, {"forget_bias": "2/3"}, steps.lstm_with_a_forget_bias_of_two_thirds),
    "peephole": (PeepholeLSTM, {"forget_bias": 1}, steps.peephole_with_a_forget_bias_of_one),
    "TensorFlow": (TensorFlowLSTM, {**CLIPPED, "forget_bias": 1.0}, steps.tensorflow),
    "TFLite": (TensorFlowLSTM, LITE, steps.tensorflow_lite),
    "MGU": (MGU, {}, steps.minimal_gated_unit),
    "Flax": (FlaxMGU, {}, steps.flax_mgu),
    "Flax without": (FlaxMGU, {"reset_gate": False}, steps.flax_mgu_without_reset),
    "Haiku": (HaikuGRU, {}, steps.haiku_gru),
    "minGRU": (MinGRU, {}, steps.min_gru),
    "minLSTM": (MinLSTM, {}, steps.min_lstm),
    "minLSTM'": (MinLSTM, {"normalised": True}, steps.min_lstm_normalised),
    "UGRNN": (UGRNN, {"forget_bias": 1}, steps.update_gate_rnn),
    "IndRNN": (IndRNN, {}, steps.independent),
    "SimpleRNN": (SimpleRNN, {}, steps.simple),
}
"""A cell, its options, and the step written by hand."""
RATIONAL = ("hard_tanh", "hard_sigmoid", "softsign")
CURVED = ("tanh", "sigmoid", "scaled_tanh(beta=1/2)")


def cell_of(name, activations, units=3, inputs=2):
    kind, options, _ = CASES[name]
    named = zip(
        ("activation", "recurrent_activation", "output_activation"), activations, strict=True
    )
    known = {field.name for field in fields(kind)}
    return kind(units, inputs, **options, **{k: v for k, v in named if k in known})


def drawn(cell, seed=1):
    """Return fractions that floats have, for the weights and for the inputs."""
    rng = np.random.default_rng(seed)

    def numbers(*shape):
        return np.vectorize(Fraction, otypes=[object])(rng.integers(-24, 24, shape) / 16)

    shapes = {name: tuple(map(int, weight.shape)) for name, weight in cell.weights.items()}
    shapes = {n: s if cell.weights[n] in cell.matrices else s[:1] for n, s in shapes.items()}
    return {name: numbers(*shape) for name, shape in shapes.items()}, numbers(4, cell.input_dim)


def entrywise(function):
    return np.vectorize(function, otypes=[object])


def by_hand(name, cell, weights, inputs, functions, zeros):
    states = [zeros(int(state.shape[0])) for state in cell.states.values()]
    outputs = []
    for x in inputs:
        states = CASES[name][2](weights, x, functions, *states)
        outputs.append(states[0])
    return outputs


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_cell_in_fractions(name):
    cell = cell_of(name, RATIONAL)
    weights, inputs = drawn(cell)
    a, s, psi = (entrywise(FRACTION_ACTIVATIONS[one]) for one in RATIONAL)
    clip = entrywise(lambda value, limit: max(-limit, min(value, limit)))
    two, three = Fraction(2), Fraction(3)
    functions = SimpleNamespace(a=a, s=s, psi=psi, clip=clip, two=two, three=three)
    zeros = entrywise(lambda _: Fraction(0))
    expected = by_hand(name, cell, weights, inputs, functions, lambda n: zeros(np.empty(n)))
    trace = cell.bind(**weights).run(inputs)
    assert trace.sequence_out.tolist() == [value.tolist() for value in expected]


@pytest.mark.parametrize("name", CASES)
def test_a_reference_is_the_true_value_rounded_once(name):
    cell = cell_of(name, CURVED)
    weights, inputs = drawn(cell, seed=2)
    with mpmath.workdps(60):
        mpf = entrywise(lambda value: mpmath.mpf(value.numerator) / value.denominator)
        functions = SimpleNamespace(
            a=entrywise(mpmath.tanh),
            s=entrywise(lambda z: 1 / (1 + mpmath.exp(-z))),
            psi=entrywise(lambda z: mpmath.tanh(z / 2)),
            clip=entrywise(lambda value, limit: max(-limit, min(value, limit))),
            two=mpmath.mpf(2),
            three=mpmath.mpf(3),
        )
        numbers = {key: mpf(value) for key, value in weights.items()}
        zeros = entrywise(lambda _: mpmath.mpf(0))
        expected = by_hand(
            name, cell, numbers, mpf(inputs), functions, lambda n: zeros(np.empty(n))
        )
        rounded = [[float(value) for value in row] for row in expected]
    assert cell.bind(**weights).reference(inputs, dtype="float64").sequence_out.tolist() == rounded


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_autograd(name):
    (torch,) = required("PyTorch", "torch")
    cell = cell_of(name, CURVED)
    weights, inputs = drawn(cell, seed=3)
    tensors = {
        key: torch.tensor(value.astype(float), requires_grad=True)
        for key, value in {**weights, "x": inputs}.items()
    }
    functions = SimpleNamespace(
        a=torch.tanh,
        s=torch.sigmoid,
        psi=lambda z: torch.tanh(z / 2),
        clip=lambda value, limit: torch.clamp(value, -limit, limit),
        two=2.0,
        three=3.0,
    )

    def zeros(size):
        return torch.zeros(size, dtype=torch.float64)

    outputs = torch.stack(by_hand(name, cell, tensors, tensors["x"], functions, zeros))
    coming = np.random.default_rng(4).normal(size=outputs.shape)
    (outputs * torch.tensor(coming)).sum().backward()
    trace = cell.bind(**weights).run(inputs, algebra="float")
    gradients = trace.backward(grad_sequence=coming)
    assert np.allclose(trace.sequence_out, outputs.detach(), rtol=1e-13, atol=1e-14)
    for key, tensor in tensors.items():
        assert np.allclose(gradients[key], tensor.grad, rtol=1e-11, atol=1e-12), key


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CoupledLSTM(1, coupled="o"), "coupled is 'o'; known: i, f"),
        (lambda: CoupledLSTM(1, coupled=True), "coupled is True"),
        (lambda: TensorFlowLSTM(1, cifg=1), "cifg is 1; give True or False"),
        (lambda: TensorFlowLSTM(1, proj_clip=1), "proj_clip is that of a projection; give proj_"),
        (lambda: TensorFlowLSTM(1, projection_bias=True), "projection_bias is that of a proj"),
        (lambda: TensorFlowLSTM(1, cell_clip=0), "cell_clip is .*; give a number above 0"),
        (lambda: FlaxMGU(1, reset_gate=None), "reset_gate is None; give True or False"),
    ],
)
def test_options_that_are_none_are_refused(make, message):
    with pytest.raises(CellError, match=message):
        make()


def test_numbers_of_options_are_exact():
    with pytest.raises(NumberError, match="proj_size is 0; give a whole number"):
        TensorFlowLSTM(1, proj_size=0)
    with pytest.raises(NumberError, match="forget_bias is 'x'"):
        LSTM(1, forget_bias="x")
    assert LSTM(1, forget_bias=0) == LSTM(1)
    assert LSTM(1, forget_bias=0.5) == LSTM(1, forget_bias="1/2")


def test_tensorflow_has_what_the_small_cells_have():
    assert TensorFlowLSTM(2, peepholes=True).equations == PeepholeLSTM(2).equations
    inputs, weights = [1, "-1/2", 2], {"kernel": "1/3", "recurrent_kernel": "-1/2", "bias": 1}
    rational = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
    for theirs, ours in (
        (CoupledLSTM(2, coupled="i", **rational), TensorFlowLSTM(2, cifg=True, **rational)),
        (LSTM(2, **rational), TensorFlowLSTM(2, **rational)),
    ):
        one, other = (cell.bind(**weights).run(inputs) for cell in (theirs, ours))
        assert (one.sequence_out == other.sequence_out).all()


def test_the_cell_of_1997_never_forgets_and_squashes_as_in_its_paper():
    cell = LSTM1997(1, activation="scaled_tanh(alpha=2, beta=1/2)",
                    output_activation="scaled_tanh(beta=1/2)")  # fmt: skip
    layer = cell.bind(kernel=9, recurrent_kernel=0, bias=0)
    trace = layer.run([1] + [0] * 5, algebra="float")
    assert trace[1].c == trace[6].c == pytest.approx(2, rel=0.01)
    assert trace[6].h == pytest.approx((2 / (1 + np.exp(-trace[6].c)) - 1) / 2)
    assert layer.run([1, 1], algebra="ball").backward(grad_state_c=1, grad_state_h=0)[1].c == 1
