"""What is found: right, explained by mistakes, or not explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from symlstm.diagnosis.explain import explained
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.given import setup_of
from symlstm.diagnosis.mistakes.hypotheses import hypotheses, hypotheses_backward
from symlstm.diagnosis.prove import Explanation, proven
from symlstm.diagnosis.report import report
from symlstm.diagnosis.retold import retold
from symlstm.diagnosis.screening.gradients import (
    distances_by_name,
    gradients_of,
    observed_gradients,
    with_seeds,
)
from symlstm.diagnosis.screening.observed import Observed, distances, observed, outputs_of
from symlstm.diagnosis.screening.search import singles
from symlstm.diagnosis.setup import Setup
from symlstm.errors import SymlstmError
from symlstm.judging.verdict import Verdict
from symlstm.notation.showing import Shown
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array, format_named
from symlstm.numbers.remembered import cached_property
from symlstm.runs.runnable import Runnable

SHOWN = 4
"""So many wrong equations are shown beside the right ones."""


@dataclass(frozen=True, eq=False)
class Diagnosis(Shown):
    """Which mistakes explain what an implementation gave; made by `symlstm.diagnose`.

    ``verdict`` is ``"right"``, ``"explained"``, or ``"unexplained"``. ``explanations`` are the
    smallest sets of mistakes that explain it, the best first. ``judged`` is the verdict on what the
    implementation gave as it stands, which says what is wrong first. ``print`` tells all of it.
    """

    verdict: Literal["right", "explained", "unexplained"]
    explanations: tuple[Explanation, ...]
    judged: Verdict
    _right: Explanation = field(repr=False)
    _setup: Setup = field(repr=False)
    _observed: Observed = field(repr=False)
    _gradients: Observed | None = field(default=None, repr=False)

    @cached_property
    def wrong_cell(self) -> Any:
        """The cell that has the best explanation in its equations, ``changes``, if there is one."""
        return retold(self.best, self._setup)

    @property
    def given(self) -> Mapping[str, NDArray[Any]]:
        """What the implementation gave, by name, each of shape (batch, T, size)."""
        return self._observed.values

    @property
    def best(self) -> Explanation | None:
        """The first of the explanations, if there is any."""
        return self.explanations[0] if self.explanations else None

    @cached_property
    def untested(self) -> tuple[str, ...]:
        """The names of the mistakes that cannot show on these numbers at all."""
        return tuple(fault.name for fault in self._untested)

    @cached_property
    def _untested(self) -> list[Fault]:
        faults, gradients = hypotheses(self._setup), self._gradients
        if gradients is not None:
            faults = [*faults, *hypotheses_backward(self._setup)]
        alone = singles(self._setup, faults)
        setups = [one.setup for one in alone]
        found = np.zeros(len(alone))
        if self._observed.values:
            right = outputs_of(self._setup, list(self._observed.values))
            as_right = Observed({name: values[0] for name, values in right.items()}, "float64")
            found = distances(as_right, setups)
        if gradients is not None:
            backward = distances_by_name(gradients_of(self._setup, gradients), setups)
            found = np.maximum(found, backward.max(axis=1))
        unit = 2.0 ** -format_named((gradients or self._observed).dtype).precision
        return [one.faults[0] for one, off in zip(alone, found, strict=True) if off <= unit]

    def __str__(self) -> str:
        return report(self.verdict, self.explanations, self._right, self.untested)


def diagnose(
    layer: Runnable,
    inputs: Any,
    actual: Any = None,
    *,
    initial_state: Sequence[Any] | None = None,
    mask: Any = None,
    sequence_lens: Any = None,
    dtype: str | None = None,
    gradients: Mapping[str, Any] | None = None,
    grad_sequence: Any = None,
    grad_state_h: Any = None,
    grad_state_c: Any = None,
    max_faults: int = 2,
) -> Diagnosis:
    """Find the mistake that explains why an implementation gives other numbers than it should.

    ``layer`` is a `Layer` or a `Network` as it should be, ``inputs`` and the others what `run`
    takes; ``actual`` is what the implementation gave for them: the output over time, of shape
    (batch, T, units), or a mapping from names (``sequence_out``, ``state_h``, ``state_c``, and any
    value over time, as ``i`` or ``z_f``), or a tuple as frameworks return it. What rounding is, the
    dtype of what is given says, or ``dtype``.

    ``gradients`` are an implementation's, by name: of weights (``W_i``) and groups (``kernel``),
    ``inputs``, and values over time (``c``, ``z_i``); of a loss whose gradients by the outputs are
    ``grad_sequence``, ``grad_state_h`` and ``grad_state_c``, as `Trace.backward` takes them. A
    wrong run whose gradients follow from it is explained by its own mistakes alone. Where
    ``actual`` is left out, mistakes of the run are tried after those of gradients.

    The mistakes are those of a table, of which each was seen somewhere, and every mutation of the
    cell's equations by general rules; up to ``max_faults`` (1 or 2) of them together are tried, in
    float64, and what comes near is proven: that rounding explains every value that is left.

    Raises `SymlstmError` and `ShapeError` for what does not fit.

    >>> from symlstm import LSTM
    >>> layer = LSTM(units=2).bind(kernel=[[1, 2, 3, 4, 5, 6, 7, 8]], recurrent_kernel=1, bias=0)
    >>> wrong = LSTM(units=2).bind(kernel=[[3, 4, 1, 2, 5, 6, 7, 8]], recurrent_kernel=1, bias=0)
    >>> actual = wrong.reference([1, -1, 1], dtype="float32").sequence_out
    >>> diagnosis = diagnose(layer, [1, -1, 1], actual)
    >>> diagnosis.verdict, diagnosis.best.faults
    ('explained', (Fault('keras-order-as-openvino'),))
    """
    if max_faults not in (1, 2):
        message = f"max_faults is {shown(max_faults)}; give 1 or 2"
        raise SymlstmError(message, argument="max_faults")
    if actual is None and gradients is None:
        message = "there is nothing to diagnose; give actual, gradients, or both"
        raise SymlstmError(message, argument="actual")
    exact = setup_of(layer, inputs, initial_state, mask, sequence_lens)
    dtype = dtype or _dtype_of(gradients if actual is None else actual)
    reference = layer.reference(
        inputs, dtype=dtype, initial_state=initial_state, mask=mask, sequence_lens=sequence_lens
    )
    seen, backward = Observed({}, dtype), None
    if actual is not None:
        seen = observed(actual, reference, dtype)
    if gradients is not None:
        given = {
            "grad_sequence": grad_sequence,
            "grad_state_h": grad_state_h,
            "grad_state_c": grad_state_c,
        }
        exact = with_seeds(exact, reference, given)
        backward = observed_gradients(gradients, reference, given, dtype)
    right = proven((), exact, seen, backward)
    if right is None:
        raise SymlstmError("what the layer should give is not decided", argument="layer")
    setup = exact.in_floats()
    if right.is_right:
        return Diagnosis("right", (), right.verdict, right, setup, seen, backward)
    found = explained(right, seen, backward, max_faults)
    verdict: Literal["explained", "unexplained"] = "explained" if found else "unexplained"
    return Diagnosis(verdict, tuple(found), right.judged, right, setup, seen, backward)


def _dtype_of(actual: Any) -> str:
    values = actual
    while isinstance(values, tuple | list | dict):
        values = next(iter(values.values() if isinstance(values, dict) else values))
    name = str(as_array(values).dtype)
    return name if name in ("float32", "float16", "float64") else "float64"
