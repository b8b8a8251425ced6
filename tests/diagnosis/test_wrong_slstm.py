"""Mistakes of the sLSTM, of layer normalisation and of softmax, in programs written by hand."""

from dataclasses import dataclass

import numpy as np
import pytest

from symlstm import SLSTM, LayerNormLSTM, SimpleRNN, diagnose
from symlstm.cells.gated import GatedCell
from symlstm.equations import Equation, add, divide, square

UNITS, INPUTS, STEPS, BATCH = 3, 2, 3, 2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def drawn(cell, seed, scale=0.5):
    """Return a layer of random float32 weights, those by name, inputs and initial states."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return (scale * rng.normal(size=shape)).astype("f4")

    weights = {
        name: draw(*(w.shape if w in cell.matrices else w.shape[:1]))
        for name, w in cell.weights.items()
    }
    states = {name: draw(BATCH, cell.units) for name in cell.states}
    if "n" in states:  # what divides is no zero
        states["n"] = np.abs(states["n"]) + np.float32(0.1)
    if "m" in states:  # f is larger than i at first: n can be below 1
        states["m"] += np.float32(2)
    return cell.bind(**weights), weights, draw(BATCH, STEPS, INPUTS), states


def told(layer, x, states, actual, parts):
    """Require that a mistake is found, and that one of some parts is in its name."""
    diagnosis = diagnose(layer, x, actual, initial_state=[*states.values()], max_faults=1)
    assert diagnosis.verdict == "explained", str(diagnosis)
    names = (*diagnosis.best.names, *diagnosis.best.equivalent)
    assert any(part in name for name in names for part in parts), names


# The sLSTM.


OF_THE_GATES = {"order": "ziof", "f and i": "zfio"}
OF_THE_QUOTIENT = {
    "not divided": lambda c, n: c,
    "n over c": lambda c, n: n / c,
    "clamped": lambda c, n: c / np.maximum(n, 1),
    "tanh": lambda c, n: np.tanh(c) / n,
    "tanh of all": lambda c, n: np.tanh(c / n),
    "epsilon": lambda c, n: c / (n + np.float32(1e-5)),
}
OF_THE_STABILISER = {"sum": np.add, "min": np.minimum}


def slstm(w, inputs, s, wrong=None):
    """Return outputs and states over time of the stabilised sLSTM, or with a mistake in it."""
    h, m, c, n = s.values()
    names = OF_THE_GATES.get(wrong, "zifo")
    compared = OF_THE_STABILISER.get(wrong, np.maximum)
    found = []
    for x in inputs.swapaxes(0, 1):
        z, i, f, o = (x @ w[f"W_{g}"].T + h @ w[f"U_{g}"].T + w[f"b_{g}"] for g in names)
        f = f if wrong == "exponential f" else np.log(sigmoid(f))
        longest = f if wrong == "no m_{t-1}" else f + m
        m = compared(longest, i)
        i, f = np.exp(i - m), np.exp(longest - m)
        c = f * c + i * np.tanh(z)
        n = f * n if wrong == "no i in n" else f * n + i
        h = sigmoid(o) * OF_THE_QUOTIENT.get(wrong, lambda c, n: c / n)(c, n)
        found.append((h, m, c, n))
    over_time = (np.stack(one, axis=1) for one in zip(*found, strict=True))
    return dict(zip(s, over_time, strict=True))


OF_SLSTM = {
    "order": ("order-z-i-o-f",),
    "f and i": ("order-z-f-i-o",),
    "exponential f": ("log_sigmoid-missing-in-l_t",),
    "no m_{t-1}": ("m_{t-1}-missing", "m_{t-1}-zero"),
    "no i in n": ("i_t-missing-in-n_t",),
    "not divided": ("c_t-not-divided-by-n_t",),
    "n over c": ("n_t⊘c_t-for-c_t⊘n_t",),
    "clamped": ("max(1-n_t)-divides",),
    "epsilon": ("1e-5-added-to-n_t",),
    "tanh": ("tanh-of-c_t-for-c_t-in-h_t",),
    "tanh of all": ("tanh-of-c_t⊘n_t",),
}
"""What is in a mistake's name; of those that are the same mistake, one of them."""


