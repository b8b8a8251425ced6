"""ONNX models of one recurrent node, and of what can be wrong in one."""

import warnings
from importlib import import_module, reload

import numpy as np

FLOATS = {"W": (1, 8, 3), "R": (1, 8, 2)}
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
STATES = {"LSTM": ("h", "c"), "GRU": ("h",), "RNN": ("h",)}


def model(rng, *, directions=1, units=2, dim=3, peepholes=False, bias=True, dtype="f4", **options):
    """Return a model of an LSTM with random weights; ``options`` are attributes of the node.

    ``operator`` is another one; ``stored`` maps names of further inputs to what is stored of them,
    ``given`` is names of inputs of the model.
    """
    stored, given = options.pop("stored", {}), options.pop("given", ())
    rows = GATES[options.get("operator", "LSTM")] * units
    shapes = {"W": (directions, rows, dim), "R": (directions, rows, units)}
    shapes |= {"B": (directions, 2 * rows)} if bias else {}
    shapes |= {"P": (directions, 3 * units)} if peepholes else {}
    tensors = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return assembled({**tensors, **stored}, given, hidden_size=units, **options)


def assembled(tensors, given=(), nodes=(), name="lstm", operator="LSTM", **attributes):
    """Return a model whose node is given stored tensors, inputs of the model, and others."""
    from onnx import TensorProto, helper, numpy_helper

    states = STATES[operator]
    order = ("X", "W", "R", "B", "sequence_lens", *(f"initial_{state}" for state in states), "P")
    made = [output for node in nodes for output in node.output]
    known = {"X", *tensors, *given, *made}
    inputs = [one if one in known else "" for one in order]
    while not inputs[-1]:
        inputs.pop()
    outputs = ["Y", *(f"Y_{state}" for state in states)]
    node = helper.make_node(operator, inputs, outputs, name=name, **attributes)
    kinds = {"sequence_lens": TensorProto.INT32}
    graph = helper.make_graph(
        [*nodes, node],
        "graph",
        [
            helper.make_tensor_value_info(one, kinds.get(one, TensorProto.FLOAT), None)
            for one in ("X", *given)
        ],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(array), one) for one, array in tensors.items()],
    )
    opsets = [helper.make_opsetid("", 14)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def published(operator):
    """Return the cases that ONNX publishes for an operator, whatever was collected before.

    Each is made when its module is imported while its operator is asked for.
    """
    with warnings.catch_warnings(action="ignore"):
        node = import_module("onnx.backend.test.case.node")
        if not _of(operator, node.collect_testcases(operator)):
            reload(import_module(f"{node.__name__}.{operator.lower()}"))
        return _of(operator, node.collect_testcases(operator))


def _of(operator, cases):
    return [case for case in cases if case.model.graph.node[0].op_type == operator]
