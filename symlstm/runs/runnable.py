"""What can be run: a layer, or a network of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from symlstm.algebras import algebra_named
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.notation.showing import Shown
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.runs.certify import certified_trace
from symlstm.runs.given import Given
from symlstm.runs.reference import Reference, reference

USUAL_DIGITS = 30
"""Balls of up to so many digits all take the same time; those of more, more than in proportion."""


class Runnable(Shown, ABC):
    """Something that takes inputs and initial states, in shapes that its ``run`` tells."""

    @abstractmethod
    def given(
        self, inputs: Any, initial_state: Sequence[Any] | None, mask: Any, sequence_lens: Any
    ) -> Given:
        """Return the numbers of a run; the arguments are those of ``run``."""

    def reference(
        self,
        inputs: Any,
        *,
        dtype: str = "float32",
        initial_state: Sequence[Any] | None = None,
        mask: Any = None,
        sequence_lens: Any = None,
    ) -> Reference:
        """Return the floats nearest to the true outputs, states and gradients, proven.

        ``inputs`` and the others are as in ``run``; the weights, inputs and states are taken as the
        numbers that they are, with nothing rounded. ``dtype`` is ``"float64"``,
        ``"float32"``, ``"float16"`` or ``"bfloat16"`` (in a float32 array). Each number is worked
        out when it is asked for; one that cannot be decided raises `PrecisionError`.
        ``reference.layers[k]`` has the values of a layer.

        >>> from symlstm import LSTM
        >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> reference = layer.reference([1, 1], dtype="float32")
        >>> reference.sequence_out
        array([0.3696...], dtype=float32)
        """
        return reference(self.given(inputs, initial_state, mask, sequence_lens), dtype)


def traced(given: Given, algebra: str, digits: int, max_digits: int | None) -> Any:
    """Return the trace of a run in the algebra of a name.

    In balls, so many ``digits`` are proven; exact numbers have ``max_digits`` at the most. Raises
    `TooLargeError` for what would cost too much.
    """
    chosen = algebra_named(algebra)
    limit = "float_operations" if isinstance(chosen, FloatAlgebra) else "operations"
    afford(limit, given.multiplications, what="inputs, with these weights", argument="inputs")
    if isinstance(chosen, BallAlgebra):
        digits = whole_number(digits, argument="digits")
        what = f"digits is {written(digits)}"
        afford("certified_digits", digits, what=what, argument="digits")
        weighed = round(given.values * max(1.0, digits / USUAL_DIGITS) ** 1.5)
        afford("ball_operations", weighed, what=f"{what}, with these inputs", argument="digits")
        return certified_trace(given.numbers, given.run, digits)
    if isinstance(chosen, ExactAlgebra):
        afford("exact_values", given.values, what="inputs of so many steps", argument="inputs")
        if max_digits is not None:
            chosen = ExactAlgebra(whole_number(max_digits, argument="max_digits"))
    return given.run(chosen)
