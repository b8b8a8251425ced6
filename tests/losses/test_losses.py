"""Losses, and heads before them, against PyTorch's, Keras's and what is exact by hand."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from components import required
from hypothesis import given
from hypothesis import strategies as st

from symlstm import GRU, LSTM, Dense, Network, from_torch, interval, losses
from symlstm.equations import subtract, summed
from symlstm.errors import CellError, ShapeError, SymlstmError
from symlstm.testing import assert_right

KINDS = {
    "mean_squared_error": (None, False, lambda F, y, d: F.mse_loss(y, d)),
    "mean_absolute_error": (None, False, lambda F, y, d: F.l1_loss(y, d)),
    "half_squared_error": (None, False, lambda F, y, d: ((y - d) ** 2).sum() / 2 / len(y)),
    "binary_crossentropy": ("sigmoid", False, lambda F, y, d: F.binary_cross_entropy(y, d)),
    "binary_crossentropy of logits": (
        None,
        True,
        lambda F, y, d: F.binary_cross_entropy_with_logits(y, d),
    ),
    "categorical_crossentropy": (
        "softmax",
        False,
        lambda F, y, d: F.nll_loss(y.log().reshape(-1, 4), d.reshape(-1)),
    ),
    "categorical_crossentropy of logits": (
        None,
        True,
        lambda F, y, d: F.cross_entropy(y.reshape(-1, 4), d.reshape(-1)),
    ),
}
"""The activation of the head, whether it gives logits, and PyTorch's loss."""


