"""Stochastic gradient descent: every weight moves against its gradient."""

from __future__ import annotations

from symlstm.equations.expression import Quantity, scale, subtract
from symlstm.training.optimizers.optimizer import Optimizer, Steps


def _sgd(weight: Quantity, gradient: Quantity, *, eta: Quantity) -> Steps:
    yield weight, subtract(weight, scale(eta, gradient))


SGD = Optimizer(_sgd)
