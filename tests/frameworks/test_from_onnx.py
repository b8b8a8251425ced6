"""ONNX Runtime, and the published cases of ONNX itself, against references of the nodes."""

import numpy as np
import pytest
from alike import assert_alike
from models import assembled, model, published

from symlstm import Network, OnnxLSTM
from symlstm.errors import ModelError, SymlstmError
from symlstm.frameworks.onnx import from_onnx
from symlstm.frameworks.onnx_activations import ACTIVATIONS
from symlstm.frameworks.onnx_runtime import implementation
from symlstm.numbers.exact import rational

try:
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper
except ImportError:
    onnx = None

pytestmark = pytest.mark.usefixtures("onnx")

NODES = [
    {},
    {"bias": False},
    {"peepholes": True},
    {"directions": 2, "direction": "bidirectional", "peepholes": True},
    {"direction": "reverse"},
    {"clip": 0.5},
    {"input_forget": 1},
    {"activations": ["Relu", "Softsign", "Affine"], "activation_alpha": [0.5],
     "activation_beta": [0.25]},
    {"activations": ["HardSigmoid", "LeakyRelu", "ScaledTanh"],
     "activation_alpha": [0.3, 0.1, 2.0], "activation_beta": [0.4, 0.5]},
    {"activations": ["sigmoid", "ELU", "softplus"]},
    {"directions": 2, "direction": "bidirectional",
     "activations": ["HardSigmoid", "Tanh", "ThresholdedRelu", "Sigmoid", "Elu", "Relu"],
     "activation_alpha": [0.3, 0.1, 2.0], "activation_beta": [0.4]},
]  # fmt: skip


@pytest.mark.parametrize("options", NODES, ids=str)
def test_outputs_and_states_are_those_of_onnx_runtime(options):
    rng = np.random.default_rng(4)
    ours = implementation(model(rng, **options))
    directions = options.get("directions", 1)
    shape = (2, 3, 2) if directions > 1 else (3, 2)
    states = [rng.normal(size=shape).astype("f4") for _ in range(2)]
    inputs = rng.normal(size=(3, 5, 3)).astype("f4")
    assert_alike(ours, inputs, states, None, 2e-6)
    assert_alike(ours, inputs, None, None, 2e-6)


