"""A step of each cell, as its paper or program has it, for arrays of any kind of number.

``w`` are the weights by name, ``f`` the functions: s of the gates, a of the candidate and of the
cell state, psi of a cell state that has one of its own, clip(value, limit).
"""


def gate(w, name, x, h, seen=0):
    return w[f"W_{name}"] @ x + w[f"U_{name}"] @ h + seen + w[f"b_{name}"]


def lstm_1997(w, x, f, h, c):
    c = c + f.s(gate(w, "i", x, h)) * f.a(gate(w, "c", x, h))
    return f.s(gate(w, "o", x, h)) * f.psi(c), c


def forget_is_one_minus_input(w, x, f, h, c):
    i = f.s(gate(w, "i", x, h))
    c = (1 - i) * c + i * f.a(gate(w, "c", x, h))
    return f.s(gate(w, "o", x, h)) * f.a(c), c


def input_is_one_minus_forget(w, x, f, h, c):
    keep = f.s(gate(w, "f", x, h))
    c = keep * c + (1 - keep) * f.a(gate(w, "c", x, h))
    return f.s(gate(w, "o", x, h)) * f.a(c), c


def lstm_with_a_forget_bias_of_two_thirds(w, x, f, h, c):
    keep = f.s(gate(w, "f", x, h) + f.two / f.three)
    c = keep * c + f.s(gate(w, "i", x, h)) * f.a(gate(w, "c", x, h))
    return f.s(gate(w, "o", x, h)) * f.a(c), c


def peephole_with_a_forget_bias_of_one(w, x, f, h, c):
    keep = f.s(gate(w, "f", x, h) + w["p_f"] * c + 1)
    c = keep * c + f.s(gate(w, "i", x, h) + w["p_i"] * c) * f.a(gate(w, "c", x, h))
    return f.s(gate(w, "o", x, h) + w["p_o"] * c) * f.a(c), c


def tensorflow(w, x, f, m_prev, c_prev):
    """LSTMCell(use_peepholes=True, cell_clip=1/2, num_proj=2, proj_clip=1/3)."""
    half, third = 1 / f.two, 1 / f.three
    i, j, forget, o = (gate(w, name, x, m_prev) for name in "icfo")
    c = f.s(forget + 1 + w["p_f"] * c_prev) * c_prev + f.s(i + w["p_i"] * c_prev) * f.a(j)
    c = f.clip(c, half)
    m = f.s(o + w["p_o"] * c) * f.a(c)
    return f.clip(w["P"] @ m, third), c


def tensorflow_lite(w, x, f, h, c):
    """With coupled gates, peepholes, and a projection that has a bias."""
    forget = f.s(gate(w, "f", x, h) + w["p_f"] * c)
    cell = f.a(gate(w, "c", x, h))
    c = c * forget + cell * (1 - forget)
    output = f.s(gate(w, "o", x, h) + w["p_o"] * c)
    return w["P"] @ (output * f.a(c)) + w["q"], c


def minimal_gated_unit(w, x, f, h):
    keep = f.s(gate(w, "f", x, h))
    own = f.a(w["W_h"] @ x + w["U_h"] @ (keep * h) + w["b_h"])
    return ((1 - keep) * h + keep * own,)


def flax_mgu(w, x, f, h):
    keep = f.s(gate(w, "f", x, h))
    n = f.a(w["W_n"] @ x + w["b_n"] + keep * (w["U_n"] @ h + w["d_n"]))
    return ((1 - keep) * n + keep * h,)


def flax_mgu_without_reset(w, x, f, h):
    keep = f.s(gate(w, "f", x, h))
    return ((1 - keep) * f.a(gate(w, "n", x, h)) + keep * h,)


def haiku_gru(w, x, f, h):
    z, r = f.s(gate(w, "z", x, h)), f.s(gate(w, "r", x, h))
    a = f.a(w["W_a"] @ x + w["U_a"] @ (r * h) + w["b_a"])
    return ((1 - z) * h + z * a,)


def min_gru(w, x, f, h):
    z = f.s(w["W_z"] @ x + w["b_z"])
    return ((1 - z) * h + z * f.a(w["W_h"] @ x + w["b_h"]),)


def min_lstm(w, x, f, h):
    keep, let_in = f.s(w["W_f"] @ x + w["b_f"]), f.s(w["W_i"] @ x + w["b_i"])
    return (keep * h + let_in * f.a(w["W_h"] @ x + w["b_h"]),)


def min_lstm_normalised(w, x, f, h):
    keep, let_in = f.s(w["W_f"] @ x + w["b_f"]), f.s(w["W_i"] @ x + w["b_i"])
    total = keep + let_in
    return (keep / total * h + let_in / total * f.a(w["W_h"] @ x + w["b_h"]),)


def update_gate_rnn(w, x, f, h):
    """UGRNNCell, whose forget_bias is 1."""
    g, c = f.s(gate(w, "g", x, h) + 1), f.a(gate(w, "h", x, h))
    return (g * h + (1 - g) * c,)


def independent(w, x, f, h):
    return (f.a(w["W"] @ x + w["u"] * h + w["b"]),)


def simple(w, x, f, h):
    return (f.a(w["W"] @ x + w["U"] @ h + w["b"]),)
