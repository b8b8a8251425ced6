"""Programs of a step, each as the source of its framework has it, in plain NumPy.

``arrays`` are by the names that the program has for them; a step takes x, h and c and returns the
new h and c, and where the source has peepholes, they are used when they are given.
"""

import numpy as np
from numpy import tanh

BLOCKS = np.arange(4)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def stepped(i, f, g, o, c):
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def keras(arrays, x, h, c):
    z = x @ arrays["kernel"] + h @ arrays["recurrent_kernel"] + arrays["bias"]
    i, f, g, o = np.split(z, 4)
    return stepped(i, f, g, o, c)


def torch(arrays, x, h, c):
    z = arrays["weight_ih_l0"] @ x + arrays["bias_ih_l0"]
    z = z + arrays["weight_hh_l0"] @ h + arrays["bias_hh_l0"]
    i, f, g, o = z.reshape(4, -1)
    h, c = stepped(i, f, g, o, c)
    return arrays["weight_hr_l0"] @ h if "weight_hr_l0" in arrays else h, c


def mxnet(arrays, x, h, c):
    i2h = arrays["i2h_weight"] @ x + arrays["i2h_bias"]
    h2h = arrays["h2h_weight"] @ h + arrays["h2h_bias"]
    in_gate, forget_gate, in_transform, out_gate = np.split(i2h + h2h, 4)
    h, c = stepped(in_gate, forget_gate, in_transform, out_gate, c)
    return arrays["h2r_weight"] @ h if "h2r_weight" in arrays else h, c


def onnx(arrays, x, h, c):
    n = len(c)
    (W,), (R,), (B,) = arrays["W"], arrays["R"], arrays["B"]
    P = arrays["P"][0] if "P" in arrays else np.zeros(3 * n)
    z = W @ x + R @ h + B[: 4 * n] + B[4 * n :]
    i, o, f, g = z[:n], z[n : 2 * n], z[2 * n : 3 * n], z[3 * n :]
    new = sigmoid(f + P[2 * n :] * c) * c + sigmoid(i + P[:n] * c) * tanh(g)
    return sigmoid(o + P[n : 2 * n] * new) * tanh(new), new


def tf1(arrays, x, h, c, forget_bias=1.0):
    i, j, f, o = np.split(np.concatenate([x, h]) @ arrays["kernel"] + arrays["bias"], 4)
    w_f, w_i, w_o = (arrays.get(f"w_{gate}_diag", 0) for gate in "fio")
    new = sigmoid(f + forget_bias + w_f * c) * c + sigmoid(i + w_i * c) * tanh(j)
    m = sigmoid(o + w_o * new) * tanh(new)
    return m @ arrays["projection/kernel"] if "projection/kernel" in arrays else m, new


def _block(arrays, x, h, c, at, forget_bias):
    gates = np.concatenate([x, h]) @ arrays["w"] + arrays["b"]
    i, ci, f, o = (gates[len(c) * k : len(c) * (k + 1)] for k in at)
    wci, wcf, wco = (arrays.get(name, 0) for name in ("wci", "wcf", "wco"))
    cs = tanh(ci) * sigmoid(i + wci * c) + sigmoid(f + forget_bias + wcf * c) * c
    return sigmoid(o + wco * cs) * tanh(cs), cs


def tf_block(arrays, x, h, c, forget_bias=1.0):
    return _block(arrays, x, h, c, (0, 1, 2, 3), forget_bias)


def tf_block_v2(arrays, x, h, c):
    return _block(arrays, x, h, c, (0, 2, 1, 3), 0)


def flax(arrays, x, h, c):
    def dense(gate):
        hidden = h @ arrays[f"h{gate}/kernel"] + arrays[f"h{gate}/bias"]
        return x @ arrays[f"i{gate}/kernel"] + hidden

    return stepped(dense("i"), dense("f"), dense("g"), dense("o"), c)


def haiku(arrays, x, h, c):
    i, g, f, o = np.split(np.concatenate([x, h]) @ arrays["w"] + arrays["b"], 4)
    return stepped(i, f + 1, g, o, c)


