"""GRUs and simple RNNs of frameworks are right without a tolerance, forward and backward."""

import numpy as np
import pytest
from components import required

from symlstm import audit, from_keras, from_torch, layers_of, probe
from symlstm.testing import assert_right, judge

KINDS = [
    ("GRU", {}),
    ("GRU", {"num_layers": 2, "bidirectional": True}),
    ("GRU", {"bias": False}),
    ("RNN", {"nonlinearity": "tanh"}),
    ("RNN", {"nonlinearity": "relu", "bidirectional": True}),
]


def drawn(kind, options, seed):
    (torch,) = required("PyTorch", "torch")
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    size, units = (int(rng.integers(1, 9)) for _ in range(2))
    module = getattr(torch.nn, kind)(size, units, batch_first=True, **options)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(float(rng.choice([1, 2, 4])))
    batch, steps = int(rng.integers(1, 4)), int(rng.integers(2, 21))
    return module, torch.randn(batch, steps, size)


def numbers(*tensors):
    return tuple(tensor.detach().numpy() for tensor in tensors)


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_pytorch_is_right_and_one_weight_off_is_not(kind, options, seed):
    (torch,) = required("PyTorch", "torch")
    module, x = drawn(kind, options, seed)
    reference = from_torch(module).reference(x.numpy(), dtype="float32")
    assert_right(numbers(*module(x)), reference)
    with torch.no_grad():
        module.weight_ih_l0[0, 0] += 1e-2
    assert judge(numbers(*module(x)), reference).verdict != "right"


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
def test_gradients_of_pytorch_are_right(kind):
    (torch,) = required("PyTorch", "torch")
    module, x = drawn(kind, {"bidirectional": True}, 5)
    found = audit(module, x.numpy())
    assert {output.verdict for output in found.summary.values()} == {"right"}
    groups = 4 if kind == "GRU" else 3
    assert len(found.summary) == 2 + 1 + 2 * groups
    cell = getattr(torch.nn, f"{kind}Cell")(3, 2)
    assert audit(cell, cases=2, steps=4, batch=2).verdict == "right"


@pytest.mark.parametrize("reset_after", [True, False])
def test_keras_is_right_with_its_gradients(keras, reset_after):
    keras.utils.set_random_seed(2)
    layer = keras.layers.Bidirectional(
        keras.layers.GRU(4, reset_after=reset_after, bias_initializer="uniform")
    )
    layer.build((None, None, 3))
    found = audit(layer, cases=3, steps=6, batch=2)
    assert {output.verdict for output in found.summary.values()} == {"right"}
    assert len(found.summary) == 2 + 1 + 2 * (3 + reset_after)


def test_keras_simple_layers_are_right(keras):
    keras.utils.set_random_seed(3)
    layer = keras.layers.SimpleRNN(4, return_sequences=True, return_state=True)
    x = np.random.default_rng(0).normal(size=(2, 9, 3)).astype("f4")
    out, h = layer(x)
    reference = from_keras(layer).reference(x, dtype="float32")
    assert_right(numbers(out, h), reference)


def test_a_module_and_its_export_are_one_layer_side_by_side(onnx, tmp_path):
    from models import model

    module, _ = drawn("GRU", {}, 1)
    layer = from_torch(module)
    stacked = layer.stacked(layout="onnx")
    stored = {name: array.astype("f4") for name, array in stacked.items()}
    path = tmp_path / "m.onnx"
    sizes = {"units": layer.cell.units, "dim": layer.cell.input_dim, "stored": stored}
    made = model(np.random.default_rng(0), operator="GRU", linear_before_reset=1, **sizes)
    onnx.save(made, path)
    assert list(layers_of(path)) == ["lstm"]
    found = audit([module, path], cases=2, steps=4, batch=2)
    assert next(iter(found.implementations.values())).verdict == "right"


def test_a_probe_of_a_gru_tells_its_gates_apart():
    (torch,) = required("PyTorch", "torch")
    layer = from_torch(torch.nn.GRU(2, 2))
    found = probe(layer.cell)
    assert found.layer.cell == layer.cell
