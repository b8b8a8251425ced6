"""LSTMs and GRUs in NumPy's float32 with mistakes in them, which share no code with symlstm.

A step computes what its table says, one value after the other, from a namespace of what there is; a
mistake puts another function in a value's place, or does something with what is given or seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

GATES = "ifco"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def hard_sigmoid(slope):
    return lambda z: np.clip(np.float32(slope) * z + np.float32(0.5), 0, 1)


def lecun_tanh(z):
    return np.float32(1.7159) * np.tanh(z * np.float32(2 / 3))


def weighted(gate):
    return lambda v: v.x @ v.W[gate] + v.h @ v.U[gate] + v.b[gate]


LSTM = {
    **{f"z_{gate}": weighted(gate) for gate in GATES},
    "i": lambda v: sigmoid(v.z_i + v.p["i"] * v.c),
    "f": lambda v: sigmoid(v.z_f + v.p["f"] * v.c),
    "g": lambda v: np.tanh(v.z_c),
    "c_new": lambda v: v.f * v.c + v.i * v.g,
    "o": lambda v: sigmoid(v.z_o + v.p["o"] * v.c_new),
    "y": lambda v: v.o * np.tanh(v.c_new),
    "h_new": lambda v: v.y @ v.P if v.P is not None else v.y,
}
"""Greff et al. (2017); without peepholes p is zero, and P is that of a projection."""

GRU = {
    "z_z": weighted("z"),
    "z_r": weighted("r"),
    "z": lambda v: sigmoid(v.z_z),
    "r": lambda v: sigmoid(v.z_r),
    "g": lambda v: np.tanh(v.x @ v.W["h"] + (v.r * v.h) @ v.U["h"] + v.b["h"]),
    "h_new": lambda v: v.z * v.h + (1 - v.z) * v.g,
}
"""Cho et al. (2014), with the reset gate before the recurrent weights."""

GRU_AFTER = {
    **GRU,
    "g": lambda v: np.tanh(v.x @ v.W["h"] + v.b["h"] + v.r * (v.h @ v.U["h"] + v.b["r_h"])),
}

PROGRAMS = {"lstm": LSTM, "peephole": LSTM, "projected": LSTM, "gru": GRU, "gru_after": GRU_AFTER}


@dataclass(frozen=True)
class Given:
    """What someone gives to an implementation: arrays of float32 by name, and how it goes on.

    ``W``, ``U`` (inputs, gates * units), ``b``, ``b_2`` (gates * units), ``p`` (3 * units) or None,
    ``P`` (units, size) or None, as Keras stacks them; ``x`` (batch, T, inputs), states
    (batch, size), ``lengths`` (batch,) or None.
    """

    kind: str
    gates: tuple[str, ...]
    units: int
    arrays: Mapping[str, Any]
    backwards: bool = False

    def with_arrays(self, **arrays):
        return replace(self, arrays={**self.arrays, **arrays})


@dataclass(frozen=True)
class Mistake:
    """What someone does wrong; ``names`` are what the diagnosis may call it, if it is known.

    ``given`` takes and returns a `Given`, ``step`` replaces values of a step, ``seen`` takes and
    returns outputs by name. It shows where ``shows`` of the `Given` is true, and is one of the
    ``kinds`` of cells.
    """

    name: str
    given: Callable[[Given], Given] = lambda given: given
    step: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    seen: Callable[[dict[str, Any]], dict[str, Any]] = lambda outputs: outputs
    run: Mapping[str, Any] = field(default_factory=dict)
    shows: Callable[[Given], bool] = lambda given: True
    kinds: tuple[str, ...] = ("lstm",)
    names: tuple[str, ...] = ()


def split(array, given, gates=None):
    """Return the parts of a stacked array by gate."""
    gates = gates or given.gates
    return dict(zip(gates, np.split(array, len(gates), axis=-1), strict=True))


def joined(parts, gates):
    return np.concatenate([parts[gate] for gate in gates], axis=-1)


def run(given, mistakes=()):
    """Return the outputs by name of a layer that has mistakes, and the states that it ends in."""
    for mistake in mistakes:
        given = mistake.given(given)
    step = dict(PROGRAMS[given.kind])
    for mistake in mistakes:
        step |= mistake.step
    options = {key: value for mistake in mistakes for key, value in mistake.run.items()}
    with np.errstate(all="ignore"):
        outputs = _over_time(given, step, **options)
    for mistake in mistakes:
        outputs = mistake.seen(outputs)
    return outputs


def _over_time(given, step, *, carried=False, padding="zero", by_length=True, ended=True):
    arrays, units = given.arrays, given.units
    v = SimpleNamespace(W=split(arrays["W"], given), U=split(arrays["U"], given), P=arrays["P"])
    v.b = split(arrays["b"] + arrays["b_2"], given)
    if "b_r" in arrays:
        v.b["r_h"] = arrays["b_r"]
    nothing = np.zeros(units, dtype=np.float32)
    peepholes = arrays["p"]
    v.p = dict.fromkeys("ifo", nothing) if peepholes is None else split(peepholes, given, "ifo")
    sequences, h_0, c_0 = [], arrays["h_0"], arrays["c_0"]
    for k, inputs in enumerate(arrays["x"]):
        last = sequences[-1] if carried and sequences else None
        v.h = h_0[k] if last is None else last["h"][-1]
        v.c = c_0[k] if last is None else last["c"][-1]
        length = len(inputs) if arrays["lengths"] is None else int(arrays["lengths"][k])
        steps = range(length if ended else len(inputs))
        if given.backwards:
            steps = steps[::-1] if by_length else range(len(inputs))[::-1][: len(steps)]
        found = {"h": [], "c": []}
        for number, place in enumerate(steps):
            v.x, v.first = inputs[place], number == 0
            for name, compute in step.items():
                setattr(v, name, np.asarray(compute(v)).astype(np.float32))
            v.h, v.c = v.h_new, getattr(v, "c_new", v.c)
            found["h"].append(v.h)
            found["c"].append(v.c)
        for values in found.values():
            past = {"zero": 0 * values[-1], "held": values[-1]}[padding]
            values.extend([past] * (len(inputs) - len(values)))
        sequences.append({**found, "last": (v.h, v.c)})
    outputs = {"sequence_out": np.stack([np.stack(one["h"]) for one in sequences])}
    for place, name in enumerate(("state_h", "state_c")):
        outputs[name] = np.stack([one["last"][place] for one in sequences])
    if given.gates != tuple(GATES):
        del outputs["state_c"]
    return outputs
