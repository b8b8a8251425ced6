"""Where a plot may be written, and where not."""

from importlib.util import find_spec

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


def test_a_plot_through_a_link_does_not_replace_the_model(found, tmp_path):
    model, link = tmp_path / "model.onnx", tmp_path / "plot.png"
    model.write_bytes(b"a model")
    link.symlink_to(model)
    for options in ({}, {"force": True}):
        with pytest.raises(OutputError, match=r"which is read|did not make it"):
            plot_for(link, given=[model], **options)
    assert model.read_bytes() == b"a model"
