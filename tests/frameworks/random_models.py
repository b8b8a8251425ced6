"""ONNX models put together at random: an LSTM's, and what was done to it."""

import contextlib

import numpy as np
from hypothesis import strategies as st
from models import model

from symlstm.frameworks.onnx_operations import OPERATIONS

with contextlib.suppress(ImportError):
    from onnx import AttributeProto, TensorProto, helper, numpy_helper

NAMES = st.sampled_from(["X", "W", "R", "B", "P", "Y", "lstm", "initial_h", "initial_c", "q", ""])
OPERATORS = st.sampled_from(
    ["LSTM", "Constant", "ConstantOfShape", "Concat", "Identity", "Slice", "GRU", "If", "LSTMs", ""]
)
DOMAINS = st.sampled_from(["", "", "", "ai.onnx", "com.microsoft", "ai.onnx.ml", "\x1b[31m"])
ATTRIBUTES = st.sampled_from(
    ["activations", "activation_alpha", "activation_beta", "clip", "direction", "hidden_size",
     "input_forget", "layout", "value", "value_float", "axis", "output_sequence", ""]
)  # fmt: skip
BRANCHES = st.sampled_from(["then_branch", "else_branch", "body", ""])
FOLDED = sorted(OPERATIONS)
DIMENSIONS = st.lists(
    st.sampled_from([0, 1, 1, 2, 3, 8, 16, -1, 2**31, 2**40, 2**63 - 1, -(2**63)]), max_size=5
)
FLOATS = st.sampled_from([0.0, -0.0, 1.0, 0.5, -1.0, 1e30, 1e-45, float("inf"), float("nan")])
TEXTS = st.sampled_from(
    [b"forward", b"reverse", b"bidirectional", b"Tanh", b"Affine", b"HardSigmoid", b"", b"\xff"]
)
INTEGERS = st.sampled_from([0, 1, 2, 3, -1, 2**31, 2**60, -(2**63)])


def chosen(draw, repeated):
    """Return one of what a message repeats, or ``None`` if there is none."""
    return repeated[draw(st.integers(0, len(repeated) - 1))] if len(repeated) else None


def tensor(draw):
    """Return a tensor of any shape and type, with numbers that may fit it."""
    made = TensorProto(name=draw(NAMES), data_type=draw(st.integers(0, 25)))
    made.dims.extend(draw(DIMENSIONS))
    field = draw(st.sampled_from(["raw_data", "float_data", "int64_data", "string_data"]))
    if field == "raw_data":
        made.raw_data = draw(st.binary(max_size=64))
    else:
        kind = {"float_data": FLOATS, "int64_data": INTEGERS, "string_data": TEXTS}[field]
        getattr(made, field).extend(draw(st.lists(kind, max_size=16)))
    return made


def attribute(draw):
    """Return an attribute of any type, that it says or another."""
    kind = draw(st.sampled_from(["f", "i", "s", "t", "g", "floats", "ints", "strings", "graphs"]))
    made = AttributeProto(name=draw(ATTRIBUTES))
    if kind == "t":
        made.t.CopyFrom(tensor(draw))
    elif kind == "g":
        made.g.CopyFrom(model(np.random.default_rng(0)).graph)
    elif kind == "graphs":
        made.graphs.add()
    else:
        values = {"f": FLOATS, "i": INTEGERS, "s": TEXTS}[kind[0]]
        if kind in "fis":
            setattr(made, kind, draw(values))
        else:
            getattr(made, kind).extend(draw(st.lists(values, max_size=6)))
    right = AttributeProto.AttributeType.Value(
        {"f": "FLOAT", "i": "INT", "s": "STRING", "t": "TENSOR", "g": "GRAPH"}.get(kind)
        or kind.upper()
    )
    made.type = draw(st.sampled_from([right] * 6 + [0, 1, 2, 3, 6, 8]))
    return made


def give_attribute(draw, proto):
    node = chosen(draw, proto.graph.node)
    if node is not None:
        node.attribute.append(attribute(draw))


def change_input(draw, proto):
    node = chosen(draw, proto.graph.node)
    if node is not None and len(node.input):
        node.input[draw(st.integers(0, len(node.input) - 1))] = draw(NAMES)


def give_names(draw, proto):
    node = chosen(draw, proto.graph.node)
    if node is not None:
        chosen(draw, [node.input, node.output]).extend(draw(st.lists(NAMES, max_size=4)))


def change_node(draw, proto):
    node = chosen(draw, proto.graph.node)
    if node is not None:
        field = draw(st.sampled_from(["name", "op_type", "domain"]))
        kinds = {"name": NAMES, "op_type": OPERATORS, "domain": DOMAINS}
        setattr(node, field, draw(kinds[field]))


def add_node(draw, proto):
    made = helper.make_node(
        draw(OPERATORS), draw(st.lists(NAMES, max_size=4)), draw(st.lists(NAMES, max_size=3)),
        name=draw(NAMES), domain=draw(DOMAINS),
    )  # fmt: skip
    made.attribute.extend(attribute(draw) for _ in range(draw(st.integers(0, 2))))
    proto.graph.node.insert(draw(st.integers(0, len(proto.graph.node))), made)


def repeat(draw, proto):
    graph = proto.graph
    repeated = chosen(draw, [graph.node, graph.initializer, graph.input, graph.output])
    one = chosen(draw, repeated)
    if one is not None:
        repeated.add().CopyFrom(one)


