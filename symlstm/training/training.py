"""Training: gradient descent on a layer's weights, with a record of every update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symlstm.algebras import algebra_named
from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.cells.cell import Cell
from symlstm.equations.activations import Activation, rational_names
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise
from symlstm.equations.nodes import Vectorwise
from symlstm.errors import NotExactError, ShapeError, SymlstmError
from symlstm.losses.loss import Loss
from symlstm.losses.table import loss_named, name_of
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import rational, real, whole_number
from symlstm.passes.differentiate import adjoint
from symlstm.runs.certify import beside_intervals, certified, require_numbers, unknown
from symlstm.runs.network import Network
from symlstm.runs.runnable import (
    USUAL_DIGITS,
    afford_certified,
    afford_exact,
    afford_multiplications,
)
from symlstm.training.descent import Descending, Descent
from symlstm.training.networks import NetworkDescent
from symlstm.training.objective import Objective
from symlstm.training.rule import Rule, rule
from symlstm.training.update import Batch


@dataclass(frozen=True, eq=False)
class Training(Shown):
    """What `Layer.fit` did: an update after each batch, and the ``layer`` that they lead to.

    That is a network where one was trained.
    """

    batch_size: int
    updates: tuple[Any, ...]

    @property
    def layer(self) -> Any:
        """The trained layer, or network."""
        return self.updates[-1].after

    @property
    def layers(self) -> tuple[Training, ...]:
        """What is done to each layer of a network, or to the only one: a step after each batch."""
        steps = zip(*(update.steps for update in self.updates), strict=True)
        return tuple(Training(self.batch_size, of_layer) for of_layer in steps)

    @property
    def losses(self) -> list[Any]:
        """The loss of each update's batch, before it."""
        return [update.loss for update in self.updates]


def fit(
    layer: Any,
    inputs: Any,
    targets: Any,
    *,
    loss: Any,
    from_logits: bool,
    optimizer: Any,
    batch_size: int,
    epochs: int,
    return_sequences: bool,
    algebra: str,
    digits: int | None,
    max_digits: int,
    **settings: Any,
) -> Training:
    """Return the training of ``layer``; `Layer.fit` has the arguments and their defaults."""
    row = loss_named(loss, from_logits=from_logits)
    kind = _kind(algebra, digits)
    if not any(one.cell.weights for one in layer.layers):
        message = f"{layer!r} has no weights, so that there is nothing to train"
        raise SymlstmError(f"{message}; give a layer that has some", argument="layer")
    rules = tuple(rule(one.cell, optimizer, settings) for one in layer.layers)
    read = real if kind.takes_balls else rational
    sequences = _inputs(layer, rational_array(inputs, argument="inputs", read=read))
    wanted = rational_array(targets, argument="targets", read=read)
    most = whole_number(max_digits, argument="max_digits")
    descent: Descending
    if isinstance(layer, Network):
        wanted = _of_each(wanted, len(sequences))
        descent = NetworkDescent(sequences, wanted, most, row, rules)
    else:
        objective, wanted = _objective(layer.cell, row, sequences, wanted, return_sequences)
        descent = Descent(sequences, wanted, most, objective, rules[0])
    size = whole_number(batch_size, argument="batch_size")
    batches = _batches(len(sequences), size, whole_number(epochs, argument="epochs"))
    return Training(size, _descended(descent, layer, batches, kind, rules, digits))


def _objective(
    cell: Cell, row: Loss, sequences: Array, targets: Array, return_sequences: bool
) -> tuple[Objective, Array]:
    """Return what a layer's outputs are compared for, and the targets, each step by itself."""
    count, length, _ = sequences.shape
    steps = tuple(range(1, length + 1)) if return_sequences else (length,)
    wanted = _targets(cell, targets, count, length if return_sequences else None)
    return Objective(cell, name_of(row), row, steps), wanted


def _descended(
    descent: Descending,
    layer: Any,
    batches: Sequence[Batch],
    kind: type[Algebra[Any]],
    rules: Iterable[Rule],
    digits: int | None,
) -> tuple[Any, ...]:
    """Return the updates that batches lead to; what cannot be is an error before the first."""
    given = descent.given(layer, batches[0])
    afford_multiplications(given, kind)
    if issubclass(kind, CertifiedAlgebra):
        asked = USUAL_DIGITS if digits is None else digits
        return _certified(descent, layer, batches, afford_certified(given, asked, len(batches)))
    for one in layer.layers:
        require_numbers(one.weights, "training")
    if issubclass(kind, ExactAlgebra):
        for used in rules:
            _require_exact(used)
        afford_exact(given)
    return tuple(descent.updates(layer, batches, kind()))


