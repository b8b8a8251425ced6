"""Audits of LSTMs in float32, right ones and wrong ones."""

import json
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from audited import NumpyLSTM, TorchLSTM
from components import required

import symlstm
from symlstm import LSTM
from symlstm.auditing.implementation import FRAMEWORKS, PlainFunction, implementation_of
from symlstm.auditing.statistics import statistics
from symlstm.auditing.summary import summarised
from symlstm.errors import NumberError, OutputError, ShapeError, SymlstmError
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.ulps import ulp_distance


def test_an_lstm_in_float32_is_a_few_ulps_off(audit):
    found = audit(NumpyLSTM(), cases=6, steps=5, batch=2)
    assert set(found.summary) == {"sequence_out", "state_h", "state_c"}
    out = found.summary["sequence_out"]
    assert out.totals.count == 6 * 2 * 5 * 3
    assert found.summary["state_c"].totals.count == 6 * 2 * 3
    assert 0 < out.totals.mean < 20
    assert 1 <= out.totals.worst == found.worst < 3000
    assert len(out.steps) == 5
    assert sum(step.sum for step in out.steps) == out.totals.sum
    assert max(step.worst for step in out.steps) == out.totals.worst
    assert not found.summary["state_h"].steps


def test_the_summary_is_that_of_all_distances_at_once(audit):
    """Against NumPy on the concatenated outputs of all cases."""
    implementation = NumpyLSTM(seed=3)
    inputs = np.random.default_rng(1).normal(size=(4, 2, 6, 2)).astype(np.float32)
    summary = audit(implementation, inputs).summary["sequence_out"]
    actual = np.stack([implementation.run(case)["sequence_out"] for case in inputs])
    reference = np.stack([implementation.layer.reference(case).sequence_out for case in inputs])
    ulps = ulp_distance(actual, reference)
    place = np.unravel_index(np.argmax(ulps), ulps.shape)
    assert (summary.case, *summary.at) == place
    assert (summary.actual, summary.reference) == (actual[place], reference[place])
    assert summary.totals.worst == ulps.max()
    assert summary.totals.mean == pytest.approx(ulps.mean(), rel=1e-12)
    for step, totals in enumerate(summary.steps):
        assert totals.worst == ulps[:, :, step].max()
        assert totals.mean == pytest.approx(ulps[:, :, step].mean(), rel=1e-12)


def test_a_wrong_forget_gate_is_found_where_it_is(audit):
    def bug(step, f):
        wrong = np.array(f)
        wrong[0, 1] += np.float32(0.25 if step == 4 else 0)
        return wrong

    found = audit(NumpyLSTM(bug=bug), cases=3, steps=6, batch=2, initial_state=True)
    out = found.summary["sequence_out"]
    assert all(step.worst < 3000 for step in out.steps[:3])
    assert all(step.worst > 1e5 for step in out.steps[3:4])
    sequence, step, unit = out.at
    assert sequence == 0
    assert step >= 3
    assert unit == 1 or step > 3
    by_first_wrong = audit(NumpyLSTM(bug=bug), cases=3, steps=4, batch=2, initial_state=True)
    assert by_first_wrong.summary["sequence_out"].at[:2] == (0, 3)
    assert by_first_wrong.summary["state_c"].at == (0, 1)


def test_initial_states_are_given_to_both(audit):
    with_states = audit(NumpyLSTM(), cases=3, initial_state=True)
    assert with_states.worst < 1e5
    wrong = PlainFunction(
        lambda x, _: NumpyLSTM().run(x)["sequence_out"], NumpyLSTM().layer, "float32"
    )
    assert audit(wrong, cases=3, initial_state=True).worst > 1e6


def test_gradients_are_audited(audit):
    required("PyTorch", "torch")
    implementation = TorchLSTM(NumpyLSTM().layer)
    options = {"cases": 3, "steps": 4, "batch": 2, "initial_state": True}
    found = audit(implementation, **options)
    groups = ("inputs", "kernel", "recurrent_kernel", "bias")
    gradients = {f"gradient by {name}" for name in groups}
    assert set(found.summary) == {"sequence_out", "state_h", "state_c", *gradients}
    assert all(0 < found.summary[name].totals.mean < 100 for name in gradients)
    assert found.summary["gradient by kernel"].totals.count == 3 * 2 * 12
    assert len(found.summary["gradient by inputs"].steps) == 4
    assert len(audit(implementation, gradients=False, **options).summary) == 3


