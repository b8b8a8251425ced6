"""The verdict of an audit on each output, against `judge`, NumPy, fractions and frameworks."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from audited import NumpyLSTM, TorchLSTM
from components import required
from own_cells import GRU
from records import before, of_version_1

from symlstm.auditing.implementation import PlainFunction
from symlstm.auditing.summary import summarised
from symlstm.runs.network import Network
from symlstm.testing import judge
from symlstm.testing.layer_case import random_case

CASES = {"cases": 3, "steps": 5, "batch": 2}
"""Few and small."""


def at_step(number, off):
    return lambda step, f: f + np.float32(off if step == number else 0)


@pytest.mark.parametrize("off", [0, 3e-6, 1e-3])
def test_it_is_that_of_the_judge(audit, off):
    """Of all outputs of a case together, in the order of the cases."""
    implementation = NumpyLSTM(seed=2, bug=at_step(3, off))
    inputs = np.random.default_rng(0).normal(size=(3, 2, 5, 2)).astype(np.float32)
    found = audit(implementation, inputs)
    said = [
        judge(implementation.run(one), implementation.layer.reference(one, dtype="float32"))
        for one in inputs
    ]
    order = ("right", "approximated", "unexplained")
    assert found.verdict == max((one.verdict for one in said), key=order.index)
    for case, one in enumerate(said):
        ulps = [found["activation_ulp"] for found in found.results[case]["outputs"].values()]
        assert one.activation_ulp == (None if None in ulps else max(ulps))
    first = found.summary["sequence_out"].finding
    if off == 1e-3:
        assert (first.case, first.at[1]) == (0, 2)
        assert said[0].first.place.startswith(f"step 3, unit {first.at[2]}, seq")
    if off == 0:
        assert (first.case, first.at, found.verdict) == (None, (), "right")


def test_errors_are_those_of_fractions(audit):
    implementation = NumpyLSTM(seed=1)
    inputs = np.random.default_rng(4).normal(size=(3, 2, 5, 2)).astype(np.float32)
    found = audit(implementation, inputs)
    errors = found.summary["sequence_out"].errors
    actual = np.stack([implementation.run(one)["sequence_out"] for one in inputs]).ravel()
    truth = np.stack([implementation.layer.reference(one).sequence_out for one in inputs]).ravel()
    pairs = [(Fraction(float(a)), Fraction(float(b))) for a, b in zip(actual, truth, strict=True)]
    assert errors.absolute == max(abs(a - b) for a, b in pairs)
    assert errors.relative == pytest.approx(max(abs(a / b - 1) for a, b in pairs), rel=1e-14)
    norm = np.linalg.norm([float(a - b) for a, b in pairs]) / np.linalg.norm(truth.astype(float))
    assert errors.norm == pytest.approx(norm, rel=1e-14)
    orders = [summarised(found.results), summarised(found.results[::-1])]
    assert orders[0] == orders[1]


def test_what_is_infinite_and_what_is_nothing_have_errors(audit):
    layer = NumpyLSTM().layer
    for fill, times in ((0, 1), (np.inf, np.inf)):
        wrong = PlainFunction(lambda x, fill=fill: full(x, fill), layer, "float32")
        errors = audit(wrong, cases=2, steps=3).summary["sequence_out"].errors
        assert (errors.norm, errors.relative) == (times, times)


def full(x, number):
    return np.full((*x.shape[:2], 3), number, np.float32)


def test_a_wrong_gradient_alone_is_not_explained(audit):
    required("PyTorch", "torch")

    class Wrong(TorchLSTM):
        def run(self, *given):
            found = super().run(*given)
            found["gradient by kernel"][1, 4] *= 1.001
            return found

    found = audit(Wrong(NumpyLSTM().layer), **CASES).summary
    wrong = [name for name, output in found.items() if output.verdict != "right"]
    assert wrong == ["gradient by kernel"]
    assert found["gradient by kernel"].finding.at == (1, 4)


def test_float32_in_a_float64_layer_is_told_as_that(audit):
    own = NumpyLSTM()

    def rough(inputs):
        return own.run(inputs.astype(np.float32))["sequence_out"].astype(float)

    found = audit(rough, layer=own.layer, dtype="float64", **CASES)
    assert found.summary["sequence_out"].finding.coarser == "float32"
    assert "rounding in float32 explains every difference" in " ".join(str(found).split())


@pytest.mark.slow
def test_what_the_layers_of_a_network_gave_is_judged(audit):
    """By the names that the reference has for it, of which `initial_state[0]` is one."""
    case = random_case(units=2, input_dim=2)
    network = Network([[case.layer, replace(case.layer, go_backwards=True)]])
    names = (
        "layers[1].state_c",
        "layers[0].sequence_out",
        "gradient by layers[1].initial_state[0]",
    )

    class Truth:
        name, layer, dtype, gradients, off = "truth", network, "float32", True, 0

        def run(self, inputs, initial_state, grad_sequence):
            reference = network.reference(inputs, initial_state=initial_state)
            by = reference.backward(grad_sequence=grad_sequence)
            values = [
                reference.layers[1].state_c,
                reference.layers[0].sequence_out,
                by.layers[1].initial_state[0],
            ]
            values[self.off] = values[self.off] * np.float32(1.01 if self.wrong else 1)
            return dict(zip(names, values, strict=True))

    implementation = Truth()
    for implementation.off, implementation.wrong in ((0, False), (0, True), (1, True), (2, True)):
        found = audit(implementation, initial_state=True, **CASES)
        wrong = {name for name, output in found.summary.items() if output.verdict != "right"}
        expected = {names[implementation.off]} if implementation.wrong else set()
        assert expected <= wrong
        assert len(wrong) <= 1 + (implementation.off == 1)


def gru(layer, inputs, off=0.0):
    """The GRU of `own_cells` in NumPy's float32."""
    W, U, b = (
        {g: layer[f"{kind}_{g}"].astype(np.float32).reshape(2, -1) for g in ("z", "r", "h")}
        for kind in "WUb"
    )
    h, outputs = np.zeros((len(inputs), 2), np.float32), []
    for x in inputs.swapaxes(0, 1):
        z, r = (1 / (1 + np.exp(-(x @ W[g].T + h @ U[g].T + b[g].T))) for g in "zr")
        new = np.tanh(x @ W["h"].T + (r * h) @ U["h"].T + b["h"].T)
        h = z * h + (1 - z + np.float32(off)) * new
        outputs.append(h)
    return np.stack(outputs, axis=1)


@pytest.mark.parametrize(("off", "verdict"), [(0, "right"), (1e-3, "unexplained")])
def test_a_cell_of_ones_own_is_judged(audit, off, verdict):
    layer = random_case(cell=GRU(2, 3)).layer
    found = audit(lambda x: gru(layer, x, off), layer=layer, **CASES)
    assert found.verdict == verdict


def test_an_older_record_is_gone_on_with_and_says_what_it_has_not(audit, tmp_path):
    path, whole = tmp_path / "record.json", audit(NumpyLSTM(), cases=4)
    path.write_bytes(of_version_1(whole.results[:2], whole.about))
    found = audit(NumpyLSTM(), cases=4, record=path)
    assert found.results[:2] == tuple(map(before, whole.results[:2]))
    assert found.results[2:] == whole.results[2:]
    out = found.summary["sequence_out"]
    assert (out.unjudged, out.verdict) == ([0, 1], "right")
    assert out.totals.mean == whole.summary["sequence_out"].totals.mean
    assert "case 0, 1 has no verdict" in str(found)
