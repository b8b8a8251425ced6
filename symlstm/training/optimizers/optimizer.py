"""What an optimizer is: equations of an update, and what they speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.expression import Quantity

Steps: TypeAlias = Iterator[tuple[Quantity, MatrixExpr]]
"""What becomes of quantities, one after the other."""


@dataclass(frozen=True)
class Setting:
    """A number of 0 or more that an optimizer is given, by its ``letter`` in the equations.

    ``usual`` is what it is unless another one is given; it stays ``below`` some number.
    """

    letter: str
    usual: str | None = None
    below: int | None = None


RATE = {"learning_rate": Setting("eta")}
"""The learning rate, which every optimizer has."""


@dataclass(frozen=True)
class Optimizer:
    """How an update changes a weight, and what is kept from one update to the next.

    ``equations`` yields what becomes of quantities, given the weight, its gradient, and by their
    letters the numbers of the ``settings``, what is ``kept`` for each weight and in its shape,
    what is ``shared`` by all weights, a number each, and what is computed ``between``, in the shape
    of the weight or as one of the ``numbers``. What is kept or shared begins with zero. An equation
    that is the same for every weight is computed once.

    >>> from symlstm.equations.expression import scale, subtract
    >>> def lazily(weight, gradient, *, eta, m):
    ...     yield weight, subtract(weight, scale(eta, m))
    ...     yield m, gradient
    >>> from symlstm import Optimizer, SimpleRNN
    >>> late = Optimizer(lazily, kept=("m",))
    >>> layer = SimpleRNN(1, activation=None).bind(kernel=2, recurrent_kernel=3, bias=0)
    >>> options = {"loss": "half_squared_error", "learning_rate": "1/10", "epochs": 2}
    >>> layer.fit([[1]], [1], optimizer=late, **options).layer.kernel
    array([[19/10]], dtype=object)
    """

    equations: Callable[..., Steps]
    settings: Mapping[str, Setting] = field(default_factory=lambda: RATE)
    kept: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
