"""What is wrong in a model of ONNX is one clear error, wherever it is."""

import numpy as np
import pytest
from models import model

from symlstm.errors import ModelError, SymlstmError
from symlstm.frameworks.onnx import from_onnx

try:
    from onnx import helper, numpy_helper
except ImportError:
    helper = numpy_helper = None

pytestmark = pytest.mark.usefixtures("onnx")


def stored(proto, name):
    return next(tensor for tensor in proto.graph.initializer if tensor.name == name)


def attribute(proto, name, value):
    proto.graph.node[0].attribute.append(helper.make_attribute(name, value))


def shape(name, *dims):
    return lambda proto: stored(proto, name).dims.__setitem__(slice(None), dims)


def replaced(name, array):
    return lambda proto: stored(proto, name).CopyFrom(numpy_helper.from_array(array, name))


BROKEN = {
    "no node": (lambda p: p.graph.node.pop(), "has no LSTM, GRU or RNN node"),
    "huge": (shape("W", 1, 2**40, 2**40), "W says that its shape is .* does not hold as many"),
    "dimensions": (shape("R", *[2**40] * 100_000), "R has 100000 dimensions"),
    "negative": (shape("R", 1, -8, -2), "R says that its shape is"),
    "smaller": (shape("W", 1, 8, 2), "W cannot be read|W has shape"),
    "hidden_size": (
        lambda p: p.graph.node[0].attribute[0].__setattr__("i", 2**60),
        r"hidden_size is 1152921504606846976, and R has shape \(1, 8, 2\)",
    ),
    "W": (replaced("W", np.zeros((1, 12, 3), "f4")), r"W has shape \(1, 12, 3\)"),
    "R": (replaced("R", np.zeros((8, 2), "f4")), "has shape"),
    "B": (replaced("B", np.zeros((1, 8), "f4")), r"B has shape \(1, 8\); .* it is \(1, 16\)"),
    "integers": (replaced("W", np.zeros((1, 8, 3), "i4")), "W holds int32, and no floats"),
    "NaN": (replaced("W", np.full((1, 8, 3), np.nan, "f4")), "which is no finite number"),
    "missing": (
        lambda p: p.graph.initializer.remove(stored(p, "W")),
        "W is nowhere in the model, and has to be stored in it",
    ),
    "input": (
        lambda p: (p.graph.initializer.remove(stored(p, "R")), p.graph.input.append(
            helper.make_tensor_value_info("R", 1, None))),
        "R is an input of the model, and has to be stored in it; export",
    ),
    "none": (lambda p: p.graph.node[0].input.__setitem__(1, ""), "W is missing"),
    "too many": (lambda p: p.graph.node[0].input.extend("abcdef"), "has 10 inputs"),
    "unknown": (lambda p: attribute(p, "output_sequence", 1), "'output_sequence' is not supported"),
    "direction": (lambda p: attribute(p, "direction", "up"), "direction is 'up'; known: forward"),
    "number": (lambda p: attribute(p, "direction", 1), "direction has no value of type STRING"),
    "count": (lambda p: attribute(p, "activations", ["Tanh"]), "activations has 1 names; .* has 3"),
    "activation": (
        lambda p: attribute(p, "activations", ["Tanh", "Gelu", "Tanh"]),
        "the activation 'Gelu' is not supported; known: affine",
    ),
    "alpha": (
        lambda p: attribute(p, "activations", ["Sigmoid", "Affine", "Tanh"]),
        "Affine misses its value in activation_alpha",
    ),
    "clip": (lambda p: attribute(p, "clip", -1.0), "node lstm: clip"),
    "no clip": (lambda p: attribute(p, "clip", 0.0), "node lstm: clip"),
    "unused": (lambda p: attribute(p, "activation_alpha", [0.5]), "1 more values than its"),
    "layout": (lambda p: attribute(p, "layout", 2), "layout is 2; it is 0 or 1"),
    "external": (
        lambda p: stored(p, "W").__setattr__("data_location", 1),
        "W is stored outside the model; give the model as onnx.load",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_in_a_model_is_one_clear_error(kind):
    proto = model(np.random.default_rng(0))
    breaking, message = BROKEN[kind]
    breaking(proto)
    with pytest.raises(SymlstmError, match=message):
        from_onnx(proto)


def test_files_that_are_torn_anywhere_are_one_clear_error(tmp_path):
    whole = model(np.random.default_rng(0)).SerializeToString()
    path = tmp_path / "torn.onnx"
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        with pytest.raises(SymlstmError):
            from_onnx(path)


def test_files_with_a_wrong_byte_never_crash(tmp_path):
    rng = np.random.default_rng(8)
    whole = model(rng).SerializeToString()
    path = tmp_path / "wrong.onnx"
    failed = 0
    for _ in range(300):
        wrong = bytearray(whole)
        wrong[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(wrong)
        try:
            from_onnx(path)
        except SymlstmError:
            failed += 1
    assert failed > 30


def test_what_is_no_model_is_said():
    with pytest.raises(ModelError, match=r"nowhere\.onnx: cannot be read: No such file"):
        from_onnx("nowhere.onnx")
    with pytest.raises(ModelError, match="a dict is no ONNX model; give the path"):
        from_onnx({})
