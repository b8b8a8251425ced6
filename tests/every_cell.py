"""Every cell of the package, with options that show all of it."""

from symlstm import OnnxLSTM, ProjectedLSTM, TensorFlowLSTM
from symlstm.cells import CELLS

OPTIONS = {
    ProjectedLSTM: {"proj_size": 2},
    OnnxLSTM: {"peepholes": True, "input_forget": True, "clip": 3},
    TensorFlowLSTM: {
        "peepholes": True,
        "cifg": True,
        "forget_bias": "3/2",
        "cell_clip": 2,
        "proj_size": 2,
        "projection_bias": True,
        "proj_clip": "1/2",
    },
}
EVERY_KIND = {kind: OPTIONS.get(kind, {}) for kind in CELLS.values()}


def every_cell(units, input_dim=1):
    """Return a cell of each kind."""
    return [kind(units, input_dim, **options) for kind, options in EVERY_KIND.items()]
