"""Attempts at true values, each more precise than the one before, and what is rounded of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra, TooWideError
from symlstm.cells.cell import Cell
from symlstm.errors import PrecisionError, SymlstmError, TooLargeError
from symlstm.notation.showing import Shown
from symlstm.numbers.floats import format_named
from symlstm.numbers.rounding import Rounding


class Attempts:
    """One computation in several algebras, of which each decides more than the one before.

    They are balls of rising precision; where all stays rational, exact arithmetic comes third: it
    decides ties, but takes its time with long sequences. What each computes is kept, and every
    question is put to the first one first: an answer does not depend on what was asked before.
    Those of balls that will be too wide are given up early, and say which others would be.
    ``cost`` is about how many numbers each multiplies.
    """

    def __init__(
        self,
        algebras: Sequence[Algebra[Any]],
        compute: Callable[[Algebra[Any]], Any],
        cost: int = 0,
    ) -> None:
        self.cost = cost
        self._algebras = algebras
        self._compute = compute
        self._results: dict[int, Any] = {}
        self._given_up: dict[int, SymlstmError] = {}
        self._bits = 0
        self._decisive: int | None = None

    def result(self) -> Any:
        """Return what the first attempt computes that does not give up."""
        *others, last = range(len(self._algebras))
        for attempt in others:
            with suppress(TooLargeError, TooWideError):
                return self._result(attempt)
        return self._result(last)

    def _result(self, attempt: int) -> Any:
        """Return what an attempt computes; raises `TooLargeError` or `TooWideError` if it gives up.

        One that is known to be too coarse by what an earlier one has told is not begun.
        """
        if attempt in self._given_up:
            raise copy(self._given_up[attempt])
        if attempt not in self._results:
            algebra = self._algebras[attempt]
            try:
                if isinstance(algebra, CertifiedAlgebra) and algebra.is_hopeless(self._bits):
                    raise TooWideError(f"{algebra} are too wide", self._bits)
                computed = self._compute(algebra)
            except (TooLargeError, TooWideError) as error:
                self._bits = max(self._bits, getattr(error, "bits", 0))
                self._given_up[attempt] = copy(error)
                raise
            # Of two threads that have computed the same, both go on with what the first one kept.
            self._results.setdefault(attempt, computed)
        return self._results[attempt]

    @property
    def told(self) -> str:
        """What has decided the floats asked for last, and what came to nothing before that."""
        if self._decisive is None:
            return "nothing is decided yet"
        before = range(self._decisive)
        tried = [self._given_up.get(k, f"{self._algebras[k]} leave floats open") for k in before]
        return "; ".join(map(str, [*tried, self._algebras[self._decisive]]))

    def result_in(self, algebra: Algebra[Any]) -> Any:
        """Return what an attempt's algebra computes; what another one does is not kept."""
        for attempt, one in enumerate(self._algebras):
            if one is algebra:
                return self._result(attempt)
        return self._compute(algebra)

    def then(self, function: Callable[[Any], Any]) -> Attempts:
        """Return the attempts at something that is computed from the results of these."""
        return Attempts(self._algebras, partial(_then, self, function), self.cost)

    def nearest(self, values: Callable[[Any], Any], dtype: str, name: str) -> Any:
        """Return values of the result as the nearest floats of a format.

        Raises `PrecisionError` when the last attempt does not decide them either.
        """
        rounding, decisive = None, None
        for attempt in range(len(self._algebras)):
            try:
                known = values(self._result(attempt))
            except (TooLargeError, TooWideError):
                continue
            rounding = rounding or Rounding(np.shape(known), format_named(dtype))
            decisive = attempt
            if rounding.narrow(known):
                break
        floats = rounding.floats() if rounding else None
        if floats is not None:
            self._decisive = decisive
            return floats
        bits = max(a.precision for a in self._algebras if isinstance(a, CertifiedAlgebra))
        message = f"which {dtype} is nearest to {name} is not decided, not at {bits} bits either"
        raise PrecisionError(message)


def _then(attempts: Attempts, function: Callable[[Any], Any], algebra: Algebra[Any]) -> Any:
    return function(attempts.result_in(algebra))


@dataclass(frozen=True, eq=False, repr=False)
class Rounded(Shown):
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
    def proof(self) -> str:
        """What has proven the floats that were asked for last, and what was given up before that.

        >>> from symlstm import LSTM
        >>> reference = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0).reference([1] * 3)
        >>> _ = reference.state_h
        >>> reference.proof
        'balls of 88 bits'
        """
        return self.attempts.told

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
