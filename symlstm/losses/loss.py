"""What a loss is: equations of an output and its target, and how the steps are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sympy import Rational
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, ones, scale, t
from symlstm.equations.nodes import free_name
from symlstm.equations.rebuild import put
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint, differentiate, seed
from symlstm.passes.merge import without_aliases
from symlstm.passes.preactivations import name_preactivations

Parts: TypeAlias = Iterator[tuple[Quantity, MatrixExpr]]
"""What quantities are, one after the other."""


@dataclass(frozen=True)
class Loss:
    """How far an output is from its target, as equations of a time step.

    ``equations`` yields what quantities are, given the output, the target, the loss L of the step,
    which comes last and has a single entry, and by their letters what is computed ``between``, in
    the shape of the output. Of the steps of a sequence, losses are added up, or their mean is taken
    (``over_steps``); of several sequences, it is the mean.

    >>> from symlstm import LSTM, losses
    >>> from symlstm.equations import absolute, subtract, summed
    >>> def taxicab(output, target, L):
    ...     yield L, summed(absolute(subtract(output, target)))
    >>> layer = LSTM(1, activation=None, recurrent_activation=None).bind(
    ...     kernel=1, recurrent_kernel=1, bias=0
    ... )
    >>> layer.loss([1, 1, 1], [0, 10, 3000], loss=losses.Loss(taxicab)).value
    214/3
    """

    equations: Callable[..., Parts]
    between: tuple[str, ...] = ()
    over_steps: Literal["mean", "sum"] = "mean"
    over_units: Literal["mean", "sum"] = "sum"
    """Whether the loss of a step is a mean over the units of the output, or is added up."""
    of_classes: bool = False
    """Whether targets are probabilities of classes, and so may be the numbers of classes."""


@dataclass(frozen=True)
class Objective:
    """A loss of an output, as a system of equations: y is the target, L_t the loss of a step."""

    loss: Loss
    output: Quantity
    taken: frozenset[str] = frozenset()
    """Names that quantities have already."""

    @cached_property
    def target(self) -> Quantity:
        """The target y_t, or d_t where y is what the network gives."""
        names = {self.output.name, *self.taken}
        letter = "d" if "y" in names else "y"
        return Quantity(free_name(letter, names), self.output.shape[0], time=t)

    @cached_property
    def step(self) -> Quantity:
        """The loss L_t of a time step."""
        return Quantity(free_name("L", {self.output.name, *self.taken}), 1, time=t)

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """The equations of a step, the loss last."""
        taken = {self.output.name, self.target.name, self.step.name, *self.taken}
        between = {
            letter: Quantity(free_name(letter, taken), self.output.shape[0], time=t)
            for letter in self.loss.between
        }
        found = self.loss.equations(self.output, self.target, self.step, **between)
        return tuple(Equation(quantity, value) for quantity, value in found)

    @cached_property
    def program(self) -> tuple[Equation, ...]:
        """The same equations with every pre-activation named."""
        return name_preactivations(self.equations)

    def adjoints(self, share: Any) -> tuple[Equation, ...]:
        """Return the gradients by what is computed between and, last, by the output.

        That is what comes from outside to a backward pass, where a step's loss counts ``share``.
        """
        known = {adjoint(self.step): scale(share, ones(self.step))}
        known[adjoint(self.output)] = self.gradient
        found = [one for one in differentiate(self.program, []) if one.lhs != adjoint(self.step)]
        put_in = [Equation(put(one.lhs, known), put(one.rhs, known)) for one in found]
        left_out = adjoint(self.target).name
        return without_aliases(one for one in put_in if one.lhs.name != left_out)

    @property
    def gradient(self) -> Quantity:
        """The gradient by the output, Δ_h."""
        return seed(self.output)

    def share_of(self, steps: int) -> Rational:
        """Return how much each of so many steps of a sequence counts."""
        return Rational(1, steps) if self.loss.over_steps == "mean" else Rational(1)
