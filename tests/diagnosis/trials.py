"""Random layers with mistakes in them, and whether what is said of one holds for others, too."""

from dataclasses import dataclass, replace

import numpy as np
from own_cells import GRU, GRUAfter
from wrong_lstm import GATES, Given, run, split

from symlstm import LSTM, PeepholeLSTM, ProjectedLSTM
from symlstm.diagnosis.given import setup_of
from symlstm.diagnosis.mistakes.hypotheses import hypotheses
from symlstm.diagnosis.screening.observed import Observed, distances
from symlstm.numbers.arrays import rational_array

ORDERS = {
    "gru": tuple("zrh"),
    "gru_after": tuple("zrh"),
}
CELLS = {"lstm": LSTM, "peephole": PeepholeLSTM, "gru": GRU, "gru_after": GRUAfter}
CLEAR = 1e-3
"""A mistake shows if it changes outputs by so much, relative to the largest of them."""


@dataclass(frozen=True)
class Trial:
    """What is given to an implementation, and the layer of symlstm that should be it."""

    given: Given
    layer: object

    @property
    def arguments(self):
        a = self.given.arrays
        states = (a["h_0"],) if self.given.kind in ORDERS else (a["h_0"], a["c_0"])
        lengths = {} if a["lengths"] is None else {"sequence_lens": a["lengths"]}
        return {"initial_state": [rational_array(s) for s in states], **lengths}

    def actual(self, mistakes, kind="sequence"):
        outputs = run(self.given, mistakes)
        return outputs if kind == "all" else {"sequence_out": outputs["sequence_out"]}


def drawn(seed, kind, *, sizes=None, lengths=False):
    """Return a trial of random numbers, and of random sizes where these are not given."""
    rng = np.random.default_rng(seed)
    if sizes is None:
        sizes = {
            "units": int(rng.integers(1, 9)),
            "inputs": int(rng.integers(1, 6)),
            "steps": int(rng.integers(1, 13)),
            "batch": int(rng.integers(1, 5)),
            "started": bool(rng.integers(0, 2)),
        }
    units, inputs, steps, batch = (sizes[k] for k in ("units", "inputs", "steps", "batch"))
    gates = ORDERS.get(kind, tuple(GATES))
    size = max(1, units // 2) if kind == "projected" else units

    def random(*shape, scale=0.7):
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    arrays = {
        "W": random(inputs, len(gates) * units),
        "U": random(size, len(gates) * units),
        "b": random(len(gates) * units),
        "b_2": random(len(gates) * units) * (kind == "lstm"),
        "p": random(3 * units) if kind == "peephole" else None,
        "P": random(units, size) if kind == "projected" else None,
        "x": random(batch, steps, inputs, scale=1),
        "h_0": random(batch, size) * sizes["started"],
        "c_0": random(batch, units, scale=1) * sizes["started"],
        "lengths": rng.integers(1, steps + 1, batch) if lengths else None,
    }
    if kind == "gru_after":
        arrays["b_r"] = random(units)
    given = Given(kind, gates, units, arrays)
    return Trial(given, layer_of(given, inputs)), sizes


def layer_of(given, inputs):
    a = given.arrays
    biases = [rational_array(a["b"]), rational_array(a["b_2"])]
    weights = {"kernel": a["W"], "recurrent_kernel": a["U"], "bias": biases[0] + biases[1]}
    if given.kind == "peephole":
        weights["peephole"] = a["p"]
    if given.kind == "projected":
        cell = ProjectedLSTM(given.units, inputs, proj_size=a["P"].shape[1])
        return cell.bind(**weights, projection=a["P"])
    if given.kind == "gru_after":
        names = ["r_h", *given.gates]
        del weights["bias"]
        parts = {**split(biases[0], given), "r_h": rational_array(a["b_r"])}
        weights |= {f"b_{name}": parts[name] for name in names}
    layer = CELLS[given.kind](given.units, inputs).bind(**weights)
    if given.kind != "lstm":
        return layer
    parts = [split(bias, given) for bias in biases]
    return replace(layer, bias_parts={f"b_{g}": tuple(p[g] for p in parts) for g in GATES})


def shows(trial, mistakes):
    """Whether every one of the mistakes changes what comes out, whatever the others do."""
    whole = trial.actual(mistakes)["sequence_out"]
    for k in range(len(mistakes)):
        rest = trial.actual((*mistakes[:k], *mistakes[k + 1 :]))["sequence_out"]
        if rest.shape != whole.shape or not np.isfinite(whole).all():
            return False
        if abs(rest - whole).max() < CLEAR * abs(whole).max():
            return False
    return True


def holds(faults, trial, mistakes):
    """Whether mistakes that the diagnosis found are those planted, in another trial, too."""
    exact = setup_of(trial.layer, trial.given.arrays["x"], *_rest(trial))
    setup = exact.in_floats()
    for fault in faults:
        setup = fault.made_in(setup)
        if setup is None:
            return False
    seen = trial.actual(mistakes)
    values = {name: _over_time(value) for name, value in seen.items()}
    (distance,) = distances(Observed(values, "float32"), [setup])
    return distance < CLEAR / 10


def _over_time(values):
    return np.asarray(values if values.ndim == 3 else values[:, None], dtype=np.float64)


def _rest(trial):
    return trial.arguments["initial_state"], None, trial.arguments.get("sequence_lens")


def named(names, trial):
    """Return the mistakes of these names, of those that could be made in a trial."""
    setup = setup_of(trial.layer, trial.given.arrays["x"], *_rest(trial))
    known = {}
    for fault in hypotheses(setup):
        for name in (fault.name, *fault.also):
            known.setdefault(name, fault)
    for name in names:
        parts = name.split(" + ")
        for k in range(len(parts)):
            halves = [
                " + ".join(parts[: k + 1]),
                *([" + ".join(parts[k + 1 :])] * (k + 1 < len(parts))),
            ]
            if all(half in known for half in halves):
                yield [known[half] for half in halves]
