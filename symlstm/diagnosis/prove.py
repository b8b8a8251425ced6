"""The proof: whether rounding explains what was observed, once some mistakes are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.diagnosis.beside import Pair, beside
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.screening.gradients import are_seeded, reference_of
from symlstm.diagnosis.screening.observed import Observed
from symlstm.diagnosis.setup import Setup, adjoint_program
from symlstm.errors import CellError, NumberError, PrecisionError
from symlstm.gradients.reference_gradients import ReferenceGradients
from symlstm.judging.expected import expected
from symlstm.judging.fitting import by_name, deviations
from symlstm.judging.judge import judge
from symlstm.judging.verdict import Verdict
from symlstm.numbers.floats import format_named
from symlstm.numbers.remembered import cached_property
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.runs.reference import Reference


@dataclass(frozen=True, eq=False)
class Explanation:
    """Mistakes that give what was observed.

    ``faults`` are the mistakes, each with a ``name`` and a ``sentence``. ``verdict`` is that of
    `symlstm.testing.judge` on a run that has them: that rounding explains what is left, or
    activation functions that are approximated; ``gradients`` is what was proven of gradients.
    ``equivalent`` names what cannot be told apart from them on these numbers.
    """

    faults: tuple[Fault, ...]
    verdict: Verdict
    setup: Setup = field(repr=False)
    reference: Reference = field(repr=False)
    observed: Observed = field(repr=False)
    original: Setup = field(repr=False)
    equivalent: tuple[str, ...] = ()
    gradients: OfGradients | None = None

    @property
    def fits(self) -> bool:
        """Whether every value is within what rounding explains, or approximated activations."""
        return all(one.verdict != "unexplained" for one in self._verdicts)

    @property
    def is_right(self) -> bool:
        """Whether rounding alone explains what these mistakes leave."""
        return all(one.verdict == "right" for one in self._verdicts)

    @property
    def judged(self) -> Verdict:
        """The verdict that says what is wrong first: that on gradients where the run is right."""
        return next((one for one in self._verdicts if one.verdict != "right"), self.verdict)

    @property
    def _verdicts(self) -> list[Verdict]:
        return [self.verdict, *([self.gradients.verdict] if self.gradients else [])]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mistakes."""
        return tuple(fault.name for fault in self.faults)

    @property
    def sentence(self) -> str:
        """The mistakes in words."""
        return "; and ".join(fault.sentence for fault in self.faults)

    @property
    def known(self) -> dict[str, NDArray[Any]]:
        """What was observed, by name, as a run that has the mistakes has it."""
        return _known(self.observed, self.setup, self.reference)

    @cached_property
    def ulps(self) -> float:
        """How far off what was observed is at most, in ulps of the largest number of its array."""
        found = [_ulps(self.known, self.reference)] if self.known else []
        return max(found + ([self.gradients.ulps] if self.gradients else []))

    @property
    def runnable(self) -> Layer | Network:
        """The layer, or network, that has the mistakes; those of its inputs and outputs apart."""
        return self.setup.runnable()[0]

    @property
    def outputs(self) -> dict[str, NDArray[Any]]:
        """What an implementation with the mistakes gives, by name, in the shapes of a run.

        Those are (batch, T, size), or (batch, size) after the last step, however it was given.
        """
        true = expected(self.reference)
        known = {name: self.setup.name_of(name) for name in self.observed.values}
        of_run = {
            name: self.setup.shown(
                name,
                np.asarray(true.value(known[name])),
                _without_steps(name, values).shape,
            )
            for name, values in self.observed.values.items()
            if known[name] in true.order
        }
        return {**of_run, **(self.gradients.outputs if self.gradients else {})}

    @property
    def equations(self) -> list[Pair]:
        """The equations that are other ones, or have other weights, each with the right one.

        Adjoint equations come last, each with what follows from the equations that were run.
        """
        parts, seeded = self.setup.parts, self.setup.seeded
        found = beside(self.setup, self.original)
        for part in parts if seeded else []:
            right = {one.lhs.name: one for one in adjoint_program(part.program, seeded)}
            found += [(one, right.get(one.lhs.name)) for one in part.changes_backward.values()]
        return found


@dataclass(frozen=True, eq=False)
class OfGradients:
    """What was proven of gradients: the verdict on ``values``, as a run's reference has them."""

    verdict: Verdict
    reference: ReferenceGradients = field(repr=False)
    values: Mapping[str, NDArray[Any]] = field(repr=False)

    @cached_property
    def ulps(self) -> float:
        """How far off they are at most, in ulps of the largest number of their array."""
        return _ulps(self.values, self.reference)

    @property
    def outputs(self) -> dict[str, NDArray[Any]]:
        """The gradients, by name, as an implementation with the mistakes has them."""
        true = expected(self.reference)
        return {name: np.asarray(true.value(name)) for name in self.values}


def _ulps(known: Mapping[str, NDArray[Any]], reference: Any) -> float:
    true = expected(reference)
    found = deviations(by_name(known, true), true, of_largest=True)
    return max(float(one.ulps.max()) for one in found)


def _without_steps(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Return values as a run has them: what is known after the last step has no T."""
    return values[:, 0] if "state_" in name else values


def proven(
    faults: Sequence[Fault], setup: Setup, observed: Observed, gradients: Observed | None = None
) -> Explanation | None:
    """Return what mistakes in an exact setup come to, or ``None`` where they cannot be made.

    ``gradients`` are those that were seen, of the loss whose gradients the setup has.
    """
    original = setup
    for fault in faults:
        changed = fault.made_in(setup)
        if changed is None:
            return None
        setup = changed
    try:
        runnable, start = setup.runnable()
    except CellError:  # of the layers of a network, one alone would hand another value on
        return None
    reference = runnable.reference(
        setup.inputs, dtype=observed.dtype, initial_state=start, **setup.options
    )
    try:
        of_gradients = _of_gradients(setup, reference, gradients)
        verdict = _verdict(_known(observed, setup, reference), reference, of_gradients)
    except (NumberError, PrecisionError):  # a quotient by zero, or what no precision decides
        return None
    if verdict is None or (gradients is not None and of_gradients is None):
        return None
    told = verdict, setup, reference, observed, original, (), of_gradients
    return Explanation(tuple(faults), *told)


def _verdict(
    known: Mapping[str, NDArray[Any]], reference: Reference, of_gradients: OfGradients | None
) -> Verdict | None:
    """Return the verdict on a run; where nothing of it was seen, that on the gradients."""
    if known:
        return judge(known, reference)
    return of_gradients.verdict if of_gradients else None


def _of_gradients(
    setup: Setup, reference: Reference, gradients: Observed | None
) -> OfGradients | None:
    if gradients is None or not are_seeded(setup):
        return None
    true = expected(reference_of(setup, reference))
    kind = format_named(gradients.dtype).dtype
    known: dict[str, NDArray[Any]] = {}
    for name, values in gradients.values.items():
        shape = np.shape(true.value(name)) if name in true.order else None
        if shape is None or np.prod(shape) != values.size:
            return None
        known[name] = values.reshape(shape).astype(kind)
    return OfGradients(judge(known, true.source), true.source, known)


def _known(observed: Observed, setup: Setup, reference: Reference) -> dict[str, NDArray[Any]]:
    """Return what was observed as a run of a setup has it, where that has such a value."""
    seen, kind = observed.seen_by(setup) or {}, format_named(observed.dtype).dtype
    known = set(expected(reference).order)
    return {
        name: _without_steps(name, values.astype(kind))
        for name, values in seen.items()
        if name in known
    }
