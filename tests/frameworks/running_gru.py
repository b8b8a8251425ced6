"""Runs of frameworks' GRUs, given the weights of one layer as their layout has them.

Each takes arrays of float32 by name, inputs of shape (T, input_dim), and whether the reset gate
comes after the recurrent weights; see `running`.
"""

from importlib import import_module

import numpy as np
from models import assembled


def torch(arrays, x, reset_after):
    assert reset_after
    torch = import_module("torch")
    rows, dim = arrays["weight_ih_l0"].shape
    module = torch.nn.GRU(dim, rows // 3)
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return module(torch.tensor(x))[0].detach().numpy()


def keras(arrays, x, reset_after):
    keras = import_module("keras")
    units = len(arrays["recurrent_kernel"])
    layer = keras.layers.GRU(units, return_sequences=True, reset_after=reset_after)
    layer.build((None, None, x.shape[1]))
    for variable in layer.cell.weights:
        variable.assign(arrays[variable.name])
    return keras.ops.convert_to_numpy(layer(x[None]))[0]


def onnx(arrays, x, reset_after):
    onnxruntime = import_module("onnxruntime")
    options = {"hidden_size": arrays["R"].shape[2], "linear_before_reset": int(reset_after)}
    model = assembled(arrays, operator="GRU", **options)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(["Y"], {"X": x[:, None]})[0][:, 0, 0]


def openvino(arrays, x, reset_after):
    ov, ops = import_module("openvino"), import_module("openvino.opset13")
    units = arrays["R"].shape[1]
    inputs = ops.parameter([1, *x.shape], np.float32)
    zeros = ops.constant(np.zeros((1, 1, units), "f4"))
    given = [ops.constant(arrays[name][None]) for name in "WRB"]
    lengths = ops.constant(np.array([len(x)], "i4"))
    node = ops.gru_sequence(
        inputs, zeros, lengths, *given, units, "forward", linear_before_reset=reset_after
    )
    exact = {"INFERENCE_PRECISION_HINT": "f32"}  # and not bfloat16
    compiled = ov.compile_model(ov.Model([node.output(0)], [inputs]), "CPU", exact)
    return compiled([x[None]])[0][0, 0]


def flax(arrays, x, reset_after):
    assert reset_after
    linen, jax = import_module("flax.linen"), import_module("jax")
    params = {}
    for name, array in arrays.items():
        gate, part = name.split("/")
        params.setdefault(gate, {})[part] = array
    cell = linen.GRUCell(arrays["hn/bias"].size)
    carry = cell.initialize_carry(jax.random.PRNGKey(0), x[0].shape)
    known = cell.init(jax.random.PRNGKey(0), carry, x[0])["params"]
    shapes = jax.tree_util.tree_map(np.shape, params)
    assert jax.tree_util.tree_map(np.shape, dict(known)) == shapes
    outputs = []
    for one in x:
        carry, out = cell.apply({"params": params}, carry, one)
        outputs.append(np.asarray(out))
    return np.array(outputs)


def tf1(arrays, x, reset_after):
    assert not reset_after
    tf, cells = map(import_module, ("tensorflow", "tf_keras.src.layers.rnn.legacy_cells"))
    cell = cells.GRUCell(arrays["candidate/bias"].size)
    cell.build((1, x.shape[1]))
    for variable in cell.weights:
        name = variable.name.partition(":")[0].partition("/")[2]
        variable.assign(arrays[name])
    h, outputs = np.zeros((1, arrays["candidate/bias"].size), "f4"), []
    for one in x:
        out, h = cell.call(tf.constant(one[None]), tf.constant(h))
        outputs.append(np.asarray(out)[0])
    return np.array(outputs)


def mxnet(arrays, x, reset_after):
    assert reset_after
    mxnet = import_module("mxnet")
    cell = mxnet.gluon.rnn.GRUCell(arrays["i2h_bias"].size // 3, input_size=x.shape[1])
    cell.initialize()
    for name, parameter in cell.collect_params().items():
        parameter.set_data(mxnet.nd.array(arrays[name.removeprefix(cell.prefix)]))
    return cell.unroll(len(x), mxnet.nd.array(x[None]), merge_outputs=True)[0].asnumpy()[0]


AFTER = ("flax", "keras", "mxnet", "onnx", "openvino", "torch")
BEFORE = ("keras", "onnx", "openvino", "tf1")
"""The layouts of each form whose framework can be run."""
