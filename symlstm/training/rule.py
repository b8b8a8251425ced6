"""The rule of an update: an optimizer's equations, for the weights of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq
from sympy import Rational

from symlstm.algebras.algebra import Algebra
from symlstm.cells.cell import Cell
from symlstm.cells.step import names_in
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, scale
from symlstm.equations.nodes import free_name
from symlstm.errors import NumberError, SymlstmError, choices
from symlstm.numbers.arrays import filled
from symlstm.numbers.exact import rational, shown
from symlstm.passes.differentiate import adjoint
from symlstm.training.optimizers import OPTIMIZERS
from symlstm.training.optimizers.optimizer import Optimizer, Setting

OF_FIT = ("optimizer", "batch_size", "epochs", "return_sequences", "algebra", "digits")
"""What else `Layer.fit` can be given, of which a setting may be a misspelling."""


@dataclass(frozen=True)
class Rule:
    """How an optimizer updates the weights of a cell; ``settings`` are its numbers, by letter."""

    name: str
    optimizer: Optimizer
    settings: Mapping[str, fmpq]
    cell: Cell

    def __hash__(self) -> int:
        return hash((self.name, self.optimizer.equations, tuple(self.settings.items()), self.cell))

    @property
    def weights(self) -> Iterator[Quantity]:
        """The weights, those of a group together."""
        return (weight for members in self.cell.groups.values() for weight in members)

    @property
    def numbers(self) -> dict[Quantity, fmpq]:
        """The numbers of the settings, as they are called in the equations."""
        return {self._number(letter): number for letter, number in self.settings.items()}

    def settings_in(self, algebra: Algebra[Any]) -> dict[str, Any]:
        """Return the numbers of the settings as values of an algebra, by name."""
        return {q.name: algebra.convert(filled(n, (1, 1))) for q, n in self.numbers.items()}

    def of_weight(self, weight: Quantity) -> dict[str, Quantity]:
        """Return what is kept for a weight, by letter."""
        return {letter: self._own(letter, weight) for letter in self.optimizer.kept}

    def start(self, algebra: Algebra[Any]) -> dict[str, Any]:
        """Return what is kept before the first update, by name: zeros."""
        kept = [own for weight in self.weights for own in self.of_weight(weight).values()]
        shared = map(self._number, self.optimizer.shared)
        return {q.name: algebra.convert(filled(0, q.shape)) for q in (*kept, *shared)}

    def changes(self, weight: Quantity, gradient: Quantity) -> Iterator[Equation]:
        r"""Yield what a weight and what is kept for it become, given its gradient \bar W."""
        row = self.optimizer
        letters = {
            **{one: self._number(one) for one in (*self.settings, *row.shared, *row.numbers)},
            **{letter: self._own(letter, weight) for letter in (*row.kept, *row.between)},
        }
        for quantity, becomes in row.equations(weight, gradient, **letters):
            yield Equation(quantity, becomes)

    def equations(self, sequences: Sequence[int] = ()) -> tuple[Equation, ...]:
        r"""Return, for each weight, the average of its gradients, and what it becomes.

        The gradient of sequence k is \bar W^{(k)}, what the backward pass comes to at its end.
        A batch of one sequence needs no average, and neither does a gradient \bar W that is of all
        of a batch: then there are no ``sequences``.
        """
        # What is the same for several weights is computed once.
        found: dict[Equation, None] = {}
        for weight in self.weights:
            gradients = gradients_of(weight, sequences) or [gradient_of(weight)]
            mean = gradients[0]
            if len(gradients) > 1:
                mean = gradient_of(weight)
                found[mean_of(mean, gradients)] = None
            found |= dict.fromkeys(self.changes(weight, mean))
        return tuple(found)

    def _number(self, letter: str) -> Quantity:
        return Quantity(free_name(letter, names_in(self.cell)), 1)

    def _own(self, letter: str, weight: Quantity) -> Quantity:
        return Quantity(free_name(f"{letter}_{weight.name}", names_in(self.cell)), *weight.shape)


def rule(cell: Cell, optimizer: Any, settings: Mapping[str, Any]) -> Rule:
    """Return the rule of an optimizer, by its name or itself, with the settings that are given.

    Raises `SymlstmError` for an unknown optimizer or setting, and `NumberError` for what is no
    number that a setting can have.
    """
    if isinstance(optimizer, Optimizer):
        name, row = "other", optimizer
    elif isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        name, row = optimizer, OPTIMIZERS[optimizer]
    else:
        message = f"optimizer is {shown(optimizer)}; {choices(optimizer, OPTIMIZERS)}"
        raise SymlstmError(message, argument="optimizer")
    for key in settings:
        if key not in row.settings:
            raise _no_setting(key, name, row)
    numbers = {s.letter: _number(key, s, settings.get(key)) for key, s in row.settings.items()}
    return Rule(name, row, numbers, cell)


def _no_setting(key: str, name: str, row: Optimizer) -> SymlstmError:
    """Return the error for what is no setting of an optimizer, and no argument of `Layer.fit`."""
    having = [other for other, one in OPTIMIZERS.items() if key in one.settings]
    if having:
        mend = f"those that have are {', '.join(having)}"
    else:
        mend = choices(key, [*row.settings, *OF_FIT])
    return SymlstmError(f"optimizer {name!r} has no {key}; {mend}", argument=key)


def gradient_of(weight: Quantity) -> Quantity:
    r"""Return the gradient \bar W by a weight that a batch comes to."""
    return Quantity(adjoint(weight).name, *weight.shape)


def gradients_of(weight: Quantity, sequences: Sequence[int]) -> list[Quantity]:
    """Return the gradients by a weight that the sequences of a batch come to."""
    return [Quantity(f"{adjoint(weight).name}^{k}", *weight.shape) for k in sequences]


def mean_of(quantity: Quantity, parts: Sequence[Quantity]) -> Equation:
    """Return what makes a quantity the mean of others."""
    return Equation(quantity, scale(Rational(1, len(parts)), add(*parts)))


def _number(key: str, setting: Setting, value: Any) -> fmpq:
    """Return the number of a setting; raises `NumberError` for one that it cannot have."""
    value = setting.usual if value is None else value
    number = rational(value, argument=key)
    if number < 0:
        hint = ", to go down the slope" if key == "learning_rate" else ""
        raise NumberError(f"{key} is {shown(value)}; give 0 or more{hint}", argument=key)
    if setting.below is not None and number >= setting.below:
        message = f"{key} is {shown(value)}; give less than {setting.below}"
        raise NumberError(message, argument=key)
    return number
