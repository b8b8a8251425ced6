"""Backpropagation through time of an LSTM by hand, in float32, with mistakes to switch on."""

import numpy as np

GATES = "ifco"


def sigmoid(z):
    return (1 / (1 + np.exp(-z))).astype(np.float32)


def forward(W, U, b, x, h, c):
    """Return every value of every step, of one sequence; W, U, b by gate as in the formulas."""
    steps = []
    for x_t in x:
        z = {g: W[g] @ x_t + U[g] @ h + b[g] for g in GATES}
        i, f, o = (sigmoid(z[g]) for g in "ifo")
        new = np.tanh(z["c"])
        step = {"x": x_t, "h_before": h, "c_before": c, "i": i, "f": f, "o": o, "new": new}
        c = f * c + i * new
        h = o * np.tanh(c)
        steps.append({**step, "c": c, "h": h, "z": z})
    return steps


def sloped_by(i, f, o, wrong):
    """Return the derivatives of the gates, from what they gave."""
    of_gates = {"i": i, "f": f, "o": o}
    if wrong == "sigma' of sigma":
        of_gates = {g: sigmoid(v) for g, v in of_gates.items()}
    sloped = {g: v * (1 - v) for g, v in of_gates.items()}
    others = {
        "no sigma' of o": {"o": 1},
        "no sigma' at all": dict.fromkeys("ifo", 1),
        "sigma' of i without i": {"i": 1 - i},
    }
    return {**sloped, **others.get(wrong, {})}


def one_sequence(W, U, steps, dh_outside, dc_last, wrong):
    """Return the gradients of one sequence, backward from its end, with the mistake ``wrong``."""
    grads = {f"{m}_{g}": 0.0 for m in "WUb" for g in GATES}
    units = len(steps[0]["h"])
    dh_next, dc_next = np.zeros(units, np.float32), dc_last * (wrong != "last c ignored")
    inputs = []
    for k, s in reversed(list(enumerate(steps))):
        i, f, o, new, c = s["i"], s["f"], s["o"], s["new"], s["c"]
        outside = dh_outside[k]
        if wrong == "last step's loss alone" and k < len(steps) - 1:
            outside = 0 * outside
        dh = outside + (0 if wrong == "no dh" else dh_next)
        slope = 1 - np.tanh(c) ** 2
        slope = {
            "tanh' of tanh": 1 - np.tanh(np.tanh(c)) ** 2,
            "no tanh' of c": np.float32(1),
            "tanh' not squared": 1 - np.tanh(c),
            "c itself for tanh": 1 - c**2,
        }.get(wrong, slope)
        dc = dh * (1 if wrong == "dh without o" else o) * slope
        dc = dc + (0 if wrong == "no dc" else dc_next)
        do = dh * (c if wrong == "c for tanh c" else np.tanh(c))
        di = dc * (i if wrong == "i for new" else new)
        df = dc * (c if wrong == "c for c before" else s["c_before"])
        dnew = dc * (f if wrong == "f for i" else i)
        sloped = sloped_by(i, f, o, wrong)
        dz = {
            "i": di * sloped["i"],
            "f": df * sloped["f"],
            "c": dnew * (1 if wrong == "no tanh' of new" else 1 - new**2),
            "o": do * sloped["o"],
        }
        dz["f"] = -dz["f"] if wrong == "sign of f" else dz["f"]
        for g in GATES:
            by = dz["o"] if wrong == "o's delta for all" else dz[g]
            bias = dz["f"] if wrong == "f's delta for b_i" and g == "i" else by
            before = s["h"] if wrong == "h for h before" else s["h_before"]
            added = {"W": np.outer(by, s["x"]), "U": np.outer(by, before), "b": bias}
            if wrong == "U transposed gradient":
                added["U"] = added["U"].T
            for m, value in added.items():
                kept = 0 if wrong == "assigned" else grads[f"{m}_{g}"]
                grads[f"{m}_{g}"] = kept + value
        through = {g: U[g] if wrong == "U for Uᵀ" else U[g].T for g in GATES}
        dh_next = sum(through[g] @ dz[g] for g in GATES if not (wrong == "no f in dh" and g == "f"))
        dc_next = dc * {"dc without f": 1, "dc next doubled": 2 * f}.get(wrong, f)
        inputs.append(
            sum(W[g].T @ dz[g] for g in GATES if not (wrong == "no o in dx" and g == "o"))
        )
    return grads, inputs[::-1], dh_next, dc_next


MISTAKES = (
    "no dh",
    "no dc",
    "last c ignored",
    "last step's loss alone",
    "tanh' of tanh",
    "no tanh' of c",
    "tanh' not squared",
    "dh without o",
    "c for tanh c",
    "i for new",
    "c for c before",
    "f for i",
    "sigma' of sigma",
    "no sigma' of o",
    "no sigma' at all",
    "sigma' of i without i",
    "no tanh' of new",
    "sign of f",
    "o's delta for all",
    "f's delta for b_i",
    "h for h before",
    "U transposed gradient",
    "assigned",
    "U for Uᵀ",
    "no f in dh",
    "dc without f",
    "dc next doubled",
    "no o in dx",
    "c itself for tanh",
    "mean over batch",
    "halved",
    "mean over time",
    "gates of the kernel in torch's order",
)


def gradients(W, U, b, x, dh_outside, dc_last, wrong=None):
    """Return gradients by name for a batch that starts from zero, with one of `MISTAKES`."""
    zero = np.zeros(len(b["i"]), np.float32)
    each = [
        one_sequence(W, U, forward(W, U, b, x_k, zero, zero), dh, dc, wrong)
        for x_k, dh, dc in zip(x, dh_outside, dc_last, strict=True)
    ]
    total = {name: sum(grads[name] for grads, *_ in each) for name in each[0][0]}
    total = {name: np.asarray(value, np.float32) for name, value in total.items()}
    factor = {
        "mean over batch": len(x),
        "mean over time": len(x[0]),
        "halved": 2,
    }.get(wrong, 1)
    total = {name: value / np.float32(factor) for name, value in total.items()}
    order = "ifoc" if wrong == "gates of the kernel in torch's order" else GATES
    kernel = np.concatenate([total[f"W_{g}"].T for g in order], axis=1)
    recurrent = np.concatenate([total[f"U_{g}"].T for g in GATES], axis=1)
    return {
        "kernel": kernel,
        "recurrent_kernel": recurrent,
        "bias": np.concatenate([total[f"b_{g}"] for g in GATES]),
        "inputs": np.array([inputs for _, inputs, *_ in each], np.float32),
    }
