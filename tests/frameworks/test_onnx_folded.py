"""Weights that an ONNX model works out of stored tensors are those that ONNX Runtime has."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from models import assembled
from unfolded import Unfolded

from symlstm.errors import ModelError, SymlstmError, TooLargeError
from symlstm.frameworks.onnx import from_onnx
from symlstm.frameworks.onnx_constants import Absent, Constants
from symlstm.frameworks.onnx_operations import OPERATIONS
from symlstm.frameworks.onnx_scope import whole
from symlstm.frameworks.onnx_tensor import Tensors

try:
    import ml_dtypes
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    helper = None

pytestmark = pytest.mark.usefixtures("onnx")

CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def session(proto):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@CALM
@given(
    seed=st.integers(0, 2**32 - 1),
    depth=st.integers(0, 5),
    direction=st.sampled_from(["forward", "reverse", "bidirectional"]),
)
def test_a_model_is_the_same_however_its_weights_are_taken_apart(seed, depth, direction):
    rng = np.random.default_rng(seed)
    directions, units, dim = 1 + (direction == "bidirectional"), *rng.integers(1, 4, 2)
    shapes = ((directions, 4 * units, dim), (directions, 4 * units, units), (directions, 8 * units))
    weights = [rng.normal(size=shape).astype("f2").astype("f4") for shape in shapes]
    options = {"hidden_size": int(units), "direction": direction}
    apart = Unfolded(rng).model(weights, depth, **options)
    plain = assembled(dict(zip("WRB", weights, strict=True)), **options)
    ours, same = from_onnx(apart), from_onnx(plain)
    for one, other in zip(ours.layers, same.layers, strict=True):
        for name, weight in other.weights.items():
            assert (one.weights[name] == weight).all(), name
    x = rng.normal(size=(2, 4, dim)).astype("f4")
    made = session(apart).run(None, {"X": x.transpose(1, 0, 2)})[0]
    out = made.transpose(2, 0, 1, 3).reshape(2, 4, -1)
    np.testing.assert_allclose(ours.reference(x).sequence_out, out, rtol=2e-6, atol=1e-6)


def folded(operator, arrays, opset=17, output=0, outputs=1, **attributes):
    """Return what we, and what ONNX Runtime, make of an operation on stored tensors."""
    names = ["" if array is None else f"x{k}" for k, array in enumerate(arrays)]
    made = [f"y{k}" for k in range(outputs)]
    node = helper.make_node(operator, names, made, **attributes)
    stored = [numpy_helper.from_array(a, n) for a, n in zip(arrays, names, strict=True) if n]
    output_info = helper.make_tensor_value_info(made[output], 0, None)
    output_info.ClearField("type")
    graph = helper.make_graph([node], "graph", [], [output_info], stored)
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=min(8, opset)
    )
    ours = Constants(Tensors(None), {}).find(whole(proto), made[output])
    return ours, session(proto).run(None, {})[0]


A = np.arange(24, dtype="f4").reshape(2, 3, 4)
ODD = np.array([1 / 3, -1e-8, 65504, 65519.996, 65520, 7e4, -3e38, np.inf, 2**-25, 0.1], "f4")


def ints(*numbers):
    return np.array(numbers, np.int64)


CASES = {
    "identity": ("Identity", [A], {}),
    "old slice": ("Slice", [A], {"opset": 9, "starts": [1, -9], "ends": [9, -1], "axes": [0, 2]}),
    "slice": ("Slice", [A, ints(-1), ints(-9), ints(1), ints(-2)], {}),
    "slice of nothing": ("Slice", [A, ints(3), ints(1), ints(1)], {}),
    "slice of first axes": ("Slice", [A, ints(1, 1), ints(2**62, -1)], {}),
    "concat": ("Concat", [A, A[:, :1]], {"axis": -2}),
    "reshape": ("Reshape", [A, ints(0, -1, 2)], {}),
    "reshape with zero": ("Reshape", [A[:0], ints(4, 0)], {"allowzero": 1}),
    "transpose": ("Transpose", [A], {}),
    "transpose by axes": ("Transpose", [A], {"perm": [1, 2, 0]}),
    "old unsqueeze": ("Unsqueeze", [A], {"opset": 11, "axes": [0, -1]}),
    "unsqueeze": ("Unsqueeze", [A, ints(3, 1)], {}),
    "old squeeze": ("Squeeze", [A[:, :1]], {"opset": 11, "axes": [-2]}),
    "squeeze": ("Squeeze", [A[:1, :1]], {}),
    "old split": ("Split", [A], {"opset": 11, "axis": 2, "split": [1, 3], "outputs": 2}),
    "split": ("Split", [A], {"axis": 1, "outputs": 3, "output": 2}),
    "uneven split": ("Split", [A], {"opset": 18, "axis": 2, "num_outputs": 3, "outputs": 3,
                                    "output": 1}),
    "gather": ("Gather", [A, ints(2, -1, 0).reshape(3, 1)], {"axis": 1}),
    "gather of one": ("Gather", [A, np.array(1)], {}),
    "expand": ("Expand", [A[:, :1], ints(5, 1, 3, 1)], {}),
    "constant of shape": ("ConstantOfShape", [ints(2, 3)], {}),
    "flatten": ("Flatten", [A], {"axis": -1}),
    "shape": ("Shape", [A], {"start": -2}),
    "double": ("Cast", [ODD], {"to": 11}),
    "half": ("Cast", [ODD], {"to": 10}),
    "from half": ("Cast", [ODD[:3].astype("f2")], {"to": 1}),
    "from double": ("Cast", [ODD.astype("f8") + 1 / 7], {"to": 1}),
    "from integers": ("Cast", [ints(2**24 + 1, -5, 2**62 + 1)], {"to": 1}),
    "to integers": ("Cast", [np.array([1.9, -1.9, 2.5], "f4")], {"to": 7}),
    "truth": ("Cast", [np.array([0, 2, 0.5, -0.0], "f4")], {"to": 9}),
    "from truth": ("Cast", [ODD > 0], {"to": 1}),
    "cast like": ("CastLike", [A, ODD[:2].astype("f2")], {}),
    "dequantized": ("DequantizeLinear", [np.array([-128, 3, 127], "i1"),
                                         np.array(0.375, "f4"), np.array(-5, "i1")], {}),
    "dequantized by row": ("DequantizeLinear", [np.arange(12, dtype="u1").reshape(3, 4),
                           np.array([0.5, 3, 2**-9], "f4"), np.array([1, 2, 3], "u1")],
                           {"axis": 0}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_operation_is_that_of_onnx_runtime_bit_for_bit(case):
    operator, arrays, options = CASES[case]
    ours, theirs = folded(operator, arrays, **options)
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    assert ours.tobytes() == theirs.tobytes()


def test_every_operation_has_a_case():
    assert {operator for operator, _, _ in CASES.values()} == set(OPERATIONS)


REFUSED = {
    "negative step from before the start": (
        "Slice", [A, ints(-9), ints(-99), ints(1), ints(-1)], {}, "begins at -9 of 3"),
    "axis twice": ("Slice", [A, ints(0, 0), ints(1, 1), ints(0, 0)], {}, r"has the axes \[0, 0\]"),
    "given twice": ("Unsqueeze", [A, ints(0)], {"axes": [0]}, "gives axes twice"),
    "attribute": ("Transpose", [A], {"order": [0]}, "has the attribute 'order', which is none"),
    "hidden attribute": ("Split", [A], {"given": 2}, "has the attribute 'given'"),
    "kind of attribute": ("Concat", [A], {"axis": "x"}, "cannot be"),
    "size": ("Squeeze", [A], {"axes": [0]}, "cannot be"),
    "shape": ("Reshape", [A, ints(5, -1)], {}, "cannot be"),
    "axis": ("Unsqueeze", [A, ints(9)], {}, r"has the axes \[9\]"),
    "index": ("Gather", [A, ints(7)], {}, "cannot be"),
    "indices": ("Gather", [A, A], {}, "whole numbers say"),
    "types": ("Concat", [A, A.astype("f8")], {"axis": 0}, "of different types"),
    "operands": ("Gather", [A], {}, "cannot be"),
    "parts": ("Split", [A, ints(1, 5)], {"axis": 1}, "into 1 parts"),
    "too wide": ("Cast", [ODD], {"to": 6}, "makes int32 of float32 that it does not hold"),
    "twice rounded": ("Cast", [ODD.astype("f8")], {"to": 10}, "makes float16 of float64 that it"),
    "float8": ("Cast", [ODD], {"to": 17}, "makes float8_e4m3fn of float32, where"),
    "no type": ("Cast", [ODD], {"to": 99}, "cannot be"),
    "rounded": ("DequantizeLinear", [np.array([3], "i1"), np.array(0.1, "f4")], {},
                "has products that floats round"),
}  # fmt: skip


def constant(operator, arrays, attributes):
    names = [f"x{k}" for k in range(len(arrays))]
    stored = [numpy_helper.from_array(a, n) for a, n in zip(arrays, names, strict=True)]
    graph = helper.make_graph(
        [helper.make_node(operator, names, ["y"], **attributes)], "graph", [], [], stored
    )
    return Constants(Tensors(None), {}).find(whole(helper.make_model(graph)), "y")


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_exactly_is_one_clear_error(case):
    operator, arrays, attributes, message = REFUSED[case]
    with pytest.raises(ModelError, match=f"{operator} at y .*{message}.*; store its result in"):
        constant(operator, arrays, attributes)


@pytest.mark.parametrize(
    ("operator", "arrays"),
    [("Expand", [A[:1, :1, :1], ints(2**31, 2**31)]),
     ("ConstantOfShape", [ints(2**62, 2**62)]),
     ("ConstantOfShape", [ints(2**25)]),
     ("Gather", [np.zeros((1, 10**6), "f4"), np.zeros(100, "i8")]),
     ("Concat", [np.zeros(5 * 10**6, "f4")] * 5)],
)  # fmt: skip
def test_what_would_take_too_much_is_refused_before_it_begins(operator, arrays):
    with pytest.raises(TooLargeError, match="--limit values="):
        constant(operator, arrays, {"axis": 0} if operator == "Concat" else {})


def chain(nodes, stored=()):
    graph = helper.make_graph(nodes, "graph", [], [], list(stored))
    return whole(helper.make_model(graph)), Constants(Tensors(None), {})


def test_doubling_again_and_again_is_refused():
    nodes = [helper.make_node("Concat", [f"x{k}"] * 2, [f"x{k + 1}"], axis=0) for k in range(60)]
    scope, constants = chain(nodes, [numpy_helper.from_array(np.ones(1000, "f4"), "x0")])
    with pytest.raises(TooLargeError, match="what the model computes of its stored"):
        constants.find(scope, "x60")
    assert constants.find(scope, "x5").shape == (32_000,)


def test_a_long_chain_is_followed_and_a_circle_is_said():
    nodes = [helper.make_node("Identity", [f"x{k}"], [f"x{k + 1}"]) for k in range(9000)]
    scope, constants = chain(nodes, [numpy_helper.from_array(A, "x0")])
    assert (constants.find(scope, "x9000") == A).all()
    nodes.append(helper.make_node("Identity", ["x9000"], ["x0"]))
    scope, constants = chain(nodes)
    with pytest.raises(ModelError, match=r"computes 'x\d+' from itself"):
        constants.find(scope, "x7")
    scope, constants = chain([helper.make_node("Concat", ["x", "x"], ["x"], axis=0)])
    with pytest.raises(ModelError, match="computes 'x' from itself"):
        constants.find(scope, "x")


def test_what_is_missing_is_named():
    nodes = [
        helper.make_node("Tanh", ["a"], ["b"]),
        helper.make_node("Transpose", ["b"], ["c"]),
        helper.make_node("Slice", ["c", "from", "to"], ["d"]),
    ]
    scope, constants = chain(nodes)
    absent = constants.find(scope, "d")
    assert isinstance(absent, Absent)
    assert absent.why == "is computed in the model by Slice of 'b', which is computed in the " \
        "model by Tanh"  # fmt: skip


def test_bfloat16_is_read_as_it_is():
    rng = np.random.default_rng(0)
    shapes = {"W": (1, 8, 3), "R": (1, 8, 2), "B": (1, 16)}
    weights = {n: rng.normal(size=s).astype(ml_dtypes.bfloat16) for n, s in shapes.items()}
    direct = from_onnx(assembled(weights))
    wide = from_onnx(assembled({name: array.astype("f4") for name, array in weights.items()}))
    casts = [helper.make_node("Cast", [f"{n}_"], [n], to=TensorProto.FLOAT) for n in weights]
    stored = {f"{name}_": array for name, array in weights.items()}
    cast = from_onnx(assembled(stored, nodes=casts))
    for name, weight in wide.weights.items():
        assert (direct.weights[name] == weight).all()
        assert (cast.weights[name] == weight).all()


def test_weights_that_are_rounded_say_so():
    tensors = {"W_": np.array([[[3] * 3] * 8], "i1"), "s": np.array(0.1, "f4")}
    tensors["R"] = np.ones((1, 8, 2), "f4")
    node = helper.make_node("DequantizeLinear", ["W_", "s"], ["W"])
    with pytest.raises(SymlstmError, match="node lstm: DequantizeLinear at W has products that"):
        from_onnx(assembled(tensors, nodes=[node]))


def test_attributes_that_are_broken_are_one_clear_error():
    broken = helper.make_node("ConstantOfShape", ["x"], ["y"])
    for kind in (0, 1, 4, 5, 99):
        del broken.attribute[:]
        broken.attribute.add(name="value", type=min(kind, 14))
        scope, constants = chain([broken], [numpy_helper.from_array(ints(2), "x")])
        with pytest.raises(ModelError, match="ConstantOfShape at y"):
            constants.find(scope, "y")
