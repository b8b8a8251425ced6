"""ONNX Runtime, and the published cases of ONNX itself, against references of the nodes."""

import warnings

import numpy as np
import pytest
from alike import assert_alike
from components import missing
from models import assembled, model

from symlstm import Network, OnnxLSTM
from symlstm.errors import ModelError, SymlstmError
from symlstm.frameworks.onnx import ACTIVATIONS, from_onnx
from symlstm.frameworks.onnx_runtime import implementation
from symlstm.numbers.exact import rational

try:
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper
except ImportError:
    onnx = None


@pytest.fixture(autouse=True)
def _onnx():
    if onnx is None:
        missing("onnx and onnxruntime")


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


def test_the_published_cases_of_onnx():
    with warnings.catch_warnings(action="ignore"):
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases("LSTM")
    assert len(cases) >= 4
    for case in cases:
        proto, ((given, published), *_) = case.model, case.data_sets
        values = dict(zip([one.name for one in proto.graph.input], given, strict=True))
        node, x, lengths = proto.graph.node[0], values.pop("X"), values.pop("sequence_lens", None)
        proto.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in values.items())
        batch_first = any(one.name == "layout" and one.i for one in node.attribute)
        layer = from_onnx(proto)
        x = x if batch_first else x.transpose(1, 0, 2)
        reference = layer.reference(x, sequence_lens=lengths)
        both = isinstance(layer, Network) and len(layer.layers) > 1
        results = [reference.sequence_out, reference.state_h, reference.state_c]
        for output, floats in zip(proto.graph.output, published, strict=True):
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
    with pytest.raises(ModelError, match="initial_h is computed in the model by Tanh"):
        from_onnx(assembled(tensors, nodes=[computed]))


def test_a_node_is_chosen_by_its_name():
    rng = np.random.default_rng(0)
    proto = model(rng)
    second = onnx.NodeProto.FromString(proto.graph.node[0].SerializeToString())
    second.name, second.output[:] = "", ["Z", "Z_h", "Z_c"]
    proto.graph.node.append(second)
    with pytest.raises(ModelError, match="has 2 LSTM nodes; say which: lstm, Z"):
        from_onnx(proto)
    with pytest.raises(ModelError, match="no LSTM node 'ltsm'; did you mean 'lstm'"):
        from_onnx(proto, node="ltsm")
    assert from_onnx(proto, node="Z").cell == from_onnx(proto, node="lstm").cell
    second.name = "lstm"
    proto.graph.node[1].CopyFrom(second)
    with pytest.raises(ModelError, match="several LSTM nodes have one name: lstm, lstm; give each"):
        from_onnx(proto, node="lstm")


def test_a_path_is_read(tmp_path):
    proto = model(np.random.default_rng(0))
    onnx.save(proto, tmp_path / "model.onnx")
    for path in (tmp_path / "model.onnx", str(tmp_path / "model.onnx")):
        assert from_onnx(path).cell == OnnxLSTM(2, 3)


def stored(proto, name):
    return next(tensor for tensor in proto.graph.initializer if tensor.name == name)


def attribute(proto, name, value):
    proto.graph.node[0].attribute.append(helper.make_attribute(name, value))


def shape(name, *dims):
    return lambda proto: stored(proto, name).dims.__setitem__(slice(None), dims)


def replaced(name, array):
    return lambda proto: stored(proto, name).CopyFrom(numpy_helper.from_array(array, name))


BROKEN = {
    "no node": (lambda p: p.graph.node.pop(), "has no LSTM node"),
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


def test_lengths_that_are_stored_are_not_supported():
    proto = model(np.random.default_rng(0), stored={"sequence_lens": np.array([3], "i4")})
    with pytest.raises(
        ModelError, match=r"sequence_lens is stored in the model, .* give it to run"
    ):
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


def test_every_activation_of_the_operator_is_known():
    doc = onnx.defs.get_schema("LSTM", 22).doc
    listed = [line.partition("(")[0].strip("* ") for line in doc.splitlines() if line[:2] == "* "]
    assert {name.lower() for name in listed if name.lower() in ACTIVATIONS} == set(ACTIVATIONS)
