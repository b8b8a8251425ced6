"""Mistakes between steps, and which of several names comes first, by an LSTM in NumPy."""

import numpy as np
import pytest
from wrong_lstm import sigmoid

from symlstm import LSTM, Network, OnnxLSTM, ProjectedLSTM, SimpleRNN, diagnose
from symlstm.diagnosis.given import setup_of
from symlstm.passes.mutate import mutations

UNITS, SIZE, STEPS = 3, 2, 5
GATES = "ifco"


def drawn(seed=4):
    rng = np.random.default_rng(seed)
    shapes = {"W": (UNITS, SIZE), "U": (UNITS, UNITS), "b": (UNITS,)}
    weights = {
        m: {g: rng.normal(size=shape).astype(np.float32) for g in GATES}
        for m, shape in shapes.items()
    }
    x, P = rng.normal(size=(2, STEPS, SIZE)), rng.normal(size=(UNITS, UNITS))
    return weights, x.astype(np.float32), P.astype(np.float32)


def zeros():
    return np.zeros((2, UNITS), np.float32)


def lstm(weights, inputs, wrong="", P=None):
    """Return the outputs of a program with a mistake, of any number of steps."""
    W, U, b = weights["W"], weights["U"], weights["b"]
    h, h_older, c, x_older, out = zeros(), zeros(), zeros(), 0 * inputs[:, 0], []
    for x in inputs.swapaxes(0, 1):
        read = dict.fromkeys(GATES, (x, h))
        if wrong == "older x in f":
            read["f"] = x_older, h
        if wrong == "older h":
            read = dict.fromkeys(GATES, (x, h_older))
        i, f, new, o = (read[g][0] @ W[g].T + read[g][1] @ U[g].T + b[g] for g in GATES)
        i, f, new, o = sigmoid(i), sigmoid(f), np.tanh(new), sigmoid(o)
        c = f * (c + i * new) if wrong == "bracket" else f * c + i * new * (-1) ** (wrong == "sign")
        c = np.clip(c, -0.5, 0.5) if wrong == "clip of c" else c
        x_older, h_older, h = x, h, o * np.tanh(c)
        out.append(h if P is None else h @ P.T)
        h = h if P is None or wrong == "projected late" else out[-1]
    return np.stack(out, 1).astype(np.float32)


NAMED = {
    "older x in f": "x_{t-1}-for-x_t-in-z_{f,t}",
    "older h": "h_{t-2}-for-h_{t-1}-everywhere",
    "projected late": "o_t⊙tanh(c_t)-handed-on-not-h_t",
    "clip of c": "clip(limit=1/2)-applied-to-c_t-alone",
    "bracket": "f_t-a-factor-of-whole-sum-in-c_t",
    "sign": "i_t⊙c̃_t-has-other-sign-in-c_t",
}
"""What each mistake is called first, also where others give the same."""


def layer_for(wrong, weights, P):
    if wrong == "clip of c":
        return OnnxLSTM(UNITS, SIZE, clip="1/2").bind(**weights), None
    if wrong == "projected late":
        cell = ProjectedLSTM(UNITS, SIZE, proj_size=UNITS)
        return cell.bind(**weights, projection=P.T), P
    return LSTM(UNITS, SIZE).bind(**weights), None


@pytest.mark.parametrize("wrong", NAMED)
def test_it_is_named_first_and_makes_the_same_outputs(wrong):
    weights, x, P = drawn()
    layer, projection = layer_for(wrong, weights, P)
    actual = lstm(weights, x, wrong, projection)
    diagnosis = diagnose(layer, x, actual, max_faults=1)
    assert diagnosis.best.names == (NAMED[wrong],)
    assert np.allclose(diagnosis.best.outputs["sequence_out"], actual, rtol=0, atol=1e-6)


def test_a_forget_bias_that_is_missing_is_called_so_where_step_one_cannot_show_it():
    weights, x, _ = drawn()
    less = {**weights["b"], "f": weights["b"]["f"] - 1}
    layer = LSTM(UNITS, SIZE).bind(**weights)
    best = diagnose(layer, x, lstm({**weights, "b": less}, x), max_faults=1).best
    assert best.names == ("forget-bias-not-added",)
    assert "forget-bias-first-step-only" in best.equivalent


def test_gradients_alone_that_nothing_explains_are_told():
    layer = SimpleRNN(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    noise = {"kernel": np.float32([[0.1234567]])}
    diagnosis = diagnose(layer, [1, "1/2"], gradients=noise, max_faults=1)
    assert str(diagnosis).startswith("Unexplained")
    assert "gates" not in str(diagnosis)


def test_what_is_kept_longer_in_a_network_is_of_the_size_of_each_layer():
    layers = [LSTM(1, 2), LSTM(1, 1)]
    layers = [cell.bind(kernel="1/2", recurrent_kernel=1, bias=0) for cell in layers]
    network = Network([[layers[0]], [layers[1]]])
    trace = network.reference([[1, 2], [3, -1], [0, 1]], dtype="float32")
    actual = {"sequence_out": trace.sequence_out, "state_h": np.stack([trace.state_h[0]] * 2)}
    assert diagnose(network, [[1, 2], [3, -1], [0, 1]], actual, max_faults=1).verdict != "right"


@pytest.mark.parametrize("cell", [LSTM(2, 2), ProjectedLSTM(2, 2, proj_size=2)])
def test_every_mutation_has_a_name_of_its_own_which_is_one_word(cell):
    for program in (cell.program, LSTM(2, 2).program):
        names = [one.name for one in mutations(program)]
        assert len(set(names)) == len(names)
        assert not any(" " in name for name in names)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_not_explained(bad):
    layer = SimpleRNN(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    actual = layer.reference([1, 2, 3, 4], dtype="float32").sequence_out
    actual = np.concatenate([actual[:2], np.full(2, bad, np.float32)])
    assert diagnose(layer, [1, 2, 3, 4], actual, max_faults=1).verdict == "unexplained"


def test_equal_cells_share_their_equations_so_that_mutations_are_found_again_by_identity():
    setups = [
        setup_of(LSTM(1).bind(kernel=k, recurrent_kernel=1, bias=0), [1], None, None, None)
        for k in (1, 2)
    ]
    assert setups[0].parts[0].cell is setups[1].parts[0].cell