@pytest.mark.parametrize("return_sequences", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_network_with_a_head_and_a_loss_is_that_of_torch(kind, return_sequences):
    (torch,) = required("torch", "torch")
    activation, from_logits, theirs = KINDS[kind]
    rng = np.random.default_rng(len(kind) + return_sequences)
    lstm = torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True).double()
    linear = torch.nn.Linear(6, 4).double()
    inputs = rng.normal(size=(2, 4, 2))
    x = torch.tensor(inputs, requires_grad=True)
    out, (h, _) = lstm(x)
    y = linear(out if return_sequences else torch.cat([h[-2], h[-1]], -1))
    y = {None: lambda v: v, "sigmoid": torch.sigmoid, "softmax": lambda v: v.softmax(-1)}[
        activation
    ](y)
    if kind.startswith("categorical"):
        targets = rng.integers(0, 4, size=y.shape[:-1])
    else:
        targets = rng.uniform(size=y.shape)
    loss = theirs(torch.nn.functional, y, torch.tensor(targets))
    loss.backward()
    weights = {
        "kernel": linear.weight.detach().numpy().T,
        "bias": linear.bias.detach().numpy(),
    }
    head = Dense(4, 6, activation=activation).bind(**weights)
    network = Network(from_torch(lstm).levels, head=head, return_sequences=return_sequences)
    options = {"loss": kind.partition(" ")[0], "from_logits": from_logits}
    reference = network.reference(inputs, dtype="float64").loss(targets, **options)
    np.testing.assert_allclose(float(reference.value), loss.item(), rtol=1e-14)
    backward = reference.backward()
    assert_right({"inputs": x.grad.numpy()}, backward)
    np.testing.assert_allclose(
        backward.layers[-1].kernel, linear.weight.grad.numpy().T, rtol=1e-11, atol=1e-16
    )
    floats = network.loss(inputs, targets, algebra="float", **options)
    np.testing.assert_allclose(floats.value, float(reference.value), rtol=1e-14)
    np.testing.assert_allclose(floats.backward().inputs, backward.inputs, rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize(
    ("name", "from_logits"),
    [
        ("MeanSquaredError", False),
        ("MeanAbsoluteError", False),
        ("BinaryCrossentropy", False),
        ("BinaryCrossentropy", True),
        ("CategoricalCrossentropy", False),
        ("CategoricalCrossentropy", True),
    ],
)
def test_values_are_those_of_keras(name, from_logits):
    (keras,) = required("keras", "keras")
    rng = np.random.default_rng(7)
    outputs = rng.uniform(0.1, 0.9, size=(3, 4, 2)).astype(np.float32)
    if not from_logits:
        outputs /= outputs.sum(axis=-1, keepdims=True)
    targets = rng.uniform(size=outputs.shape).astype(np.float32)
    options = {"from_logits": True} if from_logits else {}
    theirs = float(getattr(keras.losses, name)(**options)(targets, outputs))
    ours = {
        "MeanSquaredError": "mean_squared_error",
        "MeanAbsoluteError": "mean_absolute_error",
        "BinaryCrossentropy": "binary_crossentropy",
        "CategoricalCrossentropy": "categorical_crossentropy",
    }[name]
    identity = Dense(2, 2).bind(kernel=np.eye(2), bias=0)
    value = identity.loss(outputs, targets, loss=ours, algebra="ball", digits=12, **options).value
    assert abs(float(value.mid()) - theirs) < 1e-5 * abs(theirs)


@given(st.data())
def test_a_linear_network_has_exact_losses_and_gradients(data):
    numbers = st.fractions(-3, 3, max_denominator=6)
    w, b, target = (data.draw(numbers) for _ in range(3))
    x = [data.draw(numbers) for _ in range(2)]
    constant = GRU(1, activation=None, recurrent_activation="relu").bind(
        kernel=0, recurrent_kernel=0, bias=[0, 0, 2], recurrent_bias=0
    )
    head = Dense(1).bind(kernel=w, bias=b)
    network = Network([[constant]], head=head, return_sequences=False)
    loss = network.loss(x, [target], loss="half_squared_error")
    error = 2 * w + b - target
    assert loss.value == error**2 / 2
    gradients = loss.backward().layers[-1]
    assert (Fraction(str(gradients["W_y"][0, 0])), Fraction(str(gradients["b_y"][0]))) == (
        2 * error,
        error,
    )


def logistic(z):
    return 1 / (1 + mpmath.exp(-z))


def test_a_loss_in_balls_is_what_mpmath_has_at_sixty_digits():
    layer = LSTM(2).bind(kernel="1/3", recurrent_kernel="1/5", bias="1/7")
    network = Network([[layer]], head=Dense(3, 2).bind(kernel=[[1, 2, -1], [0, 1, 3]], bias=0))
    loss = network.loss(
        [1, -1],
        [0, 2],
        loss="categorical_crossentropy",
        from_logits=True,
        algebra="ball",
        digits=50,
    )
    with mpmath.workdps(60):
        m = mpmath.mpf
        h = c = m(0)
        total = m(0)
        for x, target in ((1, 0), (-1, 2)):
            z = m(x) / 3 + 2 * h / 5 + m(1) / 7  # both units are alike
            c = logistic(z) * c + logistic(z) * mpmath.tanh(z)
            h = logistic(z) * mpmath.tanh(c)
            logits = [h, 3 * h, 2 * h]
            total += mpmath.log(sum(map(mpmath.exp, logits))) - logits[target]
        assert mpmath.almosteq(m(loss.value.mid().str(55, radius=False)), total / 2, 1e-49)


def test_a_loss_of_ones_own_has_everything():
    def hinge(output, target, L):
        yield L, summed(subtract(1, output * 1) * 1 - target)

    cell = LSTM(1, activation=None, recurrent_activation=None)
    layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
    loss = layer.loss([1, 1], [1, 2], loss=losses.Loss(hinge, over_steps="sum"))
    assert loss.value == (1 - 1 - 1) + (1 - 12 - 2)
    assert list(loss.backward().inputs) == [
        -v for v in layer.run([1, 1]).backward(grad_sequence=1).inputs
    ]
    assert [str(e) for e in loss.objective.equations] == ["L_t = 1 - h_t - y_t"]


def test_masked_steps_do_not_count():
    (torch,) = required("torch", "torch")
    layer = from_torch(torch.nn.GRU(2, 3, batch_first=True).double())
    inputs = np.random.default_rng(3).normal(size=(2, 4, 2))
    targets = np.random.default_rng(4).normal(size=(2, 4, 3))
    masked = layer.loss(inputs, targets, sequence_lens=[4, 2], algebra="float").value
    first = layer.loss(inputs[0], targets[0], algebra="float", reduction="sum").value
    second = layer.loss(inputs[1, :2], targets[1, :2], algebra="float", reduction="sum").value
    np.testing.assert_allclose(masked, (first + second) / 6, rtol=1e-14)


def test_targets_may_be_intervals():
    layer = Dense(1).bind(kernel=2, bias=0)
    loss = layer.loss([1], [interval(0, 1)], algebra="ball")  # of errors from 1 to 3
    assert [loss.value.contains(value) for value in (1, 9, 0, 10)] == [True, True, False, False]


LAYER = LSTM(2, activation=None, recurrent_activation=None).bind(
    kernel=1, recurrent_kernel=0, bias=0
)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: LAYER.loss([1, 2], [[1]]),
            ShapeError,
            r"targets have shape \(1, 1\), and fit none",
        ),
        (lambda: LAYER.loss([1, 2], None), SymlstmError, "targets is missing"),
        (lambda: LAYER.loss([1], [[1, 1]], loss="mse"), SymlstmError, "mean_squared_error"),
        (lambda: LAYER.loss([1], [[1, 1]], from_logits=True), SymlstmError, "from_logits=True is"),
        (lambda: LAYER.loss([1], [[1, 1]], reduction="all"), SymlstmError, "reduction is 'all'"),
        (
            lambda: LAYER.loss([1, 1, 1], [0, 1, 5], loss="categorical_crossentropy"),
            ShapeError,
            "number them from 0 to 1",
        ),
        (
            lambda: LAYER.loss([1, 1], [0, 1], loss="categorical_crossentropy"),
            ShapeError,
            "could be for several",
        ),
        (lambda: LAYER.run([1], algebra="float").backward(loss="mse"), CellError, "trace.loss"),
        (lambda: Network([[LAYER]], head=LAYER), CellError, "remembers nothing"),
        (lambda: Network([[LAYER]], return_sequences=False), CellError, "is for a head"),
        (
            lambda: Network([[LAYER]], head=Dense(1, 3).bind(kernel=0, bias=0)),
            CellError,
            "is given inputs of size 2; make that its input_dim",
        ),
    ],
)
def test_what_does_not_fit_is_one_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()
