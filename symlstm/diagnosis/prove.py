"""The proof: whether rounding explains what was observed, once some mistakes are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.observed import Observed
from symlstm.diagnosis.setup import Setup
from symlstm.equations.equation import Equation
from symlstm.errors import PrecisionError
from symlstm.judging.expected import expected
from symlstm.judging.fitting import by_name, deviations
from symlstm.judging.judge import judge
from symlstm.judging.verdict import Verdict
from symlstm.numbers.floats import format_named
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.runs.reference import Reference


@dataclass(frozen=True, eq=False)
class Explanation:
    """Mistakes that give what was observed.

    ``faults`` are the mistakes, each with a ``name`` and a ``sentence``. ``verdict`` is that of
    `symlstm.testing.judge` on a run that has them: that rounding explains what is left, or
    activation functions that are approximated. ``equivalent`` names what cannot be told apart from
    them on these numbers.
    """

    faults: tuple[Fault, ...]
    verdict: Verdict
    setup: Setup = field(repr=False)
    reference: Reference = field(repr=False)
    observed: Observed = field(repr=False)
    equivalent: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every value is within what rounding explains, or approximated activations."""
        return self.verdict.verdict != "unexplained"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mistakes."""
        return tuple(fault.name for fault in self.faults)

    @property
    def sentence(self) -> str:
        """The mistakes in words."""
        return "; and ".join(fault.sentence for fault in self.faults)

    @cached_property
    def ulps(self) -> float:
        """How far off what was observed is at most, in ulps of the largest number of its array."""
        true = expected(self.reference)
        known = _known(self.observed, self.setup, self.reference)
        found = deviations(by_name(known, true), true, of_largest=True)
        return max(float(one.ulps.max()) for one in found)

    @property
    def runnable(self) -> Layer | Network:
        """The layer, or network, that has the mistakes; those of its inputs and outputs apart."""
        return self.setup.runnable()[0]

    @property
    def outputs(self) -> dict[str, NDArray[Any]]:
        """What that layer gives, by name, as an implementation with the mistakes has it."""
        true = expected(self.reference)
        known = {name: self.setup.name_of(name) for name in self.observed.values}
        return {
            name: self.setup.shown(
                name,
                np.asarray(true.value(known[name])),
                _without_steps(name, values).shape,
            )
            for name, values in self.observed.values.items()
            if known[name] in true.order
        }

    @property
    def equations(self) -> list[tuple[Equation, Equation | None]]:
        """The equations that are other ones, each with the right one, where there is one."""
        right = {one.lhs.name: one for part in self.setup.parts for one in part.cell.program}
        wrong = {str(one): one for part in self.setup.parts for one in part.changes.values()}
        return [(one, right.get(one.lhs.name)) for one in wrong.values()]


def _without_steps(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Return values as a run has them: what is known after the last step has no T."""
    return values[:, 0] if "state_" in name else values


def proven(faults: Sequence[Fault], setup: Setup, observed: Observed) -> Explanation | None:
    """Return what mistakes in an exact setup come to, or ``None`` where they cannot be made."""
    for fault in faults:
        changed = fault.made_in(setup)
        if changed is None:
            return None
        setup = changed
    runnable, start = setup.runnable()
    reference = runnable.reference(
        setup.inputs, dtype=observed.dtype, initial_state=start, **setup.options
    )
    known = _known(observed, setup, reference)
    if not known:
        return None
    try:
        verdict = judge(known, reference)
    except PrecisionError:  # what no precision decides explains nothing
        return None
    return Explanation(tuple(faults), verdict, setup, reference, observed)


def _known(observed: Observed, setup: Setup, reference: Reference) -> dict[str, NDArray[Any]]:
    """Return what was observed as a run of a setup has it, where that has such a value."""
    seen, kind = observed.seen_by(setup) or {}, format_named(observed.dtype).dtype
    known = set(expected(reference).order)
    return {
        name: _without_steps(name, values.astype(kind))
        for name, values in seen.items()
        if name in known
    }
