"""Where a plot may be written, and where not."""

from importlib.util import find_spec

import numpy as np
import pytest
from audited import NumpyLSTM
from components import missing

from symlstm.auditing.plot import plot_for
from symlstm.errors import OutputError


@pytest.fixture
def found(audit):
    if find_spec("matplotlib") is None:
        missing("matplotlib")
    return audit(NumpyLSTM(), cases=1, steps=2)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PNG"])
def test_a_plot_is_written_again_over_a_plot_alone(found, tmp_path, suffix):
    path = tmp_path / f"plot{suffix}"
    found.plot(path)
    first = path.read_bytes()
    found.plot(path)
    assert path.read_bytes()[:4] == first[:4]
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="symlstm did not make it"):
        found.plot(path)
    assert path.read_bytes() == b"precious"
    found.plot(path, force=True)
    assert path.read_bytes()[:4] == first[:4]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_band_goes_up_to_what_rounding_explains(audit, tmp_path, found):
    """Of the worst number at each step, which is in the band if nothing at the step is beyond."""
    wrong = NumpyLSTM(bug=lambda step, f: f + np.float32(1e-3 if step == 3 else 0))
    wrong.name = "wrong"
    both = audit([NumpyLSTM(), wrong], cases=3, steps=4)
    made = plot_for(tmp_path / "plot.png")
    both.write(made)
    axes = made.figure.axes[0]
    bands = [patch.get_data() for patch in axes.patches if patch.get_fill()]
    drawn = [output.steps for output in both.summary.values() if output.steps]
    for band, steps in zip(bands, drawn, strict=True):
        assert band.values.tolist() == [step.explained for step in steps]
        assert band.edges.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    good, bad = (both.summary[f"{name}: sequence_out"].steps for name in both.implementations)
    assert all(step.worst <= step.explained and not step.beyond for step in good)
    assert [bool(step.beyond) for step in bad[:3]] == [False, False, True]
    assert bad[2].worst > bad[2].explained
    labels = axes.get_legend_handles_labels()[1]
    assert labels[0] == "NumPy: sequence_out, rounding explains"
    assert labels[-1] == "wrong: sequence_out, some beyond it"


def test_a_plot_through_a_link_does_not_replace_the_model(found, tmp_path):
    model, link = tmp_path / "model.onnx", tmp_path / "plot.png"
    model.write_bytes(b"a model")
    link.symlink_to(model)
    for options in ({}, {"force": True}):
        with pytest.raises(OutputError, match=r"which is read|did not make it"):
            plot_for(link, given=[model], **options)
    assert model.read_bytes() == b"a model"
