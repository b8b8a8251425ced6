"""References: the floats nearest to a layer's true values, proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from flint import arb

from symlstm.equations.activations import activation
from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.numbers.arrays import Array
from symlstm.runs.certify import require_numbers
from symlstm.errors import PrecisionError, TooLargeError
from symlstm.numbers.floats import Format, format_named
from symlstm.numbers.exact import rational
from symlstm.numbers.rounding import decided
from symlstm.runs.stacked import Stacked

if TYPE_CHECKING:
    from symlstm.cells.cell import Cell

PRECISIONS = [2**k for k in range(7)]
"""The precisions of balls that are tried, in multiples of 64 bits and of what the format has."""
LONGEST_EXACT = 1_000_000
"""How many bits an exact number may have before its computation is given up."""


class Runnable(Protocol):
    """The numbers that a run is given: of a layer, or of a network."""

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells that are run."""

    @property
    def numbers(self) -> Mapping[str, Array]:
        """All the numbers, by name."""

    def run(self, algebra: Algebra[Any]) -> Any:
        """Return the trace of the run in an algebra."""


class LimitedExactAlgebra(ExactAlgebra):
    """Exact arithmetic that gives up on numbers that have become too long."""

    def assign(self, name: str, step: int, value: Any) -> Any:
        """Return the value; raises `TooLargeError` for one with an entry that is too long."""
        longest = max(entry.p.bit_length() + entry.q.bit_length() for entry in value.entries())
        if longest > LONGEST_EXACT:
            message = f"{name}_{step} is exactly a fraction of more than {LONGEST_EXACT} bits"
            raise TooLargeError(message)
        return value


class Attempts:
    """One computation in several algebras, of which each decides more than the one before.

    They are balls of rising precision; where all stays rational, exact arithmetic comes third: it
    decides ties, but takes its time with long sequences. The result of the furthest is kept, since
    it answers many questions.
    """

    def __init__(
        self, algebras: Sequence[Algebra[Any]], compute: Callable[[int], Any], reached: int = 0
    ) -> None:
        self._algebras = algebras
        self._compute = compute
        self._reached = reached
        self._result: Any = None

    def result(self, attempt: int = 0) -> Any:
        """Return what an attempt computes, or what a further one has computed."""
        if self._result is None or attempt > self._reached:
            attempt = max(attempt, self._reached)
            self._result = self._compute(attempt)
            self._reached = attempt
        return self._result

    def then(self, function: Callable[[Any], Any]) -> Attempts:
        """Return the attempts at something that is computed from the results of these."""
        return Attempts(
            self._algebras, lambda attempt: function(self.result(attempt)), self._reached
        )

    def nearest(self, values: Callable[[Any], Any], dtype: str, name: str) -> Any:
        """Return values of the result as the nearest floats of a format.

        Raises `PrecisionError` when the last attempt does not decide them either.
        """
        for attempt in range(self._reached, len(self._algebras)):
            try:
                floats = _floats(values(self.result(attempt)), format_named(dtype))
            except TooLargeError:
                continue
            if floats is not None:
                return floats
        bits = max(a.precision for a in self._algebras if isinstance(a, BallAlgebra))
        message = f"which {dtype} is nearest to {name} is not decided, not at {bits} bits either"
        raise PrecisionError(message)


@dataclass(frozen=True, eq=False, repr=False)
class Rounded:
    """Values of which each is rounded once: those that ``view`` takes out of a computation."""

    attempts: Attempts
    dtype: str
    cells: Sequence[Cell]
    view: Callable[[Any], Any]

    def __repr__(self) -> str:
        cells = ", ".join(map(repr, self.cells))
        return f"{type(self).__name__}({cells}, {self.dtype})"

    @property
    def cell(self) -> Cell:
        """The cell that is run; of a network, that of the first layer."""
        return self.cells[0]

    @property
    def layers(self) -> tuple[Any, ...]:
        """The same for each layer of a network."""
        return tuple(self._layer(k, cell) for k, cell in enumerate(self.cells))

    def _layer(self, k: int, cell: Cell) -> Any:
        return replace(self, cells=(cell,), view=lambda result: self.view(result).layers[k])

    def _nearest(self, values: Callable[[Any], Any], name: str) -> Any:
        return self.attempts.nearest(lambda result: values(self.view(result)), self.dtype, name)


