"""An LSTM and its gradients by hand, with the mistakes that people make in them."""

import numpy as np

NAMES = ("h", "c", "i", "f", "c_tilde", "o", "z_i", "z_f", "z_c_tilde", "z_o")
MISTAKES = {
    "no dh from the next step": ("h", -2),
    "no dc from the next step": ("c", -2),
    "dc assigned, not added": ("c", -2),
    "tanh' at the activated value": ("c", -1),
    "no derivative of f": ("z_f", -1),
    "derivative of i for o": ("z_o", -1),
    "f from c_t": ("f", -1),
    "no transpose of U": ("h", -2),
    "gates of dh in another order": ("h", -2),
    "dW assigned, not added": ("kernel", None),
    "bias of another gate": ("b_i", None),
}
"""What is wrong first, and at which of the steps, counted from 1; of weights, at none."""


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(x, W, U, b):
    """Every value of one sequence, a list entry a step, with what comes before the first."""
    units = len(U)
    steps = [{"h": np.zeros(units, W.dtype), "c": np.zeros(units, W.dtype)}]
    for entry in x:
        z = entry @ W + steps[-1]["h"] @ U + b
        i, f, o = (sigmoid(z[k * units : (k + 1) * units]) for k in (0, 1, 3))
        new = np.tanh(z[2 * units : 3 * units])
        c = f * steps[-1]["c"] + i * new
        steps.append({"i": i, "f": f, "c_tilde": new, "o": o, "c": c, "h": o * np.tanh(c)})
    return steps


def backward(x, W, U, b, *, mistake=None):
    """The gradients of the sum of all outputs of one sequence, by name, in the format of W."""
    steps, units = forward(x, W, U, b), len(U)
    over_time = {name: np.zeros((len(x), units), W.dtype) for name in NAMES}
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    dx, dh_next, dc_next = np.zeros_like(x), 0, 0
    for t in range(len(x), 0, -1):
        now, before = steps[t], steps[t - 1]
        i, f, new, o, c = (now[name] for name in ("i", "f", "c_tilde", "o", "c"))
        dh = 1 + dh_next * (mistake != "no dh from the next step")
        at = np.tanh(c)
        slope = 1 - (np.tanh(at) if mistake == "tanh' at the activated value" else at) ** 2
        dc = dh * o * slope + dc_next * (mistake != "no dc from the next step")
        if mistake == "dc assigned, not added" and t < len(x):
            dc = dc_next
        df = dc * (c if mistake == "f from c_t" else before["c"])
        di, dnew, do = dc * new, dc * i, dh * at
        of_o = i if mistake == "derivative of i for o" else o
        z = [di * i * (1 - i), df * f * (1 - f), dnew * (1 - new**2), do * of_o * (1 - of_o)]
        z[1] = df if mistake == "no derivative of f" else z[1]
        dz = np.concatenate(z)
        back = U[:, : 4 * units].reshape(units, 4, units)
        dh_next, dc_next = dz @ U.T, dc * f
        if mistake == "no transpose of U":
            dh_next = sum(part @ back[:, k] for k, part in enumerate(z))
        if mistake == "gates of dh in another order":
            dh_next = np.concatenate([z[1], z[0], z[2], z[3]]) @ U.T
        dx[t - 1] = dz @ W.T
        add = 0 if mistake == "dW assigned, not added" else dW
        dW, dU, db = add + np.outer(x[t - 1], dz), dU + np.outer(before["h"], dz), db + dz
        values = (np.broadcast_to(dh, units), dc, di, df, dnew, do, *z)
        for name, value in zip(NAMES, values, strict=True):
            over_time[name][t - 1] = value
    if mistake == "bias of another gate":
        db = np.concatenate([db[units : 2 * units], db[units:]])
    weights = {"kernel": dW, "recurrent_kernel": dU, "bias": db, "b_i": db[:units], "inputs": dx}
    return {**over_time, **weights}
