"""ONNX models of one LSTM node, and of what can be wrong in one."""

import numpy as np

FLOATS = {"W": (1, 8, 3), "R": (1, 8, 2)}


def model(rng, *, directions=1, units=2, dim=3, peepholes=False, bias=True, dtype="f4", **options):
    """Return a model of an LSTM with random weights; ``options`` are attributes of the node.

    ``stored`` maps names of further inputs to what is stored of them, ``given`` is names of inputs
    of the model.
    """
    stored, given = options.pop("stored", {}), options.pop("given", ())
    shapes = {"W": (directions, 4 * units, dim), "R": (directions, 4 * units, units)}
    shapes |= {"B": (directions, 8 * units)} if bias else {}
    shapes |= {"P": (directions, 3 * units)} if peepholes else {}
    tensors = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return assembled({**tensors, **stored}, given, hidden_size=units, **options)


def assembled(tensors, given=(), nodes=(), name="lstm", **attributes):
    """Return a model whose LSTM node is given stored tensors, inputs of the model, and others."""
    from onnx import TensorProto, helper, numpy_helper

    order = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
    made = [output for node in nodes for output in node.output]
    known = {"X", *tensors, *given, *made}
    inputs = [one if one in known else "" for one in order]
    while not inputs[-1]:
        inputs.pop()
    node = helper.make_node("LSTM", inputs, ["Y", "Y_h", "Y_c"], name=name, **attributes)
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