def test_a_plain_function_needs_its_layer(audit):
    own = NumpyLSTM()

    def forward(inputs):
        outputs = own.run(inputs)
        return outputs["sequence_out"], (outputs["state_h"], outputs["state_c"])

    found = audit(forward, layer=own.layer, cases=3)
    assert found.summary == audit(own, cases=3).summary
    assert found.about["implementation"].endswith("forward")
    half = audit(
        lambda x: forward(x.astype(np.float32))[0].astype(np.float16),
        layer=own.layer, dtype="float16", cases=3,
    )  # fmt: skip
    assert half.about["dtype"] == "float16"
    assert half.worst <= 2


class Overwriting(NumpyLSTM):
    """It writes to its inputs, and returns the same array each time."""

    out = np.empty((1, 10, 3), np.float32)

    def run(self, inputs, initial_state, grad_sequence):
        self.out[:] = super().run(inputs, initial_state)["sequence_out"]
        for array in (inputs, *initial_state):
            array[:] = 9
        return {"sequence_out": self.out}


def test_what_an_implementation_overwrites_is_no_harm(audit):
    found = audit(Overwriting(), cases=8, initial_state=True).summary["sequence_out"]
    assert found == audit(NumpyLSTM(), cases=8, initial_state=True).summary["sequence_out"]


def test_what_is_no_number_is_counted_apart(audit, tmp_path):
    def broken(step, f):
        return f * np.float32(np.nan) if step == 3 else f

    found = audit(NumpyLSTM(bug=broken), cases=2, steps=4, record=tmp_path / "record.json")
    out = found.summary["sequence_out"]
    assert found.worst == np.inf
    assert out.totals.infinite == 2 * 2 * 3
    assert out.totals.count == 2 * 2 * 3
    assert out.totals.mean < 1000
    assert np.isnan(out.actual)
    assert np.isnan(found.summary["state_c"].totals.mean)
    assert "infinitely far off" in str(found)
    assert "Infinity" not in (tmp_path / "record.json").read_text()
    assert json.loads((tmp_path / "record.json").read_text())["cases"][0]["outputs"]


def test_what_no_precision_decides_is_said_and_not_guessed(audit):
    """0.1 + 0.2 - 0.3 in tenths that are exact in no float: the gates are one half, and no ball
    tells. Half of the cell state lies between two floats, then."""
    cell = LSTM(1, 3, use_bias=False)
    kernel = {gate: [["1/10"], ["1/5"], ["-3/10"]] for gate in ("i", "f", "c", "o")}
    between = {"h": rational_array([[0]]), "c": rational_array([[2 + Fraction(1, 2**23)]])}
    layer = replace(cell.bind(kernel=kernel, recurrent_kernel=0), initial_state=between)
    zeros = np.zeros((1, 1), np.float32)
    inputs = np.ones((2, 1, 1, 3), np.float32)
    inputs[1] = 0.5
    inputs[1, ..., 0] = 1
    found = audit(lambda _: {"state_c": zeros}, inputs, layer=layer)
    assert found.summary["state_c"].undecided == [0]
    assert found.worst == np.inf
    assert found.summary["state_c"].totals.count == 1
    assert "in case 0 no precision decides which float" in " ".join(str(found).split())
    alone = audit(lambda _: {"state_c": zeros}, inputs[:1], layer=layer)
    assert alone.worst == np.inf
    assert "undecided" in str(alone)


