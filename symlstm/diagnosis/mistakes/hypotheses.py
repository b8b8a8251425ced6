"""All mistakes that are tried, in the order in which they are named where several would do."""

from __future__ import annotations

from symlstm.diagnosis.fault import Fault, in_every_layer_or_one
from symlstm.diagnosis.mistakes import (
    arithmetic,
    arrays,
    backward,
    biases,
    inputs,
    loss,
    mutated,
    sequences,
    states,
)
from symlstm.diagnosis.setup import Setup

GROUPS = (
    arrays.faults,
    biases.faults,
    states.faults,
    sequences.faults,
    inputs.faults,
    mutated.faults,
    arithmetic.faults,
)
"""The groups of the table, a file each."""


def hypotheses(setup: Setup) -> list[Fault]:
    """Return the mistakes that could be made in a setup."""
    found = (fault for group in GROUPS for fault in group(setup))
    return list(in_every_layer_or_one(found, setup))


GROUPS_BACKWARD = (backward.faults, loss.faults, mutated.faults_backward)
"""The groups of mistakes with gradients."""


def hypotheses_backward(setup: Setup) -> list[Fault]:
    """Return the mistakes that could be made with the gradients of a layer."""
    return [fault for group in GROUPS_BACKWARD for fault in group(setup)]
