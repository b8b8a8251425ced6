"""symlstm: symbolic and exact-arithmetic derivations of LSTM cells.

The names below are loaded when they are first used, so that importing symlstm costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symlstm.activations import ACTIVATIONS
    from symlstm.arrays import interval
    from symlstm.auditing import Audit, audit
    from symlstm.cell import Cell, GatedCell
    from symlstm.cells import LSTM, OnnxLSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN
    from symlstm.check import Check
    from symlstm.derivation import Derivation
    from symlstm.equation import Equation
    from symlstm.errors import SymlstmError
    from symlstm.frameworks.keras import from_keras
    from symlstm.frameworks.onnx import from_onnx
    from symlstm.frameworks.torch import from_torch
    from symlstm.gradients import Gradients
    from symlstm.jacobian import StateJacobian
    from symlstm.layer import Layer
    from symlstm.network import Network
    from symlstm.reference import Reference
    from symlstm.spec import load
    from symlstm.trace import Trace
    from symlstm.training import Training
    from symlstm.update import Update
    from symlstm.writers import hand_calculation

__version__ = "0.1.0"

_HOMES = {
    "ACTIVATIONS": "activations",
    "Audit": "auditing",
    "Cell": "cell",
    "Check": "check",
    "Derivation": "derivation",
    "Equation": "equation",
    "GatedCell": "cell",
    "Gradients": "gradients",
    "LSTM": "cells",
    "Layer": "layer",
    "Network": "network",
    "OnnxLSTM": "cells",
    "PeepholeLSTM": "cells",
    "ProjectedLSTM": "cells",
    "Reference": "reference",
    "SimpleRNN": "cells",
    "StateJacobian": "jacobian",
    "SymlstmError": "errors",
    "Trace": "trace",
    "Training": "training",
    "Update": "update",
    "audit": "auditing",
    "from_keras": "frameworks.keras",
    "from_onnx": "frameworks.onnx",
    "from_torch": "frameworks.torch",
    "hand_calculation": "writers",
    "interval": "arrays",
    "load": "spec",
}

__all__ = [
    "ACTIVATIONS",
    "LSTM",
    "Audit",
    "Cell",
    "Check",
    "Derivation",
    "Equation",
    "GatedCell",
    "Gradients",
    "Layer",
    "Network",
    "OnnxLSTM",
    "PeepholeLSTM",
    "ProjectedLSTM",
    "Reference",
    "SimpleRNN",
    "StateJacobian",
    "SymlstmError",
    "Trace",
    "Training",
    "Update",
    "audit",
    "from_keras",
    "from_onnx",
    "from_torch",
    "hand_calculation",
    "interval",
    "load",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"symlstm.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
