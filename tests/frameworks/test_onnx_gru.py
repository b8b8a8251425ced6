"""GRU and RNN nodes of ONNX against ONNX Runtime, the reference evaluator and published cases."""

import numpy as np
import pytest
from alike import assert_alike
from models import model, published

from symlstm import OnnxGRU, OnnxRNN, from_onnx, layers_of
from symlstm.errors import ModelError
from symlstm.frameworks.onnx_runtime import implementation
from symlstm.numbers.exact import rational

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
    from onnx.reference import ReferenceEvaluator
except ImportError:
    onnx = None

pytestmark = pytest.mark.usefixtures("onnx")

BOTH = {"directions": 2, "direction": "bidirectional"}
NODES = [
    {"operator": "GRU"},
    {"operator": "GRU", "linear_before_reset": 1},
    {"operator": "GRU", "linear_before_reset": 1, "bias": False},
    {"operator": "GRU", **BOTH},
    {"operator": "GRU", **BOTH, "linear_before_reset": 1},
    {"operator": "GRU", "direction": "reverse", "linear_before_reset": 1},
    {"operator": "GRU", "clip": 0.5},
    {"operator": "GRU", "clip": 0.5, "linear_before_reset": 1},
    {"operator": "GRU", "activations": ["HardSigmoid", "ScaledTanh"],
     "activation_alpha": [0.3, 2.0], "activation_beta": [0.4, 0.5]},
    {"operator": "GRU", **BOTH, "activations": ["HardSigmoid", "LeakyRelu", "Sigmoid", "Softsign"],
     "activation_alpha": [0.3, 0.1], "activation_beta": [0.4]},
    {"operator": "RNN"},
    {"operator": "RNN", "bias": False, "activations": ["Relu"]},
    {"operator": "RNN", **BOTH, "activations": ["Tanh", "Affine"], "activation_alpha": [0.5],
     "activation_beta": [0.25]},
    {"operator": "RNN", "direction": "reverse", "clip": 0.5},
]  # fmt: skip


@pytest.mark.parametrize("options", NODES, ids=str)
def test_outputs_and_states_are_those_of_onnx_runtime(options):
    rng = np.random.default_rng(4)
    ours = implementation(model(rng, **options))
    shape = (2, 3, 2) if "directions" in options else (3, 2)
    states = [rng.normal(size=shape).astype("f4")]
    inputs = rng.normal(size=(3, 5, 3)).astype("f4")
    computed = assert_alike(ours, inputs, states, None, 2e-6)
    assert list(computed) == ["sequence_out", "state_h"]
    assert_alike(ours, inputs, None, None, 2e-6)