def _kind(algebra: str, digits: int | None) -> type[Algebra[Any]]:
    """Return the kind of algebra that an update is computed in."""
    kind = algebra_named(algebra)
    if issubclass(kind, DecimalAlgebra):
        message = f"algebra is {algebra!r}, and training rounds no line; choose "
        message += "'exact', 'ball' or 'float'"
        raise SymlstmError(message, argument="algebra")
    if digits is not None and not issubclass(kind, CertifiedAlgebra):
        message = f"digits are certified with algebra='ball', and algebra is {algebra!r}"
        raise SymlstmError(f"{message}; leave them out, or choose 'ball'", argument="digits")
    return kind


@dataclass(frozen=True)
class _Attempt:
    """Updates at some precision, up to the first one in which something is not known."""

    updates: tuple[Any, ...]
    unknown: str | None


def _certified(
    descent: Descending, layer: Any, batches: Sequence[Batch], digits: int
) -> tuple[Any, ...]:
    """Return updates in balls, all of whose values are known to so many digits.

    What is lost in one update is missing in all that follow: where digits cannot be proven, all
    begins again, with more precision. Of intervals there are no more digits to be had.
    """
    wide = beside_intervals(descent.numbers(layer), digits)
    if wide is not None:
        return tuple(descent.updates(layer, batches, wide))

    def attempt(algebra: CertifiedAlgebra[Any]) -> _Attempt:
        updates: list[Any] = []
        for update in descent.updates(layer, batches, algebra):
            updates.append(update)
            with algebra.context():
                reason = unknown(update.histories, digits)
            if reason is not None:
                return _Attempt((), f"in update {update.number}, {reason}")
        return _Attempt(tuple(updates), None)

    return certified(attempt, lambda made: made.unknown, digits).updates


def _require_exact(used: Rule) -> None:
    """Raise for a function without exact values, in the cell or in the optimizer."""
    for row in _functions(used.cell.program):
        if not row.rational:
            raise NotExactError(
                f"{row.name} takes rational numbers to irrational ones, so that it has no exact "
                "values; train with algebra='ball' or algebra='float', or use a rational "
                f"activation ({', '.join(rational_names())})",
                argument=row.name,
            )
    first = next(used.weights, None)  # the others change alike
    for row in _functions(used.changes(first, adjoint(first)) if first else ()):
        if not row.rational:
            raise NotExactError(
                f"optimizer {used.name!r} has a {row.name}, which takes rational numbers to "
                "irrational ones; train with algebra='ball' or algebra='float', or use another one",
                argument="optimizer",
            )


def _functions(equations: Iterable[Equation]) -> Iterator[Activation]:
    """Yield the functions that equations apply."""
    for equation in equations:
        for part in equation.rhs.atoms(Elementwise, Vectorwise):
            yield part.activation


def _batches(count: int, size: int, epochs: int) -> tuple[Batch, ...]:
    """Return the batches of so many sequences, in order."""
    firsts = range(1, count + 1, size)
    what = f"epochs is {written(epochs)}"
    afford("updates", epochs * len(firsts), what=what, argument="epochs")
    return tuple(
        Batch((epoch - 1) * len(firsts) + number, epoch, _from(first, size, count), size)
        for epoch in range(1, epochs + 1)
        for number, first in enumerate(firsts, start=1)
    )


def _from(first: int, size: int, count: int) -> range:
    return range(first, min(first + size, count + 1))


def _inputs(cell: Any, array: Array) -> Array:
    """Return the sequences, of shape (sequences, T, input_dim)."""
    given = array.shape
    if array.ndim == 2 and cell.input_dim == 1:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] != cell.input_dim or 0 in array.shape:
        short = "(sequences, T) or " if cell.input_dim == 1 else ""
        message = (
            f"inputs have shape {given}; give {short}(sequences, T, {cell.input_dim}), "
            "with at least one sequence and one step"
        )
        raise ShapeError(message, argument="inputs")
    return array


def _of_each(targets: Array, count: int) -> Array:
    """Return the targets of a network, of which each sequence has its own."""
    if targets.ndim == 0 or len(targets) != count:
        message = f"targets have shape {targets.shape}, and inputs {count} sequences"
        raise ShapeError(f"{message}; give targets for each of them", argument="targets")
    return targets


def _targets(cell: Cell, array: Array, count: int, length: int | None) -> Array:
    """Return the targets, of shape (sequences, steps with a target, units)."""
    over_time = () if length is None else (length,)
    wanted = (count, *over_time, cell.output_dim)
    if array.shape != wanted and not (cell.output_dim == 1 and array.shape == wanted[:-1]):
        short = f"{wanted[:-1]} or " if cell.output_dim == 1 else ""
        outputs = "each last output" if length is None else "every output"
        hint = " (return_sequences=True is for one at every step)" if length is None else ""
        raise ShapeError(
            f"targets have shape {array.shape}; give {short}{wanted}, one for {outputs}{hint}",
            argument="targets",
        )
    return array.reshape(count, length or 1, cell.output_dim)
