"""What people asked of two LSTMs that differ, made anew in small, and the answers to it.

Each function makes what a thread starts from, by name; each answer is a program of at most six
lines over these names, in words that the README shows, and what it says.
"""

import backpropagated
import numpy as np
from components import required

RNG = np.random.default_rng(7)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def numbers(*shape, scale=1.0):
    return (scale * RNG.normal(size=shape)).astype(np.float32)


def tensors(**arrays):
    (torch,) = required("torch", "torch")
    return {"torch": torch, **{name: torch.from_numpy(one) for name, one in arrays.items()}}


def torch_lstm(*sizes, **options):
    (torch,) = required("torch", "torch")
    torch.manual_seed(0)
    return torch.nn.LSTM(*sizes, batch_first=True, **options)


def gates_in_numpy(weights, x, gate=sigmoid):
    """Every value of a batch, step by step, with Keras's arrays."""
    W, U, b = weights
    h = c = np.zeros((len(x), len(U)), np.float32)
    values = {name: [] for name in ("i", "f", "c_tilde", "o", "c", "h")}
    for t in range(x.shape[1]):
        z_i, z_f, z_g, z_o = np.split(x[:, t] @ W + h @ U + b, 4, axis=-1)
        i, f, new, o = gate(z_i), gate(z_f), np.tanh(z_g), gate(z_o)
        c = f * c + i * new
        h = o * np.tanh(c)
        for name, value in zip(values, (i, f, new, o, c, h), strict=True):
            values[name].append(value.astype(np.float32))
    return {name: np.stack(each, axis=1) for name, each in values.items()}


def keras_against_numpy(keras):
    layer = keras.layers.LSTM(4, return_sequences=True, recurrent_activation="hard_sigmoid")
    x = numbers(2, 6, 3)
    layer(x)
    mine = gates_in_numpy([keras.ops.convert_to_numpy(w) for w in layer.weights], x)
    return {"layer": layer, "x": x, "mine": mine}


def tf1_to_keras(keras):
    """What a layer of TensorFlow 1 gives, and a Keras layer with its arrays only cut in two."""
    kernel, bias = numbers(3 + 4, 16, scale=0.5), numbers(16)
    i, j, f, o = np.split(np.arange(16), 4)
    order = np.concatenate([i, f, j, o])
    of_keras = kernel[:3][:, order], kernel[3:][:, order], bias[order] + np.repeat([0, 1, 0, 0], 4)
    x = numbers(2, 5, 3)
    layer = keras.layers.LSTM(4, return_sequences=True)
    layer(x)
    layer.set_weights([kernel[:3], kernel[3:], bias])
    known = {"kernel": kernel, "bias": bias, "x": x, "layer": layer}
    return {**known, "tf_out": gates_in_numpy(of_keras, x)["h"]}


def block_to_torch():
    w, b = numbers(3 + 4, 16, scale=0.5), np.zeros(16, np.float32)
    return {"w": w, "b": b, "lstm": torch_lstm(3, 4), **tensors(x=numbers(2, 5, 3))}


def dynet_to_keras(keras):
    names = {"x2i": (16, 3), "h2i": (16, 4), "bi": (16,)}
    arrays = {name: numbers(*shape) for name, shape in names.items()}
    layer, x = keras.layers.LSTM(4, return_sequences=True), numbers(2, 5, 3)
    layer(x)
    return {"arrays": arrays, "layer": layer, "x": x}


def dl4j_to_keras(keras):
    layer, x = keras.layers.LSTM(4, return_sequences=True), numbers(2, 5, 3)
    layer(x)
    return {"layer": layer, "x": x}


def keras_to_torch(keras):
    """Both directions, with one bias each."""
    x = numbers(2, 5, 3)
    model = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))
    model(x)
    lstm = torch_lstm(3, 4, bidirectional=True)
    return {"model": model, "lstm": lstm, **tensors(x=x)}


def custom_in_torch():
    """One parameter a gate, of shape (input, hidden); the candidate with σ by mistake."""
    lstm, x = torch_lstm(3, 4), numbers(2, 5, 3)
    W, U = (getattr(lstm, name).detach().numpy().T for name in ("weight_ih_l0", "weight_hh_l0"))
    bias = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach().numpy()
    mine = gates_in_numpy((W, U, bias), x)
    mine["c_tilde"] = sigmoid(np.arctanh(mine["c_tilde"]))
    return {"lstm": lstm, "mine": mine, **tensors(x=x)}


def backwards_in_keras(keras):
    layer = keras.layers.LSTM(4, return_sequences=True, go_backwards=True)
    x = numbers(1, 5, 3)
    out = keras.ops.convert_to_numpy(layer(x))
    return {"layer": layer, "x": x, "onnx_out": out[:, ::-1]}


def onnx_axes():
    lstm, x = torch_lstm(3, 4, bidirectional=True), numbers(2, 5, 3)
    out = lstm(tensors(x=x)["x"])[0].detach().numpy()
    y = out.reshape(2, 5, 2, 4).transpose(1, 2, 0, 3)
    return {"lstm": lstm, "x": x, "y": y}


def scrambled_states():
    """The states of three layers, viewed as if the batch came first."""
    lstm, x = torch_lstm(3, 4, num_layers=3), numbers(2, 5, 3)
    h = lstm(tensors(x=x)["x"])[1][0]
    return {"lstm": lstm, "x": x, "features": h.view(2, 3 * 4)}


def last_of_both():
    lstm, x = torch_lstm(3, 4, bidirectional=True), numbers(2, 6, 3)
    return {"lstm": lstm, "x": x, "out": lstm(tensors(x=x)["x"])[0].detach().numpy()}


