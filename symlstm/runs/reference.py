"""References: the floats nearest to a layer's true values, proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra, Wanted
from symlstm.algebras.exact import ExactAlgebra
from symlstm.cells.cell import Cell
from symlstm.equations.expression import Elementwise
from symlstm.equations.nodes import Vectorwise
from symlstm.errors import TooLargeError
from symlstm.numbers.floats import format_named
from symlstm.runs.attempts import Attempts, Rounded
from symlstm.runs.certify import require_numbers
from symlstm.runs.given import Given
from symlstm.runs.loss import loss_of
from symlstm.runs.targets import Goal, HasLoss

if TYPE_CHECKING:
    from symlstm.gradients.reference_gradients import ReferenceGradients

PRECISIONS = [2**k for k in range(7)]
"""The precisions of balls that are tried, in multiples of 64 bits and of what the format has."""
LONGEST_EXACT = 1_000_000
"""How many bits an exact number may have before its computation is given up."""


class LimitedExactAlgebra(ExactAlgebra):
    """Exact arithmetic that gives up on numbers that have become too long."""

    def assign(self, name: str, step: int, value: Any) -> Any:
        """Return the value; raises `TooLargeError` for one with an entry that is too long."""
        longest = max(entry.p.bit_length() + entry.q.bit_length() for entry in value.entries())
        if longest > LONGEST_EXACT:
            message = f"{name}_{step} is exactly a fraction of more than {LONGEST_EXACT} bits"
            raise TooLargeError(message)
        return value


@dataclass(frozen=True, eq=False, repr=False)
class Reference(HasLoss["ReferenceLoss"], Rounded):
    """The true values of a run, each rounded once; made by `Layer.reference`.

    ``reference["i"]`` is any value by name, over time, in the shapes of a trace. Every number is
    the float of ``dtype`` nearest to the true result of the numbers given, of two equally near the
    one with the even significand. It is a proof: a number that cannot be decided is an error.
    Zero is -0.0 where the true value is proven to be below it, and 0.0 elsewhere.
    """

    @property
    def sequence_out(self) -> Any:
        """The output at every step."""
        return self.nearest(lambda trace: trace.sequence_out, "the output")

    @property
    def state_h(self) -> Any:
        """The output h of the last step."""
        return self.nearest(lambda trace: trace.state_h, "the last h")

    @property
    def state_c(self) -> Any:
        """The cell state c after the last step."""
        return self.nearest(lambda trace: trace.state_c, "the last c")

    def __getitem__(self, name: str) -> Any:
        return self.nearest(lambda trace: trace[name], name)

    def __len__(self) -> int:
        return len(self.of_layer(self.attempts.result()))

    def backward(
        self,
        *,
        grad_sequence: Any = None,
        grad_state_h: Any = None,
        grad_state_c: Any = None,
        seeds: Mapping[Any, Any] | None = None,
        loss: Any = None,
    ) -> ReferenceGradients:
        """Return the references of the gradients; takes what `Trace.backward` takes."""
        from symlstm.gradients.reference_gradients import reference_gradients

        return reference_gradients(
            self,
            grad_sequence=grad_sequence,
            grad_state_h=grad_state_h,
            grad_state_c=grad_state_c,
            seeds=seeds,
            loss=loss,
        )

    def compared(self, goal: Goal) -> ReferenceLoss:
        """Return the reference of a loss of the outputs."""
        return ReferenceLoss(self, goal)


@dataclass(frozen=True, eq=False)
class ReferenceLoss:
    """The true loss of a run, rounded once; made by ``reference.loss``."""

    reference: Reference
    goal: Goal

    @property
    def value(self) -> Any:
        """The loss."""
        value = self.reference.nearest(lambda trace: loss_of(trace, self.goal).value, "the loss")
        return value[()]

    def backward(self) -> ReferenceGradients:
        """Return the references of the gradients of the loss."""
        return self.reference.backward(loss=self)


def reference(given: Given, dtype: str) -> Reference:
    """Return the reference of a run; see `Layer.reference`."""
    format_ = format_named(dtype)
    require_numbers(given.numbers, "a reference")
    *firsts, last = (factor * (format_.precision + 64) for factor in PRECISIONS)
    wanted = Wanted(format_.precision)
    balls = [*(BallAlgebra(bits, wanted=wanted) for bits in firsts), BallAlgebra(last)]
    exact = [LimitedExactAlgebra()] if all(map(_is_rational, given.cells)) else []
    algebras: list[Algebra[Any]] = [*balls[:2], *exact, *balls[2:]]
    attempts = Attempts(algebras, partial(_run, given), given.multiplications)
    return Reference(attempts, format_.name, given.cells)


def _run(given: Given, algebra: Algebra[Any]) -> Any:
    return given.run(algebra)


def _is_rational(cell: Cell) -> bool:
    kinds = Elementwise, Vectorwise
    applied = (part for equation in cell.program for part in equation.rhs.atoms(*kinds))
    return all(part.activation.rational for part in applied)
