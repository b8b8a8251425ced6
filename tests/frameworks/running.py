"""Runs of frameworks, given the weights of one layer as their layout has them.

Each takes arrays of float32 by name and inputs of shape (T, input_dim), puts the arrays where the
framework has those names, and returns its outputs over time.
"""

from importlib import import_module

import numpy as np
from models import assembled


def units_of(arrays, recurrent):
    return min(arrays[recurrent].shape)


def torch(arrays, x):
    torch = import_module("torch")
    rows, dim = arrays["weight_ih_l0"].shape
    module = torch.nn.LSTM(dim, rows // 4)
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return module(torch.tensor(x))[0].detach().numpy()


def keras(arrays, x):
    keras = import_module("keras")
    layer = keras.layers.LSTM(units_of(arrays, "recurrent_kernel"), return_sequences=True)
    layer.build((None, None, x.shape[1]))
    for variable in layer.cell.weights:
        variable.assign(arrays[variable.name])
    return keras.ops.convert_to_numpy(layer(x[None]))[0]


def onnx(arrays, x):
    onnxruntime = import_module("onnxruntime")
    model = assembled(arrays, hidden_size=arrays["R"].shape[2])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(["Y"], {"X": x[:, None]})[0][:, 0, 0]


def _stepped(step, x, units, size=None):
    h, c, outputs = np.zeros((1, size or units), "f4"), np.zeros((1, units), "f4"), []
    for one in x:
        h, c = step(one[None], h, c)
        outputs.append(np.asarray(h)[0])
    return np.array(outputs)


def tf1(arrays, x):
    tf, cells = map(import_module, ("tensorflow", "tf_keras.src.layers.rnn.legacy_cells"))
    units = arrays["bias"].size // 4
    projected, diagonal = arrays.get("projection/kernel"), "w_i_diag" in arrays
    if projected is None and not diagonal:
        cell = cells.BasicLSTMCell(units)
    else:
        size = None if projected is None else projected.shape[1]
        cell = cells.LSTMCell(units, use_peepholes=diagonal, num_proj=size)
    cell.build((1, x.shape[1]))
    for variable in cell.weights:
        name = variable.name.partition(":")[0].partition("/")[2]
        variable.assign(arrays[name])

    def step(one, h, c):
        _, (c, h) = cell.call(tf.constant(one), (tf.constant(c), tf.constant(h)))
        return h, c

    return _stepped(step, x, units, None if projected is None else projected.shape[1])


def tf_block(arrays, x):
    tf, units = import_module("tensorflow"), arrays["b"].size // 4
    given = {name: arrays.get(name, np.zeros(units, "f4")) for name in ("wci", "wcf", "wco")}
    peephole = "wci" in arrays

    def step(one, h, c):
        done = tf.raw_ops.LSTMBlockCell(
            x=one, cs_prev=c, h_prev=h, w=arrays["w"], b=arrays["b"], **given,
            use_peephole=peephole, cell_clip=-1,
        )  # fmt: skip
        return done.h, done.cs

    return _stepped(step, x, units)


def tf_block_v2(arrays, x):
    tf, units = import_module("tensorflow"), arrays["b"].size // 4
    zeros = np.zeros((1, units), "f4")
    given = {name: arrays.get(name, zeros[0]) for name in ("wci", "wcf", "wco")}
    done = tf.raw_ops.BlockLSTMV2(
        seq_len_max=len(x), x=x[:, None], cs_prev=zeros, h_prev=zeros, w=arrays["w"], b=arrays["b"],
        **given, use_peephole="wci" in arrays, cell_clip=-1,
    )  # fmt: skip
    return done.h.numpy()[:, 0]


GATES = ("input", "forget", "cell", "output")
OF_TFLITE = [
    *(f"{kind}_to_{gate}_weights" for kind in ("input", "recurrent") for gate in GATES),
    *(f"cell_to_{gate}_weights" for gate in ("input", "forget", "output")),
    *(f"{gate}_gate_bias" for gate in GATES),
]
"""The tensors of the operator after its input, in order; see tensorflow/lite/kernels/lstm.cc."""


def tflite(arrays, x):
    """Convert Keras's layer; what the converter stores has to be ``arrays``, tensor by tensor."""
    tf, keras = import_module("tensorflow"), import_module("tf_keras")
    layer = keras.layers.LSTM(arrays["forget_gate_bias"].size, return_sequences=True)
    model = keras.Sequential([keras.layers.Input(x.shape, batch_size=1), layer])
    kernels = [
        np.concatenate([arrays[f"{kind}_to_{gate}_weights"].T for gate in GATES], axis=1)
        for kind in ("input", "recurrent")
    ]
    layer.set_weights([*kernels, np.concatenate([arrays[f"{gate}_gate_bias"] for gate in GATES])])
    content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    operators = interpreter._get_ops_details()
    (node,) = (one for one in operators if one["op_name"] == "UNIDIRECTIONAL_SEQUENCE_LSTM")
    for name, index in zip(OF_TFLITE, node["inputs"][1:], strict=False):
        if name in arrays:
            assert np.array_equal(interpreter.get_tensor(index), arrays[name]), name
        else:
            assert index == -1, name
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x[None])
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]