def coreml(arrays, x, h, c, forget_bias=0):
    W_i, W_f, W_o, W_z = arrays["W_x"]
    R_i, R_f, R_o, R_z = arrays["W_h"]
    b_i, b_f, b_o, b_z = arrays["b"]
    p_i, p_f, p_o = arrays.get("peep", np.zeros((3, len(c))))
    i = sigmoid(W_i @ x + R_i @ h + p_i * c + b_i)
    f = sigmoid(W_f @ x + R_f @ h + p_f * c + b_f + forget_bias)
    new = f * c + i * tanh(W_z @ x + R_z @ h + b_z)
    return sigmoid(W_o @ x + R_o @ h + p_o * new + b_o) * tanh(new), new


def coreml_mil(arrays, x, h, c):
    four = {
        "W_x": arrays["weight_ih"].reshape(4, len(c), -1),
        "W_h": arrays["weight_hh"].reshape(4, len(c), -1),
        "b": arrays["bias"].reshape(4, -1),
    }
    if "peephole" in arrays:
        four["peep"] = arrays["peephole"].reshape(3, -1)
    return coreml(four, x, h, c)


def caffe(arrays, x, h, c):
    gate_input = arrays["W_hc"] @ h + arrays["W_xc"] @ x + arrays["b_c"]
    i, f, o, g = (gate_input[d * len(c) : (d + 1) * len(c)] for d in BLOCKS)
    return stepped(i, f, g, o, c)


def dl4j(arrays, x, h, c):
    n = len(c)
    has_peepholes = arrays["RW"].shape[1] > 4 * n
    wFF, wOO, wGG = arrays["RW"][:, 4 * n :].T if has_peepholes else np.zeros((3, n))
    ifog = x @ arrays["W"] + h @ arrays["RW"][:, : 4 * n] + arrays["b"][0]
    inputs, forget = tanh(ifog[:n]), sigmoid(ifog[n : 2 * n] + c * wFF)
    modulation = sigmoid(ifog[3 * n :] + c * wGG)
    new = forget * c + modulation * inputs
    return sigmoid(ifog[2 * n : 3 * n] + new * wOO) * tanh(new), new


def dynet(arrays, x, h, c, forget_bias=1.0):
    tmp, hid = arrays["bi"] + arrays["x2i"] @ x + arrays["h2i"] @ h, len(c)
    ait, aft, aot, agt = (tmp[k * hid : (k + 1) * hid] for k in BLOCKS)
    return stepped(ait, aft + forget_bias, agt, aot, c)


def chainer(arrays, x, h, c):
    z = arrays["upward/W"] @ x + arrays["upward/b"] + arrays["lateral/W"] @ h
    a, i, f, o = (z.reshape(len(c), 4)[:, k] for k in BLOCKS)
    return stepped(i, f, a, o, c)


def tflite(arrays, x, h, c):
    def gate(word, state=None):
        z = arrays[f"input_to_{word}_weights"] @ x + arrays[f"recurrent_to_{word}_weights"] @ h
        peephole = arrays.get(f"cell_to_{word}_weights")
        return z + arrays[f"{word}_gate_bias"] + (0 if peephole is None else peephole * state)

    new = sigmoid(gate("forget", c)) * c + sigmoid(gate("input", c)) * tanh(gate("cell"))
    out = sigmoid(gate("output", new)) * tanh(new)
    return arrays["projection_weights"] @ out if "projection_weights" in arrays else out, new


def _webnn(arrays, x, h, c, layout):
    n = len(c)
    starts = {letter: n * k for k, letter in enumerate(layout)}

    def at(name, letter):
        return arrays[name][starts[letter] : starts[letter] + n]

    z = {
        letter: at("weight", letter) @ x
        + at("recurrentWeight", letter) @ h
        + at("bias", letter)
        + at("recurrentBias", letter)
        for letter in layout
    }
    return stepped(z["i"], z["f"], z["g"], z["o"], c)


def webnn_iofg(arrays, x, h, c):
    return _webnn(arrays, x, h, c, "iofg")


def webnn_ifgo(arrays, x, h, c):
    return _webnn(arrays, x, h, c, "ifgo")


def openvino(arrays, x, h, c):
    f, i, g, o = np.split(arrays["W"] @ x + arrays["R"] @ h + arrays["B"], 4)
    return stepped(i, f, g, o, c)
