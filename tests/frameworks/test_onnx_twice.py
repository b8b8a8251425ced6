"""What an ONNX model gives twice is an error, and what only looks as if it were is none."""

import numpy as np
import pytest
from models import model

from symlstm.errors import ModelError
from symlstm.frameworks.onnx import from_onnx

try:
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper
except ImportError:
    onnx = None

pytestmark = pytest.mark.usefixtures("onnx")

ONES = np.ones((1, 8, 3), "f4")


def add(proto, name, array=ONES):
    proto.graph.initializer.append(numpy_helper.from_array(array, name))


def add_node(proto, operator, inputs, outputs, **options):
    proto.graph.node.insert(0, helper.make_node(operator, inputs, outputs, **options))


def add_constant(proto, made, **options):
    add_node(proto, "Constant", [], [made], value=numpy_helper.from_array(ONES), **options)


def add_input(proto, *names):
    proto.graph.input.extend(helper.make_tensor_value_info(name, 1, None) for name in names)


def give(node, **attributes):
    node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())


def add_sparse(proto, name):
    values, indices = numpy_helper.from_array(ONES[0, 0, :1], name), np.array([0])
    sparse = helper.make_sparse_tensor(values, numpy_helper.from_array(indices), [1, 8, 3])
    proto.graph.sparse_initializer.append(sparse)


def without(proto, name):
    one = next(tensor for tensor in proto.graph.initializer if tensor.name == name)
    proto.graph.initializer.remove(one)


def attributes_twice(proto, **attributes):
    give(proto.graph.node[0], **attributes)
    give(proto.graph.node[0], **attributes)


TWICE = {
    "attribute": (
        lambda p: attributes_twice(p, direction="forward"),
        "node lstm: the attribute 'direction' is given 2 times; leave one",
    ),
    "attribute, other value": (
        lambda p: give(p.graph.node[0], hidden_size=3),
        "node lstm: the attribute 'hidden_size' is given 2 times",
    ),
    "attribute of another node": (
        lambda p: (add_node(p, "Softmax", ["X"], ["s"], axis=0), give(p.graph.node[0], axis=1)),
        "node s: the attribute 'axis' is given 2 times",
    ),
    "value of an attribute": (
        lambda p: p.graph.node[0].attribute[0].ints.append(4),
        r"the attribute 'hidden_size' has 2 values \(i, ints\); leave one",
    ),
    "value of a tensor": (
        lambda p: p.graph.initializer[0].float_data.extend([1.0] * 24),
        r"W gives its numbers twice \(raw_data, float_data\); leave one",
    ),
    "initializer": (lambda p: add(p, "W"), "gives 'W' twice, each time as an initializer; remove"),
    "another initializer": (lambda p: (add(p, "q"), add(p, "q")), "gives 'q' twice, each time as"),
    "initializer and constant": (
        lambda p: add_constant(p, "W"),
        "gives 'W' twice, as an initializer and as an output of Constant; remove one, or give it",
    ),
    "initializer and constant of another domain": (
        lambda p: add_constant(p, "W", domain="my.own"),
        "gives 'W' twice, as an initializer and as an output of Constant",
    ),
    "initializer and sparse initializer": (
        lambda p: add_sparse(p, "R"),
        "gives 'R' twice, as an initializer and as a sparse initializer",
    ),
    "initializer and output": (
        lambda p: add_node(p, "Identity", ["W"], ["B"]),
        "gives 'B' twice, as an initializer and as an output of Identity",
    ),
    "two constants": (
        lambda p: (without(p, "W"), add_constant(p, "W"), add_constant(p, "W", name="other")),
        "gives 'W' twice, each time as an output of Constant",
    ),
    "outputs of one node": (
        lambda p: p.graph.node[0].output.__setitem__(1, "Y"),
        "gives 'Y' twice, each time as an output of LSTM",
    ),
    "outputs of two nodes": (
        lambda p: add_node(p, "Identity", ["X"], ["Y"]),
        "gives 'Y' twice, as an output of Identity and as an output of LSTM",
    ),
    "input": (lambda p: add_input(p, "X"), "gives 'X' twice, each time as an input of the model"),
    "input with a default": (lambda p: add_input(p, "W", "W"), "gives 'W' twice, each time as an"),
    "initializer that is an input": (
        lambda p: (add_input(p, "W"), add(p, "W")),
        "gives 'W' twice, each time as an initializer",
    ),
    "input and output": (
        lambda p: add_node(p, "Identity", ["W"], ["X"]),
        "gives 'X' twice, as an input of the model and as an output of Identity",
    ),
    "input and constant": (
        lambda p: (without(p, "W"), add_input(p, "W"), add_constant(p, "W")),
        "gives 'W' twice, as an input of the model and as an output of Constant",
    ),
    "node": (
        lambda p: add_node(p, "Identity", ["X"], ["q"], name="lstm"),
        "2 nodes of the model have one name, 'lstm'; give each a name of its own",
    ),
}