def test_what_does_not_fit_is_one_error(audit):
    own = NumpyLSTM()
    batch = np.zeros((1, 2, 2), np.float32)
    for arguments, options, error, message in (
        ((3,), {}, SymlstmError, "nothing of type int can be audited; give a layer of PyTorch"),
        ((3,), {"layer": own.layer}, SymlstmError, "give a function of the inputs, not 3"),
        ((print,), {"layer": 3}, SymlstmError, "layer is 3; give what cell.bind"),
        ((own,), {"dtype": "float64"}, SymlstmError, "and NumPy computes in float32; leave dtype"),
        ((own,), {"gradients": True}, SymlstmError, "NumPy gives no gradients"),
        ((own,), {"cases": 0}, NumberError, "cases is 0"),
        ((own,), {"seed": -1}, NumberError, "seed is -1"),
        ((own, batch[0]), {}, ShapeError, r"inputs have shape \(2, 2\); give \(batch, T, 2\)"),
        ((own, batch[..., :1]), {}, ShapeError, r"inputs have shape \(1, 2, 1\)"),
        ((own, batch.astype(float)), {}, NumberError, "inputs has numbers of type float64"),
        ((own, batch + np.float32(np.inf)), {}, NumberError, "an infinity or a NaN"),
        ((lambda _: 0.5,), {"layer": own.layer}, NumberError, "of type float64"),
        ((lambda _: batch[0, 0],), {"layer": own.layer}, ShapeError, "sequence_out has shape"),
        ((lambda _: {},), {"layer": own.layer}, SymlstmError, "returned no numbers"),
        ((lambda _: {"z": batch},), {"layer": own.layer}, SymlstmError, "no 'z'"),
        ((lambda _: {"_rounded": batch},), {"layer": own.layer}, SymlstmError, "no '_rounded'"),
        ((own,), {"workers": 1}, SymlstmError, "workers and executor are given"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            audit(*arguments, **options)


def test_frameworks_plug_in_by_their_package(monkeypatch):
    class Module:
        __module__ = "torch.nn.modules.rnn"

    class Own(Module):
        __module__ = "somewhere"

    class Home:
        @staticmethod
        def implementation(module, **options):
            made = NumpyLSTM()
            made.name = f"{type(module).__name__}, {options}"
            return made

    homes = {}
    monkeypatch.setattr(
        "symlstm.auditing.implementation.import_module",
        lambda name: homes.setdefault(name, Home),
    )
    assert implementation_of(Own()).name == "Own, {}"
    assert implementation_of("model.onnx", node="first").name == "str, {'node': 'first'}"
    assert list(homes) == [FRAMEWORKS["torch"], FRAMEWORKS["onnx"]]
    with pytest.raises(SymlstmError, match="node is for ONNX models; leave it out"):
        implementation_of(Own(), node="first")


def test_the_table_is_80_columns_wide_and_says_where(audit):
    def long(inputs):
        return NumpyLSTM(bug=lambda step, f: f + np.float32(0.1)).run(inputs)

    long.__qualname__ = "A rather long name of an implementation, of which there are many, I fear"
    found = audit(long, layer=NumpyLSTM().layer, cases=12, steps=120)
    text, summary = str(found), found.summary
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)
    out = summary["sequence_out"]
    sequence, step, unit = map(str, out.at)
    row = ["sequence_out", f"{out.totals.worst:.3g}", f"{out.totals.mean:.3g}", str(out.case)]
    assert [*row, sequence, str(int(step) + 1), unit] in [line.split() for line in lines]
    assert "in ulps of float32 from the true" in " ".join(text.split())


def test_sums_do_not_depend_on_the_order_of_cases():
    rng = np.random.default_rng(0)
    results = []
    for case in range(20):
        ulps = np.floor(10 ** rng.uniform(0, 18, size=(1, 3, 2)))
        zeros = np.zeros(ulps.shape)
        results.append(
            {
                "case": case,
                "outputs": {"sequence_out": statistics("sequence_out", zeros, zeros, ulps)},
            }
        )
    whole = summarised(results)
    assert all(summarised(results[k] for k in rng.permutation(20)) == whole for _ in range(5))


def test_a_plot_is_a_picture(audit, tmp_path):
    required("Matplotlib", "matplotlib")
    found = audit(NumpyLSTM(), cases=2)
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        path = tmp_path / f"plot{suffix}"
        found.plot(path)
        assert path.read_bytes().startswith(start)
    broken = NumpyLSTM(bug=lambda step, f: f * np.float32(np.nan if step == 2 else 1))
    audit(broken, cases=2).plot(tmp_path / "broken.png")
    with pytest.raises(OutputError, match=r"end it in .png, .svg, .pdf"):
        found.plot(tmp_path / "plot.txt")
    with pytest.raises(OutputError, match="cannot be written: there is no such folder"):
        found.plot(tmp_path / "nowhere" / "plot.png")


@pytest.mark.parametrize(
    ("package", "options", "message"),
    [
        ("distributed", {"scheduler": "tcp://127.0.0.1:9"}, r"pip install 'symlstm\[dask\]'"),
        ("matplotlib.figure", {}, r"pip install 'symlstm\[plot\]'"),
    ],
)
def test_what_is_not_installed_says_how_to_install_it(
    monkeypatch, tmp_path, package, options, message
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SymlstmError, match=message):
        symlstm.audit(NumpyLSTM(), cases=1, workers=None, **options).plot(tmp_path / "plot.png")