@dataclass(frozen=True, eq=False, repr=False)
class Reference(Rounded):
    """The true values of a run, each rounded once; made by `Layer.reference`.

    ``reference["i"]`` is any value by name, over time, in the shapes of a trace. Every number is
    the float of ``dtype`` nearest to the true result of the numbers given, of two equally near the
    one with the even significand. It is a proof: a number that cannot be decided is an error.
    """

    @property
    def sequence_out(self) -> Any:
        """The output at every step."""
        return self._nearest(lambda trace: trace.sequence_out, "the output")

    @property
    def state_h(self) -> Any:
        """The output h of the last step."""
        return self._nearest(lambda trace: trace.state_h, "the last h")

    @property
    def state_c(self) -> Any:
        """The cell state c after the last step."""
        return self._nearest(lambda trace: trace.state_c, "the last c")

    def __getitem__(self, name: str) -> Any:
        return self._nearest(lambda trace: trace[name], name)

    def __len__(self) -> int:
        return len(self.view(self.attempts.result()))

    def backward(
        self, *, grad_sequence: Any = None, grad_state_h: Any = None, grad_state_c: Any = None
    ) -> ReferenceGradients:
        """Return the references of the gradients; takes what `Trace.backward` takes."""
        seeds = {"grad_sequence": grad_sequence, "grad_state_h": grad_state_h}
        gradients = self.attempts.then(
            lambda trace: self.view(trace).differentiated(**seeds, grad_state_c=grad_state_c)
        )
        with suppress(TooLargeError):
            gradients.result()  # what does not fit is an error here
        return ReferenceGradients(gradients, self.dtype, self.cells, lambda result: result)


@dataclass(frozen=True, eq=False, repr=False)
class ReferenceGradients(Rounded, Stacked):
    """The true gradients of a run, each rounded once; made by `Reference.backward`.

    ``gradients["W_i"]`` is that by a weight, ``gradients["kernel"]`` by a stacked group, and
    ``gradients["c"]`` by a value over time, as in `Gradients`.
    """

    def __getitem__(self, name: str) -> Any:
        return self._nearest(lambda gradients: gradients[name], f"the gradient by {name}")

    def stacked(self, group: str) -> Any:
        """Return the gradient by a group of weights; see `Stacked`."""
        return self[group]

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape."""
        return self._nearest(lambda gradients: gradients.inputs, "the gradient by the inputs")

    @property
    def initial_state(self) -> list[Any]:
        """The gradients by the initial states, in the order of ``initial_state=[h, c]``."""
        return [self._initial(k, state) for k, state in enumerate(self.cell.states)]

    def _initial(self, k: int, state: str) -> Any:
        return self._nearest(
            lambda gradients: gradients.initial_state[k], f"the gradient by {state}_0"
        )


def reference(given: Runnable, dtype: str) -> Reference:
    """Return the reference of a run; see `Layer.reference`."""
    format_ = format_named(dtype)
    require_numbers(given.numbers, "a reference")
    balls = [BallAlgebra(factor * (format_.precision + 64)) for factor in PRECISIONS]
    exact = [LimitedExactAlgebra()] if all(map(_is_rational, given.cells)) else []
    algebras: list[Algebra[Any]] = [*balls[:2], *exact, *balls[2:]]
    attempts = Attempts(algebras, lambda attempt: given.run(algebras[attempt]))
    return Reference(attempts, format_.name, given.cells, lambda trace: trace)


def _is_rational(cell: Cell) -> bool:
    return all(activation(getattr(cell, option)).rational for option in cell.activations)


def _floats(values: Any, format_: Format) -> Any:
    """Return values as the nearest floats, or ``None`` when one of them is not decided."""
    rounded = np.empty(np.shape(values), dtype=format_.dtype)
    for index, value in np.ndenumerate(np.asarray(values, dtype=object)):
        float_ = decided(value if isinstance(value, arb) else rational(value), format_)
        if float_ is None:
            return None
        rounded[index] = float_
    return rounded if rounded.ndim else rounded[()]