@pytest.mark.parametrize("layout", [0, 1])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_sequences_of_different_lengths(direction, layout):
    """ONNX Runtime runs layout 0 alone; the node means the same in layout 1."""
    rng = np.random.default_rng(9)
    count = 1 + (direction == "bidirectional")
    options = {"directions": count, "direction": direction}
    given = ("sequence_lens", "initial_h", "initial_c")
    proto = model(rng, given=given, **options)
    x = rng.normal(size=(6, 4, 3)).astype("f4")
    states = [rng.normal(size=(count, 4, 2)).astype("f4") for _ in range(2)]
    lengths = np.array([6, 3, 0, 1], dtype="i4")
    session = onnxruntime.InferenceSession(
        _with_all_outputs(proto).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    fed = {"X": x, "sequence_lens": lengths, "initial_h": states[0], "initial_c": states[1]}
    out, h, c = session.run(None, fed)
    if layout:
        proto.graph.node[0].attribute.append(helper.make_attribute("layout", 1))
    layer = from_onnx(proto)
    ours = states if count > 1 else [state[0] for state in states]
    reference = layer.reference(x.transpose(1, 0, 2), initial_state=ours, sequence_lens=lengths)
    expected = out.transpose(2, 0, 1, 3).reshape(4, 6, 2 * count)
    np.testing.assert_allclose(reference.sequence_out, expected, rtol=1e-6, atol=1e-6)
    last = (h, c) if count > 1 else (h[0], c[0])
    np.testing.assert_allclose(reference.state_h, last[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(reference.state_c, last[1], rtol=1e-6, atol=1e-6)


def _with_all_outputs(proto):
    copied = onnx.ModelProto.FromString(proto.SerializeToString())
    outputs = (
        helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in ("Y_h", "Y_c")
    )
    copied.graph.output.extend(outputs)
    return copied


@pytest.mark.slow
def test_the_published_cases_of_onnx():
    cases = published("LSTM")
    assert len(cases) >= 4
    for case in cases:
        proto, ((given, told), *_) = case.model, case.data_sets
        values = dict(zip([one.name for one in proto.graph.input], given, strict=True))
        node, x, lengths = proto.graph.node[0], values.pop("X"), values.pop("sequence_lens", None)
        proto.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in values.items())
        batch_first = any(one.name == "layout" and one.i for one in node.attribute)
        layer = from_onnx(proto)
        x = x if batch_first else x.transpose(1, 0, 2)
        reference = layer.reference(x, sequence_lens=lengths)
        both = isinstance(layer, Network) and len(layer.layers) > 1
        results = [reference.sequence_out, reference.state_h, reference.state_c]
        for output, floats in zip(proto.graph.output, told, strict=True):
            number = list(node.output).index(output.name)
            true = results[number]
            if number == 0:
                true = true.reshape(*true.shape[:2], 1 + both, -1)
                true = true if batch_first else true.transpose(1, 2, 0, 3)
            elif batch_first:
                true = true[:, None]
            elif not both:
                true = true[None]
            np.testing.assert_allclose(
                true.reshape(floats.shape), floats, rtol=1e-5, err_msg=case.name
            )


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_weights_are_those_of_the_model_bit_for_bit(dtype):
    proto = model(np.random.default_rng(1), peepholes=True, dtype=dtype)
    W, R, B, P = (numpy_helper.to_array(tensor)[0] for tensor in proto.graph.initializer)
    weights = from_onnx(proto).weights
    for row, gate in enumerate("iofc"):
        rows = slice(2 * row, 2 * row + 2)
        assert weights[f"W_{gate}"].tolist() == [[rational(x) for x in line] for line in W[rows]]
        assert weights[f"U_{gate}"].tolist() == [[rational(x) for x in line] for line in R[rows]]
        both = zip(B[:8][rows], B[8:][rows], strict=True)
        assert weights[f"b_{gate}"].tolist() == [[rational(x) + rational(y)] for x, y in both]
        if gate != "c":
            assert weights[f"p_{gate}"].tolist() == [[rational(x)] for x in P[rows]]


def test_what_a_node_becomes():
    rng = np.random.default_rng(0)
    options = {"activations": ["HardSigmoid", "LeakyRelu", "Tanh"], "clip": 3.0, "bias": False}
    cell = from_onnx(model(rng, **options)).cell
    alpha, beta, slope = (rational(np.float32(value)) for value in (0.2, 0.5, 0.01))
    assert cell == OnnxLSTM(
        2,
        3,
        activation=f"leaky_relu(negative_slope={slope})",
        recurrent_activation=f"hard_sigmoid(alpha={alpha}, beta={beta})",
        use_bias=False,
        clip=3,
    )
    coupled = from_onnx(model(rng, input_forget=1, peepholes=True))
    assert list(coupled.weights) == [*("W_i", "U_i", "p_i", "b_i", "W_c", "U_c", "b_c"),
                                     *("W_o", "U_o", "p_o", "b_o")]  # fmt: skip
    backward = from_onnx(model(rng, direction="reverse"))
    assert [layer.go_backwards for layer in backward.layers] == [True]


def test_initial_states_that_are_stored_are_the_layers_own():
    rng = np.random.default_rng(6)
    h, c = rng.normal(size=(2, 1, 3, 2)).astype("f4")
    proto = model(rng, stored={"initial_h": h, "initial_c": c})
    x = rng.normal(size=(3, 4, 3)).astype("f4")
    assert_alike(implementation(proto), x, None, None, 1e-6)
    layer = from_onnx(proto)
    explicit = layer.run(x, initial_state=[h[0], c[0]], algebra="float").sequence_out
    assert (layer.run(x, algebra="float").sequence_out == explicit).all()
    zero = layer.run(x, initial_state=[0, 0], algebra="float").sequence_out
    assert not (zero == explicit).all()


def test_initial_states_may_be_zeros_that_the_model_computes():
    """As exporters make them: zeros, in a shape that is worked out from that of the input."""
    rng = np.random.default_rng(6)
    tensors = {"W": rng.normal(size=(1, 8, 3)), "R": rng.normal(size=(1, 8, 2))}
    tensors = {name: array.astype("f4") for name, array in tensors.items()}
    shape = helper.make_node("Shape", ["X"], ["shape"])
    zeros = helper.make_node("ConstantOfShape", ["shape"], ["zeros"])
    both = helper.make_node("Concat", ["zeros", "zeros"], ["both"], axis=0)
    initial = helper.make_node("Slice", ["both", "from", "to"], ["initial_h"])
    assert from_onnx(assembled(tensors, nodes=[shape, zeros, both, initial])).initial_state is None
    computed = helper.make_node("Tanh", ["X"], ["initial_h"])
    layer = from_onnx(assembled(tensors, nodes=[computed]))
    x = np.ones((1, 2, 3))
    message = r"initial_h is computed in the model by Tanh; give initial_state=\[h, c\]"
    with pytest.raises(SymlstmError, match=message):
        layer.reference(x)
    assert layer.reference(x, initial_state=[0, 0]).state_h.shape == (1, 2)


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_lengths_that_are_stored_are_those_of_a_run_that_is_given_no_others(direction):
    rng = np.random.default_rng(6)
    count = 1 + (direction == "bidirectional")
    lengths = np.array([4, 2, 0], "i4")
    stored = {"sequence_lens": lengths}
    proto = model(rng, stored=stored, directions=count, direction=direction)
    x = rng.normal(size=(4, 3, 3)).astype("f4")
    session = onnxruntime.InferenceSession(_with_all_outputs(proto).SerializeToString())
    out, h, _ = session.run(None, {"X": x})
    layer, inputs = from_onnx(proto), x.transpose(1, 0, 2)
    reference = layer.reference(inputs)
    expected = out.transpose(2, 0, 1, 3).reshape(3, 4, 2 * count)
    np.testing.assert_allclose(reference.sequence_out, expected, atol=1e-6)
    np.testing.assert_allclose(reference.state_h, h if count > 1 else h[0], atol=1e-6)
    whole = layer.run(inputs, sequence_lens=[4, 4, 4], algebra="float").sequence_out
    assert (whole[0] == layer.run(inputs, algebra="float").sequence_out[0]).all()
    assert (whole[2] != 0).all()
    masked = layer.run(inputs, mask=np.ones((3, 4), bool), algebra="float").sequence_out
    assert (masked == whole).all()
    assert_alike(implementation(proto), inputs, None, None, 1e-6)


@pytest.mark.parametrize("lengths", [[[1, 2]], [1.0, 2.0], [1, -2]])
def test_lengths_that_are_none_are_an_error(lengths):
    proto = model(np.random.default_rng(6), stored={"sequence_lens": np.array(lengths)})
    with pytest.raises(ModelError, match=r"sequence_lens has shape .*a whole number, 0 or more"):
        from_onnx(proto)


def test_of_several_nodes_one_that_cannot_be_taken_over_points_to_the_others():
    proto = model(np.random.default_rng(0))
    second = onnx.NodeProto.FromString(proto.graph.node[0].SerializeToString())
    second.name, second.input[1], second.output[:] = "other", "X", ["Z", "Z_h", "Z_c"]
    proto.graph.node.append(second)
    with pytest.raises(ModelError, match=r"node other: W .* symlstm.layers_of\(...\) has those"):
        from_onnx(proto, node="other")


def test_a_node_is_chosen_by_its_name():
    rng = np.random.default_rng(0)
    proto = model(rng)
    second = onnx.NodeProto.FromString(proto.graph.node[0].SerializeToString())
    second.name, second.output[:] = "", ["Z", "Z_h", "Z_c"]
    proto.graph.node.append(second)
    with pytest.raises(
        ModelError,
        match=r"has 2 LSTM, GRU or RNN nodes; say which .*: 'lstm', 'Z', or .*layers_of",
    ):
        from_onnx(proto)
    with pytest.raises(ModelError, match="no LSTM, GRU or RNN node 'ltsm'; did you mean 'lstm'"):
        from_onnx(proto, node="ltsm")
    assert from_onnx(proto, node="Z").cell == from_onnx(proto, node="lstm").cell
    second.name = "lstm"
    proto.graph.node[1].CopyFrom(second)
    with pytest.raises(
        ModelError, match="several LSTM, GRU or RNN nodes have one name: lstm, lstm; giv"
    ):
        from_onnx(proto, node="lstm")


def test_a_path_is_read(tmp_path):
    proto = model(np.random.default_rng(0))
    onnx.save(proto, tmp_path / "model.onnx")
    for path in (tmp_path / "model.onnx", str(tmp_path / "model.onnx")):
        assert from_onnx(path).cell == OnnxLSTM(2, 3)


def test_every_activation_of_the_operator_is_known():
    doc = onnx.defs.get_schema("LSTM", 22).doc
    listed = [line.partition("(")[0].strip("* ") for line in doc.splitlines() if line[:2] == "* "]
    assert {name.lower() for name in listed if name.lower() in ACTIVATIONS} == set(ACTIVATIONS)
