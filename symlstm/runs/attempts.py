"""Attempts at true values, each more precise than the one before, and what is rounded of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from flint import arb

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.cells.cell import Cell
from symlstm.errors import PrecisionError, TooLargeError
from symlstm.numbers.exact import rational
from symlstm.numbers.floats import Format, format_named
from symlstm.numbers.rounding import decided


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
        return Attempts(self._algebras, partial(_then, self, function), self._reached)

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


def _then(attempts: Attempts, function: Callable[[Any], Any], attempt: int) -> Any:
    return function(attempts.result(attempt))


@dataclass(frozen=True, eq=False, repr=False)
class Rounded:
    """Values of a computation, or of a ``layer`` in it, each rounded once."""

    attempts: Attempts
    dtype: str
    cells: Sequence[Cell]
    layer: int | None = None

    def __repr__(self) -> str:
        cells = ", ".join(map(repr, self.cells))
        return f"{type(self).__name__}({cells}, {self.dtype})"

    @property
    def cell(self) -> Cell:
        """The cell that is run; of a network, that of the first layer."""
        return self.cells[0]

    @property
    def layers(self) -> tuple[Any, ...]:
        """The same for each layer of a network; of a single layer, for itself."""
        if self.layer is not None:
            return (self,)
        return tuple(replace(self, cells=(cell,), layer=k) for k, cell in enumerate(self.cells))

    def of_layer(self, result: Any) -> Any:
        """Return the part of a computation's result that belongs to the layer."""
        return result if self.layer is None else result.layers[self.layer]

    def nearest(self, values: Callable[[Any], Any], name: str) -> Any:
        """Return ``values`` of the computation as the nearest floats; see `Attempts.nearest`."""
        return self.attempts.nearest(lambda result: values(self.of_layer(result)), self.dtype, name)


def _floats(values: Any, format_: Format) -> Any:
    """Return values as the nearest floats, or ``None`` when one of them is not decided."""
    rounded = np.empty(np.shape(values), dtype=format_.dtype)
    for index, value in np.ndenumerate(np.asarray(values, dtype=object)):
        float_ = decided(value if isinstance(value, arb) else rational(value), format_)
        if float_ is None:
            return None
        rounded[index] = float_
    return rounded if rounded.ndim else rounded[()]
