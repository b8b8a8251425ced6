"""Mistakes that were seen in implementations, and some that nobody has seen yet."""

from itertools import permutations

import numpy as np
from wrong_lstm import GATES, Mistake, hard_sigmoid, joined, lecun_tanh, sigmoid, split, weighted

LSTMS = ("lstm", "peephole", "projected")
GRUS = ("gru", "gru_after")
ALL = (*LSTMS, *GRUS)


def steps(given):
    return given.arrays["x"].shape[1]


def batch(given):
    return len(given.arrays["x"])


def later(given):
    return steps(given) > 1


def started(given):
    return bool(given.arrays["h_0"].any())


def square(given):
    return given.units > 1 and given.arrays["U"].shape[0] == given.units


def reordered(order, names=("W", "U", "b", "b_2")):
    """Gates of these arrays stand in another order."""

    def change(given):
        arrays = given.arrays
        return given.with_arrays(
            **{name: joined(split(arrays[name], given), order) for name in names}
        )

    return change


def arrays(**changes):
    def change(given):
        a = given.arrays
        return given.with_arrays(**{name: compute(a, given) for name, compute in changes.items()})

    return change


def orders():
    """Every other order of all arrays; and some of the kernel alone, or the biases alone."""
    for order in permutations(GATES):
        if order != tuple(GATES):
            yield Mistake(f"order {''.join(order)}", reordered(order), kinds=LSTMS)
    for names in (["W"], ["U"], ["b", "b_2"]):
        yield Mistake(f"order of {names[0]}", reordered("icfo", names), kinds=LSTMS)
    yield Mistake("gru-order", reordered("rzh"), kinds=GRUS)
    yield Mistake("gru-bias-order", reordered("rzh", ["b", "b_2"]), kinds=GRUS)


def peepholes_in(order):
    return arrays(p=lambda a, g: joined(split(a["p"], g, "ifo"), order))


def interleaved(array, given):
    """Read unit by unit what stands gate by gate."""
    units, gates = given.units, len(given.gates)
    return array.reshape(*array.shape[:-1], units, gates).swapaxes(-1, -2).reshape(array.shape)


def flat(array, _given):
    return array.ravel().reshape(array.shape, order="F")


def turned(name):
    def change(a, given):
        parts = split(a[name], given)
        return joined({gate: part.T for gate, part in parts.items()}, given.gates)

    return change


def split_the_other_way(given):
    a, both = given.arrays, np.concatenate([given.arrays["W"], given.arrays["U"]])
    size = len(a["U"])
    return given.with_arrays(U=both[:size], W=both[size:])


def added(gate, amount):
    def change(a, given):
        parts = split(a["b"], given)
        return joined({**parts, gate: parts[gate] + np.float32(amount)}, given.gates)

    return arrays(b=change)


def one_for_all(name, gate):
    def change(a, given):
        return joined(dict.fromkeys(given.gates, split(a[name], given)[gate]), given.gates)

    return change


def reversed_steps(outputs):
    return {**outputs, "sequence_out": outputs["sequence_out"][:, ::-1]}


def reshaped_x(a, _given):
    count, size, inputs = a["x"].shape
    return a["x"].reshape(size, count, inputs).swapaxes(0, 1)


def batch_and_time(given):
    """Processes (batch, T) as (T, batch), from zero."""
    a = given.arrays
    h_0, c_0 = (np.zeros((steps(given), a[s].shape[1]), np.float32) for s in ("h_0", "c_0"))
    return given.with_arrays(x=a["x"].swapaxes(0, 1), h_0=h_0, c_0=c_0)


def back_in_order(outputs):
    return {"sequence_out": outputs["sequence_out"].swapaxes(0, 1)}


def scrambled(outputs):
    """Outputs reshaped to exchange batch and time."""
    values = outputs["sequence_out"]
    count, size, units = values.shape
    mixed = values.reshape(size, count, units).swapaxes(0, 1)
    return {**outputs, "sequence_out": mixed}


def peephole_outside(v, gate, state):
    return sigmoid(getattr(v, f"z_{gate}")) + v.p[gate] * state


def both(given):
    return later(given) and batch(given) > 1


CATALOGUE = (
    *orders(),
    Mistake("peephole-order iof", peepholes_in("iof"), kinds=("peephole",)),
    Mistake("peephole-order fio", peepholes_in("fio"), kinds=("peephole",)),
    Mistake(
        "interleaved",
        arrays(
            **{n: (lambda n: lambda a, g: interleaved(a[n], g))(n) for n in ("W", "U", "b", "b_2")}
        ),
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
        step={
            f"z_{gate}": (lambda gate: lambda v: v.x @ v.W[gate] + v.b[gate])(gate)
            for gate in GATES
        },
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
            step={
                gate: (
                    lambda gate: (
                        lambda v: hard_sigmoid(slope)(
                            getattr(v, f"z_{gate}") + v.p[gate] * (v.c_new if gate == "o" else v.c)
                        )
                    )
                )(gate)
                for gate in "ifo"
            },
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
"""Of no catalogue."""
