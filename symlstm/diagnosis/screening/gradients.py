"""Gradients that someone has, and which setups could have given them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symlstm.diagnosis.screening.backward import StackedGradients
from symlstm.diagnosis.screening.observed import Floats, Observed, observed, relative
from symlstm.diagnosis.setup import Setup
from symlstm.errors import SymlstmError
from symlstm.gradients.reference_gradients import ReferenceGradients, reference_gradients
from symlstm.gradients.seeds import incoming
from symlstm.runs.reference import Reference

ENTRIES, MOST = 1 << 25, 16384
"""So many numbers are held at once, of so many setups at most, that are run backward together."""


def with_seeds(setup: Setup, reference: Reference, given: Mapping[str, Any]) -> Setup:
    """Return the setup of a layer with a loss's gradients by what it gives, as exact numbers.

    Raises what `Trace.backward` raises, and `SymlstmError` for what is not diagnosed backward.
    """
    if setup.is_network:
        message = "gradients of a network are not diagnosed; give a layer, and what comes to it"
        raise SymlstmError(message, argument="gradients")
    trace = reference.attempts.result()
    wanted = {name: value for name, value in given.items() if value is not None}
    wanted = wanted or {f"grad_state_{trace.cell.output.name}": 1}
    seeds = {}
    for name, value in wanted.items():
        (whole,) = incoming(trace, {name: value}).values()
        seeds[name] = whole if name == "grad_sequence" else whole[:, -1]
    return replace(setup, seeds=seeds)


def are_seeded(setup: Setup) -> bool:
    """Say whether the loss's gradients have the shape of what is run: one mistake may change it."""
    batch, steps, _ = setup.inputs.shape
    return all(
        seed.shape[:-1] == ((batch, steps) if name == "grad_sequence" else (batch,))
        for name, seed in setup.seeds.items()
    )


def reference_of(setup: Setup, reference: Reference) -> ReferenceGradients:
    """Return the true gradients of a setup's run."""
    return reference_gradients(reference, **setup.seeds)


def observed_gradients(
    gradients: Any, reference: Reference, given: Mapping[str, Any], dtype: str
) -> Observed:
    """Return what was given as ``gradients``; raises what `symlstm.testing.judge` raises."""
    return observed(gradients, reference_gradients(reference, **given), dtype)


def distances_by_name(seen: Observed, setups: Sequence[Setup], last: int | None = None) -> Floats:
    """Return how far each setup's gradients in float64 are from those seen, (setups, names).

    With ``last``, so many steps from the end alone are run, of gradients by values over time.
    """
    found = np.full((len(setups), len(seen.values)), np.inf)
    groups: dict[Any, list[int]] = {}
    for k, setup in enumerate(setups):
        if are_seeded(setup):
            groups.setdefault(_way(setup), []).append(k)
    for group in groups.values():
        first = setups[group[0]]
        many = _at_once(first)
        for k in range(0, len(group), many):
            some = group[k : k + many]
            outputs = StackedGradients([setups[j] for j in some], seen.values, last).run()
            for n, (name, values) in enumerate(seen.values.items()):
                ends = values if last is None else values[:, _ends(name, last, first)]
                found[some, n] = relative(outputs[name], ends, values)
    return found


def _ends(name: str, last: int, setup: Setup) -> slice:
    """Return where the last steps are; inputs are not in the order of processing."""
    is_turned = name == "inputs" and setup.parts[0].backwards
    return slice(None, last) if is_turned else slice(-last, None)


def _at_once(setup: Setup) -> int:
    """Return how many setups are run together: of each, every step is held."""
    (part,), (batch, steps, _) = setup.parts, setup.inputs.shape
    rows = sum(int(quantity.shape[0]) for quantity in part.cell.computed.values())
    held = rows * batch * steps + 2 * part.cell.weight_count
    return max(1, min(MOST, ENTRIES // held))


def gradients_of(setup: Setup, seen: Observed) -> Observed:
    """Return the gradients of one setup, by the names that were seen, in float64."""
    outputs = StackedGradients([setup], seen.values).run()
    return Observed({name: values[0] for name, values in outputs.items()}, "float64")


def _way(setup: Setup) -> Any:
    """Return what setups that are run backward side by side have in common."""
    (part,) = setup.parts
    counts = id(setup.mask), id(setup.lengths)
    way = part.backwards, setup.inputs.shape, tuple(setup.seeds), setup.views, counts
    if not part.changes:
        return way
    adjoints = tuple(one.lhs.name for one in part.adjoints(setup.seeded))
    names = tuple(one.lhs.name for one in part.program)
    usual = tuple(part.cell.computed)
    return (*way, adjoints, None if names == usual else names)
