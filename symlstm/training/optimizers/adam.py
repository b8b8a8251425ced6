"""Adam: a step by the mean of the gradients, over the root of the mean of their squares.

D. P. Kingma and J. L. Ba, "Adam: A Method for Stochastic Optimization" (2015): algorithm 1, which
is PyTorch's, and what the end of section 2 makes of it, which is Keras's, with another epsilon.
What the means lack since they begin with zero is, after n updates, 1 - beta^n; that is the mean of
so many ones, and is kept as one.
"""

from __future__ import annotations

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.expression import Quantity, add, ones, scale, subtract
from symlstm.equations.vocabulary import divide, square, square_root
from symlstm.training.optimizers.optimizer import RATE, Optimizer, Setting, Steps

BETAS = {"beta_1": Setting("beta_1", "0.9", below=1), "beta_2": Setting("beta_2", "0.999", below=1)}


def _running(mean: Quantity, beta: Quantity, value: MatrixExpr) -> tuple[Quantity, MatrixExpr]:
    """Return how a running mean takes in another value."""
    return mean, add(scale(beta, mean), scale(subtract(1, beta), value))


def _everywhere(number: Quantity, like: Quantity) -> MatrixExpr:
    return scale(number, ones(like))


def _means(
    gradient: Quantity,
    *,
    beta_1: Quantity,
    beta_2: Quantity,
    m: Quantity,
    v: Quantity,
    c_1: Quantity,
    c_2: Quantity,
) -> Steps:
    """Yield what all have in common: the running means, and those of so many ones."""
    yield _running(c_1, beta_1, ones(c_1))
    yield _running(c_2, beta_2, ones(c_2))
    yield _running(m, beta_1, gradient)
    yield _running(v, beta_2, square(gradient))


def _keras(
    weight: Quantity,
    gradient: Quantity,
    *,
    eta: Quantity,
    epsilon: Quantity,
    alpha: Quantity,
    **means: Quantity,
) -> Steps:
    yield from _means(gradient, **means)
    m, v, c_1, c_2 = (means[letter] for letter in ("m", "v", "c_1", "c_2"))
    yield alpha, divide(scale(eta, square_root(c_2)), c_1)
    root = add(square_root(v), _everywhere(epsilon, v))
    yield weight, subtract(weight, scale(alpha, divide(m, root)))


def _torch(
    weight: Quantity,
    gradient: Quantity,
    *,
    eta: Quantity,
    epsilon: Quantity,
    m_hat: Quantity,
    v_hat: Quantity,
    **means: Quantity,
) -> Steps:
    yield from _means(gradient, **means)
    m, v, c_1, c_2 = (means[letter] for letter in ("m", "v", "c_1", "c_2"))
    yield m_hat, divide(m, _everywhere(c_1, m))
    yield v_hat, divide(v, _everywhere(c_2, v))
    root = add(square_root(v_hat), _everywhere(epsilon, v))
    yield weight, subtract(weight, scale(eta, divide(m_hat, root)))


KERAS = Optimizer(
    _keras,
    {**RATE, **BETAS, "epsilon": Setting("epsilon", "1e-7")},
    kept=("m", "v"),
    shared=("c_1", "c_2"),
    numbers=("alpha",),
)
TORCH = Optimizer(
    _torch,
    {**RATE, **BETAS, "epsilon": Setting("epsilon", "1e-8")},
    kept=("m", "v"),
    shared=("c_1", "c_2"),
    between=("m_hat", "v_hat"),
)