def packed_and_padded():
    (torch,) = required("torch", "torch")
    lstm, x = torch_lstm(3, 3, bidirectional=True), torch.from_numpy(numbers(2, 6, 3))
    x[1, 3:] = 0
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, [6, 3], batch_first=True)
    return {"lstm": lstm, "packed": packed, "x": x}


def states_of_tensorflow():
    lstm, x = torch_lstm(3, 4), numbers(2, 5, 3)
    out, (h, c) = lstm(tensors(x=x)["x"])
    return {"lstm": lstm, "x": x, "out": out, "c": c, "h": h}


def gradients_by_hand(mistake):
    W, U, b = numbers(3, 12), numbers(3, 12), numbers(12)
    x = numbers(6, 3)
    mine = backpropagated.backward(x, W, U, b, mistake=mistake)
    return {"W": W, "U": U, "b": b, "x": x, "mine": mine}


TO_KERAS = """
arrays = true.stacked(layout="keras").values()
layer.set_weights([array.astype("float32") for array in arrays])
assert_right(layer(x), true.reference(x))
"""

THREADS = {
    "https://stackoverflow.com/questions/49759614": (
        keras_against_numpy,
        "assert_right(mine, from_keras(layer).reference(x))",
        "i is the first: at step 1, | i_t = σ_hard(W_i x_t + U_i h_{t-1} + b_i)",
    ),
    "https://github.com/keras-team/keras/issues/10179": (
        tf1_to_keras,
        'true = LSTM(4, 3).bind(layout="tf1", kernel=kernel, bias=bias)\n'
        f"assert_right(tf_out, true.reference(x)){TO_KERAS}",
        "",
    ),
    "https://discuss.pytorch.org/t/146907": (
        block_to_torch,
        """
true = LSTM(4, 3).bind(layout="tf_block", w=w, b=b)
state = true.stacked(layout="torch").items()
lstm.load_state_dict({name: torch.tensor(one.astype("float32")) for name, one in state})
assert_right(lstm(x), true.reference(x))
""",
        "",
    ),
    "https://github.com/clab/dynet/issues/1646": (
        dynet_to_keras,
        f'true = LSTM(4, 3).bind(layout="dynet", **arrays){TO_KERAS}',
        "",
    ),
    "https://community.konduit.ai/t/124": (
        dl4j_to_keras,
        """
arrays = from_keras(layer).stacked(layout="dl4j")
true = LSTM(4, 3).bind(layout="dl4j", **arrays)
assert_right(layer(x), true.reference(x))
""",
        "",
    ),
    "https://discuss.pytorch.org/t/110741": (
        keras_to_torch,
        """
network, state = from_keras(model), {}
for layer, end in zip(network.layers, ("", "_reverse")):
    arrays = layer.stacked(layout="torch").items()
    state |= {name + end: torch.tensor(one.astype("float32")) for name, one in arrays}
lstm.load_state_dict(state)
assert_right(lstm(x), network.reference(x))
""",
        "",
    ),
    "https://github.com/pytorch/pytorch/issues/43000": (
        custom_in_torch,
        "assert_right(mine, from_torch(lstm).reference(x))",
        "c_tilde is the first: at step 1, | c̃_t = tanh(W_c x_t + U_c h_{t-1} + b_c)",
    ),
    "https://github.com/onnx/onnx/issues/2881": (
        backwards_in_keras,
        "assert_right(onnx_out, from_keras(layer).reference(x))",
        "it agrees with the steps in the opposite order",
    ),
    "https://github.com/onnx/onnx/issues/921": (
        onnx_axes,
        "assert_right(y, from_torch(lstm).reference(x))",
        "it would fit with axes for time and directions in front of the batch, as ONNX has it",
    ),
    "https://github.com/timbmg/Sentence-VAE/issues/15": (
        scrambled_states,
        'assert_right({"state_h": features}, from_torch(lstm).reference(x))',
        "it agrees with time and batch reshaped, where they are to be transposed",
    ),
    "https://discuss.pytorch.org/t/49825": (
        last_of_both,
        'assert_right({"state_h": out[:, -1]}, from_torch(lstm).reference(x))',
        "state_h is the first: at step 6, level 1, backward, unit 0",
    ),
    "https://github.com/pytorch/pytorch/issues/3662": (
        packed_and_padded,
        """
true = from_torch(lstm).reference(packed)
assert_right(lstm(packed), true)
assert_right(lstm(x), true)
""",
        "at step 1, backward, unit 0, sequence 1",
    ),
    "https://github.com/asyml/texar-pytorch/issues/198": (
        states_of_tensorflow,
        "assert_right((out, c, h), from_torch(lstm).reference(x))",
        "it agrees with state_h and state_c exchanged",
    ),
    "https://github.com/nicklashansen/rnn_lstm_from_scratch/issues/1": (
        lambda: gradients_by_hand("tanh' at the activated value"),
        """
layer = LSTM(3, 3).bind(kernel=W, recurrent_kernel=U, bias=b)
assert_right(mine, layer.reference(x).backward(grad_sequence=1))
""",
        "c is the first: at step 6, | c̄_t = h̄_t ⊙ o_t ⊙ tanh'(c_t) + c̄_{t+1} ⊙ f_{t+1}",
    ),
    "https://github.com/CaptainE/RNN-LSTM-in-numpy/issues/1": (
        lambda: gradients_by_hand("no derivative of f"),
        """
layer = LSTM(3, 3).bind(kernel=W, recurrent_kernel=U, bias=b)
assert_right(mine, layer.reference(x).backward(grad_sequence=1))
""",
        "z_f is the first: at step 6, | δ_{f,t} = f̄_t ⊙ σ'(z_{f,t})",
    ),
}
"""By address: what there is, the answer, and what it says, in one or more parts."""
