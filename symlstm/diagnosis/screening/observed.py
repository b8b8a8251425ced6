"""What someone's implementation gave, in the shapes that a run has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.diagnosis.screening.forward import Outputs, Stacked
from symlstm.diagnosis.setup import Setup
from symlstm.judging.expected import expected
from symlstm.judging.fitting import by_name, deviations
from symlstm.numbers.floats import format_named

Floats = NDArray[np.float64]

LOOSE = 2.0**12
"""By so many units of rounding may float64 be off from what someone has, relative to the largest
number, for a mistake to be looked at more closely."""
LEAST, MOST = 1e-11, 0.05
"""The bounds of that: float64 is itself rounded, and coarse formats are off by anything."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Values by name, each (batch, T, size), or (batch, 1, size) after the last step."""

    values: Mapping[str, NDArray[Any]]
    dtype: str

    @property
    def loose(self) -> float:
        """How far off, relative to the largest number, a value may be at first sight."""
        unit = 2.0 ** -format_named(self.dtype).precision
        return min(max(LOOSE * unit, LEAST), MOST)

    def seen_by(self, setup: Setup) -> dict[str, NDArray[Any]] | None:
        """Return what a run of a setup has to give, or ``None`` where it cannot have been."""
        seen = {name: setup.seen(name, values) for name, values in self.values.items()}
        known = {setup.name_of(name): v for name, v in seen.items() if v is not None}
        return known or None


def observed(actual: Any, reference: Any, dtype: str) -> Observed:
    """Return what was given as ``actual``; raises what `symlstm.testing.judge` raises."""
    true = expected(reference)
    found = deviations(by_name(actual, true), true)
    return Observed({one.name: np.asarray(one.actual, dtype=np.float64) for one in found}, dtype)


def distances(observed: Observed, setups: Sequence[Setup], steps: int | None = None) -> Floats:
    """Return how far each setup's run in float64 is from what was observed.

    That is the largest difference of any value by name, relative to the largest number of it.
    With ``steps``, only so many steps from the first on are run, and outputs over time compared.
    """
    found = np.full(len(setups), np.inf)
    for group in alike(setups):
        chosen = [setups[k] for k in group]
        seen = observed.seen_by(chosen[0])
        if seen is not None:
            found[group] = _distances(seen, Stacked(chosen), steps)
    return found


def _distances(seen: Mapping[str, NDArray[Any]], stacked: Stacked, steps: int | None) -> Floats:
    if steps is not None:
        seen = {name: values for name, values in seen.items() if "state_" not in name}
    if not seen:
        return np.zeros(len(stacked.setups))
    outputs = stacked.run(list(seen), steps)
    each = [relative(outputs[name], values[:, :steps], values) for name, values in seen.items()]
    return np.max(each, axis=0)


def relative(outputs: Floats, values: Floats, scale: Floats) -> Floats:
    """Return how far each setup's ``outputs`` are from values, relative to the largest."""
    if outputs.shape[1:] != values.shape:
        return np.full(len(outputs), np.inf)
    with np.errstate(all="ignore"):
        apart = abs(outputs - values).max(axis=(1, 2, 3)) / (abs(scale).max() or 1.0)
    return np.where(np.isnan(apart), np.inf, apart)


MANY = 4096
"""So many setups are run at once."""


def alike(setups: Sequence[Setup]) -> list[NDArray[np.int64]]:
    """Return which setups can be stacked, a few thousand together at most."""
    groups: dict[Any, list[int]] = {}
    for k, setup in enumerate(setups):
        groups.setdefault(_way(setup), []).append(k)
    return [
        np.array(group[k : k + MANY])
        for group in groups.values()
        for k in range(0, len(group), MANY)
    ]


def _way(setup: Setup) -> Any:
    """Return what setups that are stacked have in common."""
    parts = tuple(
        (part.backwards, part.zero_output, tuple(set(part.changes) - set(part.cell.computed)))
        for part in setup.parts
    )
    counts = id(setup.mask), id(setup.lengths)
    return parts, setup.inputs.shape, counts, setup.views, id(setup.algebra)


def outputs_of(setup: Setup, names: Sequence[str]) -> Outputs:
    """Return what one setup's run gives, by name, as `Stacked.run` has it."""
    return Stacked([setup]).run(names)
