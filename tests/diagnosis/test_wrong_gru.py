"""Mistakes of GRUs that were seen elsewhere, in a NumPy GRU that has both of its biases."""

import numpy as np
import pytest
from components import required

from symlstm import GRU, diagnose, from_torch

UNITS, INPUTS, STEPS, BATCH = 3, 2, 5, 3
GATES = "rzn"
WEBNN = ("weight", "recurrentWeight", "bias", "recurrentBias")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def split(array):
    return dict(zip(GATES, np.split(array, 3), strict=True))


def in_order(order, *arrays):
    return tuple({g: one[o] for g, o in zip(GATES, order, strict=True)} for one in arrays)


def zero(bias):
    return {gate: 0 * one for gate, one in bias.items()}


OF_ARRAYS = {
    "z for r": lambda *given: in_order("zrn", *given),
    "n first": lambda *given: in_order("nrz", *given),
    "order of biases": lambda W, U, b, d: (W, U, *in_order("zrn", b, d)),
    "second bias dropped": lambda W, U, b, d: (W, U, b, zero(d)),
    "first bias dropped": lambda W, U, b, d: (W, U, zero(b), d),
    "first bias twice": lambda W, U, b, d: (W, U, b, b),
    "no bias": lambda W, U, b, d: (W, U, zero(b), zero(d)),
    "U transposed": lambda W, U, b, d: (W, {g: one.T for g, one in U.items()}, b, d),
}
OF_THE_CANDIDATE = {
    "reset before": lambda r, h, U, d: (r * h) @ U.T + d,
    "bias outside": lambda r, h, U, d: r * (h @ U.T) + d,
    "no reset": lambda r, h, U, d: h @ U.T + d,
}
OF_THE_OUTPUT = {
    "1 - z": lambda r, z, n, h: (1 - z) * h + z * n,
    "r for z": lambda r, z, n, h: r * h + (1 - r) * n,
    "tanh on output": lambda r, z, n, h: np.tanh(z * h + (1 - z) * n),
}


def run(arrays, x, wrong=None):
    """Return the outputs of PyTorch's GRU, or with a mistake in it; arrays as its state dict."""
    given = OF_ARRAYS.get(wrong, lambda *given: given)
    W, U, b, d = given(*(split(array) for array in arrays.values()))
    remembered = OF_THE_CANDIDATE.get(wrong, lambda r, h, U, d: r * (h @ U.T + d))
    mixed = OF_THE_OUTPUT.get(wrong, lambda r, z, n, h: z * h + (1 - z) * n)
    phi = sigmoid if wrong == "sigmoid for tanh" else np.tanh
    h, out = np.zeros((len(x), UNITS), np.float32), []
    for now in x.swapaxes(0, 1):
        r, z = (sigmoid(now @ W[g].T + b[g] + h @ U[g].T + d[g]) for g in "rz")
        n = phi(now @ W["n"].T + b["n"] + remembered(r, h, U["n"], d["n"]))
        h = mixed(r, z, n, h)
        out.append(h)
    return np.stack(out, axis=1)


EXPECTED = {
    "z for r": ("order-r-z-h", "torch-order-as-keras", "keras-order-as-torch"),
    "n first": ("order-",),
    "order of biases": ("bias-order-r-z-h",),
    "second bias dropped": ("second-bias-dropped",),
    "first bias dropped": ("first-bias-dropped",),
    "first bias twice": ("first-bias-doubled",),
    "no bias": ("bias-missing",),
    "U transposed": ("U-transposed", "transposed"),
    "reset before": ("multiplied-before-U_h",),
    "bias outside": ("d_h-after-product",),
    "no reset": ("r_t-missing-from",),
    "1 - z": ("exchanged", "complement", "z"),
    "r for z": ("r_t-for-z_t",),
    "sigmoid for tanh": ("sigmoid-for-tanh",),
    "tanh on output": ("tanh-applied-to-h_t",),
}
"""What is in a mistake's name; of those that are the same mistake, one of them."""


def drawn(seed):
    rng = np.random.default_rng(seed)
    rows = {"weight_ih_l0": (INPUTS,), "weight_hh_l0": (UNITS,), "bias_ih_l0": (), "bias_hh_l0": ()}
    arrays = {
        name: (0.7 * rng.normal(size=(3 * UNITS, *shape))).astype("f4")
        for name, shape in rows.items()
    }
    x = rng.normal(size=(BATCH, STEPS, INPUTS)).astype("f4")
    return arrays, x, GRU(UNITS, INPUTS).bind(layout="torch", **arrays)


@pytest.mark.parametrize("wrong", EXPECTED)
def test_a_mistake_is_named_first(wrong):
    arrays, x, layer = drawn(1)
    diagnosis = diagnose(layer, x, run(arrays, x, wrong), max_faults=1)
    assert diagnosis.verdict == "explained", str(diagnosis)
    names = (*diagnosis.best.names, *diagnosis.best.equivalent)
    assert any(part in name for name in names for part in EXPECTED[wrong]), names


def test_the_original_is_taken_for_the_other_form_where_that_is_run():
    arrays, x, _ = drawn(3)
    arrays["bias_hh_l0"] = np.zeros(3 * UNITS, "f4")
    after = run(arrays, x)
    given = dict(zip(WEBNN, arrays.values(), strict=True))
    before = GRU(UNITS, INPUTS, reset_after=False).bind(layout="webnn_rzn", **given)
    diagnosis = diagnose(before, x, after, max_faults=1)
    assert diagnosis.verdict == "explained"
    assert "multiplied-after-U_h" in diagnosis.best.names[0]


def test_what_is_right_is_right():
    arrays, x, layer = drawn(2)
    assert diagnose(layer, x, run(arrays, x)).verdict == "right"


def test_gradients_of_pytorch_are_right_and_of_a_missing_term_it_is_told():
    (torch,) = required("PyTorch", "torch")
    torch.manual_seed(0)
    module = torch.nn.GRU(INPUTS, UNITS, batch_first=True)
    x = torch.randn(2, 3, INPUTS)
    grad = torch.randn(2, 3, UNITS)
    module(x)[0].backward(grad)
    layer = from_torch(module)
    given = {"W_h": module.weight_ih_l0.grad[2 * UNITS :].numpy()}
    given["d_h"] = module.bias_hh_l0.grad[2 * UNITS :].numpy()
    outside = {"grad_sequence": grad.numpy()}
    assert diagnose(layer, x.numpy(), gradients=given, **outside).verdict == "right"
    given["d_h"] = module.bias_ih_l0.grad[2 * UNITS :].numpy()
    diagnosis = diagnose(layer, x.numpy(), gradients=given, **outside, max_faults=1)
    assert diagnosis.verdict == "explained"
    assert any("d̄_{h,t}" in name for name in diagnosis.best.names)
