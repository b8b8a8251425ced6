"""What mistakes do with arrays, states and outputs, and where they show."""

from itertools import permutations

import numpy as np
from wrong_lstm import GATES, Mistake, hard_sigmoid, joined, sigmoid, split

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


def all_interleaved(given):
    names = ("W", "U", "b", "b_2")
    return given.with_arrays(**{n: interleaved(given.arrays[n], given) for n in names})


def from_inputs(gate, v):
    return v.x @ v.W[gate] + v.b[gate]


def hard_gate(slope, gate, v):
    seen = v.c_new if gate == "o" else v.c
    return hard_sigmoid(slope)(getattr(v, f"z_{gate}") + v.p[gate] * seen)
