"""Programs of a step of further cells, each as the source of its framework has it, in NumPy.

``arrays`` are by the names that the program has for them; a step takes x and the states and returns
the new ones, the output first.
"""

import numpy as np
from numpy import tanh


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def tf1_lstm(arrays, x, m_prev, c_prev, forget_bias=1.0):
    """LSTMCell(use_peepholes=True, cell_clip=0.4, num_proj=2, proj_clip=0.25)."""
    lstm_matrix = np.concatenate([x, m_prev]) @ arrays["kernel"] + arrays["bias"]
    i, j, f, o = np.split(lstm_matrix, 4)
    c = sigmoid(f + forget_bias + arrays["w_f_diag"] * c_prev) * c_prev
    c = c + sigmoid(i + arrays["w_i_diag"] * c_prev) * tanh(j)
    c = np.clip(c, -0.4, 0.4)
    m = sigmoid(o + arrays["w_o_diag"] * c) * tanh(c)
    return np.clip(m @ arrays["projection/kernel"], -0.25, 0.25), c


def tf1_coupled(arrays, x, m_prev, c_prev, forget_bias=1.0):
    """CoupledInputForgetGateLSTMCell(use_peepholes=True, num_proj=2)."""
    j, f, o = np.split(np.concatenate([x, m_prev]) @ arrays["W"] + arrays["B"], 3)
    f_act = sigmoid(f + forget_bias + arrays["W_F_diag"] * c_prev)
    c = f_act * c_prev + (1 - f_act) * tanh(j)
    m = sigmoid(o + arrays["W_O_diag"] * c) * tanh(c)
    return m @ arrays["W_P"], c


def tf1_ugrnn(arrays, x, state, forget_bias=1.0):
    g_act, c_act = np.split(np.concatenate([x, state]) @ arrays["kernel"] + arrays["bias"], 2)
    c, g = tanh(c_act), sigmoid(g_act + forget_bias)
    return (g * state + (1 - g) * c,)


def tf1_indrnn(arrays, x, state):
    """IndRNNCell(activation=tf.nn.relu)."""
    gate_inputs = x @ arrays["kernel_w"] + state * arrays["kernel_u"]
    return (np.maximum(gate_inputs + arrays["bias"], 0),)


def norm(inp, gain, shift, epsilon):
    return gain * (inp - inp.mean()) / np.sqrt(inp.var() + epsilon) + shift


def tf1_layer_norm(arrays, x, h, c, forget_bias=1.0):
    """LayerNormBasicLSTMCell."""
    each = np.split(np.concatenate([x, h]) @ arrays["kernel"], 4)
    words = ["input", "transform", "forget", "output"]
    i, j, f, o = (
        norm(inp, arrays[f"{word}/gamma"], arrays[f"{word}/beta"], 1e-12)
        for word, inp in zip(words, each, strict=True)
    )
    new_c = c * sigmoid(f + forget_bias) + sigmoid(i) * tanh(j)
    new_c = norm(new_c, arrays["state/gamma"], arrays["state/beta"], 1e-12)
    return tanh(new_c) * sigmoid(o), new_c


def tflite_layer_norm(arrays, x, h, c):
    def gate(word):
        z = arrays[f"input_to_{word}_weights"] @ x + arrays[f"recurrent_to_{word}_weights"] @ h
        return norm(z, arrays[f"{word}_layer_norm_coefficients"], arrays[f"{word}_gate_bias"], 1e-8)

    c = sigmoid(gate("forget")) * c + sigmoid(gate("input")) * tanh(gate("cell"))
    return sigmoid(gate("output")) * tanh(c), c


def tflite(arrays, x, h, c):
    """With coupled gates, where the input gate's arrays are missing, and a projection."""

    def gate(word, state=None):
        z = arrays[f"input_to_{word}_weights"] @ x + arrays[f"recurrent_to_{word}_weights"] @ h
        z = z + arrays[f"{word}_gate_bias"]
        return z if state is None else z + arrays.get(f"cell_to_{word}_weights", 0) * state

    forget = sigmoid(gate("forget", c))
    coupled = "input_gate_bias" not in arrays
    let_in = 1 - forget if coupled else sigmoid(gate("input", c))
    c = forget * c + let_in * tanh(gate("cell"))
    output = sigmoid(gate("output", c)) * tanh(c)
    if "projection_weights" in arrays:
        output = arrays["projection_weights"] @ output + arrays.get("projection_bias", 0)
    return output, c


def haiku_rnn(arrays, x, prev_state):
    input_to_hidden = x @ arrays["input_to_hidden/w"] + arrays["input_to_hidden/b"]
    hidden_to_hidden = prev_state @ arrays["hidden_to_hidden/w"] + arrays["hidden_to_hidden/b"]
    return (np.maximum(input_to_hidden + hidden_to_hidden, 0),)


def flax_mgu(arrays, x, h):
    f = sigmoid(x @ arrays["if/kernel"] + arrays["if/bias"] + h @ arrays["hf/kernel"])
    own = h @ arrays["hn/kernel"]
    if "hn/bias" in arrays:  # reset_gate
        own = (own + arrays["hn/bias"]) * f
    n = tanh(x @ arrays["in/kernel"] + arrays["in/bias"] + own)
    return ((1 - f) * n + f * h,)


def haiku_gru(arrays, x, state):
    size = len(state)
    zr_x, a_x = np.split(x @ arrays["w_i"], [2 * size])
    w_h_z, w_h_a = np.split(arrays["w_h"], [2 * size], axis=1)
    b_z, b_a = np.split(arrays["b"], [2 * size])
    z, r = np.split(sigmoid(zr_x + state @ w_h_z + b_z), 2)
    a = tanh(a_x + (r * state) @ w_h_a + b_a)
    return ((1 - z) * state + z * a,)
