"""LSTM nodes in branches, loops and functions of an ONNX model, and values for its inputs."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from models import model

from symlstm import audit, budget
from symlstm.errors import ModelError, ShapeError, SymlstmError, TooLargeError
from symlstm.frameworks.onnx import from_onnx
from symlstm.frameworks.onnx_runtime import implementation

with contextlib.suppress(ImportError):
    from onnx import TensorProto, helper, numpy_helper

pytestmark = pytest.mark.usefixtures("onnx")

RNG = np.random.default_rng(0)
SHAPES = {"W": (1, 8, 3), "R": (1, 8, 2), "B": (1, 16)}
FIRST, SECOND = ({n: RNG.normal(size=s).astype("f4") for n, s in SHAPES.items()} for _ in "ab")


@pytest.fixture(scope="module")
def executor():
    with ThreadPoolExecutor(1) as threads:
        yield threads


def info(name, kind=1):
    return helper.make_tensor_value_info(name, kind, None)


def stored(tensors):
    return [numpy_helper.from_array(np.asarray(array), name) for name, array in tensors.items()]


def lstm(inputs=("X", "W", "R", "B"), output="Y", name="lstm", **attributes):
    return helper.make_node("LSTM", inputs, [output], name=name, hidden_size=2, **attributes)


def graph_of(nodes, tensors=(), inputs=(), outputs=("Y",), name="graph"):
    outputs = [info(output) for output in outputs]
    return helper.make_graph(nodes, name, list(inputs), outputs, stored(dict(tensors)))


def made(nodes, tensors=(), inputs=("X",), functions=()):
    graph = graph_of(nodes, tensors, [info(name) for name in inputs])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))


def function(name, inputs, nodes, outputs=("Y",), attributes=()):
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, inputs, outputs, nodes, opsets, list(attributes))


def has(layer, weights):
    """Say whether a layer has these weights; W of gate i stands first in both."""
    return (layer["W_i"].astype(float) == weights["W"][0, :2]).all()


def choice(condition="k", names=("lstm", "lstm"), name="If_0", **options):
    branches = [
        graph_of([lstm(name=one, output=f"Y_{k}")], weights, outputs=[f"Y_{k}"], name=f"b{k}")
        for k, (one, weights) in enumerate(zip(names, (FIRST, SECOND), strict=True))
    ]
    for k, branch in enumerate(branches):
        for tensor in branch.initializer:
            tensor.name += f"_{k}"
        branch.node[0].input[1:] = [f"{one}_{k}" for one in "WRB"]
    then, other = branches
    return helper.make_node(
        "If", [condition], ["Y"], name=name, then_branch=then, else_branch=other, **options
    )


def test_a_node_in_a_branch_is_chosen_by_its_name():
    proto = made([choice(names=("one", "two"))], inputs=("X", "k"))
    assert has(from_onnx(proto, node="one"), FIRST)
    assert has(from_onnx(proto, node="two"), SECOND)
    with pytest.raises(
        ModelError, match="has 2 LSTM, GRU or RNN nodes; say which with node: 'two', "
    ):
        from_onnx(proto)


def test_nodes_of_one_name_go_by_their_paths():
    proto = made([choice()], inputs=("X", "k"))
    with pytest.raises(
        ModelError, match="which with node: 'If_0/else_branch/lstm', 'If_0/then_branch/lstm'"
    ):
        from_onnx(proto)
    assert has(from_onnx(proto, node="If_0/else_branch/lstm"), SECOND)
    with pytest.raises(ModelError, match="no LSTM, GRU or RNN node 'lstm'; "):
        from_onnx(proto, node="lstm")


@pytest.mark.parametrize("taken", [True, False])
def test_a_branch_that_is_never_taken_is_not_there(taken):
    proto = made([choice()], {"k": np.array(taken)})
    assert has(from_onnx(proto), FIRST if taken else SECOND)
    said = helper.make_node("Identity", ["k"], ["same"])
    proto = made([said, choice("same")], {"k": np.array([taken])})
    assert has(from_onnx(proto), FIRST if taken else SECOND)


def test_a_branch_sees_the_names_around_it():
    then = graph_of([lstm(output="Z")], outputs=["Z"])
    other = graph_of([helper.make_node("Identity", ["X"], ["V"])], outputs=["V"])
    node = helper.make_node("If", ["k"], ["Y"], then_branch=then, else_branch=other)
    assert has(from_onnx(made([node], FIRST, ("X", "k"))), FIRST)
    then.initializer.extend(stored({"W": SECOND["W"]}))
    node = helper.make_node("If", ["k"], ["Y"], then_branch=then, else_branch=other)
    with pytest.raises(ModelError, match="gives 'W' twice, in a branch and around it; give one"):
        from_onnx(made([node], FIRST, ("X", "k")))


def test_a_weight_may_be_chosen():
    branches = [graph_of([], {name: w}, outputs=[name]) for name, w in
                (("a", FIRST["W"]), ("b", SECOND["W"]))]  # fmt: skip
    node = helper.make_node("If", ["k"], ["W"], then_branch=branches[0], else_branch=branches[1])
    rest = {name: FIRST[name] for name in "RB"}
    assert has(from_onnx(made([node, lstm()], {**rest, "k": np.array(False)})), SECOND)
    with pytest.raises(ModelError, match="W is computed in the model by If, and has to be stored"):
        from_onnx(made([node, lstm()], rest, ("X", "k")))


def test_a_node_in_a_loop_is_asked_for_its_states():
    state = ("h", "c")
    inputs = [info("n"), info("go"), *map(info, state)]
    step = lstm(("X", "W", "R", "B", "", *state), "Y")
    step.output.extend(["Y_h", "Y_c"])
    body = graph_of([step], inputs=inputs, outputs=["go", "Y_h", "Y_c"])
    loop = helper.make_node("Loop", ["times", "", "h0", "c0"], ["a", "b"], name="Loop_0", body=body)
    layer = from_onnx(made([loop], FIRST, ("X", "times", "h0", "c0")))
    assert has(layer, FIRST)
    with pytest.raises(ShapeError, match="initial_h is an input of Loop_0/body, which changes as"):
        layer.run(np.ones((1, 2, 3)), algebra="float")


def cell_function():
    """A function that has a state of zeros, and a clip and a direction handed on."""
    nodes = [helper.make_node("Shape", ["x"], ["s"]),
             helper.make_node("ConstantOfShape", ["s"], ["zeros"]),
             lstm(("x", "w", "r", "b", "", "zeros", "zeros"), "Y")]  # fmt: skip
    for name, kind in (("clip", 1), ("direction", 3)):
        nodes[2].attribute.add(name=name, ref_attr_name=name, type=kind)
    return function("cell", ["x", "w", "r", "b"], nodes, attributes=["clip", "direction"])


def test_a_node_in_a_function_has_what_that_is_called_with():
    calls = [helper.make_node("cell", ["X", *"WRB"], ["Z"], name="first", domain="local", clip=2.0),
             helper.make_node("cell", ["X", "W2", "R", "B"], ["Y"], name="second", domain="local",
                              direction="reverse")]  # fmt: skip
    proto = made(calls, {**FIRST, "W2": SECOND["W"]}, functions=[cell_function()])
    with pytest.raises(ModelError, match="say which with node: 'first/lstm', 'second/lstm'"):
        from_onnx(proto)
    first, second = (from_onnx(proto, node=f"{name}/lstm") for name in ("first", "second"))
    assert has(first, FIRST)
    assert (first.cell.clip, first.no_initial_state) == ("2", None)
    assert has(second.layers[0], SECOND)
    assert (second.layers[0].cell.clip, second.layers[0].go_backwards) == (None, True)
    x = np.ones((1, 3, 3), "f4")
    out = implementation(proto, node="second/lstm").run(x, None, None)["sequence_out"]
    np.testing.assert_allclose(out, second.reference(x).sequence_out, rtol=1e-5)


def test_a_function_may_call_functions_but_not_itself():
    inner = function("inner", ["x"], [helper.make_node("Identity", ["x"], ["y"])], ["y"])
    call = helper.make_node("inner", ["w"], ["v"], domain="local")
    outer = function("outer", ["x", "w"], [call, lstm(("x", "v", "R_", "B_"), "Y")])
    rest = [helper.make_node("Constant", [], [n + "_"], value=stored(FIRST)[k]) for n, k in
            (("R", 1), ("B", 2))]  # fmt: skip
    outer.node.extend(rest)
    node = helper.make_node("outer", ["X", "W"], ["Y"], domain="local")
    assert has(from_onnx(made([node], FIRST, functions=[inner, outer])), FIRST)
    inner.node.append(helper.make_node("outer", ["x", "x"], ["z"], domain="local"))
    with pytest.raises(ModelError, match="the function 'inner' of the model calls itself"):
        from_onnx(made([node], FIRST, functions=[inner, outer]))
    with pytest.raises(ModelError, match="gives the function 'inner' twice; remove one"):
        from_onnx(made([node], FIRST, functions=[inner, inner]))


def doubling(count, last):
    """Functions each of which calls the next one twice."""
    both = (("x", "y"), ("y", "z"))
    for k in range(count):
        calls = [helper.make_node(f"f{k + 1}", [a], [b], domain="local") for a, b in both]
        yield function(f"f{k}", ["x"], calls, ["z"])
    yield function(f"f{count}", ["x"], [last], ["y"])


def test_functions_that_come_to_too_much_are_refused_soon():
    functions = list(doubling(30, lstm(("x", "W", "R", "B"), "y")))
    node = helper.make_node("f0", ["X"], ["Y"], domain="local")
    begun = time.process_time()
    message = "the model: that comes to [0-9,]+ nodes of a model"
    with pytest.raises(TooLargeError, match=message):
        from_onnx(made([node], FIRST, functions=functions))
    functions = list(doubling(30, helper.make_node("Identity", ["x"], ["y"])))
    node = helper.make_node("f0", ["W_"], ["W"], domain="local")
    tensors = {"W_": FIRST["W"], "R": FIRST["R"], "B": FIRST["B"]}
    with pytest.raises(TooLargeError, match="what 'W' rests on: that comes to"):
        from_onnx(made([node, lstm()], tensors, functions=functions))
    assert time.process_time() - begun < 4
    with budget(model_nodes=30), pytest.raises(TooLargeError, match="the model: that comes to 63"):
        from_onnx(made([node, lstm()], tensors, functions=functions))
    few = list(doubling(5, helper.make_node("Identity", ["x"], ["y"])))
    assert has(from_onnx(made([node, lstm()], tensors, functions=few)), FIRST)


def test_branches_in_branches_are_counted():
    inner = [lstm(output="Z0")]
    for k in range(12):
        then = graph_of(inner, outputs=[f"Z{k}"])
        other = graph_of([], outputs=["X"])
        inner = [helper.make_node("If", ["k"], [f"Z{k + 1}"], then_branch=then, else_branch=other)]
    proto = made(inner, FIRST, ("X", "k"))
    assert has(from_onnx(proto), FIRST)
    message = "branches and functions of the model, one in another"
    with budget(nesting=11), pytest.raises(TooLargeError, match=message):
        from_onnx(proto)


def test_conditions_that_rest_on_each_other_are_a_circle():
    nodes = [choice("b", name="one"), choice("a", name="two")]
    nodes[0].output[0], nodes[1].output[0] = "a", "b"
    with pytest.raises(SymlstmError, match="from itself"):
        from_onnx(made(nodes))


def test_a_long_chain_of_branches_is_followed():
    nodes, condition = [], "k"
    for n in range(3000):
        branches = [graph_of([], {f"{side}{n}": np.array(True)}, outputs=[f"{side}{n}"])
                    for side in "ab"]  # fmt: skip
        names = dict(zip(("then_branch", "else_branch"), branches, strict=True))
        nodes.append(helper.make_node("If", [condition], [f"k{n}"], **names))
        condition = f"k{n}"
    nodes.append(choice(condition))
    assert has(from_onnx(made(nodes, {"k": np.array(True)})), FIRST)


def test_weights_that_are_inputs_are_given(executor):
    proto = made([lstm(("X", "W", "R"))], inputs=("X", "W", "R"))
    with pytest.raises(ModelError, match=r"W is an input of the model, .* give weights=\{'W': "):
        from_onnx(proto)
    given = {name: FIRST[name] for name in "WR"}
    layer = from_onnx(proto, weights=given)
    assert has(layer, FIRST)
    assert has(from_onnx(proto, weights={n: w.tolist() for n, w in given.items()}), FIRST)
    assert audit(proto, weights=given, cases=1, steps=2, executor=executor).worst < 10_000
    turned = [helper.make_node("Transpose", ["V"], ["W"], perm=[0, 2, 1]), lstm(("X", "W", "R"))]
    proto = made(turned, inputs=("X", "V", "R"))
    with pytest.raises(ModelError, match=r"by Transpose of 'V', which is an input .*\{'V': "):
        from_onnx(proto, weights={"R": FIRST["R"]})
    assert has(from_onnx(proto, weights={"V": FIRST["W"].swapaxes(1, 2), "R": FIRST["R"]}), FIRST)


@pytest.mark.parametrize(
    ("weights", "message"),
    [({"V": 1}, "the model has no input 'V'; known: X, W, R|the model has no input 'V'"),
     ({"W": np.full((1, 8, 3), 0.1)}, "holds float64 that the input, of float32, does not; round"),
     ({"W": "text"}, r"weights\['W'\] is no array of numbers"),
     ({"W": [["1"], [2, 3]]}, r"weights\['W'\] is no array of numbers"),
     ({"W": np.zeros((1, 8, 3)), "R": np.zeros(2)}, r"R has shape \(2,\)|has shape"),
     ([1], "weights is a list; give values by the names of inputs")],
)  # fmt: skip
def test_weights_that_do_not_fit_are_one_clear_error(weights, message):
    proto = made([lstm(("X", "W", "R"))], inputs=("X", "W", "R"))
    with pytest.raises(ModelError, match=message):
        from_onnx(proto, weights=weights)


def test_a_default_of_an_input_gives_way():
    proto = made([lstm()], FIRST, ("X", "W"))
    assert has(from_onnx(proto), FIRST)
    assert has(from_onnx(proto, weights={"W": SECOND["W"]}), SECOND)


def test_states_that_the_model_computes_are_asked_for(executor):
    states = [helper.make_node("Slice", [n, "from", "to"], [f"{n}0"]) for n in "hc"]
    node = lstm(("X", *"WRB", "", "h0", "c0"))
    places = {"from": np.array([0]), "to": np.array([1])}
    proto = made([*states, node], {**FIRST, **places}, ("X", "h", "c"))
    layer = from_onnx(proto)
    x = np.ones((1, 2, 3), "f4")
    message = r"initial_h is computed in the model by Slice of 'h', which is an input of the model"
    with pytest.raises(SymlstmError, match=rf"{message}; give initial_state=\[h, c\]"):
        layer.run(x, algebra="float")
    with pytest.raises(ModelError, match=rf"{message}; audit it with initial states, --initial-st"):
        audit(proto, cases=1, steps=2, executor=executor)
    assert audit(proto, cases=1, steps=2, executor=executor, initial_state=True).worst < 10_000
    plain = from_onnx(made([lstm()], FIRST))
    states = [np.ones((1, 2)), np.zeros((1, 2))]
    expected = plain.run(x, initial_state=states, algebra="float").sequence_out
    assert (layer.run(x, initial_state=states, algebra="float").sequence_out == expected).all()
    own = from_onnx(proto, weights={"h": np.ones((2, 1, 2), "f4"), "c": np.zeros((2, 1, 2), "f4")})
    assert (own.run(x, algebra="float").sequence_out == expected).all()


def test_a_runtime_that_has_no_such_node_says_so(executor):
    proto = model(np.random.default_rng(0), dtype="f8")
    with pytest.raises(ModelError, match=r"ONNX Runtime cannot run it: .* double"):
        audit(proto, cases=1, steps=2, executor=executor)


def test_types_of_attributes_are_those_of_onnx():
    from symlstm.frameworks.onnx_scope import GRAPH

    assert helper.make_attribute("g", graph_of([])).type == GRAPH
    assert TensorProto.DEFAULT == 0
