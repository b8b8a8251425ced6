"""How a notebook shows what a user holds: a function for each type, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symlstm.auditing.findings import Audit
from symlstm.cells.cell import Cell
from symlstm.diagnosis import Diagnosis, Probe
from symlstm.equations.system import Equations
from symlstm.gradients.gradients import AdjointStep, Gradients
from symlstm.gradients.jacobian import StateJacobian
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.gradients.reference_gradients import ReferenceGradients
from symlstm.notation.showing import Shown
from symlstm.notebook.findings import (
    audit,
    check,
    diagnosis,
    distance,
    probe,
    reference,
    reference_gradients,
)
from symlstm.notebook.gradients import adjoint_step, gradients, network_gradients, state_jacobian
from symlstm.notebook.models import cell, equations, layer, network
from symlstm.notebook.runs import network_trace, step, symbolic_trace, trace
from symlstm.notebook.training import training, update
from symlstm.runs.check import Check
from symlstm.runs.distance import Distance
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.reference import Reference
from symlstm.runs.symbolic_trace import SymbolicTrace
from symlstm.runs.trace import Step, Trace
from symlstm.training.training import Training
from symlstm.training.update import OfBatch

SHOWS: Mapping[type, Callable[[Any], dict[str, str]]] = {
    Equations: equations,
    Cell: cell,
    Layer: layer,
    Network: network,
    Trace: trace,
    SymbolicTrace: symbolic_trace,
    Step: step,
    NetworkTrace: network_trace,
    Gradients: gradients,
    AdjointStep: adjoint_step,
    NetworkGradients: network_gradients,
    StateJacobian: state_jacobian,
    Reference: reference,
    ReferenceGradients: reference_gradients,
    Check: check,
    Distance: distance,
    Training: training,
    OfBatch: update,
    Audit: audit,
    Diagnosis: diagnosis,
    Probe: probe,
}
"""What shows each type, and those that derive from it."""


def bundle(subject: Shown) -> dict[str, str]:
    """Return how a notebook shows something, by the kind of text; nothing where that fails.

    HTML is for everyone; mathematics alone is LaTeX, which every notebook sets, and LaTeX goes
    along where a notebook is printed by it.

    >>> from symlstm import LSTM
    >>> sorted(bundle(LSTM(units=1)))
    ['text/html', 'text/latex']
    """
    try:
        shows = next(SHOWS[kind] for kind in type(subject).__mro__ if kind in SHOWS)
        return shows(subject)
    except Exception:  # a notebook then shows text, which cannot fail
        return {}