@pytest.mark.parametrize(
    "options",
    [{"operator": "GRU"}, {"operator": "GRU", "linear_before_reset": 1}, {"operator": "RNN"}],
    ids=str,
)
def test_outputs_are_those_of_the_reference_evaluator(options):
    rng = np.random.default_rng(5)
    proto = model(rng, **options)
    x = rng.normal(size=(4, 2, 3)).astype("f4")
    (out,) = ReferenceEvaluator(proto).run(["Y"], {"X": x})
    true = from_onnx(proto).reference(x.transpose(1, 0, 2)).sequence_out
    np.testing.assert_allclose(out[:, 0].transpose(1, 0, 2), true, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("operator", ["GRU", "RNN"])
@pytest.mark.parametrize("direction", ["reverse", "bidirectional"])
def test_sequences_of_different_lengths(operator, direction):
    rng = np.random.default_rng(9)
    count = 1 + (direction == "bidirectional")
    lengths = np.array([4, 2, 0], "i4")
    stored = {"sequence_lens": lengths}
    proto = model(rng, operator=operator, stored=stored, directions=count, direction=direction)
    x = rng.normal(size=(4, 3, 3)).astype("f4")
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    (out,) = session.run(["Y"], {"X": x})
    reference = from_onnx(proto).reference(x.transpose(1, 0, 2))
    expected = out.transpose(2, 0, 1, 3).reshape(3, 4, 2 * count)
    np.testing.assert_allclose(reference.sequence_out, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("operator", ["GRU", "RNN"])
def test_the_published_cases_of_onnx(operator):
    cases = published(operator)
    assert len(cases) >= 6
    for case in cases:
        proto = onnx.ModelProto.FromString(case.model.SerializeToString())
        (given, told), *_ = case.data_sets
        values = dict(zip([one.name for one in proto.graph.input], given, strict=True))
        node, x = proto.graph.node[0], values.pop("X")
        lengths = values.pop("sequence_lens", None)
        proto.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in values.items())
        batch_first = any(one.name == "layout" and one.i for one in node.attribute)
        inputs = x if batch_first else x.transpose(1, 0, 2)
        reference = from_onnx(proto).reference(inputs, sequence_lens=lengths)
        for output, floats in zip(proto.graph.output, told, strict=True):
            over_time = list(node.output).index(output.name) == 0
            true = reference.sequence_out if over_time else reference.state_h
            if over_time and not batch_first:
                true = true.transpose(1, 0, 2)
            true = true.reshape(floats.shape)
            np.testing.assert_allclose(true, floats, rtol=1e-5, atol=1e-6, err_msg=case.name)


def test_what_a_node_becomes():
    rng = np.random.default_rng(0)
    assert from_onnx(model(rng, operator="GRU", clip=3.0)).cell == OnnxGRU(2, 3, clip=3)
    after = from_onnx(model(rng, operator="GRU", linear_before_reset=1, bias=False)).cell
    assert after == OnnxGRU(2, 3, reset_after=True, use_bias=False)
    leaky = model(rng, operator="RNN", activations=["LeakyRelu"])
    slope = rational(np.float32(0.01))
    assert from_onnx(leaky).cell == OnnxRNN(2, 3, activation=f"leaky_relu(negative_slope={slope})")


def test_the_rows_are_those_of_z_r_and_h():
    proto = model(np.random.default_rng(1), operator="GRU", linear_before_reset=1)
    W, R, B = (numpy_helper.to_array(tensor)[0] for tensor in proto.graph.initializer)
    weights = from_onnx(proto).weights
    for row, gate in enumerate("zrh"):
        rows = slice(2 * row, 2 * row + 2)
        assert (weights[f"W_{gate}"].astype(float) == W[rows]).all()
        assert (weights[f"U_{gate}"].astype(float) == R[rows]).all()
    assert weights["b_h"].astype(float).ravel().tolist() == B[4:6].tolist()
    assert weights["d_h"].astype(float).ravel().tolist() == B[10:].tolist()


def test_nodes_of_several_operators_are_taken_by_name():
    rng = np.random.default_rng(0)
    proto = model(rng, operator="GRU", name="gru")
    other = model(rng, operator="RNN", name="rnn")
    renamed = {"W": "W2", "R": "R2", "B": "B2", "Y": "Z", "Y_h": "Z_h"}
    for tensor in other.graph.initializer:
        tensor.name = renamed[tensor.name]
    node = other.graph.node[0]
    node.input[:] = [renamed.get(name, name) for name in node.input]
    node.output[:] = [renamed[name] for name in node.output]
    proto.graph.node.append(node)
    proto.graph.initializer.extend(other.graph.initializer)
    found = layers_of(proto)
    assert [(name, type(one.cell).__name__) for name, one in found.items()] == [
        ("gru", "OnnxGRU"), ("rnn", "OnnxRNN")
    ]  # fmt: skip
    with pytest.raises(ModelError, match="2 LSTM, GRU or RNN nodes; say which with node: 'gru'"):
        from_onnx(proto)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"operator": "GRU", "input_forget": 1}, "'input_forget' is not supported; known: activ"),
        ({"operator": "RNN", "linear_before_reset": 1}, "'linear_before_reset' is not supported"),
        ({"operator": "GRU", "linear_before_reset": 2}, "linear_before_reset is 2; it is 0 or 1"),
        ({"operator": "GRU", "activations": ["Tanh"] * 3}, "activations has 3 names; .* it has 2"),
        ({"operator": "RNN", "stored": {"R": np.ones((1, 8, 2), "f4")}}, r"\(directions, units, u"),
        ({"operator": "GRU", "peepholes": True}, "has 7 inputs; GRU has at most 6"),
    ],
    ids=str,
)
def test_what_an_operator_has_not_is_named(options, message):
    with pytest.raises(ModelError, match=message):
        from_onnx(model(np.random.default_rng(0), **options))


def test_every_attribute_of_the_operators_is_known():
    from symlstm.frameworks.onnx_kinds import KINDS

    for name, kind in KINDS.items():
        schema = onnx.defs.get_schema(name, 22)
        assert set(schema.attributes) == set(kind.attributes)
        assert [one.name for one in schema.inputs] == list(kind.inputs)
        assert [one.name for one in schema.outputs] == list(kind.outputs)
