"""Optimizers, by the names that `Layer.fit` takes: a file of equations and a row here."""

from __future__ import annotations

from collections.abc import Mapping

from symlstm.training.optimizers import adam, momentum, sgd
from symlstm.training.optimizers.optimizer import Optimizer

OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": sgd.SGD,
    "momentum": momentum.KERAS,
    "nesterov": momentum.KERAS_NESTEROV,
    "adam": adam.KERAS,
    "torch_momentum": momentum.TORCH,
    "torch_nesterov": momentum.TORCH_NESTEROV,
    "torch_adam": adam.TORCH,
}
"""The optimizers, for which languages have words; without another prefix, they are Keras's."""
