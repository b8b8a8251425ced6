"""The sLSTM and the layer-normalised LSTM, against PyTorch's autograd and each other."""

import numpy as np
import pytest
from components import required
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import SLSTM, LayerNormLSTM, figure, hand_calculation
from symlstm.errors import CellError, NumberError
from symlstm.testing import assert_right


def drawn(cell, seed, steps=5, scale=1.0):
    """Return a layer of random float32 weights, and inputs."""
    rng = np.random.default_rng(seed)
    weights = {
        name: scale * rng.normal(size=w.shape if w in cell.matrices else w.shape[:1])
        for name, w in cell.weights.items()
    }
    return cell.bind(**weights), rng.normal(size=(steps, cell.input_dim))


def slstm_in_torch(torch, cell, w, inputs):
    """Return the outputs, as the equations 8 to 14 of the paper have them, unstabilised."""
    h = c = n = torch.zeros(cell.units, dtype=torch.float64)
    outputs = []
    for x in inputs:
        z, i, f, o = (w[f"W_{g}"] @ x + w[f"U_{g}"] @ h + w[f"b_{g}"][:, 0] for g in "zifo")
        f = torch.exp(f) if cell.forget_activation == "exponential" else torch.sigmoid(f)
        c = f * c + torch.exp(i) * torch.tanh(z)
        n = f * n + torch.exp(i)
        h = torch.sigmoid(o) * c / n
        outputs.append(h)
    return torch.stack(outputs)


def normed_in_torch(torch, cell, w, inputs):
    """Return the outputs of TensorFlow 1's cell, or of TensorFlow Lite's, by torch's layer norm."""
    epsilon = float(cell.epsilon.partition("/")[0]) / float(cell.epsilon.partition("/")[2] or 1)
    h = c = torch.zeros(cell.units, dtype=torch.float64)

    def norm(value, gain, bias):
        shape = [cell.units]
        return torch.nn.functional.layer_norm(value, shape, gain[:, 0], bias[:, 0], epsilon)

    outputs = []
    for x in inputs:
        i, f, j, o = (
            norm(w[f"W_{g}"] @ x + w[f"U_{g}"] @ h, w[f"gamma_{g}"], w[f"b_{g}"]) for g in "ifco"
        )
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(j)
        c = norm(c, w["g"], w["beta"]) if cell.state_norm else c
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs)


CELLS = [
    (SLSTM(3, 2), slstm_in_torch),
    (SLSTM(3, 2, stabilised=False, forget_activation="exponential"), slstm_in_torch),
    (SLSTM(2, 2, forget_activation="exponential"), slstm_in_torch),
    (LayerNormLSTM(3, 2, epsilon="1e-12", state_norm=True), normed_in_torch),
    (LayerNormLSTM(4, 2, epsilon="1e-8"), normed_in_torch),
]


@pytest.mark.parametrize(("cell", "in_torch"), CELLS, ids=[repr(cell) for cell, _ in CELLS])
def test_outputs_and_gradients_are_those_of_torch(cell, in_torch):
    (torch,) = required("torch", "torch")
    layer, inputs = drawn(cell, 1)
    floats = {name: np.array(weight, float) for name, weight in layer.weights.items()}
    w = {name: torch.tensor(weight, requires_grad=True) for name, weight in floats.items()}
    x = torch.tensor(inputs, requires_grad=True)
    outputs = in_torch(torch, cell, w, x)
    incoming = np.random.default_rng(2).normal(size=outputs.shape)
    (outputs * torch.tensor(incoming)).sum().backward()
    reference = layer.reference(inputs, dtype="float64")
    assert_right(outputs.detach().numpy(), reference)
    theirs = {name: weight.grad.numpy() for name, weight in w.items()}
    vectors = {name for name, weight in cell.weights.items() if weight not in cell.matrices}
    theirs = {name: g[:, 0] if name in vectors else g for name, g in theirs.items()}
    backward = reference.backward(grad_sequence=incoming)
    assert_right({"inputs": x.grad.numpy(), **theirs}, backward)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["sigmoid", "exponential"]))
def test_the_stabilised_and_the_unstabilised_slstm_are_equal_to_sixty_digits(seed, forget):
    stable = SLSTM(2, 2, forget_activation=forget)
    layer, inputs = drawn(stable, seed, steps=6, scale=4.0)
    other = SLSTM(2, 2, forget_activation=forget, stabilised=False).bind(**layer.weights)
    ours, theirs = (one.run(inputs, algebra="ball", digits=60) for one in (layer, other))
    for left, right in zip(ours.sequence_out.flat, theirs.sequence_out.flat, strict=True):
        assert left.overlaps(right)
        assert abs(left - right) < abs(left) * 1e-60 + 1e-200


def test_in_floats_it_is_the_stabilised_form_that_stays_finite():
    stable = SLSTM(1)
    weights = {"kernel": [[1, 1000, 0, 1]], "recurrent_kernel": 0, "bias": 0}
    finite = stable.bind(**weights).run([1, 1], algebra="float")
    assert np.isfinite(finite.sequence_out).all()
    other = SLSTM(1, stabilised=False).bind(**weights)
    assert_right(finite.sequence_out, other.reference([1, 1], dtype="float64"))


@pytest.mark.parametrize("cell", [cell for cell, _ in CELLS], ids=repr)
def test_it_is_drawn_and_told(cell):
    assert "<svg" in figure(cell).svg()
    layer, inputs = drawn(cell, 3, steps=1)
    trace = layer.run(inputs, algebra="ball", digits=6)
    page = hand_calculation(trace.backward(grad_sequence=np.ones((1, cell.units))))
    assert "Back at time step 1" in page


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"stabilised": 1}, CellError, "stabilised is 1; give True or False"),
        ({"forget_activation": "tanh"}, CellError, "give 'sigmoid' or 'exponential'"),
    ],
)
def test_bad_options_are_one_clear_error(options, error, message):
    with pytest.raises(error, match=message):
        SLSTM(2, **options)


def test_bad_options_of_the_norm_are_too():
    with pytest.raises(NumberError, match="epsilon is 'x'"):
        LayerNormLSTM(2, epsilon="x")
    with pytest.raises(CellError, match=r"epsilon is .*-1.*; give a number not below 0"):
        LayerNormLSTM(2, epsilon=-1)
    with pytest.raises(CellError, match="state_norm is 1; give True or False"):
        LayerNormLSTM(2, state_norm=1)
