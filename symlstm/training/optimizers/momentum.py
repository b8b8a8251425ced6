"""Momentum: a weight has a velocity, which gradients change.

B. T. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964), and with a
look ahead, Y. Nesterov, "A method for solving the convex programming problem with convergence rate
O(1/k^2)" (1983), as Keras and PyTorch have them. The velocity of Keras is in the units of the
weight, and that of PyTorch in those of the gradient: they differ once the learning rate changes.
"""

from __future__ import annotations

from symlstm.equations.expression import Quantity, add, scale, subtract
from symlstm.training.optimizers.optimizer import RATE, Optimizer, Setting, Steps

SETTINGS = {**RATE, "momentum": Setting("mu", "9/10", below=1)}


def _keras(
    weight: Quantity, gradient: Quantity, *, eta: Quantity, mu: Quantity, V: Quantity
) -> Steps:
    yield V, subtract(scale(mu, V), scale(eta, gradient))
    yield weight, add(weight, V)


def _keras_nesterov(
    weight: Quantity, gradient: Quantity, *, eta: Quantity, mu: Quantity, V: Quantity
) -> Steps:
    yield V, subtract(scale(mu, V), scale(eta, gradient))
    yield weight, add(weight, scale(mu, V), scale(-1, scale(eta, gradient)))


def _torch(
    weight: Quantity, gradient: Quantity, *, eta: Quantity, mu: Quantity, V: Quantity
) -> Steps:
    yield V, add(scale(mu, V), gradient)
    yield weight, subtract(weight, scale(eta, V))


def _torch_nesterov(
    weight: Quantity, gradient: Quantity, *, eta: Quantity, mu: Quantity, V: Quantity
) -> Steps:
    yield V, add(scale(mu, V), gradient)
    yield weight, subtract(weight, scale(eta, add(gradient, scale(mu, V))))


KERAS, KERAS_NESTEROV, TORCH, TORCH_NESTEROV = (
    Optimizer(equations, SETTINGS, kept=("V",))
    for equations in (_keras, _keras_nesterov, _torch, _torch_nesterov)
)