@pytest.mark.parametrize("wrong", OF_SLSTM)
def test_a_mistake_of_an_slstm_is_named(wrong):
    layer, w, x, states = drawn(SLSTM(UNITS, INPUTS), 1)
    told(layer, x, states, slstm(w, x, states, wrong)["h"], OF_SLSTM[wrong])


@pytest.mark.parametrize(
    ("wrong", "name"), [("sum", "sum-for-max"), ("min", "smaller-one-for-max")]
)
def test_outputs_do_not_show_another_stabiliser_and_states_do(wrong, name):
    layer, w, x, states = drawn(SLSTM(UNITS, INPUTS), 2)
    actual = slstm(w, x, states, wrong)
    assert diagnose(layer, x, actual["h"], initial_state=[*states.values()]).verdict == "right"
    seen = {"sequence_out": actual["h"], "m": actual["m"], "n": actual["n"]}
    told(layer, x, states, seen, [name])


def test_the_unstabilised_form_is_right_of_a_stabilised_program():
    cell = SLSTM(UNITS, INPUTS, stabilised=False)
    layer, w, x, states = drawn(cell, 3)
    start = {name: states.get(name, np.zeros_like(states["h"])) for name in "hmcn"}
    actual = slstm(w, x, start)["h"]
    assert diagnose(layer, x, actual, initial_state=[*states.values()]).verdict == "right"


# Layer normalisation.


EPSILON = np.float32(1e-3)


def normed(z, epsilon=EPSILON, root=np.sqrt, centre=True, over=0, outside=0):
    mean = z.mean(-1, keepdims=True)
    moved = z - mean if centre else z
    squares = (moved * moved).sum(-1, keepdims=True) / np.float32(z.shape[-1] - over)
    return moved / (root(squares + epsilon) + np.float32(outside))


NORMS = {
    "1e-5": lambda z: normed(z, np.float32(1e-5)),
    "1e-12": lambda z: normed(z, np.float32(1e-12)),
    "added to the root": lambda z: normed(z, 0, outside=EPSILON),
    "unbiased": lambda z: normed(z, over=1),
    "root mean square": lambda z: normed(z, centre=False),
    "no root": lambda z: normed(z, root=np.abs),
    "missing": lambda z: z,
    "centred": lambda z: z - z.mean(-1, keepdims=True),
}


def all_together(z, w):
    whole = normed(np.concatenate([*z.values()], axis=-1))
    parts = dict(zip(z, np.split(whole, len(z), axis=-1), strict=True))
    return {g: w[f"gamma_{g}"] * one + w[f"b_{g}"] for g, one in parts.items()}


def layer_norm_lstm(w, inputs, s, wrong=None, before=("bias before",)):
    """Return the outputs of an LSTM with layer normalisation, or with a mistake in it."""
    (h, c), found = s.values(), []
    norm = NORMS.get(wrong, normed)
    for x in inputs.swapaxes(0, 1):
        xs = {g: x @ w[f"W_{g}"].T for g in "ifco"}
        hs = {g: h @ w[f"U_{g}"].T for g in "ifco"}
        z = {g: xs[g] + hs[g] + (w[f"b_{g}"] if wrong in before else 0) for g in "ifco"}
        gain = {g: 1 if wrong == "no gain" else w[f"gamma_{g}"] for g in "ifco"}
        bias = {g: 0 if wrong in before else w[f"b_{g}"] for g in "ifco"}
        bias["f"] = bias["f"] + np.float32(wrong == "forget bias")
        a = {g: gain[g] * norm(z[g]) + bias[g] for g in "ifco"}
        if wrong == "together":
            a = all_together(z, w)
        if wrong == "apart":
            a = {g: gain[g] * (norm(xs[g]) + norm(hs[g])) + bias[g] for g in "ifco"}
        c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["c"])
        h = sigmoid(a["o"]) * np.tanh(c)
        found.append(h)
    return np.stack(found, axis=1)


