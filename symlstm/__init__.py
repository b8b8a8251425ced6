"""symlstm: symbolic and exact-arithmetic derivations of LSTM cells.

The names below are loaded when they are first used, so that importing symlstm costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.util import spec_from_loader
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from symlstm import exercises as exercises
    from symlstm import losses as losses
    from symlstm import testing as testing
    from symlstm.auditing.findings import Audit
    from symlstm.auditing.run import audit
    from symlstm.cells import (
        GRU,
        LSTM,
        LSTM1997,
        MGU,
        SLSTM,
        UGRNN,
        CoupledLSTM,
        Dense,
        FlaxMGU,
        HaikuGRU,
        IndRNN,
        LayerNormLSTM,
        MinGRU,
        MinLSTM,
        OnnxGRU,
        OnnxLSTM,
        OnnxRNN,
        PeepholeLSTM,
        ProjectedLSTM,
        SimpleRNN,
        TensorFlowLSTM,
    )
    from symlstm.cells.cell import Cell
    from symlstm.cells.gated import GatedCell
    from symlstm.cells.headed import headed
    from symlstm.cells.layouts import LAYOUTS
    from symlstm.derivations.derivation import Derivation
    from symlstm.derivations.spec import load
    from symlstm.diagnosis import Diagnosis, Probe, diagnose, probe
    from symlstm.equations import Equation
    from symlstm.equations import activations as activations
    from symlstm.equations import expression as expression
    from symlstm.equations.activations import ACTIVATIONS
    from symlstm.errors import SymlstmError
    from symlstm.figures.figure import Figure, figure
    from symlstm.frameworks.keras import from_keras
    from symlstm.frameworks.layers import layers_of
    from symlstm.frameworks.losses import loss_options
    from symlstm.frameworks.onnx import from_onnx
    from symlstm.frameworks.torch import from_torch
    from symlstm.gradients.gradients import Gradients
    from symlstm.gradients.jacobian import StateJacobian
    from symlstm.numbers import ulps as ulps
    from symlstm.numbers.arrays import interval
    from symlstm.numbers.budget import budget
    from symlstm.runs.check import Check
    from symlstm.runs.layer import Layer
    from symlstm.runs.network import Network
    from symlstm.runs.reference import Reference
    from symlstm.runs.trace import Trace
    from symlstm.training.optimizers.optimizer import Optimizer, Setting
    from symlstm.training.training import Training
    from symlstm.training.update import Update
    from symlstm.writers import hand_calculation

__version__ = "0.1.0"

_HOMES = {
    "ACTIVATIONS": "equations.activations",
    "Audit": "auditing.findings",
    "Cell": "cells.cell",
    "Check": "runs.check",
    "CoupledLSTM": "cells",
    "Dense": "cells",
    "Derivation": "derivations.derivation",
    "Diagnosis": "diagnosis",
    "Equation": "equations",
    "Figure": "figures.figure",
    "FlaxMGU": "cells",
    "GRU": "cells",
    "GatedCell": "cells.gated",
    "Gradients": "gradients.gradients",
    "HaikuGRU": "cells",
    "IndRNN": "cells",
    "LAYOUTS": "cells.layouts",
    "LSTM": "cells",
    "LSTM1997": "cells",
    "Layer": "runs.layer",
    "LayerNormLSTM": "cells",
    "MGU": "cells",
    "MinGRU": "cells",
    "MinLSTM": "cells",
    "Network": "runs.network",
    "OnnxGRU": "cells",
    "OnnxLSTM": "cells",
    "OnnxRNN": "cells",
    "Optimizer": "training.optimizers.optimizer",
    "PeepholeLSTM": "cells",
    "Probe": "diagnosis",
    "ProjectedLSTM": "cells",
    "Reference": "runs.reference",
    "SLSTM": "cells",
    "Setting": "training.optimizers.optimizer",
    "SimpleRNN": "cells",
    "StateJacobian": "gradients.jacobian",
    "SymlstmError": "errors",
    "TensorFlowLSTM": "cells",
    "Trace": "runs.trace",
    "Training": "training.training",
    "UGRNN": "cells",
    "Update": "training.update",
    "audit": "auditing.run",
    "budget": "numbers.budget",
    "diagnose": "diagnosis",
    "figure": "figures.figure",
    "from_keras": "frameworks.keras",
    "from_onnx": "frameworks.onnx",
    "from_torch": "frameworks.torch",
    "hand_calculation": "writers",
    "headed": "cells.headed",
    "interval": "numbers.arrays",
    "layers_of": "frameworks.layers",
    "load": "derivations.spec",
    "loss_options": "frameworks.losses",
    "probe": "diagnosis",
}
"""Where each public name is defined."""

_DOORS = {
    "symlstm.activations": "symlstm.equations.activations",
    "symlstm.expression": "symlstm.equations.expression",
    "symlstm.ulps": "symlstm.numbers.ulps",
}
"""Public names of modules, and the modules that they are."""

_MODULES = {"symlstm.errors", "symlstm.exercises", "symlstm.losses", "symlstm.testing", *_DOORS}
"""The modules that ``import symlstm`` makes reachable by name."""

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "LAYOUTS",
    "LSTM",
    "LSTM1997",
    "MGU",
    "SLSTM",
    "UGRNN",
    "Audit",
    "Cell",
    "Check",
    "CoupledLSTM",
    "Dense",
    "Derivation",
    "Diagnosis",
    "Equation",
    "Figure",
    "FlaxMGU",
    "GatedCell",
    "Gradients",
    "HaikuGRU",
    "IndRNN",
    "Layer",
    "LayerNormLSTM",
    "MinGRU",
    "MinLSTM",
    "Network",
    "OnnxGRU",
    "OnnxLSTM",
    "OnnxRNN",
    "Optimizer",
    "PeepholeLSTM",
    "Probe",
    "ProjectedLSTM",
    "Reference",
    "Setting",
    "SimpleRNN",
    "StateJacobian",
    "SymlstmError",
    "TensorFlowLSTM",
    "Trace",
    "Training",
    "Update",
    "audit",
    "budget",
    "diagnose",
    "figure",
    "from_keras",
    "from_onnx",
    "from_torch",
    "hand_calculation",
    "headed",
    "interval",
    "layers_of",
    "load",
    "loss_options",
    "probe",
]


class _Doors(MetaPathFinder, Loader):
    """Imports a module by its public name: both names are one module."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname in _DOORS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(_DOORS[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state  # the import put the door's in its place


sys.meta_path.append(_Doors())


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"symlstm.{_HOMES[name]}"), name)
    if f"symlstm.{name}" in _MODULES:
        return import_module(f"symlstm.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
