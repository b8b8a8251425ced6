"""Every cell of the package that keeps a state, with options that show all of it."""

from symlstm import SLSTM, Dense, LayerNormLSTM, OnnxLSTM, ProjectedLSTM, TensorFlowLSTM
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
NEVER_EXACT = {SLSTM, LayerNormLSTM}
"""Those with an exponential or a root, whatever their activations are."""
EVERY_KIND = {
    kind: OPTIONS.get(kind, {}) for kind in CELLS.values() if kind not in {Dense, *NEVER_EXACT}
}
"""Those that have exact values, and their options."""


def every_cell(units, input_dim=1, *, exact=False):
    """Return a cell of each kind, or of each that has exact values."""
    kinds = [*EVERY_KIND.items(), *((kind, {}) for kind in NEVER_EXACT if not exact)]
    made = [kind(units, input_dim, **options) for kind, options in kinds]
    return sorted(made, key=repr)