def flax(arrays, x):
    linen, jax = import_module("flax.linen"), import_module("jax")
    params = {}
    for name, array in arrays.items():
        gate, part = name.split("/")
        params.setdefault(gate, {})[part] = array
    outputs = []
    for kind in (linen.LSTMCell, linen.OptimizedLSTMCell):
        cell = kind(arrays["hi/bias"].size)
        carry = cell.initialize_carry(jax.random.PRNGKey(0), x[0].shape)
        known = cell.init(jax.random.PRNGKey(0), carry, x[0])["params"]
        shapes = jax.tree_util.tree_map(np.shape, params)
        assert jax.tree_util.tree_map(np.shape, dict(known)) == shapes
        each = []
        for one in x:
            carry, out = cell.apply({"params": params}, carry, one)
            each.append(np.asarray(out))
        outputs.append(each)
    assert np.allclose(*outputs, atol=1e-6)
    return np.array(outputs[0])


def haiku(arrays, x):
    hk = import_module("haiku")

    def unrolled(x):
        core = hk.LSTM(arrays["b"].size // 4)
        return hk.dynamic_unroll(core, x, core.initial_state(None))[0]

    program = hk.without_apply_rng(hk.transform(unrolled))
    known = program.init(import_module("jax").random.PRNGKey(0), x)
    assert {name: part.shape for name, part in known["lstm/linear"].items()} == {
        name: array.shape for name, array in arrays.items()
    }
    return np.asarray(program.apply({"lstm/linear": arrays}, x))


def openvino(arrays, x):
    ov, ops = import_module("openvino"), import_module("openvino.opset13")
    units = arrays["B"].size // 4
    inputs = ops.parameter([1, *x.shape], np.float32)
    zeros = ops.constant(np.zeros((1, 1, units), "f4"))
    given = [ops.constant(arrays[name][None]) for name in "WRB"]
    lengths = ops.constant(np.array([len(x)], "i4"))
    node = ops.lstm_sequence(inputs, zeros, zeros, lengths, *given, units, "forward")
    exact = {"INFERENCE_PRECISION_HINT": "f32"}  # and not bfloat16
    compiled = ov.compile_model(ov.Model([node.output(0)], [inputs]), "CPU", exact)
    return compiled([x[None]])[0][0, 0]


def chainer(arrays, x):
    chainer = import_module("chainer")
    link = chainer.links.LSTM(x.shape[1], arrays["upward/b"].size // 4)
    for name, parameter in link.namedparams():
        parameter.array[...] = arrays[name.removeprefix("/")]
    return np.array([link(one[None]).array[0] for one in x])


def mxnet(arrays, x):
    mxnet = import_module("mxnet")
    rnn, size = mxnet.gluon.rnn, arrays["i2h_bias"].size // 4
    projected = arrays.get("h2r_weight")
    if projected is None:
        cell = rnn.LSTMCell(size, input_size=x.shape[1])
    else:
        contrib = mxnet.gluon.contrib.rnn
        cell = contrib.LSTMPCell(size, len(projected), input_size=x.shape[1])
    cell.initialize()
    for name, parameter in cell.collect_params().items():
        parameter.set_data(mxnet.nd.array(arrays[name.removeprefix(cell.prefix)]))
    return cell.unroll(len(x), mxnet.nd.array(x[None]), merge_outputs=True)[0].asnumpy()[0]


def dynet(arrays, x):
    dy = import_module("dynet")
    outputs = []
    for kind in (dy.VanillaLSTMBuilder, dy.CompactVanillaLSTMBuilder):
        dy.renew_cg()
        owner = dy.ParameterCollection()
        builder = kind(1, x.shape[1], arrays["bi"].size // 4, owner)
        for parameter, name in zip(*builder.get_parameters(), ("x2i", "h2i", "bi"), strict=True):
            parameter.set_value(arrays[name])
        steps = builder.initial_state().transduce([dy.inputTensor(one) for one in x])
        outputs.append([step.npvalue() for step in steps])
    assert np.allclose(*outputs, atol=1e-6)
    return np.array(outputs[0])


PACKAGES = {
    "chainer": "chainer",
    "dynet": "dynet",
    "flax": "flax",
    "haiku": "haiku",
    "keras": "keras",
    "mxnet": "mxnet",
    "onnx": "onnxruntime",
    "openvino": "openvino",
    "tf1": "tf_keras",
    "tf_block": "tensorflow",
    "tf_block_v2": "tensorflow",
    "tflite": "tf_keras",
    "torch": "torch",
}
"""What has to be installed for the run of a layout."""
