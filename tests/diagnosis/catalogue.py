"""Mistakes that were seen in implementations."""

from functools import partial

import numpy as np
from planting import (
    ALL,
    GRUS,
    LSTMS,
    added,
    all_interleaved,
    arrays,
    back_in_order,
    batch,
    batch_and_time,
    both,
    flat,
    from_inputs,
    hard_gate,
    later,
    one_for_all,
    orders,
    peephole_outside,
    peepholes_in,
    reshaped_x,
    reversed_steps,
    scrambled,
    split_the_other_way,
    square,
    started,
    turned,
)
from wrong_lstm import GATES, Mistake, joined, sigmoid, split, weighted

CATALOGUE = (
    *orders(),
    Mistake("peephole-order iof", peepholes_in("iof"), kinds=("peephole",)),
    Mistake("peephole-order fio", peepholes_in("fio"), kinds=("peephole",)),
    Mistake(
        "interleaved",
        all_interleaved,
        kinds=ALL,
        shows=lambda g: g.units > 1,
    ),
    Mistake(
        "W flat", arrays(W=lambda a, g: flat(a["W"], g)), shows=lambda g: len(g.arrays["W"]) > 1
    ),
    Mistake(
        "U flat", arrays(U=lambda a, g: flat(a["U"], g)), shows=lambda g: len(g.arrays["U"]) > 1
    ),
    Mistake(
        "flat-order",
        arrays(W=lambda a, g: flat(a["W"], g), U=lambda a, g: flat(a["U"], g)),
        shows=lambda g: g.units > 1,
    ),
    Mistake("U-transposed", arrays(U=turned("U")), shows=square, kinds=("lstm", "peephole", *GRUS)),
    Mistake(
        "W-transposed",
        arrays(W=turned("W")),
        shows=lambda g: len(g.arrays["W"]) == g.units > 1,
        kinds=("lstm", "peephole", *GRUS),
    ),
    Mistake("x-h-swapped", split_the_other_way, kinds=("lstm",)),
    Mistake("one-W-for-all", arrays(W=one_for_all("W", "i")), kinds=LSTMS),
    Mistake("one-U-for-all", arrays(U=one_for_all("U", "f")), kinds=LSTMS),
    # Biases.
    Mistake("second-bias-dropped", arrays(b_2=lambda a, g: 0 * a["b_2"])),
    Mistake("first-bias-dropped", arrays(b=lambda a, g: 0 * a["b"])),
    Mistake("first-bias-doubled", arrays(b_2=lambda a, g: a["b"])),
    Mistake("bias-doubled", arrays(b=lambda a, g: 2 * a["b"] + a["b_2"]), kinds=ALL),
    Mistake(
        "bias-missing", arrays(b=lambda a, g: 0 * a["b"], b_2=lambda a, g: 0 * a["b_2"]), kinds=ALL
    ),
    Mistake("forget-bias-not-added", added("f", -1), kinds=LSTMS),
    Mistake("forget-bias-twice", added("f", 1), kinds=LSTMS),
    Mistake(
        "forget-bias-first-step-only",
        step={"z_f": lambda v: weighted("f")(v) - np.float32(0 if v.first else 1)},
        shows=later,
        kinds=LSTMS,
    ),
    Mistake(
        "one-bias-for-three",
        arrays(
            b=lambda a, g: joined(
                {
                    **dict.fromkeys("ifo", split(a["b"] + a["b_2"], g)["o"]),
                    "c": split(a["b"] + a["b_2"], g)["c"],
                },
                GATES,
            ),
            b_2=lambda a, g: 0 * a["b_2"],
        ),
        kinds=LSTMS,
    ),
    Mistake(
        "one-bias-for-all",
        arrays(b=one_for_all("b", "o"), b_2=one_for_all("b_2", "o")),
        kinds=LSTMS,
    ),
    Mistake(
        "candidate-bias-missing",
        step={"z_c": lambda v: v.x @ v.W["c"] + v.h @ v.U["c"]},
        kinds=LSTMS,
    ),
    # States.
    Mistake(
        "h-c-swapped",
        arrays(h_0=lambda a, g: a["c_0"], c_0=lambda a, g: a["h_0"]),
        shows=started,
        kinds=("lstm", "peephole"),
    ),
    Mistake(
        "initial-state-ignored",
        arrays(h_0=lambda a, g: 0 * a["h_0"], c_0=lambda a, g: 0 * a["c_0"]),
        shows=started,
        kinds=ALL,
    ),
    Mistake("h_0-ignored", arrays(h_0=lambda a, g: 0 * a["h_0"]), shows=started, kinds=LSTMS),
    Mistake("c_0-ignored", arrays(c_0=lambda a, g: 0 * a["c_0"]), shows=started, kinds=LSTMS),
    Mistake("not-reset", run={"carried": True}, shows=lambda g: batch(g) > 1, kinds=ALL),
    Mistake(
        "reset-each-step",
        step={
            "z_i": lambda v: (setattr(v, "h", 0 * v.h), setattr(v, "c", 0 * v.c), weighted("i")(v))[
                2
            ]
        },
        shows=lambda g: later(g) or started(g),
        kinds=LSTMS,
    ),
    Mistake(
        "recurrence-missing",
        step={f"z_{gate}": partial(from_inputs, gate) for gate in GATES},
        shows=lambda g: later(g) or started(g),
        kinds=LSTMS,
    ),
    Mistake(
        "stale-c",
        step={"y": lambda v: v.o * np.tanh(v.c)},
        shows=lambda g: later(g) or started(g),
        kinds=LSTMS,
    ),
    Mistake(
        "batch-time-swapped",
        batch_and_time,
        seen=back_in_order,
        shows=lambda g: both(g) and not started(g),
        kinds=ALL,
    ),
    Mistake("reshape-for-transpose", arrays(x=reshaped_x), shows=both, kinds=ALL),
    Mistake("outputs-reshaped", seen=scrambled, shows=both, kinds=ALL),
    Mistake(
        "state-h-c-returned-swapped",
        seen=lambda o: {**o, "state_h": o["state_c"], "state_c": o["state_h"]},
        kinds=("lstm", "peephole"),
    ),
    # Activations.
    *(
        Mistake(
            f"hard-sigmoid {name}",
            step={gate: partial(hard_gate, slope, gate) for gate in "ifo"},
            kinds=LSTMS,
        )
        for name, slope in (("0.2", 0.2), ("1/6", 1 / 6))
    ),
    Mistake("tanh-missing-on-output", step={"y": lambda v: v.o * v.c_new}, kinds=LSTMS),
    Mistake("tanh-on-c", step={"c_new": lambda v: np.tanh(v.f * v.c + v.i * v.g)}, kinds=LSTMS),
    Mistake(
        "tanh-on-output",
        seen=lambda o: {**o, "sequence_out": np.tanh(o["sequence_out"])},
        kinds=ALL,
    ),
    Mistake(
        "tanh-on-h",
        step={"h_new": lambda v: np.tanh(v.y if v.P is None else v.y @ v.P)},
        kinds=LSTMS,
    ),
    Mistake("gate-tanh", step={"i": lambda v: np.tanh(v.z_i + v.p["i"] * v.c)}, kinds=LSTMS),
    Mistake("candidate-sigmoid", step={"g": lambda v: sigmoid(v.z_c)}, kinds=LSTMS),
    Mistake(
        "f-g-activations-swapped",
        step={
            "i": lambda v: np.tanh(v.z_i + v.p["i"] * v.c),
            "f": lambda v: np.tanh(v.z_f + v.p["f"] * v.c),
            "o": lambda v: np.tanh(v.z_o + v.p["o"] * v.c_new),
            "g": lambda v: sigmoid(v.z_c),
        },
        kinds=LSTMS,
    ),
    Mistake(
        "f-h-activations-swapped",
        step={
            "i": lambda v: np.tanh(v.z_i + v.p["i"] * v.c),
            "f": lambda v: np.tanh(v.z_f + v.p["f"] * v.c),
            "o": lambda v: np.tanh(v.z_o + v.p["o"] * v.c_new),
            "y": lambda v: v.o * sigmoid(v.c_new),
        },
        kinds=LSTMS,
    ),
    Mistake("output-sigmoid", step={"y": lambda v: v.o * sigmoid(v.c_new)}, kinds=LSTMS),
    Mistake("i + g", step={"c_new": lambda v: v.f * v.c + v.i + v.g}, kinds=LSTMS),
    Mistake("f * g", step={"c_new": lambda v: v.f * v.c + v.f * v.g}, kinds=LSTMS),
    Mistake("o + f", step={"o": lambda v: sigmoid(v.z_o + v.p["o"] * v.c_new + v.f)}, kinds=LSTMS),
    # Peepholes, coupling, clip, projection.
    Mistake(
        "peephole-after-activation",
        step={
            "i": lambda v: peephole_outside(v, "i", v.c),
            "f": lambda v: peephole_outside(v, "f", v.c),
            "o": lambda v: peephole_outside(v, "o", v.c_new),
        },
        kinds=("peephole",),
    ),
    Mistake(
        "o-peephole-sees-last-c",
        step={"o": lambda v: sigmoid(v.z_o + v.p["o"] * v.c)},
        kinds=("peephole",),
    ),
    Mistake("peepholes-ignored", arrays(p=lambda a, g: 0 * a["p"]), kinds=("peephole",)),
    Mistake(
        "coupled f",
        step={"f": lambda v: 1 - v.i},
        kinds=LSTMS,
        shows=lambda g: later(g) or started(g),
    ),
    Mistake(
        "coupled i",
        step={
            "i": lambda v: np.float32(0),
            "f": lambda v: sigmoid(v.z_f + v.p["f"] * v.c),
            "c_new": lambda v: v.f * v.c + (1 - v.f) * v.g,
        },
        kinds=LSTMS,
    ),
    Mistake(
        "clip-on-c",
        step={"c_new": lambda v: np.clip(v.f * v.c + v.i * v.g, -0.5, 0.5)},
        kinds=LSTMS,
    ),
    Mistake(
        "projection before tanh",
        step={"h_new": lambda v: (v.o * v.c_new) @ v.P},
        kinds=("projected",),
    ),
    # Sequences.
    Mistake("inputs-reversed", arrays(x=lambda a, g: a["x"][:, ::-1]), shows=later, kinds=ALL),
    Mistake("outputs-reversed", seen=reversed_steps, shows=later, kinds=ALL),
    Mistake(
        "other-direction",
        arrays(x=lambda a, g: a["x"][:, ::-1]),
        seen=reversed_steps,
        shows=later,
        kinds=ALL,
    ),
    # GRU.
    Mistake(
        "reset-after",
        step={"g": lambda v: np.tanh(v.x @ v.W["h"] + v.r * (v.h @ v.U["h"]) + v.b["h"])},
        kinds=("gru",),
        shows=lambda g: g.units > 1 and (later(g) or started(g)),
    ),
    Mistake(
        "reset-before",
        step={
            "g": lambda v: np.tanh(v.x @ v.W["h"] + v.b["h"] + (v.r * v.h) @ v.U["h"] + v.b["r_h"])
        },
        kinds=("gru_after",),
        shows=lambda g: g.units > 1,
    ),
    Mistake(
        "gru-bias-outside-reset",
        step={
            "g": lambda v: np.tanh(v.x @ v.W["h"] + v.b["h"] + v.r * (v.h @ v.U["h"]) + v.b["r_h"])
        },
        kinds=("gru_after",),
    ),
    Mistake("1 - z", step={"h_new": lambda v: (1 - v.z) * v.h + v.z * v.g}, kinds=GRUS),
)
