"""Audits of several implementations side by side: each comes to what it comes to alone."""

import json
from dataclasses import replace

import numpy as np
import pytest
from audited import NumpyLSTM, TorchLSTM
from components import required

from symlstm.errors import OutputError, SymlstmError
from symlstm.runs.attempts import Rounded

CASES = {"cases": 4, "steps": 4}


def wrong():
    made = NumpyLSTM(bug=lambda step, f: f + np.float32(1e-3))
    made.name = "wrong"
    return made


def test_each_comes_to_what_it_comes_to_alone(audit, tmp_path):
    path = tmp_path / "record.json"
    found = audit([NumpyLSTM(), wrong()], record=path, **CASES)
    assert list(found.implementations) == ["NumPy", "wrong"]
    for one in (NumpyLSTM(), wrong()):
        alone = audit(one, **CASES)
        assert found.implementations[one.name].results == alone.results
        assert str(found.implementations[one.name]) == str(alone)
        assert alone.implementations == {one.name: alone}
    assert [one.verdict for one in found.implementations.values()] == ["right", "unexplained"]
    assert found.verdict == "unexplained"
    assert json.loads(path.read_text())["implementation"] == "NumPy and wrong"
    assert audit([NumpyLSTM(), wrong()], record=path, **CASES).results == found.results
    with pytest.raises(OutputError, match=r"another audit \(implementation differs\)"):
        audit([wrong(), NumpyLSTM()], record=path, **CASES)


def test_true_values_are_rounded_once(audit, monkeypatch):
    asked = []
    nearest = Rounded.nearest
    monkeypatch.setattr(
        Rounded, "nearest", lambda self, *given: asked.append(given[1]) or nearest(self, *given)
    )
    audit([NumpyLSTM(), NumpyLSTM(), NumpyLSTM()], cases=1)
    assert sorted(asked) == ["the last c", "the last h", "the output"]


def test_the_table_names_them(audit):
    found = audit([NumpyLSTM(), NumpyLSTM(), wrong()], **CASES)
    lines = str(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.strip() for line in lines].count("NumPy (2):") == 2
    rows = [line.split() for line in lines if line.startswith("   sequence_out")]
    worst = found.summary["wrong: sequence_out"].totals.worst
    assert rows[2][1] == (f"{worst:.0f}" if worst < 1e6 else f"{worst:.3g}")
    assert rows[5][1:3] == ["not", "explained"]
    assert "NumPy, NumPy (2) and wrong: 4 cases" in lines[0]


def test_who_computes_gradients_gives_them(audit):
    required("PyTorch", "torch")
    found = audit([NumpyLSTM(), TorchLSTM(NumpyLSTM().layer)], **CASES)
    outputs = {name: len(one.summary) for name, one in found.implementations.items()}
    assert outputs == {"NumPy": 3, "PyTorch": 7}
    assert found.verdict == "right"


def test_functions_are_given_the_layer(audit):
    own = NumpyLSTM()

    def mine(inputs):
        return own.run(inputs)

    found = audit((own, mine), layer=own.layer, **CASES)
    first, second = found.implementations.values()
    assert first.results == second.results


def other_weight(k):
    made = NumpyLSTM()
    weights = dict(made.layer.weights)
    name = list(weights)[k]
    weights[name] = np.array(weights[name])
    weights[name][-1, -1] += 1
    made.layer = replace(made.layer, weights=weights)
    return made, name


@pytest.mark.parametrize("k", range(12))
def test_they_have_the_same_weights(audit, k):
    other, name = other_weight(k)
    with pytest.raises(SymlstmError, match=rf"^NumPy \(2\) is not .* NumPy: {name} differs: at \["):
        audit([NumpyLSTM(), other])


def test_they_are_one_network(audit):
    backward, half, larger = NumpyLSTM(), NumpyLSTM(), NumpyLSTM(units=4)
    backward.layer = replace(backward.layer, go_backwards=True)
    half.dtype = "float16"
    for other, message in (
        (backward, "go_backwards differs"),
        (half, "it computes in float16, and not in float32"),
        (larger, "equations differ|has shape"),
    ):
        with pytest.raises(SymlstmError, match=message):
            audit([NumpyLSTM(), other])
    with pytest.raises(SymlstmError, match="there is no implementation; give one, or a list"):
        audit([])
