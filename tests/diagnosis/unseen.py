"""Mistakes that are of no catalogue."""

import numpy as np
from planting import ALL, GRUS, LSTMS, arrays, batch, later, started
from wrong_lstm import Mistake, lecun_tanh, sigmoid, weighted

OTHERS = (
    Mistake(
        "f squared",
        step={"f": lambda v: sigmoid(v.z_f + v.p["f"] * v.c) ** 2},
        kinds=LSTMS,
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "half of h", step={"y": lambda v: np.float32(0.5) * v.o * np.tanh(v.c_new)}, kinds=LSTMS
    ),
    Mistake(
        "twice the candidate", step={"c_new": lambda v: v.f * v.c + 2 * v.i * v.g}, kinds=LSTMS
    ),
    Mistake("x not used in o", step={"z_o": lambda v: v.h @ v.U["o"] + v.b["o"]}, kinds=LSTMS),
    Mistake(
        "residual h",
        step={"y": lambda v: v.o * np.tanh(v.c_new) + (v.h if v.P is None else 0)},
        kinds=("lstm", "peephole"),
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "c from h",
        step={"c_new": lambda v: v.f * v.h + v.i * v.g},
        kinds=("lstm", "peephole"),
        shows=lambda g: later(g) or started(g),
    ),
    Mistake("minus i g", step={"c_new": lambda v: v.f * v.c - v.i * v.g}, kinds=LSTMS),
    Mistake("relu candidate", step={"g": lambda v: np.maximum(v.z_c, 0)}, kinds=LSTMS),
    Mistake(
        "softsign output", step={"y": lambda v: v.o * v.c_new / (1 + abs(v.c_new))}, kinds=LSTMS
    ),
    Mistake(
        "elu candidate",
        step={"g": lambda v: np.where(v.z_c > 0, v.z_c, np.expm1(v.z_c))},
        kinds=LSTMS,
    ),
    Mistake("silu candidate", step={"g": lambda v: v.z_c * sigmoid(v.z_c)}, kinds=LSTMS),
    Mistake("softplus candidate", step={"g": lambda v: np.log1p(np.exp(v.z_c))}, kinds=LSTMS),
    Mistake("sin candidate", step={"g": lambda v: np.sin(v.z_c)}, kinds=LSTMS),
    Mistake("LeCun tanh", step={"g": lambda v: lecun_tanh(v.z_c)}, kinds=LSTMS),
    Mistake("hard tanh candidate", step={"g": lambda v: np.clip(v.z_c, -1, 1)}, kinds=LSTMS),
    Mistake(
        "leaky relu output",
        step={"y": lambda v: v.o * np.where(v.c_new > 0, v.c_new, np.float32(0.01) * v.c_new)},
        kinds=LSTMS,
    ),
    Mistake(
        "f + 1 outside",
        step={"c_new": lambda v: (v.f + 1) * v.c + v.i * v.g},
        kinds=LSTMS,
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "U before",
        step={"z_o": lambda v: v.x @ v.W["o"] + v.c @ v.U["o"] + v.b["o"]},
        kinds=("lstm", "peephole"),
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "o also gates c",
        step={"c_new": lambda v: v.f * v.c * v.i + v.i * v.g},
        kinds=LSTMS,
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "candidate plus x bias", step={"z_c": lambda v: weighted("c")(v) + v.b["i"]}, kinds=LSTMS
    ),
    Mistake("z_i doubled", step={"z_i": lambda v: 2 * weighted("i")(v)}, kinds=LSTMS),
    Mistake(
        "h is twice", step={"h_new": lambda v: 2 * (v.y if v.P is None else v.y @ v.P)}, kinds=LSTMS
    ),
    Mistake(
        "first input dropped",
        arrays(x=lambda a, g: np.concatenate([a["x"][:, 1:], 0 * a["x"][:, :1]], 1)),
        shows=later,
        kinds=ALL,
    ),
    Mistake(
        "inputs late",
        arrays(x=lambda a, g: np.concatenate([0 * a["x"][:, :1], a["x"][:, :-1]], 1)),
        kinds=ALL,
    ),
    Mistake(
        "outputs late",
        seen=lambda o: {
            **o,
            "sequence_out": np.concatenate(
                [0 * o["sequence_out"][:, :1], o["sequence_out"][:, :-1]], 1
            ),
        },
        kinds=ALL,
    ),
    Mistake("inputs doubled", arrays(x=lambda a, g: 2 * a["x"]), kinds=ALL),
    Mistake("inputs / 255", arrays(x=lambda a, g: a["x"] / np.float32(256)), kinds=ALL),
    Mistake(
        "features reversed",
        arrays(x=lambda a, g: a["x"][:, :, ::-1]),
        shows=lambda g: g.arrays["x"].shape[2] > 1,
        kinds=ALL,
    ),
    Mistake(
        "units reversed",
        seen=lambda o: {**o, "sequence_out": o["sequence_out"][:, :, ::-1]},
        shows=lambda g: g.units > 1,
        kinds=("lstm", "peephole", *GRUS),
    ),
    Mistake(
        "cumulated outputs",
        seen=lambda o: {**o, "sequence_out": np.cumsum(o["sequence_out"], 1)},
        shows=later,
        kinds=ALL,
    ),
    Mistake("W negative", arrays(W=lambda a, g: -a["W"]), kinds=ALL),
    Mistake(
        "first sequence for all",
        arrays(x=lambda a, g: np.broadcast_to(a["x"][:1], a["x"].shape)),
        shows=lambda g: batch(g) > 1,
        kinds=ALL,
    ),
    Mistake(
        "last input repeated",
        arrays(x=lambda a, g: np.broadcast_to(a["x"][:, -1:], a["x"].shape)),
        shows=later,
        kinds=ALL,
    ),
    Mistake(
        "sigmoid of negative",
        step={"f": lambda v: sigmoid(-v.z_f - v.p["f"] * v.c)},
        kinds=LSTMS,
        shows=lambda g: later(g) or started(g),
    ),
    Mistake("i twice", step={"c_new": lambda v: v.f * v.c + v.i * v.i * v.g}, kinds=LSTMS),
    Mistake("h from f", step={"y": lambda v: v.f * np.tanh(v.c_new)}, kinds=LSTMS),
    Mistake("g two steps", step={"c_new": lambda v: v.f * (v.c + v.i * v.g)}, kinds=LSTMS),
    Mistake(
        "c mean", step={"c_new": lambda v: np.float32(0.5) * (v.f * v.c + v.i * v.g)}, kinds=LSTMS
    ),
    Mistake(
        "U h added outside",
        step={"g": lambda v: np.tanh(v.x @ v.W["c"] + v.b["c"]) + v.h @ v.U["c"]},
        kinds=LSTMS,
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "b outside",
        step={"g": lambda v: np.tanh(v.x @ v.W["c"] + v.h @ v.U["c"]) + v.b["c"]},
        kinds=LSTMS,
    ),
)