OF_NORMS = {
    "1e-5": ("epsilon-1e-5-not-1/1000",),
    "1e-12": ("epsilon-1e-12-not-1/1000",),
    "added to the root": ("epsilon-added-to-root",),
    "unbiased": ("variance-over-n-1",),
    "root mean square": ("mean-not-taken-away-in-norm",),
    "no root": ("variance-divides-not-its-root",),
    "missing": ("norm-missing",),
    "centred": ("only-mean-taken-away",),
    "no gain": ("all-γ-missing-from-their-products",),
    "bias before": ("terms-with-b-added-before",),
    "together": ("norm-over-entries-of-all",),
    "apart": ("norm-of-each-term-by-itself",),
    "forget bias": ("forget-bias-twice",),
}


@pytest.mark.parametrize("wrong", OF_NORMS)
def test_a_mistake_of_a_norm_is_named(wrong):
    layer, w, x, states = drawn(LayerNormLSTM(UNITS, INPUTS), 4)
    told(layer, x, states, layer_norm_lstm(w, x, states, wrong), OF_NORMS[wrong])


def test_what_is_right_is_right():
    layer, w, x, states = drawn(LayerNormLSTM(UNITS, INPUTS), 5)
    actual = layer_norm_lstm(w, x, states)
    assert diagnose(layer, x, actual, initial_state=[*states.values()]).verdict == "right"


# Functions of whole vectors.


VECTORS = {
    "log": (lambda z: np.log(softmax(z)), ("log_softmax-for-softmax",)),
    "sigmoid": (sigmoid, ("sigmoid-for-softmax",)),
    "tanh": (np.tanh, ("tanh-for-softmax",)),
    "missing": (lambda z: z, ("softmax-missing",)),
    "negative": (lambda z: softmax(-z), ("softmax-of--1-times",)),
    "twice": (lambda z: softmax(softmax(z)), ("softmax-applied-twice",)),
}


@pytest.mark.parametrize("wrong", VECTORS)
def test_what_stands_for_softmax_is_named(wrong):
    layer, w, x, states = drawn(SimpleRNN(UNITS, INPUTS, activation="softmax"), 6)
    function, parts = VECTORS[wrong]
    (h,), found = states.values(), []
    for now in x.swapaxes(0, 1):
        h = function(now @ w["W"].T + h @ w["U"].T + w["b"])
        found.append(h)
    told(layer, x, states, np.stack(found, axis=1).astype("f4"), parts)


@dataclass(frozen=True, repr=False)
class Share(GatedCell):
    """A cell of rational numbers that divides."""

    def define(self):
        i, n, h = map(self.vector, "inh")
        weighed = Equation(i, self.phi(self.weighted("i")))
        return weighed, Equation(n, add(n.previous, square(i), "1/4")), Equation(h, divide(i, n))


def test_mistakes_that_divide_by_zero_are_none_that_explain():
    cell = Share(1, activation="relu", recurrent_activation=None)
    layer = cell.bind(W_i=1, U_i=0, b_i=0)
    inputs = np.float32([0, 0, 1, 2])  # no n ⊘ i is finite
    i = np.maximum(inputs, 0)
    actual = i * np.cumsum(i**2 + np.float32(0.25))
    diagnosis = diagnose(layer, inputs, actual)
    assert diagnosis.best.names == ("i_t-multiplied-by-n_t-in-h_t",)
    i_alone = i / np.cumsum(i + np.float32(0.25))
    assert "i_t-for-i_t²-in-n_t" in diagnose(layer, inputs, i_alone).best.names
    assert diagnose(layer, inputs, np.float32([1, 2, 3, 4])).verdict == "unexplained"
