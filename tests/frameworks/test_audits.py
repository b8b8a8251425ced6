"""Audits of layers of PyTorch, Keras and ONNX Runtime: their verdicts, alone and side by side."""

import numpy as np
import pytest
from components import required
from models import model

import symlstm
from symlstm.errors import SymlstmError

CASES = {"cases": 3, "steps": 5, "batch": 2}
"""Few and small."""


def test_pytorch_and_its_gradients_are_right_and_one_weight_off_is_not(audit):
    (torch,) = required("PyTorch", "torch")
    torch.manual_seed(3)
    module = torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True)
    found = audit(module, **CASES)
    assert {output.verdict for output in found.summary.values()} == {"right"}
    assert len(found.summary) == 3 + 1 + 4 * 3
    layer = symlstm.from_torch(module)
    with torch.no_grad():
        module.weight_hh_l1[2, 1] += 1e-3

    def off(inputs):
        out, states = module(torch.tensor(inputs).transpose(0, 1))
        return tuple(one.detach().numpy() for one in (out.transpose(0, 1), *states))

    wrong = audit(off, layer=layer, **CASES)
    assert wrong.verdict == "unexplained"
    assert "not explained by rounding in float32" in " ".join(str(wrong).split())


def test_keras_is_right(audit, keras):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Bidirectional(keras.layers.LSTM(3), merge_mode="sum")
    layer.build((None, None, 2))
    assert audit(layer, **CASES).verdict == "right"


@pytest.mark.parametrize("merge", [None, "concat", "mul"])
def test_outputs_that_stay_apart_are_judged(audit, keras, merge, tmp_path):
    keras.utils.set_random_seed(0)
    inner = keras.layers.LSTM(3, return_sequences=True)
    layer = keras.layers.Bidirectional(inner, merge_mode=merge)
    layer.build((None, None, 2))
    path = tmp_path / "record.json"
    found = audit(layer, record=path, **CASES)
    assert found.verdict == "right"
    assert audit(layer, record=path, **CASES).results == found.results


def test_onnx_runtime_is_approximated_with_a_figure(audit, onnx):
    """Its σ is off by hundreds of ulps where it is small."""
    x = 3 * np.random.default_rng(0).normal(size=(1, 20, 3)).astype(np.float32)
    found = audit(model(np.random.default_rng(1), units=2), x)
    out = found.summary["sequence_out"]
    assert (found.verdict, out.verdict) == ("approximated", "approximated")
    assert 16 <= out.finding.activation_ulp <= 2**18
    assert f"approximated, {out.finding.activation_ulp}" in str(found)
    assert "ulps of float32 explain every difference" in " ".join(str(found).split())


@pytest.fixture
def lstm():
    """An LSTM of PyTorch in two directions, and the same weights in a model of ONNX."""
    (torch,) = required("PyTorch", "torch")
    torch.manual_seed(1)
    return torch.nn.LSTM(3, 2, bidirectional=True)


@pytest.fixture
def as_onnx(onnx, lstm, tmp_path):
    def written(name, **changed):
        directions = symlstm.from_torch(lstm).layers
        stacked = [layer.stacked(layout="onnx") for layer in directions]
        stored = {n: np.concatenate([np.float32(one[n]) for one in stacked]) for n in stacked[0]}
        for weight, index in changed.items():
            stored[weight][index] += np.float32(0.25)
        made = model(
            np.random.default_rng(0), directions=2, stored=stored, direction="bidirectional"
        )
        path = tmp_path / name
        onnx.save(made, path)
        return path

    return written


def test_a_module_and_its_model_side_by_side(audit, lstm, as_onnx):
    path = as_onnx("m.onnx")
    found = audit([lstm, path], **CASES)
    both = found.implementations
    name = next(iter(both))
    assert list(both) == [name, str(path)]
    assert name.startswith("torch.nn.LSTM (torch ")
    assert [one.verdict for one in both.values()] == ["right", found.verdict]
    alone = audit(path, gradients=False, **CASES)
    assert both[str(path)].summary["state_c"] == audit([path], **CASES).summary["state_c"]
    assert alone.summary.keys() == both[str(path)].summary.keys()
    of_torch = audit(lstm, **CASES)
    assert of_torch.results == both[name].results
    assert any("gradient" in output for output in of_torch.summary)


def test_models_of_other_weights_are_told_apart(audit, lstm, as_onnx):
    other = as_onnx("other.onnx", R=(1, 5, 1))
    message = (
        r"other.onnx is not the network of .*m.onnx: layers\[1\].U_f differs: at \[1, 1\] it is"
    )
    with pytest.raises(SymlstmError, match=message.replace("U_f", "U_[ifoc]")):
        audit([as_onnx("m.onnx"), other], **CASES)
    with pytest.raises(SymlstmError, match=r"it has levels of 1 layers, and not of 2"):
        audit([lstm, type(lstm)(3, 2)], **CASES)
    with pytest.raises(SymlstmError, match="it computes in float64, and not in float32"):
        audit([as_onnx("m.onnx"), lstm.double()], **CASES)