def remove(draw, proto):
    graph = proto.graph
    repeated = chosen(draw, [graph.node, graph.initializer, graph.input, graph.output])
    if len(repeated):
        del repeated[draw(st.integers(0, len(repeated) - 1))]


def add_tensor(draw, proto):
    if draw(st.booleans()):
        proto.graph.initializer.append(tensor(draw))
    else:
        proto.graph.sparse_initializer.add().values.CopyFrom(tensor(draw))


def add_input(draw, proto):
    proto.graph.input.append(helper.make_tensor_value_info(draw(NAMES), 1, None))


def change_tensor(draw, proto):
    one = chosen(draw, proto.graph.initializer)
    if one is not None:
        field = draw(st.sampled_from(["dims", "data_type", "data_location", "name", "numbers"]))
        if field == "dims":
            one.dims[:] = draw(DIMENSIONS)
        elif field == "numbers":
            one.float_data.append(draw(FLOATS))
        else:
            kinds = {"data_type": st.integers(0, 25), "data_location": st.integers(0, 1)}
            setattr(one, field, draw(kinds.get(field, NAMES)))


def change_numbers(draw, proto):
    one = chosen(draw, proto.graph.initializer)
    if one is not None:
        shape = tuple(draw(st.lists(st.integers(0, 9), max_size=4)))
        dtype = draw(st.sampled_from(["f4", "f8", "i4", "?"]))
        number = draw(FLOATS if dtype.startswith("f") else st.integers(0, 1))
        array = np.full(shape, number, dtype)
        one.CopyFrom(numpy_helper.from_array(array, one.name))


def compute_state(draw, proto):
    """Have the model work an initial state out, of what may be nothing or itself."""
    node = chosen(draw, proto.graph.node)
    if node is not None:
        node.input.extend([""] * (6 - len(node.input)))
        node.input[5] = draw(NAMES)
        kinds = st.sampled_from(["ConstantOfShape", "Concat", "Identity", "Slice", "Constant"])
        inputs = st.lists(NAMES, max_size=3)
        for name in draw(st.permutations([node.input[5], draw(NAMES)])):
            proto.graph.node.append(helper.make_node(draw(kinds), draw(inputs), [name]))


def compute_weight(draw, proto):
    """Have the model work a weight out, of what may not fit it."""
    tensor = chosen(draw, proto.graph.initializer)
    if tensor is not None:
        name = tensor.name
        tensor.name = "q"
        if draw(st.booleans()):
            proto.graph.initializer.append(numpy_helper.from_array(np.arange(-1, 2), "s"))
        inputs = draw(st.lists(st.sampled_from(["q", "q", "s", "W", ""]), max_size=5))
        made = helper.make_node(draw(st.sampled_from(FOLDED)), inputs, [name])
        made.attribute.extend(attribute(draw) for _ in range(draw(st.integers(0, 1))))
        proto.graph.node.insert(0, made)


def wrap(draw, proto):
    """Put the nodes into a branch, or into a function, that may call itself."""
    nodes = list(proto.graph.node)
    del proto.graph.node[:]
    if draw(st.booleans()):
        branch = helper.make_graph(nodes, draw(NAMES), [], [])
        made = helper.make_node("If", draw(st.lists(NAMES, max_size=2)), draw(st.lists(NAMES)))
        made.attribute.append(helper.make_attribute(draw(BRANCHES), branch))
    else:
        domain, name = draw(DOMAINS), draw(OPERATORS)
        names = [draw(st.lists(NAMES, max_size=3)) for _ in range(4)]
        made = helper.make_node(name, *names[:2], domain=domain)
        proto.functions.append(helper.make_function(domain, name, *names[2:], nodes, []))
    proto.graph.node.append(made)


def move_outside(draw, proto):
    """Have a tensor say that it is stored in a file."""
    tensor = chosen(draw, proto.graph.initializer)
    if tensor is not None:
        tensor.data_location = 1
        for key in draw(st.lists(st.sampled_from(["location", "offset", "length", "q"]))):
            value = draw(st.sampled_from(["model.onnx", "..", "/etc/passwd", "0", "96", "", "1e9"]))
            tensor.external_data.add(key=key, value=value)
        if draw(st.booleans()):
            tensor.ClearField("raw_data")


CHANGES = (
    give_attribute, change_input, give_names, change_node, add_node, repeat, remove, add_tensor,
    add_input, change_tensor, change_numbers, compute_state, compute_weight, wrap, move_outside,
)  # fmt: skip


def change_bytes(draw, content):
    """Return the bytes of a model cut off, or with some that are others."""
    if draw(st.booleans()):
        return content[: draw(st.integers(0, len(content)))]
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed)


@st.composite
def random_models(draw):
    """Return a model, or the bytes of one that may be none."""
    options = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "peepholes": st.booleans(),
                "bias": st.booleans(),
                "dtype": st.sampled_from(["f2", "f4", "f8"]),
                "stored": st.sampled_from([{}, {"initial_h": np.ones((1, 1, 2), "f4")}]),
                "given": st.sampled_from([(), ("initial_c",)]),
            },
        )
    )
    proto = model(np.random.default_rng(0), **options)
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=4)):
        change(draw, proto)
    as_bytes = draw(st.sampled_from([False] * 5 + [True]))
    return change_bytes(draw, proto.SerializeToString()) if as_bytes else proto
