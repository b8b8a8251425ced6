"""What is found: right, explained by mistakes, or not explained."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from symlstm.diagnosis.arithmetic import by_arithmetic
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.hypotheses import hypotheses
from symlstm.diagnosis.observed import Observed, distances, observed, outputs_of
from symlstm.diagnosis.prove import Explanation, proven
from symlstm.diagnosis.search import Candidate, close, measured, pairs, singles
from symlstm.diagnosis.setup import Setup, setup_of
from symlstm.errors import SymlstmError
from symlstm.judging.deviation import WIDTH
from symlstm.judging.verdict import Verdict
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array, format_named
from symlstm.numbers.ulps import counted
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

GROUPS, PROVEN = 4, 3
"""So many groups of candidates that are as near are looked at, and so many of each are proven."""
SAME = 4.0
"""A candidate is as near as another if its distance is at most so many times as large."""


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Which mistakes explain what an implementation gave; made by `symlstm.diagnose`.

    ``verdict`` is ``"right"``, ``"explained"``, or ``"unexplained"``. ``explanations`` are the
    smallest sets of mistakes that explain it, the best first. ``judged`` is the verdict on what the
    implementation gave as it stands, which says what is wrong first.
    """

    verdict: Literal["right", "explained", "unexplained"]
    explanations: tuple[Explanation, ...]
    judged: Verdict
    _setup: Setup = field(repr=False)
    _observed: Observed = field(repr=False)

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
        right = outputs_of(self._setup, list(self._observed.values))
        as_right = Observed({name: values[0] for name, values in right.items()}, "float64")
        alone = singles(self._setup, hypotheses(self._setup))
        unit = 2.0 ** -format_named(self._observed.dtype).precision
        found = distances(as_right, [one.setup for one in alone])
        return [one.faults[0] for one, off in zip(alone, found, strict=True) if off <= unit]

    def __str__(self) -> str:
        return report(self)


def diagnose(
    layer: Layer | Network,
    inputs: Any,
    actual: Any,
    *,
    initial_state: Sequence[Any] | None = None,
    mask: Any = None,
    sequence_lens: Any = None,
    dtype: str | None = None,
    max_faults: int = 2,
) -> Diagnosis:
    """Find the mistake that explains why an implementation gives other numbers than it should.

    ``layer`` is a `Layer` or a `Network` as it should be, ``inputs`` and the others what `run`
    takes; ``actual`` is what the implementation gave for them: the output over time, of shape
    (batch, T, units), or a mapping from names (``sequence_out``, ``state_h``, ``state_c``, and any
    value over time, as ``i`` or ``z_f``), or a tuple as frameworks return it. What rounding is, the
    dtype of what is given says, or ``dtype``.

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
    exact = setup_of(layer, inputs, initial_state, mask, sequence_lens)
    dtype = dtype or _dtype_of(actual)
    reference = layer.reference(
        inputs, dtype=dtype, initial_state=initial_state, mask=mask, sequence_lens=sequence_lens
    )
    seen = observed(actual, reference, dtype)
    right = proven((), exact, seen)
    if right is None:
        raise SymlstmError("what the layer should give is not decided", argument="layer")
    setup = exact.in_floats()
    if right.verdict.verdict == "right":
        return Diagnosis("right", (), right.verdict, setup, seen)
    found = _explained(exact, setup, seen, right, max_faults)
    return Diagnosis(
        "explained" if found else "unexplained", tuple(found), right.verdict, setup, seen
    )


def _explained(
    exact: Setup, setup: Setup, seen: Observed, right: Explanation, max_faults: int
) -> list[Explanation]:
    """Return the smallest sets of mistakes that explain what was seen, the best first."""
    alone = measured(singles(setup, hypotheses(setup)), seen)
    found = _proven(exact, seen, close(alone, seen))
    if right.fits:  # what cannot show fits as well, then: it has to explain more than that
        found = [one for one in found if one.verdict.verdict == "right"]
    found = found or by_arithmetic(exact, setup, seen, right)
    if found or max_faults < 2:
        return found
    return _proven(exact, seen, pairs(alone, seen))


def _proven(exact: Setup, seen: Observed, near: Sequence[Candidate]) -> list[Explanation]:
    """Return the candidates that explain what was seen; those as near as another go with it."""
    groups: list[list[Candidate]] = []
    unit = 2.0 ** -format_named(seen.dtype).precision
    for candidate in near:
        if groups and candidate.distance <= max(unit, SAME * groups[-1][0].distance):
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    explained = (_group(exact, seen, group) for group in groups[:GROUPS])
    return [explanation for explanation in explained if explanation is not None]


def _group(exact: Setup, seen: Observed, group: Sequence[Candidate]) -> Explanation | None:
    """Return the explanation that the first of the table gives, with the names of the others."""
    order = sorted(group, key=lambda one: one.rank)
    for k, candidate in enumerate(order[:PROVEN]):
        explanation = proven(candidate.faults, exact, seen)
        if explanation is not None and explanation.fits:
            others = [name for one in (*order[:k], *order[k + 1 :]) for name in one.names]
            also = [name for fault in candidate.faults for name in fault.also]
            alone = len(candidate.faults) == 1
            return replace(explanation, equivalent=(*(also if alone else ()), *others))
    return None


def _dtype_of(actual: Any) -> str:
    values = actual
    while isinstance(values, tuple | list | dict):
        values = next(iter(values.values() if isinstance(values, dict) else values))
    name = str(as_array(values).dtype)
    return name if name in ("float32", "float16", "float64") else "float64"


def report(diagnosis: Diagnosis) -> str:
    """Return a diagnosis in words, for a terminal."""
    return "\n".join(textwrap.fill(line, WIDTH) for line in _lines(diagnosis))


def _lines(diagnosis: Diagnosis) -> list[str]:
    best = diagnosis.best
    if best is None:
        return [str(diagnosis.judged)]
    return [f"agrees, to {counted(best.ulps)}, with a layer in which {best.sentence}"]