@pytest.mark.parametrize("what", TWICE)
def test_what_is_given_twice_is_an_error(what):
    proto = model(np.random.default_rng(0))
    giving, message = TWICE[what]
    giving(proto)
    with pytest.raises(ModelError, match=message):
        from_onnx(proto)


ONCE = {
    "nothing": lambda p: None,
    "default of an input": lambda p: add_input(p, "W", "B"),
    "empty names": lambda p: (add(p, ""), add(p, "")),
    "optional outputs": lambda p: p.graph.node[0].output.__setitem__(slice(1, 3), ["", ""]),
    "optional inputs": lambda p: p.graph.node[0].input.extend(["", "", "", ""]),
    "one tensor for two inputs": lambda p: (
        without(p, "W"),
        p.graph.node[0].input.__setitem__(1, "R"),
    ),
    "nodes without names": lambda p: (
        add_node(p, "Identity", ["X"], ["q"]),
        add_node(p, "Identity", ["X"], ["s"]),
    ),
    "names of nodes and tensors": lambda p: add_node(p, "Identity", ["X"], ["lstm"], name="W"),
    "constant": lambda p: (without(p, "W"), add_constant(p, "W")),
    "empty list": lambda p: p.graph.node[0].attribute.append(
        onnx.AttributeProto(name="activations", type=onnx.AttributeProto.STRINGS)
    ),
    "output of the model": lambda p: p.graph.output.append(p.graph.output[0]),
    "domain": lambda p: p.graph.node[0].__setattr__("domain", "ai.onnx"),
}


@pytest.mark.parametrize("what", ONCE)
def test_what_is_given_once_is_what_onnx_runtime_takes(what):
    rng = np.random.default_rng(3)
    proto = model(rng, dim=2 if what == "one tensor for two inputs" else 3)
    ONCE[what](proto)
    layer = from_onnx(proto)
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = rng.normal(size=(2, 4, layer.input_dim)).astype("f4")
    out = session.run(None, {"X": x.transpose(1, 0, 2)})[0].transpose(2, 0, 1, 3)
    np.testing.assert_allclose(
        layer.reference(x).sequence_out, out.reshape(2, 4, 2), rtol=1e-6, atol=1e-6
    )


def test_a_node_of_another_domain_says_so():
    proto = model(np.random.default_rng(0))
    proto.graph.node[0].domain = "my.own"
    for operator in "ABCDEFGHIJKLMN":
        add_node(proto, operator, ["X"], [f"of {operator}"])
    message = "RNN node of ONNX's own domain; it has LSTM of the domain 'my.own', A, B, "
    with pytest.raises(ModelError, match=message):
        from_onnx(proto)
    with pytest.raises(ModelError, match=message):
        from_onnx(proto, node="lstm")
    own = model(np.random.default_rng(0)).graph.node[0]
    own.name, own.output[:] = "own", ["Z"]
    proto.graph.node.append(own)
    assert from_onnx(proto).cell.units == 2
    message = r"RNN node 'lstm' \(that is LSTM of the domain 'my.own'\); .*known: own"
    with pytest.raises(ModelError, match=message):
        from_onnx(proto, node="lstm")


def test_a_constant_of_another_domain_says_so():
    proto = model(np.random.default_rng(0))
    without(proto, "W")
    add_constant(proto, "W", domain="my.own")
    message = "W is computed in the model by Constant of the domain 'my.own', and has to be stored"
    with pytest.raises(ModelError, match=message):
        from_onnx(proto)
    zeros = model(np.random.default_rng(0), given=("initial_h",))
    zeros.graph.input.pop()
    add_node(zeros, "ConstantOfShape", ["shape"], ["initial_h"], domain="my.own")
    asked = from_onnx(zeros).no_initial_state
    assert asked.startswith("initial_h is computed in the model by ConstantOfShape of the domain")


def test_a_sparse_tensor_says_so():
    proto = model(np.random.default_rng(0))
    without(proto, "R")
    add_sparse(proto, "R")
    with pytest.raises(ModelError, match="R is a sparse tensor in the model, and has to be stored"):
        from_onnx(proto)
