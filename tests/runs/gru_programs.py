"""Programs of a step of a GRU, each as the source of its framework has it, in plain NumPy.

``arrays`` are by the names that the program has for them; a step takes x and h and returns the new
h. With ``reset_after`` it is the form of the program whose reset gate comes after the recurrent
weights.
"""

import numpy as np
from numpy import tanh


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def keras(arrays, x, h, reset_after):
    n, K, R = len(h), arrays["kernel"], arrays["recurrent_kernel"]
    bias = arrays.get("bias", np.zeros(3 * n))
    input_bias, recurrent_bias = bias if bias.ndim == 2 else (bias, np.zeros(3 * n))
    seen = x @ K + input_bias
    if reset_after:
        heard = h @ R + recurrent_bias
        z, r = sigmoid(seen[:n] + heard[:n]), sigmoid(seen[n : 2 * n] + heard[n : 2 * n])
        hh = tanh(seen[2 * n :] + r * heard[2 * n :])
    else:
        heard = h @ R[:, : 2 * n]
        z, r = sigmoid(seen[:n] + heard[:n]), sigmoid(seen[n : 2 * n] + heard[n:])
        hh = tanh(seen[2 * n :] + (r * h) @ R[:, 2 * n :])
    return z * h + (1 - z) * hh


def torch(arrays, x, h, reset_after):
    assert reset_after
    zeros = np.zeros(3 * len(h))
    i_r, i_z, i_n = (arrays["weight_ih_l0"] @ x + arrays.get("bias_ih_l0", zeros)).reshape(3, -1)
    h_r, h_z, h_n = (arrays["weight_hh_l0"] @ h + arrays.get("bias_hh_l0", zeros)).reshape(3, -1)
    r, z = sigmoid(i_r + h_r), sigmoid(i_z + h_z)
    n = tanh(i_n + r * h_n)
    return (1 - z) * n + z * h


def mxnet(arrays, x, h, reset_after):
    names = {"i2h_weight": "weight_ih_l0", "h2h_weight": "weight_hh_l0"}
    names |= {"i2h_bias": "bias_ih_l0", "h2h_bias": "bias_hh_l0"}
    return torch({names[name]: array for name, array in arrays.items()}, x, h, reset_after)


def onnx(arrays, x, h, reset_after):
    n, (W,), (R,) = len(h), arrays["W"], arrays["R"]
    (B,) = arrays.get("B", np.zeros((1, 6 * n)))
    Wb, Rb = B[: 3 * n], B[3 * n :]
    z = sigmoid(W[:n] @ x + R[:n] @ h + Wb[:n] + Rb[:n])
    r = sigmoid(W[n : 2 * n] @ x + R[n : 2 * n] @ h + Wb[n : 2 * n] + Rb[n : 2 * n])
    Wh, Rh, Wbh, Rbh = W[2 * n :], R[2 * n :], Wb[2 * n :], Rb[2 * n :]
    before = Wh @ x + (r * h) @ Rh.T + Rbh + Wbh
    ht = tanh(Wh @ x + r * (Rh @ h + Rbh) + Wbh if reset_after else before)
    return (1 - z) * ht + z * h


def openvino(arrays, x, h, reset_after):
    """Its biases are added, but those of the candidate where they are apart: [zr, Wbh, Rbh]."""
    n = len(h)
    B = arrays.get("B", np.zeros((3 + reset_after) * n))
    rest = np.zeros(2 * n)
    both = np.concatenate([B[: 3 * n], rest, B[3 * n :] if reset_after else np.zeros(n)])
    given = {"W": arrays["W"][None], "R": arrays["R"][None], "B": both[None]}
    return onnx(given, x, h, reset_after)


def tf1(arrays, x, h, reset_after):
    assert not reset_after
    gates = np.concatenate([x, h]) @ arrays["gates/kernel"] + arrays.get("gates/bias", 0)
    r, u = np.split(sigmoid(gates), 2)
    candidate = np.concatenate([x, r * h]) @ arrays["candidate/kernel"]
    c = tanh(candidate + arrays.get("candidate/bias", 0))
    return u * h + (1 - u) * c


def tf_block(arrays, x, h, reset_after):
    assert not reset_after
    r_bar, u_bar = np.split(np.concatenate([x, h]) @ arrays["w_ru"] + arrays.get("b_ru", 0), 2)
    r, u = sigmoid(r_bar), sigmoid(u_bar)
    c = tanh(np.concatenate([x, h * r]) @ arrays["w_c"] + arrays.get("b_c", 0))
    return (1 - u) * c + u * h


def coreml(arrays, x, h, reset_after):
    """Its arrays are lists in the order z, r, o; the specification has a memory c."""
    assert not reset_after
    (W_z, W_r, W_o), (R_z, R_r, R_o) = arrays["W_x"], arrays["W_h"]
    b_z, b_r, b_o = arrays.get("b", np.zeros((3, len(h))))
    z, r = sigmoid(W_z @ x + R_z @ h + b_z), sigmoid(W_r @ x + R_r @ h + b_r)
    c = h * r
    o = tanh(W_o @ x + R_o @ c + b_o)
    return (1 - z) * o + z * h


def coreml_mil(arrays, x, h, reset_after):
    """Its operation is converted to the layer: r, o, z become z, r, o."""
    r, o, z = np.arange(3 * len(h)).reshape(3, -1)
    zro = np.stack([z, r, o])
    bias = arrays.get("bias", np.zeros(3 * len(h)))
    lists = {"W_x": arrays["weight_ih"][zro], "W_h": arrays["weight_hh"][zro], "b": bias[zro]}
    return coreml(lists, x, h, reset_after)


def flax(arrays, x, h, reset_after):
    assert reset_after

    def dense(name, values):
        return values @ arrays[f"{name}/kernel"] + arrays.get(f"{name}/bias", 0)

    r = sigmoid(dense("ir", x) + dense("hr", h))
    z = sigmoid(dense("iz", x) + dense("hz", h))
    n = tanh(dense("in", x) + r * dense("hn", h))
    return (1 - z) * n + z * h


def _webnn(arrays, x, h, reset_after, starts):
    n = len(h)

    def part(name, gate):
        array = arrays.get(name, np.zeros(3 * n))
        return array[starts[gate] * n : (starts[gate] + 1) * n]

    z, r = (
        sigmoid(
            part("bias", gate) + part("recurrentBias", gate)
            + part("weight", gate) @ x + part("recurrentWeight", gate) @ h
        )
        for gate in "zr"
    )  # fmt: skip
    seen, own = part("weight", "n") @ x + part("bias", "n"), part("recurrentWeight", "n")
    if reset_after:
        new = tanh(seen + r * (part("recurrentBias", "n") + own @ h))
    else:
        new = tanh(seen + part("recurrentBias", "n") + own @ (r * h))
    return z * h + new * (1 - z)


def webnn_zrn(arrays, x, h, reset_after):
    return _webnn(arrays, x, h, reset_after, {"z": 0, "r": 1, "n": 2})


def webnn_rzn(arrays, x, h, reset_after):
    return _webnn(arrays, x, h, reset_after, {"r": 0, "z": 1, "n": 2})
